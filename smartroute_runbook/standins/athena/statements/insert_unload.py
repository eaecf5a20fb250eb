"""Statements that write a query's rows: UNLOAD, CREATE TABLE AS, INSERT INTO."""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.athena.results import Output, ResultColumn
from smartroute_runbook.standins.athena.storage.catalog import PARQUET, GlueTable
from smartroute_runbook.standins.athena.storage.file_columns import duckdb_type

from .query import AthenaQuery, Context, hive_type
from .writer import require_empty, write

__all__ = ["create_table_as", "inner_query", "insert", "register", "split_unload", "target", "unload"]


def unload(sql: str, parameters: tuple[str, ...], context: Context) -> Output:
    """UNLOAD (query) TO 's3://...' WITH (format = ..., ...)."""
    text, location, properties = split_unload(sql)
    if "format" not in properties:
        raise QueryFailed("INVALID_TABLE_PROPERTY", "line 1:1: format must be specified for UNLOAD")
    query = AthenaQuery.plan_text(text, parameters, context).named()
    keys = _keys(properties, query.columns)
    require_empty(context.objects, location)
    manifest, _ = write(
        context.connection, context.objects, query.stored, location, keys,
        str(properties["format"]), str(properties.get("compression", "")),
    )  # fmt: skip
    return Output(manifest=tuple(manifest))


def split_unload(sql: str) -> tuple[str, str, dict[str, Any]]:
    """The query, the destination and the properties of an UNLOAD statement.

    Raises:
        QueryFailed: SYNTAX_ERROR.
    """
    tokens = sqlglot.tokenize(sql, read="trino")
    end = _matching(tokens, 1)
    rest = tokens[end + 1 :] if end else []
    if len(rest) < 2 or rest[0].text.upper() != "TO" or rest[1].token_type != TokenType.STRING:
        raise QueryFailed(
            "SYNTAX_ERROR", "line 1:1: mismatched input. Expecting: UNLOAD (query) TO 'location' WITH (...)"
        )
    properties = with_properties(sql[rest[2].start :]) if len(rest) > 2 else {}
    return sql[tokens[1].end + 1 : tokens[end].start], rest[1].text, properties


def _matching(tokens: list[Token], opening: int) -> int:
    depth = 0
    for n, token in enumerate(tokens[opening:], opening):
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth == 0:
            return n if n > opening else 0
    return 0


def with_properties(sql: str) -> dict[str, Any]:
    """The first ``WITH (name = value, ...)`` of a statement as a dictionary; arrays become lists."""
    tokens = sqlglot.tokenize(sql, read="trino")
    for n, token in enumerate(tokens[:-1]):
        if token.text.upper() == "WITH" and tokens[n + 1].token_type == TokenType.L_PAREN:
            return _assignments(tokens[n + 2 : _matching(tokens, n + 1)])
    return {}


def _assignments(tokens: list[Token]) -> dict[str, Any]:
    assignments: dict[str, Any] = {}
    for n, token in enumerate(tokens[:-1]):
        if token.token_type != TokenType.EQ:
            continue
        name, after = tokens[n - 1].text.lower(), tokens[n + 1]
        if after.text.upper() == "ARRAY":
            end = next(i for i in range(n, len(tokens)) if tokens[i].token_type == TokenType.R_BRACKET)
            assignments[name] = [t.text for t in tokens[n + 3 : end] if t.token_type != TokenType.COMMA]
        else:
            assignments[name] = after.text
    return assignments


def _keys(properties: dict[str, Any], columns: tuple[ResultColumn, ...]) -> list[str]:
    keys = [str(key).lower() for key in properties.get("partitioned_by", [])]
    names = [column.name.lower() for column in columns]
    if duplicates := sorted({name for name in names if names.count(name) > 1}):
        raise QueryFailed("DUPLICATE_COLUMN_NAME", f"line 1:1: Column name '{duplicates[0]}' specified more than once")
    if missing := [key for key in keys if key not in names]:
        raise QueryFailed("INVALID_TABLE_PROPERTY", f"Partition columns {missing} not present in schema")
    if keys and names[-len(keys) :] != keys:
        words = "Partition keys must be the last columns in the table and in the same order as the table properties"
        raise QueryFailed("HIVE_COLUMN_ORDER_MISMATCH", f"{words}: {keys}")
    return keys


