"""Views and materialized views."""

from __future__ import annotations

import datetime as dt

from smartroute_runbook.standins.redshift.database import CATALOG, ColumnInfo, quoted
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.to_duckdb import translate
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text
from smartroute_runbook.standins.redshift.sql.types import from_duckdb_type

from .create_table import CreateTable, new_relation
from .relations import Attributes, attributes, exists, forget, remember
from .settings import Action

__all__ = ["create_materialized", "create_view", "refresh"]


def create_view(session: Session, text: Text) -> Action:
    """CREATE [OR REPLACE] VIEW name [(columns)] AS query [WITH NO SCHEMA BINDING]."""
    reader = Reader(text, 1)
    replacing = reader.accept("or", "replace")
    reader.expect("view")
    name, _ = new_relation(session, reader, temporary=False)
    columns = reader.list() if reader.peek() == "(" else []
    reader.expect("as")
    stop = len(text.tokens)
    bound = text.between(stop - 4, stop).lower().split() != ["with", "no", "schema", "binding"]
    if not bound:
        stop -= 4
    source = text.between(reader.position, stop)
    query = translate(session, source)

    def act(session: Session) -> None:
        if exists(session, *name):
            if not replacing:
                raise SqlError("42P07", f'Relation "{name[1]}" already exists')
            forget(session, *name)
        names = f" ({', '.join(map(quoted, columns))})" if columns else ""
        session.cursor.execute(f"CREATE OR REPLACE VIEW {quoted(*name)}{names} AS {query.sql}")
        rows = session.cursor.execute(f"DESCRIBE {quoted(*name)}").fetchall()
        types = [query.texts.get(index) or from_duckdb_type(row[1]) for index, row in enumerate(rows)]
        infos = [ColumnInfo(row[0], str(kind), kind.length) for row, kind in zip(rows, types, strict=True)]
        remember(session, name, infos, Attributes(), kind="view", definition=source if bound else "")
        session.transaction.altered = True

    return Action("CREATE VIEW", act, atomic=True)


def create_materialized(session: Session, text: Text) -> CreateTable:
    """CREATE MATERIALIZED VIEW name [BACKUP ..] [keys] [AUTO REFRESH YES|NO] AS query."""
    reader = Reader(text, 3)
    name, _ = new_relation(session, reader, temporary=False)
    keys = attributes(reader)
    automatic = False
    if reader.accept("auto", "refresh"):
        automatic = reader.next().text.lower() == "yes"
    reader.expect("as")
    source = text.between(reader.position, len(text.tokens))
    query = translate(session, source)
    query.check_materialized()
    create = CreateTable(name, [], keys, query, kind="CREATE MATERIALIZED VIEW", view_kind="materialized view")
    create.definition = ("auto " if automatic else "") + source
    return create


def now() -> dt.datetime:
    """The moment, in UTC and without a zone, as the logs show it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def refresh(session: Session, text: Text) -> Action:
    """REFRESH MATERIALIZED VIEW name: recomputed."""
    del session
    reader = Reader(text, 3)
    name = reader.names()

    def act(session: Session) -> None:
        schema, table = session.names.resolve(name)
        row = session.cursor.execute(
            f"SELECT definition FROM {CATALOG}.relations "
            "WHERE schema_name = ? AND table_name = ? AND kind = 'materialized view'",
            [schema, table],
        ).fetchone()
        if row is None:
            raise SqlError("42809", f'"{table}" is not a materialized view')
        query = translate(session, row[0].removeprefix("auto "))
        began = now()
        target = session.names.duckdb_name(schema, table)
        session.cursor.execute(f"DELETE FROM {target}")
        session.cursor.execute(f"INSERT INTO {target} {query.sql}")
        session.transaction.touched.append((schema, table))
        session.engine.refreshed(schema, table, query.reads)
        session.engine.history.refreshes.append(
            {
                "user_id": session.identity.id, "session_user_id": session.identity.id,
                "transaction_id": session.transaction.id, "database_name": session.engine.name,
                "schema_name": schema, "mv_name": table,
                "refresh_type": "Manual", "status": "Refresh successfully recomputed MV from scratch",
                "start_time": began, "end_time": now(), "duration": int((now() - began).total_seconds() * 1e6),
            }
        )  # fmt: skip

    return Action("REFRESH", act, atomic=True)


def no_index(_session: Session, _text: Text) -> Action:
    """Redshift has no indexes (c_unsupported-postgresql-features)."""
    raise SqlError("0A000", 'SQL command "CREATE INDEX" not supported on Redshift tables.')
