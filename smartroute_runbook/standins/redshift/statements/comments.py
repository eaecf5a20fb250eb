"""COMMENT ON: kept, and shown where drivers and dbt look for it (r_COMMENT)."""

from __future__ import annotations

from smartroute_runbook.standins.redshift.database import CATALOG, columns_of
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text

from .settings import Action

__all__ = ["comment"]


def comment(_session: Session, text: Text) -> Action:
    """COMMENT ON TABLE | VIEW | COLUMN | SCHEMA name IS 'text' | NULL.

    Raises:
        SqlError: 42P01, 3F000, 42703 there is no such thing; 0A000 another kind of thing.
    """
    reader = Reader(text, 1)
    reader.expect("on")
    kind = reader.next().text.lower()
    if kind not in {"table", "view", "column", "schema"}:
        raise SqlError("0A000", f"not rehearsable: COMMENT ON {kind.upper()}")
    names = reader.names()
    reader.expect("is")
    comment = None if reader.accept("null") else reader.string()
    if not reader.done:
        raise reader.error()

    def act(session: Session) -> None:
        place = _place(session, kind, names)
        session.cursor.execute(
            f"DELETE FROM {CATALOG}.comments WHERE schema_name = ? AND table_name = ? AND column_name = ?", [*place]
        )
        if comment:
            session.cursor.execute(f"INSERT INTO {CATALOG}.comments VALUES (?, ?, ?, ?)", [*place, comment])

    return Action("COMMENT", act, atomic=True)


def _place(session: Session, kind: str, names: tuple[str, ...]) -> tuple[str, str, str]:
    """The schema, the relation and the column that are meant; empty for the parts that are not."""
    if kind == "schema":
        if not session.names.has_schema(names[-1]):
            raise SqlError("3F000", f'schema "{names[-1]}" does not exist')
        return names[-1], "", ""
    if kind != "column":
        return (*session.names.resolve(names), "")
    if len(names) < 2:
        raise SqlError("42601", "column name must be qualified")
    schema, table = session.names.resolve(names[:-1])
    if names[-1] not in {column.name for column in columns_of(session.cursor, schema, table)}:
        raise SqlError("42703", f'column "{names[-1]}" of relation "{table}" does not exist')
    return schema, table, names[-1]
