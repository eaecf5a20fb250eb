"""Trino functions whose DuckDB form depends on the types or the literals of their arguments."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce as fold

from sqlglot import exp

from .athena_build import BLANKS, cast, duck, fail, fn, local, moment, number_literal, text_literal, unscaled
from .athena_types import decimal_of, is_text, kind, number, trino_name, zone_of

__all__ = ["SPECIAL"]

Builder = Callable[[exp.Anonymous], exp.Expr]
SPECIAL: dict[str, Builder] = {}


def _special(*names: str) -> Callable[[Builder], Builder]:
    def keep(builder: Builder) -> Builder:
        SPECIAL.update(dict.fromkeys(names, builder))
        return builder

    return keep


def _case(*pairs: tuple[exp.Expr, exp.Expr], default: exp.Expr | None = None) -> exp.Case:
    branches = [exp.If(this=when, true=then) for when, then in pairs]
    return exp.Case(ifs=branches, default=default)


@_special("length")
def _length(node: exp.Anonymous) -> exp.Expr:
    binary = kind(node.expressions[0].type) == "varbinary"
    return exp.Anonymous(this="octet_length" if binary else "length", expressions=node.expressions)


@_special("trim", "ltrim", "rtrim")
def _trim(node: exp.Anonymous) -> exp.Expr:
    """Every kind of white space, where no characters are named."""
    return fn(str(node.this).lower(), *[*node.expressions, text_literal(BLANKS)][:2])


# -- aggregates -------------------------------------------------------------------------------------------------------


@_special("count")
def _count(node: exp.Anonymous) -> exp.Expr:
    return exp.Anonymous(this="count", expressions=node.expressions or [exp.Star()])


@_special("count_if")
def _count_if(node: exp.Anonymous) -> exp.Expr:
    """0 for no rows, where DuckDB's own is NULL."""
    return fn("count", _case((node.expressions[0], number_literal(1))))


@_special("avg")
def _avg(node: exp.Anonymous) -> exp.Expr:
    if kind(node.type) != "decimal":
        return _sum(node)
    _, scale = decimal_of(node.type) or (38, 0)
    value = node.expressions[0]
    distinct = isinstance(value, exp.Distinct)
    digits = unscaled(value.expressions[0] if distinct else value, scale, 0)
    made = exp.Anonymous(this="sum", expressions=[exp.Distinct(expressions=[digits]) if distinct else digits])
    made.meta["average"] = node.type  # DuckDB's own is a double, which cannot be rounded half up
    return made


@_special("sum")
def _sum(node: exp.Anonymous) -> exp.Expr:
    made = exp.Anonymous(this=str(node.this).lower(), expressions=node.expressions)
    made.meta["cast"] = node.type
    return made


@_special("min", "max")
def _extreme(node: exp.Anonymous) -> exp.Expr:
    return exp.Anonymous(this=str(node.this).lower(), expressions=node.expressions)


@_special("max_by", "min_by")
def _by(node: exp.Anonymous) -> exp.Expr:
    name = "arg_max_null" if str(node.this).lower() == "max_by" else "arg_min_null"
    return exp.Anonymous(this=name, expressions=node.expressions)


@_special("approx_percentile")
def _percentile(node: exp.Anonymous) -> exp.Expr:
    if len(node.expressions) != 2:
        raise fail("NOT_SUPPORTED", "not rehearsable: weighted approx_percentile")
    made = exp.Anonymous(this="approx_quantile", expressions=node.expressions)
    made.meta["cast"] = node.type
    return made


@_special("map_agg")
def _map_agg(node: exp.Anonymous) -> exp.Expr:
    made = fn("list", fn("row", *node.expressions))
    made.meta["wrap"] = "map_from_entries"
    return made


@_special("listagg")
def _listagg(node: exp.Anonymous) -> exp.Expr:
    return exp.Anonymous(this="string_agg", expressions=[*node.expressions, text_literal("")][:2])


# -- numbers ----------------------------------------------------------------------------------------------------------


