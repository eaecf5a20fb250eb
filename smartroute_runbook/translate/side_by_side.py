"""Two texts of one query beside each other, part by part, with the words in bold that differ."""

from __future__ import annotations

import difflib
import re
from itertools import groupby

import sqlglot
from sqlglot.errors import SqlglotError

from smartroute_runbook.views import Marked

from .text import AthenaText

__all__ = ["bare", "code", "code_block", "marked", "parts", "side_by_side"]

FOLDED = 76  # characters up to which an expression stays on one line


def side_by_side(athena: str, redshift: str) -> tuple[tuple[str, str, bool], ...]:
    """Two texts in one layout, part by part: Athena's, Redshift's, and whether they differ.

    A part is a line, or the lines of an expression that was broken over several.
    """
    try:
        before = sqlglot.parse_one(athena, read="trino").sql(dialect=AthenaText, pretty=True)
    except (SqlglotError, RecursionError):
        before = athena
    left, right = parts(before), parts(redshift)
    rows: list[tuple[str, str, bool]] = []
    matcher = difflib.SequenceMatcher(None, [bare(x) for x in left], [bare(x) for x in right], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        one, two = left[i1:i2], right[j1:j2]
        if tag != "equal" and len(one) != len(two):
            one, two = ["\n".join(one)], ["\n".join(two)]
        rows += [(a, b, tag != "equal") for a, b in zip(one, two, strict=True)]
    return tuple(rows)


def parts(sql: str) -> list[str]:
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


def bare(text: str) -> str:
    """A text without its case, its breaks and the blanks inside its parentheses: what is compared."""
    return re.sub(r"\s+", " ", re.sub(r"\(\s+|\s+\)", lambda found: found[0].strip(), text)).strip().lower()


def code_block(*parts: str) -> Marked:
    """Texts of SQL as one cell of a table."""
    return Marked("\n".join(code(line) for part in parts for line in part.splitlines()))


def code(line: str) -> str:
    """A line of SQL in fixed width, its indentation kept."""
    text = line.strip()
    indent = "\u00a0" * (len(line) - len(line.lstrip()))
    return f"{indent}`{text}`" if text and "`" not in text else f"{indent}{text}"
