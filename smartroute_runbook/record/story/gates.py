"""Rules over the gates of a week: reached, unblocked, signed by enough people in time, and not taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from smartroute_runbook.errors import RunbookError
from smartroute_runbook.quantities import plural
from smartroute_runbook.record.layout import SINCE_0_2, needed_by
from smartroute_runbook.runs.journal import Entry
from smartroute_runbook.runs.names import fold
from smartroute_runbook.runs.plan import gate_evidence, gate_items, step_rule
from smartroute_runbook.runs.signatures import AUTOMATIC, NotCounted, Signature, Terms, people, read_signature
from smartroute_runbook.runs.switching import gone_back

from .story import Reason, Rule, Story, moment_of, text

__all__ = ["GATE_RULES", "counted", "end_of", "holding", "needed_of", "shown_before"]


def shown_before(story: Story, gate: str, n: int) -> Entry | None:
    """What a gate showed last before entry ``n``."""
    return next((e for e in reversed(story.of("gate", gate=gate)) if e.n < n), None)


def holding(story: Story, gate: str, shown: Entry, n: int, *, aged: bool = False, after: int = 0) -> int:
    """How many people's signatures over what a gate showed hold just before entry ``n``.

    Args:
        story: the record.
        gate: its name.
        shown: the entry that shows it.
        n: an entry's number.
        aged: signatures that have expired count too: what they allowed is done.
        after: only signatures after this entry count.
    """
    valid: list[Signature] = []
    for entry in story.of("signature", "revoked", gate=gate):
        if entry.n >= n:
            break
        if entry.kind == "revoked":
            valid = []
            continue
        if entry.n <= after:
            continue
        signature = counted(story, gate, shown, entry, None if aged else n)
        if isinstance(signature, Signature) and signature.evidence == shown.body.get("evidence"):
            valid.append(signature)
    return len(people(valid))


def counted(story: Story, gate: str, shown: Entry, entry: Entry, n: int | None) -> Signature | NotCounted:
    """A signature by the terms of its run, as of entry ``n``; None: as of when it was made.

    An older record's signatures name neither run nor caller: of those, names alone tell people apart.
    """
    older = "where" not in story.opened
    settings = _section(story.opened, "settings")
    gates = _section(settings, "gates")
    rehearsal = older or story.opened.get("environment") == "rehearsal"
    days, keys = gates.get("valid_days", 90), _section(gates, "signers")
    terms = Terms(str(story.opened.get("run", "")), rehearsal, days if isinstance(days, (int, float)) else 90, keys)
    if older:
        body = {"run": terms.run, **entry.body}
        entry = replace(entry, body={key: value for key, value in body.items() if key not in ("caller", "reasons")})
    judged = story.entries[min(n, len(story.entries)) - 1] if n else entry
    try:
        against = _section(shown.body, "against")
        return read_signature(entry, terms, _items(gate, shown), against, moment_of(judged.at) or story.now)
    except (RunbookError, TypeError, ValueError) as error:  # a key that is none, a body of another form
        return NotCounted(text(entry, "signer"), entry.n, str(error))


def _items(gate: str, shown: Entry) -> tuple[str, ...]:
    return gate_items(gate, stay=bool(shown.body.get("stay")))


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = values.get(name)
    return value if isinstance(value, Mapping) else {}


def needed_of(shown: Entry) -> int:
    """How many people's signatures a gate asks for, as it was shown."""
    needed = shown.body.get("needed", 1)
    return needed if isinstance(needed, int) else 1


def end_of(story: Story, week: str) -> int:
    """The entry by which a week's gates must be signed: its newest end."""
    finished = story.last("week-finished", week)
    return finished.n if finished else len(story.entries) + 1


def reached(story: Story, week: str) -> Iterator[Reason]:
    """Every gate of the week was reached before the week was finished."""
    end = end_of(story, week)
    for gate in story.gates(week):
        if shown_before(story, gate, end) is None:
            ended = end <= len(story.entries)
            yield Reason(end if ended else 0, f"gate {gate} was not reached", open=not ended)


def signed(story: Story, week: str) -> Iterator[Reason]:
    """Each gate, as it was shown last before the end, is signed by enough people and blocked by nothing."""
    end, under_way = end_of(story, week), story.last("week-finished", week) is None
    for gate in story.gates(week):
        shown = shown_before(story, gate, end)
        if shown is None:
            continue
        blocks = shown.body.get("blocks")
        if blocks:
            reasons = "; ".join(map(str, blocks)) if isinstance(blocks, (list, tuple)) else str(blocks)
            yield Reason(shown.n, f"gate {gate} is blocked: {reasons}", open=under_way)
        have, needed = holding(story, gate, shown, end), needed_of(shown)
        if have < max(1, needed):
            yield Reason(
                shown.n, f"gate {gate} has {have} of {plural(needed, 'signature')} over its evidence", open=under_way
            )


def shown_whole(story: Story, week: str) -> Iterator[Reason]:
    """A gate was shown all the evidence that the plan wants."""
    for gate in story.gates(week) if "where" in story.opened else ():
        for shown in story.of("gate", gate=gate):
            wanted = gate_evidence(gate, stay=bool(shown.body.get("stay")))
            lacking = [name for name in wanted if name not in _section(shown.body, "evidence")]
            if lacking and not shown.body.get("blocks"):
                yield Reason(shown.n, f"gate {gate} was shown without {', '.join(lacking)}")


def still_signed(story: Story, week: str) -> Iterator[Reason]:
    """No signature that the week rests on was taken back since."""
    finished = story.last("week-finished", week)
    for gate in story.gates(week) if finished else ():
        shown = shown_before(story, gate, end_of(story, week))
        if shown is None:
            continue
        before = holding(story, gate, shown, end_of(story, week), aged=True)
        now = holding(story, gate, shown, len(story.entries) + 1, aged=True)
        if before >= needed_of(shown) > now:
            revoked = story.of("revoked", gate=gate)[-1]
            yield Reason(revoked.n, f"gate {gate} was revoked by {text(revoked, 'signer')} after the week was finished")


