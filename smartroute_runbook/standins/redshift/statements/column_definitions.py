"""Columns and constraints as CREATE TABLE and ALTER TABLE declare them (r_CREATE_TABLE_NEW)."""

from __future__ import annotations

from dataclasses import replace

from smartroute_runbook.standins.redshift.database import BY_DEFAULT, ColumnInfo, columns_of
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.tokens import Reader
from smartroute_runbook.standins.redshift.sql.types import DataType, declared

from .relations import new_column_name

__all__ = ["column_definition", "column_definitions", "constraint"]


def column_definitions(session: Session, reader: Reader) -> list[ColumnInfo]:
    """The columns of a parenthesised list: definitions, LIKE and table constraints."""
    reader.expect("(")
    columns: list[ColumnInfo] = []
    primary: list[str] = []
    while True:
        if reader.accept("like"):
            schema, table = session.names.resolve(reader.names())
            columns += [
                replace(column, default=None if not column.identity else column.default, primary=0)
                for column in columns_of(session.cursor, schema, table)
            ]
            while reader.peek() in {"including", "excluding"}:
                reader.next()
                reader.expect("defaults")
        elif reader.peek() in {"primary", "unique", "foreign", "constraint"}:
            primary = constraint(reader) or primary
        else:
            column_name = new_column_name(reader)
            if reader.peek() in {",", ")"}:  # CREATE TABLE t (a, b) AS
                columns.append(ColumnInfo(column_name, "super"))
            else:
                columns.append(column_definition(reader, column_name))
        if reader.accept(")"):
            return _with_primary_key(columns, primary)
        reader.expect(",")


def _with_primary_key(columns: list[ColumnInfo], names: list[str]) -> list[ColumnInfo]:
    """The columns of a PRIMARY KEY know their places in it, and take no NULL."""
    known = {column.name for column in columns}
    if unknown := [name for name in names if name not in known]:
        raise SqlError("42703", f'column "{unknown[0]}" named in key does not exist')
    return [
        replace(column, primary=names.index(column.name) + 1, notnull=True) if column.name in names else column
        for column in columns
    ]


def constraint(reader: Reader) -> list[str]:
    """The columns of a primary key. Constraints are information only on Redshift (t_Defining_constraints)."""
    if reader.accept("constraint"):
        reader.name()
    if reader.accept("primary"):
        reader.expect("key")
        return reader.list()
    if reader.accept("unique"):
        reader.list()
    else:
        reader.expect("foreign", "key")
        reader.list()
        reader.expect("references")
        reader.names()
        if reader.peek() == "(":
            reader.list()
    return []


def column_definition(reader: Reader, name: str) -> ColumnInfo:
    """One column: its type, then its attributes in any order."""
    data_type = declared(reader)
    column = ColumnInfo(name, str(data_type), data_type.length if data_type.text else 0, _encoding(data_type))
    while reader.peek() not in {",", ")", ""}:
        column = _attribute(reader, column)
    return column


def _attribute(reader: Reader, column: ColumnInfo) -> ColumnInfo:
    """The column with its next attribute."""
    if reader.accept("encode"):
        return replace(column, encoding=reader.next().text.lower())
    if reader.accept("distkey"):
        return replace(column, distkey=True)
    if reader.accept("sortkey"):
        return replace(column, sortkey=1, encoding="none")
    if reader.accept("not", "null"):
        return replace(column, notnull=True)
    if reader.accept("primary", "key"):
        return replace(column, notnull=True, primary=1)
    if reader.accept("default"):
        return replace(column, default=_default(reader))
    given = reader.accept("generated", "by", "default", "as", "identity")
    if given or reader.accept("identity"):
        steps = "1,1"  # from 1, each one more (r_CREATE_TABLE_NEW)
        if reader.peek() == "(":
            start, stop = reader.parenthesis()
            steps = reader.text.between(start, stop).replace(" ", "")
        return replace(column, identity=True, default=f"{steps}{BY_DEFAULT}" if given else steps)
    _information(reader)
    return column


def _information(reader: Reader) -> None:
    """Attributes that change nothing here."""
    if reader.accept("references"):
        reader.names()
        if reader.peek() == "(":
            reader.list()
    elif reader.accept("collate"):
        if reader.next().text.lower() not in {"case_sensitive", "cs"}:
            raise SqlError("0A000", "not rehearsable: a column that is compared without regard to case")
    elif not (reader.accept("null") or reader.accept("unique")):
        raise reader.error()


def _default(reader: Reader) -> str:
    """The text of a DEFAULT expression: up to the next column attribute."""
    start, depth = reader.position, 0
    stops = {"encode", "distkey", "sortkey", "not", "null", "unique", "primary", "references", "collate"}
    while True:
        word = reader.peek()
        if not word or (depth == 0 and (word in {",", ")"} or (word in stops and reader.position > start))):
            return reader.text.between(start, reader.position)
        depth += (word == "(") - (word == ")")
        reader.position += 1


def _encoding(data_type: DataType) -> str:
    """The encoding that ENCODE AUTO starts with (c_Compression_encodings)."""
    if data_type.base in {"boolean", "real", "double precision", "super"}:
        return "none"
    return "lzo" if data_type.text or data_type.base == "binary varying" else "az64"
