"""Which names are system views, and where DuckDB finds them.

Catalog views are DuckDB views. Logs and figures that no transaction may hide are Arrow tables, rebuilt each time a
statement that reads them runs, and registered on the session's own connection.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .catalog import CATALOG_VIEWS
from .system_logs import LOGS

if TYPE_CHECKING:
    from smartroute_runbook.standins.redshift.session import Session

__all__ = ["SystemViews"]


class SystemViews:
    """The system views of a database."""

    @staticmethod
    def name(parts: tuple[str, ...]) -> str:
        """The view that a name means; empty when it is none."""
        schema, view = parts[-2] if len(parts) > 1 else "pg_catalog", parts[-1]
        if schema == "information_schema":
            view = f"information_schema_{view}"
        elif schema != "pg_catalog":
            return ""
        return view if view in CATALOG_VIEWS or view in LOGS else ""

    @staticmethod
    def place(session: Session, view: str) -> str:
        """DuckDB's name of a view."""
        if view in CATALOG_VIEWS:
            return f"_redshift.{view}"
        SystemViews.refresh(session, (view,))
        return f'temp.main."log_{view}"'

    @staticmethod
    def refresh(session: Session, views: Iterable[str]) -> None:
        """Makes the rows of these views current."""
        for view in views:
            if view in LOGS:
                session.cursor.register(f"log_{view}", LOGS[view](session))
