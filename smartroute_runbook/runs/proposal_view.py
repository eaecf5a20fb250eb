"""How proposals are read before they are signed: like a diff, whole, with what they cost and how to undo them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from smartroute_runbook.views import Code, Folded, Note, Part, Table, Tone, View

from .diff import changed_lines, value_lines
from .steps import Change, Proposal

__all__ = ["SIGNS", "proposals_view"]

SIGNS = {"create": "+", "modify": "~", "delete": "-", "none": "="}
_TONES: dict[str, Tone] = {"modify": "warn", "delete": "bad"}
_AT_ONCE = 12
"""Up to so many lines of values are open; more are folded, a change each, and all in one beyond so many changes."""


def proposals_view(title: str, proposals: Sequence[Proposal]) -> View:
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
    return ", ".join(counts) + (f"; ${total:,.2f} a month from now on" if priced else "")


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
        row: list[object] = [f"{SIGNS[change.action]} {change.action}", change.resource]
        row += [change.usd_month] if priced else []
        row += [*([change.why] if reasons else []), *([one.step] if many else [])]
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows), tones=tuple(_TONES.get(change.action, "plain") for _, change in changed))


def _values(changes: Sequence[Change]) -> list[Part]:
    texts = [(change, "\n".join(changed_lines(change.before, change.after))) for change in changes]
    lines = sum(text.count("\n") + 1 for _, text in texts)
    if lines <= _AT_ONCE:
        return [_whole_change(change, text) for change, text in texts if text]
    if len(texts) <= _AT_ONCE:
        return [
            Folded(f"{SIGNS[c.action]} {c.resource}: {text.count(chr(10)) + 1} lines", (_whole_change(c, text),))
            for c, text in texts
            if text
        ]
    return [Folded(f"All {len(texts):,} changes, whole", tuple(_whole_change(c, text) for c, text in texts if text))]


def _whole_change(change: Change, text: str) -> Code:
    body = "\n".join(f"  {line}" for line in text.split("\n"))
    return Code(f"{SIGNS[change.action]} {change.resource}\n{body}", diff=True)


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
    return [Folded("To undo", (Code("\n".join(lines)),))]
