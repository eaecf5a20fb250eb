"""The steps that move the dashboard: the cut-over, the rehearsal of the way back, and a switch by itself."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from smartroute_runbook.api.routing import CANDIDATE, CONTROL, EngineName, Route
from smartroute_runbook.canonical import VOLATILE
from smartroute_runbook.errors import StaleProposal, VerificationFailed
from smartroute_runbook.runs.steps import Action, Change, Outcome, Proposal, applied_by_do
from smartroute_runbook.views import Table, View

from .agreement import Agreement, Proven
from .attempt import note_interrupted
from .dashboard import Answer, Dashboard, engine_parameter
from .moving import to_candidate, to_control
from .still_so import require_as_proven, require_still_so

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["CutOver", "RehearseWayBack", "Switch", "Switched", "switched"]

READY = "week4.ready"
_WHY = "no data moves; the other engine keeps running and keeps its data"
Queries = Iterable[str] | Mapping[str, Proven]


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
        return View(f"The dashboard reads {self.to.title()}", (table,), "good")


class Switch:
    """Point the dashboard at an engine at once, asking it all the while.

    Args:
        to: the engine that shall answer.
        queries: the dashboard's queries by name, as they were proven (see ``proven``); or names alone.
        week: the week this belongs to, for the step's name.
        agreement: compares the answers before and while Redshift gets the requests.
    """

    def __init__(
        self, to: EngineName, queries: Queries, week: str = "switch", agreement: Agreement | None = None
    ) -> None:
        self.to, self.queries, self._agreement = to, queries, agreement
        self.id = f"{week}.switch-to-{to}"
        self.needs = READY if to == CANDIDATE else None  # going back waits for nobody's signature

    def propose(self, run: Run) -> Proposal:
        """Read the parameter."""
        return _proposal(run, self.id, self.to, self.queries, settled=True)

    @applied_by_do
    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Switch while every query is asked in turn; done when each is answered by the new engine.

        Raises:
            Trouble: Redshift did not answer in time, failed or answered otherwise: the dashboard is back on Athena.
            StaleProposal: the parameter is not what it was when this was proposed.
        """
        _unmoved(run, proposal)
        note_interrupted(run, sure=True)
        if self.to == CONTROL:
            return Outcome(self.id, "applied", to_control(run, self.queries))
        require_still_so(run, READY, self.queries)
        agreement = self._agreement or Agreement(run, self.queries)
        still = partial(_still_allowed, run, self)
        return Outcome(self.id, "applied", to_candidate(run, self.queries, agreement, still=still))

    def verify(self, run: Run) -> Switched:
        """Read the parameter, and ask every query once more."""
        return switched(run, self.to, self.queries)


class RehearseWayBack:
    """Before anybody depends on it: the parameter set to Athena as it is, a trial at the first share, and back, timed.

    Done once a run.
    """

    id = "week4.rehearse-way-back"
    needs = "week3.compared"

    def __init__(self, queries: Queries, agreement: Agreement | None = None) -> None:
        self.queries, self._agreement = queries, agreement

    def propose(self, run: Run) -> Proposal:
        """Read the parameter, and whether this run has rehearsed."""
        share = run.settings.dashboard.canary_shares[0]
        moves = (
            f"{share}% of the requests to {CANDIDATE.title()} for {run.settings.dashboard.cache_seconds:g} s, and back"
        )
        action: Action = "none" if _done(run, self.id) else "modify"
        change = Change(_name(run), action, str(_standing(run)), moves, _WHY)
        return Proposal(self.id, (change,), "smartroute-runbook switch athena", {"queries": sorted(self.queries)})

    @applied_by_do
    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """There at the first share, and back.

        Raises:
            Trouble: Redshift did not answer in time, failed or answered otherwise: the dashboard is back on Athena.
        """
        _unmoved(run, proposal)
        note_interrupted(run, sure=True)
        parameter = engine_parameter(run)
        if (route := _after_trial(run)) != Route(CONTROL):
            raise StaleProposal(f"The dashboard reads {route}", expected=CONTROL, hint="Nothing to rehearse")
        parameter.write(Route(CONTROL))
        share = run.settings.dashboard.canary_shares[0]
        agreement = self._agreement or Agreement(run, self.queries)
        there = to_candidate(run, self.queries, agreement, (share,), stay=False, still=lambda: run.require(self))
        back = to_control(run, self.queries)
        return Outcome(self.id, "applied", {"there": there, "back": back})

    def verify(self, run: Run) -> Switched:
        """Read the parameter, and ask every query once more: of Athena; done before, of the engine that it names."""
        route = _after_trial(run)
        return switched(run, route.engine if _done(run, self.id) else CONTROL, self.queries)


