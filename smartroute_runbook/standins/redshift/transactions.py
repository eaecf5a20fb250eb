"""The transactions of a session: from BEGIN to COMMIT, with their locks, snapshot and changes."""

from __future__ import annotations

import threading
from typing import Any

import duckdb

from .database import Database
from .errors import SqlError
from .statement import ParsedStatement

__all__ = ["Transaction"]


class Transaction:
    """The transaction that a session is in, if any.

    Args:
        engine: the database.
        cursor: the session's connection to it.
        settings: the session's settings, of which ``statement_timeout`` counts.
        cursors: the session's open cursors, which end with the transaction.
        pid: the session's process id.
        cancelled: set when the session's statement is to be cancelled.

    Attributes:
        status: ``I`` outside a transaction block, ``T`` inside, ``E`` inside one that failed, as in the wire protocol.
        id: its number.
        snapshot: the version of the data that it sees.
        touched: tables written in it, (schema, table).
        altered: whether it changed the schema.
        ran: statements since BEGIN, that one included.
        lock_wait: how long the statement waited for a lock, microseconds.
    """

    def __init__(
        self, engine: Database, cursor: duckdb.DuckDBPyConnection, settings: dict[str, str], cursors: dict[str, Any],
        pid: int, cancelled: threading.Event,
    ) -> None:  # fmt: skip
        self.engine, self.cursor, self.settings, self.cursors = engine, cursor, settings, cursors
        self.pid, self.cancelled = pid, cancelled
        self.status = b"I"
        self.id = 0
        self.snapshot = engine.version
        self.touched: list[tuple[str, str]] = []
        self.altered = False
        self.ran = 0
        self.lock_wait = 0

    def begin(self) -> None:
        """Opens a transaction block; a second BEGIN is a warning on Redshift, not an error."""
        if self.status == b"I":
            self.start()
            self.status = b"T"

    def finish(self, verb: str) -> str:
        """Ends the block; a COMMIT of a failed one is a ROLLBACK. Returns the tag."""
        if self.status == b"I":
            return verb
        if self.status == b"E":
            verb = "ROLLBACK"
        self.status = b"I"
        self.end(verb)
        self.cursors.clear()
        return verb

    def start(self) -> None:
        """Starts a transaction in the database."""
        self.cursor.execute("BEGIN")
        self.id = self.engine.next_id()
        self.snapshot = self.engine.version
        self.touched, self.altered = [], False
        self.ran = 0

    def renew_snapshot(self) -> None:
        """Restarts the transaction when nothing but BEGIN ran in it: its snapshot is then of now."""
        if self.status == b"T" and self.ran <= 1:
            self.cursor.execute("ROLLBACK")
            self.cursor.execute("BEGIN")
            self.snapshot = self.engine.version

    def end(self, verb: str) -> None:
        """Ends it in the database, gives back its locks, and notes what it changed."""
        try:
            self.cursor.execute(verb)
        except duckdb.Error:
            if verb == "COMMIT":
                raise
            return
        finally:
            self.engine.locks.release(self.pid)
        if verb == "COMMIT":
            for schema, table in self.touched:
                self.engine.touched(schema, table)
            if self.altered:
                self.engine.schema_version += 1
        self.touched, self.altered = [], False

    def lock(self, statement: ParsedStatement[Any]) -> None:
        """Waits for the table that the statement writes; before the transaction's snapshot is taken, if it is new."""
        self.lock_wait = 0
        target: tuple[str, str] = getattr(statement, "target", ("", ""))
        if target[1] and not target[0].startswith("pg_temp_"):
            timeout = int(self.settings["statement_timeout"] or 0) / 1000
            self.lock_wait = self.engine.locks.acquire(self, target, timeout)

    def fail(self, *, own: bool = False) -> None:
        """Notes that a statement failed; ``own``: in a transaction of its own, which is rolled back."""
        if own:
            self.end("ROLLBACK")
        elif self.status == b"T":
            self.status = b"E"
        if self.status == b"I":
            self.engine.locks.release(self.pid)

    def require_live(self, statement: ParsedStatement[Any]) -> None:
        """Lets a statement run, unless its transaction has failed, or it writes in a session that only reads.

        Raises:
            SqlError: 25P02, 25006.
        """
        if self.status == b"E" and statement.kind not in {"ROLLBACK", "COMMIT"}:
            raise SqlError("25P02", "current transaction is aborted, commands ignored until end of transaction block")
        if statement.atomic and self.settings["readonly"].lower() in {"1", "on", "true"}:
            raise SqlError("25006", "transaction is read-only")
