"""Rules of dates and times."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import cast, macro
from .functions_time import zone
from .intervals import interval
from .types import WITH_FRACTION, of

__all__ = ["TIME_RULES"]


def extract(node: exp.Expression) -> exp.Expression:
    """EXTRACT and DATE_PART: whole numbers; DOW is 0 (Sunday) to 6 in both engines."""
    unit = PARTS.get(node.this.name.lower(), node.this.name.lower())
    kind = of(node)
    whole = "DOUBLE" if kind is not None and kind.base == "double precision" else "INTEGER"
    call = exp.Anonymous(this="date_part", expressions=[exp.Literal.string(unit), node.expression.copy()])
    if unit == "epoch":
        call = exp.Anonymous(this="floor", expressions=[call])
        return cast(call, "BIGINT")
    if unit == "decade":  # the first is of the years 1 to 9 (r_Dateparts_for_datetime_functions)
        return cast(exp.Add(this=call, expression=exp.Literal.number(1)), whole)
    if node.meta.get(WITH_FRACTION) and unit in _PER_SECOND:
        call.expressions[0].replace(exp.Literal.string("microsecond"))
        return exp.Div(this=cast(call, "DOUBLE"), expression=exp.Literal.number(_PER_SECOND[unit]))
    if unit == "millisecond":  # DuckDB counts the seconds in
        return cast(exp.Mod(this=call, expression=exp.Literal.number(1000)), whole)
    if unit == "microsecond":
        return cast(exp.Mod(this=call, expression=exp.Literal.number(1_000_000)), whole)
    return cast(call, whole)


_PER_SECOND = {"second": "1e6", "millisecond": "1e3", "microsecond": "1e0"}

LONG = {"century": 100, "millennium": 1000}
"""Units of which the first year ends in 1."""

TRUNCATED = frozenset({
    "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade",
    "century", "millennium",
})  # fmt: skip
"""What DATE_TRUNC takes (r_DATE_TRUNC)."""

PARTS = {
    "dayofweek": "dow", "weekday": "dow", "dw": "dow", "dayofyear": "doy", "dy": "doy", "yearday": "doy", "w": "week",
    "mon": "month", "h": "hour", "hr": "hour", "hrs": "hour", "m": "minute", "min": "minute", "s": "second",
    "sec": "second", "ms": "millisecond", "msec": "millisecond", "milliseconds": "millisecond", "d": "day",
    "us": "microsecond", "usec": "microsecond", "microseconds": "microsecond", "y": "year", "yr": "year",
    "qtr": "quarter", "decades": "decade", "dec": "decade", "decs": "decade",
    "seconds": "second", "millisecs": "millisecond", "mins": "minute", "hours": "hour", "days": "day",
}  # fmt: skip


def date_add(node: exp.Expression) -> exp.Expression:
    """DATEADD gives a TIMESTAMP (r_DATEADD_function)."""
    unit = PARTS.get(node.text("unit").lower(), node.text("unit").lower()) or "day"
    kind = of(node.this)
    if kind is not None and kind.base == "time with time zone":
        raise SqlError("0A000", "not rehearsable: DATEADD of a TIMETZ")
    clock = kind is not None and kind.base.startswith("time ")
    zoned = kind is not None and kind.base == "timestamp with time zone"
    base = cast(node.this.copy(), "TIME" if clock else "TIMESTAMPTZ" if zoned else "TIMESTAMP")
    if unit == "year":  # 29 February plus a year is 1 March; plus twelve months it is 28 February
        return macro("add_years", base, cast(node.expression.copy(), "INTEGER"))
    step = exp.Anonymous(
        this=f"to_{unit.rstrip('s')}s" if unit not in {"century", "millennium"} else f"to_{unit}",
        expressions=[
            cast(node.expression.copy(), "BIGINT" if unit not in {"year", "month", "day", "week"} else "INTEGER")
        ],
    )
    if unit == "quarter":
        step = exp.Anonymous(this="to_months", expressions=[
            cast(exp.Mul(this=exp.Paren(this=node.expression.copy()), expression=exp.Literal.number(3)), "INTEGER")
        ])  # fmt: skip
    return exp.Paren(this=exp.Add(this=base, expression=step))


def truncate_time(node: exp.Expression) -> exp.Expression:
    """DATE_TRUNC gives a TIMESTAMP, of a DATE too (r_DATE_TRUNC)."""
    unit = node.text("unit").lower()
    kind = of(node.this)
    zone = kind is not None and kind.base == "timestamp with time zone"
    value = cast(node.this.copy(), "TIMESTAMPTZ" if zone else "TIMESTAMP")
    unit = PARTS.get(unit, unit)
    if unit not in TRUNCATED:
        raise SqlError("22023", f'timestamp units "{unit}" not recognized')
    if unit in LONG:  # centuries begin with the year 1; DuckDB's with the year 0
        return macro("millennium", exp.Literal.number(LONG[unit]), value)
    return exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string(unit), value])


def now(node: exp.Expression) -> exp.Expression:
    """SYSDATE, CURRENT_TIMESTAMP: the start of the transaction (r_SYSDATE)."""
    if node.args.get("sysdate"):
        return cast(exp.Anonymous(this="now"), "TIMESTAMP")
    return exp.Anonymous(this="now")


def at_time_zone(node: exp.Expression) -> exp.Expression:
    """Abbreviated time zones."""
    node.set("zone", zone(node.args["zone"].copy()))
    return node


TIME_RULES: dict[type[exp.Expression], Callable[[exp.Expression], exp.Expression]] = {
    exp.AtTimeZone: at_time_zone,
    exp.CurrentTimestamp: now,
    exp.DateTrunc: truncate_time,
    exp.Extract: extract,
    exp.Interval: interval,
    exp.TimestampTrunc: truncate_time,
    exp.TsOrDsAdd: date_add,
}
