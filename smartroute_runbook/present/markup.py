"""A view as HTML of a few plain tags with inline styles.

Only ``div b table tr td ul li code pre`` are used: the strictest sanitiser of notebook viewers (nbconvert's) keeps
those, and without any style, script or network the page still reads in order. What is folded stands in ``details``,
which JupyterLab, GitHub and the record keep; where they are not kept, everything is open. Colours say nothing that a
mark or a word does not say.
"""

from __future__ import annotations

import re
from html import escape

from smartroute_runbook.errors import visible
from smartroute_runbook.views import Bars, Code, Folded, Lines, Marked, Note, Part, Table, Tone, View

from .fit import fit_of
from .formats import MARKS, ROW_LIMIT, cells, chart_table, shown_rows
from .vector import svg

__all__ = [
    "TONES",
    "code_html",
    "drawn_aside",
    "folded_html",
    "heading",
    "inline",
    "note_html",
    "part_html",
    "plain",
    "table_html",
    "titled_fold",
    "view_html",
]

# Readable on white and on a dark theme (contrast with white above 4.5:1, with #111 above 3:1).
TONES: dict[Tone, str] = {"plain": "inherit", "good": "#1f7a53", "warn": "#a15c07", "bad": "#c0392b"}
_TINTS: dict[Tone, str] = {
    "plain": "transparent",
    "good": "rgba(31, 122, 83, 0.07)",
    "warn": "rgba(217, 145, 20, 0.12)",
    "bad": "rgba(192, 57, 43, 0.10)",
}
_RULE = "1px solid rgba(128, 128, 128, 0.25)"
_FONT = "font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"

_SMALL = f"{_FONT}; font-size: 0.9em; opacity: 0.75; margin: 0.1em 0 0.6em 0; max-width: 62em"
_TABLE = (
    f"{_FONT}; border-collapse: collapse; border: none; margin: 0.2em 0 0.5em 0; font-size: 0.95em; "
    "line-height: 1.4; font-variant-numeric: tabular-nums"
)
_PAD = f"padding: {{}}; border: none; border-bottom: {_RULE}"
_HEADER_CELL = ' role="columnheader"'  # a td, because the sanitiser knows no th


# MathJax sets what stands between \( and \), \[ and \], or \begin and \end; a tag between two signs stops it.
_MATHEMATICS = re.compile(r"\\([(\[]|begin\b)")


_BROKEN = '<b style="font-weight: inherit">{}</b>'


def plain(text: str) -> str:
    """A value as HTML: escaped, control characters shown, what a page would read as mathematics kept as text."""
    safe = escape(visible(text), quote=False)
    safe = _MATHEMATICS.sub(lambda match: "\\" + _BROKEN.format(match[1]), safe)
    return safe.replace("$", _BROKEN.format("$")) if safe.count("$") > 1 else safe


def _cell(text: str) -> str:
    return inline(text) if isinstance(text, Marked) else plain(text)


def inline(text: str) -> str:
    """A sentence as HTML, its ``**bold**`` and ``code`` marks as tags."""
    safe = plain(text)
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", safe)


def _mark(tone: Tone) -> str:
    return f'<b style="color: {TONES[tone]}">{MARKS[tone]}</b>&nbsp; ' if MARKS[tone] else ""


def heading(title: str, tone: Tone = "plain") -> str:
    """The headline of a view."""
    style = f"{_FONT}; font-size: 1.15em; line-height: 1.4; margin: 0.4em 0 0.5em 0"
    return f'<div style="{style}">{_mark(tone)}<b>{plain(title)}</b></div>'


def note_html(note: Note) -> str:
    """A note; lines that begin with ``- `` become a list."""
    style = f"{_FONT}; line-height: 1.5; margin: 0.2em 0 0.5em 0; max-width: 66em; overflow-wrap: anywhere"
    indent = "1.4em"
    if note.tone != "plain":  # one bar over paragraphs and lists alike, so no margins between them
        bar = f"border-left: 3px solid {TONES[note.tone]}"
        style = f"{_FONT}; line-height: 1.5; margin: 0; max-width: 66em; overflow-wrap: anywhere; {bar}"
        style, indent = f"{style}; padding: 0.15em 0 0.15em 0.8em", "2.2em"
    blocks: list[str] = []
    items: list[str] = []

    def close() -> None:
        if items:
            blocks.append(f'<ul style="{style}; padding-left: {indent}">{"".join(items)}</ul>')
            items.clear()

    lead = _mark(note.tone)
    for line in note.text.splitlines() or [""]:
        if line.startswith("- "):
            items.append(f"<li>{inline(line[2:])}</li>")
            continue
        close()
        if line.strip():
            blocks.append(f'<div style="{style}">{lead}{inline(line)}</div>')
            lead = ""
    close()
    return "".join(blocks)


