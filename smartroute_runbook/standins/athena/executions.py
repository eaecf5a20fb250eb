"""Query executions: states, statistics, and a history that lists 100,000 of them quickly."""

from __future__ import annotations

import base64
import binascii
import threading
import time
import uuid
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlglot import TokenType, tokenize

from .results import Output

__all__ = ["DONE", "HISTORY_SECONDS", "Executions", "PastExecution", "QueryExecution"]

HISTORY_SECONDS = 45 * 86400
"""Athena keeps a query's execution for 45 days (Athena user guide, "View recent queries")."""

BILLED_AT_LEAST = 10_000_000
"""Bytes that Athena bills for a query at least (Athena pricing)."""

DONE = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class PastExecution:
    """A query that ran before the rehearsal began; times in milliseconds, ``submitted`` with its zone."""

    sql: str
    workgroup: str
    database: str
    submitted: datetime
    engine_ms: int
    queue_ms: int
    bytes_scanned: int
    state: str
    statement_type: str = "DML"


@dataclass
class QueryExecution:
    """A query of this rehearsal. ``submitted``/``completed`` are epoch seconds."""

    sql: str
    workgroup: str
    database: str
    catalog: str
    output: str
    statement_type: str
    substatement: str
    parameters: tuple[str, ...] = ()
    reuse_minutes: int = 0
    scan_limit: int = 0
    publish_metrics: bool = False
    enforced: bool = False
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = "QUEUED"
    reason: str = ""
    category: int = 0
    submitted: float = field(default_factory=time.time)
    started: float = 0.0
    planned: float = 0.0
    ran: float = 0.0
    completed: float = 0.0
    bytes_scanned: int = 0
    reused: bool = False
    manifest: str = ""
    result: Output | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    interrupt: Any = None

    @cached_property
    def meaning(self) -> tuple[str, ...]:
        """The statement's words without blanks, comments and case outside of quotes: reuse of results looks at these.

        Source: Athena user guide, "Reuse query results" (semantically equivalent queries).
        """
        quoted = {TokenType.STRING, TokenType.IDENTIFIER}
        return tuple(
            f"{t.token_type.name}:{t.text}" if t.token_type in quoted else t.text.lower()
            for t in tokenize(self.sql, read="trino")
        )

    @property
    def place(self) -> tuple[object, ...]:
        """What else must be the same for a result to be used again: workgroup, database, parameters, location."""
        return self.workgroup, self.database, self.parameters, self.output.rpartition("/")[0]

    @property
    def completed_at(self) -> datetime:
        """When it ended, in UTC and without a zone, as moto keeps its metrics."""
        return datetime.fromtimestamp(self.completed, UTC).replace(tzinfo=None)

    def describe(self) -> dict[str, Any]:
        """The execution as GetQueryExecution returns it."""
        done = self.state in DONE
        ms = [int(max(0.0, b - a) * 1000) for a, b in self._phases()]
        queue, planning, engine, service = ms
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted}
        if done:
            status["CompletionDateTime"] = self.completed
        if self.reason:
            status["StateChangeReason"] = self.reason
        if self.state == "FAILED":
            status["AthenaError"] = {
                "ErrorCategory": self.category, "ErrorType": 1 if self.category == 1 else 1006,
                "Retryable": False, "ErrorMessage": self.reason,
            }  # fmt: skip
        statistics: dict[str, Any] = {
            "EngineExecutionTimeInMillis": planning + engine, "DataScannedInBytes": self.bytes_scanned,
            "TotalExecutionTimeInMillis": sum(ms), "QueryQueueTimeInMillis": queue,
            "ServicePreProcessingTimeInMillis": 0, "QueryPlanningTimeInMillis": planning,
            "ServiceProcessingTimeInMillis": service,
            "ResultReuseInformation": {"ReusedPreviousResult": self.reused},
        }  # fmt: skip
        if self.manifest:
            statistics["DataManifestLocation"] = self.manifest
        return _described(self.id, self, Status=status, Statistics=statistics)

    def _phases(self) -> list[tuple[float, float]]:
        """Queue, planning, engine, service, each as (start, end) in epoch seconds."""
        now = self.completed or time.time()
        started, planned, ran = self.started or now, self.planned or now, self.ran or now
        return [(self.submitted, started), (started, planned), (planned, ran), (ran, now)]


def _described(execution_id: str, execution: QueryExecution | PastExecution, **parts: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "QueryExecutionId": execution_id,
        "Query": execution.sql,
        "StatementType": execution.statement_type,
        "SubstatementType": "SELECT",
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": {"Database": execution.database, "Catalog": "awsdatacatalog"},
        "WorkGroup": execution.workgroup,
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
        **parts,
    }
    if isinstance(execution, QueryExecution):
        described["SubstatementType"] = execution.substatement
        described["ResultConfiguration"] = {"OutputLocation": execution.output}
        if execution.parameters:
            described["ExecutionParameters"] = list(execution.parameters)
        if execution.reuse_minutes:
            reuse = {"Enabled": True, "MaxAgeInMinutes": execution.reuse_minutes}
            described["ResultReuseConfiguration"] = {"ResultReuseByAgeConfiguration": reuse}
    return described


def _past(execution_id: str, past: PastExecution) -> dict[str, Any]:
    submitted = past.submitted.timestamp()
    total = past.engine_ms + past.queue_ms
    status: dict[str, Any] = {
        "State": past.state, "SubmissionDateTime": submitted, "CompletionDateTime": submitted + total / 1000,
    }  # fmt: skip
    if past.state == "FAILED":
        status["StateChangeReason"] = "GENERIC_INTERNAL_ERROR: seeded history keeps no reason"
    planning = min(past.engine_ms, max(1, past.engine_ms // 10))
    statistics = {
        "EngineExecutionTimeInMillis": past.engine_ms, "DataScannedInBytes": past.bytes_scanned,
        "TotalExecutionTimeInMillis": total, "QueryQueueTimeInMillis": past.queue_ms,
        "ServicePreProcessingTimeInMillis": 0, "QueryPlanningTimeInMillis": planning,
        "ServiceProcessingTimeInMillis": 0, "ResultReuseInformation": {"ReusedPreviousResult": False},
    }  # fmt: skip
    return _described(execution_id, past, Status=status, Statistics=statistics)


class Executions:
    """All executions, past and live, by id and newest first by workgroup. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: dict[str, QueryExecution] = {}
        self._past: dict[str, PastExecution] = {}
        self._order: dict[str, list[tuple[float, str]]] = defaultdict(list)

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

    def billed_bytes(self) -> dict[str, float]:
        """Bytes that Athena bills a day (``2026-09-21``, UTC): 10 MB a query at least, failed queries and DDL free."""
        days: dict[str, float] = defaultdict(float)
        past = [(e.submitted.timestamp(), e) for e in tuple(self._past.values())]
        live = [(e.submitted, e) for e in tuple(self._live.values())]
        for moment, execution in past + live:
            if execution.statement_type == "DML" and execution.state in ("SUCCEEDED", "CANCELLED"):
                day = datetime.fromtimestamp(moment, UTC).date().isoformat()
                days[day] += max(execution.bytes_scanned, BILLED_AT_LEAST)
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
        return _past(execution_id, past)

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
