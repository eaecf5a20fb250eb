"""What a gate asks, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from smartroute_runbook.canonical import digest

from .journal import Journal
from .plan import gate_items
from .signatures import Signature, Terms

__all__ = ["GateQuestion", "GateStatus", "Revoked", "State"]

State = Literal["unsigned", "partly", "signed", "void", "blocked"]


@dataclass(frozen=True)
class Revoked:
    """A revocation, or a refusal to sign: who had signed, and who took it back or would not sign, when, why."""

    signer: str
    at: str
    note: str
    entry: int
    had_signed: tuple[str, ...]
    declined: bool = False

    @property
    def words(self) -> str:
        """One sentence for a page."""
        when = f"{self.at[:16].replace('T', ' ')} UTC"
        if self.declined:
            return f"not signed by {self.signer} on {when} (journal {self.entry}): {self.note}"
        had = ", ".join(self.had_signed) or "nobody"
        return f"revoked by {self.signer} on {when} (journal {self.entry}): {self.note}; {had} had signed"


@dataclass(frozen=True)
class GateStatus:
    """Where a gate stands; ``reason`` says why when it is void or blocked, or what does not count."""

    state: State
    signatures: tuple[Signature, ...]
    needed: int
    reason: str = ""
    persons: int = 0
    revoked: tuple[Revoked, ...] = ()


class GateQuestion:
    """What is asked at a gate, and what a signature is bound to.

    Args:
        name: such as ``week2.loaded``.
        journal: in which it is answered.
        evidence: digest by name; what a signature is bound to.
        blocks, against, needed, stay, says: as in ``shown.Shown``.
        terms: what a signature must be to count; without any, names alone tell people apart.
    """

    def __init__(
        self, name: str, journal: Journal, evidence: Mapping[str, str], *, blocks: Sequence[str] = (),
        against: Mapping[str, str] | None = None, needed: int = 1, stay: str = "", terms: Terms | None = None,
        says: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.name, self.evidence, self.needed, self.stay = name, dict(evidence), needed, stay
        self.items = gate_items(name, stay=bool(stay))
        self.against = {} if stay else dict(against or {})
        self.terms, self.says = terms or Terms(), dict(says or {})
        self.blocks, self._journal = tuple(blocks), journal

    @property
    def digest(self) -> str:
        """What whoever has read the evidence may name to sign it: over gate, run and evidence."""
        return digest({"gate": self.name, "run": self.terms.run, "evidence": self.evidence})
