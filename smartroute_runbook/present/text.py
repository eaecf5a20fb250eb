"""A view in a terminal (rich) and as plain text."""

from __future__ import annotations

import io
import re

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from smartroute_runbook.errors import visible
from smartroute_runbook.views import Code, Folded, Marked, Note, Part, Table, Tone, View

from .formats import MARKS, cells, chart_table, shown_rows

__all__ = ["marked", "plain_text", "print_view", "rich_view"]

_STYLES: dict[Tone, str] = {"plain": "", "good": "green", "warn": "yellow", "bad": "red"}


_MARKED = re.compile(r"\*\*(?P<bold>.+?)\*\*|`(?P<code>[^`]+)`")


def _inline(text: str, style: str = "") -> Text:
    """``**bold**`` and ``code`` as styles. Never through rich's markup, which reads brackets and ``:words:``."""
    body, end, text = Text(style=style), 0, visible(text)
    for match in _MARKED.finditer(text):
        body.append(text[end : match.start()])
        if (bold := match["bold"]) is not None:
            inner = _inline(bold)
            inner.stylize("bold")
            body.append_text(inner)
        else:
            body.append(match["code"], "cyan")
        end = match.end()
    return body.append(text[end:])


def marked(text: str, tone: Tone) -> Text:
    """A sentence with the mark of its tone before it."""
    return _toned(_inline(text), tone)


def _cell(text: str, tone: Tone = "plain") -> Text:
    """A value: what it holds is shown, never read as a mark."""
    return _toned(_inline(text) if isinstance(text, Marked) else Text(visible(text)), tone)


def _toned(body: Text, tone: Tone) -> Text:
    return Text.assemble((f"{MARKS[tone]} ", _STYLES[tone]), body) if MARKS[tone] else body


def _table(table: Table) -> RenderableType:
    texts, right = cells(table)
    chosen, cut = shown_rows(table)
    grid = RichTable(
        box=SIMPLE_HEAD,
        title=_cell(table.title) if table.title else None,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        show_edge=False,
        show_header=any(table.columns),
    )
    for name, is_right in zip(table.columns, right, strict=True):
        grid.add_column(_cell(name), justify="right" if is_right else "left", overflow="fold")
    for i in chosen:
        tone: Tone = table.tones[i] if i < len(table.tones) else "plain"
        row = [_cell(text, tone if column == 0 else "plain") for column, text in enumerate(texts[i])]
        grid.add_row(*row)
    notes = [_inline(note, "dim") for note in (table.note, cut) if note]
    return Group(grid, *notes)


def _part(part: Part) -> RenderableType:
    if isinstance(part, Note):
        return marked(part.text, part.tone)
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, Code):
        return Text(visible(part.text), style="dim" if not part.diff else "")
    if isinstance(part, Folded):
        return Group(_inline(part.summary, "bold"), *(Padding(_part(inner), (0, 0, 0, 2)) for inner in part.parts))
    return Group(Text(visible(part.title), style="bold"), _table(chart_table(part)))


def rich_view(view: View) -> RenderableType:
    """The view as something rich can print."""
    title = _cell(view.title, view.tone)
    title.stylize("bold")
    return Group(title, *(Padding(_part(part), (0, 0, 1, 2)) for part in view.parts))


def print_view(view: View, console: Console | None = None) -> None:
    """Print a view to the terminal (standard output unless another console is given)."""
    (console or Console()).print(rich_view(view))


def plain_text(view: View, width: int = 110) -> str:
    """The view as text without colours or control characters: what a viewer without HTML shows."""
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, force_terminal=False, force_jupyter=False).print(rich_view(view))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip()
