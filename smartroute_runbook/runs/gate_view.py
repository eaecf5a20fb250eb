"""How a gate looks: its checklist, what speaks against a point, who signed, and what was taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartroute_runbook.views import Note, Part, Table, Tone, View

from .plan import gate_title

if TYPE_CHECKING:
    from .gate import Gate, GateStatus, Signature

__all__ = ["gate_view"]

_TONES: dict[str, Tone] = {"signed": "good", "blocked": "bad", "void": "bad"}


def gate_view(gate: Gate, status: GateStatus) -> View:
    """The sign-off record as it stands."""
    signed = status.state == "signed"
    reasons = {item: why for one in status.signatures for item, why in one.reasons.items()}
    points = tuple(("☑" if signed else "☐", item, _against(gate, item, reasons)) for item in gate.items)
    columns: tuple[str, ...] = ("", "point", "the evidence is against it")
    if not gate.against:
        columns, points = columns[:2], tuple(row[:2] for row in points)  # type: ignore[misc]
    bound = Table(("evidence", "digest"), tuple((name, d[:12]) for name, d in sorted(gate.evidence.items())))
    parts: list[Part] = [Table(columns, points, gate_title(gate.name)), bound]
    needs = f"needs {status.needed} signature{'s' if status.needed > 1 else ''}"
    parts.append(Note("; ".join(map(_who, status.signatures)) or status.reason or needs))
    if status.signatures and status.reason:
        parts.append(Note(status.reason, "warn"))
    if status.revoked and (status.signatures or status.revoked[-1].words != status.reason):
        parts += [Note(one.words, "warn") for one in status.revoked]
    parts.append(Note(f"Evidence `{gate.digest[:12]}`" + (f", {gate.terms.where}." if gate.terms.where else ".")))
    return View(f"Gate {gate.name}: {status.state.upper()}", tuple(parts), _TONES.get(status.state, "warn"))


def _against(gate: Gate, item: str, reasons: dict[str, str]) -> str:
    if item not in gate.against:
        return ""
    return gate.against[item] + (f". Confirmed because: {reasons[item]}" if item in reasons else "")


def _who(one: Signature) -> str:
    known = f", as {one.caller}" if one.caller else ""
    key = f", with {one.identity}" if one.identity.startswith("key ") else ""
    return f"**{one.signer}** at {one.at} (journal entry {one.entry}){known}{key}{': ' + one.note if one.note else ''}"
