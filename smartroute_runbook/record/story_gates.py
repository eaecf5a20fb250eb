"""Rules over the gates of a week: reached, unblocked, signed by enough people in time, and not taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smartroute_runbook.engines.clients import Caller, person_of
from smartroute_runbook.runs.gate import AUTOMATIC
from smartroute_runbook.runs.journal import Entry
from smartroute_runbook.runs.names import fold
from smartroute_runbook.runs.plan import gate_items, step_rule

from .layout import gates_of, needed_by
from .story import Reason, Rule, Story, moment_of, text

__all__ = ["GATE_RULES", "holding", "shown_before"]


def shown_before(story: Story, gate: str, n: int) -> Entry | None:
    """What a gate showed last before entry ``n``."""
    return next((e for e in reversed(story.of("gate", gate=gate)) if e.n < n), None)


def holding(story: Story, gate: str, evidence: Any, n: int) -> list[Entry]:
    """The signatures over exactly this evidence that hold just before entry ``n``, one for each person."""
    valid: list[Entry] = []
    for entry in story.of("signature", "revoked", gate=gate):
        if entry.n >= n:
            break
        if entry.kind == "revoked":
            valid = [one for one in valid if not _takes_back(entry, one)]
        elif entry.body.get("evidence") == evidence:
            valid.append(entry)
    people: list[Entry] = []
    for entry in valid:
        if not any(_same_person(story, entry, other) for other in people):
            people.append(entry)
    return people


def _takes_back(revocation: Entry, signature: Entry) -> bool:
    """A revocation takes back the signatures it names by entry; one that names none takes back all."""
    named = revocation.body.get("entries")
    return not isinstance(named, (list, tuple)) or signature.n in named


def _same_person(story: Story, one: Entry, other: Entry) -> bool:
    """As while the run goes on: one name in two spellings is one person; outside a rehearsal one caller is, too."""
    if fold(text(one, "signer")) == fold(text(other, "signer")):
        return True
    if story.opened.get("environment") == "rehearsal":
        return False  # a stand-in knows one caller
    callers = [_person(entry.body.get("caller")) for entry in (one, other)]
    return bool(callers[0]) and callers[0] == callers[1]


def _person(caller: Any) -> str:
    names = ("account", "arn", "user_id")
    if not isinstance(caller, Mapping):
        return str(caller or "")
    return person_of(Caller(*(str(caller.get(name, "")) for name in names)))


def _needed(shown: Entry) -> int:
    needed = shown.body.get("needed", 1)
    return needed if isinstance(needed, int) else 1


def _end(story: Story, week: str) -> int:
    """The entry by which a week's gates must be signed: its newest end."""
    finished = story.last("week-finished", week)
    return finished.n if finished else len(story.entries) + 1


def reached(story: Story, week: str) -> Iterator[Reason]:
    """Every gate of the week was reached before the week was finished."""
    end = _end(story, week)
    for gate in gates_of(week):
        if shown_before(story, gate, end) is None:
            yield Reason(end, f"gate {gate} was not reached", open=story.last("week-finished", week) is None)


def signed(story: Story, week: str) -> Iterator[Reason]:
    """Each gate, as it was shown last before the end, is signed by enough people and blocked by nothing."""
    end = _end(story, week)
    for gate in gates_of(week):
        shown = shown_before(story, gate, end)
        if shown is None:
            continue
        under_way = story.last("week-finished", week) is None
        blocks = shown.body.get("blocks")
        if blocks:
            reasons = "; ".join(map(str, blocks)) if isinstance(blocks, (list, tuple)) else str(blocks)
            yield Reason(shown.n, f"gate {gate} is blocked: {reasons}", open=under_way)
        have, needed = len(holding(story, gate, shown.body.get("evidence"), end)), _needed(shown)
        if have < needed:
            yield Reason(shown.n, f"gate {gate} has {have} of {needed} signatures over its evidence", open=under_way)


def still_signed(story: Story, week: str) -> Iterator[Reason]:
    """No signature that the week rests on was taken back since."""
    finished = story.last("week-finished", week)
    for gate in gates_of(week) if finished else ():
        shown = shown_before(story, gate, _end(story, week))
        if shown is None:
            continue
        evidence = shown.body.get("evidence")
        before = holding(story, gate, evidence, _end(story, week))
        now = holding(story, gate, evidence, len(story.entries) + 1)
        if len(before) >= _needed(shown) > len(now):
            revoked = story.of("revoked", gate=gate)[-1]
            yield Reason(revoked.n, f"gate {gate} was revoked by {text(revoked, 'signer')} after the week was finished")


