"""ALTER TABLE of a table's own entry in Glue: SET TBLPROPERTIES, ADD COLUMNS, REPLACE COLUMNS.

Partitions keep the columns that they were registered with, as on Athena (user guide, "ALTER TABLE ADD COLUMNS").
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.athena.results import Output
from smartroute_runbook.standins.athena.storage.catalog import GlueTable

from .query import Context
from .row_format import columns_of

__all__ = ["alter_table"]

_GIVEN_BY_GLUE = {"DatabaseName", "CreateTime", "UpdateTime", "CatalogId", "VersionId", "CreatedBy"}
"""What GetTable tells and UpdateTable does not take (Glue API, TableInput)."""


def alter_table(tree: exp.Expression, table: GlueTable, context: Context) -> Output:
    """Change the table's entry.

    Raises:
        QueryFailed: another action, a view, or a column that is there already.
    """
    if table.view is not None:
        raise QueryFailed("TYPE_MISMATCH", f"line 1:1: '{table.database}.{table.name}' is a view")
    entry = {key: value for key, value in table.raw.items() if key not in _GIVEN_BY_GLUE}
    actions = tree.args["actions"] if isinstance(tree, exp.Alter) else []
    for action in actions:
        entry = _changed(entry, action, table)
    if not actions:
        raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: {' '.join(tree.sql('hive').split()[:5])}", 1)
    context.catalog.glue.update_table(table.database, table.name, entry)
    return Output()


def _changed(entry: dict[str, Any], action: exp.Expression, table: GlueTable) -> dict[str, Any]:
    properties = action.find(exp.Properties) if isinstance(action, exp.AlterSet) else None
    if properties is not None:
        given = {item.this.name: item.args["value"].name for item in properties.expressions}
        return {**entry, "Parameters": {**(entry.get("Parameters") or {}), **given}}
    if not isinstance(action, exp.Schema | exp.ReplaceColumns):
        raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: ALTER TABLE {action.sql('hive')}", 1)
    added = columns_of(action)
    kept = [] if isinstance(action, exp.ReplaceColumns) else list(entry["StorageDescriptor"]["Columns"])
    taken = {column["Name"] for column in kept} | {key.name for key in table.keys}
    if twice := [column["Name"] for column in added if column["Name"] in taken]:
        raise QueryFailed("DUPLICATE_COLUMN_NAME", f"Duplicate column name {twice[0]} in the table definition")
    return {**entry, "StorageDescriptor": {**entry["StorageDescriptor"], "Columns": kept + added}}
