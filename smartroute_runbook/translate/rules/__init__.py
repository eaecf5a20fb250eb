"""The rules by theme; importing this package registers them all, in the order in which they are asked."""

from __future__ import annotations

# Read to be registered, in the order in which they are asked: who only looks comes first.
from . import (  # noqa: F401  # isort: skip
    rows,
    ties,
    running,
    cut_texts,
    blanks,
    supers,
    aggregates,
    averages,
    casts,
    constant_rows,
    date_arithmetic,
    dates,
    distribution,
    extremes,
    format_text,
    formats,
    inner_texts,
    joined,
    json,
    names,
    nan,
    nested,
    nulls,
    decimals,
    numbers,
    ordering,
    patterns,
    strings,
    codes,
    tries,
    widths,
)
from .base import RULES, Lowering, Rule

__all__ = ["RULES", "Lowering", "Rule"]