def signed_in_time(story: Story, week: str) -> Iterator[Reason]:
    """A step was started only while the gates that it needs were signed."""
    for step in story.of("started"):
        name = text(step, "step")
        if not name.startswith(f"week{week}."):
            continue
        for gate in needed_by(name):
            shown = shown_before(story, gate, step.n)
            if shown is None or len(holding(story, gate, shown.body.get("evidence"), step.n)) < _needed(shown):
                yield Reason(step.n, f"step {name} was started before gate {gate} was signed")


def as_signed(story: Story, week: str) -> Iterator[Reason]:
    """What was applied is the proposal that was signed, where the plan says that the gate holds it."""
    for step in story.of("finished", status="applied"):
        name = text(step, "step")
        rule = step_rule(name)
        if rule is None or not rule.signed or not rule.needs or not name.startswith(f"week{week}."):
            continue
        held = [shown.body.get("evidence") for shown in story.of("gate", gate=rule.needs) if shown.n < step.n]
        names = [evidence.get(f"{name}.proposal") for evidence in held if isinstance(evidence, Mapping)]
        if step.body.get("proposal") not in names:
            yield Reason(step.n, f"step {name} applied another proposal than gate {rule.needs} holds")


def switched_in_time(story: Story, week: str) -> Iterator[Reason]:
    """The dashboard was pointed at Redshift only while the comparison was signed; going back never waits."""
    for entry in story.of("switching", "switched", to="redshift") if week == "4" else ():
        shown = shown_before(story, "week3.compared", entry.n)
        if shown is None or not holding(story, "week3.compared", shown.body.get("evidence"), entry.n):
            yield Reason(entry.n, "the dashboard was pointed at Redshift before gate week3.compared was signed")


def confirmed(story: Story, week: str) -> Iterator[Reason]:
    """Each signature confirms the points of the plan, was given in this run, and had not expired."""
    end = story.last("week-finished", week)
    for gate in gates_of(week):
        for entry in story.of("signature", gate=gate):
            checked = entry.body.get("checked")
            points = list(checked if isinstance(checked, (list, tuple)) else ())
            if points not in (list(gate_items(gate)), list(gate_items(gate, stay=True))):
                yield Reason(entry.n, f"gate {gate}: {text(entry, 'signer')} confirmed other points than the plan's")
            run = entry.body.get("run")
            if run is not None and run != story.opened.get("run"):
                yield Reason(entry.n, f"gate {gate}: the signature of {text(entry, 'signer')} is of run '{run}'")
            expires, ended = moment_of(entry.body.get("expires")), moment_of(end.at) if end else None
            if end and expires and ended and expires < ended and _counts(story, gate, entry, end.n):
                yield Reason(entry.n, f"gate {gate}: the signature of {text(entry, 'signer')} had expired")


def _counts(story: Story, gate: str, signature: Entry, end: int) -> bool:
    shown = shown_before(story, gate, end)
    return shown is not None and signature in holding(story, gate, shown.body.get("evidence"), end)


def needed_kept(story: Story, week: str) -> Iterator[Reason]:
    """As many signatures were asked for as when the run was opened."""
    settings = story.opened.get("settings")
    gates = settings.get("gates") if isinstance(settings, Mapping) else None
    wanted = gates.get("signatures", 1) if isinstance(gates, Mapping) else 1
    for gate in gates_of(week):
        for shown in story.of("gate", gate=gate):
            if isinstance(wanted, int) and _needed(shown) < wanted:
                yield Reason(
                    shown.n, f"gate {gate} asks for {_needed(shown)} signatures, the run was opened with {wanted}"
                )


def signed_by_people(story: Story, week: str) -> Iterator[Reason]:
    """Only a rehearsal signs by itself."""
    if story.opened.get("rehearsal") is True:
        return
    for gate in gates_of(week):
        for entry in story.of("signature", gate=gate):
            if text(entry, "signer").startswith(AUTOMATIC):
                yield Reason(entry.n, f"gate {gate} was signed by '{text(entry, 'signer')}', which is no person")


GATE_RULES: Sequence[Rule] = (
    reached, signed, still_signed, signed_in_time, as_signed, switched_in_time, confirmed, needed_kept,
    signed_by_people,
)  # fmt: skip
