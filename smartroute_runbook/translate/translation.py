"""What becomes of a query, and how that is read: both texts, each change with its reason, what may differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from smartroute_runbook.canonical import plain
from smartroute_runbook.quantities import plural
from smartroute_runbook.tolerance import Tolerance
from smartroute_runbook.views import Code, Folded, Note, Part, Table, Tone, View

from .model import Change, Problem, Status
from .side_by_side import bare, code, code_block, marked, parts, side_by_side

__all__ = ["Translation", "overview"]

TONES: Mapping[Status, Tone] = {"unchanged": "good", "rewritten": "good", "refused": "warn", "invalid-source": "bad"}
TELLING = 12  # characters of a change that are not found elsewhere by chance
_LEGEND = (
    "**unchanged** and **rewritten** mean the same on both engines; **refused** needs a decision; "
    "**invalid-source** does not run on Athena today."
)


@dataclass(frozen=True)
class Translation:
    """One Athena query and what becomes of it on Redshift.

    Attributes:
        name: the query's name (its file name without suffix).
        status: `unchanged`, `rewritten`, `refused` or `invalid-source`.
        sql: the text for Redshift; None when there is none.
        source: the Athena text as it was given.
        changes: every place that differs, in reading order.
        problems: why it is refused or invalid.
        tolerances: how far the engines may differ, by result column (columns that are not named are exact).
        notes: what holds for the result although it is right: ties, clocks, assumptions about the data.
        columns: names and Trino types of the result columns, in order.
    """

    name: str
    status: Status
    sql: str | None
    source: str
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object of the command's JSON contract, `notes` added."""
        keys = ("name", "status", "sql", "changes", "problems", "tolerances", "notes")
        return {key: plain(getattr(self, key)) for key in keys}

    def view(self) -> View:
        """Side by side with its changes, readable without knowing either dialect well."""
        return _explained(self)


def overview(translations: tuple[Translation, ...]) -> View:
    """Many translations in one table: what became of each."""
    rows = tuple(
        (t.name, t.status, ", ".join(dict.fromkeys(c.rule for c in t.changes)), "; ".join(p.why for p in t.problems))
        for t in translations
    )
    right = sum(t.sql is not None for t in translations)
    table = Table(("query", "status", "rules", "problems"), rows, tones=tuple(TONES[t.status] for t in translations))
    return View(f"{right} of {plural(len(translations), 'query')} are ready for Redshift", (table, Note(_LEGEND)))


def _explained(translation: Translation) -> View:
    """How a translation looks: what became of it, both texts, and why each part changed."""
    count = len(translation.changes)
    headline = {
        "unchanged": "runs on Redshift as it is",
        "rewritten": f"rewritten in {plural(count, 'place')}, with the same results",
        "refused": "refused: a decision is needed",
        "invalid-source": "does not run on Athena today",
    }[translation.status]
    parts: list[Part] = []
    if translation.problems:
        parts.append(_findings("Why", translation.problems))
    if translation.sql is not None:
        parts += [Code(_diff(translation), diff=True), Folded("Side by side", (_compared(translation),))]
    else:
        parts.append(Code(translation.source.strip()))
    if translation.changes and translation.sql is not None:
        changed = tuple((c.rule, c.why, code(c.before), code(c.after)) for c in translation.changes)
        sources = dict.fromkeys(f"{c.rule}: {c.source}" for c in translation.changes)
        every = Table(("rule", "why", "Athena", "Redshift"), changed, "Every change")
        parts += [every, Folded("Sources", (Note("\n".join(f"- {source}" for source in sources)),))]
    if translation.tolerances:
        parts.append(_tolerated(translation))
    if translation.notes:
        parts.append(_findings("Good to know", translation.notes))
    if not parts:
        parts.append(Note("Nothing differs."))
    return View(f"{translation.name or 'query'}: {headline}", tuple(parts), TONES[translation.status])


def _sides(translation: Translation) -> tuple[tuple[str, str, bool], ...]:
    """Athena's text and Redshift's, part by part, and whether they differ."""
    redshift = translation.sql or ""
    if translation.status == "unchanged":  # however each engine's dialect would lay it out
        return tuple((part, part, False) for part in parts(redshift))
    return side_by_side(translation.source, redshift)


def _compared(translation: Translation) -> Table:
    """Side by side: what is the same in one row, each part that differs in a row of its own with its rules."""
    rows: list[tuple[str, str, str]] = []
    tones: list[Tone] = []
    for same, group in groupby(_sides(translation), key=lambda row: not row[2]):
        if same:
            both = [(a, b) for a, b, _ in group]
            rows.append((code_block(*(a for a, _ in both)), code_block(*(b for _, b in both)), ""))
            tones.append("plain")
            continue
        for before, after, _ in group:
            left, right = marked(before, after)
            rows.append((code_block(left), code_block(right), _rules_at(before, after, translation)))
            tones.append("warn")
    title = ("Athena", "Redshift", "rule")
    return Table(title, tuple(rows), "Side by side", "! marks what differs, in bold", tuple(tones))


def _diff(translation: Translation) -> str:
    """Both texts as one: ``-`` is Athena's, ``+`` Redshift's, with the rules in a comment; the rest is the same."""
    lines: list[str] = []
    for changed, group in groupby(_sides(translation), key=lambda row: row[2]):
        rows = list(group)
        if not changed:
            lines += [f"  {line}" for _, after, _ in rows for line in after.split("\n")]
            continue
        lines += [f"- {line}" for before, _, _ in rows for line in before.split("\n") if before]
        rules = ", ".join(dict.fromkeys(filter(None, (_rules_at(a, b, translation) for a, b, _ in rows))))
        new = [f"+ {line}" for _, after, _ in rows for line in after.split("\n") if after]
        lines += [*new[:-1], f"{new[-1]}  -- {rules}" if rules else new[-1]] if new else []
    return "\n".join(lines)


def _rules_at(before: str, after: str, translation: Translation) -> str:
    """The rules whose change stands in a part."""
    left, right = bare(before), bare(after)
    texts = [(change.rule, bare(change.before), bare(change.after)) for change in translation.changes]
    found = [rule for rule, a, b in texts if (a in left and b in right) or (len(b) > TELLING and b in right)]
    found = found or [rule for rule, a, b in texts if a in left or b in right]
    return ", ".join(dict.fromkeys(found))


def _findings(title: str, findings: tuple[Problem, ...]) -> Table:
    return Table(("rule", "what", "what to do"), tuple((f.rule, f.why, f.hint) for f in findings), title)


def _tolerated(translation: Translation) -> Table:
    """How far each column may differ; every other one is exact."""
    rows = tuple(
        (name, f"{one.absolute:g}" if one.absolute else "", f"{one.relative:.0e}" if one.relative else "")
        for name, one in translation.tolerances.items()
    )
    note = (
        "Sums of doubles depend on the order of the rows, and rounding makes that a unit; all other columns are exact."
    )
    return Table(("column", "by at most", "or by this share of itself"), rows, "May differ", note)
