"""A translation for people: both texts side by side with the changed parts marked, each change with its reason."""

from __future__ import annotations

import difflib
import re

import sqlglot
from sqlglot.errors import SqlglotError

from smartroute_runbook.translate.model import TONES, Problem, Translation
from smartroute_runbook.translate.text import AthenaText
from smartroute_runbook.views import Note, Part, Table, Tone, View

__all__ = ["code_lines", "explain", "side_by_side"]


def side_by_side(translation: Translation) -> tuple[tuple[str, str, bool], ...]:
    """Lines of both texts in one layout: Athena's, Redshift's, and whether they differ."""
    try:
        before = sqlglot.parse_one(translation.source, read="trino").sql(dialect=AthenaText, pretty=True).splitlines()
    except SqlglotError:
        before = translation.source.splitlines()
    after = (translation.sql or "").splitlines()
    if translation.status == "unchanged":
        return tuple((line, line, False) for line in after)
    rows: list[tuple[str, str, bool]] = []
    matcher = difflib.SequenceMatcher(None, [_bare(x) for x in before], [_bare(x) for x in after], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        left, right = before[i1:i2], after[j1:j2]
        for k in range(max(len(left), len(right))):
            pair = (left[k] if k < len(left) else "", right[k] if k < len(right) else "")
            rows.append((*pair, tag != "equal"))
    return tuple(rows)


def _bare(line: str) -> str:
    return re.sub(r"\s+", " ", line).strip().lower()


def _code(line: str) -> str:
    """A line of SQL in fixed width, its indentation kept."""
    text = line.strip()
    indent = "\u00a0" * (len(line) - len(line.lstrip()))
    return f"{indent}`{text}`" if text and "`" not in text else f"{indent}{text}"


def code_lines(sql: str) -> tuple[str, ...]:
    """A text of SQL as cells of a table, one line each."""
    return tuple(map(_code, sql.splitlines()))


def _findings(title: str, findings: tuple[Problem, ...]) -> Table:
    return Table(("rule", "what", "what to do"), tuple((f.rule, f.why, f.hint) for f in findings), title)


def explain(translation: Translation) -> View:
    """How a translation looks: what became of it, both texts, and why each part changed."""
    count = len(translation.changes)
    headline = {
        "unchanged": "runs on Redshift as it is",
        "rewritten": f"rewritten in {count} {'place' if count == 1 else 'places'}, with the same results",
        "refused": "refused: a decision is needed",
        "invalid-source": "does not run on Athena today",
    }[translation.status]
    parts: list[Part] = []
    if translation.problems:
        parts.append(_findings("Why", translation.problems))
    if translation.sql is not None:
        lines = side_by_side(translation)
        rows = tuple((_code(a), _code(b)) for a, b, _ in lines)
        tones: tuple[Tone, ...] = tuple("warn" if changed else "plain" for *_, changed in lines)
        note = "! marks the lines that differ"
        parts.append(Table(("Athena", "Redshift"), rows, "Side by side", note, tones))
    if translation.changes and translation.sql is not None:
        changed = tuple((c.rule, c.why, _code(c.before), _code(c.after)) for c in translation.changes)
        sources = dict.fromkeys(f"{c.rule}: {c.source}" for c in translation.changes)
        parts.append(Table(("rule", "why", "Athena", "Redshift"), changed, "Every change"))
        parts.append(Note("\n".join(f"- {source}" for source in sources)))
    if translation.tolerances:
        loose = tuple((n, t.relative, t.absolute) for n, t in translation.tolerances.items())
        parts.append(
            Table(("column", "relative", "absolute"), loose, "May differ by", note="all other columns are exact")
        )
    if translation.notes:
        parts.append(_findings("Good to know", translation.notes))
    if not parts:
        parts.append(Note("Nothing differs."))
    return View(f"{translation.name or 'query'}: {headline}", tuple(parts), TONES[translation.status])
