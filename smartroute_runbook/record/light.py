"""nbformat, two seconds of CPU lighter.

Its validator, jsonschema, asks for rfc3987_syntax, which jupyter_events brings along and which compiles a grammar when
it is imported, to check the format ``iri``. The schema of notebooks has no IRI.
"""

from __future__ import annotations

from smartroute_runbook.lazy import without

with without("rfc3987_syntax"):
    import nbformat

__all__ = ["nbformat"]
