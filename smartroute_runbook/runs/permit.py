"""Whether a step may be done now: asked by ``Run.do`` before anything is applied, whoever calls it.

Its week was begun in this run, the gates of the weeks before and its own gate are signed now, over the evidence that
was shown last, and where the plan says so over exactly the proposal that will be applied. The way back is never asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from smartroute_runbook.errors import GateBlocked, Refused, SignatureVoid
from smartroute_runbook.quantities import plural

from .gate import Gate
from .journal import Journal
from .plan import StepRule, gate_good_for_days, gates_of, plan, step_rule
from .signatures import people
from .steps import Proposal, Step
from .switching import gone_back, unsettled

__all__ = ["good_since", "may_begin", "may_finish", "permit", "require_way_back", "rule_of"]

Gates = Callable[[str], "Gate | None"]
"""A gate by its name over the evidence that was shown last; None where the run has not reached it."""

_DECISION = "week1.decision"
_LAST = 4
"""The week that ends with the dashboard on Redshift."""
_MEASURED_BY = ("athena", "redshift", "load", "proof", "dashboard", "alarms")
"""Sections of the parameters by which the points before the cut-over are measured, and the cut-over is watched."""
_CLOCKS = timedelta(hours=1)
"""How far the clocks of machines that work on a run may be apart."""
_KINDS = {"void": SignatureVoid, "blocked": GateBlocked}


def rule_of(step: Step[Any], *, rehearsal: bool = False) -> StepRule:
    """What holds for a step: the plan's rule, whatever the step says of itself.

    Outside a rehearsal only the package's own steps are done. A rehearsal may try another one, if it names its gate;
    the journal says which code it was.

    Raises:
        Refused: the step is not the plan's, or not what it says that it is.
    """
    name, needs, rule = str(step.id), getattr(step, "needs", None), step_rule(str(step.id))
    parents = {base.__name__ for base in type(step).__mro__ if _from_package(base) and "apply" in vars(base)}
    kinds = {base.__name__ for base in type(step).__mro__ if _from_package(base)}
    ours = _from_package(type(step)) and not {"propose", "apply", "verify"} & set(getattr(step, "__dict__", ()))
    if rule is not None:
        if needs != rule.needs:
            why, expected = f"it says that it needs gate '{needs}'", f"'{rule.needs}', as the plan has it"
        elif rule.of and ((ours and rule.of != type(step).__name__) or (parents and rule.of not in kinds)):
            why, expected = f"{type(step).__name__} is another step", rule.of
        elif not ours and (rule.way_back or not rehearsal):
            why, expected = "it is not the package's own", f"{rule.of or 'the step'} as the package has it"
        else:
            return rule
    elif not rehearsal or parents:
        why, expected = "the plan does not know it", "a step of plan.yaml"
    elif needs not in plan()["gates"]:
        why, expected = "it names no gate", "'needs' with the gate that lets it be done"
    else:
        return StepRule(week=int(str(needs)[4]), needs=needs)
    raise Refused(f"{name} is refused: {why}", expected=expected)


def _from_package(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == __name__.partition(".")[0]


def require_way_back(step: Step[Any], proposal: Proposal) -> None:
    """Going back ends on the control, and changes nothing else: that is why nobody is asked.

    Raises:
        Refused: the step would do something else.
    """
    ends = {change.after for change in proposal.changes}
    if ends != {"athena"}:
        raise Refused(f"{step.id} is refused: it would not go back to Athena, but to {ends or 'nothing'}")


def permit(step: Step[Any], rule: StepRule, journal: Journal, gates: Gates, proposal: Proposal | None = None) -> None:
    """Let a step be done, with this proposal once it is known, or say in one line why not.

    Raises:
        Refused: its week was not begun, or a gate before it is not signed now.
    """
    if rule.needs is None or rule.week is None:
        raise Refused(f"{step.id} is refused: the plan names no gate for it")
    what = f"{step.id} is refused"
    if not rule.upkeep:
        _require_clock(what, journal)
    if not _began(rule.week, journal):
        raise Refused(f"{what}: week {rule.week} was not begun in this run", hint="Begin it first")
    names = [name for week in range(1, rule.week) for name in gates_of(week)]
    names += [name for name in _up_to(rule.needs) if name not in names]
    _require_signed(what, names, gates, upkeep=rule.upkeep)
    _require_decided(what, gates, stay=rule.stay)
    held = gates(rule.needs)
    if held is not None:
        _require_good(what, held, journal)
    if rule.signed and proposal and not proposal.empty and held is not None:
        shown = held.evidence.get(f"{step.id}.proposal")
        if shown != proposal.digest:
            why = "another proposal was signed" if shown else "it was signed without this proposal"
            raise SignatureVoid(
                f"{what}: gate '{rule.needs}' does not hold what would be applied ({why})",
                hint="Propose again, show it in the gate, read it, then sign",
            )


def _require_clock(what: str, journal: Journal) -> None:
    """A clock that is set back makes expired signatures count again."""
    entries, now = journal.entries(), datetime.now(UTC)
    newest = datetime.fromisoformat(entries[-1].at) if entries else now
    if newest > now + _CLOCKS:
        raise Refused(
            f"{what}: this machine's clock is behind the journal, whose newest entry is of {newest:%Y-%m-%d %H:%M} UTC",
            expected=f"no more than {_CLOCKS} behind; it is {now:%Y-%m-%d %H:%M} UTC here", hint="Set the clock right",
        )  # fmt: skip


@dataclass(frozen=True)
class GoodSince:
    """Since when what was measured and signed says something of now.

    Attributes:
        entry: of the journal: only later ones count. Its order is known, whatever the clocks of several machines say.
        why: what that entry says.
        days: after which it is too old: there only a clock can tell.
    """

    entry: int
    why: str
    days: float

    def reason(self, entry: int, at: str) -> str:
        """Why what was journaled with this number at this moment says nothing any more; '' where it does."""
        if entry <= self.entry:
            return self.why
        old = datetime.fromisoformat(at) <= datetime.now(UTC) - timedelta(days=self.days)
        return f"more than {plural(self.days, 'day')} ago" if old else ""


def good_since(journal: Journal, days: float) -> GoodSince:
    """Since when what was measured and signed says something of now, and why not longer.

    It says nothing where it is ``days`` old, users were sent back since, or parameters changed by which it is measured.
    """
    entry, why = 0, ""
    if back := gone_back(journal.entries()):
        entry, why = back.entry, f"before the dashboard went back to Athena ({back.ended[:16].replace('T', ' ')} UTC)"
    for changed in journal.of("settings-changed"):
        names = [str(name) for name in changed.body.get("changed", ()) if str(name).partition(".")[0] in _MEASURED_BY]
        if names and changed.n > entry:
            entry, why = changed.n, f"before {', '.join(names)} changed"
    return GoodSince(entry, why, days)


def _require_good(what: str, gate: Gate, journal: Journal) -> None:
    """Both were done lately: who signs today over what was shown last week has signed for last week."""
    days = gate_good_for_days(gate.name)
    if days is None:
        return
    good = good_since(journal, days)
    shown = [good.reason(entry.n, entry.at) for entry in journal.of("gate") if entry.body.get("gate") == gate.name]
    signed = [(one, good.reason(one.entry, one.at)) for one in gate.status().signatures]
    old = {"measured": shown[-1]} if shown and shown[-1] else {}
    if len(people([one for one, reason in signed if not reason])) < gate.needed:
        old["signed"] = next((reason for _, reason in signed if reason), "by too few")
    if old:
        raise SignatureVoid(
            f"{what}: gate '{gate.name}' was {' and '.join(old)} {', '.join(dict.fromkeys(old.values()))}",
            hint="Measure anew (week 4), read the evidence, then sign",
        )


def may_begin(week: int, journal: Journal, gates: Gates) -> None:
    """Weeks before are finished, and their gates are signed now: a revocation counts, whenever it was made.

    Raises:
        Refused: why not.
    """
    if week == 1:
        return
    what = f"Week {week} cannot start"
    over = {entry.body.get("week") for entry in journal.of("week-finished")}
    if str(week - 1) not in over:
        raise Refused(f"{what}: week {week - 1} is not finished", hint="Run it first")
    _require_decided(what, gates, stay=False)
    _require_signed(what, [name for earlier in range(1, week) for name in gates_of(earlier)], gates)


def may_finish(week: int, journal: Journal, gates: Gates) -> str:
    """All gates up to this week's are signed now; the day to look again, where week 1 decided to stay.

    Raises:
        Refused: why not.
    """
    what = f"Week {week} cannot be finished"
    if not _began(week, journal):
        raise Refused(f"{what}: it was not begun in this run", hint="Begin it first")
    if week > 1:
        _require_decided(what, gates, stay=False)
    if week == _LAST and (why := unsettled(journal.entries())):
        raise Refused(f"{what}: {why}", hint="Find the cause and mend it, then cut over again: run week 4 from the top")
    _require_signed(what, [name for earlier in range(1, week + 1) for name in gates_of(earlier)], gates)
    decision = gates(_DECISION)
    return decision.stay if week == 1 and decision else ""


def _began(week: int, journal: Journal) -> bool:
    return any(entry.body.get("week") == str(week) for entry in journal.of("week-started"))


def _require_signed(what: str, names: Sequence[str], gates: Gates, *, upkeep: bool = False) -> None:
    """All of these gates are signed now. Upkeep goes on when signatures have grown old: what they allowed is done."""
    for name in names:
        gate = gates(name)
        if gate is None:
            raise Refused(f"{what}: gate '{name}' was not reached", hint="Run its week, read the evidence, then sign")
        status = gate.status(aged=upkeep)
        if status.state != "signed":
            have = status.reason or f"{status.persons} of {plural(status.needed, 'signature')}"
            hint = f"Read its evidence, then sign it: smartroute-runbook sign {name}"
            raise _KINDS.get(status.state, Refused)(f"{what}: gate '{name}' is not signed ({have})", hint=hint)


def _require_decided(what: str, gates: Gates, *, stay: bool) -> None:
    decision = gates(_DECISION)
    if decision and bool(decision.stay) != stay:
        verdict = f"to stay on Athena and look again on {decision.stay}" if decision.stay else "to migrate"
        raise Refused(f"{what}: the decision that was signed is {verdict}", hint="Another decision is another run")


def _up_to(name: str) -> list[str]:
    """The gates of this one's week up to it: nobody skips the one before."""
    names = gates_of(int(name[4]))
    return list(names[: names.index(name) + 1])
