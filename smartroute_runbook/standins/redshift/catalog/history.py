"""The log of statements and loads: the rows of SYS_QUERY_HISTORY, SYS_LOAD_HISTORY, STL_LOAD_ERRORS and others.

Redshift's logs are not part of a transaction: a failed COPY leaves its errors although it is rolled back. So they are
kept outside the database and shown to a query as an Arrow table.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ClusterLogs", "LoadErrorRecord", "LoadRecord", "QueryRecord"]

KEPT = 20_000  # AWS keeps seven days


@dataclass
class QueryRecord:
    """One statement; durations in microseconds."""

    user_id: int
    query_id: int
    query_label: str
    transaction_id: int
    session_id: int
    database_name: str
    query_type: str
    status: str
    result_cache_hit: bool
    start_time: dt.datetime
    end_time: dt.datetime
    elapsed_time: int
    queue_time: int
    execution_time: int
    error_message: str
    returned_rows: int
    returned_bytes: int
    query_text: str
    redshift_version: str
    compute_type: str
    compile_time: int
    planning_time: int
    lock_wait_time: int
    service_class_id: int = 100
    service_class_name: str = "Default queue"
    query_priority: str = "Normal"
    short_query_accelerated: str = "false"
    usage_limit: str | None = None


@dataclass(frozen=True)
class LoadRecord:
    """One COPY; duration in microseconds."""

    user_id: int
    query_id: int
    transaction_id: int
    session_id: int
    database_name: str
    status: str
    table_name: str
    start_time: dt.datetime
    end_time: dt.datetime
    duration: int
    data_source: str
    file_format: str
    loaded_rows: int
    loaded_bytes: int
    source_file_count: int
    source_file_bytes: int
    file_count_scanned: int
    file_bytes_scanned: int
    error_count: int
    copy_job_id: int
    error_message: str


@dataclass(frozen=True)
class LoadErrorRecord:
    """One value that made a COPY fail."""

    user_id: int
    query_id: int
    transaction_id: int
    session_id: int
    database_name: str
    table_id: int
    table_name: str
    start_time: dt.datetime
    file_name: str
    line_number: int
    column_name: str
    column_type: str
    column_length: str
    position: int
    error_code: int
    error_message: str
    raw_field_value: str
    raw_line: str = ""


@dataclass
class ClusterLogs:
    """The logs of a cluster, bounded, in order of arrival."""

    queries: deque[QueryRecord] = field(default_factory=lambda: deque(maxlen=KEPT))
    loads: deque[LoadRecord] = field(default_factory=lambda: deque(maxlen=KEPT))
    errors: deque[LoadErrorRecord] = field(default_factory=lambda: deque(maxlen=KEPT))
    files: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    connections: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    refreshes: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    listeners: list[Callable[[QueryRecord], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def add(self, record: QueryRecord | LoadRecord | LoadErrorRecord) -> None:
        """Appends a record to the log of its kind; queries are passed to the listeners too, none is missed."""
        with self._lock:
            if isinstance(record, QueryRecord):
                self.queries.append(record)
                for listener in self.listeners:
                    listener(record)
            elif isinstance(record, LoadRecord):
                self.loads.append(record)
            else:
                self.errors.append(record)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """A copy of one log as dictionaries."""
        with self._lock:
            records = list(getattr(self, name))
        # Fields are plain values: asdict() would copy each deeply, seconds for a full log.
        return [record if isinstance(record, dict) else dict(vars(record)) for record in records]
