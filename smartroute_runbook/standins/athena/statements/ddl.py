"""Statements on the catalogue: databases, external tables, views, partitions."""

from __future__ import annotations

import base64
import json
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.athena.results import Output
from smartroute_runbook.standins.athena.storage.catalog import GlueTable

from .insert_unload import inner_query, register, target
from .query import AthenaQuery, Context, hive_type
from .row_format import columns_of, storage_formats, table_parameters

__all__ = ["add_partitions", "create_database", "create_external", "create_view", "drop", "drop_partitions", "repair"]


def create_database(tree: exp.Create, context: Context) -> Output:
    """CREATE DATABASE [IF NOT EXISTS] name [COMMENT ...] [LOCATION ...]."""
    name = (tree.this.name or tree.this.db).lower()  # a SCHEMA's name stands in the place of a database
    if name in context.catalog.databases():
        if tree.args.get("exists"):
            return Output()
        raise QueryFailed("SCHEMA_ALREADY_EXISTS", f"line 1:1: Schema '{name}' already exists")
    properties = _properties(tree)
    place = properties["LocationProperty"].this.name if "LocationProperty" in properties else None
    context.catalog.glue.create_database(name, {"Name": name, **({"LocationUri": place} if place else {})})
    return Output()


def create_external(tree: exp.Create, context: Context) -> Output:
    """CREATE EXTERNAL TABLE in Hive's grammar; Parquet only."""
    database, name = target(tree.this, context)
    if database not in context.catalog.databases():
        raise QueryFailed("SCHEMA_NOT_FOUND", f"Database {database} not found")
    if context.catalog.find(database, name):
        if tree.args.get("exists"):
            return Output()
        raise QueryFailed("TABLE_ALREADY_EXISTS", f"Table {name} already exists in database {database}")
    properties = _properties(tree)
    if "ExternalProperty" not in properties:
        raise QueryFailed(
            "NOT_SUPPORTED", "CREATE TABLE without EXTERNAL makes Iceberg tables, which are not rehearsable", 1
        )
    if "LocationProperty" not in properties:
        raise QueryFailed(
            "INVALID_TABLE_PROPERTY", "No location was specified for table. An S3 location must be specified"
        )
    formats = storage_formats(properties)
    partitioned = properties.get("PartitionedByProperty")
    keys = columns_of(partitioned.this) if partitioned else []
    table = {
        "Name": name, "TableType": "EXTERNAL_TABLE", "PartitionKeys": keys,
        "StorageDescriptor": {
            **formats, "Columns": columns_of(tree.this), "Location": properties["LocationProperty"].this.name,
        },
        "Parameters": table_parameters(tree, formats),
    }  # fmt: skip
    context.catalog.create_table(database, name, table)
    return Output()


def _properties(tree: exp.Create) -> dict[str, Any]:
    properties = tree.args.get("properties")
    return {type(item).__name__: item for item in properties.expressions} if properties else {}


def create_view(sql: str, tree: exp.Create, context: Context) -> Output:
    """CREATE [OR REPLACE] VIEW name AS query."""
    database, name = target(tree.this, context)
    text = inner_query(sql).strip()
    query = AthenaQuery.plan_text(text, (), context, runs=False).named()
    existing = context.catalog.find(database, name)
    if existing and existing.view is None:
        raise QueryFailed("TABLE_ALREADY_EXISTS", f"line 1:1: '{database}.{name}' is a table")
    if existing and not tree.args.get("replace"):
        raise QueryFailed("TABLE_ALREADY_EXISTS", f"line 1:1: View already exists: '{database}.{name}'")
    if existing:
        context.catalog.glue.delete_table(database, name)
    columns = [{"Name": c.name.lower(), "Type": hive_type(c.type)} for c in query.columns]
    described = {
        "originalSql": text, "catalog": "awsdatacatalog", "schema": database,
        "columns": [{"name": c.name.lower(), "type": c.type} for c in query.columns],
    }  # fmt: skip
    original = f"/* Presto View: {base64.b64encode(json.dumps(described).encode()).decode()} */"
    view = {
        "Name": name, "TableType": "VIRTUAL_VIEW",
        "ViewOriginalText": original, "ViewExpandedText": "/* Presto View */",
        "Parameters": {"presto_view": "true", "comment": "Presto View"}, "PartitionKeys": [],
        "StorageDescriptor": {"Columns": columns, "Location": ""},
    }  # fmt: skip
    context.catalog.create_table(database, name, view)
    return Output()


