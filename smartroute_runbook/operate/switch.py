"""Cut over and roll back: one parameter, watched by real requests while it changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from smartroute_runbook.canonical import VOLATILE
from smartroute_runbook.errors import ServiceError, VerificationFailed
from smartroute_runbook.runs.steps import Action, Change, Outcome, Proposal
from smartroute_runbook.views import Table, View

from .dashboard import Answer, Dashboard

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["CutOver", "Switch", "Switched"]

EngineName = Literal["athena", "redshift"]


@dataclass(frozen=True)
class Switched:
    """What users get after the switch: every query, and the engine that answered it."""

    to: str
    answers: tuple[tuple[str, str, str], ...]
    milliseconds: tuple[float, ...] = field(default=(), metadata=VOLATILE)

    def view(self) -> View:
        """One row a query."""
        rows = tuple((*a, round(ms)) for a, ms in zip(self.answers, self.milliseconds, strict=True))
        table = Table(("query", "answered by", "error", "ms"), rows)
        return View(f"The dashboard reads {self.to}", (table,), "good")


class Switch:
    """Point the dashboard at an engine, asking it all the while.

    Args:
        to: the engine that shall answer.
        queries: names of the dashboard's queries.
        week: the week this belongs to, for the step's name.
    """

    def __init__(self, to: EngineName, queries: Iterable[str], week: str = "switch") -> None:
        self.to, self.queries = to, tuple(sorted(queries))
        self.id = f"{week}.switch-to-{to}"
        # Back to Athena puts nothing at risk and must not wait: the one step that needs no gate.
        self.needs = None if to == "athena" else "week3.compared"

    def propose(self, run: Run) -> Proposal:
        """Read the switch."""
        return _proposal(run, self.id, self.to, self.queries, settled=True)

    def apply(self, run: Run, proposal: Proposal) -> Outcome:  # noqa: ARG002
        """Switch while a prober asks every query in turn; done when every query is answered by the new engine."""
        return Outcome(self.id, "applied", switch(run, self.to, self.queries))

    def verify(self, run: Run) -> Switched:
        """Read the switch, and ask every query once more."""
        return switched(run, self.to, self.queries)


class CutOver:
    """The dashboard to Redshift, back to Athena to prove and time the way back, and to Redshift again.

    Done once a run: a notebook that is executed again, after its gate was signed, switches nothing.
    """

    id = "week4.cut-over"
    needs = "week3.compared"

    def __init__(self, queries: Iterable[str]) -> None:
        self.queries = tuple(sorted(queries))

    def propose(self, run: Run) -> Proposal:
        """Read the switch, and whether this run has cut over."""
        done = any(entry.body["step"] == self.id for entry in run.journal.of("finished"))
        return _proposal(run, self.id, "redshift", self.queries, settled=done)

    def apply(self, run: Run, proposal: Proposal) -> Outcome:  # noqa: ARG002
        """Three switches, each watched by real requests."""
        facts = {}
        for name, to in (("there", "redshift"), ("back", "athena"), ("there again", "redshift")):
            facts[name] = switch(run, to, self.queries)
            switched(run, to, self.queries)
        return Outcome(self.id, "applied", facts)

    def verify(self, run: Run) -> Switched:
        """Read the switch, and ask every query once more."""
        return switched(run, "redshift", self.queries)


def _proposal(run: Run, step: str, to: str, queries: Sequence[str], *, settled: bool) -> Proposal:
    now = Dashboard(run).engine()
    back = "athena" if to == "redshift" else "redshift"
    why = "no data moves; the other engine keeps running and keeps its data"
    action: Action = "none" if settled and now == to else "modify"
    change = Change(f"SSM parameter {run.settings.dashboard.engine_parameter}", action, now, to, why)
    return Proposal(step, (change,), f"smartroute-runbook switch {back}", {"queries": queries})


def switch(run: Run, to: str, queries: Sequence[str]) -> dict[str, Any]:
    """Set the switch while every query is asked in turn; seconds, requests and failures, journaled.

    Raises:
        ServiceError: the engine does not answer every query in time; the switch stays as it was set.
    """
    dashboard, patience = Dashboard(run), run.settings.dashboard
    answers: list[tuple[float, Answer]] = []
    stop = threading.Event()
    prober = threading.Thread(target=_probe, args=(dashboard, queries, answers, stop), daemon=True)
    prober.start()
    try:
        time.sleep(patience.probe_seconds / 2)
        run.journal.append("switching", {"to": to})  # it stays known when what follows fails
        started = time.monotonic()
        dashboard.switch(to)
        _until_all(answers, to, queries, started, patience.switch_seconds)
        time.sleep(patience.probe_seconds / 2)
        seconds = _until_all(answers, to, queries, started, patience.switch_seconds)
    finally:
        stop.set()
        prober.join(timeout=35)
    failed = [answer for _, answer in answers if answer.error]
    facts: dict[str, Any] = {"to": to, "seconds": round(seconds, 3), "requests": len(answers)}
    facts["failed_requests"] = len(failed)
    run.journal.append("switched", facts)
    return facts | ({"first failure": failed[0].error} if failed else {})


def switched(run: Run, to: str, queries: Sequence[str]) -> Switched:
    """What users get now.

    Raises:
        VerificationFailed: the switch names another engine, or a query is not answered by this one.
    """
    dashboard = Dashboard(run)
    if dashboard.engine() != to:
        raise VerificationFailed(f"The switch says {dashboard.engine()}", expected=to)
    answers = [dashboard.ask(query) for query in queries]
    for answer in answers:
        if answer.error or answer.engine != to:
            said = answer.error or f"answered by {answer.engine}"
            hint = "Go back: smartroute-runbook switch athena" if to == "redshift" else "Look at Athena's workgroup"
            raise VerificationFailed(f"Query {answer.query}: {said}", expected=f"an answer by {to}", hint=hint)
    rows = tuple((a.query, a.engine, a.error) for a in answers)
    return Switched(to, rows, tuple(a.milliseconds for a in answers))


def _probe(
    dashboard: Dashboard, queries: Sequence[str], answers: list[tuple[float, Answer]], stop: threading.Event
) -> None:
    while True:
        for query in queries:
            if stop.is_set():
                return
            asked = time.monotonic()
            answers.append((asked, dashboard.ask(query)))


def _until_all(
    answers: list[tuple[float, Answer]], to: str, queries: Sequence[str], started: float, timeout: float
) -> float:
    """Seconds from the switch until each query is answered by the new engine without an error, and by no other since.

    A dashboard of many containers may go on answering from the old engine here and there: its last such answer counts.
    """
    while True:
        since: dict[str, float] = {}
        for at, answer in list(answers):
            if at < started:
                continue
            if answer.engine == to and not answer.error:
                since.setdefault(answer.query, at)
            else:
                since.pop(answer.query, None)
        if set(since) == set(queries):
            return max(since.values()) - started
        if time.monotonic() - started > timeout:
            missing = ", ".join(sorted(set(queries) - set(since)))
            last = next((a.error for _, a in reversed(list(answers)) if a.error), "no answer")
            raise ServiceError(
                f"{to} did not answer {missing} within {timeout:g} s ({last})",
                hint="The switch is set; go back with rollback",
            )
        time.sleep(0.02)