def signed_in_time(story: Story, week: str) -> Iterator[Reason]:
    """A step was started only while the gates that it needs were signed."""
    for step in story.of("started"):
        name = text(step, "step")
        rule = step_rule(name)
        if not name.startswith(f"week{week}.") or rule is None or (rule.stay and "where" not in story.opened):
            continue
        for gate in _known(story, week, needed_by(name)):
            shown = shown_before(story, gate, step.n)
            if shown is None or holding(story, gate, shown, step.n, aged=rule.upkeep) < max(1, needed_of(shown)):
                yield Reason(step.n, f"step {name} was started before gate {gate} was signed")


def _known(story: Story, week: str, gates: Sequence[str]) -> list[str]:
    """Those of the gates that the version knew which made the week."""
    return [gate for gate in gates if gate not in SINCE_0_2 or not story.made_before_0_2(week)]


def as_signed(story: Story, week: str) -> Iterator[Reason]:
    """What was applied is the proposal that was signed, where the plan says that the gate holds it."""
    for step in story.of("finished", status="applied"):
        name = text(step, "step")
        rule = step_rule(name)
        if rule is None or not rule.signed or not name.startswith(f"week{week}."):
            continue
        if not rule.needs or not _known(story, week, (rule.needs,)):
            continue
        held = [shown.body.get("evidence") for shown in story.of("gate", gate=rule.needs) if shown.n < step.n]
        names = [evidence.get(f"{name}.proposal") for evidence in held if isinstance(evidence, Mapping)]
        if step.body.get("proposal") not in names:
            yield Reason(step.n, f"step {name} applied another proposal than gate {rule.needs} holds")


def switched_in_time(story: Story, week: str) -> Iterator[Reason]:
    """The dashboard was pointed at Redshift only while it was signed; going back never waits.

    A trial with a share of the requests rehearses the way back, after the comparison; all of them need the last gate,
    measured and signed after the dashboard went back last.
    """
    for entry in story.of("switching", "switched", to="redshift") if week == "4" else ():
        whole = entry.body.get("share", 100) == 100
        gate = "week4.ready" if whole and not story.made_before_0_2(week) else "week3.compared"
        shown = shown_before(story, gate, entry.n)
        back = _went_back(story, entry.n) if gate == "week4.ready" else 0
        if shown is None or not holding(story, gate, shown, entry.n, aged=True):
            yield Reason(entry.n, f"the dashboard was pointed at Redshift before gate {gate} was signed")
        elif not holding(story, gate, shown, entry.n, aged=True, after=back):
            yield Reason(entry.n, f"the dashboard was pointed at Redshift again, and gate {gate} was not signed anew")
        elif shown.n <= back:
            yield Reason(entry.n, f"the dashboard was pointed at Redshift again, and gate {gate} was not measured anew")


def _went_back(story: Story, n: int) -> int:
    """The entry with which the dashboard left Redshift, before entry ``n``; 0: it did not; ``n``: nobody can tell."""
    try:
        attempt = gone_back(entry for entry in story.entries if entry.n < n)
    except (ValueError, TypeError, OverflowError):  # an attempt that is not formed as the runbook writes it
        return n
    return attempt.entry if attempt else 0


def confirmed(story: Story, week: str) -> Iterator[Reason]:
    """Each signature was given in this run, by somebody, over the points of the plan."""
    for gate in story.gates(week):
        for entry in story.of("signature", gate=gate):
            shown = shown_before(story, gate, entry.n)
            if shown is None:
                yield Reason(entry.n, f"gate {gate} was signed before it was shown")
                continue
            signature = counted(story, gate, shown, entry, None)
            if isinstance(signature, NotCounted):
                yield Reason(
                    entry.n, f"gate {gate}: the signature of '{signature.signer}' does not count: {signature.why}"
                )
            elif signature.caller and str(entry.body["caller"].get("account")) not in signature.caller.split(":"):
                yield Reason(entry.n, f"gate {gate}: the caller of '{signature.signer}' is not of the account it names")
            elif list(entry.body["checked"]) != list(_items(gate, shown)):
                yield Reason(entry.n, f"gate {gate}: '{signature.signer}' confirmed other points than the plan's")


def needed_kept(story: Story, week: str) -> Iterator[Reason]:
    """As many signatures were asked for as when the run was opened."""
    settings = story.opened.get("settings")
    gates = settings.get("gates") if isinstance(settings, Mapping) else None
    wanted = gates.get("signatures", 1) if isinstance(gates, Mapping) else 1
    for gate in story.gates(week):
        for shown in story.of("gate", gate=gate):
            if isinstance(wanted, int) and needed_of(shown) < wanted:
                yield Reason(
                    shown.n,
                    f"gate {gate} asks for {plural(needed_of(shown), 'signature')}, the run was opened with {wanted}",
                )


def signed_by_people(story: Story, week: str) -> Iterator[Reason]:
    """Only a rehearsal signs by itself."""
    if story.opened.get("rehearsal") is True:
        return
    for gate in story.gates(week):
        for entry in story.of("signature", gate=gate):
            if fold(text(entry, "signer")).startswith(fold(AUTOMATIC)):
                yield Reason(entry.n, f"gate {gate} was signed by '{text(entry, 'signer')}', which is not a person")


GATE_RULES: Sequence[Rule] = (
    reached, shown_whole, signed, still_signed, signed_in_time, as_signed, switched_in_time, confirmed, needed_kept,
    signed_by_people,
)  # fmt: skip
