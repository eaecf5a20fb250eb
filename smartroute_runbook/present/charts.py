"""Charts as plotly figures with a static picture inside, and always a table beside them.

One output holds the figure (live in JupyterLab), a PNG (what viewers without JavaScript and the record show) and
text. The PNG needs Chromium or Chrome and the extra ``charts``; without them the table carries the numbers.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import logging
import os
import shutil
import textwrap
import warnings
from math import log10
from threading import Thread
from typing import Any

from smartroute_runbook.errors import visible
from smartroute_runbook.views import Bars, Lines, Series, View

from .formats import chart_table
from .text import plain_text

__all__ = ["PALETTE", "bundle", "figure", "png"]

# Okabe and Ito's palette: distinguishable with every common colour blindness (https://jfly.uni-koeln.de/color/).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#4D4D4D")
_ENGINES = {"athena": 0, "redshift": 1}
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
_SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star")
_SHAPES = ("", "/", ".", "x", "-", "+", "|")
_WIDTH, _HEIGHT = 760, 380
# plotly.js 4 shows "Share chart" by default, which uploads the figures to a service of its makers.
CONFIG = {"displayModeBar": False, "displaylogo": False, "showSendToCloud": False}
_PATIENCE_SECONDS = 40.0
_INK, _GRID = "#3b4148", "#e6e8eb"


def _label(text: object) -> str:
    """A text as plotly shows it whole: it reads ``<b>`` and its like in labels as markup."""
    return visible(str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _styles(series: tuple[Series, ...]) -> list[int]:
    """A palette index each: Athena and Redshift keep theirs in every chart."""
    fixed = [next((i for word, i in _ENGINES.items() if word in s.name.lower()), None) for s in series]
    if len({i for i in fixed if i is not None}) < sum(i is not None for i in fixed):
        return [i % len(PALETTE) for i in range(len(series))]
    free = iter(i for i in range(len(PALETTE) * 9) if i % len(PALETTE) not in set(fixed))
    return [i if i is not None else next(free) % len(PALETTE) for i in fixed]


def _layout(chart: Lines | Bars) -> dict[str, Any]:
    axis = {
        "gridcolor": _GRID,
        "linecolor": "#c9cdd2",
        "zeroline": False,
        "ticks": "outside",
        "tickcolor": "#c9cdd2",
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
        y_axis |= {"type": "log", "dtick": 1, "rangemode": "normal"} if chart.log_y else {}
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "title": {"text": _label(chart.title), "x": 0, "xref": "paper", "xanchor": "left", "font": {"size": 16}},
        "font": {"family": "Liberation Sans, Arial, Helvetica, sans-serif", "size": 13, "color": _INK},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "margin": {"l": 64, "r": 24, "t": 84 if legend else 52, "b": 56},
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
                "line": {"color": "#6b7280", "width": 1.2, "dash": "dot"},
            }
            for _, value in chart.marks
        ],
    }


def _wrapped(names: list[str]) -> dict[str, Any]:
    """Names too long for one line stand on several, instead of on their heads."""
    names = list(dict.fromkeys(names))
    if not names or len(names) > 12 or sum(map(len, names)) < 90:
        return {}
    width = max(8, 96 // len(names))
    return {
        "tickmode": "array",
        "tickvals": [_label(n) for n in names],
        "ticktext": ["<br>".join(map(_label, textwrap.wrap(n, width))) for n in names],
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
        "mode": "lines+markers" if len(series.x) <= 30 else "lines",
        "name": _label(series.name),
        "x": list(series.x),
        "y": list(series.y),
        "line": {"color": PALETTE[style], "dash": _DASHES[style], "width": 2.2},
        "marker": {"symbol": _SYMBOLS[style], "size": 7},
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
    styles = _styles(chart.series)
    data: list[dict[str, Any]] = []
    for series, style in zip(chart.series, styles, strict=True):
        if isinstance(chart, Bars):
            data.append(_bar(series, style))
            continue
        if series.high:
            data.append(_band(series, PALETTE[style]))
        data.append(_line(series, style))
    layout = _layout(chart)
    log_y = isinstance(chart, Lines) and chart.log_y
    layout["annotations"] = [_mark_label(label, value, log_y) for label, value in chart.marks]
    return _json_ready({"data": data, "layout": layout})


def _mark_label(label: str, value: float, log_y: bool) -> dict[str, Any]:
    height = log10(value) if log_y and value > 0 else value
    return {
        "xref": "paper",
        "x": 1,
        "y": height,
        "xanchor": "right",
        "yanchor": "bottom",
        "text": _label(label),
        "showarrow": False,
        "font": {"size": 12, "color": "#4b5563"},
    }


def _json_ready(fig: dict[str, Any]) -> dict[str, Any]:
    """Through plotly's own encoder: dates, decimals and numpy values become JSON types."""
    import plotly.graph_objects as go

    plain: dict[str, Any] = json.loads(go.Figure(fig).to_json())
    plain["layout"].pop("template", None)
    return plain


class _Renderer:
    """The kernel's one chart renderer: a headless browser behind kaleido, started on first use.

    A browser that does not start, or stops answering, costs one wait; from then on charts are figure and table.
    """

    def __init__(self) -> None:
        self._kaleido: Any = None
        self._usable = os.environ.get("SMARTROUTE_STATIC_CHARTS") != "0"

    def draw(self, fig: dict[str, Any]) -> bytes | None:
        """A PNG, or None."""
        if not self._usable or not self._start():
            return None
        answer: list[bytes] = []
        # kaleido waits without end for a browser that died: its answer is awaited on the side.
        thread = Thread(target=self._ask, args=(fig, answer), daemon=True)
        thread.start()
        thread.join(_PATIENCE_SECONDS)
        self._usable = bool(answer)
        return answer[0] if answer else None

    def _start(self) -> bool:
        if self._kaleido is None:
            names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
            browser = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, names)), None)
            try:
                import kaleido
            except ImportError:
                browser = None
            if browser is None:
                self._usable = False
                return False
            for name in ("choreographer", "kaleido"):  # they log what they recover from, with tracebacks
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
            os.environ.setdefault("BROWSER_PATH", browser)
            kaleido.start_sync_server(silence_warnings=True)
            self._kaleido = kaleido
        return True

    def _ask(self, fig: dict[str, Any], answer: list[bytes]) -> None:
        options = {"format": "png", "width": _WIDTH, "height": _HEIGHT, "scale": 1}
        with warnings.catch_warnings(), contextlib.suppress(Exception):
            warnings.simplefilter("ignore")
            answer.append(self._kaleido.calc_fig_sync(fig, opts=options))


@functools.cache
def _renderer() -> _Renderer:
    return _Renderer()


def png(fig: dict[str, Any]) -> bytes | None:
    """The figure as a PNG, or None where no browser can draw it.

    JupyterLab shows it pixel by pixel, so it is no larger than a notebook is wide.
    """
    return _renderer().draw(fig)


def bundle(chart: Lines | Bars) -> dict[str, Any]:
    """The raw output of one chart: figure, picture when it can be drawn, and text."""
    fig = figure(chart)
    text = plain_text(View(chart.title, (chart_table(chart),)))
    data: dict[str, Any] = {"application/vnd.plotly.v1+json": {**fig, "config": CONFIG}, "text/plain": text}
    picture = png(fig)
    if picture is not None:
        data["image/png"] = base64.b64encode(picture).decode()
    return data
