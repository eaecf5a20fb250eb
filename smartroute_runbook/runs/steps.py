"""A step proposes (reads only), applies a proposal, and verifies by reading the world again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

from smartroute_runbook.canonical import digest
from smartroute_runbook.views import Code, Folded, View, Viewable

from .diff import value_lines
from .proposal import Action, Change, Proposal, Proposals

S = TypeVar("S")
R = TypeVar("R", bound="Applying")
Apply = Callable[[S, R, "Proposal"], "Outcome"]

__all__ = [
    "Action", "Change", "Outcome", "Proposal", "Proposals", "ReadWhole", "Step", "applied_by_do", "moved_resources",
]  # fmt: skip


RunT = TypeVar("RunT", contravariant=True)
"""The run that a step is given; named here so that steps need not import it."""


@dataclass(frozen=True)
class Outcome:
    """What apply did, in its own words; nobody relies on it: ``verify`` reads again."""

    step: str
    status: Literal["applied", "unchanged"]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def view(self) -> View:
        """One line; the facts are folded."""
        facts = Folded("What was done", (Code("\n".join(value_lines(self.facts))),)) if self.facts else None
        return View(f"{self.step}: {self.status}", (facts,) if facts else (), "good")


class Step(Protocol[RunT]):
    """One thing to do.

    Attributes:
        id: such as ``week1.cluster``; what ``plan.yaml`` knows of it is held against it.
    """

    id: str

    @property
    def needs(self) -> str | None:
        """The gate without which ``Run.do`` refuses.

        None for the way back alone: whoever goes back puts nothing at risk and must not wait.
        """
        ...

    def propose(self, run: RunT) -> Proposal:
        """Read the world; change nothing."""
        ...

    def apply(self, run: RunT, proposal: Proposal) -> Outcome:
        """Carry the proposal's changes out and no others; idempotent. The package's own are ``applied_by_do``.

        ``Run.do`` has just found the proposal to be as fresh as the world: whether it is stale is not decided again.
        """
        ...

    def verify(self, run: RunT) -> Viewable:
        """Read the world again; raise VerificationFailed when it is not as it should be."""
        ...


@runtime_checkable
class ReadWhole(Protocol):
    """A step whose proposal reads all that ``verify`` would read: where it is empty, nothing is read a second time."""

    def unchanged(self, run: Any) -> Viewable:
        """What ``verify`` would say, from the reading that has just shown nothing to do; raises as it does."""
        ...


class Applying(Protocol):
    """A run, as far as it knows which step it applies."""

    def require_applying(self, step: str) -> None:
        """Go on only inside ``Run.do``."""
        ...


def applied_by_do(apply: Apply[S, R]) -> Apply[S, R]:
    """An ``apply`` that only ``Run.do`` calls: it has asked the gate, and journals what comes of it."""

    @wraps(apply)
    def asked(self: S, run: R, proposal: Proposal) -> Outcome:
        run.require_applying(proposal.step)
        return apply(self, run, proposal)

    return asked


def moved_resources(old: Proposal, new: Proposal) -> str:
    """The resources whose state differs between two proposals."""
    before = {change.resource: digest(change) for change in old.changes}
    after = {change.resource: digest(change) for change in new.changes}
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return ", ".join(names) or "what it was made from"
