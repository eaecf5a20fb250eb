"""Redshift, asked by the API through the Data API: no driver, no network path to the cluster, no password.

The statements run as a database user of their own, who can read the dashboard's tables and do nothing else.
https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from .engine import MOST_ROWS, EngineFailed, QueryResult
from .values import json_value, single, typed_value

__all__ = ["RedshiftDataEngine"]

_POLL_SECONDS = (0.03, 0.3)  # from the first wait to the longest


class RedshiftDataEngine:
    """Redshift through the Data API.

    Args:
        client: a boto3 client of ``redshift-data``.
        target: ``ClusterIdentifier`` and ``DbUser``, or ``WorkgroupName``, or with ``SecretArn``; and ``Database``.
    """

    def __init__(self, client: Any, target: Mapping[str, str]) -> None:
        self._client, self._target = client, dict(target)

    def query(self, sql: str, seconds: float) -> QueryResult:
        """See ``DashboardEngine.query``."""
        end = time.monotonic() + seconds
        statement = str(self._client.execute_statement(Sql=sql, **self._target)["Id"])
        wait = _POLL_SECONDS[0]
        while True:
            status = self._client.describe_statement(Id=statement)
            if status["Status"] == "FINISHED":
                return self._result(statement) if status.get("HasResultSet") else QueryResult([], [])
            if status["Status"] in {"FAILED", "ABORTED"}:
                raise EngineFailed(status.get("Error") or status["Status"])
            if time.monotonic() + wait > end:
                with suppress(Exception):  # it may have ended meanwhile, and its caller has gone either way
                    self._client.cancel_statement(Id=statement)
                raise TimeoutError(f"no answer within {seconds:g} s")
            time.sleep(wait)
            wait = min(wait * 1.5, _POLL_SECONDS[1])

    def close(self) -> None:
        """Close its sockets."""
        self._client.close()

    def _result(self, statement: str) -> QueryResult:
        names: list[str] = []
        types: list[str] = []
        rows: list[list[Any]] = []
        for page in self._client.get_paginator("get_statement_result").paginate(Id=statement):
            if not names:
                names = [one["name"] for one in page["ColumnMetadata"]]
                types = [one["typeName"] for one in page["ColumnMetadata"]]
            rows += [[_value(field, kind) for field, kind in zip(row, types, strict=True)] for row in page["Records"]]
            if len(rows) > MOST_ROWS:
                raise EngineFailed(f"the answer has more than {MOST_ROWS:,} rows")
        return QueryResult(names, rows)


def _value(field: Mapping[str, Any], kind: str) -> Any:
    """One field: exactly one of ``isNull``, ``stringValue``, ``longValue``, ``doubleValue``, ``booleanValue``."""
    if field.get("isNull"):
        return None
    if "stringValue" in field:
        return typed_value(field["stringValue"], kind)
    value = next(iter(field.values()))
    return single(value) if kind == "float4" else json_value(value)
