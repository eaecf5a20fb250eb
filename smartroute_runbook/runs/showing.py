"""Show a gate: keep its evidence, note what was shown, and let a rehearsal that nobody watches sign for itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from smartroute_runbook.environment.detect import headless
from smartroute_runbook.errors import VerificationFailed

from .elsewhere import went_back_elsewhere
from .gate import Gate
from .journal import Entry
from .permit import good_since
from .plan import gate_evidence, gate_good_for_days, gate_items, gate_shown_by
from .state import RunState
from .steps import Proposal, Proposals
from .switching import unsettled

__all__ = ["show_gate"]

_STAYS = "week4.switched"
"""The gate after which the dashboard stays on Redshift."""


def show_gate(run: RunState, name: str, evidence: Sequence[Any]) -> Gate:
    """See ``Run.gate``."""
    pieces = [run.kept_here.of_gate(name, item, write=not run.reading) for item in evidence]
    digests = {piece.name: piece.digest for piece in pieces}
    until = [str(item.stays_until) for item in evidence if getattr(item, "stays_until", None)]
    decided = run.last_gate("week1.decision") if name == "week1.cluster" else None
    stay = until[0] if until else decided.stay if decided else ""
    # Data that is not fit to move is one more reason to stay.
    objections = [run.kept_here.objections(item, kept=not run.reading) for item in evidence]
    blocks = [reason for reasons, _ in objections for reason in reasons if not stay]
    wanted = gate_evidence(name, stay=bool(stay))
    blocks += [f"'{lacking}' was not shown to it" for lacking in wanted if lacking not in digests]
    blocks += _amiss(run, evidence)
    if name == _STAYS and (why := unsettled(run.journal.entries())):
        blocks.append(why)
    against = {point: why for _, points in objections for point, why in points.items()}
    says = _says(name, evidence, bool(stay))
    needed = run.gates.signatures
    body = {
        "gate": name, "evidence": digests, "blocks": blocks, "against": against, "stay": stay, "needed": needed,
        "says": says,
    }  # fmt: skip
    shown = [entry for entry in run.journal.of("gate") if entry.body.get("gate") == name]
    # Words alone are no news; that the same was measured once more is, where it is good for some days only.
    if not shown or {**shown[-1].body, "says": says} != body or _grown_old(run, name, shown[-1]):
        run.record("gate", body)
    gate = Gate(
        name, run.journal, digests, blocks=blocks, against=against, needed=needed, stay=stay, terms=run.terms,
        says=says,
    )  # fmt: skip
    if _signs_itself(run) and not blocks:
        gate.sign_automatically()
    return gate


def _grown_old(run: RunState, name: str, shown: Entry) -> bool:
    """Whether a showing is older than half the time for which it is good, or than what makes it void."""
    days = gate_good_for_days(name)
    if days is None or good_since(run.journal, days / 2).reason(shown.n, shown.at):
        return days is not None
    try:
        return went_back_elsewhere(run.store, run.environment, run.id, datetime.fromisoformat(shown.at)) is not None
    except VerificationFailed:  # whoever acts on the gate is told so
        return False


def _amiss(run: RunState, evidence: Sequence[Any]) -> list[str]:
    """Why evidence is not of this run as it is now, or not of what else is shown: a kernel keeps what it measured."""
    beside = {_short_name(item): item for item in evidence}
    return [reason for item in evidence if hasattr(item, "amiss") for reason in item.amiss(run, beside)]


def _says(name: str, evidence: Sequence[Any], stay: bool) -> dict[str, str]:
    """What the evidence says of each point, in words: its own, or the sentences of what the plan names."""
    own = {point: words for item in evidence for point, words in getattr(item, "says", {}).items()}
    known = {_short_name(item): item for item in evidence if callable(getattr(item, "view", None))}
    points = gate_items(name, stay=stay)
    shown = {
        point: _sentences([known[one] for one in names if one in known])
        for point, names in zip(points, gate_shown_by(name, stay=stay), strict=True)
    }
    return {point: words for point in points if (words := own.get(point) or shown[point])}


def _sentences(items: Sequence[Any]) -> str:
    """Their titles; several proposals have one, with one total."""
    proposals = [item for item in items if isinstance(item, Proposal)]
    if len(proposals) > 1:
        items = [Proposals(tuple(proposals)), *(item for item in items if not isinstance(item, Proposal))]
    return "; ".join(item.view().title for item in items)


def _short_name(item: Any) -> str:
    """A proposal by its step, other evidence by what it declares."""
    if isinstance(item, Proposal):
        return f"{item.step}.proposal"
    return str(getattr(item, "evidence_name", getattr(item, "name", "")))


def _signs_itself(run: RunState) -> bool:
    """People sign, except in a rehearsal whose clients all reach stand-ins, that nobody watches."""
    here = run.place is not None and run.place.rehearsal and run.environment == "rehearsal"
    return here and run.gates.automatic and headless() and not run.reading
