"""``information_schema`` as Athena shows it, from Glue."""

from __future__ import annotations

from collections.abc import Callable

from smartroute_runbook.standins.athena.errors import QueryFailed

from .catalog import Catalog, GlueColumn, GlueTable

__all__ = ["INFORMATION", "information_rows"]

_CATALOG = "awsdatacatalog"
_COLUMNS = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "views": ("table_catalog", "table_schema", "table_name", "view_definition"),
    "columns": (
        "table_catalog", "table_schema", "table_name", "column_name", "ordinal_position", "column_default",
        "is_nullable", "data_type", "comment", "extra_info",
    ),
}  # fmt: skip


def INFORMATION(name: str, _: Catalog) -> GlueTable:  # noqa: N802  reads as the schema it stands for
    """One of its tables (``schemata``, ``tables``, ``views``, ``columns``), with no location: its rows are computed."""
    if name not in _COLUMNS:
        raise QueryFailed("TABLE_NOT_FOUND", f"line 1:1: Table '{_CATALOG}.information_schema.{name}' does not exist")
    fields = tuple(GlueColumn(c, "bigint" if c == "ordinal_position" else "string") for c in _COLUMNS[name])
    return GlueTable("information_schema", name, fields, (), "", None, {})


def information_rows(name: str, catalog: Catalog) -> list[tuple[object, ...]]:
    """The rows of one of its tables."""
    return _ROWS[name](catalog)


def _schemata(catalog: Catalog) -> list[tuple[object, ...]]:
    return [(_CATALOG, name) for name in [*catalog.databases(), "information_schema"]]


def _tables(catalog: Catalog) -> list[tuple[object, ...]]:
    kinds = {True: "VIEW", False: "BASE TABLE"}
    return [(_CATALOG, t.database, t.name, kinds[t.view is not None]) for t in _every(catalog)]


def _views(catalog: Catalog) -> list[tuple[object, ...]]:
    return [(_CATALOG, t.database, t.name, t.view) for t in _every(catalog) if t.view is not None]


def _columns(catalog: Catalog) -> list[tuple[object, ...]]:
    keys = {True: "partition key", False: None}
    return [
        (_CATALOG, t.database, t.name, f.name, n, None, "YES", _trino(f.type), f.comment or None, keys[f in t.keys])
        for t in _every(catalog)
        for n, f in enumerate(t.fields, 1)
    ]


def _trino(hive: str) -> str:
    return {
        "string": "varchar",
        "int": "integer",
        "timestamp": "timestamp(3)",
        "float": "real",
        "binary": "varbinary",
    }.get(hive, hive.replace("<", "(").replace(">", ")").replace("string", "varchar"))


def _every(catalog: Catalog) -> list[GlueTable]:
    return [table for database in catalog.databases() for table in catalog.tables(database)]


_ROWS: dict[str, Callable[[Catalog], list[tuple[object, ...]]]] = {
    "schemata": _schemata, "tables": _tables, "views": _views, "columns": _columns,
}  # fmt: skip
