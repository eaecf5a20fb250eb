"""Which process this is, so that another one can tell later whether it still lives.

A number alone is not enough: it is given again after a process ends, it means another process in another container that
shares the host's name, and another one after a restart. Linux says more: the boot's random id
(``/proc/sys/kernel/random/boot_id``), the PID namespace (``/proc/self/ns/pid``, see pid_namespaces(7)) and the start
time of a process in clock ticks since the boot (field 22 of ``/proc/PID/stat``, proc_pid_stat(5)).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["alive", "ended", "identity"]


def identity() -> dict[str, Any]:
    """Host, process id and, where the system tells them, boot, PID namespace and start time (clock ticks)."""
    pid = os.getpid()
    return {"host": socket.gethostname(), "pid": pid, "boot": _boot(), "namespace": _namespace(), "start": _start(pid)}


def ended(process: Mapping[str, Any]) -> bool:
    """Whether a process has ended for sure: it lived on this very boot and in this PID namespace, and is gone.

    Of a process elsewhere nothing is known: False.
    """
    mine = {"host": socket.gethostname(), "boot": _boot(), "namespace": _namespace()}
    if any(process.get(key, "") != value for key, value in mine.items()):
        return False
    try:
        pid = int(process["pid"])
    except (KeyError, ValueError, TypeError):
        return False
    if not alive(pid):
        return True
    start = process.get("start")
    return bool(start) and start != _start(pid)


def alive(pid: int) -> bool:
    """Whether a process of this number lives on this machine, whosever it is."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # somebody else's
    return True


def _boot() -> str:
    return _read("/proc/sys/kernel/random/boot_id")


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _start(pid: int) -> str:
    after_name = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()  # the name may hold blanks and brackets
    return after_name[19] if len(after_name) > 19 else ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
