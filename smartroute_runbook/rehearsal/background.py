"""A background process: whether it lives, by a lock or its id, and how it is ended."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from smartroute_runbook.errors import ServiceError

__all__ = ["children", "end", "is_locked"]

_STOPPING_SECONDS = 15.0

children: dict[int, subprocess.Popen[bytes]] = {}  # of this process, which must collect them when they end


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock on a file."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def end(pid: int) -> None:
    """Terminate a process; kill it when it does not end in time.

    Raises:
        ServiceError: it does not end.
    """
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOPPING_SECONDS
    while time.monotonic() < deadline:
        if _has_ended(pid):
            return
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + _STOPPING_SECONDS
    while not _has_ended(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not _has_ended(pid):
        raise ServiceError(f"The stand-ins' process {pid} does not end")


def _has_ended(pid: int) -> bool:
    child = children.get(pid)
    if child is not None:
        return child.poll() is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
