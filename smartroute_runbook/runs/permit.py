"""Whether a step may be done now: asked by ``Run.do`` before anything is applied, whoever calls it.

Its week was begun in this run, the gates of the weeks before and its own gate are signed now, over the evidence that
was shown last, and where the plan says so over exactly the proposal that will be applied. The way back is never asked.
"""

from __future__ import annotations

from collections.abc import Callable

from smartroute_runbook.errors import GateBlocked, Refused, SignatureVoid

from .gate import Gate
from .journal import Journal
from .plan import StepRule, gates_of, step_rule
from .steps import Proposal, Step

__all__ = ["permit", "rule_of", "stand_signed"]

Gates = Callable[[str], "Gate | None"]
"""A gate by its name over the evidence that was shown last; None where the run has not reached it."""


def rule_of(step: Step) -> StepRule:
    """What holds for a step: the plan's rule.

    A step that the plan does not know may be done too, in a run where the gate that it names is signed.

    Raises:
        Refused: the step names no gate, or another one than the plan.
    """
    needs = getattr(step, "needs", None)
    known = step_rule(step.id)
    if known is not None and needs != known.needs:
        raise Refused(
            f"{step.id} says that it needs gate '{needs}'", expected=f"'{known.needs}', as the plan has it",
            hint="Use the step as the package has it",
        )  # fmt: skip
    if known is None and not needs:
        raise Refused(
            f"Step {step.id} names no gate", expected="'needs' with the gate that lets it be done",
            hint="Only the way back needs none",
        )  # fmt: skip
    return known or StepRule(week=int(str(needs)[4]), needs=needs)


def permit(step: Step, journal: Journal, gates: Gates, proposal: Proposal | None = None) -> None:
    """Let a step be done, with this proposal once it is known, or say in one line why not.

    Raises:
        Refused: its week was not begun, or a gate before it is not signed now.
    """
    rule = rule_of(step)
    if rule.way_back or rule.needs is None or rule.week is None:
        return
    began = {entry.body.get("week") for entry in journal.of("week-started")}
    if str(rule.week) not in began:
        raise Refused(f"{step.id} is refused: week {rule.week} was not begun in this run", hint="Begin it first")
    before = [name for week in range(1, rule.week) for name in gates_of(week)]
    stand_signed(f"{step.id} is refused", [*dict.fromkeys([*before, *_up_to(rule.needs)])], gates)
    held = gates(rule.needs)
    if rule.signed and proposal and not proposal.empty and held is not None:
        shown = held.evidence.get(f"{step.id}.proposal")
        if shown != proposal.digest:
            why = "another proposal was signed" if shown else "it was signed without this proposal"
            raise SignatureVoid(
                f"{step.id} is refused: gate '{rule.needs}' does not hold what would be applied ({why})",
                hint="Propose again, show it in the gate, read it, then sign",
            )


def stand_signed(what: str, names: list[str], gates: Gates) -> None:
    """All of these gates are signed now.

    Raises:
        SignatureVoid, GateBlocked, Refused: the first that is not, and why.
    """
    kinds = {"void": SignatureVoid, "blocked": GateBlocked}
    for name in names:
        gate = gates(name)
        status = gate.status() if gate else None
        if status is None:
            raise Refused(f"{what}: gate '{name}' was not reached", hint="Run its week, read the evidence, then sign")
        if status.state != "signed":
            have = status.reason or f"it has {len(status.signatures)} of {status.needed} signatures"
            hint = f"Read its evidence, then sign it: smartroute-runbook sign {name}"
            raise kinds.get(status.state, Refused)(f"{what}: gate '{name}' is not signed ({have})", hint=hint)


def _up_to(name: str) -> list[str]:
    """The gates of this one's week up to it: nobody skips the one before."""
    names = gates_of(int(name[4]))
    return list(names[: names.index(name) + 1]) if name in names else [name]
