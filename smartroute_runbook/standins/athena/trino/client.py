"""Trino's client protocol: a statement, its pages of rows, its figures, its end.

Source: Trino's documentation, "Trino client REST API".
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from smartroute_runbook.standins.athena.errors import QueryCancelled, QueryFailed

__all__ = ["NoTrino", "TrinoAnswer", "ask"]

_BUSY = {429, 502, 503, 504}  # the protocol's word for "again"
_PAUSE, _TIMEOUT = 0.1, 300  # seconds


class NoTrino(Exception):
    """There is no Trino at the address, or it answers something else than its protocol."""


@dataclass
class TrinoAnswer:
    """What a statement gave: columns as the protocol describes them, rows of its JSON, and figures.

    Numbers with a fraction stay the digits that Trino wrote.
    """

    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    update_count: int | None = None
    bytes_read: int = 0
    planning_ms: int = 0


def ask(
    url: str,
    sql: str,
    *,
    catalog: str = "",
    schema: str = "",
    session: Mapping[str, str] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> TrinoAnswer:
    """Run one statement to its end.

    Args:
        url: of the coordinator.
        sql: one statement.
        catalog: where unqualified names are looked up.
        schema: the same.
        session: session properties.
        stopped: whether the statement is to be cancelled.

    Raises:
        QueryFailed: Trino's error, by its name.
        QueryCancelled: it was stopped.
        NoTrino: no Trino answers.
    """
    headers = {"X-Trino-User": "rehearsal", "X-Trino-Time-Zone": "UTC"}
    # Without it Trino shows every timestamp in milliseconds.
    headers["X-Trino-Client-Capabilities"] = "PARAMETRIC_DATETIME"
    headers |= {"X-Trino-Catalog": catalog} if catalog else {}
    headers |= {"X-Trino-Schema": quote(schema)} if schema else {}
    if session:
        headers["X-Trino-Session"] = ",".join(f"{name}={quote(value)}" for name, value in session.items())
    answer = TrinoAnswer()
    for page in _pages(url, sql, headers, stopped):
        if "error" in page:
            raise _failed(page["error"])
        answer.columns = page.get("columns") or answer.columns
        answer.rows += page.get("data") or []
        answer.update_count = page.get("updateCount", answer.update_count)
        figures = page.get("stats") or {}
        answer.bytes_read = int(figures.get("physicalInputBytes") or 0)
        answer.planning_ms = int(figures.get("planningTimeMillis") or 0)
    return answer


def _pages(url: str, sql: str, headers: dict[str, str], stopped: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    with closing(_connection(url)) as connection:
        page = _request(connection, "POST", "/v1/statement", headers, sql.encode())
        while True:
            yield page
            following = page.get("nextUri")
            if following is None:
                return
            path = urlsplit(following).path
            if stopped():
                with suppress(NoTrino):
                    _request(connection, "DELETE", path, headers)
                raise QueryCancelled("Query was cancelled by the user")
            page = _request(connection, "GET", path, headers)


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.netloc, timeout=_TIMEOUT)


def _request(
    connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes | None = None
) -> dict[str, Any]:
    while True:
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise NoTrino(str(error) or type(error).__name__) from error
        if response.status in _BUSY:
            time.sleep(_PAUSE)
            continue
        try:
            answer = json.loads(text, parse_float=str) if response.status == 200 else {}
        except ValueError:
            answer = None
        if response.status not in {200, 204} or not isinstance(answer, dict):
            raise NoTrino(f"{method} {path} is answered with {response.status}: {text[:200]!r}")
        return answer


_USER = {"USER_ERROR", "INSUFFICIENT_RESOURCES"}


def _failed(error: Mapping[str, Any]) -> Exception:
    name, message = str(error["errorName"]), str(error.get("message") or "")
    if name == "EXCEEDED_SCAN_LIMIT":
        return QueryCancelled("Bytes scanned limit was exceeded")
    if name == "USER_CANCELED":
        return QueryCancelled("Query was cancelled by the user")
    return QueryFailed(name, message, 2 if error.get("errorType") in _USER else 1)
