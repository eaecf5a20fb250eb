"""Show a gate: keep its evidence, note what was shown, and let a rehearsal that nobody watches sign for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smartroute_runbook.environment.detect import headless

from .gate import Gate
from .plan import gate_evidence
from .state import RunState

__all__ = ["show_gate"]


def show_gate(run: RunState, name: str, evidence: Sequence[Any]) -> Gate:
    """See ``Run.gate``."""
    pieces = [run.kept_here.of_gate(name, item, write=not run.reading) for item in evidence]
    digests = {piece.name: piece.digest for piece in pieces}
    until = [str(item.stays_until) for item in evidence if getattr(item, "stays_until", None)]
    decided = run.last_gate("week1.decision") if name == "week1.cluster" else None
    stay = until[0] if until else decided.stay if decided else ""
    # Data that is not fit to move is one more reason to stay.
    blocks = [reason for item in evidence for reason in getattr(item, "blocks", ()) if not stay]
    wanted = gate_evidence(name, stay=bool(stay))
    blocks += [f"'{lacking}' was not shown to it" for lacking in wanted if lacking not in digests]
    against = {point: why for item in evidence for point, why in getattr(item, "against", {}).items()}
    needed = run.gates.signatures
    body = {
        "gate": name, "evidence": digests, "blocks": blocks, "against": against, "stay": stay, "needed": needed,
    }  # fmt: skip
    shown = [entry.body for entry in run.journal.of("gate") if entry.body.get("gate") == name]
    if not shown or shown[-1] != body:
        run.record("gate", body)
    gate = Gate(
        name, run.journal, digests, blocks=blocks, against=against, needed=needed, stay=stay, terms=run.terms
    )  # fmt: skip
    if _signs_itself(run) and not blocks:
        gate.sign_automatically()
    return gate


def _signs_itself(run: RunState) -> bool:
    """People sign, except in a rehearsal whose clients all reach stand-ins, that nobody watches."""
    here = run.place is not None and run.place.rehearsal and run.environment == "rehearsal"
    return here and run.gates.automatic and headless() and not run.reading