def drop(tree: exp.Drop, context: Context) -> Output:
    """DROP TABLE, VIEW or DATABASE; a table's objects stay, as with every external table."""
    node = tree.args["tables"][0] if tree.args.get("tables") else tree.this
    kind = str(tree.args.get("kind") or "TABLE").upper()
    if kind in {"DATABASE", "SCHEMA"}:
        return _drop_database(node.name.lower(), bool(tree.args.get("exists")), bool(tree.args.get("cascade")), context)
    database, name = target(node, context)
    existing = context.catalog.find(database, name)
    if existing is None:
        if tree.args.get("exists"):
            return Output()
        raise QueryFailed("TABLE_NOT_FOUND", f"Table {database}.{name} not found")
    if (existing.view is not None) != (kind == "VIEW"):
        raise QueryFailed("TYPE_MISMATCH", f"line 1:1: '{database}.{name}' is a {'view' if existing.view else 'table'}")
    context.catalog.glue.delete_table(database, name)
    return Output()


def _drop_database(name: str, exists: bool, cascade: bool, context: Context) -> Output:
    if name not in context.catalog.glue.databases:
        if exists:
            return Output()
        raise QueryFailed("SCHEMA_NOT_FOUND", f"Database {name} not found")
    if not cascade and context.catalog.tables(name):
        raise QueryFailed("SCHEMA_NOT_EMPTY", f"Cannot drop non-empty schema '{name}'. Use CASCADE")
    context.catalog.glue.delete_database(name)
    return Output()


def repair(table: GlueTable, context: Context) -> Output:
    """MSCK REPAIR TABLE: registers the Hive-style folders that are not registered yet."""
    if not table.keys:
        raise QueryFailed("INVALID_TABLE", f"Table {table.name} is not a partitioned table")
    register(context, table)
    return Output()


def add_partitions(table: GlueTable, text: str, context: Context) -> Output:
    """ALTER TABLE ... ADD [IF NOT EXISTS] PARTITION (k=v, ...) [LOCATION '...'] ..."""
    exists = "IF NOT EXISTS" in " ".join(text.upper().split())
    for values, location in _partitions(table, text):
        if not context.catalog.add_partition(table, values, location) and not exists:
            raise QueryFailed("ALREADY_EXISTS", f"Partition already exists: {'/'.join(values)}")
    return Output()


def drop_partitions(table: GlueTable, text: str, context: Context) -> Output:
    """ALTER TABLE ... DROP [IF EXISTS] PARTITION (k=v, ...), ..."""
    partitions = context.catalog.glue.get_table(table.database, table.name).partitions
    for values, _ in _partitions(table, text):
        if partitions.pop(str(list(values)), None) is None and "IF EXISTS" not in " ".join(text.upper().split()):
            raise QueryFailed("NOT_FOUND", f"Partition not found: {'/'.join(values)}")
    return Output()


def _partitions(table: GlueTable, text: str) -> list[tuple[tuple[str, ...], str]]:
    tokens = sqlglot.tokenize(text, read="hive")
    starts = [n for n, token in enumerate(tokens) if token.text.upper() == "PARTITION"]
    partitions = []
    for n, start in enumerate(starts):
        part = tokens[start : starts[n + 1] if n + 1 < len(starts) else len(tokens)]
        pairs = _pairs(part)
        if set(pairs) != {key.name for key in table.keys}:
            raise QueryFailed("SYNTAX_ERROR", f"Partition spec {pairs} does not fit the keys of {table.name}")
        place = [part[i + 1].text for i, token in enumerate(part[:-1]) if token.text.upper() == "LOCATION"]
        partitions.append((tuple(pairs[key.name] for key in table.keys), place[0] if place else ""))
    return partitions


def _pairs(tokens: list[Token]) -> dict[str, str]:
    return {
        tokens[n - 1].text.lower(): tokens[n + 1].text
        for n, token in enumerate(tokens)
        if token.token_type == TokenType.EQ
    }