def create_table_as(sql: str, tree: exp.Create, parameters: tuple[str, ...], context: Context) -> Output:
    """CREATE TABLE ... WITH (...) AS query."""
    database, name = target(tree.this, context)
    if context.catalog.find(database, name):
        if tree.args.get("exists"):
            return Output()
        raise QueryFailed("TABLE_ALREADY_EXISTS", f"line 1:1: Table 'awsdatacatalog.{database}.{name}' already exists")
    properties = with_properties(sql)
    location = properties.get("external_location")
    if location and context.enforced:
        raise QueryFailed(
            "INVALID_TABLE_PROPERTY",
            "The Create Table As Select query failed because it was submitted with an 'external_location' property to"
            " an Athena Workgroup that enforces a centralized output location for all queries. Please remove the"
            " 'external_location' property and resubmit the query.",
        )
    location = str(location or f"{context.output_folder}/tables/{context.execution_id}").rstrip("/") + "/"
    query = AthenaQuery.plan_text(inner_query(sql), parameters, context).named()
    keys, rows_sql = _keys(properties, query.columns), query.stored
    require_empty(context.objects, location)
    kind = str(properties.get("format", "PARQUET")).upper()
    codec = str(properties.get("write_compression") or properties.get("parquet_compression") or "")
    _create(context, database, name, query.columns, keys, location)
    if kind != "PARQUET":
        raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: CREATE TABLE AS in format {kind}; only PARQUET is", 1)
    manifest, rows = write(context.connection, context.objects, rows_sql, location, keys, kind, codec)
    register(context, context.catalog.get(database, name))
    return Output(update_count=rows, manifest=tuple(manifest))


def _create(
    context: Context, database: str, name: str, columns: tuple[ResultColumn, ...], keys: list[str], location: str
) -> None:
    fields = [{"Name": c.name.lower(), "Type": hive_type(c.type)} for c in columns]
    context.catalog.create_table(
        database,
        name,
        {
            "Name": name, "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
            "PartitionKeys": [f for f in fields if f["Name"] in keys],
            "StorageDescriptor": {
                **PARQUET, "Location": location, "Columns": [f for f in fields if f["Name"] not in keys],
            },
        },
    )  # fmt: skip


def register(context: Context, table: GlueTable) -> None:
    """Adds every Hive-style folder below the table as a partition."""
    for values in context.catalog.discover(table) if table.keys else ():
        context.catalog.add_partition(table, values)


def insert(sql: str, tree: exp.Insert, parameters: tuple[str, ...], context: Context) -> Output:
    """INSERT INTO table [(columns)] query."""
    table = context.catalog.get(*target(tree.this, context))
    query = AthenaQuery.plan_text(inner_query(sql), parameters, context)
    names = [c.name.lower() for c in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    columns = [field.name for field in table.fields]
    if len(query.columns) != len(names or columns):
        words = (
            f"Insert query has {len(query.columns)} expression(s) but expected {len(names or columns)} target column(s)"
        )
        raise QueryFailed("TYPE_MISMATCH", f"line 1:1: {words}")
    rows_sql = query.as_columns(names or columns, _types(table, names or columns))
    if names:  # columns that the statement does not name are NULL, and the file has them
        items = [
            _quoted(f.name) if f.name in names else f"NULL::{duckdb_type(f.type)} AS {_quoted(f.name)}"
            for f in table.fields
        ]
        rows_sql = f"SELECT {', '.join(items)} FROM ({rows_sql})"
    keys = [key.name for key in table.keys]
    manifest, rows = write(context.connection, context.objects, rows_sql, table.location, keys)
    register(context, table)
    return Output(update_count=rows, manifest=tuple(manifest))


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("duckdb")


def _types(table: GlueTable, names: list[str]) -> list[str]:
    known = {field.name: field.type for field in table.fields}
    if unknown := [name for name in names if name not in known]:
        raise QueryFailed(
            "COLUMN_NOT_FOUND", f"line 1:1: Insert column name does not exist in target table: {unknown[0]}"
        )
    return [known[name] for name in names]


def inner_query(sql: str) -> str:
    """The query within CREATE ... AS query or INSERT INTO ... query, as it was written."""
    tokens = sqlglot.tokenize(sql, read="trino")
    insert_into = tokens[0].text.upper() == "INSERT"
    depth = 0
    for n, token in enumerate(tokens):
        word = token.text.upper()
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth == 0 and not insert_into and word == "AS":
            return sql[token.end + 1 :]
        starts = word in {"SELECT", "WITH", "VALUES", "TABLE"} or (word == "(" and _starts_query(tokens, n))
        if insert_into and starts and token.token_type not in {TokenType.IDENTIFIER, TokenType.STRING}:
            return sql[token.start :]
    raise QueryFailed("SYNTAX_ERROR", "line 1:1: a query is missing")


def _starts_query(tokens: list[Token], at: int) -> bool:
    return at + 1 < len(tokens) and tokens[at + 1].text.upper() in {"SELECT", "WITH", "VALUES"}


def target(node: exp.Expr, context: Context) -> tuple[str, str]:
    """Database and name of the table that a statement is about, in lower case."""
    table = node.this if isinstance(node, exp.Schema) else node
    return (table.db or context.database).lower(), table.name.lower()
