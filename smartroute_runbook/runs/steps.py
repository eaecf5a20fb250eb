"""A step proposes (reads only), applies a proposal, and verifies by reading the world again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeVar

from smartroute_runbook.canonical import VOLATILE, canonical, digest
from smartroute_runbook.views import Note, Table, Tone, View, Viewable

Action = Literal["create", "modify", "none", "delete"]

__all__ = ["Action", "Change", "Outcome", "Proposal", "Step", "moved_resources", "short"]


RunT = TypeVar("RunT", contravariant=True)
"""The run that a step is given; named here so that steps need not import it."""
MANY = 12
"""More unchanged resources than this are counted, not listed."""
_TONES: dict[Action, Tone] = {"none": "plain", "create": "warn", "modify": "warn", "delete": "bad"}


@dataclass(frozen=True)
class Change:
    """One resource: what it is, what it will be, why, and what that costs a month (US dollars)."""

    resource: str
    action: Action
    before: Any = None
    after: Any = None
    why: str = ""
    usd_month: Decimal | None = None


@dataclass(frozen=True)
class Proposal:
    """What a step would change. Its digest covers the state it was made from: a moved world makes it stale."""

    step: str
    changes: tuple[Change, ...]
    undo: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    where: str = field(default="", metadata=VOLATILE)

    @property
    def digest(self) -> str:
        """SHA-256 over the whole proposal."""
        return digest(self)

    @property
    def empty(self) -> bool:
        """Nothing to change."""
        return all(change.action == "none" for change in self.changes)

    def view(self) -> View:
        """A table of what exists and what will change."""
        same = sum(c.action == "none" for c in self.changes)
        shown = [c for c in self.changes if c.action != "none" or same <= MANY]
        rows = tuple((c.action, c.resource, short(c.before), short(c.after), _usd(c.usd_month), c.why) for c in shown)
        tones: tuple[Tone, ...] = tuple(_TONES[c.action] for c in shown)
        left_out = f"{same:,} more are as they should be." if same > MANY else ""
        table = Table(("action", "resource", "is", "will be", "$/month", "why"), rows, note=left_out, tones=tones)
        place = f" In {self.where}." if self.where else ""
        note = Note(f"Proposal `{self.digest[:12]}`.{place} Undo: {self.undo or 'nothing to undo'}.")
        state = "nothing to change" if self.empty else f"{sum(c.action != 'none' for c in self.changes)} to change"
        facts = tuple((name, short(value)) for name, value in self.facts.items())
        said = (Table(("what it rests on", ""), facts),) if facts else ()
        return View(f"Proposal {self.step}: {state}", (table, *said, note))


@dataclass(frozen=True)
class Outcome:
    """What apply did, in its own words; nobody relies on it: ``verify`` reads again."""

    step: str
    status: Literal["applied", "unchanged"]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def view(self) -> View:
        """The facts as a table."""
        rows = tuple((name, short(value)) for name, value in self.facts.items())
        return View(f"{self.step}: {self.status}", (Table(("fact", "value"), rows),) if rows else (), "good")


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
        """Carry the proposal's changes out and no others; idempotent.

        ``Run.do`` has just found the proposal to be as fresh as the world: whether it is stale is not decided again.
        """
        ...

    def verify(self, run: RunT) -> Viewable:
        """Read the world again; raise VerificationFailed when it is not as it should be."""
        ...


def short(value: Any) -> str:
    """A value as a person reads it, cut where it is long."""
    if value is None:
        return ""
    text = _words(value)
    return text if len(text) <= 240 else text[:237] + "..."


def _words(value: Any) -> str:
    """A value as a person reads it: ``rows: 344,144; source: f522...``."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_words(inner)}" for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_words(inner) for inner in value)
    if isinstance(value, bool) or not isinstance(value, int):
        return value if isinstance(value, str) else canonical(value).decode()
    return f"{value:,}"


def _usd(value: Decimal | None) -> str:
    return "" if value is None else f"{value:,.2f}"


def moved_resources(old: Proposal, new: Proposal) -> str:
    """The resources whose state differs between two proposals."""
    before = {change.resource: digest(change) for change in old.changes}
    after = {change.resource: digest(change) for change in new.changes}
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return ", ".join(names) or "what it was made from"
