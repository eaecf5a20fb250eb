"""One at a time: a lease on a run with owner and expiry, kept as write-once keys so that it works on S3 too."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .canonical import canonical
from .errors import LeaseHeld
from .journal import whoami
from .store import AlreadyWritten, Store

__all__ = ["LEASE_SECONDS", "hold"]

LEASE_SECONDS = 4 * 3600  # longer than any step; a dead owner on this host is noticed at once


@contextmanager
def hold(store: Store, prefix: str, what: str) -> Iterator[None]:
    """Hold the run's lease while ``what`` is done.

    Raises:
        LeaseHeld: somebody else holds it; the message says who, since when, and for what.
    """
    keys = store.keys(f"{prefix}/")
    taken = [key for key in keys if key.endswith(".json")]
    if taken and taken[-1].removesuffix(".json") + ".released" not in keys:
        owner = json.loads(store.get(taken[-1]))
        if not _gone(owner):
            raise LeaseHeld(
                f"{owner['by']} (process {owner['pid']} on {owner['host']}) works on '{owner['what']}'"
                f" since {owner['at']}",
                hint="Wait until it ends, or stop it",
            )
    key = f"{prefix}/{len(taken) + 1:06d}"
    now = time.time()
    owner = {
        "by": whoami(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "what": what,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "expires": int(now) + LEASE_SECONDS,
    }
    try:
        store.put_new(f"{key}.json", canonical(owner))
    except AlreadyWritten:
        raise LeaseHeld(
            "Somebody else took the lease this moment", hint="Look at 'smartroute-runbook status'"
        ) from None
    try:
        yield
    finally:
        store.put_new(f"{key}.released", canonical({"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}))


def _gone(owner: dict[str, object]) -> bool:
    if time.time() > float(str(owner["expires"])):
        return True
    if owner["host"] != socket.gethostname():
        return False
    try:
        os.kill(int(str(owner["pid"])), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
