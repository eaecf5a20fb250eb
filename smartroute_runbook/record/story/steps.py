"""Rules over what was done: each step that a finished week rests on was begun, ended, read again, and is the plan's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smartroute_runbook.quantities import plural
from smartroute_runbook.record.layout import DONE, SINCE_0_2
from smartroute_runbook.runs.as_proven import not_as_proven
from smartroute_runbook.runs.journal import Entry
from smartroute_runbook.runs.plan import WEEKS, step_rule

from .gates import end_of, shown_before
from .story import Reason, Rule, Story, text

__all__ = ["STEP_RULES"]


def done(story: Story, week: str) -> Iterator[Reason]:
    """What the plan's week does, and what its gates hold as signed proposals, was carried out before its end."""
    finished = story.last("week-finished", week)
    if finished is None:
        return
    ended = {(text(entry, "step"), text(entry, "proposal")) for entry in story.of("finished") if entry.n < finished.n}
    names = {name for name, _ in ended}
    known = SINCE_0_2 if story.made_before_0_2(week) else frozenset()
    for step in DONE.get(week, ()) if not _stays(story) else ():
        if step not in names | known:
            yield Reason(finished.n, f"the week is finished, and step {step} was never carried out")
    for gate in story.gates(week):
        shown = shown_before(story, gate, finished.n)
        evidence = shown.body.get("evidence") if shown else None
        for name, proposal in evidence.items() if isinstance(evidence, Mapping) else ():
            step = str(name).removesuffix(".proposal")
            rule = step_rule(step)
            if step != name and rule and rule.signed and (step, proposal) not in ended:
                yield Reason(finished.n, f"gate {gate} holds the proposal of {step}, which was not carried out")


def _stays(story: Story) -> bool:
    shown = next(reversed(story.of("gate", gate="week1.decision")), None)
    return bool(shown and shown.body.get("stay"))


def ended(story: Story, week: str) -> Iterator[Reason]:
    """A step ends after it was begun with the same proposal; none is left begun or stopped when its week ends."""
    end, under_way = end_of(story, week), story.last("week-finished", week) is None
    begun: dict[str, Entry] = {}
    for entry in story.of("started", "stopped", "finished"):
        step = text(entry, "step")
        rule = step_rule(step)
        if not step.startswith(f"{_prefix(week)}.") or (rule and rule.way_back):  # which goes on without a journal
            continue
        if entry.kind != "finished":
            begun[step] = entry
            continue
        start = begun.pop(step, None)
        if entry.body.get("status", "applied") not in ("applied", "unchanged"):
            yield Reason(entry.n, f"step {step} ends as '{text(entry, 'status')}', which is not an end")
        if start is None or start.kind == "stopped":
            yield Reason(entry.n, f"step {step} ends and was not begun")
        elif text(start, "proposal") != text(entry, "proposal"):
            yield Reason(entry.n, f"step {step} ends with another proposal than it began with")
    for step, entry in begun.items():
        if entry.n < end:
            yield Reason(entry.n, f"step {step} was begun and not brought to its end", open=under_way)


def _prefix(week: str) -> str:
    return f"week{week}" if week.isdigit() else week


def read_again(story: Story, week: str) -> Iterator[Reason]:
    """What a step's end names as verified is what was recorded of that step before."""
    for entry in story.of("finished"):
        step = text(entry, "step")
        if not step.startswith(f"{_prefix(week)}.") or "evidence" not in entry.body:
            continue
        kept = story.of("evidence", name=f"{step}.verified", digest=text(entry, "evidence"))
        if not any(one.n < entry.n for one in kept):
            yield Reason(entry.n, f"step {step} ends with what it verified, which is not recorded as such")
    if week.isdigit():
        for entry in story.of("finished", status="applied"):
            rule = step_rule(text(entry, "step"))
            if text(entry, "step").startswith(f"week{week}.") and rule and "evidence" not in entry.body:
                yield Reason(entry.n, f"step {text(entry, 'step')} was applied, and nothing was read again")


_SWITCHES = {"week4.rehearse-way-back": "athena", "week4.cut-over": "redshift"}


