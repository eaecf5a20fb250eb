"""Charts as plotly figures with a static picture inside, and always a table beside them.

One output holds the figure (live in JupyterLab), the chart as SVG (what viewers without JavaScript and the record
show) and text.
"""

from __future__ import annotations

import json
import textwrap
from math import floor, log10
from typing import Any

from smartroute_runbook.errors import visible
from smartroute_runbook.views import Bars, Lines, Series, View

from .axes import number
from .formats import chart_table
from .markup import drawn_aside
from .palette import PALETTE, styles
from .text import plain_text
from .vector import mark_label, svg, title_lines

__all__ = ["aside", "bundle", "figure"]

_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
_SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star")
_SHAPES = ("", "/", ".", "x", "-", "+", "|")
_HEIGHT, _HEAD = 350, 24  # pixels; of the chart, and of a line of its title
_TITLE = 56  # characters of a line of the title: half a page is as wide, and that is all of it at 200%
_PLOT, _APART = 210, 15  # pixels of the axis, and between two labels beside it
_DOTS = 12  # a line through more points is read as a line
# plotly.js 4 shows "Share chart" by default, which uploads the figures to a service of its makers.
CONFIG = {"displayModeBar": False, "displaylogo": False, "showSendToCloud": False, "responsive": True}
# A figure takes no colour of its page: it has no ground of its own, and an ink that is read on white and on black.
_INK, _GRID, _CLEAR = "#767c85", "rgba(128,128,128,0.28)", "rgba(0,0,0,0)"


def _label(text: object) -> str:
    """A text as plotly shows it whole: it reads ``<b>`` and its like in labels as markup."""
    return visible(str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _layout(chart: Lines | Bars) -> dict[str, Any]:
    axis = {
        "gridcolor": _GRID,
        "linecolor": _GRID,
        "zeroline": False,
        "ticks": "outside",
        "tickcolor": _GRID,
        "automargin": True,
        "exponentformat": "none",
        "separatethousands": True,
    }
    x_axis, y_axis = {**axis, "showgrid": False}, {**axis, "rangemode": "tozero"}
    legend, few = len(chart.series) > 1, isinstance(chart, Bars) and all(len(s.x) < 4 for s in chart.series)
    x_axis["title"] = {"text": _label(chart.x_title), "font": {"size": 13}, "standoff": 12}
    y_axis["title"] = {"text": _label(chart.y_title), "font": {"size": 13}, "standoff": 14}
    if isinstance(chart, Bars):
        x_axis |= _wrapped([str(x) for series in chart.series for x in series.x])
    else:
        x_axis |= {"type": "log", "dtick": 1} if chart.log_x else {}
        y_axis |= {"type": "log", "rangemode": "normal", **_log_ticks(chart)} if chart.log_y else {}
    lines = title_lines(chart, _TITLE)
    more = _HEAD * (len(lines) - 1)
    return {
        "autosize": True,
        "height": _HEIGHT + more,
        "title": {
            "text": "<br>".join(map(_label, lines)),
            "font": {"size": 16},
            "x": 0.01,
            "xref": "container",
            "xanchor": "left",
            "y": 0.96,
            "yanchor": "top",
        },
        "font": {"family": "Liberation Sans, Arial, Helvetica, sans-serif", "size": 13, "color": _INK},
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "margin": {"l": 64, "r": _beside(chart), "t": (84 if legend else 52) + more, "b": 56},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        "showlegend": legend,
        "hovermode": "x unified",
        "barmode": "group",
        "bargap": 0.6 if few else 0.35,
        "bargroupgap": 0.08,
        "xaxis": x_axis,
        "yaxis": y_axis,
        "shapes": [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": value,
                "y1": value,
                "line": {"color": _INK, "width": 1.2, "dash": "dot"},
            }
            for _, value in chart.marks
        ],
    }


def _log_ticks(chart: Lines) -> dict[str, Any]:
    """Powers of ten; where the values lie within two of them also twice and five times: one label tells no scale."""
    values = [v for s in chart.series for v in (*s.y, *s.high, *s.low)] + [value for _, value in chart.marks]
    logs = [log10(v) for v in values if v > 0] or [0.0]
    if max(logs) - min(logs) > 2:
        return {"dtick": 1}
    whole = range(floor(min(logs)), floor(max(logs)) + 2)
    ticks = [n * 10.0**power for power in whole for n in (1, 2, 5)]
    return {"tickmode": "array", "tickvals": ticks, "ticktext": [number(tick) for tick in ticks]}


def _beside(chart: Lines | Bars) -> int:
    """Pixels right of the plot: for the labels of its marks, which would be struck through inside it."""
    return max([24, *(12 + round(6.8 * len(mark_label(label, value))) for label, value in chart.marks)])


