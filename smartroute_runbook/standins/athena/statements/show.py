"""SHOW, DESCRIBE and EXPLAIN."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.athena.results import Output
from smartroute_runbook.standins.athena.storage.catalog import GlueColumn, GlueTable

from .query import AthenaQuery, Context

__all__ = ["describe", "explain", "show"]

_NAME = r"`?\"?(?P<{0}>[\w$-]+)`?\"?"
_TABLE = rf"(?:{_NAME.format('db')}\.)?{_NAME.format('table')}"
_PATTERN = r"(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?"


def show(sql: str, context: Context) -> Output:
    """SHOW DATABASES, TABLES, VIEWS, COLUMNS, PARTITIONS, CREATE TABLE, CREATE VIEW, TBLPROPERTIES."""
    text = " ".join(sql.split())
    for form, answer in _FORMS:
        if match := form.fullmatch(text):
            return answer(match, context)
    raise QueryFailed("SYNTAX_ERROR", f"line 1:6: mismatched input '{text[5:30]}'")


def _show_databases(match: re.Match[str], context: Context) -> Output:
    return Output.text(["database_name"], [[name] for name in _like(context.catalog.databases(), match["like"])])


def _show_tables(match: re.Match[str], context: Context) -> Output:
    tables = context.catalog.tables((match["db"] or context.database).lower())
    names = [table.name for table in tables if match["kind"].upper() == "TABLES" or table.view is not None]
    return Output.text(["tab_name"], [[name] for name in _like(names, match["like"])])


def _show_columns(match: re.Match[str], context: Context) -> Output:
    table = context.catalog.get(match["in"] or match["db"] or context.database, match["table"])
    return Output.text(["field"], [[field.name] for field in table.fields])


def _show_create(match: re.Match[str], context: Context) -> Output:
    table = _named(match, context)
    lines = _view_lines(table) if table.view is not None else _table_lines(table)
    return Output.text(["createtab_stmt"], [[line] for line in lines])


def _show_properties(match: re.Match[str], context: Context) -> Output:
    properties = _named(match, context).raw.get("Parameters") or {}
    pairs = sorted((name, str(value)) for name, value in properties.items() if match["key"] in {None, name})
    return Output.text(["prpt_name", "prpt_value"], [[name, value] for name, value in pairs])


def _named(match: re.Match[str], context: Context) -> GlueTable:
    return context.catalog.get(match["db"] or context.database, match["table"])


def _like(names: list[str], pattern: str | None) -> list[str]:
    """Hive's patterns: ``*`` any text, ``|`` alternatives."""
    if pattern is None:
        return names
    return [name for name in names if any(fnmatch.fnmatchcase(name, p.lower()) for p in pattern.split("|"))]


def _show_partitions(match: re.Match[str], context: Context) -> Output:
    table = _named(match, context)
    if not table.keys:
        raise QueryFailed("INVALID_TABLE", f"Table {table.name} is not a partitioned table")
    partitions = context.catalog.glue.get_table(table.database, table.name).partitions
    names = [key.name for key in table.keys]
    rows = sorted(
        "/".join(f"{k}={v}" for k, v in zip(names, p.values, strict=True)) for p in tuple(partitions.values())
    )
    return Output.text(["partition"], [[row] for row in rows])


def _view_lines(table: GlueTable) -> list[str]:
    return [f"CREATE VIEW {table.database}.{table.name} AS ", *(table.view or "").splitlines()]


def _table_lines(table: GlueTable) -> list[str]:
    def columns(fields: tuple[GlueColumn, ...]) -> list[str]:
        return [f"  `{f.name}` {f.type}" + (", " if n < len(fields) else ")") for n, f in enumerate(fields, 1)]

    descriptor = table.raw.get("StorageDescriptor") or {}
    lines = [f"CREATE EXTERNAL TABLE `{table.database}.{table.name}`(", *columns(table.columns)]
    if table.keys:
        lines += ["PARTITIONED BY ( ", *columns(table.keys)]
    serde = (descriptor.get("SerdeInfo") or {}).get("SerializationLibrary", "")
    lines += [
        "ROW FORMAT SERDE ", f"  '{serde}' ", "STORED AS INPUTFORMAT ", f"  '{descriptor.get('InputFormat', '')}' ",
        "OUTPUTFORMAT ", f"  '{descriptor.get('OutputFormat', '')}'", "LOCATION", f"  '{table.location}'",
    ]  # fmt: skip
    pairs = sorted((table.raw.get("Parameters") or {}).items())
    if pairs:
        lines += ["TBLPROPERTIES ("]
        lines += [f"  '{k}'='{v}'" + (", " if n < len(pairs) else ")") for n, (k, v) in enumerate(pairs, 1)]
    return lines


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Context], Output]], ...] = tuple(
    (re.compile(f"SHOW {form}", re.IGNORECASE), answer)
    for form, answer in (
        (f"(?:DATABASES|SCHEMAS){_PATTERN}", _show_databases),
        (f"(?P<kind>TABLES|VIEWS)(?: IN {_NAME.format('db')})?{_PATTERN}", _show_tables),
        (f"COLUMNS (?:IN|FROM) {_TABLE}(?: (?:IN|FROM) {_NAME.format('in')})?", _show_columns),
        (f"PARTITIONS {_TABLE}", _show_partitions),
        (f"CREATE (?:TABLE|VIEW) {_TABLE}", _show_create),
        (rf"TBLPROPERTIES {_TABLE}(?: ?\('(?P<key>[^']*)'\))?", _show_properties),
    )
)


def describe(sql: str, context: Context) -> Output:
    """DESCRIBE [EXTENDED | FORMATTED] table."""
    match = re.fullmatch(rf"DESC(?:RIBE)? (?:EXTENDED |FORMATTED )?{_TABLE}", " ".join(sql.split()), re.IGNORECASE)
    if not match:
        raise QueryFailed("SYNTAX_ERROR", "line 1:10: mismatched input. Expecting: DESCRIBE [db.]table")
    table = context.catalog.get(match["db"] or context.database, match["table"])
    rows = [[f"{f.name:<20}", f"{f.type:<20}", f"{f.comment:<20}"] for f in table.fields]
    if table.keys:
        blank = ["", None, None]
        rows += [blank, ["# Partition Information", None, None], ["# col_name", "data_type", "comment"], blank]  # type: ignore[list-item]
        rows += [[f"{k.name:<20}", f"{k.type:<20}", f"{k.comment:<20}"] for k in table.keys]
    return Output.text(["col_name", "data_type", "comment"], rows)


def explain(sql: str, parameters: tuple[str, ...], context: Context) -> Output:
    """EXPLAIN query: checks the query as Trino would; the plan shown is DuckDB's."""
    text = re.sub(r"^\s*EXPLAIN\s*(ANALYZE\s*)?(VERBOSE\s*)?(\([^)]*\)\s*)?", "", sql, flags=re.IGNORECASE)
    query = AthenaQuery.plan_text(text, parameters, context, runs=False)
    rows = context.connection.execute(f"EXPLAIN {query.sql}").fetchall()
    return Output.text(["Query Plan"], [[line] for row in rows for line in str(row[-1]).splitlines()])
