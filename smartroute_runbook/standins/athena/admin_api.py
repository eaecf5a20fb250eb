"""Athena's API beyond queries: changing workgroups, metadata out of Glue, prepared statements, runtime statistics."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from smartroute_runbook.standins.athena.storage.catalog import Field, Table

from .errors import QueryFailed
from .requests import not_found, refuse, stand_in

if TYPE_CHECKING:
    from moto.athena.models import AthenaBackend
    from moto.core.exceptions import JsonRESTError

__all__ = ["OPERATIONS"]

_CATALOG = "AwsDataCatalog"
_PAGE = 50


def get_work_group(self: Any) -> str:
    """GetWorkGroup; an unknown name is refused."""
    found = self.athena_backend.get_work_group(self._get_param("WorkGroup"))
    if found is None:
        raise refuse(f"WorkGroup {self._get_param('WorkGroup')} is not found.")
    return json.dumps({"WorkGroup": found})


def update_work_group(self: Any) -> str:
    """UpdateWorkGroup: ``ConfigurationUpdates`` with its ``Remove...`` switches, ``Description``, ``State``."""
    group = self.athena_backend.work_groups.get(self._get_param("WorkGroup"))
    if group is None:
        raise refuse(f"WorkGroup {self._get_param('WorkGroup')} is not found.")
    updates = dict(self._get_param("ConfigurationUpdates") or {})
    results = dict(updates.pop("ResultConfigurationUpdates", None) or {})
    held = dict(group.configuration.get("ResultConfiguration") or {})
    _apply(held, results)
    _apply(group.configuration, updates)
    group.configuration["ResultConfiguration"] = held
    group.description = self._get_param("Description") or group.description
    group.state = self._get_param("State") or group.state
    return "{}"


def _apply(held: dict[str, Any], updates: dict[str, Any]) -> None:
    """``RemoveX: true`` takes X away; everything else replaces."""
    for name, value in updates.items():
        if name.startswith("Remove"):
            if value:
                held.pop(name.removeprefix("Remove"), None)
        else:
            held[name] = value


def list_data_catalogs(self: Any) -> str:
    """ListDataCatalogs: Glue's own is always there."""
    own = {"CatalogName": _CATALOG, "Type": "GLUE"}
    return json.dumps({"DataCatalogsSummary": [own, *self.athena_backend.list_data_catalogs()]})


def get_data_catalog(self: Any) -> str:
    """GetDataCatalog: Glue's own, or one that was made; an unknown name is refused."""
    name = self._get_param("Name")
    if name == _CATALOG:
        own = {"Name": _CATALOG, "Type": "GLUE", "Parameters": {"catalog-id": self.current_account}}
        return json.dumps({"DataCatalog": own})
    found = self.athena_backend.get_data_catalog(name)
    if not found:
        raise refuse(f"Data catalog {name} is not found.")
    return json.dumps({"DataCatalog": found})


def _absent(words: str) -> JsonRESTError:
    """What Athena answers when Glue has no such entity; PyAthena reads the code within the parentheses."""
    told = "Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Proxy: null"
    return refuse(f"EntityNotFoundException: {words} ({told})", "MetadataException")


def get_database(self: Any) -> str:
    """GetDatabase, out of Glue."""
    return json.dumps({"Database": _database(self._get_param("DatabaseName"))})


def _database(name: str) -> dict[str, Any]:
    catalog = stand_in().catalog
    if name.lower() not in catalog.databases():
        raise _absent(f"Database {name} not found.")
    held = catalog.glue.databases.get(name.lower())
    described = held.as_dict() if held else {}
    return {
        "Name": name.lower(),
        "Description": described.get("Description", ""),
        "Parameters": described.get("Parameters", {}),
    }


def list_databases(self: Any) -> str:
    """ListDatabases, out of Glue."""
    names, token = _paged(stand_in().catalog.databases(), self)
    return json.dumps({"DatabaseList": [_database(name) for name in names], **token})


def get_table_metadata(self: Any) -> str:
    """GetTableMetadata, out of Glue."""
    table = stand_in().catalog.find(self._get_param("DatabaseName"), self._get_param("TableName"))
    if table is None:
        raise _absent("Entity Not Found")
    return json.dumps({"TableMetadata": _metadata(table)})


