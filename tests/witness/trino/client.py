"""Trino's client protocol over HTTP, as little of it as a question and its answer need."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

HEADERS = {
    "X-Trino-User": "witness",
    "X-Trino-Time-Zone": "UTC",
    "X-Trino-Catalog": "memory",
    "X-Trino-Schema": "lab",
    "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
}


class TrinoError(Exception):
    """The query failed: Trino's error name, its words, and the line and column where analysis stopped (or None)."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['errorName']}: {error['message']}")
        self.name, self.words = error["errorName"], error["message"]
        place = error.get("errorLocation")
        self.place = (place["lineNumber"], place["columnNumber"]) if place else None


@dataclass(frozen=True)
class Result:
    """Column names, their Trino types, and rows of the values that the protocol's JSON holds."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[list[Any]]


class Client:
    """One connection to a coordinator."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=600)

    def query(self, sql: str) -> Result:
        """Runs one statement to its end.

        Raises:
            TrinoError: it failed.
        """
        answer = self._ask("POST", "/v1/statement", sql.encode())
        columns: list[dict[str, Any]] = []
        rows: list[list[Any]] = []
        while True:
            if "error" in answer:
                raise TrinoError(answer["error"])
            columns = answer.get("columns", columns)
            rows += answer.get("data", [])
            if "nextUri" not in answer:
                return Result(tuple(c["name"] for c in columns), tuple(c["type"] for c in columns), rows)
            answer = self._ask("GET", urlsplit(answer["nextUri"]).path, None)

    def _ask(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        self._connection.request(method, path, body, HEADERS)
        response = self._connection.getresponse()
        text = response.read()
        if response.status in {502, 503, 504}:  # the protocol's word for "again"
            time.sleep(0.1)
            return self._ask(method, path, body)
        assert response.status == 200, (response.status, text[:200])
        # Numbers stay as they were written: a double's digits are part of the answer.
        return json.loads(text, parse_float=str)
