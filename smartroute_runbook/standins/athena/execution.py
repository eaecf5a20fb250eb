"""A query execution, past or live, with its statistics, as GetQueryExecution returns it."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlglot import TokenType, tokenize

from .results import Output

__all__ = ["DONE", "PastExecution", "QueryExecution", "describe_past"]

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


def describe_past(execution_id: str, past: PastExecution) -> dict[str, Any]:
    """A past execution as GetQueryExecution returns it."""
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
