"""Execute weeks one after the other, seal each, stop at the first that does not finish."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartroute_runbook.record.attempts import attempt, seal_attempt, seal_left, seal_left_alone
from smartroute_runbook.record.execute import Failure, check_parameters, execute
from smartroute_runbook.record.seal import Sealed, finish_sealing
from smartroute_runbook.record.signing import open_key
from smartroute_runbook.runs.from_shell import open_run
from smartroute_runbook.runs.front_page import renew_front_page
from smartroute_runbook.runs.lease import WITHIN, hold
from smartroute_runbook.runs.plan import WEEKS, week_of
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.sealing import is_sealed

from .errors import RunbookError, UsageError, did_you_mean

__all__ = ["WeekRun", "open_run", "run_weeks", "weeks_of"]

OnCell = Callable[[str, int, int, str], None]


@dataclass(frozen=True)
class WeekRun:
    """One executed notebook: how it ended, how long it took (seconds, sealing included), and where its record is."""

    week: str
    status: str
    seconds: float
    sealed: Sealed
    failure: Failure | None = None
    exit_code: int = 0

    def as_json(self) -> dict[str, Any]:
        """The contract's object, and why it stopped."""
        values: dict[str, Any] = {"week": self.week, "status": self.status, "seconds": round(self.seconds, 2)}
        return values | ({"error": self.failure.message, "cell": self.failure.cell} if self.failure else {})


def weeks_of(word: str) -> tuple[str, ...]:
    """``all`` is the four weeks; else one week or ``rollback``."""
    if word == "all":
        return WEEKS[:4]
    if word not in WEEKS:
        raise UsageError(f"There is no week '{word}'", hint=did_you_mean(word, (*WEEKS, "all")))
    return (word,)


def run_weeks(
    run: Run, weeks: Sequence[str], parameters: Mapping[str, Any], *, again: bool = False, on_cell: OnCell | None = None
) -> list[WeekRun]:
    """Execute and seal each week; those that this run has finished and sealed already are left as they are.

    The run's lease covers each week, from its first cell to its seal; going back waits for no lease.

    Args:
        run: the run.
        weeks: in order.
        parameters: environment, run_id and settings for the notebooks.
        again: execute finished weeks too.
        on_cell: called with week, cells done, cells in all, and the cell's id.

    Raises:
        UsageError: the signing key cannot be used; nothing was executed.
        LeaseHeld: another process holds the run's lease; nothing was executed.
    """
    results: list[WeekRun] = []
    if weeks[0] != "rollback":
        finish_sealing(run)  # what a killed process had sealed and not attested is sealed now
    for week in weeks:
        if run.stayed and week not in ("1", "rollback") and len(weeks) > 1:
            break  # the decision is to stay: there is no week 2
        if week == "rollback":
            open_key(run.settings.record.signing_key)
            results.append(_run_week(run, week, parameters, on_cell))
            with contextlib.suppress(RunbookError, OSError):  # the way back is done; the next command tries again
                seal_left_alone(run)
        elif again or not is_sealed(run.journal, week):
            open_key(run.settings.record.signing_key)
            with hold(run.store, f"{run.id}/lease", f"week {week}") as lease, _within(lease.name):
                seal_left(run)
                if again or not is_sealed(run.journal, week):
                    results.append(_run_week(run, week, parameters, on_cell))
        if results and results[-1].exit_code:
            break
    return results


@contextmanager
def _within(name: str) -> Iterator[None]:
    """The kernel works under this process's lease."""
    os.environ[WITHIN] = name
    try:
        yield
    finally:
        os.environ.pop(WITHIN, None)


def _run_week(run: Run, week: str, parameters: Mapping[str, Any], on_cell: OnCell | None) -> WeekRun:
    notebook = find_notebook(run.base, week_of(week)["notebook"])
    started = time.monotonic()
    os.environ["SMARTROUTE_HOME"] = str(run.base)  # the kernel works where this process does
    check_parameters(notebook, parameters)
    progress = (lambda done, of, cell: on_cell(week, done, of, cell)) if on_cell else None
    execution = execute(notebook, attempt(run, week), parameters, progress=progress)
    sealed = seal_attempt(run, execution, week=week, source=notebook, parameters=parameters)
    renew_front_page(run.base)
    seconds = time.monotonic() - started
    return WeekRun(week, execution.status, seconds, sealed, execution.failure, execution.exit_code)


def find_notebook(base: Path, name: str) -> Path:
    """A runbook of the working folder.

    Raises:
        UsageError: it is not there.
    """
    path = base / "runbooks" / name
    if not path.is_file():
        raise UsageError(f"No runbook {path}", hint="Run 'smartroute-runbook init DIR' and work in DIR")
    return path
