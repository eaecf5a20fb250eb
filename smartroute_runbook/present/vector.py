"""A chart as inline SVG, from its figures alone: no browser, no script, no font of its own.

It stands beside the live figure in a notebook and alone in the record. Text takes the colour of its page, and each
series carries a class (``series0``, ``series1``...) for a page with colours of its own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape
from typing import Any

from smartroute_runbook.errors import visible
from smartroute_runbook.views import Bars, Lines, Series

from .axes import Axis, Categories, Linear, Logarithmic, number
from .palette import DASHES, PALETTE, styles

__all__ = ["alt_text", "mark_label", "svg", "title_lines"]

_WIDTH = 760
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 716, 62, 268
_LINE, _HEAD = 15, 19  # pixels of a line of text, and of the title
_TITLE = 80  # characters of the title that fit into a line
_DOTS = 12  # a line through more points is read as a line
_GRID = 'stroke="currentColor" stroke-opacity="0.16"'
_FONT = "system-ui, -apple-system, Segoe UI, Liberation Sans, Arial, sans-serif"
_BAR_FILLS = ("1", "0.35", "0.7", "0.12")  # a second sign of a series, for those who see no colours


def alt_text(chart: Lines | Bars) -> str:
    """The alternative text of a chart: its title, axes, each series' range, and its marks."""
    kind = "Bars" if isinstance(chart, Bars) else "Lines"
    sentences = [f"{chart.title}. {kind}: {chart.y_title} by {chart.x_title}"]
    sentences += [
        f"{s.name}: {number(min(s.y))} to {number(max(s.y))}" if s.y else f"{s.name}: no value" for s in chart.series
    ]
    sentences += [f"{label}: {number(value)}" for label, value in chart.marks]
    return visible("; ".join(sentences) + ".")


def title_lines(chart: Lines | Bars, width: int = _TITLE) -> list[str]:
    """The title as it stands above a chart of so many characters: a long one on several lines, never cut."""
    return textwrap.wrap(visible(chart.title), width) or [""]


def svg(chart: Lines | Bars, ground: str = "#ffffff") -> str:
    """The chart as one ``svg`` element with its words as accessible name.

    Args:
        chart: its figures.
        ground: what it is drawn on; empty inside a page whose ground and colour of text it takes.
    """
    values = [v for s in chart.series for v in (*s.y, *s.low, *s.high)] + [value for _, value in chart.marks]
    log_y = isinstance(chart, Lines) and chart.log_y
    y: Axis = Logarithmic.over(values, _BOTTOM, _TOP) if log_y else Linear.over(values, _BOTTOM, _TOP)
    x = _across(chart)
    lines = max((len(words) for _, words in x.labels()), default=1) if isinstance(x, Categories) else 1
    bottom = _BOTTOM + _LINE * lines + 36
    title = title_lines(chart)
    more = _HEAD * (len(title) - 1)
    height = bottom + more
    colours = styles(chart.series)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"',
        f' role="img" aria-label="{escape(alt_text(chart))}" font-family="{_FONT}" font-size="12">',
        f'<rect class="ground" width="{_WIDTH}" height="{height}" fill="{ground or "none"}"/>',
        f'<g class="chart" color="{"#3b4148" if ground else "inherit"}">',
        *(_text(0, 16 + _HEAD * n, line, size=15, weight=600) for n, line in enumerate(title)),
        f'<g transform="translate(0 {more})">',
        _text(0, 36, chart.y_title),
        *_grid(x, y),
        _text((_LEFT + _RIGHT) / 2, bottom - 8, chart.x_title, anchor="middle"),
    ]
    for place, (series, style) in enumerate(zip(chart.series, colours, strict=True)):
        drawn = _bars(chart, place, x, y) if isinstance(chart, Bars) else _line(series, style, x, y)
        parts.append(f'<g class="series{style}" color="{PALETTE[style]}">{drawn}</g>')
    parts += [*_marks(chart, y), *(_legend(chart, colours) if len(chart.series) > 1 else ())]
    return "".join((*parts, "</g></g></svg>"))


def _across(chart: Lines | Bars) -> Axis | Categories:
    positions = [x for s in chart.series for x in s.x]
    if isinstance(chart, Bars) or not all(isinstance(x, (int, float)) for x in positions):
        return Categories(tuple(dict.fromkeys(visible(str(x)) for x in positions)), _LEFT, _RIGHT)
    values = [float(str(x)) for x in positions]
    if chart.log_x:
        return Logarithmic.over(values, _LEFT, _RIGHT)
    return Linear.over(values, _LEFT, _RIGHT, zero=False)


def _at(x: Axis | Categories, value: Any) -> float:
    return x.at(visible(str(value))) if isinstance(x, Categories) else x.at(float(value))


def _text(x: float, y: float, text: str, *, anchor: str = "", size: int = 0, weight: int = 0) -> str:
    more = "".join(
        f' {name}="{value}"'
        for name, value in (("text-anchor", anchor), ("font-size", size), ("font-weight", weight))
        if value
    )
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="currentColor"{more}>{escape(visible(text))}</text>'


