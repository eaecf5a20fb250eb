"""ALTER TABLE."""

from __future__ import annotations

import re
from typing import Any

from smartroute_runbook.standins.redshift.database import CATALOG, ColumnInfo, columns_of, quoted
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.to_duckdb import expression
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text
from smartroute_runbook.standins.redshift.sql.types import declared, named

from .column_definitions import column_definition, constraint
from .relations import Attributes, attributes, drop_relation, exists, new_column_name, new_name
from .settings import Action

__all__ = ["alter_table"]


def alter_table(session: Session, text: Text) -> Action:
    """ALTER TABLE name APPEND | RENAME | ADD | DROP | ALTER | OWNER (r_ALTER_TABLE)."""
    del session
    reader = Reader(text, 2)
    name = reader.names()
    if reader.accept("append"):
        reader.expect("from")
        source = reader.names()
        options = {reader.name() for _ in range(len(text.tokens) - reader.position)}
        return Action("ALTER TABLE APPEND", lambda session: _append(session, name, source, options), atomic=False)
    if reader.accept("rename", "to"):
        new = new_name(reader)
        return Action("ALTER TABLE", lambda session: _rename(session, name, new), atomic=True)
    if reader.accept("rename"):
        reader.accept("column")
        old = reader.name()
        reader.expect("to")
        new = new_column_name(reader)
        return Action("ALTER TABLE", lambda session: _rename_column(session, name, old, new), atomic=True)
    if made := _constraints(reader, name):
        return made
    if reader.accept("add"):
        reader.accept("column")
        column = column_definition(reader, new_column_name(reader))
        return Action("ALTER TABLE", lambda session: _add_column(session, name, column), atomic=True)
    if reader.accept("drop"):
        reader.accept("column")
        old = reader.name()
        cascade = reader.accept("cascade")
        return Action("ALTER TABLE", lambda session: _drop_column(session, name, old, cascade=cascade), atomic=True)
    if reader.accept("owner", "to"):
        new = reader.name()
        return Action("ALTER TABLE", lambda session: _set(session, name, "owner", new), atomic=True)
    reader.expect("alter")
    if reader.accept("column"):
        return _alter_column(reader, name)
    keys = attributes(reader, bare=True)
    return Action("ALTER TABLE", lambda session: _alter_keys(session, name, keys), atomic=True)


def _constraints(reader: Reader, name: tuple[str, ...]) -> Action | None:
    """ADD and DROP CONSTRAINT; None where the statement is another."""
    if reader.accept("row", "level", "security"):
        raise SqlError("0A000", "not rehearsable: row-level security")
    if reader.peek() == "add" and reader.peek(1) in {"constraint", "primary", "unique", "foreign"}:
        reader.next()
        primary = constraint(reader)
        return Action("ALTER TABLE", lambda session: _set_primary(session, name, primary), atomic=True)
    if reader.accept("drop", "constraint"):
        dropped = reader.name()
        return Action("ALTER TABLE", lambda session: _drop_constraint(session, name, dropped), atomic=True)
    return None


def _alter_column(reader: Reader, name: tuple[str, ...]) -> Action:
    column = reader.name()
    if reader.accept("encode"):
        encoding = reader.next().text.lower()
        return Action(
            "ALTER TABLE", lambda session: _set_column(session, name, column, "encoding", encoding), atomic=True
        )
    reader.expect("type")
    data_type = declared(reader)

    def widen(session: Session) -> None:
        schema, table = session.names.resolve(name)
        old = next((each for each in columns_of(session.cursor, schema, table) if each.name == column), None)
        if old is None:
            raise SqlError("42703", f'column "{column}" does not exist')
        if not named(old.type).text or not data_type.text:
            raise SqlError("0A000", "target data type is not supported: only the size of VARCHAR can be altered")
        if session.transaction.status != b"I":
            raise SqlError("25001", "ALTER TABLE ALTER COLUMN cannot run inside a transaction block")
        if old.distkey or old.sortkey:
            raise SqlError("XX000", f"found unexpected dependency for column {column}")
        if readers := _readers(session, table, column):
            kind = "materialized view" if readers[0][1] == "materialized view" else "view"
            raise SqlError("0A000", f"cannot alter type of a column used by a {kind}", detail=readers[0][0])
        _set_column(session, name, column, "type", str(data_type))
        _set_column(session, name, column, "length", data_type.length)

    return Action("ALTER TABLE", widen, atomic=True)