def list_table_metadata(self: Any) -> str:
    """ListTableMetadata, out of Glue; ``Expression`` is a regular expression of names."""
    try:
        tables = stand_in().catalog.tables(self._get_param("DatabaseName").lower())
    except QueryFailed as error:
        raise refuse(error.message, "MetadataException") from error
    wanted = re.compile(self._get_param("Expression") or ".*")
    found, token = _paged([table for table in tables if wanted.fullmatch(table.name)], self)
    return json.dumps({"TableMetadataList": [_metadata(table) for table in found], **token})


def _metadata(table: Table) -> dict[str, Any]:
    def columns(fields: tuple[Field, ...]) -> list[dict[str, str]]:
        return [{"Name": f.name, "Type": f.type, **({"Comment": f.comment} if f.comment else {})} for f in fields]

    created = table.raw["CreateTime"].timestamp() if table.raw.get("CreateTime") else 0
    return {
        "Name": table.name, "TableType": table.raw.get("TableType", ""),
        "CreateTime": created, "LastAccessTime": created,
        "Columns": columns(table.columns), "PartitionKeys": columns(table.keys),
        "Parameters": {**(table.raw.get("Parameters") or {}), "location": table.location},
    }  # fmt: skip


def _paged(items: list[Any], request: Any) -> tuple[list[Any], dict[str, str]]:
    start = int(request._get_param("NextToken") or 0)
    limit = int(request._get_param("MaxResults") or _PAGE)
    if not 0 < limit <= _PAGE:
        raise refuse(f"MaxResults is more than maximum allowed length {_PAGE}.")
    token = {"NextToken": str(start + limit)} if start + limit < len(items) else {}
    return items[start : start + limit], token


def _prepared(backend: AthenaBackend, name: str, workgroup: str) -> Any:
    found = backend.get_prepared_statement(name, workgroup)
    if found is None:
        raise refuse(f"PreparedStatement {name} was not found in workGroup {workgroup}", "ResourceNotFoundException")
    return found


def get_prepared_statement(self: Any) -> str:
    """GetPreparedStatement."""
    found = _prepared(self.athena_backend, self._get_param("StatementName"), self._get_param("WorkGroup"))
    return json.dumps({"PreparedStatement": {
        "StatementName": found.statement_name, "QueryStatement": found.query_statement,
        "WorkGroupName": found.workgroup, "Description": found.description or "",
        "LastModifiedTime": found.last_modified_time.timestamp(),
    }})  # fmt: skip


def delete_prepared_statement(self: Any) -> str:
    """DeletePreparedStatement."""
    found = _prepared(self.athena_backend, self._get_param("StatementName"), self._get_param("WorkGroup"))
    del self.athena_backend.prepared_statements[found.statement_name]
    return "{}"


def list_prepared_statements(self: Any) -> str:
    """ListPreparedStatements of a workgroup."""
    held = self.athena_backend.prepared_statements.values()
    mine = sorted((s for s in held if s.workgroup == self._get_param("WorkGroup")), key=lambda s: s.statement_name)
    found, token = _paged(mine, self)
    rows = [{"StatementName": s.statement_name, "LastModifiedTime": s.last_modified_time.timestamp()} for s in found]
    return json.dumps({"PreparedStatements": rows, **token})


def get_query_runtime_statistics(self: Any) -> str:
    """GetQueryRuntimeStatistics: timeline and rows; there are no stages to tell of."""
    execution_id = self._get_param("QueryExecutionId")
    described = stand_in().executions.describe(execution_id)
    if described is None:
        raise not_found(execution_id)
    figures = described["Statistics"]
    execution = stand_in().executions.live(execution_id)
    rows = execution.result.rows.num_rows if execution and execution.result and execution.result.rows is not None else 0
    timeline = {name: value for name, value in figures.items() if name.endswith("InMillis")}
    return json.dumps({"QueryRuntimeStatistics": {
        "Timeline": timeline, "Rows": {"InputBytes": figures["DataScannedInBytes"], "OutputRows": rows},
    }})  # fmt: skip


OPERATIONS = (
    get_work_group, update_work_group, list_data_catalogs, get_data_catalog, get_database, list_databases,
    get_table_metadata,
    list_table_metadata, get_prepared_statement, delete_prepared_statement, list_prepared_statements,
    get_query_runtime_statistics,
)  # fmt: skip
"""To be hung on moto's response class."""
