"""Declarations of tables and views: recorded and removed; schemas; DROP and TRUNCATE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from smartroute_runbook.standins.redshift.catalog.dependencies import view_reads
from smartroute_runbook.standins.redshift.database import CATALOG, ColumnInfo, quoted
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text
from smartroute_runbook.standins.redshift.sql.types import LONGEST_NAME, RESERVED, SYSTEM_COLUMNS

from .settings import Action

__all__ = ["Attributes", "attributes", "drop_relation", "exists", "forget", "new_column_name", "new_name", "remember"]


@dataclass
class Attributes:
    """DISTSTYLE, DISTKEY, SORTKEY and the rest of what follows a table's columns."""

    diststyle: str = ""
    distkey: str = ""
    sortkeys: list[str] = field(default_factory=list)
    sortstyle: str = ""


def attributes(reader: Reader, *, bare: bool = False) -> Attributes:
    """Reads the table attributes, as far as they go; ``bare``: DISTKEY column, without brackets (r_ALTER_TABLE)."""
    keys = Attributes()
    while not reader.done:
        if reader.accept("diststyle"):
            keys.diststyle = reader.next().text.upper()
            if keys.diststyle not in {"AUTO", "EVEN", "KEY", "ALL"}:
                raise SqlError("42601", f'syntax error at or near "{keys.diststyle}"')
        elif reader.accept("distkey"):
            (keys.distkey,) = [reader.name()] if bare and reader.peek() != "(" else reader.list(places=not bare)
        elif reader.peek() in {"compound", "interleaved", "sortkey"}:
            keys.sortstyle = reader.next().text.upper() if reader.peek() != "sortkey" else "COMPOUND"
            reader.expect("sortkey")
            if keys.sortstyle == "COMPOUND" and reader.peek() in {"auto", "none"}:
                keys.sortstyle = reader.next().text.upper()
            else:
                keys.sortkeys = reader.list(places=not bare)
        elif reader.accept("encode"):
            reader.expect("auto")
        elif reader.accept("backup"):
            reader.next()
        else:
            break
    if keys.distkey and keys.diststyle not in {"", "KEY"}:
        raise SqlError("42601", "DISTKEY requires DISTSTYLE KEY")
    return keys


def new_name(reader: Reader) -> str:
    """The name of something new: reserved words only when quoted (r_pg_keywords), 127 bytes at most (r_names)."""
    if reader.peek() in RESERVED:
        raise reader.error()
    name = reader.name()
    if len(name.encode()) > LONGEST_NAME:
        raise SqlError("42622", f'identifier "{name}" is longer than {LONGEST_NAME} bytes')
    return name


def new_column_name(reader: Reader) -> str:
    """The name of a new column: none of PostgreSQL's system columns, quoted or not (r_names)."""
    name = new_name(reader)
    if name in SYSTEM_COLUMNS:
        raise SqlError("42701", f'column name "{name}" conflicts with a system column name')
    return name


def exists(session: Session, schema: str, table: str) -> bool:
    """Whether a table or view of this name is there."""
    return (
        session.cursor.execute(
            f"SELECT 1 FROM {CATALOG}.relations WHERE schema_name = ? AND table_name = ?",
            [schema, table],
        ).fetchone()
        is not None
    )


def remember(
    session: Session, name: tuple[str, str], columns: Sequence[ColumnInfo], keys: Attributes, *,
    kind: str = "table", definition: str = "",
) -> None:  # fmt: skip
    """Notes what was declared about a table or view."""
    distkey = next((column.name for column in columns if column.distkey), "")
    diststyle = f"KEY({distkey})" if distkey else keys.diststyle or "AUTO"
    sortstyle = keys.sortstyle or ("COMPOUND" if keys.sortkeys else "AUTO")
    session.cursor.execute(
        f"INSERT INTO {CATALOG}.relations VALUES (?, ?, ?, ?, ?, ?, ?, now()::TIMESTAMP, 0)",
        [*name, kind, diststyle, sortstyle, session.identity.name, definition],
    )
    for position, column in enumerate(columns, start=1):
        session.cursor.execute(
            f"INSERT INTO {CATALOG}.columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [*name, column.name, position, column.type, column.length, column.encoding, column.distkey,
             column.sortkey, column.notnull, column.default, column.identity, column.primary],
        )  # fmt: skip


def forget(session: Session, schema: str, table: str) -> None:
    """Forgets a table or view, its privileges too."""
    for where in ("relations", "columns", "comments"):
        session.cursor.execute(
            f"DELETE FROM {CATALOG}.{where} WHERE schema_name = ? AND table_name = ?",
            [schema, table],
        )
    session.cursor.execute(
        f"DELETE FROM {CATALOG}.grants WHERE schema_name = ? AND object_name = ?",
        [schema, table],
    )


