"""``show(thing)``: the one call with which a notebook shows a result."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from smartroute_runbook.environment.detect import headless, in_notebook
from smartroute_runbook.views import Bars, Folded, Lines, Part, View

from . import head
from .formats import chart_table
from .levels import LEAST, SCREEN, height, levelled
from .markup import folded_html, heading, part_html, titled_fold
from .text import plain_text, print_view

__all__ = ["interactive", "show"]


def interactive() -> bool:
    """Whether a person sits at the notebook: a Jupyter server started the kernel and nothing says headless."""
    return in_notebook() and not headless()


def show(thing: Any) -> None:
    """Show a result, a proposal, a gate or a view; in a terminal as text, in a notebook as HTML and charts.

    Args:
        thing: anything with a ``view()``, or a ``View``. A gate becomes its sign-off form, a model with
            controls its sliders, when a person sits at the notebook, and what they record everywhere else.

    Raises:
        TypeError: the thing has no ``view()``.
    """
    if isinstance(thing, View):
        view = thing
    elif callable(getattr(thing, "sign", None)) and hasattr(thing, "items") and interactive():
        from .forms import show_form

        show_form(thing)
        head.rewrite()
        return
    elif callable(getattr(thing, "at", None)) and hasattr(thing, "controls") and interactive():
        from .explorer import show_explorer

        show_explorer(thing)
        return
    elif callable(getattr(thing, "view", None)):
        view = thing.view()
    else:
        raise TypeError(f"{type(thing).__name__} cannot be shown: it has no view()")
    if not in_notebook():
        print_view(view)
        return
    if callable(getattr(thing, "again", None)) and interactive():
        head.show_banner(thing)
        return
    show_view(view)
    head.rewrite()


def show_view(view: View) -> None:
    """Display a view in a notebook: at most a screen open, the rest folded; each chart in an output of its own."""
    short = levelled(view, _Cell.room())
    _Cell.used += height(short)
    if len(short.parts) == 1 and isinstance(short.parts[0], Folded):
        _emit(titled_fold(short.title, short.parts[0], short.tone), view)
        return
    html = heading(view.title, view.tone)
    for folded, whole in zip(_segments(short), _segments(view), strict=True):
        html += "".join(map(part_html, folded.parts))
        if html:
            _emit(html, View(view.title, whole.parts, view.tone))
        html = ""
        if folded.chart is not None:
            html = _chart(folded.chart)
    if html:
        _emit(html, View(view.title))


class _Cell:
    """The cell that is being executed, and how much of its screen is taken."""

    number: int = -1
    used: int = 0

    @classmethod
    def room(cls) -> int:
        """Pixels for the next view: a screen is a cell's, and those after the first leave room for others."""
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython else None
        if shell is not None and shell.execution_count != cls.number:
            cls.number, cls.used = shell.execution_count, 0
        left = SCREEN - cls.used
        return SCREEN if not cls.used else max(min(left, SCREEN // 3), LEAST)


@dataclass(frozen=True)
class _Segment:
    """Parts up to a chart, and the chart; the last one has none."""

    parts: tuple[Part, ...]
    chart: Lines | Bars | None = None


def _segments(view: View) -> list[_Segment]:
    segments: list[_Segment] = []
    parts: list[Part] = []
    for part in view.parts:
        if isinstance(part, (Lines, Bars)):
            segments.append(_Segment(tuple(parts), part))
            parts = []
        else:
            parts.append(part)
    return [*segments, _Segment(tuple(parts))]


def _chart(chart: Lines | Bars) -> str:
    """Display a chart; returns the HTML of its numbers, folded, to be shown right after it."""
    from IPython.display import display

    from . import charts  # heavy, and not needed for text

    display(charts.aside(chart) if chart.aside else charts.bundle(chart), raw=True)
    if chart.aside:  # they stand in its fold
        return ""
    return folded_html(Folded("The numbers of this chart", (chart_table(chart),)))


def _emit(html: str, view: View) -> None:
    from IPython.display import display

    display({"text/html": html, "text/plain": plain_text(view)}, raw=True)
