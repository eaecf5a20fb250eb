"""Athena's API operations: requests checked as AWS checks them, answers in its shapes."""

from __future__ import annotations

from typing import Any

from smartroute_runbook.standins.api.operations import Call, operation

from .errors import QueryFailed
from .execution import DONE, QueryExecution
from .requests import backend, not_found, refuse, stand_in
from .results import Output, column_info

__all__: list[str] = []

PAGE = 50
ROWS = 1000


LONGEST_SQL = 262_144  # bytes of a query in UTF-8 (Athena user guide, "Service quotas")


def _workgroup(call: Call, name: str) -> Any:
    group = backend(call).work_groups.get(name)
    if group is None:
        raise refuse(f"WorkGroup {name} is not found.", AthenaErrorCode="WORKGROUP_NOT_FOUND")
    return group


@operation("athena", as_json=True)
def start_query_execution(call: Call) -> Any:
    """StartQueryExecution."""
    sql = str(call.params.get("QueryString") or "").strip()
    if len(sql.encode()) > LONGEST_SQL:
        raise refuse(
            "1 validation error detected: Value at 'queryString' failed to satisfy constraint: Member must have length"
            f" less than or equal to {LONGEST_SQL}"
        )
    workgroup = _workgroup(call, call.params.get("WorkGroup") or "primary")
    if workgroup.state != "ENABLED":
        raise refuse(f"WorkGroup {workgroup.name} is disabled.")
    parameters = tuple(call.params.get("ExecutionParameters") or ())
    try:
        kind, substatement = stand_in().classify(sql)
    except QueryFailed as failed:
        raise refuse(failed.message, AthenaErrorCode="MALFORMED_QUERY") from failed
    if stand_in().executions.active(kind) >= stand_in().quota:
        raise refuse(
            "You have exceeded the limit for the number of queries you can run concurrently. Please reduce the number"
            " of concurrent queries submitted by this account.",
            "TooManyRequestsException",
            Reason="CONCURRENT_QUERY_LIMIT_EXCEEDED",
        )
    execution = _execution(call, sql, workgroup, kind, substatement, parameters)
    stand_in().submit(execution)
    return {"QueryExecutionId": execution.id}


def _execution(
    call: Call, sql: str, workgroup: Any, kind: str, substatement: str, parameters: tuple[str, ...]
) -> QueryExecution:
    settings = workgroup.configuration
    context = call.params.get("QueryExecutionContext") or {}
    own = (call.params.get("ResultConfiguration") or {}).get("OutputLocation")
    shared = (settings.get("ResultConfiguration") or {}).get("OutputLocation")
    enforced = bool(settings.get("EnforceWorkGroupConfiguration"))
    folder = shared if enforced and shared else own or shared
    if not folder:
        raise refuse(
            "No output location provided. An output location is required either through the Workgroup result"
            " configuration setting or as an API input."
        )
    reuse = (call.params.get("ResultReuseConfiguration") or {}).get("ResultReuseByAgeConfiguration") or {}
    database = str(context.get("Database") or "default").strip("`")
    execution = QueryExecution(
        sql, workgroup.name, database, context.get("Catalog") or "awsdatacatalog",
        "", kind, substatement, parameters,
        reuse_minutes=int(reuse.get("MaxAgeInMinutes") or 60) if reuse.get("Enabled") else 0,
        scan_limit=int(settings.get("BytesScannedCutoffPerQuery") or 0),
        publish_metrics=bool(settings.get("PublishCloudWatchMetricsEnabled")),
        enforced=enforced,
    )  # fmt: skip
    if substatement == "CREATE_TABLE_AS_SELECT":  # Athena user guide, "Find query output files in Amazon S3"
        execution.output = f"{folder.rstrip('/')}/tables/{execution.id}"
    else:
        execution.output = f"{folder.rstrip('/')}/{execution.id}.{'csv' if kind == 'DML' else 'txt'}"
    return execution


@operation("athena", as_json=True)
def get_query_execution(call: Call) -> Any:
    """GetQueryExecution."""
    return {"QueryExecution": _describe(call.params["QueryExecutionId"])}