def create_schema(session: Session, text: Text) -> Action:
    """CREATE SCHEMA [IF NOT EXISTS] name [AUTHORIZATION user] [QUOTA ...]."""
    del session
    reader = Reader(text, 2)
    lenient = reader.accept("if", "not", "exists")
    name = new_name(reader)

    def act(session: Session) -> None:
        if session.names.has_schema(name):
            if lenient:
                return
            raise SqlError("42P06", f'schema "{name}" already exists')
        session.cursor.execute(f"CREATE SCHEMA {quoted(name)}")
        session.transaction.altered = True

    return Action("CREATE SCHEMA", act, atomic=True)


def drop(session: Session, text: Text) -> Action:
    """DROP TABLE | VIEW | MATERIALIZED VIEW | SCHEMA [IF EXISTS] names [CASCADE | RESTRICT]."""
    del session
    reader = Reader(text, 1)
    kind = reader.name()
    if kind == "materialized":
        reader.expect("view")
        kind = "materialized view"
    lenient = reader.accept("if", "exists")
    names = [reader.names()]
    while reader.accept(","):
        names.append(reader.names())
    cascade = reader.accept("cascade")
    reader.accept("restrict")
    if not reader.done:
        raise reader.error()

    def act(session: Session) -> None:
        for name in names:
            if kind == "schema":
                _drop_schema(session, name[-1], lenient=lenient, cascade=cascade)
            else:
                drop_relation(session, kind, name, lenient=lenient, cascade=cascade)
        session.transaction.altered = True

    return Action(f"DROP {kind.upper()}", act, atomic=True)


def _drop_schema(session: Session, name: str, *, lenient: bool, cascade: bool) -> None:
    if not session.names.has_schema(name):
        if lenient:
            return
        raise SqlError("3F000", f'schema "{name}" does not exist')
    relations = session.cursor.execute(
        f"SELECT table_name, kind FROM {CATALOG}.relations WHERE schema_name = ?",
        [name],
    ).fetchall()
    if relations and not cascade:
        raise SqlError("2BP01", f"cannot drop schema {name} because other objects depend on it")
    for table, _ in relations:
        forget(session, name, table)
    session.cursor.execute(f"DROP SCHEMA {quoted(name)} CASCADE")
    session.cursor.execute(f"DELETE FROM {CATALOG}.comments WHERE schema_name = ?", [name])


def dependants(session: Session, schema: str, table: str) -> list[tuple[str, str, str]]:
    """The (schema, name, kind) of the views over a relation; those WITH NO SCHEMA BINDING do not hold it."""
    return [(each.schema, each.view, each.kind) for each in view_reads(session) if each.reads == (schema, table)]


def drop_relation(session: Session, kind: str, name: tuple[str, ...], *, lenient: bool, cascade: bool) -> None:
    """Drops a table or view; with ``cascade`` also the views over it.

    Raises:
        SqlError: 42P01 there is none, 42809 it is of another kind, 42501 another's, 2BP01 a view depends on it.
    """
    relation = session.names.find(name)
    if relation is None:
        if lenient:
            return
        raise SqlError("42P01", f'{kind.capitalize()} "{name[-1]}" does not exist')
    schema, table = relation
    row = session.cursor.execute(
        f"SELECT kind, owner FROM {CATALOG}.relations WHERE schema_name = ? AND table_name = ?",
        [schema, table],
    ).fetchone()
    real, owner = row if row else ("table", session.identity.name)
    if real != kind:
        raise SqlError("42809", f'"{table}" is not a {kind}')
    if not session.identity.superuser and owner != session.identity.name:
        raise SqlError("42501", f"must be owner of relation {table}")
    for other in dependants(session, schema, table):
        if not cascade:
            raise SqlError("2BP01", f"cannot drop {kind} {table} because other objects depend on it",
                           hint="Use DROP ... CASCADE to drop the dependent objects too.")  # fmt: skip
        drop_relation(session, other[2], other[:2], lenient=True, cascade=True)
    word = "VIEW" if kind == "view" else "TABLE"
    session.cursor.execute(f"DROP {word} {session.names.duckdb_name(schema, table)}")
    forget(session, schema, table)


def truncate(session: Session, text: Text) -> Action:
    """TRUNCATE [TABLE] name: commits the transaction it is run in (r_TRUNCATE)."""
    del session
    reader = Reader(text, 1)
    reader.accept("table")
    name = reader.names()

    def act(session: Session) -> None:
        schema, table = session.names.resolve(name)
        session.cursor.execute(f"DELETE FROM {session.names.duckdb_name(schema, table)}")
        session.transaction.touched.append((schema, table))
        if session.transaction.status == b"T":
            session.transaction.finish("COMMIT")

    return Action("TRUNCATE TABLE", act, atomic=True)
