"""The whole migration against stand-ins of its own: four weeks, the rollback in between, and the record verified."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartroute_runbook.errors import UsageError
from smartroute_runbook.load.proof import Proofs
from smartroute_runbook.record.report import report
from smartroute_runbook.record.verify import Verification, verify
from smartroute_runbook.runs.run import Run

from .runner import WeekRun, open_run, run_weeks

__all__ = ["Rehearsal", "export_lines", "rehearse"]

_OWN = "SMARTROUTE_REDSHIFT_"


@dataclass(frozen=True)
class Rehearsal:
    """What a rehearsal did and where its record is."""

    records: Path
    run_id: str
    weeks: tuple[WeekRun, ...]
    tables: tuple[dict[str, Any], ...]
    switches: tuple[dict[str, Any], ...]
    verification: Verification
    seconds: float

    @property
    def exit_code(self) -> int:
        """0, or what the first week that stopped says; 5 when the record does not verify."""
        stopped = next((week.exit_code for week in self.weeks if week.exit_code), 0)
        return stopped or self.verification.exit_code

    def as_json(self) -> dict[str, Any]:
        """The contract's object."""
        return {
            "records": str(self.records),
            "run_id": self.run_id,
            "weeks": [week.as_json() for week in self.weeks],
            "tables": list(self.tables),
            "switch": list(self.switches),
            "valid": self.verification.valid,
            "seconds": round(self.seconds, 2),
        }


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """The stand-ins' environment, without the shell's own Redshift user: the managed secret is used as on AWS."""
    environment = {name: value for name, value in values.items() if not name.startswith(_OWN)}
    touched = {*environment, *(name for name in os.environ if name.startswith(_OWN))}
    before = {name: os.environ.get(name) for name in touched}
    for name in touched:
        os.environ.pop(name, None)
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def rehearse(
    environ: dict[str, str], records: Path, *, base: Path, on_cell: Callable[[str, int, int, str], None] | None = None
) -> Rehearsal:
    """Run all four weeks and the rollback against stand-ins that are up, and verify the record.

    Args:
        environ: how the stand-ins are reached.
        records: folder for the record; a folder of its own is made below it.
        base: the folder with runbooks and parameters.
        on_cell: called with week, cells done, cells in all and the id of each cell.
    """
    started = time.monotonic()
    with _environment(environ):
        run, parameters = open_run(
            "rehearsal", f"rehearsal-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}", records=records, base=base
        )
        weeks = run_weeks(run, ("1", "2", "3", "4", "rollback"), parameters, on_cell=on_cell)
    folder = records.resolve() / run.id
    index = report(folder)
    checked = verify(folder)
    return Rehearsal(
        index.parent, run.id, tuple(weeks), _tables(run), _switches(run), checked, time.monotonic() - started
    )


def _tables(run: Run) -> tuple[dict[str, Any], ...]:
    """The proof's verdicts, as the record has them."""
    try:
        proofs = run.kept(Proofs)
    except UsageError:  # it stopped before week 2 had proven anything: its weeks say where, and why
        return ()
    names = ("table", "verdict", "partitions", "control_rows", "candidate_rows")
    return tuple(dict(zip(names, row, strict=True)) for row in proofs.tables)


def _switches(run: Run) -> tuple[dict[str, Any], ...]:
    keys = ("to", "seconds", "requests", "failed_requests")
    return tuple({key: entry.body[key] for key in keys} for entry in run.journal.of("switched"))


def scratch() -> Path:
    """A folder for the state of stand-ins of this process alone."""
    return Path(tempfile.mkdtemp(prefix="smartroute-rehearsal-"))


def export_lines(environ: dict[str, str]) -> list[str]:
    """``export`` lines for a shell."""
    import shlex

    return [f"export {name}={shlex.quote(value)}" for name, value in environ.items()]
