"""Small pieces of DuckDB SQL as trees."""

from __future__ import annotations

import re

from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed

from .types import decimal_of, kind, precision_of, timestamp, zone_of

__all__ = [
    "BLANKS",
    "cast",
    "choice",
    "duck",
    "fail",
    "fn",
    "in_common",
    "instant_in",
    "local",
    "minutes_of",
    "moment",
    "number_literal",
    "rounded",
    "shown_timestamp",
    "text_literal",
    "unscaled",
]


IN_64_BITS = 18  # digits of a decimal that DuckDB keeps in them
# What Java's Character.isWhitespace holds for white space, which is what Trino's TRIM takes off.
BLANKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f \u1680" + "".join(map(chr, (*range(0x2000, 0x2007), 0x2008, 0x2009, 0x200A)))
BLANKS += "\u2028\u2029\u205f\u3000"


def fn(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """A call of a DuckDB function or macro."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def choice(*pairs: tuple[exp.Expr, exp.Expr], default: exp.Expr | None = None) -> exp.Case:
    """CASE WHEN the first of a pair THEN its second."""
    branches = [exp.If(this=when, true=then) for when, then in pairs]
    return exp.Case(ifs=branches, default=default)


def duck(name: str) -> exp.DataType:
    """A DuckDB type."""
    return exp.DataType.build(name, dialect="duckdb")


def cast(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    """CAST to a Trino type, in DuckDB's spelling; an unknown type casts nothing."""
    name = kind(to)
    if to is None or name in {"unknown", "null"}:
        return value
    plain = to.copy()
    plain.set("zone", None)
    if name in {"varchar", "char"}:
        plain = exp.DType.TEXT.into_expr()
    if name.startswith("time"):
        plain.set("expressions", [])
    made = exp.Cast(this=value, to=plain)
    made._type = to
    return made


def rounded(value: exp.Expr, have: exp.DataType | None, precision: int) -> exp.Expr:
    """A TIMESTAMP to fewer digits of its seconds: rounded, as Trino casts."""
    if precision_of(have) <= precision and kind(have) != "varchar":
        return value
    name = "trino_time_round" if kind(value.type) == "time" else "trino_timestamp_round"
    return fn(name, value, number_literal(10 ** (6 - precision))) if precision < 6 else value


def shown_timestamp(value: exp.Expr, precision: int) -> exp.Expr:
    """A TIMESTAMP as text with so many digits of its seconds."""
    return fn("trino_timestamp_text", value, number_literal(precision))


def text_literal(text: str) -> exp.Literal:
    """A string literal."""
    return exp.Literal.string(text)


def number_literal(text: str | int) -> exp.Literal:
    """A number literal."""
    return exp.Literal.number(text)


def local(value: exp.Expr) -> exp.Expr:
    """The wall clock of a timestamp with time zone in its zone; other values as they are."""
    if kind(value.type) != "timestamp with time zone":
        return value
    zone = zone_of(value.type)
    if zone == "UTC" or minutes_of(zone):  # without a calendar: a tenth of timezone()'s time
        made = fn("make_timestamp", fn("epoch_us", value))
    else:
        made = fn("timezone", text_literal(zone), value)
    if minutes_of(zone):  # DuckDB's zones have names; an offset is minutes to add
        made = fn("trino_plus_minutes", made, number_literal(minutes_of(zone)))
    made._type = timestamp(precision_of(value.type))
    return made


def instant_in(zone: str, wall: exp.Expr) -> exp.Expr:
    """The instant that a wall clock shows in a zone."""
    if minutes_of(zone):
        return fn("timezone", text_literal("UTC"), fn("trino_plus_minutes", wall, number_literal(-minutes_of(zone))))
    return fn("timezone", text_literal(zone), wall)


def minutes_of(zone: str) -> int:
    """Minutes of a zone that is an offset such as ``+05:30``; 0 of a named one."""
    found = re.fullmatch(r"([+-])(\d{1,2}):(\d{2})", zone)
    return int(found[1] + "1") * (int(found[2]) * 60 + int(found[3])) if found else 0


def moment(value: exp.Expr) -> exp.Expr:
    """The instant of a date or timestamp read in the session's zone, which is UTC in Athena."""
    if kind(value.type) == "timestamp with time zone":
        return value
    return fn("timezone", text_literal("UTC"), exp.Cast(this=value, to=duck("TIMESTAMP")))


def in_common(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    """A value in the common type of several: DuckDB finds decimals too narrow, and no moment of mixed ones."""
    if kind(to) == "timestamp with time zone" and kind(value.type) in {"date", "timestamp"}:
        return moment(value)
    if to is not None and kind(to) == "char" and value.type != to and to.expressions:
        return fn("rpad", value, number_literal(to.expressions[0].name), text_literal(" "))
    return cast(value, to) if kind(to) == "decimal" and value.type != to else value


def unscaled(value: exp.Expr, scale: int, more: int) -> exp.Expr:
    """A decimal's digits as a HUGEINT, times 10 to the power ``more``."""
    factor = scale + more
    digits, _ = decimal_of(value.type) or (0, 0)
    if 0 < digits <= IN_64_BITS < digits + factor:  # in which DuckDB would multiply
        value = exp.Cast(this=value, to=duck(f"DECIMAL(38, {scale})"))
    wide = (
        exp.Mul(this=exp.paren(value, copy=False), expression=number_literal("1" + "0" * factor)) if factor else value
    )
    return exp.Cast(this=wide, to=duck("HUGEINT"))


def fail(code: str, message: str) -> QueryFailed:
    """The error of something that Trino refuses, or that is not rehearsable."""
    return QueryFailed(
        code, f"line 1:1: {message}" if code != "NOT_SUPPORTED" else message, 1 if code == "NOT_SUPPORTED" else 2
    )
