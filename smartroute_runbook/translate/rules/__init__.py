"""The rules by theme; importing this package registers them all, in the order in which they are asked."""

from __future__ import annotations

from . import (  # isort: skip - in the order in which they are asked: who only looks comes first
    rows,
    ties,
    running,
    blanks,
    supers,
    aggregates,
    averages,
    casts,
    constant_rows,
    date_arithmetic,
    dates,
    extremes,
    format_text,
    formats,
    joined,
    json,
    names,
    nan,
    nested,
    nulls,
    numbers,
    ordering,
    patterns,
    strings,
    tries,
    widths,
)
from .base import RULES, Lowering, Rule

__all__ = [
    "RULES",
    "Lowering",
    "Rule",
    "aggregates",
    "averages",
    "blanks",
    "casts",
    "constant_rows",
    "date_arithmetic",
    "dates",
    "extremes",
    "format_text",
    "formats",
    "joined",
    "json",
    "names",
    "nan",
    "nested",
    "nulls",
    "numbers",
]
__all__ += ["ordering", "patterns", "rows", "running", "strings", "supers", "ties", "tries", "widths"]
