"""Notebooks on their way into the record: kept beside it while they are executed, found again after a kill.

An attempt lies in ``.attempts`` below the run (of a store in S3: below the working folder), readable by its owner
alone, and goes when it is sealed. Whoever holds the run's lease finds what a killed runner left, and seals it as
interrupted; so is what JupyterLab had saved of a week that was begun anew. What shows a secret is never sealed: it
stays, as ``NAME.refused.ipynb``.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smartroute_runbook.errors import LeaseHeld, Refused, UsageError
from smartroute_runbook.runs.lease import hold
from smartroute_runbook.runs.plan import WEEKS, week_of
from smartroute_runbook.runs.process import alive
from smartroute_runbook.runs.sealing import attempts_folder

from .execute import Execution
from .seal import Recorded, Sealed, seal
from .stepped import reading_of

__all__ = ["attempt", "seal_attempt", "seal_left", "seal_left_alone"]

_REFUSED = ".refused.ipynb"


def attempt(run: Recorded, week: str) -> Path:
    """Where the notebook of a new attempt is written: a name that nobody else has.

    Raises:
        UsageError: the folder cannot be written.
    """
    folder = attempts_folder(run.store, run.id, run.base)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}", hint="Correct record.store") from None
    return folder / f"{week}-{time.time_ns()}-{os.getpid()}.ipynb"


def seal_attempt(run: Recorded, execution: Execution, *, week: str, source: Path, parameters: Any) -> Sealed:
    """Seal an attempt; its file goes when that is done.

    Raises:
        Refused: it shows a secret; it stays where the message says.
    """
    try:
        sealed = seal(run, execution, week=week, source=source, parameters=parameters)
    except Refused as refused:
        kept = execution.path.with_name(execution.path.stem + _REFUSED)
        execution.path.replace(kept)
        kept.chmod(0o600)
        raise Refused(refused.what, hint=f"It is kept at {kept}, for you alone. {refused.hint}") from None
    execution.path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # others may be at work in it
        execution.path.parent.rmdir()
    return sealed


def seal_left(run: Recorded) -> list[Sealed]:
    """Seal what killed runners left, oldest first; whoever calls holds the run's lease."""
    return [
        seal_attempt(run, execution, week=week, source=source, parameters=parameters)
        for week, execution, source, parameters in _left(run)
    ]


def seal_left_alone(run: Recorded) -> list[Sealed]:
    """The same where nobody is at work on the run; somebody who is seals them with the next week."""
    if any(attempts_folder(run.store, run.id, run.base).glob("*.ipynb")):
        with contextlib.suppress(LeaseHeld), hold(run.store, f"{run.id}/lease", "seal"):
            return seal_left(run)
    return []


def _left(run: Recorded) -> Iterator[tuple[str, Execution, Path, Any]]:
    for path in sorted(attempts_folder(run.store, run.id, run.base).glob("*.ipynb")):
        week = path.name.partition("-")[0]
        if path.name.endswith(_REFUSED) or path.name.startswith(".") or week not in WEEKS:
            continue
        if week == "rollback" and _at_work(path):  # which holds no lease while its notebook is executed
            continue
        source = run.base / "runbooks" / week_of(week)["notebook"]
        try:
            execution = reading_of(run, week, path)
        except (UsageError, ValueError, OSError, KeyError, AttributeError):
            path.unlink(missing_ok=True)  # it was killed before a cell was executed: nothing was seen yet
            continue
        yield week, execution, source if source.is_file() else path, _parameters(path)


def _at_work(path: Path) -> bool:
    """Whether the process that an attempt is named after lives on this machine, and is another one."""
    pid = path.stem.rpartition("-")[2]
    return pid.isdigit() and int(pid) not in (0, os.getpid()) and alive(int(pid))


def _parameters(path: Path) -> Any:
    import nbformat

    metadata = nbformat.read(path, as_version=4).metadata
    return metadata.get("papermill", {}).get("parameters", {})
