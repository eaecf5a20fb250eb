"""The Redshift Data API: statements by HTTPS, on the same engine and rows as the wire."""

from __future__ import annotations

import json
from typing import Any

from moto.redshift import redshift_backends
from moto.secretsmanager import secretsmanager_backends

from smartroute_runbook.standins.api.operations import ApiError, Call, operation, plane
from smartroute_runbook.standins.redshift.data_api import (
    ACTIVE_LIMIT,
    RUNNING,
    ApiStatement,
    DataApi,
    Work,
)
from smartroute_runbook.standins.redshift.data_api_format import column, record

from .clusters import managed_credentials

__all__: list[str] = []

_PAGE = 1000
_LONGEST_SQL = 100_000
_SERVICE = "redshiftdata"


def _api() -> DataApi:
    api: DataApi | None = plane().data_api
    if api is None:
        raise NotImplementedError("there is no Redshift engine in this stand-in")
    return api


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)


@operation(_SERVICE)
def execute_statement(call: Call) -> Any:
    """ExecuteStatement."""
    parameters = tuple((item["name"], item["value"]) for item in call.params.get("Parameters", []))
    return _submit(call, (Work(_sized(call.params["Sql"]), parameters),), batch=False)


@operation(_SERVICE)
def batch_execute_statement(call: Call) -> Any:
    """BatchExecuteStatement: one transaction unless ``ExecutionMode`` is AUTOCOMMIT."""
    texts = call.params["Sqls"]
    if not 1 <= len(texts) <= 40:
        raise _invalid("Sqls must have 1 to 40 statements")
    parameters = tuple((item["name"], item["value"]) for item in call.params.get("Parameters", []))
    works = tuple(Work(_sized(sql), tuple(p for p in parameters if f":{p[0]}" in sql)) for sql in texts)
    return _submit(call, works, batch=True)


@operation(_SERVICE)
def describe_statement(call: Call) -> Any:
    """DescribeStatement."""
    statement = _statement(call.params["Id"].partition(":")[0])
    _wait(call, statement)
    first = statement.works[0]
    description: dict[str, Any] = {
        **statement.target,
        "Id": statement.id,
        "Status": statement.status,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.updated,
        "RedshiftPid": statement.pid,
        "Duration": sum(work.nanoseconds for work in statement.works),
        "HasResultSet": any(work.has_result for work in statement.works),
        "RedshiftQueryId": first.query_id,
        "ResultFormat": statement.format,
        "ResultRows": first.affected if not statement.batch else -1,
        "ResultSize": first.size if not statement.batch else -1,
    }
    if statement.error:
        description["Error"] = statement.error
    if statement.session_id:
        description["SessionId"] = statement.session_id
    if statement.batch:
        description["SubStatements"] = [_sub(statement, number, work) for number, work in enumerate(statement.works, 1)]
    else:
        description["QueryString"] = first.sql
        description["QueryParameters"] = [{"name": name, "value": value} for name, value in first.parameters]
    return description


@operation(_SERVICE)
def get_statement_result(call: Call) -> Any:
    """GetStatementResult, in pages."""
    name, _, number = call.params["Id"].partition(":")
    statement = _statement(name)
    _wait(call, statement)
    if statement.batch and not number:
        raise ApiError("ResourceNotFoundException", "Query does not have result. Name the sub-statement, as in ID:1.")
    index = int(number or 1) - 1
    work = statement.works[index] if 0 <= index < len(statement.works) else None
    if work is None or not work.has_result:
        raise ApiError("ResourceNotFoundException", f"Query does not have result. Please check query status: {name}")
    if statement.format != "JSON":
        raise NotImplementedError(f"results in {statement.format}")
    start = int(call.params.get("NextToken", 0))
    page: dict[str, Any] = {
        "ColumnMetadata": [column(item) for item in work.columns],
        "Records": [record(row) for row in work.rows[start : start + _PAGE]],
        "TotalNumRows": len(work.rows),
    }
    if start + _PAGE < len(work.rows):
        page["NextToken"] = str(start + _PAGE)
    return page


@operation(_SERVICE)
def cancel_statement(call: Call) -> Any:
    """CancelStatement."""
    statement = _statement(call.params["Id"])
    if statement.status not in RUNNING:
        raise _invalid(f"Could not cancel a query that is already in {statement.status} state with ID: {statement.id}")
    _api().cancel(statement)
    return {"Status": True}


@operation(_SERVICE)
def list_statements(call: Call) -> Any:
    """ListStatements, newest first."""
    status, prefix = call.params.get("Status", "ALL"), call.params.get("StatementName", "")
    statements = sorted(_api().statements.values(), key=lambda statement: statement.created, reverse=True)
    selected = [s for s in statements if status in ("ALL", s.status) and s.name.startswith(prefix)]
    start, size = int(call.params.get("NextToken", 0)), int(call.params.get("MaxResults") or 100)
    page: dict[str, Any] = {"Statements": [_listed(statement) for statement in selected[start : start + size]]}
    if start + size < len(selected):
        page["NextToken"] = str(start + size)
    return page


