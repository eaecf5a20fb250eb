"""Trino's functions of dates and times whose DuckDB form depends on types or literals."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from .build import (
    cast,
    duck,
    fail,
    fn,
    instant_in,
    local,
    moment,
    number_literal,
    rounded,
    shown_timestamp,
    text_literal,
)
from .types import is_text, kind, precision_of, zone_of

__all__ = ["DATES"]

Builder = Callable[[exp.Anonymous], exp.Expr]
DATES: dict[str, Builder] = {}


def _special(*names: str) -> Callable[[Builder], Builder]:
    def keep(builder: Builder) -> Builder:
        DATES.update(dict.fromkeys(names, builder))
        return builder

    return keep


_UNITS = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")


def _unit(node: exp.Expr, of: exp.Expr) -> str:
    """A unit that Trino knows for the value's type."""
    if not isinstance(node, exp.Literal):
        raise fail("NOT_SUPPORTED", "not rehearsable: a unit that is not a literal")
    unit = node.name.lower()
    if unit not in _UNITS:
        raise fail("INVALID_FUNCTION_ARGUMENT", f"'{node.name}' is not a valid TIMESTAMP field")
    if kind(of.type) == "time" and unit not in _UNITS[:4]:
        raise fail("INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid TIME field")
    if kind(of.type) == "date" and unit in _UNITS[:4]:
        raise fail("INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid DATE field")
    return unit


def _like(value: exp.Expr, made: exp.Expr) -> exp.Expr:
    """A wall clock back in the kind of the value it came from."""
    if kind(value.type) == "timestamp with time zone":
        return instant_in(zone_of(value.type), made)
    return cast(made, value.type)


@_special("date")
def _date(node: exp.Anonymous) -> exp.Expr:
    value = node.expressions[0]
    return fn("trino_text_date", value) if is_text(value.type) else cast(local(value), duck("DATE"))


@_special("now")
def _now(_: exp.Anonymous) -> exp.Expr:
    return fn("now")


@_special("last_day_of_month")
def _last_day(node: exp.Anonymous) -> exp.Expr:
    return fn("last_day", local(node.expressions[0]))


@_special("date_trunc")
def _date_trunc(node: exp.Anonymous) -> exp.Expr:
    unit, value = node.expressions
    if kind(value.type) == "unknown":
        return fn("date_trunc", unit, value)
    name = "trino_time_trunc" if kind(value.type) == "time" else "date_trunc"
    return _like(value, fn(name, text_literal(_unit(unit, value)), local(value)))


@_special("date_add")
def _date_add(node: exp.Anonymous) -> exp.Expr:
    unit, amount, value = node.expressions
    name = _unit(unit, value)
    times, name = (3, "month") if name == "quarter" else (1, name)
    one = exp.Interval(this=text_literal(str(times)), unit=exp.var(name.upper()))
    step = exp.Mul(this=one, expression=exp.paren(cast(amount, duck("INTEGER")), copy=False))
    passes = kind(value.type) == "timestamp with time zone" and name in _UNITS[:4]  # time, not what clocks show
    later: exp.Expr = exp.paren(exp.Add(this=value if passes else local(value), expression=step), copy=False)
    if name == "millisecond" and precision_of(value.type) < 3:  # the type of the value holds fewer digits
        unit = number_literal(10 ** (6 - precision_of(value.type)))
        if passes:
            return fn("trino_instant_round", later, unit)
        later = fn("trino_time_round" if kind(value.type) == "time" else "trino_timestamp_round", later, unit)
    return later if passes else _like(value, later)


@_special("date_diff")
def _date_diff(node: exp.Anonymous) -> exp.Expr:
    """Whole units that have elapsed, not boundaries crossed."""
    unit, start, end = node.expressions
    name = _unit(unit, start if kind(start.type) != "date" else end)
    start, end = (_floored(one) for one in (start, end))
    if "timestamp with time zone" in {kind(start.type), kind(end.type)}:
        walls = [moment(start), moment(end)]
        if name not in _UNITS[:4]:  # days are those of the first's zone
            walls = [local(start), fn("timezone", text_literal(zone_of(start.type)), walls[1])]
        return fn("date_sub", text_literal(name), *walls)
    return fn("date_sub", text_literal(name), _instant(start), _instant(end))


