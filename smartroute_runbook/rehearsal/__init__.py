"""SmartRoute's own world for rehearsals: its lake, query history and dashboard; only ``cli/`` starts it.

The product never imports it: everything here is reached by environment alone (``AWS_ENDPOINT_URL``,
``SSL_CERT_FILE``, credentials). What it cannot model is printed by ``smartroute-runbook rehearsal limits``.
"""
