"""Write locks: on Redshift one transaction at a time writes a table, the next one waits (c_write_readwrite)."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from .errors import SqlError

__all__ = ["Locks"]

Name = tuple[str, str]


class Owner(Protocol):
    """Who holds a lock."""

    pid: int
    cancelled: threading.Event


class Locks:
    """Who writes which table, and who waits for it."""

    def __init__(self) -> None:
        self._holders: dict[Name, int] = {}
        self._waiting: dict[int, Name] = {}
        self._changed = threading.Condition()

    def acquire(self, owner: Owner, name: Name, timeout: float) -> int:
        """Waits for a table; microseconds waited.

        Args:
            owner: the session.
            name: (schema, table).
            timeout: seconds (``statement_timeout``); 0 waits for ever.

        Raises:
            SqlError: 40P01 deadlock, 57014 cancelled or timed out.
        """
        began = time.monotonic()
        with self._changed:
            while self._holders.get(name, owner.pid) != owner.pid:
                self._waiting[owner.pid] = name
                try:
                    if self._circular(owner.pid):
                        raise SqlError("40P01", "deadlock detected")
                    self._changed.wait(0.05)
                finally:
                    self._waiting.pop(owner.pid, None)
                if owner.cancelled.is_set() or (timeout and time.monotonic() - began > timeout):
                    raise SqlError("57014", "Query cancelled on user's request")
            self._holders[name] = owner.pid
        return int((time.monotonic() - began) * 1e6)

    def release(self, pid: int) -> None:
        """Gives back all that a session holds: at the end of its transaction."""
        with self._changed:
            for name in [name for name, holder in self._holders.items() if holder == pid]:
                del self._holders[name]
            self._changed.notify_all()

    def _circular(self, pid: int) -> bool:
        """Whether waiting leads back to oneself."""
        seen, current = set(), pid
        while (table := self._waiting.get(current)) is not None:
            holder = self._holders.get(table)
            if holder is None or holder in seen:
                return False
            if holder == pid:
                return True
            seen.add(holder)
            current = holder
        return False