def _floored(value: exp.Expr) -> exp.Expr:
    """Trino's date_diff counts whole milliseconds (DateDiff.java)."""
    if precision_of(value.type) <= 3 or kind(value.type) not in {"timestamp", "timestamp with time zone"}:
        return value
    made = fn("date_trunc", text_literal("millisecond"), value)
    made._type = value.type
    return made


def _instant(value: exp.Expr) -> exp.Expr:
    return cast(local(value), duck("TIMESTAMP")) if kind(value.type) == "date" else local(value)


# MySQL's letters (Trino docs, "MySQL date functions") and Joda's, as strftime's.
_MYSQL = {
    "a": "%a", "b": "%b", "c": "%-m", "d": "%d", "e": "%-d", "f": "%f", "H": "%H", "h": "%I", "I": "%I", "i": "%M",
    "j": "%j", "k": "%-H", "l": "%-I", "M": "%B", "m": "%m", "p": "%p", "r": "%I:%M:%S %p", "S": "%S", "s": "%S",
    "T": "%H:%M:%S", "v": "%V", "W": "%A", "x": "%G", "Y": "%Y", "y": "%y", "%": "%%",
}  # fmt: skip
_JODA = {
    "yyyy": "%Y", "YYYY": "%Y", "yy": "%y", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B", "dd": "%d", "d": "%-d",
    "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "ss": "%S", "SSS": "%g", "a": "%p", "EEE": "%a",
    "EEEE": "%A", "DDD": "%j", "e": "%u", "ww": "%V", "xxxx": "%G",
}  # fmt: skip


def _pattern(node: exp.Expr, joda: bool = False) -> exp.Literal:
    if not isinstance(node, exp.Literal):
        raise fail("NOT_SUPPORTED", "not rehearsable: a date format that is not a literal")
    return text_literal(_joda(node.name) if joda else _mysql(node.name))


def _mysql(text: str) -> str:
    def letter(match: re.Match[str]) -> str:
        if match[1] not in _MYSQL:
            if match[1] in "DUuVwX":
                raise fail("INVALID_FUNCTION_ARGUMENT", f"%{match[1]} not supported in date format string")
            return match[1]
        return _MYSQL[match[1]]

    return re.sub(r"%(.)", letter, text)


def _joda(text: str) -> str:
    def run(match: re.Match[str]) -> str:
        if match[2] is not None:
            return match[2] or "'"
        if match[0] not in _JODA:
            raise fail("NOT_SUPPORTED", f"not rehearsable: '{match[0]}' in a Joda date format")
        return _JODA[match[0]]

    return re.sub(r"([a-zA-Z])\1*|'([^']*)'", run, text.replace("%", "%%"))


@_special("date_format")
def _date_format(node: exp.Anonymous) -> exp.Expr:
    return fn("strftime", _shown(node.expressions[0]), _pattern(node.expressions[1]))


@_special("format_datetime")
def _format_datetime(node: exp.Anonymous) -> exp.Expr:
    return fn("strftime", _shown(node.expressions[0]), _pattern(node.expressions[1], joda=True))


def _shown(value: exp.Expr) -> exp.Expr:
    """Both formats round to milliseconds first (DateTimeFunctions.java)."""
    return rounded(_instant(value), value.type, 3) if precision_of(value.type) > 3 else _instant(value)


@_special("date_parse")
def _date_parse(node: exp.Anonymous) -> exp.Expr:
    text, pattern = node.expressions[0], _pattern(node.expressions[1])
    if not re.search("%[YyG]", pattern.name):  # Joda's year is 2000 for a day or month, else 1970; DuckDB's is 1900
        year = "2000" if re.search("%-?[dmbBjaAV]", pattern.name) else "1970"
        text = exp.DPipe(this=text_literal(f"{year} "), expression=text)
        pattern = text_literal(f"%Y {pattern.name}")
    parsed = fn("strptime", text, pattern)
    # Joda reads 69 as 2069, DuckDB as 1969: of two digits no other year is that one.
    return fn("trino_parse_short_year", parsed) if "%y" in pattern.name else parsed