def _readers(session: Session, table: str, column: str) -> list[tuple[str, str]]:
    """Views, and their kinds, that depend on a column of a table; late binding views on none.

    Source for what is refused: Redshift developer guide, "ALTER TABLE" (DROP COLUMN: RESTRICT is the default).
    """
    views = []
    rows = session.cursor.execute(
        f"SELECT schema_name, table_name, kind, definition FROM {CATALOG}.relations WHERE kind <> 'table'"
    ).fetchall()
    for view_schema, view, kind, definition in rows:
        words = {word.lower() for word in re.findall(r"[\w$]+", definition or "")}
        reads_all = "*" in (definition or "").replace("(*)", "")
        if table.lower() in words and (reads_all or column.lower() in words):
            views.append((f"{view_schema}.{view}", str(kind)))
    return views


def _set_column(session: Session, name: tuple[str, ...], column: str, what: str, value: Any) -> None:
    schema, table = session.names.resolve(name)
    row = session.cursor.execute(
        f"UPDATE {CATALOG}.columns SET {what} = ? WHERE schema_name = ? AND table_name = ? AND column_name = ?",
        [value, schema, table, column],
    ).fetchone()
    if not row or not row[0]:
        raise SqlError("42703", f'column "{column}" does not exist')
    session.transaction.altered = True


def _set(session: Session, name: tuple[str, ...], what: str, value: str) -> None:
    schema, table = session.names.resolve(name)
    session.cursor.execute(
        f"UPDATE {CATALOG}.relations SET {what} = ? WHERE schema_name = ? AND table_name = ?",
        [value, schema, table],
    )
    session.transaction.altered = True


def _alter_keys(session: Session, name: tuple[str, ...], keys: Attributes) -> None:
    schema, table = session.names.resolve(name)
    if keys.distkey or keys.diststyle:
        _set(session, name, "diststyle", f"KEY({keys.distkey})" if keys.distkey else keys.diststyle)
        for known in {one.name for one in columns_of(session.cursor, schema, table)} | {keys.distkey} - {""}:
            _set_column(session, name, known, "distkey", known == keys.distkey)
    if keys.sortstyle:
        _set(session, name, "sortstyle", keys.sortstyle)
        for column in columns_of(session.cursor, schema, table):
            place = keys.sortkeys.index(column.name) + 1 if column.name in keys.sortkeys else 0
            _set_column(session, name, column.name, "sortkey", place)


def _rename(session: Session, name: tuple[str, ...], new: str) -> None:
    schema, table = session.names.resolve(name)
    if exists(session, schema, new):
        raise SqlError("42P07", f'relation "{new}" already exists')
    kind = session.names.kind_of(schema, table)
    word = "VIEW" if kind == "view" else "TABLE"
    session.cursor.execute(f"ALTER {word} {session.names.duckdb_name(schema, table)} RENAME TO {quoted(new)}")
    for where in ("relations", "columns", "comments"):
        session.cursor.execute(
            f"UPDATE {CATALOG}.{where} SET table_name = ? WHERE schema_name = ? AND table_name = ?",
            [new, schema, table],
        )
    session.transaction.altered = True


def _rename_column(session: Session, name: tuple[str, ...], old: str, new: str) -> None:
    schema, table = session.names.resolve(name)
    target = session.names.duckdb_name(schema, table)
    session.cursor.execute(f"ALTER TABLE {target} RENAME COLUMN {quoted(old)} TO {quoted(new)}")
    _set_column(session, name, old, "column_name", new)
    session.cursor.execute(
        f"UPDATE {CATALOG}.comments SET column_name = ? WHERE schema_name = ? AND table_name = ? AND column_name = ?",
        [new, schema, table, old],
    )