@_special("round")
def _round(node: exp.Anonymous) -> exp.Expr:
    value, *places = node.expressions
    if kind(value.type) == "decimal" and places:
        _, scale = decimal_of(value.type) or (38, 0)
        if isinstance(places[0], exp.Literal) and int(places[0].name) >= scale:
            return cast(value, node.type)
    return cast(exp.Anonymous(this="round", expressions=node.expressions), node.type)


@_special("ceil", "ceiling", "floor")
def _whole(node: exp.Anonymous) -> exp.Expr:
    name = "floor" if str(node.this).lower() == "floor" else "ceil"
    return cast(fn(name, *node.expressions), node.type)


@_special("truncate")
def _truncate(node: exp.Anonymous) -> exp.Expr:
    if len(node.expressions) == 1:
        return cast(fn("trunc", *node.expressions), node.type)
    return cast(fn("trino_truncate", *node.expressions), node.type)


@_special("mod")
def _mod(node: exp.Anonymous) -> exp.Expr:
    first, second = node.expressions
    if kind(node.type) in {"double", "real", "unknown"}:
        return exp.Mod(this=exp.paren(first, copy=False), expression=exp.paren(second, copy=False))
    return cast(fn("trino_mod", first, second), node.type)


@_special("greatest", "least")
def _greatest(node: exp.Anonymous) -> exp.Expr:
    """NULL when any argument is NULL; DuckDB, as Redshift, passes over NULLs."""
    nulls: list[exp.Expr] = [exp.Is(this=argument.copy(), expression=exp.Null()) for argument in node.expressions]
    found = fn(str(node.this).lower(), *node.expressions)
    return _case((exp.or_(*nulls, copy=False), exp.Null()), default=found)


# -- conditions and constructors --------------------------------------------------------------------------------------


@_special("coalesce")
def _coalesce(node: exp.Anonymous) -> exp.Expr:
    return exp.Coalesce(this=node.expressions[0], expressions=node.expressions[1:])


@_special("nullif")
def _nullif(node: exp.Anonymous) -> exp.Expr:
    return exp.Nullif(this=node.expressions[0], expression=node.expressions[1])


@_special("if")
def _if(node: exp.Anonymous) -> exp.Expr:
    condition, then, *otherwise = node.expressions
    return _case((condition, then), default=otherwise[0] if otherwise else None)


@_special("typeof")
def _typeof(node: exp.Anonymous) -> exp.Expr:
    return text_literal(trino_name(node.expressions[0].type))


@_special("concat")
def _concat(node: exp.Anonymous) -> exp.Expr:
    if kind(node.expressions[0].type) == "array":
        return fn("list_concat", *node.expressions)
    return fold(lambda a, b: exp.DPipe(this=a, expression=b), node.expressions)


@_special("format")
def _format(node: exp.Anonymous) -> exp.Expr:
    """Java's %s, %d, %x and %.nf are C's too; the rest is not rehearsable."""
    pattern = node.expressions[0]
    found = re.findall(r"%[^a-zA-Z%]*[a-zA-Z%]", pattern.name)
    if not isinstance(pattern, exp.Literal) or any(not re.fullmatch(r"%[-0]?\d*(\.\d+)?[sdxf%]", f) for f in found):
        raise fail("NOT_SUPPORTED", "not rehearsable: format() beyond %s, %d, %x and %.nf")
    kinds = [f[-1] for f in found if f[-1] != "%"]
    arguments = [
        cast(value, duck("TEXT")) if letter == "s" else cast(value, duck("DOUBLE" if letter == "f" else "BIGINT"))
        for letter, value in zip(kinds, node.expressions[1:], strict=False)
    ]
    return fn("printf", pattern, *arguments)


@_special("element_at")
def _element_at(node: exp.Anonymous) -> exp.Expr:
    held, key = node.expressions
    if kind(held.type) == "map":
        return exp.Bracket(this=held, expressions=[key])
    return fn("trino_element_at", held, key)


@_special("cardinality")
def _cardinality(node: exp.Anonymous) -> exp.Expr:
    value = node.expressions[0]
    return cast(fn("cardinality" if kind(value.type) == "map" else "len", value), duck("BIGINT"))


