"""pg_settings: the settings of a session, which JDBC's drivers ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from smartroute_runbook.standins.redshift.session import Session

__all__ = ["settings"]

FIXED = {"max_index_keys": "32", "max_identifier_length": "127", "block_size": "8192", "integer_datetimes": "on"}
"""What PostgreSQL 8.0 was built with, as far as Redshift's drivers ask for it."""
TEXTS = ("category", "short_desc", "extra_desc", "context", "vartype", "source", "min_val", "max_val")


def settings(session: Session) -> pa.Table:
    """Name and value of each; what describes them is empty."""
    found = sorted({**FIXED, **session.settings, "search_path": ", ".join(session.names.search_path)}.items())
    empty = pa.array([""] * len(found), pa.string())
    columns = {"name": [name for name, _ in found], "setting": [value for _, value in found]}
    return pa.table({**columns, **dict.fromkeys(TEXTS, empty)})
