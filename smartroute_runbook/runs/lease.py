"""One at a time: a lease on a run with owner and expiry, kept as write-once keys so that it works on S3 too.

Lease *n* is ``NNNNNN.json``; each renewal is a key beside it, ``NNNNNN.released`` ends it. While work goes on, a
thread renews; an owner that died on this host is noticed at once, on another one when its lease expires. Clocks of
hosts are taken to agree within ``GRACE`` seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from smartroute_runbook.canonical import canonical
from smartroute_runbook.errors import LeaseHeld, RunbookError

from .journal import whoami
from .store import AlreadyWritten, Store

__all__ = ["GRACE", "LEASE_SECONDS", "Lease", "hold"]

#: How long a lease holds without a renewal; renewed three times as often.
LEASE_SECONDS = 900.0
GRACE = 30.0


class Lease:
    """A lease that is held: renewed until it is released, or lost to somebody who found it expired."""

    def __init__(self, store: Store, prefix: str, number: int, seconds: float) -> None:
        self._store, self._prefix, self.number, self._seconds = store, prefix, number, seconds
        self._renewals = 0
        self._stop = threading.Event()
        self.until = time.time() + seconds
        self.taken_by = ""

    def renew(self) -> None:
        """Hold it ``seconds`` longer from now, unless somebody has taken the run over meanwhile."""
        self._renewals += 1
        until = time.time() + self._seconds
        key = f"{self._prefix}/{self.number:06d}.renewed-{self._renewals:06d}"
        self._store.put_new(key, canonical({"expires": round(until, 3)}))
        # Read after writing: who takes over writes first and reads afterwards, so that one of the two sees the other.
        newest = _newest(self._store, self._prefix)
        if newest is not None and newest.number > self.number:
            self.taken_by = newest.said
            return
        self.until = until

    def require(self) -> None:
        """Go on only if the lease is still held.

        Raises:
            LeaseHeld: it expired unrenewed (a laptop asleep, a store out of reach) and may be somebody else's by now.
        """
        if not self.taken_by and time.time() > self.until:
            self.renew()
        if self.taken_by:
            raise LeaseHeld(
                f"The lease expired and was taken over: {self.taken_by}", hint="Wait until it ends, then run again"
            )

    def _keep(self) -> None:
        while not self._stop.wait(self._seconds / 3):
            # A store out of reach for a moment is asked again; ``require`` says what comes of it.
            with contextlib.suppress(RunbookError, OSError, AlreadyWritten):
                self.renew()
            if self.taken_by:
                return


@dataclass(frozen=True)
class _Entry:
    """The newest lease in the store, with the expiry of its last renewal."""

    number: int
    owner: dict[str, Any]
    expires: float
    released: bool

    @property
    def said(self) -> str:
        owner = self.owner
        return (
            f"{owner['by']} (process {owner['pid']} on {owner['host']}) works on '{owner['what']}' since {owner['at']}"
        )

    @property
    def gone(self) -> bool:
        """Whether nobody holds it: released, expired, or its process on this host has ended."""
        if self.released or time.time() > self.expires + GRACE:
            return True
        if self.owner["host"] != socket.gethostname():
            return False
        try:
            os.kill(int(self.owner["pid"]), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


def _newest(store: Store, prefix: str) -> _Entry | None:
    keys = store.keys(f"{prefix}/")
    leases = [key for key in keys if key.endswith(".json")]
    if not leases:
        return None
    stem = leases[-1].removesuffix(".json")
    owner = json.loads(store.get(leases[-1]))
    renewals = [key for key in keys if key.startswith(f"{stem}.renewed-")]
    expires = json.loads(store.get(renewals[-1]))["expires"] if renewals else owner["expires"]
    return _Entry(int(stem.rpartition("/")[2]), owner, float(expires), f"{stem}.released" in keys)


def _refuse(held: _Entry) -> LeaseHeld:
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(held.expires))
    return LeaseHeld(
        held.said,
        hint=f"Wait until it ends, or stop it: its lease holds until {until} and is renewed while it works",
    )


@contextmanager
def hold(store: Store, prefix: str, what: str, seconds: float = LEASE_SECONDS) -> Iterator[Lease]:
    """Hold the run's lease while ``what`` is done, renewing it meanwhile.

    Raises:
        LeaseHeld: somebody else holds it; the message says who, since when, for what, and until when.
    """
    lease = _take(store, prefix, what, seconds)
    keeper = threading.Thread(target=lease._keep, name="lease", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        lease._stop.set()
        keeper.join()
        _release(store, prefix, lease.number)


def _take(store: Store, prefix: str, what: str, seconds: float) -> Lease:
    before = _newest(store, prefix)
    if before is not None and not before.gone:
        raise _refuse(before)
    lease = Lease(store, prefix, (before.number if before else 0) + 1, seconds)
    owner = {
        "by": whoami(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "what": what,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "expires": round(lease.until, 3),
    }
    try:
        store.put_new(f"{prefix}/{lease.number:06d}.json", canonical(owner))
    except AlreadyWritten:
        taken = _newest(store, prefix)
        raise (_refuse(taken) if taken else LeaseHeld("Somebody else took the lease this moment")) from None
    if before is not None and not before.released and _renewed_since(store, prefix, before):
        _release(store, prefix, lease.number)
        raise _refuse(before)
    return lease


def _renewed_since(store: Store, prefix: str, seen: _Entry) -> bool:
    """Whether the owner that seemed gone renewed after all, between our reading and our writing."""
    renewals = store.keys(f"{prefix}/{seen.number:06d}.renewed-")
    return bool(renewals) and json.loads(store.get(renewals[-1]))["expires"] > seen.expires


def _release(store: Store, prefix: str, number: int) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    store.put_new(f"{prefix}/{number:06d}.released", canonical({"at": at}))
