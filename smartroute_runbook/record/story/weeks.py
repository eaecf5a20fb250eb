"""What a record can say of each week: signed, or why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smartroute_runbook.runs.plan import WEEKS
from smartroute_runbook.runs.switching import unsettled

from .evidence import EVIDENCE_RULES
from .facts import FACT_RULES
from .gates import GATE_RULES
from .notebooks import NOTEBOOK_RULES, final_seal, remarks
from .pages import PAGE_RULES
from .place import PLACE_RULES
from .steps import STEP_RULES
from .story import Reason, Story, text

__all__ = ["Claim", "claims_of"]


_RULES = (*GATE_RULES, *STEP_RULES, *PLACE_RULES, *FACT_RULES, *EVIDENCE_RULES, *NOTEBOOK_RULES, *PAGE_RULES)


@dataclass(frozen=True)
class Claim:
    """What a record says of a week.

    Attributes:
        begun: whether the week was begun at all.
        reasons: why it is not signed, in the order of the rules.
        remarks: what a reader should know although it is.
    """

    week: str
    begun: bool
    reasons: tuple[Reason, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """``signed``, ``not begun``, or ``not signed: `` and why."""
        if not self.begun and not self.reasons:
            return "not begun"
        listed = "; ".join(f"{one.what} (entry {one.entry})" if one.entry else one.what for one in self.reasons)
        return f"not signed: {listed}" if listed else "signed"

    def holds(self, *, under_way: bool) -> bool:
        """Whether nothing speaks against it; of a run under way, what going on may mend does not."""
        return all(under_way and reason.open for reason in self.reasons)


def claims_of(story: Story) -> tuple[Claim, ...]:
    """A claim for each week, and for the rollback where there was one."""
    found = (_claim(story, week) for week in WEEKS)
    return tuple(claim for claim in found if claim.week != "rollback" or claim.begun)


def _claim(story: Story, week: str) -> Claim:
    begun = bool(story.of("week-started", "week-finished", "sealed", week=week))
    rules = (finished, in_order, *_RULES, stays, sealed) if begun else (in_order,)
    reasons = tuple(reason for rule in rules for reason in rule(story, week))
    return Claim(week, begun, reasons, tuple(remarks(story, week)))


def finished(story: Story, week: str) -> Iterator[Reason]:
    """The week was begun, and reached its last cell after it was last begun."""
    begun, ended = story.last("week-started", week), story.last("week-finished", week)
    if begun is None:
        yield Reason(ended.n if ended else 0, "it was never begun", open=ended is None)
    if ended is None:
        yield Reason(begun.n if begun else 0, "it is not finished", open=True)
    elif begun is not None and not any(b.n < ended.n for b in story.of("week-started", week=week)):
        yield Reason(ended.n, "it was finished before it was begun")


def stays(story: Story, week: str) -> Iterator[Reason]:
    """Week 4 ends with the dashboard on Redshift, and no rule of the watch against it."""
    ended = story.last("week-finished", week) if week == "4" else None
    if ended is None:
        return
    try:
        why = unsettled(entry for entry in story.entries if entry.n < ended.n)
    except (ValueError, TypeError, OverflowError):
        why = "an attempt to switch is not formed as the runbook writes it"
    if why:
        yield Reason(ended.n, f"it was finished, and {why}")


def in_order(story: Story, week: str) -> Iterator[Reason]:
    """The week before was finished and sealed when this one was begun, and no week is missing between two."""
    if week not in "1234":
        return
    later = [entry for n in "1234" if n > week for entry in story.of("week-started", week=n)]
    begun = story.of("week-started", week=week)
    if later and not begun:
        yield Reason(later[0].n, f"week {text(later[0], 'week')} was begun without it")
    before = str(int(week) - 1)
    if week != "1" and begun:
        ends = [entry.n for entry in story.of("week-finished", week=before)]
        if not any(end < begun[0].n for end in ends):
            yield Reason(begun[0].n, f"it was begun before week {before} was finished")


def sealed(story: Story, week: str) -> Iterator[Reason]:
    """A notebook that ended well was sealed after the week was finished, before a later week was begun."""
    ended = story.last("week-finished", week)
    if ended is None:
        return
    entry = final_seal(story, week)
    if entry is None:
        others = [e for e in story.of("sealed", week=week) if e.n > ended.n]
        if others:
            yield Reason(others[-1].n, f"the journal says finished, its seal says {text(others[-1], 'status')}")
        else:
            yield Reason(ended.n, "it is finished, but not sealed", open=True)
