"""Intervals that are written out, and what is added to a moment or taken from it."""

from __future__ import annotations

import re

from sqlglot import exp

from .build import cast, fail, fn, instant_in, local, number_literal
from .types import in_months, kind, precision_of, zone_of

__all__ = ["add", "interval_value"]

_SECONDS = {"HOUR": 3600, "MINUTE": 60, "SECOND": 1}


def _require_whole_days(node: exp.Binary) -> None:
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
    if isinstance(node.this, exp.Neg):  # INTERVAL - '1' DAY
        text = node.this.this.name
        node.set("this", exp.Literal.string(text[1:] if text.startswith("-") else f"-{text}"))
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


def add(node: exp.Binary) -> exp.Expr:
    """A sum or difference of numbers, moments and intervals."""
    left, right = kind(node.left.type), kind(node.right.type)
    plain = type(node)(this=node.left, expression=node.right)
    if isinstance(node, exp.Sub) and left == right == "timestamp" and max(map(_digits, (node.left, node.right))) > 3:
        return fn("trino_between", node.left, node.right)
    if {left, right} == {"timestamp with time zone", "interval"} and kind(node.type) != "interval":
        zoned, span = (node.left, node.right) if left != "interval" else (node.right, node.left)
        if in_months(span.type):  # by the clock on the wall of its zone; days and less are time that passes
            return instant_in(
                zone_of(zoned.type), exp.paren(type(node)(this=local(zoned), expression=span), copy=False)
            )
    if left == right == "date":
        return fn("to_days", cast(plain, exp.DataType.build("INT")))
    if "interval" in {left, right} and kind(node.type) == "date":
        _require_whole_days(node)
        for side in (plain.left, plain.right):
            if kind(side.type) == "interval" and not in_months(side.type):
                side.replace(fn("trino_whole_days", side.copy()))
        return cast(plain, node.type)
    return node


def _digits(node: exp.Expr) -> int:
    return precision_of(node.type)
