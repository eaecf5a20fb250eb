"""The candidate by HTTPS: the Redshift Data API, where its port cannot be reached."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from smartroute_runbook.errors import ServiceError
from smartroute_runbook.redshift_moments import date_of, moment_of, time_of

from .interface import Column, Rows
from .quoting import identifier

__all__ = ["RedshiftDataApi"]

#: Seconds that an idle session stays, and with it a connection of the cluster: it cannot be ended. As long as an Athena
#: query may take, so that an engine with something set outlives a comparison's other side.
_KEPT = 1800
#: What ValidationException says of a session that was reclaimed, or that never was (awslabs/mcp, issue 4587).
_GONE = re.compile(r"session is not available|session with id: \S+ is invalid", re.IGNORECASE)
_CHANGES = re.compile(r"\s*(SET|RESET|CREATE\s+(LOCAL\s+)?TEMP\w*)\b", re.IGNORECASE)
_TYPES = {
    "bool": "boolean", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real",
    "float8": "double precision", "bpchar": "char",
}  # fmt: skip


class RedshiftDataApi:
    """The candidate, through the Redshift Data API: no network path to the cluster is needed, IAM only.

    Statements share one session, so that ``SET`` lasts. Parameters are written ``%s`` and sent as named parameters.
    A result is at most 500 MB, a statement lasts at most 24 hours (Redshift management guide, "data-api"). A session
    that was idle too long is made anew, unless something had been set in it.

    Args:
        client: boto3's ``redshift-data``.
        idle: ids of unused sessions, shared by all engines of a process; taken from here and returned.
        cluster, database, secret_arn, schema: where and as whom.
        timeout: seconds for one statement.
    """

    name = "redshift"

    def __init__(
        self, client: Any, idle: list[str], *, cluster: str, database: str, secret_arn: str, schema: str, timeout: float
    ) -> None:
        self._client, self._idle, self._timeout, self._schema = client, idle, timeout, schema
        self._target = {"ClusterIdentifier": cluster, "Database": database, "SecretArn": secret_arn}
        self._reusable = True
        try:
            self._id = idle.pop()
        except IndexError:
            self._open()

    def _open(self) -> None:
        sql = f"SET search_path TO {identifier(self._schema)}, public"
        started = self._client.execute_statement(**self._target, SessionKeepAliveSeconds=_KEPT, Sql=sql)
        self._wait(started["Id"])
        self._id = started["SessionId"]

    def _submit(self, send: Callable[..., Any], **what: Any) -> tuple[dict[str, Any], float]:
        from botocore.exceptions import ClientError

        try:
            statement = send(SessionId=self._id, **what)["Id"]
        except ClientError as error:
            if not _GONE.search(str(error)):
                raise
            if not self._reusable:
                raise ServiceError(
                    "The session of the Data API has expired, and with it what was set in it", hint="Run the step again"
                ) from error
            self._open()
            statement = send(SessionId=self._id, **what)["Id"]
        return self._wait(statement)

    def _run(self, sql: str, parameters: Sequence[Any]) -> tuple[dict[str, Any], float]:
        bindings = [{"name": f"p{n}", "value": str(value)} for n, value in enumerate(parameters, 1)]
        for n in range(1, len(bindings) + 1):
            sql = sql.replace("%s", f":p{n}", 1)
        extra = {"Parameters": bindings} if bindings else {}
        if _CHANGES.match(sql):
            self._reusable = False
        return self._submit(self._client.execute_statement, Sql=sql, **extra)

    def _wait(self, statement: str) -> tuple[dict[str, Any], float]:
        started = time.perf_counter()
        try:
            state = self._ended(statement, started + self._timeout)
        except BaseException:  # Ctrl-C too: a statement without a waiting caller must be cancelled
            self._reusable = False  # it may still be busy
            with contextlib.suppress(Exception):  # it may have ended meanwhile; the first error matters
                self._client.cancel_statement(Id=statement)
            raise
        if state["Status"] != "FINISHED":
            raise ServiceError(f"Redshift refused a statement: {state.get('Error', state['Status'])}")
        return state, (time.perf_counter() - started) * 1000

    def _ended(self, statement: str, deadline: float) -> dict[str, Any]:
        pause = 0.01
        while True:
            state: dict[str, Any] = self._client.describe_statement(Id=statement)
            if state["Status"] in ("FINISHED", "FAILED", "ABORTED"):
                return state
            if time.perf_counter() > deadline:
                raise ServiceError(f"Redshift did not finish a statement within {self._timeout:g} s")
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Run a query; all pages of its result."""
        state, milliseconds = self._run(sql, parameters)
        columns: tuple[Column, ...] = ()
        rows: list[tuple[Any, ...]] = []
        if state.get("HasResultSet"):
            for page in self._client.get_paginator("get_statement_result").paginate(Id=state["Id"]):
                columns = columns or tuple(
                    Column(c["name"], _TYPES.get(c["typeName"], c["typeName"])) for c in page["ColumnMetadata"]
                )
                rows += [tuple(_typed(f, c.type) for f, c in zip(r, columns, strict=True)) for r in page["Records"]]
        return Rows(columns, rows, milliseconds, 0, state["Id"])

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement."""
        return int(self._run(sql, parameters)[0].get("ResultRows", -1))

    def transaction(self, statements: Sequence[str]) -> None:
        """Run statements as one transaction: all of them happen, or none (BatchExecuteStatement)."""
        self._submit(self._client.batch_execute_statement, Sqls=list(statements))

    def __enter__(self) -> RedshiftDataApi:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the session to the next engine: it cannot be ended, and holds a connection until it expires."""
        if self._reusable:
            self._reusable = False
            self._idle.append(self._id)


def _typed(field: dict[str, Any], kind: str) -> Any:
    """A Data API field by its declared type; decimals and times arrive as text."""
    if field.get("isNull"):
        return None
    value = next(iter(field.values()))
    if not isinstance(value, str):
        return value
    if kind in ("numeric", "decimal"):
        return Decimal(value)
    if kind == "date":
        return date_of(value)
    if kind.startswith("timestamp"):
        return moment_of(value)
    if kind == "time":
        return time_of(value)
    return value
