"""Query executions: states, statistics, and a history that lists 100,000 of them quickly."""

from __future__ import annotations

import base64
import binascii
import threading
import time
import uuid
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from .execution import DONE, PastExecution, QueryExecution, describe_past

__all__ = ["HISTORY_SECONDS", "Executions"]

HISTORY_SECONDS = 45 * 86400
"""Athena keeps a query's execution for 45 days (Athena user guide, "View recent queries")."""

BILLED_AT_LEAST = 10_000_000
"""Bytes that Athena bills for a query at least (Athena pricing)."""


class Executions:
    """All executions, past and live, by id and newest first by workgroup. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: dict[str, QueryExecution] = {}
        self._past: dict[str, PastExecution] = {}
        self._order: dict[str, list[tuple[float, str]]] = defaultdict(list)
        self._billed_past: dict[str, float] = {}

    def add(self, execution: QueryExecution) -> None:
        """A new live execution."""
        with self._lock:
            self._live[execution.id] = execution
            insort(self._order[execution.workgroup], (execution.submitted, execution.id))

    def clear(self) -> None:
        """Forget all executions."""
        with self._lock:
            self._live.clear()
            self._past.clear()
            self._billed_past = {}
            self._order.clear()

    def seed(self, executions: Iterable[PastExecution]) -> None:
        """Add past executions (order does not matter)."""
        with self._lock:
            touched = set()
            for past in executions:
                execution_id = str(uuid.uuid4())
                self._past[execution_id] = past
                self._order[past.workgroup].append((past.submitted.timestamp(), execution_id))
                touched.add(past.workgroup)
            for workgroup in touched:
                self._order[workgroup].sort()
            # Summed once: Cost Explorer is asked for it often, and what is past does not change.
            self._billed_past = _billed_by_day((e.submitted.timestamp(), e) for e in self._past.values())

    def billed_bytes(self) -> dict[str, float]:
        """Bytes that Athena bills a day (``2026-09-21``, UTC): 10 MB a query at least, failed queries and DDL free."""
        days = Counter(self._billed_past)
        days.update(_billed_by_day((e.submitted, e) for e in tuple(self._live.values())))
        return dict(days)

    def live(self, execution_id: str) -> QueryExecution | None:
        """A live execution, or None (a past one has no result to read)."""
        return self._live.get(execution_id)

    def describe(self, execution_id: str) -> dict[str, Any] | None:
        """GetQueryExecution's answer, or None when there is no such execution or it is older than 45 days."""
        if execution := self._live.get(execution_id):
            return execution.describe()
        past = self._past.get(execution_id)
        if past is None or past.submitted.timestamp() < time.time() - HISTORY_SECONDS:
            return None
        return describe_past(execution_id, past)

    def active(self, statement_type: str) -> int:
        """How many live executions of a type are queued or running."""
        live = tuple(self._live.values())
        return sum(e.state not in DONE and e.statement_type == statement_type for e in live)

    def reusable(self, like: QueryExecution) -> QueryExecution | None:
        """The newest finished execution whose result may be used again (same meaning, workgroup and database)."""
        oldest = like.submitted - like.reuse_minutes * 60
        same = (
            e
            for e in tuple(self._live.values())
            if e.state == "SUCCEEDED" and not e.reused and e.submitted >= oldest and e.result is not None
            and like.substatement == "SELECT" and e.place == like.place and e.meaning == like.meaning
        )  # fmt: skip
        return max(same, key=lambda e: e.submitted, default=None)

    def page(self, workgroup: str, token: str, limit: int) -> tuple[list[str], str]:
        """Up to ``limit`` ids, newest first, and the token of the next page ('' at the end).

        Raises:
            ValueError: the token is not one of ours.
        """
        with self._lock:
            order = self._order.get(workgroup, [])
            end = bisect_left(order, _position(token)) if token else len(order)
            start = max(bisect_left(order, (time.time() - HISTORY_SECONDS, "")), end - limit)
            chosen = order[start:end][::-1]
            more = start > bisect_left(order, (time.time() - HISTORY_SECONDS, ""))
        return [item[1] for item in chosen], _token(chosen[-1]) if more and chosen else ""


def _token(position: tuple[float, str]) -> str:
    return base64.urlsafe_b64encode(f"{position[0]!r}|{position[1]}".encode()).decode()


def _position(token: str) -> tuple[float, str]:
    try:
        when, _, name = base64.urlsafe_b64decode(token).decode().partition("|")
        return float(when), name
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(token) from error


def _billed_by_day(executions: Iterable[tuple[float, PastExecution | QueryExecution]]) -> dict[str, float]:
    days: dict[str, float] = defaultdict(float)
    for moment, execution in executions:
        if execution.statement_type == "DML" and execution.state in ("SUCCEEDED", "CANCELLED"):
            day = datetime.fromtimestamp(moment, UTC).date().isoformat()
            days[day] += max(execution.bytes_scanned, BILLED_AT_LEAST)
    return days