def _describe(execution_id: str) -> dict[str, Any]:
    execution = stand_in().executions.describe(execution_id)
    if execution is None:
        raise not_found(execution_id)
    return execution


@operation("athena", as_json=True)
def batch_get_query_execution(call: Call) -> Any:
    """BatchGetQueryExecution, up to 50 ids."""
    ids = call.params.get("QueryExecutionIds") or []
    if not 1 <= len(ids) <= PAGE:
        raise refuse(f"QueryExecutionIds must have between 1 and {PAGE} members, not {len(ids)}")
    executions = {i: stand_in().executions.describe(i) for i in ids}
    missing = [
        {
            "QueryExecutionId": i,
            "ErrorCode": "INVALID_QUERY_EXECUTION_ID",
            "ErrorMessage": f"QueryExecution {i} was not found",
        }
        for i, execution in executions.items()
        if execution is None
    ]
    return {"QueryExecutions": [f for f in executions.values() if f], "UnprocessedQueryExecutionIds": missing}


@operation("athena", as_json=True)
def list_query_executions(call: Call) -> Any:
    """ListQueryExecutions: newest first, at most 50 a page, the last 45 days."""
    name = _workgroup(call, call.params.get("WorkGroup") or "primary").name
    limit = call.params.get("MaxResults")
    limit = PAGE if limit is None else int(limit)
    if not 0 < limit <= PAGE:
        raise refuse(f"MaxResults is more than maximum allowed length {PAGE}.")
    try:
        ids, token = stand_in().executions.page(name, call.params.get("NextToken") or "", limit)
    except ValueError as error:
        raise refuse("The NextToken is not valid.") from error
    return {"QueryExecutionIds": ids, **({"NextToken": token} if token else {})}


@operation("athena", as_json=True)
def stop_query_execution(call: Call) -> Any:
    """StopQueryExecution; no error when the query is done."""
    execution = stand_in().executions.live(call.params["QueryExecutionId"])
    if execution is None:
        _describe(call.params["QueryExecutionId"])
    elif execution.state not in DONE:
        stand_in().stop(execution)
    return {}


@operation("athena", as_json=True)
def get_query_results(call: Call) -> Any:
    """GetQueryResults: pages of at most 1000 rows; the first row of a SELECT's first page is the header."""
    execution_id = call.params["QueryExecutionId"]
    execution = stand_in().executions.live(execution_id)
    if execution is None:
        _describe(execution_id)
        raise refuse(f"Could not find results for QueryExecution {execution_id}")
    if execution.state in {"QUEUED", "RUNNING"}:
        raise refuse(f"Query has not yet finished. Current state: {execution.state}")
    if execution.state != "SUCCEEDED" or execution.result is None:
        raise refuse(f"Query did not finish successfully. Final query state: {execution.state}")
    limit = int(call.params.get("MaxResults") or ROWS)
    if not 0 < limit <= ROWS:
        raise refuse(f"MaxResults is more than maximum allowed length {ROWS}.")
    return _page(execution.result, int(call.params.get("NextToken") or 0), limit)


def _page(output: Output, start: int, limit: int) -> dict[str, Any]:
    """Rows ``start`` to ``start + limit``, counting a SELECT's header as row 0."""
    header = 0 if output.utility or not output.columns else 1
    total = (output.rows.num_rows if output.rows is not None else 0) + header
    rows = []
    if start == 0 and header:
        rows.append({"Data": [{"VarCharValue": column.name} for column in output.columns]})
    if output.rows is not None:
        first = max(0, start - header)
        part = output.rows.slice(first, limit - len(rows)).to_pydict()
        values = zip(*part.values(), strict=True) if part else ()
        rows += [{"Data": [{} if v is None else {"VarCharValue": v} for v in row]} for row in values]
    answer: dict[str, Any] = {
        "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": [column_info(c) for c in output.columns]}}
    }
    if output.update_count is not None:
        answer["UpdateCount"] = output.update_count
    if start + limit < total:
        answer["NextToken"] = str(start + limit)
    return answer
