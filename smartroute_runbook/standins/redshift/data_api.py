"""Statements of the Redshift Data API: queued, run on sessions of the wire server's engine, kept for a day."""

from __future__ import annotations

import math
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .data_api_format import positional
from .errors import SqlError

__all__ = ["ApiStatement", "DataApi", "Work"]

RUNNING = frozenset({"SUBMITTED", "PICKED", "STARTED"})
ACTIVE_LIMIT = 500
RESULT_LIMIT = 500 * 1024**2
SWEEP_SECONDS = 1.0


@dataclass
class Work:
    """One SQL text of a statement, and what became of it."""

    sql: str
    parameters: tuple[tuple[str, str], ...] = ()
    status: str = "SUBMITTED"
    error: str = ""
    columns: tuple[Any, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    affected: int = -1
    query_id: int = 0
    nanoseconds: int = 0
    size: int = 0

    @property
    def has_result(self) -> bool:
        """Whether it gave rows back."""
        return self.status == "FINISHED" and bool(self.columns)


@dataclass
class ApiStatement:
    """What ExecuteStatement or BatchExecuteStatement made: one work, or several in one transaction."""

    user: str
    target: dict[str, Any]
    works: tuple[Work, ...]
    batch: bool
    name: str = ""
    format: str = "JSON"
    session_id: str = ""
    atomic: bool = True
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "SUBMITTED"
    error: str = ""
    pid: int = 0
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: threading.Event = field(default_factory=threading.Event)
    session: Any = None

    def move(self, status: str, error: str = "") -> None:
        """Takes a new status; the final ones stay."""
        if self.status in RUNNING:
            self.status, self.error, self.updated = status, error, datetime.now(UTC)


@dataclass
class _KeptSession:
    """A session that outlives its statement: ``seconds`` after the last one ended."""

    session: Any
    seconds: float
    until: float = math.inf
    lock: threading.Lock = field(default_factory=threading.Lock)


class DataApi:
    """Runs statements on the engine behind a ``RedshiftServer``.

    Args:
        server: the wire server; its ``session(user)`` makes sessions.
        workers: statements that run at once; others wait as SUBMITTED.
    """

    def __init__(self, server: Any, workers: int = 8) -> None:
        self._server = server
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="data-api")
        self._sessions: dict[str, _KeptSession] = {}
        self._closing = threading.Event()
        threading.Thread(target=self._expire, name="data-api-sessions", daemon=True).start()
        self.statements: dict[str, ApiStatement] = {}

    @property
    def active(self) -> int:
        """How many statements have not ended."""
        return sum(statement.status in RUNNING for statement in tuple(self.statements.values()))

    def submit(self, statement: ApiStatement, keep_seconds: int = 0) -> ApiStatement:
        """Queues a statement; with ``keep_seconds`` its session is kept for later statements."""
        self.statements[statement.id] = statement
        if keep_seconds and not statement.session_id:
            statement.session_id = str(uuid.uuid4())
        if known := self._sessions.get(statement.session_id):
            known.until = math.inf  # it may wait for a worker longer than the session would have stayed
        self._pool.submit(self._run, statement, keep_seconds)
        return statement

    def knows_session(self, session_id: str) -> bool:
        """Whether a kept session is still there."""
        known = self._sessions.get(session_id)
        return known is not None and known.until > time.monotonic()

    def cancel(self, statement: ApiStatement) -> None:
        """Aborts a statement that is waiting or running."""
        statement.move("ABORTED")
        if statement.session is not None:
            statement.session.cancel()

    def close(self) -> None:
        """Ends the workers and the kept sessions."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for known in self._sessions.values():
            known.session.close()

    def _expire(self) -> None:
        while not self._closing.wait(SWEEP_SECONDS):
            now = time.monotonic()
            for name in [name for name, known in tuple(self._sessions.items()) if known.until <= now]:
                self._sessions.pop(name).session.close()

    # ---- running ---------------------------------------------------------------------------------------------

    def _run(self, statement: ApiStatement, keep_seconds: int) -> None:
        try:
            if statement.status in RUNNING:
                self._on_session(statement, keep_seconds)
        except Exception as error:  # a defect of the stand-in must end the statement, not hang its caller
            statement.move("FAILED", f"{type(error).__name__}: {error}")
        finally:
            statement.ended.set()

    def _on_session(self, statement: ApiStatement, keep_seconds: int) -> None:
        name = statement.session_id
        known = self._sessions.get(name) or _KeptSession(self._server.session(statement.user), keep_seconds)
        if name:
            self._sessions[name] = known
        with known.lock:
            known.until = math.inf
            known.seconds = keep_seconds or known.seconds
            statement.session, statement.pid = known.session, known.session.pid
            statement.move("STARTED")
            broken = True
            try:
                self._works(statement, known.session)
                broken = False
            finally:
                statement.session = None
                known.until = time.monotonic() + known.seconds
                if broken or not name:
                    self._sessions.pop(name, None)
                    known.session.close()

    def _works(self, statement: ApiStatement, session: Any) -> None:
        together = statement.batch and statement.atomic and len(statement.works) > 1
        if together:
            session.execute("BEGIN")
        failed = ""
        for work in statement.works:
            if statement.status not in RUNNING or (failed and together):
                work.status = "ABORTED"
                continue
            self._work(work, session)
            failed = failed or work.error
        if together:
            session.execute("ROLLBACK" if failed or statement.status not in RUNNING else "COMMIT")
        statement.move("FAILED" if failed else "FINISHED", failed)

    def _work(self, work: Work, session: Any) -> None:
        began = time.perf_counter_ns()
        try:
            sql, values = positional(work.sql, work.parameters)
            answer = session.execute(sql, values)
            work.columns, work.rows, work.query_id = answer.columns, answer.rows, answer.query_id
            work.affected = len(answer.rows) if answer.columns else answer.rowcount
            work.size = sum(len(str(value)) for row in answer.rows for value in row)
            work.status = "FINISHED"
            _check_size(work)
        except SqlError as error:
            work.status, work.error = "FAILED", _joined_message(error)
            work.rows, work.columns = [], ()
        work.nanoseconds = time.perf_counter_ns() - began


def _joined_message(error: SqlError) -> str:
    """An error with its detail and hint, as the PostgreSQL drivers below the Data API join them."""
    parts = [f"ERROR: {error.message}"]
    parts += [f"  {name}: {text}" for name, text in (("Detail", error.detail), ("Hint", error.hint)) if text]
    return "\n".join(parts)


def _check_size(work: Work) -> None:
    if work.size > RESULT_LIMIT:
        raise SqlError("54000", "Query result exceeded the maximum size of 500 MB")
