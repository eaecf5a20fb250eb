"""How a gate looks: where one is, the evidence in words beside each point, who signed, and what was taken back.

Signed, it is one line that says what comes next; what was signed is folded below it.
"""

from __future__ import annotations

from collections.abc import Sequence

from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Folded, Note, Part, Table, Tone, View

from .gate_question import GateQuestion, GateStatus
from .plan import after_gate, gate_title
from .signatures import Signature

__all__ = ["gate_view"]

_TONES: dict[str, Tone] = {"signed": "good", "blocked": "bad", "void": "bad"}


def gate_view(gate: GateQuestion, status: GateStatus) -> View:
    """The sign-off record as it stands."""
    title, tone = f"Gate {gate.name}: {status.state.upper()}", _TONES.get(status.state, "warn")
    notes: list[Part] = [Note(_signers(status.signatures))] if status.signatures else []
    if status.state == "signed":
        notes.append(Note(f"**Next:** {after_gate(gate.name)}."))
        notes += [Note(status.reason, "warn")] if status.reason else []
        shown = {status.reason}
        return View(title, (*notes, *_taken_back(status, shown), Folded("What was signed", _asked(gate, status))), tone)
    needs = f" Needs {plural(status.needed, 'signature')}."
    notes += [Note(status.reason, "warn")] if status.reason else []
    return View(
        title,
        (
            _place(gate, "" if status.reason else needs),
            *_asked(gate, status),
            *notes,
            *_taken_back(status, {status.reason}),
        ),
        tone,
    )


def _place(gate: GateQuestion, needs: str) -> Note:
    """Where a signature counts, and as whom AWS knows who signs: production is the stronger one."""
    if not gate.terms.where:
        return Note(f"Evidence `{gate.digest[:12]}`.{needs}")
    kind, tone = ("Rehearsal", "plain") if gate.terms.rehearsal or gate.terms.stand_ins else ("PRODUCTION", "bad")
    return Note(f"**{kind}:** {gate.terms.where}. Evidence `{gate.digest[:12]}`.{needs}", tone)  # type: ignore[arg-type]


def _asked(gate: GateQuestion, status: GateStatus) -> tuple[Part, ...]:
    """The points with what the evidence says of each, and the digests that are bound."""
    signed = status.state == "signed"
    reasons = {item: why for one in status.signatures for item, why in one.reasons.items()}
    columns = ["", "point", *(["what the evidence says"] if gate.says else [])]
    columns += ["the evidence is against it"] if gate.against else []
    points = []
    for item in gate.items:
        row = ["☑" if signed else "☐", item, *([gate.says.get(item, "")] if gate.says else [])]
        points.append((*row, *([_against(gate, item, reasons)] if gate.against else [])))
    tones: tuple[Tone, ...] = tuple("warn" if item in gate.against else "plain" for item in gate.items)
    bound = Table(("evidence", "digest"), tuple((name, d[:12]) for name, d in sorted(gate.evidence.items())))
    table = Table(tuple(columns), tuple(points), gate_title(gate.name), tones=tones if gate.against else ())
    return table, Folded(f"{plural(len(gate.evidence), 'piece')} of evidence, by digest", (bound,))


def _taken_back(status: GateStatus, shown: set[str]) -> list[Note]:
    return [Note(one.words, "warn") for one in status.revoked if one.words not in shown]


def _against(gate: GateQuestion, item: str, reasons: dict[str, str]) -> str:
    if item not in gate.against:
        return ""
    return gate.against[item] + (f". Confirmed because: {reasons[item]}" if item in reasons else "")


def _signers(signatures: Sequence[Signature]) -> str:
    """Who signed, when and as whom; a caller that is the same for all is named once."""
    if len({one.caller for one in signatures}) > 1 or len(signatures) == 1:
        return "; ".join(_who(one) + (f", as {one.caller}" if one.caller else "") + _note(one) for one in signatures)
    together = "both" if len(signatures) == 2 else "all"
    caller = signatures[0].caller
    return "; ".join(_who(one) + _note(one) for one in signatures) + (f"; {together} as {caller}" if caller else "")


def _who(one: Signature) -> str:
    key = f", with {one.identity}" if one.identity.startswith("key ") else ""
    return f"**{one.signer}** at {one.at[:16].replace('T', ' ')} UTC (journal entry {one.entry}){key}"


def _note(one: Signature) -> str:
    return f": {one.note}" if one.note else ""