def _wrapped(names: list[str]) -> dict[str, Any]:
    """Names too long for their room stand on several lines, broken at blanks and joints, never inside a word."""
    names = list(dict.fromkeys(names))
    width = max(8, 84 // max(len(names), 1))
    if not names or len(names) > 12 or max(map(len, names)) <= width:
        return {}
    lines = [textwrap.wrap(n.replace("_", "_ "), width, break_long_words=False) for n in names]
    return {
        "tickmode": "array",
        "tickvals": [_label(n) for n in names],
        "ticktext": ["<br>".join(_label(line.replace("_ ", "_")) for line in each) for each in lines],
    }


def _band(series: Series, colour: str) -> dict[str, Any]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*series.x, *reversed(series.x)],
        "y": [*series.high, *reversed(series.low)],
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},0.15)",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _line(series: Series, style: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(series.x) <= _DOTS else "lines",
        "name": _label(series.name),
        "x": list(series.x),
        "y": list(series.y),
        "line": {"color": PALETTE[style], "dash": _DASHES[style], "width": 2.2},
        "marker": {"symbol": _SYMBOLS[style], "size": 7 if len(series.x) > 1 else 11},
    }


def _bar(series: Series, style: int) -> dict[str, Any]:
    error: dict[str, Any] = {}
    if series.high:
        above = [high - y for high, y in zip(series.high, series.y, strict=True)]
        below = [y - low for low, y in zip(series.low, series.y, strict=True)]
        error = {
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": above,
                "arrayminus": below,
                "color": _INK,
                "thickness": 1.2,
                "width": 4,
            }
        }
    pattern = {
        "shape": _SHAPES[style],
        "fillmode": "overlay",
        "fgcolor": "rgba(255,255,255,0.55)",
        "fgopacity": 1,
        "size": 8,
        "solidity": 0.2,
    }
    return {
        "type": "bar",
        "name": _label(series.name),
        "x": [_label(x) for x in series.x],
        "y": list(series.y),
        "marker": {"color": PALETTE[style], "pattern": pattern},
        **error,
    }


def figure(chart: Lines | Bars) -> dict[str, Any]:
    """The chart as a plotly figure in JSON form (``data`` and ``layout``)."""
    looks = styles(chart.series)
    data: list[dict[str, Any]] = []
    for series, style in zip(chart.series, looks, strict=True):
        if isinstance(chart, Bars):
            data.append(_bar(series, style))
            continue
        if series.high:
            data.append(_band(series, PALETTE[style]))
        data.append(_line(series, style))
    layout = _layout(chart)
    layout["annotations"] = _mark_labels(chart)
    return _json_ready({"data": data, "layout": layout})


def _mark_labels(chart: Lines | Bars) -> list[dict[str, Any]]:
    """What each mark is, beside the plot at its height; one that would touch the label below stands higher."""
    log_y = isinstance(chart, Lines) and chart.log_y
    shown = [v for s in chart.series for v in (*s.y, *s.high, *s.low)] + [value for _, value in chart.marks]
    heights = [log10(v) if log_y else v for v in shown if v > 0 or not log_y] + ([] if log_y else [0.0])
    per_pixel = (max(heights, default=1.0) - min(heights, default=0.0)) / _PLOT
    labels, below = [], float("-inf")
    for label, value in sorted(chart.marks, key=lambda mark: mark[1]):
        at = log10(value) if log_y and value > 0 else value
        below = max(at, below + _APART * per_pixel)
        text = {"text": _label(mark_label(label, value)), "showarrow": False, "font": {"size": 12, "color": _INK}}
        labels.append({"xref": "paper", "x": 1.01, "y": below, "xanchor": "left", "yanchor": "middle", **text})
    return labels


def _json_ready(fig: dict[str, Any]) -> dict[str, Any]:
    """Through plotly's own encoder: dates, decimals and numpy values become JSON types."""
    import plotly.graph_objects as go

    plain: dict[str, Any] = json.loads(go.Figure(fig).to_json())
    plain["layout"].pop("template", None)
    return plain


def bundle(chart: Lines | Bars) -> dict[str, Any]:
    """The raw output of one chart: figure, drawing, and text."""
    text = plain_text(View(chart.title, (chart_table(chart),)))
    live = {**figure(chart), "config": CONFIG}
    return {"application/vnd.plotly.v1+json": live, "image/svg+xml": svg(chart), "text/plain": text}


def aside(chart: Lines | Bars) -> dict[str, Any]:
    """The raw output of a chart that stands aside: folded where pages fold, drawn in the record."""
    text = plain_text(View(chart.title, (chart_table(chart),)))
    return {"text/html": drawn_aside(chart), "image/svg+xml": svg(chart), "text/plain": text}
