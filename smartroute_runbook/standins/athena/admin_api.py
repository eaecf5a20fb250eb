"""Athena's API beyond queries: changing workgroups, metadata from Glue, prepared statements, runtime statistics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from smartroute_runbook.standins.api.operations import ApiError, Call, operation
from smartroute_runbook.standins.athena.storage.catalog import GlueColumn, GlueTable

from .errors import QueryFailed
from .requests import backend, not_found, refuse, stand_in

if TYPE_CHECKING:
    from moto.athena.models import AthenaBackend

__all__: list[str] = []

_CATALOG = "AwsDataCatalog"
_PAGE = 50


@operation("athena", as_json=True)
def get_work_group(call: Call) -> Any:
    """GetWorkGroup; an unknown name is refused."""
    group = backend(call).get_work_group(call.params.get("WorkGroup"))
    if group is None:
        raise refuse(f"WorkGroup {call.params.get('WorkGroup')} is not found.")
    return {"WorkGroup": group}


@operation("athena", as_json=True)
def update_work_group(call: Call) -> Any:
    """UpdateWorkGroup: ``ConfigurationUpdates`` with its ``Remove...`` switches, ``Description``, ``State``."""
    group = backend(call).work_groups.get(call.params.get("WorkGroup"))
    if group is None:
        raise refuse(f"WorkGroup {call.params.get('WorkGroup')} is not found.")
    updates = dict(call.params.get("ConfigurationUpdates") or {})
    results = dict(updates.pop("ResultConfigurationUpdates", None) or {})
    configuration = dict(group.configuration.get("ResultConfiguration") or {})
    _apply(configuration, results)
    _apply(group.configuration, updates)
    group.configuration["ResultConfiguration"] = configuration
    group.description = call.params.get("Description") or group.description
    group.state = call.params.get("State") or group.state
    return {}


def _apply(configuration: dict[str, Any], updates: dict[str, Any]) -> None:
    """``RemoveX: true`` takes X away; everything else replaces."""
    for name, value in updates.items():
        if name.startswith("Remove"):
            if value:
                configuration.pop(name.removeprefix("Remove"), None)
        else:
            configuration[name] = value


@operation("athena", as_json=True)
def list_data_catalogs(call: Call) -> Any:
    """ListDataCatalogs: Glue's own is always there."""
    own = {"CatalogName": _CATALOG, "Type": "GLUE"}
    return {"DataCatalogsSummary": [own, *backend(call).list_data_catalogs()]}


@operation("athena", as_json=True)
def get_data_catalog(call: Call) -> Any:
    """GetDataCatalog: Glue's own, or one that was made; an unknown name is refused."""
    name = call.params.get("Name")
    if name == _CATALOG:
        own = {"Name": _CATALOG, "Type": "GLUE", "Parameters": {"catalog-id": call.account}}
        return {"DataCatalog": own}
    catalog = backend(call).get_data_catalog(name)
    if not catalog:
        raise refuse(f"Data catalog {name} is not found.")
    return {"DataCatalog": catalog}


def _absent(words: str) -> ApiError:
    """What Athena answers when Glue has no such entity; PyAthena reads the code within the parentheses."""
    origin = "Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Proxy: null"
    return refuse(f"EntityNotFoundException: {words} ({origin})", "MetadataException")


@operation("athena", as_json=True)
def get_database(call: Call) -> Any:
    """GetDatabase, out of Glue."""
    return {"Database": _database(call.params["DatabaseName"])}


def _database(name: str) -> dict[str, Any]:
    catalog = stand_in().catalog
    if name.lower() not in catalog.databases():
        raise _absent(f"Database {name} not found.")
    database = catalog.glue.databases.get(name.lower())
    described = database.as_dict() if database else {}
    return {
        "Name": name.lower(),
        "Description": described.get("Description", ""),
        "Parameters": described.get("Parameters", {}),
    }


@operation("athena", as_json=True)
def list_databases(call: Call) -> Any:
    """ListDatabases, out of Glue."""
    names, token = _paged(stand_in().catalog.databases(), call)
    return {"DatabaseList": [_database(name) for name in names], **token}


@operation("athena", as_json=True)
def get_table_metadata(call: Call) -> Any:
    """GetTableMetadata, out of Glue."""
    table = stand_in().catalog.find(call.params["DatabaseName"], call.params["TableName"])
    if table is None:
        raise _absent("Entity Not Found")
    return {"TableMetadata": _metadata(table)}


