"""What steps would change, and how that is read before it is signed: like a diff, with its cost and its undoing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from smartroute_runbook.canonical import VOLATILE, digest
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Code, Folded, Note, Part, Table, Tone, View

from .diff import changed_lines, value_lines

__all__ = ["Action", "Change", "Proposal", "Proposals"]

Action = Literal["create", "modify", "none", "delete"]
_SIGNS = {"create": "+", "modify": "~", "delete": "-", "none": "="}
_TONES: dict[str, Tone] = {"modify": "warn", "delete": "bad"}
_AT_ONCE, _APART = 12, 4
"""Up to so many lines of values are open; more are folded, a change each, and all in one beyond so many changes."""


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
    """What a step would change. Its digest covers the state it was made from: a moved world makes it stale.

    Attributes:
        undo: what undoes it, in words.
        facts: what it rests on.
        undo_commands: the same for a shell, to copy.
        says: what it says of points of its gate, in words; those that it does not name have its title.
    """

    step: str
    changes: tuple[Change, ...]
    undo: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    where: str = field(default="", metadata=VOLATILE)
    undo_commands: tuple[str, ...] = field(default=(), metadata=VOLATILE)
    says: Mapping[str, str] = field(default_factory=dict, metadata=VOLATILE)

    @property
    def digest(self) -> str:
        """SHA-256 over the whole proposal."""
        return digest(self)

    @property
    def empty(self) -> bool:
        """Nothing to change."""
        return all(change.action == "none" for change in self.changes)

    def view(self) -> View:
        """A diff: what changes, whole, what it costs a month, how to undo it; what stays is folded."""
        return _proposals_view(f"Proposal {self.step}", (self,))


@dataclass(frozen=True)
class Proposals:
    """What several steps would change, read together and signed each."""

    each: tuple[Proposal, ...]

    def __iter__(self) -> Iterator[Proposal]:
        """One after the other, in the order in which they are done."""
        return iter(self.each)

    def view(self) -> View:
        """One diff with one total."""
        return _proposals_view(f"Proposals of {plural(len(self.each), 'step')}", self.each)


def _proposals_view(title: str, proposals: Sequence[Proposal]) -> View:
    """What steps would change: a line a change, the whole values, the cost a month, what to do to undo it."""
    changed = [(one, change) for one in proposals for change in one.changes if change.action != "none"]
    same = [change for one in proposals for change in one.changes if change.action == "none"]
    many = len(proposals) > 1
    parts: list[Part] = [_places(proposals)]
    if changed:
        parts.append(_table(changed, many))
        parts += _values([change for _, change in changed])
    parts += [Folded(f"What {one.step} rests on", (Code(_whole(one.facts)),)) for one in proposals if one.facts]
    if same:
        parts.append(Folded(f"{len(same):,} unchanged", (Code("\n".join(map(_unchanged, same))),)))
    if not changed:
        return View(f"{title}: {_counts(changed, same)}", (Folded("What was looked at", tuple(parts)),), "good")
    parts += _undo([one for one in reversed(proposals) if not one.empty])
    return View(f"{title}: {_counts(changed, same)}", tuple(parts))


def _counts(changed: Sequence[tuple[Proposal, Change]], same: Sequence[Change]) -> str:
    if not changed:
        return f"nothing to change, {len(same):,} as they should be" if len(same) > 1 else "nothing to change"
    actions = [change.action for _, change in changed]
    counts = [f"{actions.count(a):,} to {a}" for a in ("create", "modify", "delete") if a in actions]
    priced = [c.usd_month for _, c in changed if c.usd_month is not None and c.action != "delete"]
    total = sum(priced, Decimal(0))
    return ", ".join(counts) + (f"; ${total:,.2f} a month from now on" if total else "")


def _places(proposals: Sequence[Proposal]) -> Note:
    wheres = list(dict.fromkeys(one.where for one in proposals if one.where))
    digests = ", ".join(f"`{one.digest[:12]}`" for one in proposals)
    kind = "Proposals" if len(proposals) > 1 else "Proposal"
    return Note(f"{f'In {wheres[0]}. ' if wheres else ''}{kind} {digests}.")


def _table(changed: Sequence[tuple[Proposal, Change]], many: bool) -> Table:
    priced = any(change.usd_month is not None for _, change in changed)
    reasons = any(change.why for _, change in changed)
    columns = ["", "what", *(["$/month"] if priced else []), *(["why"] if reasons else []), *(["step"] if many else [])]
    rows = []
    for one, change in changed:
        row: list[object] = [f"{_SIGNS[change.action]} {change.action}", change.resource]
        row += [change.usd_month] if priced else []
        row += [*([change.why] if reasons else []), *([one.step] if many else [])]
        rows.append(tuple(row))
    tones = tuple(_TONES.get(change.action, "plain") for _, change in changed)
    return Table(tuple(columns), tuple(rows), tones=tones, name="What changes, and why" if reasons else "What changes")


def _values(changes: Sequence[Change]) -> list[Part]:
    texts = [(change, "\n".join(changed_lines(change.before, change.after))) for change in changes]
    lines = sum(text.count("\n") + 1 for _, text in texts)
    if lines <= _AT_ONCE:
        return [_whole_change(change, text) for change, text in texts if text]
    if len(texts) <= _AT_ONCE:
        each = [
            Folded(f"{_SIGNS[c.action]} {c.resource}: {_lines(text)}", (_whole_change(c, text),))
            for c, text in texts
            if text
        ]
        return (
            [*each] if len(each) <= _APART else [Folded(f"Each of the {plural(len(each), 'change')}, whole", (*each,))]
        )
    return [
        Folded(f"All {plural(len(texts), 'change')}, whole", tuple(_whole_change(c, text) for c, text in texts if text))
    ]


def _lines(text: str) -> str:
    count = text.count("\n") + 1
    return plural(count, "line")


def _whole_change(change: Change, text: str) -> Code:
    body = "\n".join(f"  {line}" for line in text.split("\n"))
    return Code(f"{_SIGNS[change.action]} {change.resource}\n{body}", diff=True)


def _whole(value: object) -> str:
    return "\n".join(value_lines(value))


def _unchanged(change: Change) -> str:
    body = "".join(f"\n    {line}" for line in value_lines(change.after))
    return f"= {change.resource}{body}"


def _undo(proposals: Sequence[Proposal]) -> list[Part]:
    lines = []
    for one in proposals:
        lines += [f"# {one.step}: {one.undo or 'nothing to undo'}", *one.undo_commands]
    if not any(one.undo_commands for one in proposals) and len(lines) == 1:
        return [Note(f"**To undo:** {proposals[0].undo or 'nothing to undo'}.")]
    return [Folded("To undo", (Code("\n".join(lines)),), alone=True)]