def _row(cells_html: list[str], styles: list[str], row_style: str, role: str = "") -> str:
    """A row; a head without a name has no role: a screen reader would call an empty one out."""
    each = zip(cells_html, styles, strict=True)
    cells_ = (f'<td{role if text else ""} style="{style}">{text}</td>' for text, style in each)
    return f'<tr style="{row_style}">{"".join(cells_)}</tr>'


def table_html(table: Table, limit: int = ROW_LIMIT) -> str:
    """A table with numbers lined up on the right; long tables are cut with a line that says so."""
    texts, right = cells(table)
    chosen, cut = shown_rows(table, limit)
    fit = fit_of(table.columns, [[row[n] for row in texts] for n in range(len(table.columns))])
    sides = [f"text-align: {'right' if is_right else 'left'}" for is_right in right]
    head = _row(
        [f"<b>{plain(c)}</b>" if c else "" for c in table.columns],
        [f"{side}; {_PAD.format(fit.pad)}; vertical-align: bottom" for side in sides],
        "background: transparent",
        _HEADER_CELL,
    )
    rows = [head] if any(table.columns) else []
    for i in chosen:
        tone: Tone = table.tones[i] if i < len(table.tones) else "plain"
        row = [_cell(text) for text in texts[i]]
        if row and tone != "plain":
            row[0] = _mark(tone) + row[0]
        cell = f"{_PAD.format(fit.pad)}; vertical-align: top; max-width: 60em"
        styles = [f"{side}; {fit.breaks(text)}; {cell}" for side, text in zip(sides, texts[i], strict=True)]
        rows.append(_row(row, styles, f"background: {_TINTS[tone]}"))
    title = f'<div style="{_FONT}; margin: 0.6em 0 0.1em 0"><b>{plain(table.title)}</b></div>' if table.title else ""
    notes = "".join(f'<div style="{_SMALL}">{inline(note)}</div>' for note in (table.note, cut) if note)
    # On a narrow page it scrolls by itself, by keyboard too: JupyterLab's own frame would scroll and takes no focus.
    wide = f'<div tabindex="0" style="overflow-x: auto"><table style="{_TABLE}">{"".join(rows)}</table></div>'
    return f"{title}{wide}{notes}"


_PRE = (
    "font-family: ui-monospace, SFMono-Regular, Menlo, 'Liberation Mono', monospace; font-size: 0.92em; "
    "line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0.2em 0 0.7em 0; "
    f"padding: 0.5em 0.8em; border: none; border-left: {_RULE}; background: rgba(128, 128, 128, 0.07); max-width: 72em"
)
_SIGNS: dict[str, Tone] = {"+": "good", "~": "warn", "-": "bad"}


def code_html(code: Code) -> str:
    """Text as it is, line by line; the signs of a diff are coloured as well as shown."""
    lines = code.text.split("\n")
    return f'<pre style="{_PRE}">' + "\n".join(_line(line, diff=code.diff) for line in lines) + "</pre>"


def _line(text: str, *, diff: bool) -> str:
    tone = _SIGNS.get(text.lstrip()[:1]) if diff else None
    return f'<b style="color: {TONES[tone]}; font-weight: inherit">{plain(text)}</b>' if tone else plain(text)


def folded_html(folded: Folded) -> str:
    """Closed until it is wanted; paper shows it open."""
    return _details(inline(folded.summary), _parts_html(folded.parts))


def _parts_html(parts: tuple[Part, ...]) -> str:
    return "".join(map(part_html, parts))


def titled_fold(title: str, folded: Folded, tone: Tone = "plain") -> str:
    """A view of which all but the title is folded: one line that opens."""
    words = f'<b style="font-size: 1.15em">{plain(title)}</b>'
    return _details(f"{_mark(tone)}{words}", part_html(Note(f"**{folded.summary}**")) + _parts_html(folded.parts))


def drawn_aside(chart: Lines | Bars) -> str:
    """A chart that is drawn when it is wanted, behind its title, with its numbers."""
    numbers = Folded("The numbers of this chart", (chart_table(chart),))
    return _details(plain(chart.title), svg(chart, ground="") + folded_html(numbers))


def _details(summary: str, body: str) -> str:
    style = f"{_FONT}; line-height: 1.5; margin: 0.2em 0 0.3em 0; overflow-wrap: anywhere"
    return f'<details style="{style}"><summary>{summary}</summary>{body}</details>'


def part_html(part: Part) -> str:
    """One part; of a chart its numbers."""
    if isinstance(part, Table):
        return table_html(part)
    if isinstance(part, Code):
        return code_html(part)
    if isinstance(part, Folded):
        return folded_html(part)
    return table_html(chart_table(part)) if isinstance(part, (Lines, Bars)) else note_html(part)


def view_html(view: View) -> str:
    """The whole view, charts left out (``charts`` shows those)."""
    parts = [part_html(part) for part in view.parts if not isinstance(part, (Lines, Bars))]
    return (heading(view.title, view.tone) if view.title else "") + "".join(parts)