def _grid(x: Axis | Categories, y: Axis) -> Iterator[str]:
    for value, label in y.ticks():
        at = y.at(value)
        yield f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{at:.1f}" y2="{at:.1f}" {_GRID}/>'
        yield _text(_LEFT - 8, at + 4, label, anchor="end")
    if isinstance(x, Categories):
        for name, lines in x.labels():
            for n, line in enumerate(lines):
                yield _text(x.at(name), _BOTTOM + _LINE * (n + 1) + 2, line, anchor="middle")
        return
    for value, label in x.ticks():
        at = x.at(value)
        yield f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{_BOTTOM}" y2="{_BOTTOM + 5}" {_GRID}/>'
        yield _text(at, _BOTTOM + 20, label, anchor="middle")


def _line(series: Series, style: int, x: Axis | Categories, y: Axis) -> str:
    points = [(_at(x, a), y.at(b)) for a, b in zip(series.x, series.y, strict=True)]
    drawn = ""
    if series.high:
        edge = [*zip(series.x, series.high, strict=True), *reversed([*zip(series.x, series.low, strict=True)])]
        drawn = f'<polygon points="{_points([(_at(x, a), y.at(b)) for a, b in edge])}" fill="currentColor" '
        drawn += 'fill-opacity="0.18"/>'
    if len(points) > 1:
        drawn += f'<polyline points="{_points(points)}" fill="none" stroke="currentColor" stroke-width="2.2"'
        drawn += f"{_dash(style)}/>"
    if len(points) <= _DOTS:
        size = 3.4 if len(points) > 1 else 5.6  # one point is a mark: today, the break-even
        drawn += "".join(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{size}" fill="currentColor"/>' for a, b in points)
    return drawn


def _dash(style: int) -> str:
    return f' stroke-dasharray="{DASHES[style]}"' if DASHES[style] else ""


def _points(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in points)


def _bars(chart: Bars, place: int, x: Axis | Categories, y: Axis) -> str:
    """One series' bars, side by side with those of the others; a whisker from low to high."""
    series, count = chart.series[place], len(chart.series)
    width = min((x.room if isinstance(x, Categories) else 40.0) * 0.74 / count, 46.0)
    fill, ground, drawn = _BAR_FILLS[place % len(_BAR_FILLS)], y.at(max(0.0, y.low)), []
    for n, (name, value) in enumerate(zip(series.x, series.y, strict=True)):
        middle = _at(x, name) + (place - (count - 1) / 2) * width
        top, bottom = sorted((y.at(value), ground))
        drawn.append(
            f'<rect x="{middle - width * 0.46:.1f}" y="{top:.1f}" width="{width * 0.92:.1f}" '
            f'height="{bottom - top:.1f}" fill="currentColor" fill-opacity="{fill}" stroke="currentColor"/>'
        )
        if series.high:
            low, high, cap = y.at(series.low[n]), y.at(series.high[n]), min(width * 0.2, 5)
            drawn.append(
                f'<path d="M{middle:.1f} {low:.1f}V{high:.1f}M{middle - cap:.1f} {high:.1f}'
                f'H{middle + cap:.1f}" fill="none" stroke="#6b7280" stroke-width="1.6"/>'
            )
    return "".join(drawn)


def _marks(chart: Lines | Bars, y: Axis) -> Iterator[str]:
    """Dotted lines, each with its label above; a label that would touch the one below stands higher."""
    below = float("inf")
    for label, value in sorted(chart.marks, key=lambda mark: mark[1]):
        at = y.at(value)
        yield (
            f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="currentColor" '
            'stroke-opacity="0.6" stroke-width="1.2" stroke-dasharray="2 4"/>'
        )
        below = min(at - 5, below - _LINE)
        yield _text(_RIGHT, below, mark_label(label, value), anchor="end")


def mark_label(label: str, value: float) -> str:
    """A mark with its value, as a drawing and a live figure name it."""
    return f"{label}: {number(value)}"


def _legend(chart: Lines | Bars, colours: list[int]) -> Iterator[str]:
    at = float(_LEFT)
    for place, (series, style) in enumerate(zip(chart.series, colours, strict=True)):
        drawn = f'stroke="currentColor" stroke-width="2.2"{_dash(style)}'
        shape = (
            f'<rect x="{at:.0f}" y="43" width="12" height="11" fill="currentColor" stroke="currentColor" '
            f'fill-opacity="{_BAR_FILLS[place % len(_BAR_FILLS)]}"/>'
            if isinstance(chart, Bars)
            else f'<line x1="{at:.0f}" x2="{at + 26:.0f}" y1="49" y2="49" {drawn}/>'
        )
        start = at + (18 if isinstance(chart, Bars) else 32)
        yield f'<g class="series{style}" color="{PALETTE[style]}">{shape}</g>{_text(start, 53, series.name)}'
        at = start + 6.8 * len(series.name) + 22
