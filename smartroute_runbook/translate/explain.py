"""A translation for people: both texts side by side with the changed parts marked, each change with its reason."""

from __future__ import annotations

import difflib
import re
from itertools import groupby

import sqlglot
from sqlglot.errors import SqlglotError

from smartroute_runbook.views import Code, Folded, Marked, Note, Part, Table, Tone, View

from .model import TONES, Problem, Translation
from .text import AthenaText

__all__ = ["code_block", "explain", "marked", "side_by_side"]

TELLING = 12  # characters of a change that are not found elsewhere by chance
FOLDED = 76  # characters up to which an expression stays on one line


def side_by_side(translation: Translation) -> tuple[tuple[str, str, bool], ...]:
    """Both texts in one layout, part by part: Athena's, Redshift's, and whether they differ.

    A part is a line, or the lines of an expression that was broken over several.
    """
    try:
        before = sqlglot.parse_one(translation.source, read="trino").sql(dialect=AthenaText, pretty=True)
    except (SqlglotError, RecursionError):
        before = translation.source
    left, right = _parts(before), _parts(translation.sql or "")
    if translation.status == "unchanged":
        return tuple((part, part, False) for part in right)
    rows: list[tuple[str, str, bool]] = []
    matcher = difflib.SequenceMatcher(None, [_bare(x) for x in left], [_bare(x) for x in right], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        one, two = left[i1:i2], right[j1:j2]
        if tag != "equal" and len(one) != len(two):
            one, two = ["\n".join(one)], ["\n".join(two)]
        rows += [(a, b, tag != "equal") for a, b in zip(one, two, strict=True)]
    return tuple(rows)


def _parts(sql: str) -> list[str]:
    """Lines, those of one parenthesis together, unless it holds a query."""
    parts: list[list[str]] = []
    open_ = 0
    for line in sql.splitlines():
        if open_ > 0 and not line.lstrip().upper().startswith(("SELECT", "WITH", "/*")):
            parts[-1].append(line)
        else:
            parts.append([line])
            open_ = 0
        open_ += line.count("(") - line.count(")")
    return [_folded(part) for part in parts]


def _folded(lines: list[str]) -> str:
    """An expression on one line where it is short."""
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    one = re.sub(r"\( | \)", lambda found: found[0].strip(), " ".join(line.strip() for line in lines))
    return indent + one if len(one) <= FOLDED else "\n".join(lines)


def marked(before: str, after: str) -> tuple[str, str]:
    """Two texts with the words that differ in bold."""
    one, two = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (before, after))
    matcher = difflib.SequenceMatcher(lambda word: not word.strip(), one, two, autojunk=False)
    left, right = [False] * len(one), [False] * len(two)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            left[i1:i2], right[j1:j2] = [True] * (i2 - i1), [True] * (j2 - j1)
    return _bold(one, left), _bold(two, right)


def _bold(words: list[str], changed: list[bool]) -> str:
    """Words in bold, line by line; what stands between two of them and is no word joins them."""
    flags = list(changed)
    for n in range(1, len(words) - 1):
        if flags[n - 1] and changed[n + 1] and not re.match(r"\w", words[n]) and "\n" not in words[n]:
            flags[n] = True
    text = ""
    for bold, group in groupby(zip(words, flags, strict=True), key=lambda pair: pair[1]):
        part = "".join(word for word, _ in group)
        pieces = re.split(r"(\s*\n\s*)", part)
        text += "".join(f"**{piece}**" if bold and piece.strip() and "\n" not in piece else piece for piece in pieces)
    return text


def _bare(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\(\s+|\s+\)", lambda found: found[0].strip(), text)).strip().lower()


def _rules_at(before: str, after: str, translation: Translation) -> str:
    """The rules whose change stands in a part."""
    left, right = _bare(before), _bare(after)
    texts = [(change.rule, _bare(change.before), _bare(change.after)) for change in translation.changes]
    found = [rule for rule, a, b in texts if (a in left and b in right) or (len(b) > TELLING and b in right)]
    found = found or [rule for rule, a, b in texts if a in left or b in right]
    return ", ".join(dict.fromkeys(found))


def _compared(translation: Translation) -> Table:
    """Side by side: what is the same in one row, each part that differs in a row of its own with its rules."""
    rows: list[tuple[str, str, str]] = []
    tones: list[Tone] = []
    for same, group in groupby(side_by_side(translation), key=lambda row: not row[2]):
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
    for changed, group in groupby(side_by_side(translation), key=lambda row: row[2]):
        rows = list(group)
        if not changed:
            lines += [f"  {line}" for _, after, _ in rows for line in after.split("\n")]
            continue
        lines += [f"- {line}" for before, _, _ in rows for line in before.split("\n") if before]
        rules = ", ".join(dict.fromkeys(filter(None, (_rules_at(a, b, translation) for a, b, _ in rows))))
        new = [f"+ {line}" for _, after, _ in rows for line in after.split("\n") if after]
        lines += [*new[:-1], f"{new[-1]}  -- {rules}" if rules else new[-1]] if new else []
    return "\n".join(lines)


def code_block(*parts: str) -> Marked:
    """Texts of SQL as one cell of a table."""
    return Marked("\n".join(_code(line) for part in parts for line in part.splitlines()))


def _code(line: str) -> str:
    """A line of SQL in fixed width, its indentation kept."""
    text = line.strip()
    indent = "\u00a0" * (len(line) - len(line.lstrip()))
    return f"{indent}`{text}`" if text and "`" not in text else f"{indent}{text}"


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
        parts += [Code(_diff(translation), diff=True), Folded("Side by side", (_compared(translation),))]
    else:
        parts.append(Code(translation.source.strip()))
    if translation.changes and translation.sql is not None:
        changed = tuple((c.rule, c.why, _code(c.before), _code(c.after)) for c in translation.changes)
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
