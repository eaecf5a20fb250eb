"""Dates and times added and subtracted: units that elapse against boundaries that are crossed."""

from __future__ import annotations

import re
from decimal import Decimal

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import AWS, Lowering, rule
from .moments import of_wall, unit_of, wall
from .trees import binary, call, cast, number, when, wrap

MILLISECONDS = {
    "MILLISECOND": 1,
    "SECOND": 1000,
    "MINUTE": 60_000,
    "HOUR": 3_600_000,
    "DAY": 86_400_000,
    "WEEK": 604_800_000,
}
MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
MILLIS = 3  # fraction digits of most moments
CALENDAR = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


def _add(
    unit: str, amount: exp.Expression, moment: exp.Expression, lower: Lowering, *, elapsed: bool = False
) -> exp.Expression:
    """DATEADD, in the zone of the moment where days are not always 24 hours.

    Args:
        unit: in capitals.
        amount: how many, as Redshift has it.
        moment: what they are added to, as Athena has it.
        lower: the walk.
        elapsed: a day is 24 hours, as Athena's intervals of days are, whatever the clocks of a zone do.
    """
    kind = type_of(moment)
    if unit not in (*MILLISECONDS, *MONTHS):
        raise Refusal(
            "date-add", f"unit {unit.lower()} has no counterpart", "second, minute, hour, day, week, month or year"
        )
    if MONTHS.get(unit, 1) > 1:  # DATEADD(year) makes 1 March of 29 February, DATEADD(month) 28 February as Athena does
        unit, amount = "MONTH", _times(amount, MONTHS[unit])
    if unit == "MILLISECOND" and kind.name != "date" and kind.precision < MILLIS:
        raise Refusal("date-add", f"milliseconds are added to {kind}, which rounds them", "cast it to timestamp(3)")
    if kind.name == "timestamptz" and kind.zone != "UTC" and unit in CALENDAR and not elapsed:
        local = call("DATEADD", exp.var(unit), amount, wall(moment, lower))
        return of_wall(local, kind.zone, lower)
    made = call("DATEADD", exp.var(unit), amount, lower(moment))
    return cast(made, "date") if kind.name == "date" else made


def _times(amount: exp.Expression, factor: int) -> exp.Expression:
    constant = amount.this if isinstance(amount, exp.Neg) else amount
    if isinstance(constant, exp.Literal) and constant.is_int:
        return number(int(constant.name) * factor * (1 if constant is amount else -1))
    return binary(exp.Mul, amount, number(factor))


@rule(
    "date-add",
    exp.DateAdd,
    why="the function is DATEADD on Redshift: of a DATE it makes a TIMESTAMP, and 29 February plus a year is 1 March",
    source=AWS + "r_DATEADD_function.html",
)
def _date_add(node: exp.DateAdd, lower: Lowering) -> exp.Expression | None:
    amount = lower(node.expression)
    if type_of(node.expression).name == "bigint" and not isinstance(node.expression, exp.Literal):
        amount = cast(amount, "integer")
    return _add(unit_of(node), amount, node.this, lower)


@rule(
    "date-interval",
    exp.Add,
    exp.Sub,
    why="on Redshift a DATE plus an interval is a TIMESTAMP; as text or in a result it shows a time of day",
    source=AWS + "r_DATEADD_function.html",
)
def _date_interval(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    moment, span = node.this, node.expression
    if type_of(moment).name.startswith("interval"):
        moment, span = span, moment
    if not type_of(span).name.startswith("interval"):
        return None
    span, times = span.unnest(), None
    if isinstance(span, exp.Mul):
        span, times = (span.this, span.expression) if type_of(span.expression).integer else (span.expression, span.this)
        span = span.unnest()
    if not isinstance(span, exp.Interval) or not span.this.is_string:
        raise Refusal("date-interval", f"{athena(node)}: a computed interval", "use date_add")
    written, unit = span.this.name, unit_of(span)
    if unit == "SECOND" and re.fullmatch(r"-?\d+\.\d{1,3}", written):
        written, unit = str(int(Decimal(written).scaleb(MILLIS))), "MILLISECOND"
    if not written.lstrip("-").isdigit():
        raise Refusal("date-interval", f"{athena(node)}: an interval of parts", "write it in one unit: date_add")
    amount = number(int(written) * (-1 if isinstance(node, exp.Sub) else 1))
    if times is not None:
        amount = binary(exp.Mul, amount, lower(times))
    return _add(unit, amount, moment, lower, elapsed=type_of(span).name == "interval_day")


@rule(
    "date-diff",
    exp.DateDiff,
    why="Athena counts whole units that elapsed; Redshift counts boundaries crossed (8:59 to 9:01 is one hour)",
    source=AWS + "r_DATEDIFF_function.html",
)
def _date_diff(node: exp.DateDiff, lower: Lowering) -> exp.Expression | None:
    late, early, unit = node.this, node.expression, unit_of(node)
    kinds = {type_of(late).name, type_of(early).name}
    if not kinds <= {"date", "timestamp", "timestamptz"}:
        raise Refusal("date-diff", f"the types in {athena(node)} are not known", "cast both sides")
    if unit in CALENDAR and any(type_of(m).zone not in ("", "UTC") for m in (late, early)):
        raise Refusal("date-diff", f"{athena(node)} counts days of a zone with changing clocks", "cast to date first")
    a, b = _cut(early, lower), _cut(late, lower)
    if unit in MONTHS:
        return _months(a, b, MONTHS[unit])
    if unit not in MILLISECONDS:
        raise Refusal(
            "date-diff", f"unit {unit.lower()} has no counterpart", "second, minute, hour, day, week, month or year"
        )
    if kinds == {"date"} and unit in ("DAY", "WEEK"):
        days = call("DATEDIFF", exp.var("DAY"), a, b)
        return days if unit == "DAY" else exp.Paren(this=binary(exp.Div, days, number(7)))
    a, b = with_clock(a, early), with_clock(b, late)
    ticks = call("DATEDIFF", exp.var("MILLISECOND"), a, b)  # Athena cuts both to milliseconds first, too
    divisor = MILLISECONDS[unit]
    return ticks if divisor == 1 else exp.Paren(this=binary(exp.Div, ticks, number(divisor)))


def with_clock(made: exp.Expression, moment: exp.Expression) -> exp.Expression:
    """What DATEDIFF can count parts of a day in: both sides "must both contain the specified part" (its page)."""
    return cast(made, "timestamp") if type_of(moment).name == "date" else made


def _cut(moment: exp.Expression, lower: Lowering) -> exp.Expression:
    """A moment without what is finer than milliseconds."""
    made = lower(moment)
    return call("DATE_TRUNC", "millisecond", made) if type_of(moment).precision > MILLIS else made


def _months(a: exp.Expression, b: exp.Expression, size: int) -> exp.Expression:
    """Whole months from a to b: boundaries crossed, less one when the last month is not complete."""

    def complete(start: exp.Expression, end: exp.Expression) -> exp.Expression:
        crossed = call("DATEDIFF", exp.var("MONTH"), start.copy(), end.copy())
        reached = call("DATEADD", exp.var("MONTH"), cast(crossed.copy(), "integer"), start.copy())
        beyond = exp.GT(this=reached, expression=wrap(end.copy()))
        return exp.Paren(this=exp.Sub(this=crossed, expression=when((beyond, number(1)), default=number(0))))

    forward = exp.LTE(this=wrap(a.copy()), expression=wrap(b.copy()))
    months = when((forward, complete(a, b)), default=exp.Neg(this=complete(b, a)))
    return months if size == 1 else exp.Paren(this=binary(exp.Div, months, number(size)))
