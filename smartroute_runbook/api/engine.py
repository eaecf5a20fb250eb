"""What the API asks of an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["MOST_ROWS", "DashboardEngine", "EngineFailed", "QueryResult"]

MOST_ROWS = 10_000
"""Rows that an answer may have: a dashboard that wants more wants another query."""


@dataclass(frozen=True)
class QueryResult:
    """A query's answer; values as ``values`` has them."""

    columns: list[str]
    rows: list[list[Any]]


class DashboardEngine(Protocol):
    """An engine that answers a query within a deadline."""

    def query(self, sql: str, seconds: float) -> QueryResult:
        """The query's answer.

        Args:
            sql: one query.
            seconds: how long it may take; what is not answered by then is cancelled.

        Raises:
            TimeoutError: it took longer.
            EngineFailed: the engine refused or failed it.
        """
        ...

    def close(self) -> None:
        """Close connections."""
        ...


class EngineFailed(Exception):
    """The engine refused the query, failed it, or gave more rows than an answer may have."""
