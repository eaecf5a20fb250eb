"""How single values are formatted: the same words and numbers in HTML, in a terminal and in plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from smartroute_runbook.quantities import duration, number, plural
from smartroute_runbook.views import Bars, Lines, Table, Tone

__all__ = ["MARKS", "ROW_LIMIT", "cells", "chart_table", "clock", "duration", "is_numeric", "number", "shown_rows"]

ROW_LIMIT = 40
CHART_ROW_LIMIT = 14
MARKS: dict[Tone, str] = {"plain": "", "good": "✓", "warn": "!", "bad": "✕"}
_EMPTY = ("", "-", "–")  # noqa: RUF001 - what stands where there is no number
_NUMBER_TEXT = re.compile(r"^[-+±~≈<>≤≥$€ ]*\d[\d,.]*(\s?(%|×|bytes?|[A-Za-z]{1,3}))?( \*)?$")  # noqa: RUF001
_CALENDAR = {"year", "port", "account"}


def clock(moment: datetime) -> str:
    """A moment as ``2026-11-22 21:38:27 UTC``; without a zone as it is."""
    if moment.tzinfo is None:
        return moment.strftime("%Y-%m-%d %H:%M:%S")
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def is_numeric(value: Any) -> bool:
    """Whether a cell is lined up by its right edge."""
    if isinstance(value, str):
        return bool(_NUMBER_TEXT.match(value))
    return isinstance(value, (int, float, Decimal, timedelta)) and not isinstance(value, bool)


def _decimals(values: Sequence[Any]) -> int:
    """Decimals at which the smallest number of a column keeps three significant digits (at most 4)."""
    sizes = [abs(v) for v in values if isinstance(v, float) and v == v and 0 < abs(v) < 1e15]
    if all(size == int(size) for size in sizes):
        return 0
    smallest = min(sizes)
    most = next((n for n, edge in enumerate((100, 10, 1, 0.1)) if smallest >= edge), 4)
    while most and all(round(size, most - 1) == round(size, most) for size in sizes):  # no value has so many
        most -= 1
    return most


def _text(value: Any, decimals: int, grouped: bool) -> str:
    if value is None:
        return "–"  # noqa: RUF001 - an en dash is how an empty cell is set
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, Decimal)):
        return f"{value:,}" if grouped else str(value)
    if isinstance(value, float):
        if value != 0 and abs(value) < 10**-decimals / 2:
            return f"{value:.2g}"
        return f"{value:,.{decimals}f}" if grouped else f"{value:.{decimals}f}"
    if isinstance(value, datetime):
        return clock(value)
    if isinstance(value, timedelta):
        return duration(value.total_seconds())
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_text(item, decimals, grouped) for item in value)
    return value if isinstance(value, str) else str(value)


def cells(table: Table) -> tuple[list[list[str]], list[bool]]:
    """All cells as text, and which columns are lined up by their right edge."""
    columns = list(zip(*table.rows, strict=True)) if table.rows else [() for _ in table.columns]
    texts = []
    for name, column in zip(table.columns, columns, strict=True):
        decimals, grouped = _decimals(column), name.lower() not in _CALENDAR
        texts.append([_text(value, decimals, grouped) for value in column])
    right = [all(v is None or v in _EMPTY or is_numeric(v) for v in c) and any(map(is_numeric, c)) for c in columns]
    return [list(row) for row in zip(*texts, strict=True)], right


def shown_rows(table: Table, limit: int = ROW_LIMIT) -> tuple[list[int], str]:
    """Which rows are shown when a table is long, and a line that says so.

    Rows with a tone come before plain ones into the selection, so that a finding is never cut away.
    """
    count = len(table.rows)
    if count <= limit:
        return list(range(count)), ""
    toned = [i for i, tone in enumerate(table.tones) if tone in ("warn", "bad")][:limit]
    always_shown = set(toned)
    others = (i for i in range(count) if i not in always_shown)
    chosen = sorted(always_shown | {i for i, _ in zip(others, range(limit - len(toned)), strict=False)})
    return chosen, f"{len(chosen)} of {plural(count, 'row')} shown; the evidence holds all of them."


def chart_table(chart: Lines | Bars) -> Table:
    """The numbers of a chart as a table; long charts are thinned evenly and say so."""
    xs: list[object] = list(dict.fromkeys(x for series in chart.series for x in series.x))
    values = [dict(zip(series.x, series.y, strict=True)) for series in chart.series]
    step = max(1, -(-len(xs) // CHART_ROW_LIMIT))
    thinned = xs[::step]
    if xs and thinned[-1] != xs[-1]:
        thinned.append(xs[-1])
    note = f"Unit: {chart.y_title}."
    if step > 1:
        note += f" {len(thinned)} of {plural(len(xs), 'point')}; the chart shows all of them."
    if chart.marks:
        note += " " + "; ".join(f"{label}: {value:,g}" for label, value in chart.marks) + "."
    rows = tuple((x, *(points.get(x) for points in values)) for x in thinned)
    return Table((chart.x_title or "x", *(series.name for series in chart.series)), rows, note=note)