def _add_column(session: Session, name: tuple[str, ...], column: ColumnInfo) -> None:
    schema, table = session.names.resolve(name)
    have = columns_of(session.cursor, schema, table)
    if any(each.name == column.name for each in have):
        raise SqlError("42701", f'column "{column.name}" of relation "{table}" already exists')
    if column.notnull and column.default is None:
        raise SqlError("0A000", "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
    default = f" DEFAULT ({expression(session, column.default)})" if column.default is not None else ""
    target = session.names.duckdb_name(schema, table)
    session.cursor.execute(
        f"ALTER TABLE {target} ADD COLUMN {quoted(column.name)} {named(column.type).duckdb}{default}"
    )
    session.cursor.execute(
        f"INSERT INTO {CATALOG}.columns VALUES (?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM "
        f"{CATALOG}.columns WHERE schema_name = ? AND table_name = ?), ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        [schema, table, column.name, schema, table, column.type, column.length, column.encoding, False, 0,
         column.notnull, column.default, False],
    )  # fmt: skip
    session.transaction.altered = True


def _drop_column(session: Session, name: tuple[str, ...], column: str, *, cascade: bool = False) -> None:
    schema, table = session.names.resolve(name)
    old = next((each for each in columns_of(session.cursor, schema, table) if each.name == column), None)
    if old is None:
        raise SqlError("42703", f'column "{column}" of relation "{table}" does not exist')
    if old.distkey or old.sortkey:
        raise SqlError("0A000", f'cannot drop {"distkey" if old.distkey else "sortkey"} column "{column}"')
    readers = _readers(session, table, column)
    if readers and not cascade:
        raise SqlError(
            "2BP01", f"cannot drop table {table} column {column} because other objects depend on it",
            detail=f"view {readers[0][0]} depends on table {table} column {column}",
        )  # fmt: skip
    for view, kind in readers:
        drop_relation(session, kind, tuple(view.split(".", 1)), lenient=True, cascade=True)
    session.cursor.execute(f"ALTER TABLE {session.names.duckdb_name(schema, table)} DROP COLUMN {quoted(column)}")
    session.cursor.execute(
        f"DELETE FROM {CATALOG}.columns WHERE schema_name = ? AND table_name = ? AND column_name = ?",
        [schema, table, column],
    )
    session.transaction.altered = True


def _set_primary(session: Session, name: tuple[str, ...], columns: list[str]) -> None:
    """ADD CONSTRAINT: information only, of which the primary key is kept (t_Defining_constraints)."""
    for place, column in enumerate(columns, start=1):
        _set_column(session, name, column, "primary_key", place)


def _drop_constraint(session: Session, name: tuple[str, ...], dropped: str) -> None:
    schema, table = session.names.resolve(name)
    keys = [each.name for each in columns_of(session.cursor, schema, table) if each.primary]
    if not keys or dropped != f"{table}_pkey":
        raise SqlError("0A000", f'not rehearsable: the name "{dropped}" of a constraint other than {table}_pkey')
    for column in keys:
        _set_column(session, name, column, "primary_key", 0)


def _append(session: Session, name: tuple[str, ...], source: tuple[str, ...], options: set[str]) -> None:
    """ALTER TABLE APPEND: moves all rows, commits at once, not inside a transaction block (r_ALTER_TABLE_APPEND)."""
    if session.transaction.status != b"I":
        raise SqlError("25001", "ALTER TABLE APPEND cannot run inside a transaction block")
    target, origin = session.names.resolve(name), session.names.resolve(source)
    have, theirs = columns_of(session.cursor, *target), columns_of(session.cursor, *origin)
    types, offered = {column.name: column.type for column in have}, {column.name: column.type for column in theirs}
    extra, lacking = set(offered) - set(types), set(types) - set(offered)
    if (extra and "ignoreextra" not in options) or (lacking and "fillextra" not in options):
        raise SqlError("42611", f'columns of "{origin[1]}" do not match those of "{target[1]}"')
    shared = [column.name for column in have if column.name in offered]
    differing = [column for column in shared if types[column] != offered[column]]
    if differing:
        raise SqlError("42804", f'column "{differing[0]}" has different types in source and target')
    names = ", ".join(quoted(column) for column in shared)
    into, out = session.names.duckdb_name(*target), session.names.duckdb_name(*origin)
    session.cursor.execute("BEGIN")
    try:
        session.cursor.execute(f"INSERT INTO {into} ({names}) SELECT {names} FROM {out}")
        session.cursor.execute(f"DELETE FROM {out}")
        session.cursor.execute("COMMIT")
    except Exception:
        session.cursor.execute("ROLLBACK")
        raise
    session.engine.touched(*target)
    session.engine.touched(*origin)