def _submit(call: Call, works: tuple[Work, ...], *, batch: bool) -> dict[str, Any]:
    params, api = call.params, _api()
    if api.active >= ACTIVE_LIMIT:
        raise ApiError(
            "ActiveStatementsExceededException", f"Active statements exceeded the allowed quota ({ACTIVE_LIMIT})."
        )
    session_id = params.get("SessionId", "")
    if session_id and not api.knows_session(session_id):
        raise _invalid(f"Session is not available: {session_id}")
    earlier = (
        next((s for s in tuple(api.statements.values()) if s.session_id == session_id), None) if session_id else None
    )
    target = dict(earlier.target) if earlier else _target(call)
    user = earlier.user if earlier else _user(call)
    statement = ApiStatement(
        user,
        target,
        works,
        batch,
        name=params.get("StatementName", ""),
        format=params.get("ResultFormat", "JSON"),
        session_id=session_id,
        atomic=params.get("ExecutionMode", "TRANSACTION") == "TRANSACTION",
    )
    api.submit(statement, int(params.get("SessionKeepAliveSeconds", 0)))
    _wait(call, statement)
    answer = {**target, "Id": statement.id, "CreatedAt": statement.created}
    if statement.session_id:
        answer["SessionId"] = statement.session_id
    if call.params.get("WaitTimeSeconds"):
        answer |= {"Status": statement.status, "RedshiftPid": statement.pid}
        answer["HasResultSet"] = any(work.has_result for work in works)
    return answer


def _target(call: Call) -> dict[str, Any]:
    params = call.params
    if "WorkgroupName" in params:
        raise NotImplementedError("Redshift Serverless workgroups")
    name = params.get("ClusterIdentifier")
    if not name:
        raise _invalid("ClusterIdentifier or WorkgroupName is required")
    cluster = redshift_backends[call.account][call.region].clusters.get(name)
    if cluster is None:
        raise _invalid("Redshift endpoint doesn't exist in this region.")
    if cluster.status == "paused":
        raise _invalid(f"Cluster {name} is paused")
    if cluster.status in ("creating", "rebooting", "resuming"):
        raise _invalid(f"Cluster {name} is not available: {cluster.status}")
    if params.get("Database") != cluster.db_name:
        raise _invalid(f'FATAL: database "{params.get("Database")}" does not exist')
    return {key: params[key] for key in ("ClusterIdentifier", "Database", "DbUser", "SecretArn") if key in params}


def _user(call: Call) -> str:
    """Who runs the statement: the secret's user, the user named, or the caller's IAM identity."""
    params = call.params
    if "SecretArn" not in params:
        return str(params.get("DbUser", "IAM:rehearsal"))
    try:
        store = secretsmanager_backends[call.account][call.region]
        secret = json.loads(store.get_secret_value(params["SecretArn"], "", "AWSCURRENT")["SecretString"])
    except Exception as error:  # moto has a class for each way in which a secret can be missing
        raise _invalid(f"The secret {params['SecretArn']} cannot be read: {error}") from None
    known = managed_credentials(call.account, call.region, params["ClusterIdentifier"])
    if known != (secret.get("username"), secret.get("password")):
        raise _invalid(f'FATAL: password authentication failed for user "{secret.get("username")}"')
    return str(secret["username"])


def _statement(name: str) -> ApiStatement:
    statement = _api().statements.get(name)
    if statement is None:
        raise ApiError("ResourceNotFoundException", "Query does not exist.")
    return statement


def _wait(call: Call, statement: ApiStatement) -> None:
    seconds = int(call.params.get("WaitTimeSeconds") or 0)
    if seconds:
        statement.ended.wait(min(seconds, 30))


def _sized(sql: str) -> str:
    if len(sql.encode()) > _LONGEST_SQL:
        raise _invalid("Cannot process query string larger than 100kB")
    return sql


def _sub(statement: ApiStatement, number: int, work: Work) -> dict[str, Any]:
    description = {
        "Id": f"{statement.id}:{number}",
        "QueryString": work.sql,
        "Status": work.status,
        "Duration": work.nanoseconds,
        "HasResultSet": work.has_result,
        "RedshiftQueryId": work.query_id,
        "ResultRows": work.affected,
        "ResultSize": work.size,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.updated,
    }
    return {**description, "Error": work.error} if work.error else description


def _listed(statement: ApiStatement) -> dict[str, Any]:
    return {
        "Id": statement.id,
        "Status": statement.status,
        "StatementName": statement.name,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.updated,
        "IsBatchStatement": statement.batch,
        "ResultFormat": statement.format,
        **({"QueryStrings": [w.sql for w in statement.works]} if statement.batch else {}),
        **({} if statement.batch else {"QueryString": statement.works[0].sql}),
    }
