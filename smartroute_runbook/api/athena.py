"""Athena, asked by the API through boto3 alone."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from .engine import MOST_ROWS, EngineFailed, QueryResult
from .values import typed_value

__all__ = ["AthenaEngine"]

_POLL_SECONDS = (0.02, 0.5)  # from the first wait to the longest


class AthenaEngine:
    """Athena in the dashboard's workgroup.

    Args:
        athena: a boto3 client.
        workgroup: its result location is used.
        database: for names without one.
        reuse_minutes: how old a result may be that answers the same query again, unbilled; 0: none is reused.
    """

    def __init__(self, athena: Any, workgroup: str, database: str, reuse_minutes: int = 0) -> None:
        self._athena, self._workgroup, self._database = athena, workgroup, database
        self._reuse: dict[str, Any] = {}
        if reuse_minutes:
            by_age = {"Enabled": True, "MaxAgeInMinutes": reuse_minutes}
            self._reuse = {"ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": by_age}}

    def query(self, sql: str, seconds: float) -> QueryResult:
        """See ``DashboardEngine.query``."""
        end = time.monotonic() + seconds
        started = self._athena.start_query_execution(
            QueryString=sql,
            WorkGroup=self._workgroup,
            QueryExecutionContext={"Database": self._database},
            **self._reuse,
        )
        execution = str(started["QueryExecutionId"])
        wait = _POLL_SECONDS[0]
        while True:
            status = self._athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                return self._result(execution)
            if status["State"] in {"FAILED", "CANCELLED"}:
                raise EngineFailed(status.get("StateChangeReason") or status["State"])
            if time.monotonic() + wait > end:
                with suppress(Exception):  # it may have ended meanwhile, and its caller has gone either way
                    self._athena.stop_query_execution(QueryExecutionId=execution)
                raise TimeoutError(f"no answer within {seconds:g} s")
            time.sleep(wait)
            wait = min(wait * 1.5, _POLL_SECONDS[1])

    def close(self) -> None:
        """Close its sockets."""
        self._athena.close()

    def _result(self, execution: str) -> QueryResult:
        names: list[str] = []
        types: list[str] = []
        rows: list[list[Any]] = []
        for page in self._athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution):
            data = page["ResultSet"]["Rows"]
            if not names:
                about = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
                names, types = [one["Name"] for one in about], [one["Type"] for one in about]
                data = data[1:]  # the first row of a SELECT's first page holds the names
            for row in data:
                texts = (cell.get("VarCharValue") for cell in row["Data"])
                rows.append([typed_value(text, kind) for text, kind in zip(texts, types, strict=True)])
            if len(rows) > MOST_ROWS:
                raise EngineFailed(f"the answer has more than {MOST_ROWS:,} rows")
        return QueryResult(names, rows)
