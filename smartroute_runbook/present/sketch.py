"""A line chart as a small inline SVG: drawn at once while a slider moves, without a browser of its own.

Only for what a person explores; charts of the record are ``charts``.
"""

from __future__ import annotations

from html import escape
from math import ceil, floor, log10

from smartroute_runbook.views import Lines, Series

from .charts import PALETTE

__all__ = ["svg"]

_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 34, 40, 46
_FONT = "font-family: system-ui, 'Segoe UI', 'Liberation Sans', sans-serif; font-size: 12px; fill: currentColor"


class _Axis:
    """Values to pixels, linear or logarithmic."""

    def __init__(self, values: list[float], start: float, end: float, *, log: bool) -> None:
        self._log, self._start, self._end = log, start, end
        shown = [v for v in values if v > 0] if log else [*values, 0.0]
        low, high = min(shown, default=1.0), max(shown, default=10.0)
        self.low: float = floor(log10(low)) if log else low
        self.high: float = max(ceil(log10(high)), self.low + 1) if log else high

    def at(self, value: float) -> float:
        placed = log10(max(value, 10.0**self.low)) if self._log else value
        return self._start + (placed - self.low) / ((self.high - self.low) or 1) * (self._end - self._start)

    def ticks(self) -> list[float]:
        if self._log:
            return [10.0**n for n in range(int(self.low), int(self.high) + 1)]
        return [self.low + (self.high - self.low) * n / 4 for n in range(5)]


def svg(chart: Lines) -> str:
    """The chart; a series of one point is drawn as a dot. Its title and series are its accessible name."""
    x = _Axis([float(str(v)) for s in chart.series for v in s.x], _LEFT, _WIDTH - _RIGHT, log=chart.log_x)
    y = _Axis([v for s in chart.series for v in s.y], _HEIGHT - _BOTTOM, _TOP, log=chart.log_y)
    name = escape(f"{chart.title}: {', '.join(s.name for s in chart.series)}", quote=True)
    parts = [f'<svg role="img" aria-label="{name}" width="{_WIDTH}" height="{_HEIGHT}" style="{_FONT}">']
    parts += [_grid(x, y), *(_line(s, x, y, PALETTE[n]) for n, s in enumerate(chart.series)), _legend(chart)]
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(chart.x_title)}</text>')
    parts.append(f'<text x="0" y="{_TOP - 24}">{escape(chart.y_title)}</text>')
    return "".join((*parts, "</svg>"))


def _grid(x: _Axis, y: _Axis) -> str:
    lines = [
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y.at(v):.1f}" y2="{y.at(v):.1f}" stroke="currentColor" '
        f'stroke-opacity="0.15"/><text x="{_LEFT - 6}" y="{y.at(v) + 4:.1f}" text-anchor="end">{_number(v)}</text>'
        for v in y.ticks()
    ]
    lines += [
        f'<text x="{x.at(v):.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{_number(v)}</text>'
        for v in x.ticks()
    ]
    return "".join(lines)


def _line(series: Series, x: _Axis, y: _Axis, colour: str) -> str:
    points = [(x.at(float(str(a))), y.at(b)) for a, b in zip(series.x, series.y, strict=True)]
    if len(points) == 1:
        return f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="5" fill="{colour}"/>'
    drawn = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    return f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _legend(chart: Lines) -> str:
    at, parts = _LEFT + 40, []
    for number, series in enumerate(chart.series):
        parts.append(f'<rect x="{at}" y="{_TOP - 34}" width="12" height="12" fill="{PALETTE[number]}"/>')
        parts.append(f'<text x="{at + 17}" y="{_TOP - 24}">{escape(series.name)}</text>')
        at += 34 + 7 * len(series.name)
    return "".join(parts)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