@operation("athena", as_json=True)
def list_table_metadata(call: Call) -> Any:
    """ListTableMetadata, out of Glue; ``Expression`` is a regular expression of names."""
    try:
        tables = stand_in().catalog.tables(call.params["DatabaseName"].lower())
    except QueryFailed as error:
        raise refuse(error.message, "MetadataException") from error
    pattern = re.compile(call.params.get("Expression") or ".*")
    page, token = _paged([table for table in tables if pattern.fullmatch(table.name)], call)
    return {"TableMetadataList": [_metadata(table) for table in page], **token}


def _metadata(table: GlueTable) -> dict[str, Any]:
    def columns(fields: tuple[GlueColumn, ...]) -> list[dict[str, str]]:
        return [{"Name": f.name, "Type": f.type, **({"Comment": f.comment} if f.comment else {})} for f in fields]

    created = table.raw["CreateTime"].timestamp() if table.raw.get("CreateTime") else 0
    return {
        "Name": table.name, "TableType": table.raw.get("TableType", ""),
        "CreateTime": created, "LastAccessTime": created,
        "Columns": columns(table.columns), "PartitionKeys": columns(table.keys),
        "Parameters": {**(table.raw.get("Parameters") or {}), "location": table.location},
    }  # fmt: skip


def _paged(items: list[Any], call: Call) -> tuple[list[Any], dict[str, str]]:
    start = int(call.params.get("NextToken") or 0)
    limit = int(call.params.get("MaxResults") or _PAGE)
    if not 0 < limit <= _PAGE:
        raise refuse(f"MaxResults is more than maximum allowed length {_PAGE}.")
    token = {"NextToken": str(start + limit)} if start + limit < len(items) else {}
    return items[start : start + limit], token


def _prepared(athena: AthenaBackend, name: str, workgroup: str) -> Any:
    statement = athena.get_prepared_statement(name, workgroup)
    if statement is None:
        raise refuse(f"PreparedStatement {name} was not found in workGroup {workgroup}", "ResourceNotFoundException")
    return statement


@operation("athena", as_json=True)
def get_prepared_statement(call: Call) -> Any:
    """GetPreparedStatement."""
    statement = _prepared(backend(call), call.params["StatementName"], call.params["WorkGroup"])
    return {"PreparedStatement": {
        "StatementName": statement.statement_name, "QueryStatement": statement.query_statement,
        "WorkGroupName": statement.workgroup, "Description": statement.description or "",
        "LastModifiedTime": statement.last_modified_time.timestamp(),
    }}  # fmt: skip


@operation("athena", as_json=True)
def delete_prepared_statement(call: Call) -> Any:
    """DeletePreparedStatement."""
    statement = _prepared(backend(call), call.params["StatementName"], call.params["WorkGroup"])
    del backend(call).prepared_statements[statement.statement_name]
    return {}


@operation("athena", as_json=True)
def list_prepared_statements(call: Call) -> Any:
    """ListPreparedStatements of a workgroup."""
    statements = backend(call).prepared_statements.values()
    mine = sorted(
        (s for s in statements if s.workgroup == call.params.get("WorkGroup")), key=lambda s: s.statement_name
    )
    page, token = _paged(mine, call)
    rows = [{"StatementName": s.statement_name, "LastModifiedTime": s.last_modified_time.timestamp()} for s in page]
    return {"PreparedStatements": rows, **token}


@operation("athena", as_json=True)
def get_query_runtime_statistics(call: Call) -> Any:
    """GetQueryRuntimeStatistics: timeline and rows; there are no stages to report."""
    execution_id = call.params["QueryExecutionId"]
    described = stand_in().executions.describe(execution_id)
    if described is None:
        raise not_found(execution_id)
    figures = described["Statistics"]
    execution = stand_in().executions.live(execution_id)
    rows = execution.result.rows.num_rows if execution and execution.result and execution.result.rows is not None else 0
    timeline = {name: value for name, value in figures.items() if name.endswith("InMillis")}
    return {"QueryRuntimeStatistics": {
        "Timeline": timeline, "Rows": {"InputBytes": figures["DataScannedInBytes"], "OutputRows": rows},
    }}  # fmt: skip
