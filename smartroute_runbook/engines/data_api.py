"""The candidate by HTTPS: the Redshift Data API, where its port cannot be reached."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..errors import ServiceError
from .interface import Column, Rows

__all__ = ["RedshiftDataApi"]

_KEPT = 3600  # seconds that an idle session stays; a session cannot be ended, it expires
_TYPES = {
    "bool": "boolean", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real",
    "float8": "double precision", "bpchar": "char",
}  # fmt: skip


class RedshiftDataApi:
    """The candidate, through the Redshift Data API: no network path to the cluster is needed, IAM only.

    Statements share one session, so that ``SET`` lasts. Parameters are written ``%s`` and sent as named parameters.
    A result is at most 500 MB, a statement lasts at most 24 hours, a session that is idle for an hour is gone
    (Redshift management guide, "data-api").
    """

    name = "redshift"

    def __init__(
        self, client: Any, *, cluster: str, database: str, secret_arn: str, schema: str, timeout: float
    ) -> None:
        self._client, self._timeout = client, timeout
        self._session: dict[str, Any] = {
            "ClusterIdentifier": cluster, "Database": database, "SecretArn": secret_arn,
            "SessionKeepAliveSeconds": _KEPT,
        }  # fmt: skip
        started = self._run(f'SET search_path TO "{schema}", public', ())[0]
        self._session = {"SessionId": started["SessionId"]}

    def _run(self, sql: str, parameters: Sequence[Any]) -> tuple[dict[str, Any], float]:
        named = [{"name": f"p{n}", "value": str(value)} for n, value in enumerate(parameters, 1)]
        for n in range(1, len(named) + 1):
            sql = sql.replace("%s", f":p{n}", 1)
        extra = {"Parameters": named} if named else {}
        return self._wait(self._client.execute_statement(**self._session, Sql=sql, **extra)["Id"])

    def _wait(self, statement: str) -> tuple[dict[str, Any], float]:
        started = time.perf_counter()
        try:
            state = self._ended(statement, started + self._timeout)
        except BaseException:  # Ctrl-C too: what nobody waits for must not go on
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
        self._wait(self._client.batch_execute_statement(**self._session, Sqls=list(statements))["Id"])

    def __enter__(self) -> RedshiftDataApi:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """A session cannot be ended; it expires."""


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
        return date.fromisoformat(value)
    if kind.startswith("timestamp"):
        return datetime.fromisoformat(value)
    return value
