"""Where a run stands, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smartroute_runbook.errors import UsageError, did_you_mean
from smartroute_runbook.views import Note, Table, View

from .gate import Gate, last_gate
from .plan import plan, week_of
from .run import Run

__all__ = ["Status", "gate_of", "status_of"]


@dataclass(frozen=True)
class Status:
    """Weeks, gates and the next action of a run."""

    run_id: str
    environment: str
    weeks: tuple[tuple[str, str, str], ...]
    gates: tuple[tuple[str, str, str], ...]
    next_action: str
    entries: int

    def as_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "run_id": self.run_id,
            "environment": self.environment,
            "weeks": [dict(zip(("week", "title", "state"), row, strict=True)) for row in self.weeks],
            "gates": [dict(zip(("gate", "state", "reason"), row, strict=True)) for row in self.gates],
            "next": self.next_action,
            "journal_entries": self.entries,
        }

    def view(self) -> View:
        """Two tables and a sentence."""
        parts = (
            Note(f"**Next:** {self.next_action}"),
            Table(("week", "title", "state"), self.weeks),
            Table(("gate", "state", "reason"), self.gates),
        )
        return View(f"Run {self.run_id} ({self.environment}), {self.entries} journal entries", parts)


def gate_of(run: Run, name: str) -> Gate:
    """A gate over the evidence that the run showed last.

    Raises:
        UsageError: the run has not reached this gate.
    """
    if name not in plan()["gates"]:
        raise UsageError(f"There is no gate '{name}'", hint=did_you_mean(name, plan()["gates"]))
    gate = last_gate(run.journal, name)
    if gate is None:
        raise UsageError(
            f"Run {run.id} has not reached gate '{name}'", hint="Run its week first, and read the evidence"
        )
    return gate


def status_of(run: Run) -> Status:
    """Read the journal."""
    started = {entry.body["week"] for entry in run.journal.of("week-started")}
    weeks = tuple((w, week_of(w)["title"], _state(run, w, started)) for w in ("1", "2", "3", "4", "rollback"))
    reached = {entry.body["gate"] for entry in run.journal.of("gate")}
    gates: list[tuple[str, str, str]] = []
    for name in plan()["gates"]:
        found = gate_of(run, name).status() if name in reached else None
        gates.append((name, found.state if found else "not reached", found.reason if found else ""))
    return Status(run.id, run.environment, weeks, tuple(gates), _next(run, weeks, gates), run.journal.head()[0])


def _state(run: Run, week: str, started: set[str]) -> str:
    return "finished" if run.finished(week) else "begun" if week in started else "not begun"


def _next(run: Run, weeks: tuple[tuple[str, str, str], ...], gates: list[tuple[str, str, str]]) -> str:
    where = f"--environment {run.environment} --run-id {run.id}"
    for week, _, state in weeks[:4]:
        if state == "finished":
            continue
        for name, gate_state, reason in gates:
            if name.startswith(f"week{week}.") and gate_state in ("unsigned", "partly", "void"):
                return f"read the evidence, then: smartroute-runbook sign {name} {where}"
            if name.startswith(f"week{week}.") and gate_state == "blocked":
                return f"gate {name} is blocked: {reason}"
        return f"smartroute-runbook run {week} {where}"
    return "nothing: all four weeks are finished"
