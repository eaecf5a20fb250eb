"""CREATE TABLE, CREATE TABLE AS and SELECT INTO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot.tokens import TokenType

from smartroute_runbook.standins.redshift.database import BY_DEFAULT, CATALOG, ColumnInfo, quoted
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.to_duckdb import DuckDbQuery, expression, translate
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text
from smartroute_runbook.standins.redshift.sql.types import from_duckdb_type, named
from smartroute_runbook.standins.redshift.statement import StatementRows

from .column_definitions import column_definitions
from .inherited_keys import keys_of_query
from .relations import Attributes, attributes, exists, new_name, remember

__all__ = ["CreateTable", "new_relation"]


@dataclass
class CreateTable:
    """CREATE TABLE, with columns or from a query."""

    name: tuple[str, str]
    columns: list[ColumnInfo]
    attributes: Attributes
    query: DuckDbQuery | None = None
    lenient: bool = False
    temporary: bool = False
    kind: str = "CREATE TABLE"
    atomic: bool = True
    view_kind: str = "table"
    definition: str = ""

    def describe(self, session: Session, oids: Sequence[int]) -> None:
        """Nothing is returned."""

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """Makes the table and notes what was declared."""
        del oids
        schema, table = self.name
        if exists(session, schema, table):
            if self.lenient:
                return StatementRows(self.kind)
            raise SqlError("42P07", f'Relation "{table}" already exists')
        if self.query is not None:
            self.columns = self._columns_of_query(session)
            self.attributes = keys_of_query(session, self.query, self.attributes, [each.name for each in self.columns])
        self._check_keys()
        target = quoted(schema, table) if not self.temporary else quoted(table)
        word = "TEMP TABLE" if self.temporary else "TABLE"
        lines = [self._column(session, column) for column in self.columns]
        session.cursor.execute(f"CREATE {word} {target} ({', '.join(lines)})")
        remember(session, self.name, self.columns, self.attributes, kind=self.view_kind, definition=self.definition)
        count = -1
        if self.query is not None:
            self.query.prepare(session)
            row = session.cursor.execute(f"INSERT INTO {target} {self.query.sql}", list(values)).fetchone()
            count = int(row[0]) if row else 0
        session.transaction.altered = True
        if self.view_kind != "table" and self.query is not None:
            session.engine.refreshed(schema, table, self.query.reads)
        return StatementRows(
            "SELECT" if self.query is not None and self.view_kind == "table" else self.kind, count=count
        )

    def _columns_of_query(self, session: Session) -> list[ColumnInfo]:
        assert self.query is not None  # noqa: S101  the caller looked
        rows = session.cursor.execute(f"DESCRIBE {self.query.sql}").fetchall()
        names = [column.name for column in self.columns]
        if names and len(names) != len(rows):
            raise SqlError("42601", "CREATE TABLE AS specifies too many column names")
        columns = []
        for index, (name, kind, *_) in enumerate(rows):
            data_type = self.query.texts.get(index) or from_duckdb_type(kind)
            columns.append(ColumnInfo(names[index] if names else name.lower(), str(data_type), data_type.length))
        return columns

    def _check_keys(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise SqlError("42701", f'column "{twice}" duplicated')
        for key in (self.attributes.distkey, *self.attributes.sortkeys):
            if key and key not in names:
                raise SqlError("42703", f'column "{key}" named in key does not exist')
        keys = self.attributes
        if not keys.distkey and not any(column.distkey for column in self.columns) and keys.diststyle == "KEY":
            raise SqlError("42601", "DISTSTYLE KEY requires a DISTKEY column")
        self.columns = [
            replace(
                column,
                distkey=column.distkey or column.name == keys.distkey,
                sortkey=keys.sortkeys.index(column.name) + 1 if column.name in keys.sortkeys else column.sortkey,
            )
            for column in self.columns
        ]

    def _column(self, session: Session, column: ColumnInfo) -> str:
        parts = [quoted(column.name), named(column.type).duckdb]
        if column.identity:
            seed, step = (column.default or "1,1").removesuffix(BY_DEFAULT).split(",")
            sequence = quoted(CATALOG, f"{'.'.join(self.name)}.{column.name}")
            session.cursor.execute(f"CREATE OR REPLACE SEQUENCE {sequence} START {int(seed)} INCREMENT {int(step)}")
            parts.append(f"DEFAULT nextval('{sequence}')")
        elif column.default is not None:
            parts.append(f"DEFAULT ({expression(session, column.default)})")
        if column.notnull:
            parts.append("NOT NULL")
        return " ".join(parts)


def new_relation(session: Session, reader: Reader, *, temporary: bool) -> tuple[tuple[str, str], bool]:
    """The (schema, name) of a relation that is being made, and whether it is temporary.

    Raises:
        SqlError: 3F000 no such schema, 42601 a reserved word.
    """
    parts = [new_name(reader)]
    while reader.accept("."):
        parts.append(reader.name())
    if temporary or parts[-1].startswith("#"):
        return (session.names.temporary_schema, parts[-1]), True
    schema = parts[-2] if len(parts) > 1 else session.names.creation_schema()
    if not session.names.has_schema(schema):
        raise SqlError("3F000", f'schema "{schema}" does not exist')
    session.names.may("create", "schema", schema)
    return (schema, parts[-1]), False


def create_table(session: Session, text: Text) -> CreateTable:
    """CREATE TABLE with columns, LIKE or AS (r_CREATE_TABLE_NEW, r_CREATE_TABLE_AS)."""
    reader = Reader(text, 1)
    reader.accept("local")
    temporary = reader.accept("temp") or reader.accept("temporary")
    reader.expect("table")
    lenient = reader.accept("if", "not", "exists")
    name, temporary = new_relation(session, reader, temporary=temporary)
    columns: list[ColumnInfo] = []
    if reader.peek() == "(" and not _is_query(reader):
        columns = column_definitions(session, reader)
    table_attributes = attributes(reader)
    query = None
    if reader.accept("as") or _is_query(reader):
        query = translate(session, text.between(reader.position, len(text.tokens)))
    elif not reader.done or not columns:
        raise reader.error()
    return CreateTable(name, columns, table_attributes, query, lenient, temporary)


def into(text: Text) -> int:
    """Where the INTO of a SELECT INTO stands; 0 when there is none."""
    depth = 0
    for index, token in enumerate(text.tokens):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.text.lower() == "from" and token.token_type is not TokenType.STRING:
            return 0
        if depth == 0 and token.token_type is TokenType.INTO:
            return index
    return 0


def select_into(session: Session, text: Text, place: int) -> CreateTable:
    """SELECT ... INTO [TEMP] [TABLE] name FROM ...: a CREATE TABLE AS (r_SELECT_INTO)."""
    reader = Reader(text, place + 1)
    temporary = reader.accept("temp") or reader.accept("temporary")
    reader.accept("table")
    name, temporary = new_relation(session, reader, temporary=temporary)
    query = translate(session, text.without([(place, reader.position)]))
    return CreateTable(name, [], Attributes(), query, temporary=temporary, kind="CTAS")


def _is_query(reader: Reader) -> bool:
    ahead = 0
    while reader.peek(ahead) == "(":
        ahead += 1
    return reader.peek(ahead) in {"select", "with"}
