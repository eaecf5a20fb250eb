"""Small pieces of DuckDB SQL as trees."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed

from .types import kind, precision_of, timestamp, zone_of

__all__ = [
    "BLANKS",
    "cast",
    "duck",
    "fail",
    "fn",
    "local",
    "moment",
    "number_literal",
    "rounded",
    "shown_timestamp",
    "text_literal",
    "unscaled",
]


# What Java's Character.isWhitespace holds for white space, which is what Trino's TRIM takes off.
BLANKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f \u1680" + "".join(map(chr, (*range(0x2000, 0x2007), 0x2008, 0x2009, 0x200A)))
BLANKS += "\u2028\u2029\u205f\u3000"


def fn(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """A call of a DuckDB function or macro."""
    return exp.Anonymous(this=name, expressions=list(arguments))


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
    if name.startswith("timestamp"):
        plain.set("expressions", [])
    made = exp.Cast(this=value, to=plain)
    made._type = to
    return made


def rounded(value: exp.Expr, have: exp.DataType | None, precision: int) -> exp.Expr:
    """A TIMESTAMP to fewer digits of its seconds: rounded, as Trino casts."""
    if precision_of(have) <= precision and kind(have) != "varchar":
        return value
    return fn("trino_timestamp_round", value, number_literal(10 ** (6 - precision))) if precision < 6 else value


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
    made = fn("timezone", text_literal(zone_of(value.type)), value)
    made._type = timestamp(precision_of(value.type))
    return made


def moment(value: exp.Expr) -> exp.Expr:
    """The instant of a date or timestamp read in the session's zone, which is UTC in Athena."""
    if kind(value.type) == "timestamp with time zone":
        return value
    return fn("timezone", text_literal("UTC"), exp.Cast(this=value, to=duck("TIMESTAMP")))


def unscaled(value: exp.Expr, scale: int, more: int) -> exp.Expr:
    """A decimal's digits as a HUGEINT, times 10 to the power ``more``."""
    factor = scale + more
    wide = (
        exp.Mul(this=exp.paren(value, copy=False), expression=number_literal("1" + "0" * factor)) if factor else value
    )
    return exp.Cast(this=wide, to=duck("HUGEINT"))


def fail(code: str, message: str) -> QueryFailed:
    """The error of something that Trino refuses, or that is not rehearsable."""
    return QueryFailed(
        code, f"line 1:1: {message}" if code != "NOT_SUPPORTED" else message, 1 if code == "NOT_SUPPORTED" else 2
    )