class CutOver:
    """The dashboard to Redshift, share by share (``dashboard.canary_shares``), each raised only while all is well.

    Done once a run: a notebook that is executed again, after its gate was signed, switches nothing. A cut-over that is
    killed leaves a trial, which ends by itself; the next one begins with the first share.
    """

    id = "week4.cut-over"
    needs = READY

    def __init__(self, queries: Queries, agreement: Agreement | None = None) -> None:
        self.queries, self._agreement = queries, agreement

    def propose(self, run: Run) -> Proposal:
        """Read the parameter, and whether this run has cut over."""
        shares = {"shares": run.settings.dashboard.canary_shares}
        return _proposal(run, self.id, CANDIDATE, self.queries, settled=_done(run, self.id), **shares)

    @applied_by_do
    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Raise the shares, watched by real requests.

        Raises:
            Trouble: Redshift did not answer in time, failed or answered otherwise: the dashboard is back on Athena.
            StaleProposal: the parameter is not what it was when this was proposed.
        """
        _unmoved(run, proposal)
        note_interrupted(run, sure=True)
        require_still_so(run, READY, self.queries)
        agreement = self._agreement or Agreement(run, self.queries)
        shares, still = proposal.facts.get("shares") or (100,), partial(_still_allowed, run, self)
        return Outcome(self.id, "applied", to_candidate(run, self.queries, agreement, shares, still=still))

    def verify(self, run: Run) -> Switched:
        """Read the parameter, and ask every query once more."""
        return switched(run, CANDIDATE, self.queries)


def _still_allowed(run: Run, step: Switch | CutOver) -> None:
    run.require(step)
    require_as_proven(run)


def _done(run: Run, step: str) -> bool:
    return any(entry.body["step"] == step for entry in run.journal.of("finished"))


def _name(run: Run) -> str:
    return f"SSM parameter {run.settings.dashboard.engine_parameter}"


def _proposal(run: Run, step: str, to: EngineName, queries: Queries, *, settled: bool, **facts: Any) -> Proposal:
    # Going back trusts no clock: the parameter is set to Athena, though its trial seems to have ended.
    now = str(_standing(run) if to == CANDIDATE else engine_parameter(run).read())
    back = CONTROL if to == CANDIDATE else CANDIDATE
    # An attempt that was killed may have set it without having looked at what users get: that one is made again.
    ended = all(one.outcome != "no end" for one in run.switches().switches)
    action: Action = "none" if settled and now == to and ended else "modify"
    change = Change(_name(run), action, now, to, _WHY)
    return Proposal(step, (change,), f"smartroute-runbook switch {back}", {"queries": sorted(queries), **facts})


def _standing(run: Run) -> Route:
    """The route as users have it: a trial that has ended, such as a killed attempt leaves, is Athena's."""
    route = engine_parameter(run).read()
    return Route(CONTROL) if route.over(datetime.now(UTC)) else route


def _after_trial(run: Run) -> Route:
    """The route once no trial is under way: what a killed attempt left has ended within ``trial_seconds``."""
    end = time.monotonic() + run.settings.dashboard.trial_seconds + 2
    while (route := _standing(run)).until is not None and time.monotonic() < end:  # later: somebody renews it
        time.sleep(0.2)
    return route


def _unmoved(run: Run, proposal: Proposal) -> None:
    """Apply the change that was proposed, and no other."""
    now, proposed = engine_parameter(run).read(), str(proposal.changes[0].before)
    if proposed not in (str(now), str(_standing(run))):
        raise StaleProposal(f"The dashboard's parameter is {now}, and was {proposed}", hint="Propose again and read it")


def switched(run: Run, to: EngineName, queries: Iterable[str]) -> Switched:
    """What users get now.

    Raises:
        VerificationFailed: the parameter names another engine, or a query is not answered by this one.
    """
    dashboard = Dashboard(run)
    route = dashboard.route()
    if route != Route(to) and not (to == CONTROL and route.over(datetime.now(UTC))):
        raise VerificationFailed(f"The dashboard's parameter is {route}", expected=to)
    # The API may follow the value before this one for as long as it keeps one.
    end = time.monotonic() + run.settings.dashboard.cache_seconds + 1
    answers = [_answered(dashboard, query, to, end) for query in sorted(queries)]
    for answer in answers:
        if answer.error or answer.engine != to:
            why = answer.error or f"answered by {answer.engine}"
            hint = "Go back: smartroute-runbook switch athena" if to == CANDIDATE else "Look at Athena's workgroup"
            raise VerificationFailed(f"Query {answer.query}: {why}", expected=f"an answer by {to}", hint=hint)
    rows = tuple((a.query, a.engine, a.error) for a in answers)
    return Switched(to, rows, tuple(a.milliseconds for a in answers))


def _answered(dashboard: Dashboard, query: str, to: EngineName, end: float) -> Answer:
    while (answer := dashboard.ask(query)).engine != to and not answer.error and time.monotonic() < end:
        time.sleep(0.2)
    return answer