@_special("parse_datetime")
def _parse_datetime(node: exp.Anonymous) -> exp.Expr:
    return fn(
        "timezone", text_literal("UTC"), fn("strptime", node.expressions[0], _pattern(node.expressions[1], joda=True))
    )


@_special("from_unixtime")
def _from_unixtime(node: exp.Anonymous) -> exp.Expr:
    return fn("trino_from_unixtime", node.expressions[0])


@_special("to_unixtime")
def _to_unixtime(node: exp.Anonymous) -> exp.Expr:
    return fn("trino_unixtime", fn("epoch_us", moment(node.expressions[0])))


@_special("from_iso8601_timestamp")
def _from_iso(node: exp.Anonymous) -> exp.Expr:
    literal = isinstance(node.expressions[0], exp.Literal)
    return fn("trino_iso_timestamp" if literal else "trino_iso_timestamp_utc", node.expressions[0])


@_special("to_iso8601")
def _to_iso(node: exp.Anonymous) -> exp.Expr:
    """With as many digits as the value has, and the offset of its zone."""
    value = node.expressions[0]
    if kind(value.type) == "date":
        return cast(value, duck("TEXT"))
    text = shown_timestamp(local(value), precision_of(value.type))
    shown = fn("replace", text, text_literal(" "), text_literal("T"))
    if kind(value.type) == "timestamp":
        return shown
    if zone_of(value.type) == "UTC":
        return exp.DPipe(this=shown, expression=text_literal("Z"))
    return exp.DPipe(this=shown, expression=fn("trino_offset_text", _offset(value)))


@_special("at_timezone")
def _at_timezone(node: exp.Anonymous) -> exp.Expr:
    return exp.paren(moment(node.expressions[0]), copy=False)


@_special("with_timezone")
def _with_timezone(node: exp.Anonymous) -> exp.Expr:
    return instant_in(zone_of(node.type), node.expressions[0])


_PARTS = {
    "year": "year", "quarter": "quarter", "month": "month", "week": "week", "week_of_year": "week", "day": "day",
    "day_of_month": "day", "hour": "hour", "minute": "minute", "second": "second", "day_of_week": "isodow",
    "dow": "isodow", "day_of_year": "dayofyear", "doy": "dayofyear", "year_of_week": "isoyear", "yow": "isoyear",
}  # fmt: skip


_INTERVAL_PARTS = {
    "day": (86_400_000, 2**40), "day_of_month": (86_400_000, 2**40), "hour": (3_600_000, 24), "minute": (60_000, 60),
    "second": (1000, 60), "millisecond": (1, 1000),
}  # fmt: skip
"""Milliseconds of a part of a day to second, and how many make the next."""


@_special(*_PARTS)
def _part(node: exp.Anonymous) -> exp.Expr:
    name, value = str(node.this).lower(), node.expressions[0]
    if kind(value.type) == "interval" and name in _INTERVAL_PARTS:
        return fn("trino_interval_part", value, *map(number_literal, _INTERVAL_PARTS[name]))
    return fn(_PARTS[name], local(value))


@_special("to_milliseconds")
def _to_milliseconds(node: exp.Anonymous) -> exp.Expr:
    return fn("epoch_ms", *node.expressions)


@_special("millisecond")
def _millisecond(node: exp.Anonymous) -> exp.Expr:
    """Of the second; DuckDB's counts the seconds too."""
    if kind(node.expressions[0].type) == "interval":
        return fn("trino_interval_part", *node.expressions, *map(number_literal, _INTERVAL_PARTS["millisecond"]))
    milliseconds = fn("millisecond", local(node.expressions[0]))
    return exp.Mod(this=milliseconds, expression=number_literal(1000))


def _offset(value: exp.Expr) -> exp.Expr:
    """Minutes between the value's zone and UTC."""
    return fn("date_diff", text_literal("minute"), fn("timezone", text_literal("UTC"), value.copy()), local(value))


@_special("timezone_hour")
def _timezone_hour(node: exp.Anonymous) -> exp.Expr:
    return exp.IntDiv(this=_offset(node.expressions[0]), expression=number_literal(60))


@_special("timezone_minute")
def _timezone_minute(node: exp.Anonymous) -> exp.Expr:
    return exp.Mod(this=_offset(node.expressions[0]), expression=number_literal(60))