@_special("sequence")
def _sequence(node: exp.Anonymous) -> exp.Expr:
    first = node.expressions[0]
    steps = list(node.expressions)
    if kind(first.type) == "date" and len(steps) == 2:
        steps.append(exp.Interval(this=text_literal("1"), unit=exp.var("DAY")))
    return cast(fn("generate_series", *steps), node.type)


@_special("repeat")
def _repeat(node: exp.Anonymous) -> exp.Expr:
    return fn("repeat", exp.Array(expressions=[node.expressions[0]]), node.expressions[1])


@_special("map")
def _map(node: exp.Anonymous) -> exp.Expr:
    return fn("map", *node.expressions)


@_special("row")
def _row(node: exp.Anonymous) -> exp.Expr:
    fields = [exp.PropertyEQ(this=exp.to_identifier(f"field{n}"), expression=v) for n, v in enumerate(node.expressions)]
    return exp.Struct(expressions=fields)


@_special("any_match", "all_match", "none_match")
def _match(node: exp.Anonymous) -> exp.Expr:
    """Any, all or none of an array, with Trino's three values."""
    name = str(node.this).lower()
    values, function = node.expressions
    if name == "all_match":
        body = exp.Not(this=exp.paren(function.this, copy=False))
        function = exp.Lambda(this=body, expressions=function.expressions)
    found = fn("trino_any", fn("list_transform", values, function))
    return found if name == "any_match" else exp.Not(this=found)


@_special("reduce")
def _reduce(node: exp.Anonymous) -> exp.Expr:
    values, start, step, last = node.expressions
    found = fn("list_reduce", values, step, start)
    name, body = last.expressions[0].name.lower(), last.this

    def put(part: exp.Expr) -> exp.Expr:
        is_name = isinstance(part, exp.Identifier) and part.name.lower() == name
        return found.copy() if is_name else part

    return body.transform(put)


# -- dates ------------------------------------------------------------------------------------------------------------

_UNITS = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")


def _unit(node: exp.Expr, of: exp.Expr) -> str:
    """A unit that Trino knows for the value's type."""
    unit = node.name.lower() if isinstance(node, exp.Literal) else ""
    if unit not in _UNITS:
        raise fail("INVALID_FUNCTION_ARGUMENT", f"'{node.name}' is not a valid TIMESTAMP field")
    if kind(of.type) == "date" and unit in _UNITS[:4]:
        raise fail("INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid DATE field")
    return unit


def _like(value: exp.Expr, made: exp.Expr) -> exp.Expr:
    """A wall clock back in the kind of the value it came from."""
    if kind(value.type) == "timestamp with time zone":
        return fn("timezone", text_literal(zone_of(value.type)), made)
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
    return _like(value, fn("date_trunc", text_literal(_unit(unit, value)), local(value)))


@_special("date_add")
def _date_add(node: exp.Anonymous) -> exp.Expr:
    unit, amount, value = node.expressions
    name = _unit(unit, value)
    times, name = (3, "month") if name == "quarter" else (1, name)
    one = exp.Interval(this=text_literal(str(times)), unit=exp.var(name.upper()))
    step = exp.Mul(this=one, expression=exp.paren(amount, copy=False))
    return _like(value, exp.paren(exp.Add(this=local(value), expression=step), copy=False))


@_special("date_diff")
def _date_diff(node: exp.Anonymous) -> exp.Expr:
    """Whole units that have elapsed, not boundaries crossed."""
    unit, start, end = node.expressions
    return fn("date_sub", text_literal(_unit(unit, start)), _instant(start), _instant(end))


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
    def letter(found: re.Match[str]) -> str:
        if found[1] not in _MYSQL:
            if found[1] in "DUuVwX":
                raise fail("INVALID_FUNCTION_ARGUMENT", f"%{found[1]} not supported in date format string")
            return found[1]
        return _MYSQL[found[1]]

    return re.sub(r"%(.)", letter, text)