def switched(story: Story, week: str) -> Iterator[Reason]:
    """The steps that move the dashboard moved it, and it is on Redshift when week 4 is finished."""
    if week != "4":
        return
    for entry in story.of("finished", status="applied"):
        to = _SWITCHES.get(text(entry, "step"))
        start = next((e for e in reversed(story.of("started", step=text(entry, "step"))) if e.n < entry.n), None)
        if to and start and not any(start.n < e.n < entry.n for e in story.of("switched", to=to)):
            yield Reason(entry.n, f"step {text(entry, 'step')} was applied, and the dashboard was not switched to {to}")
    finished = story.last("week-finished", week)
    moves = story.of("switching", "switched", "switch-failed", "switch-interrupted") if finished else []
    last = next((e for e in reversed(moves) if finished and e.n < finished.n), None)
    if finished and (last is None or last.kind != "switched" or _whole(last) is False):
        yield Reason(
            last.n if last else finished.n, "week 4 is finished, and the dashboard is not on Redshift as a whole"
        )


def moved_as_proven(story: Story, week: str) -> Iterator[Reason]:
    """Users were moved only while the newest proof held: it found all equal, and no row of it was loaded again."""
    for entry in story.of("switching", to="redshift") if week == "4" else ():
        if _whole(entry) and (why := not_as_proven(e for e in story.entries if e.n < entry.n)):
            yield Reason(entry.n, f"the dashboard was pointed at Redshift, and its tables were not as proven: {why}")


def _whole(entry: Entry) -> bool:
    return text(entry, "to") == "redshift" and entry.body.get("share", 100) == 100


def loaded_before_proof(story: Story, week: str) -> Iterator[Reason]:
    """What was loaded is in the journal, adds up, and did not move between its proof and the end of the week."""
    if week != "2":
        return
    moves = story.of("loaded", "removed", "mended")
    for entry in story.of("finished", step="week2.load", status="applied"):
        if not any(move.kind == "loaded" and move.n < entry.n for move in moves):
            yield Reason(entry.n, "step week2.load was applied, and nothing is told that was loaded")
    for entry in story.of("loaded"):
        partitions, rows = entry.body.get("partitions"), entry.body.get("rows")
        counts = (
            [state[1] for state in partitions.values()]
            if isinstance(partitions, Mapping) and _pairs(partitions)
            else []
        )
        if counts and isinstance(rows, int) and rows != sum(counts):
            yield Reason(entry.n, f"it tells {plural(rows, 'row')} as loaded, and {sum(counts)} in its partitions")
    finished = story.last("week-finished", week)
    shown = shown_before(story, "week2.loaded", finished.n) if finished else None
    for move in moves if shown and finished else ():
        if shown and finished and shown.n < move.n < finished.n:
            yield Reason(
                move.n, f"rows of {text(move, 'table')} moved after the proof and before the week was finished"
            )


def _pairs(partitions: Mapping[str, object]) -> bool:
    return all(isinstance(s, (list, tuple)) and len(s) == 2 and isinstance(s[1], int) for s in partitions.values())


def of_the_plan(story: Story, week: str) -> Iterator[Reason]:
    """Outside a rehearsal nothing is done, and nothing is signed, that the plan does not know."""
    if story.opened.get("rehearsal") is True:
        return
    for entry in story.of("started", "finished"):
        step = text(entry, "step")
        if _belongs_to(step, week) and step_rule(step) is None:
            yield Reason(entry.n, f"step {step} is none of the plan's")
    for entry in story.of("gate", "signature"):
        gate = text(entry, "gate")
        if _belongs_to(gate, week) and gate not in story.gates(week):
            yield Reason(entry.n, f"gate {gate} is none of the plan's")


def _belongs_to(name: str, week: str) -> bool:
    """A name of this week; one of no week is told with the first."""
    prefix = name.partition(".")[0]
    return prefix == _prefix(week) or (week == "1" and prefix not in {"switch", *map(_prefix, WEEKS)})


STEP_RULES: Sequence[Rule] = (done, ended, read_again, switched, moved_as_proven, loaded_before_proof, of_the_plan)
