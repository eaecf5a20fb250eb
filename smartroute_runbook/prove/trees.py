"""Helpers for SQL trees, shared by all modules that build queries here."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sqlglot import exp

__all__ = ["alias", "as_double", "bigint", "call", "cast", "column", "concat", "decimal", "joined", "name", "number"]
__all__ += ["or_else", "text", "varchar"]


def text(value: str) -> exp.Expression:
    """A text constant."""
    return exp.Literal.string(value)


def number(value: float) -> exp.Expression:
    """A double constant through its shortest text, which every correctly rounding parser reads back exactly."""
    shortest = "Infinity" if math.isinf(value) else repr(value).replace("e+", "E").replace("e", "E")
    return cast(exp.Literal.string(shortest), exp.DType.DOUBLE)


def cast(value: exp.Expression, to: exp.DType) -> exp.Expression:
    """CAST to a type without arguments."""
    return exp.Cast(this=value, to=exp.DataType(this=to))


def varchar(value: exp.Expression) -> exp.Expression:
    """CAST to VARCHAR."""
    return cast(value, exp.DType.VARCHAR)


def bigint(value: exp.Expression) -> exp.Expression:
    """CAST to BIGINT."""
    return cast(value, exp.DType.BIGINT)


def as_double(value: exp.Expression) -> exp.Expression:
    """CAST of a copy to DOUBLE."""
    return cast(value.copy(), exp.DType.DOUBLE)


def decimal(value: exp.Expression) -> exp.Expression:
    """CAST to the widest whole number: sums of 60 bits or of BIGINTs do not overflow it below 10^19 rows."""
    return exp.cast(value, exp.DataType.build("DECIMAL(38,0)"))


def call(function: str, *arguments: exp.Expression) -> exp.Expression:
    """A function by its name, written as it is on both engines."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def or_else(value: exp.Expression, default: str) -> exp.Expression:
    """COALESCE with a text."""
    return exp.Coalesce(this=value, expressions=[text(default)])


def name(identifier: str) -> exp.Identifier:
    """A quoted name."""
    return exp.to_identifier(identifier, quoted=True)


def column(identifier: str) -> exp.Column:
    """A quoted column."""
    return exp.column(identifier, quoted=True)


def alias(value: exp.Expression, identifier: str) -> exp.Expression:
    """A value with a quoted name."""
    return exp.alias_(value, name(identifier))


def concat(pieces: list[exp.Expression], most: int = 100) -> exp.Expression:
    """Trino's CONCAT takes many arguments and copies each piece once, but not any number of them."""
    while len(pieces) > most:
        pieces = [concat(pieces[n : n + most]) for n in range(0, len(pieces), most)]
    return call("CONCAT", *pieces) if len(pieces) > 1 else pieces[0]


def joined(pieces: Sequence[exp.Expression]) -> exp.Expression:
    """``a || b || ...`` as a balanced tree: each piece is copied log n times, not n times."""
    if len(pieces) == 1:
        return pieces[0]
    middle = len(pieces) // 2
    return exp.paren(exp.DPipe(this=joined(pieces[:middle]), expression=joined(pieces[middle:])))