def _joda(text: str) -> str:
    def run(found: re.Match[str]) -> str:
        if found[2] is not None:
            return found[2] or "'"
        if found[0] not in _JODA:
            raise fail("NOT_SUPPORTED", f"not rehearsable: '{found[0]}' in a Joda date format")
        return _JODA[found[0]]

    return re.sub(r"([a-zA-Z])\1*|'([^']*)'", run, text.replace("%", "%%"))


@_special("date_format")
def _date_format(node: exp.Anonymous) -> exp.Expr:
    return fn("strftime", _instant(node.expressions[0]), _pattern(node.expressions[1]))


@_special("format_datetime")
def _format_datetime(node: exp.Anonymous) -> exp.Expr:
    return fn("strftime", _instant(node.expressions[0]), _pattern(node.expressions[1], joda=True))


@_special("date_parse")
def _date_parse(node: exp.Anonymous) -> exp.Expr:
    return fn("strptime", node.expressions[0], _pattern(node.expressions[1]))


@_special("parse_datetime")
def _parse_datetime(node: exp.Anonymous) -> exp.Expr:
    return fn(
        "timezone", text_literal("UTC"), fn("strptime", node.expressions[0], _pattern(node.expressions[1], joda=True))
    )


@_special("from_unixtime")
def _from_unixtime(node: exp.Anonymous) -> exp.Expr:
    if len(node.expressions) > 1 and number(node.expressions[1].type):
        raise fail("NOT_SUPPORTED", "not rehearsable: from_unixtime with hours and minutes")
    return fn("trino_from_unixtime", node.expressions[0])


@_special("to_unixtime")
def _to_unixtime(node: exp.Anonymous) -> exp.Expr:
    return cast(fn("epoch", moment(node.expressions[0])), duck("DOUBLE"))


@_special("from_iso8601_timestamp")
def _from_iso(node: exp.Anonymous) -> exp.Expr:
    return exp.Cast(this=node.expressions[0], to=duck("TIMESTAMPTZ"))


@_special("to_iso8601")
def _to_iso(node: exp.Anonymous) -> exp.Expr:
    value = node.expressions[0]
    if kind(value.type) == "date":
        return cast(value, duck("TEXT"))
    shown = fn("strftime", local(value), text_literal("%Y-%m-%dT%H:%M:%S.%g"))
    if kind(value.type) == "timestamp":
        return shown
    if zone_of(value.type) != "UTC":
        raise fail("NOT_SUPPORTED", "not rehearsable: to_iso8601 outside UTC")
    return exp.DPipe(this=shown, expression=text_literal("Z"))


@_special("at_timezone")
def _at_timezone(node: exp.Anonymous) -> exp.Expr:
    return exp.paren(moment(node.expressions[0]), copy=False)


@_special("with_timezone")
def _with_timezone(node: exp.Anonymous) -> exp.Expr:
    return fn("timezone", text_literal(zone_of(node.type)), node.expressions[0])


_PARTS = {
    "year": "year", "quarter": "quarter", "month": "month", "week": "week", "week_of_year": "week", "day": "day",
    "day_of_month": "day", "hour": "hour", "minute": "minute", "second": "second", "day_of_week": "isodow",
    "dow": "isodow", "day_of_year": "dayofyear", "doy": "dayofyear", "year_of_week": "isoyear", "yow": "isoyear",
}  # fmt: skip


@_special(*_PARTS)
def _part(node: exp.Anonymous) -> exp.Expr:
    return fn(_PARTS[str(node.this).lower()], local(node.expressions[0]))


@_special("millisecond")
def _millisecond(node: exp.Anonymous) -> exp.Expr:
    """Of the second; DuckDB's counts the seconds too."""
    found = fn("millisecond", local(node.expressions[0]))
    return exp.Mod(this=found, expression=number_literal(1000))


@_special("timezone_hour")
def _timezone_hour(node: exp.Anonymous) -> exp.Expr:
    value = node.expressions[0]
    return fn("date_diff", text_literal("hour"), fn("timezone", text_literal("UTC"), value.copy()), local(value))
