"""What Athena bills for the queries of this process."""

from __future__ import annotations

from threading import Lock

from smartroute_runbook.sqlfacts.athena_billing import BILLED_MINIMUM_MB, MB

__all__ = ["Meter"]


class Meter:
    """Bytes that Athena bills: what a query scanned, at least 10 MB (Athena pricing; DDL is free, and not counted)."""

    def __init__(self) -> None:
        self._bytes, self._lock = 0, Lock()

    def add(self, scanned: int) -> None:
        """A query that scanned so many bytes."""
        with self._lock:
            self._bytes += max(scanned, BILLED_MINIMUM_MB * MB)

    def take(self) -> int:
        """The bytes billed since they were taken last."""
        with self._lock:
            taken, self._bytes = self._bytes, 0
        return taken
