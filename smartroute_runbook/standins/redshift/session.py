"""A session: its settings, and statements run one after another."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from smartroute_runbook.standins.redshift.catalog.history import QueryRecord
from smartroute_runbook.standins.redshift.wire.encode import WireField, field_of

from .database import CATALOG, Database
from .errors import SqlError, from_duckdb
from .names import Identity, SessionNames
from .statement import DEFAULTS, QUERY_TYPES, VERSION, ParsedStatement, Prepared, StatementResult, StatementRows
from .transactions import Transaction
from .wlm import Queue, entered

__all__ = ["BATCH", "Session"]

BATCH = 10_000  # rows encoded at a time
PROCESS_IDS = itertools.count(1_073_741_824 // 1024)


class Session:
    """One client's connection to the engine; used by one thread at a time, except :meth:`cancel`.

    Attributes:
        identity: as whom it acts.
        names: where a name leads in it.
        transaction: the transaction that it is in, if any.
    """

    def __init__(self, engine: Database, user: str, parse: Callable[[Session, str], ParsedStatement[Session]]) -> None:
        self.engine, self._parse = engine, parse
        self.identity = Identity(user, entered_as=user)
        self.pid = next(PROCESS_IDS)
        self.cursor: duckdb.DuckDBPyConnection = engine.cursor()
        self.settings: dict[str, str] = dict(DEFAULTS)
        self.last_query_id = -1
        self.parameter_oids: tuple[int, ...] = ()
        self.cursors: dict[str, Any] = {}
        self.prepared: dict[str, Any] = {}  # by PREPARE
        self.started = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        self._busy = threading.Event()
        self.cancelled = threading.Event()
        self.names = SessionNames(engine, self.cursor, self.identity, self.pid)
        self.transaction = Transaction(engine, self.cursor, self.settings, self.cursors, self.pid, self.cancelled)
        engine.sessions[self.pid] = self
        for name, value in (("last_copy_count", 0), ("last_copy_id", -1), ("last_query_id", -1),
                            ("backend_pid", self.pid), ("user_id", 100)):  # fmt: skip
            self.variable(name, value)
        self.cursor.execute(f"SET VARIABLE db_collation = '{engine.collation}'")
        self.cursor.execute(f"SET VARIABLE version = 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, {VERSION} (stand-in)'")

    # ---- statements ------------------------------------------------------------------------------------------

    def prepare(self, text: str, oids: Sequence[int] = ()) -> Prepared:
        """Parses and describes.

        Raises:
            SqlError: what Redshift would answer.
        """
        try:
            self.parameter_oids = tuple(oids)
            statement = self._parse(self, text)
            self.transaction.require_live(statement)
            fields = statement.describe(self, oids)
        except Exception as error:
            self.transaction.fail()
            refusal = from_duckdb(error)
            self._log(text, "UNKNOWN", time.perf_counter(), dt.datetime.now(dt.UTC), error=refusal.message)
            raise refusal from error
        return Prepared(text, tuple(oids), statement, fields, self.engine.schema_version)

    def run(self, prepared: Prepared, values: Sequence[Any] = ()) -> StatementRows:
        """Runs a prepared statement; its batches must be read before the next statement.

        Raises:
            SqlError: what Redshift would answer; a transaction in progress is then failed.
        """
        for hook in self.engine.before_statement:
            hook(prepared.text)
        if prepared.version != self.engine.schema_version:
            self._again(prepared)
        statement = prepared.statement
        timer = self._timer()
        start, wall = time.perf_counter(), dt.datetime.now(dt.UTC)
        self.last_query_id = self.engine.next_id()
        self._busy.set()
        self.cancelled.clear()
        own = statement.atomic and self.transaction.status == b"I"
        try:
            self.transaction.require_live(statement)
            self.transaction.lock(statement)
            if own:
                self.transaction.start()
            rows = statement.run(self, values, prepared.oids)
            self.transaction.ran += 1
            if own:
                self.transaction.end("COMMIT")
        except Exception as error:
            refusal = from_duckdb(error)
            self.transaction.fail(own=own)
            self._log(prepared.text, statement.kind, start, wall, error=refusal.message)
            self._busy.clear()
            if timer is not None:
                timer.cancel()
            raise refusal from error
        if timer is not None:
            rows.batches = _timed(rows.batches, timer)
        rows.batches = self._watched(rows, rows.batches, prepared.text, statement.kind, start, wall)
        if not rows.fields:
            for _ in rows.batches:
                pass
        return rows

    def _again(self, prepared: Prepared) -> None:
        """Parses once more what was prepared under another schema.

        Raises:
            SqlError: 0A000, its result has other columns now.
        """
        self.parameter_oids = prepared.oids
        try:
            prepared.statement = self._parse(self, prepared.text)
            fields = prepared.statement.describe(self, prepared.oids)
        except Exception as error:
            self.transaction.fail()
            raise from_duckdb(error) from error
        if prepared.fields is not None and fields != prepared.fields:
            self.transaction.fail()
            raise SqlError("0A000", "cached plan must not change result type")
        prepared.version = self.engine.schema_version

    def _watched(
        self,
        rows: StatementRows,
        batches: Iterator[pa.RecordBatch],
        text: str,
        kind: str,
        start: float,
        wall: dt.datetime,
    ) -> Iterator[pa.RecordBatch]:
        """The batches, with errors in the middle of a result and the log taken care of."""
        count = size = 0
        try:
            for batch in batches:
                count += batch.num_rows
                size += batch.nbytes
                yield batch
        except Exception as error:
            refusal = from_duckdb(error)
            self.transaction.fail()
            self._log(text, kind, start, wall, error=refusal.message)
            raise refusal from error
        finally:
            self._busy.clear()
        if rows.fields:
            rows.count = count
        self._log(text, kind, start, wall, rows=rows.count if rows.fields else 0, size=size, hit=rows.cache_hit)

    def execute(self, sql: str, parameters: Sequence[Any] = (), oids: Sequence[int] = ()) -> StatementResult:
        """Runs one statement and reads its whole result (for the Data API, and for tests).

        Raises:
            SqlError: what Redshift would answer.
        """
        prepared = self.prepare(sql, oids or [0] * len(parameters))
        rows = self.run(prepared, list(parameters))
        read = [tuple(row.values()) for batch in rows.batches for row in _positional(batch)]
        return StatementResult(
            rows.fields, read, len(read) if rows.fields else rows.count, rows.tag, self.last_query_id
        )

    def _timer(self) -> threading.Timer | None:
        """Cancels the statement after ``statement_timeout`` milliseconds; 0 never does."""
        milliseconds = int(self.settings["statement_timeout"] or 0)
        if not milliseconds:
            return None
        timer = threading.Timer(milliseconds / 1000, self.cancel)
        timer.daemon = True
        timer.start()
        return timer

    def variable(self, name: str, value: int) -> None:
        """Sets a value that functions such as PG_LAST_COPY_COUNT() read."""
        self.cursor.execute(f"SET VARIABLE {name} = {value:d}")

    # ---- the rest --------------------------------------------------------------------------------------------

    def fields(self, result: duckdb.DuckDBPyConnection) -> tuple[WireField, ...]:
        """The columns of a DuckDB result."""
        return tuple(field_of(name, str(kind)) for name, kind, *_ in result.description or ())

    def cancel(self) -> None:
        """Interrupts the statement in progress, if any; may be called from any thread."""
        if self._busy.is_set():
            self.cancelled.set()
            self.cursor.interrupt()

    def close(self) -> None:
        """Rolls back what is open and leaves."""
        self.engine.sessions.pop(self.pid, None)
        if self.transaction.status != b"I":
            self.transaction.end("ROLLBACK")
        self.cursor.close()

    def _log(
        self, text: str, kind: str, start: float, wall: dt.datetime, *,
        error: str = "", rows: int = 0, size: int = 0, hit: bool = False,
    ) -> None:  # fmt: skip
        elapsed, queue = int((time.perf_counter() - start) * 1e6), self._queue()
        began = wall.replace(tzinfo=None)
        self.engine.history.add(
            QueryRecord(
                user_id=self.identity.id, query_id=self.last_query_id,
                query_label=self.settings["query_group"] or "default", transaction_id=self.transaction.id,
                session_id=self.pid, database_name=self.engine.name,
                query_type=QUERY_TYPES.get(kind.partition(" ")[0], "UTILITY"),
                status="failed" if error else "success", result_cache_hit=hit, start_time=began,
                end_time=began + dt.timedelta(microseconds=elapsed), elapsed_time=elapsed, queue_time=0,
                execution_time=0 if hit else elapsed, error_message=error, returned_rows=rows, returned_bytes=size,
                query_text=text[:4000], redshift_version=VERSION, compute_type="primary", compile_time=0,
                planning_time=0, lock_wait_time=self.transaction.lock_wait, service_class_id=queue.id,
                service_class_name=queue.name, query_priority=queue.priority,
            )
        )  # fmt: skip

    def _queue(self) -> Queue:
        """The WLM queue that this session's statements enter."""
        wlm, groups = self.engine.wlm(), list[Any]()
        if '"user_group"' in wlm:
            with self.engine.cursor() as cursor:  # not this session's, whose transaction may have failed
                query = f"SELECT name FROM {CATALOG}.groups WHERE member = ?"
                groups = cursor.execute(query, [self.identity.name]).fetchall()
        return entered(wlm, [name for (name,) in groups], self.settings["query_group"])


def _timed(batches: Iterator[pa.RecordBatch], timer: threading.Timer) -> Iterator[pa.RecordBatch]:
    """The batches; the timer is stopped with the last one."""
    try:
        yield from batches
    finally:
        timer.cancel()


def _positional(batch: pa.RecordBatch) -> list[dict[int, Any]]:
    """Rows by position: a result may have two columns of one name."""
    columns = [column.to_pylist() for column in batch.columns]
    return [dict(enumerate(row)) for row in zip(*columns, strict=True)]
