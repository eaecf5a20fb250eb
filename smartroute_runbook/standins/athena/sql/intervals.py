"""Intervals that are written out, and what may be added to a date."""

from __future__ import annotations

import re

from sqlglot import exp

from .build import fail, fn, number_literal
from .types import in_months

__all__ = ["interval_value", "require_whole_days"]

_SECONDS = {"HOUR": 3600, "MINUTE": 60, "SECOND": 1}


def require_whole_days(node: exp.Binary) -> None:
    """Whole days may be written in hours; source: Trino's DateTimeOperators."""
    for side in (node.left, node.right):
        unit = side.args.get("unit") if isinstance(side, exp.Interval) else None
        seconds = _SECONDS.get(unit.name.upper(), 0) if unit is not None else 0
        if seconds and float(side.name) * seconds % 86_400:
            verb, place = ("subtract", "from") if isinstance(node, exp.Sub) else ("add", "to")
            raise fail("INVALID_FUNCTION_ARGUMENT", f"Cannot {verb} hour, minutes or seconds {place} a date")


def interval_value(node: exp.Interval) -> exp.Expr:
    """Trino writes INTERVAL '1-2' YEAR TO MONTH and '1 02:03:04' DAY TO SECOND; the rest DuckDB reads too."""
    unit = node.args.get("unit")
    if not isinstance(unit, exp.IntervalSpan):
        return node
    sizes = _SPANS["months" if in_months(node.type) else "milliseconds"]
    units = list(sizes)[list(sizes).index(str(unit.this.name).upper()) :]
    text = node.this.name
    parts = [float(part) for part in re.split("[-: ]", text.lstrip("-"))]
    total = round(sum(part * sizes[one] for part, one in zip(parts, units, strict=False)))
    amount = number_literal(-total if text.startswith("-") else total)
    return fn("to_months" if in_months(node.type) else "to_milliseconds", amount)


_SPANS = {
    "months": {"YEAR": 12, "MONTH": 1},
    "milliseconds": {"DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1000},
}
