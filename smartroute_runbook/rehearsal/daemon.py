"""The stand-ins in a background process of their own: ``rehearsal up`` and ``down``.

The state is one file, ``state.json`` below ``.rehearsal/`` of the working directory (or ``SMARTROUTE_REHEARSAL_DIR``),
written by the background process when it is ready. It counts only while that process holds the lock on ``alive``, which
the system releases when it ends, however it ends.

A folder is used only when it is new, empty or carries the marker of an earlier ``up``: what is removed is what was made
here, never a user's own folder of that name.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from smartroute_runbook.errors import ServiceError, UsageError

from .background import children, end, is_locked

__all__ = ["down", "folder", "running", "up"]

_STARTING_SECONDS = 300.0
_MARKER = "smartroute-rehearsal"


def folder() -> Path:
    """Where the state of this working directory's rehearsal lies."""
    setting = os.environ.get("SMARTROUTE_REHEARSAL_DIR")
    return Path(setting) if setting else Path.cwd() / ".rehearsal"


def running() -> dict[str, str] | None:
    """The environment of the rehearsal that runs for this working directory, or None."""
    state = _state()
    return dict(state["environ"]) if state is not None and is_locked(folder() / "alive") else None


def up(
    lake: Path | None = None,
    days: int = 1,
    port: int = 0,
    faults: Path | None = None,
    trino: str | None = None,
    timeout: float = _STARTING_SECONDS,
) -> dict[str, str]:
    """Starts the stand-ins in the background, or finds the ones that run.

    Args:
        lake: Parquet file or folder of ``vehicles`` rows; default: made from the timetable.
        days: days of the made lake.
        port: of the AWS endpoint; 0 for any free one.
        faults: a faults file, see ``faults``.
        trino: address of a Trino that executes Athena's statements; without one DuckDB does.
        timeout: seconds to wait until they are ready.

    Returns:
        The environment that reaches them.

    Raises:
        UsageError: the lake, the port, the faults or the Trino cannot be used.
        ServiceError: they did not start.
    """
    home = _own(folder())
    with _alone(home):
        known = running()
        if known is not None:
            return known
        _clean(home)
        options = [f"--days={days}", f"--port={port}"]
        options += [f"--lake={lake.resolve()}"] if lake else []
        options += [f"--faults={faults.resolve()}"] if faults else []
        options += [f"--trino={trino}"] if trino else []
        return _launch(home, options, timeout)


def down() -> bool:
    """Stops the background stand-ins and removes their state; whether there were any.

    Raises:
        ServiceError: the process does not end.
    """
    state, home = _state(), folder()
    if not (home / _MARKER).is_file():
        return False  # nothing here was made by ``up``, so nothing is removed
    running = state is not None and is_locked(home / "alive")
    if state is not None and running:
        end(int(state["pid"]))
    _clean(home)
    for name in ("starting", _MARKER):
        (home / name).unlink(missing_ok=True)
    with suppress(OSError):
        home.rmdir()
    return running


def _own(home: Path) -> Path:
    """The folder with our marker in it, readable by its owner alone: a real lake may lie there.

    Raises:
        UsageError: it holds files that are not a rehearsal's.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (home / _MARKER).is_file():
        if foreign := sorted(path.name for path in home.iterdir()):
            raise UsageError(
                f"{home} is not a rehearsal's folder: it holds {foreign[0]}",
                expected="a new or empty folder",
                hint="Name another one in SMARTROUTE_REHEARSAL_DIR",
            )
        home.chmod(0o700)
        (home / _MARKER).touch()
    return home


def _launch(home: Path, options: list[str], timeout: float) -> dict[str, str]:
    command = [sys.executable, "-m", f"{__package__}.daemon", f"--home={home.resolve()}", *options]
    with (home / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_inherited()
        )
    children[process.pid] = process
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        known = running()
        if known is not None:
            return known
        if process.poll() is not None:
            raise _failure(home)
        time.sleep(0.05)
    process.kill()
    process.wait()
    _clean(home, keep_log=True)
    raise ServiceError(f"The stand-ins were not ready after {timeout:g} s", hint=f"See {home / 'daemon.log'}")


def _inherited() -> dict[str, str]:
    """The environment of the background process: never another rehearsal's, nor anybody's credentials."""
    dropped = ("AWS_", "SMARTROUTE_REDSHIFT_", "SSL_CERT_FILE")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def _failure(home: Path) -> ServiceError | UsageError:
    refused = home / "refused.json"
    if refused.exists():
        refusal = json.loads(refused.read_text())
        _clean(home)
        return UsageError(refusal["what"], expected=refusal["expected"], hint=refusal["hint"])
    lines = (home / "daemon.log").read_text(errors="replace").strip().splitlines()
    last = lines[-1][:300] if lines else "no word of why"
    return ServiceError(f"The stand-ins did not start: {last}", hint=f"See {home / 'daemon.log'}")


def _state() -> dict[str, Any] | None:
    try:
        state: dict[str, Any] = json.loads((folder() / "state.json").read_text())
    except (OSError, ValueError):
        return None
    return state


def _clean(home: Path, *, keep_log: bool = False) -> None:
    for name in ("state.json", "refused.json", "alive", *(() if keep_log else ("daemon.log",))):
        (home / name).unlink(missing_ok=True)
    shutil.rmtree(home / "work", ignore_errors=True)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One ``up`` at a time: the second waits, then finds what the first started."""
    with (home / "starting").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(arguments: list[str] | None = None) -> int:
    """The background process itself: starts the stack, writes its state when it is ready, stops at a signal."""
    parser = argparse.ArgumentParser(prog="smartroute_runbook.rehearsal.daemon")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--lake", type=Path)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--faults", type=Path)
    parser.add_argument("--trino")
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    try:
        with (options.home / "alive").open("wb") as alive:
            fcntl.flock(alive, fcntl.LOCK_EX)
            _serve(options, stop)
    except UsageError as error:
        refusal = {"what": error.what, "expected": error.expected, "hint": error.hint}
        (options.home / "refused.json").write_text(json.dumps(refusal))
        return error.exit_code
    return 0


def _serve(options: argparse.Namespace, stop: threading.Event) -> None:
    from smartroute_runbook.standins.faults.schedule import Faults

    from .stack import Stack

    faults = Faults.load(options.faults) if options.faults else None
    with Stack(options.lake, options.days, options.port, options.home / "work", faults, options.trino) as stack:
        state = {"pid": os.getpid(), "name": stack.name, "environ": stack.environ(), "timings": stack.timings}
        fresh = options.home / "state.new"
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(state))
        fresh.replace(options.home / "state.json")
        stop.wait()


if __name__ == "__main__":
    raise SystemExit(main())
