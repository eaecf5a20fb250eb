"""The stand-in for AWS: an optional extra that only ``cli.py`` starts.

The product never imports it: everything here is reached by environment alone (``AWS_ENDPOINT_URL``,
``SSL_CERT_FILE``, credentials). What it cannot model is printed by ``smartroute-runbook rehearsal limits``.
"""
