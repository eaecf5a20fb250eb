"""How much of a view is shown at once: one screen of a notebook at most; the rest is folded, nothing is omitted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from math import ceil

from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Bars, Code, Folded, Lines, Note, Part, Table, View

from .formats import cells, shown_rows

__all__ = ["LEAST", "ROWS", "SCREEN", "height", "levelled"]

SCREEN = 600
"""Pixels that are left for an output below its heading and its cell, in JupyterLab at 1440 x 900."""
LEAST = 130
"""Pixels that a view gets, however many others stand in its cell: its title and a few lines."""
ROWS, TELLING = 12, 3
"""Rows of a table that are seen at once; fewer tell too little where there is no room for so many."""
_MANY, _FEW, _HEADING = 8, 4, 110
"""So many folds below each other stand behind one: in any case, and where there is no room; characters of a heading."""
_WIDE = 125  # characters of a note or a table on one line
_TITLE, _FOLD, _ROW, _LINE, _CHART = 40, 28, 31, 22, 390


def levelled(view: View, room: int = SCREEN) -> View:
    """The view with what does not fit into its room folded, in place; what is marked is seen first.

    One chart is drawn, the first that does not stand aside; the others are kept folded.

    Args:
        view: the view.
        room: pixels; less than a screen where other views stand in the same cell.
    """
    drawn = _drawn(view) if room >= _TITLE + _CHART else None
    parts, left = list[Part](), room - _TITLE - (_CHART if drawn is not None else 0)
    together = tuple(_together(view.parts, _MANY))
    for n, part in enumerate(together):
        if isinstance(part, (Lines, Bars)):
            parts.append(part if part is drawn else replace(part, aside=True))
            left -= 0 if part is drawn else _FOLD
            continue
        main = n == next((at for at, one in enumerate(together) if isinstance(one, Table)), -1)
        short = _short(part, left - _FOLD * (len(together) - n - 1), least=TELLING if main else ROWS)
        tall = sum(map(_height, short))
        fits = tall <= max(left, 2 * _FOLD) or isinstance(part, Folded)
        left -= tall if fits else _FOLD
        parts.extend(short if fits else (Folded(_summary(part), (part,)),))
    short_view = replace(view, parts=tuple(parts))
    return short_view if height(short_view) <= room else replace(view, parts=tuple(_together(parts, _FEW)))


def _together(parts: Iterable[Part], many: int) -> Iterator[Part]:
    """Folds that stand below each other behind one: where even their headings are too many."""
    for _, neighbours in groupby(parts, lambda part: isinstance(part, Folded) and not part.alone):
        found = list(neighbours)
        folded = [part for part in found if isinstance(part, Folded)]
        if len(folded) < many:
            yield from found
        else:
            yield Folded(f"{folded[0].summary}, and {len(folded) - 1} more", tuple(folded))


def height(view: View) -> int:
    """About how many pixels a view takes, once it is levelled."""
    drawn = _drawn(view)
    return _TITLE + sum(_CHART if part is drawn else _height(part) for part in view.parts)


def _drawn(view: View) -> Lines | Bars | None:
    return next((part for part in view.parts if isinstance(part, (Lines, Bars)) and not part.aside), None)


def _short(part: Part, room: int, least: int) -> tuple[Part, ...]:
    """A long table as its most telling rows, as many as there is room for, and all of them behind a fold.

    The first table of a view is what it is about: of that, a few rows are better than none.
    """
    if not isinstance(part, Table) or (len(part.rows) <= ROWS and _height(part) <= room):
        return (part,)
    every = Folded(f"All {plural(len(part.rows), 'row')}", (replace(part, title=""),))
    for count in range(min(ROWS, len(part.rows) - 1), least - 1, -1):
        shown = _rows(part, count)
        if _height(shown) + _FOLD <= room:
            return shown, every
    return (part,) if len(part.rows) <= ROWS else (_rows(part, ROWS), every)


def _rows(table: Table, count: int) -> Table:
    """Its most telling rows."""
    chosen, _ = shown_rows(table, count)
    tones = tuple(table.tones[i] for i in chosen) if len(table.tones) == len(table.rows) else ()
    return replace(table, rows=tuple(table.rows[i] for i in chosen), tones=tones, note="")


def _height(part: Part) -> int:
    """About how many pixels a part takes."""
    if isinstance(part, Note):
        return 8 + sum(_LINE * max(1, ceil(len(line) / _WIDE)) for line in part.text.split("\n"))
    if isinstance(part, Code):
        return 30 + sum(19 * max(1, ceil(len(line) / _WIDE)) for line in part.text.split("\n"))
    if isinstance(part, Table):
        texts, _ = cells(part)
        heads = (_ROW if any(part.columns) else 0) + (26 if part.title else 0) + (26 if part.note else 0)
        return heads + sum(_row_height(row) for row in texts)
    return _FOLD


def _row_height(row: list[str]) -> int:
    """Its longest cell is broken where the others leave it too little room."""
    longest = max(map(len, row), default=0)
    room = max(24, _WIDE - (sum(map(len, row)) - longest) - 2 * len(row))
    return _ROW + 20 * (max(1, ceil(longest / room), max((t.count("\n") + 1 for t in row), default=1)) - 1)


def _summary(part: Part) -> str:
    if isinstance(part, Table):
        count = plural(len(part.rows), "row")
        return part.title or part.name or f"{count}: {', '.join(name for name in part.columns if name)}"
    if isinstance(part, Code):
        lines = part.text.split("\n")
        first = lines[0].replace("`", " ")
        more = f"{len(lines) - 1:,} more line{'' if len(lines) == 2 else 's'}"
        return f"`{first if len(first) <= _HEADING else first[:_HEADING] + ' ...'}` and {more}"
    text = part.text if isinstance(part, Note) else ""
    first = re.split(r"(?<=[.:!?])\s|\n", text.strip(), maxsplit=1)[0].rstrip(":")
    return (
        first if first.count("**") % 2 == 0 and first.count("`") % 2 == 0 else first.replace("**", "").replace("`", "")
    )
