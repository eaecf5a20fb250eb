"""Redshift, asked by the API over pooled connections; needs redshift-connector and a network path to the cluster."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from typing import Any

from smartroute_runbook.redshift_moments import all_digits, decode_exactly

from .engine import MOST_ROWS, EngineFailed, QueryResult
from .values import json_value, single

__all__ = ["RedshiftDriverEngine"]

_REAL = 700  # pg_type.oid


class RedshiftDriverEngine:
    """Pooled connections; a broken one is replaced once, by the same engine.

    Args:
        connect: makes a connection of redshift-connector with autocommit.
        most: requests that it asks at a time.
    """

    def __init__(self, connect: Callable[[], Any], most: int = 64) -> None:
        self._connect = connect
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._asking = ThreadPoolExecutor(most, "candidate")

    def query(self, sql: str, seconds: float) -> QueryResult:
        """See ``DashboardEngine.query``. A late statement goes on until it ends; its answer is dropped."""
        try:
            return self._asking.submit(self._query, sql).result(timeout=seconds)
        except Late:
            raise TimeoutError(f"no answer within {seconds:g} s") from None

    def close(self) -> None:
        """Close the pool."""
        self._asking.shutdown(wait=False, cancel_futures=True)
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _query(self, sql: str) -> QueryResult:
        import redshift_connector

        try:
            return self._run(self._take(), sql)
        except (redshift_connector.InterfaceError, OSError):
            return self._run(self._new(), sql)
        except redshift_connector.Error as error:
            raise EngineFailed(str(error)) from error

    def _take(self) -> Any:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._new()

    def _new(self) -> Any:
        connection = self._connect()
        decode_exactly(connection)
        return connection

    def _run(self, connection: Any, sql: str) -> QueryResult:
        try:
            cursor = connection.cursor()
            with all_digits():
                cursor.execute(sql)
                fetched = cursor.fetchmany(MOST_ROWS + 1)
            names = [_text(column[0]) for column in cursor.description or []]
            forms = [single if column[1] == _REAL else json_value for column in cursor.description or []]
            rows = [
                [None if value is None else form(value) for form, value in zip(forms, row, strict=True)]
                for row in fetched
            ]
        except BaseException:
            with suppress(Exception):
                connection.close()
            raise
        self._idle.put(connection)
        if len(rows) > MOST_ROWS:
            raise EngineFailed(f"the answer has more than {MOST_ROWS:,} rows")
        return QueryResult(names, rows)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
