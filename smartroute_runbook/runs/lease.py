"""One at a time: a lease on a run with owner and expiry, kept as write-once keys so that it works on S3 too.

Lease *n* is ``NNNNNN.json``; each renewal is a key beside it, ``NNNNNN.released`` ends it. While work goes on, a
thread renews; an owner that died on this host is noticed at once, on another one when its lease expires. Clocks of
hosts are taken to agree within ``GRACE`` seconds.

A week is covered as a whole: the runner holds the lease, and the notebook's kernel works under it (``WITHIN`` names
it). The kernel is noted as ``NNNNNN.worker-PID``: a lease whose runner was killed is free when its kernel ended too.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from smartroute_runbook.canonical import canonical
from smartroute_runbook.errors import LeaseHeld, RunbookError, UsageError

from .journal import whoami
from .process import ended, identity
from .store import AlreadyWritten, Store

__all__ = ["GRACE", "LEASE_SECONDS", "WITHIN", "Lease", "hold", "release"]

#: How long a lease holds without a renewal; renewed three times as often.
LEASE_SECONDS = 900.0
GRACE = 30.0
WITHIN = "SMARTROUTE_LEASE"
"""The environment variable that names the lease under which a process works: ``PREFIX:NUMBER``."""


class Lease:
    """A lease that is held: renewed until it is released, or lost to somebody who found it expired."""

    def __init__(self, store: Store, prefix: str, number: int, seconds: float) -> None:
        self._store, self._prefix, self.number, self._seconds = store, prefix, number, seconds
        self._renewals = 0
        self._stop = threading.Event()
        self.until = time.time() + seconds
        self.taken_by = ""

    @property
    def name(self) -> str:
        """What ``WITHIN`` says of it."""
        return f"{self._prefix}:{self.number}"

    def renew(self) -> None:
        """Hold it ``seconds`` longer from now, unless somebody has taken the run over meanwhile."""
        self._renewals += 1
        until = time.time() + self._seconds
        key = f"{self._prefix}/{self.number:06d}.renewed-{self._renewals:06d}"
        self._store.put_new(key, canonical({"expires": round(until, 3)}))
        # Read after writing: who takes over writes first and reads afterwards, so that one of the two sees the other.
        if not self._lost():
            self.until = until

    def require(self) -> None:
        """Go on only if the lease is still held; the store is asked each time.

        Raises:
            LeaseHeld: it expired unrenewed (a laptop asleep, a store out of reach) or was released by somebody.
        """
        if not self._lost() and time.time() > self.until:
            self.renew()
        if self.taken_by:
            raise LeaseHeld(
                f"The lease expired and was taken over: {self.taken_by}", hint="Wait until it ends, then run again"
            )

    def _lost(self) -> bool:
        newest = _newest(self._store, self._prefix)
        if newest is not None and newest.number > self.number:
            self.taken_by = newest.words
        elif newest is not None and newest.released:
            self.taken_by = "released by somebody else"
        return bool(self.taken_by)

    def _keep(self) -> None:
        while not self._stop.wait(self._seconds / 3):
            # A store out of reach for a moment is asked again; ``require`` says what comes of it.
            with contextlib.suppress(RunbookError, OSError, AlreadyWritten):
                self.renew()
            if self.taken_by:
                return


@dataclass(frozen=True)
class _Entry:
    """The newest lease in the store, with the expiry of its last renewal and the kernels that worked under it."""

    number: int
    owner: Mapping[str, Any]
    expires: float
    released: bool
    workers: tuple[Mapping[str, Any], ...] = ()

    @property
    def words(self) -> str:
        """Who works, on what, since when."""
        by, pid, host, what, at = (self.owner.get(key, "?") for key in ("by", "pid", "host", "what", "at"))
        return f"{by} (process {pid} on {host}) works on '{what}' since {at}"

    @property
    def gone(self) -> bool:
        """Whether nobody holds it: released, expired, or its processes on this host have all ended."""
        if self.released or time.time() > self.expires + GRACE:
            return True
        return ended(self.owner) and all(ended(worker) for worker in self.workers)


def _newest(store: Store, prefix: str) -> _Entry | None:
    below = f"{prefix}/"
    keys = [key for key in store.keys(below) if "/" not in key.removeprefix(below)]  # deeper ones are other leases
    leases = [key for key in keys if key.endswith(".json")]
    if not leases:
        return None
    stem = leases[-1].removesuffix(".json")
    number = int(stem.rpartition("/")[2])
    owner = _read(store, leases[-1])
    renewals = [key for key in keys if key.startswith(f"{stem}.renewed-")]
    expires = (_read(store, renewals[-1]) if renewals else owner).get("expires")
    workers = tuple(_read(store, key) for key in keys if key.startswith(f"{stem}.worker-"))
    # What cannot be read says nothing of its end: it holds until somebody releases it.
    until = float(expires) if isinstance(expires, (int, float)) else float("inf")
    return _Entry(number, owner, until, f"{stem}.released" in keys, workers)


def _read(store: Store, key: str) -> Mapping[str, Any]:
    try:
        found = json.loads(store.get(key))
    except (KeyError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refuse(held: _Entry) -> LeaseHeld:
    far = held.expires > time.time() + 366 * 86400
    until = "its release" if far else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(held.expires))
    return LeaseHeld(
        held.words,
        hint=f"Wait until it ends, or stop it: its lease holds until {until} and is renewed while it works. If nobody "
        "works, 'smartroute-runbook release --note WHY' frees it",
    )


@contextmanager
def hold(store: Store, prefix: str, what: str, seconds: float = LEASE_SECONDS) -> Iterator[Lease]:
    """Hold the run's lease while ``what`` is done, renewing it meanwhile; under the runner's lease, work under that.

    Raises:
        LeaseHeld: somebody else holds it; the message says who, since when, for what, and until when.
    """
    within = _within(store, prefix, seconds)
    if within is not None:
        within.require()
        yield within
        return
    lease = _take(store, prefix, what, seconds)
    keeper = threading.Thread(target=lease._keep, name="lease", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        lease._stop.set()
        keeper.join()
        with contextlib.suppress(AlreadyWritten):  # somebody released it meanwhile
            _release(store, prefix, lease.number, {})


def _within(store: Store, prefix: str, seconds: float) -> Lease | None:
    """The lease that a parent process holds for this one; this one is noted as its worker."""
    of, _, number = os.environ.get(WITHIN, "").rpartition(":")
    if of != prefix or not number.isdigit():
        return None
    lease = Lease(store, prefix, int(number), seconds)
    lease.until = float("inf")  # its holder renews it
    with contextlib.suppress(AlreadyWritten):
        store.put_new(f"{prefix}/{lease.number:06d}.worker-{os.getpid()}", canonical(identity()))
    return lease


def _take(store: Store, prefix: str, what: str, seconds: float) -> Lease:
    before = _newest(store, prefix)
    if before is not None and not before.gone:
        raise _refuse(before)
    lease = Lease(store, prefix, (before.number if before else 0) + 1, seconds)
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    owner = {"by": whoami(), **identity(), "what": what, "at": at, "expires": round(lease.until, 3)}
    try:
        store.put_new(f"{prefix}/{lease.number:06d}.json", canonical(owner))
    except AlreadyWritten:
        taken = _newest(store, prefix)
        raise (_refuse(taken) if taken else LeaseHeld("Somebody else took the lease this moment")) from None
    if before is not None and not before.released and _renewed_since(store, prefix, before):
        _release(store, prefix, lease.number, {})
        raise _refuse(before)
    return lease


def _renewed_since(store: Store, prefix: str, seen: _Entry) -> bool:
    """Whether the owner that seemed gone renewed after all, between our reading and our writing."""
    renewals = store.keys(f"{prefix}/{seen.number:06d}.renewed-")
    expires = _read(store, renewals[-1]).get("expires") if renewals else None
    return isinstance(expires, (int, float)) and expires > seen.expires


def release(store: Store, prefix: str, note: str) -> str:
    """Free a lease that nobody works under any more; who held it, in words.

    Raises:
        UsageError: nobody holds it, or there is no note.
    """
    held = _newest(store, prefix)
    if not note.strip():
        raise UsageError("A lease is released with a reason", expected="--note WHY")
    if held is None or held.released:
        raise UsageError("Nobody holds this run", hint="Run it")
    with contextlib.suppress(AlreadyWritten):
        _release(store, prefix, held.number, {"by": whoami(), "note": note})
    return held.words


def _release(store: Store, prefix: str, number: int, words: Mapping[str, str]) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    store.put_new(f"{prefix}/{number:06d}.released", canonical({"at": at, **words}))
