"""Interval constants as Redshift reads them: several quantities, units in short, fractions (r_interval_literals)."""

from __future__ import annotations

import re
from decimal import Decimal

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import number, plain
from .functions_time import UNITS

__all__ = ["interval"]

_QUANTITY = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*,?")
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12000}
_DAYS = {"day": 1, "week": 7}
_MICROSECONDS = {
    "microsecond": 1, "millisecond": 1000, "second": 1_000_000, "minute": 60_000_000, "hour": 3_600_000_000,
}  # fmt: skip
_PLURALS = {"centuries": "century", "millennia": "millennium"}
_MONTH, _DAY = 30, 86_400_000_000  # what a fraction of a month and of a day is, as in PostgreSQL


def interval(node: exp.Interval) -> exp.Expression:
    """INTERVAL '3 hours, 35 minutes' as DuckDB's months, days and microseconds; a quantity without a unit is seconds.

    Raises:
        SqlError: 22007: no interval.
    """
    value, unit = node.this, node.args.get("unit")
    if not isinstance(value, exp.Literal) or not value.is_string or isinstance(unit, exp.IntervalSpan):
        return node
    text = f"{value.name} {unit.name if unit else ''}".strip()
    months, days, rest = _read(text)
    parts = (("to_months", months), ("to_days", days), ("to_microseconds", rest))
    made = [plain(name, number(amount)) for name, amount in parts if amount] or [plain("to_days", number(0))]
    return exp.Paren(this=_sum(made))


def _sum(parts: list[exp.Expression]) -> exp.Expression:
    total, *others = parts
    for part in others:
        total = exp.Add(this=total, expression=part)
    return total


def _read(text: str) -> tuple[int, int, int]:
    """Months, days and microseconds."""
    months = days = rest = Decimal(0)
    place = 0
    while place < len(text):
        found = _QUANTITY.match(text, place)
        unit = _unit(found[2].lower()) if found else ""
        if found is None or not unit:
            raise SqlError("22007", f'invalid input syntax for type interval: "{text}"')
        amount, place = Decimal(found[1]), found.end()
        months += amount * _MONTHS.get(unit, 0)
        days += amount * _DAYS.get(unit, 0)
        rest += amount * _MICROSECONDS.get(unit, 0)
    days += (months % 1) * _MONTH
    rest += (days % 1) * _DAY
    return int(months), int(days), round(rest)


def _unit(word: str) -> str:
    """The full name of a unit in one word or letter; empty for no unit's."""
    word = word or "second"
    name = UNITS.get(word) or _PLURALS.get(word) or word
    known = (_MONTHS, _DAYS, _MICROSECONDS)
    for each in (name, name.removesuffix("s")):
        if any(each in units for units in known):
            return each
    return ""
