"""Doubles as text, to the last bit, by SQL that both engines have.

Redshift shows no bits, so a double is taken apart by operations that IEEE 754 makes exact: comparison, ABS, FLOOR,
multiplication by a power of two, and y - FLOOR(y) for y >= 0. With 72 binades an arm, 30 arms hold every double.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from sqlglot import exp

from .trees import alias, as_double, bigint, call, column, joined, name, number, text, varchar

__all__ = ["double_layer", "double_text", "python_double"]

BINADES, LOWEST, HIGHEST = 72, -15, 14
INFINITE, NAN = 15, 16


def double_layer(table: exp.Expression, doubles: Mapping[str, int], columns: Sequence[str] = ()) -> exp.Expression:
    """The relation with, for each double column N, its arm ``_kN`` and its scaled size ``_yN``.

    Args:
        table: the relation.
        doubles: their columns, numbered.
        columns: those to select; all by default. Redshift takes 1,664 in a list, no more.
    """
    if not doubles:
        return table
    arms, scaled = [], []
    for double, n in doubles.items():
        size = exp.Abs(this=as_double(column(double)))
        arm = column(f"_k{n}")
        # The scale in two steps: 2 ** 1080, which the smallest doubles need, is not a double itself.
        power = exp.Mul(this=exp.Literal.number(-BINADES // 2), expression=arm)
        root = call("POWER", number(2.0), as_double(power))
        finite = exp.Case().when(exp.LT(this=size.copy(), expression=number(math.inf)), size.copy()).else_(number(0.0))
        arms.append(alias(_arm(size), f"_k{n}"))
        scaled.append(alias(exp.Mul(this=exp.Mul(this=finite, expression=root), expression=root.copy()), f"_y{n}"))
    selected: list[exp.Expression] = [column(one) for one in columns] or [exp.Star()]
    inner = exp.select(*selected, *arms, copy=False).from_(table).subquery(name("armed"))
    return exp.select(exp.Star(), *scaled, copy=False).from_(inner).subquery(name("scaled"))


def double_text(double: exp.Expression, n: int) -> exp.Expression:
    """Sign, arm, whole and rest of the double column whose layer has the number ``n``; NULL for NULL."""
    scaled = column(f"_y{n}")
    whole = exp.Floor(this=scaled)
    rest = exp.Mul(this=exp.paren(exp.Sub(this=scaled.copy(), expression=whole.copy())), expression=number(2.0**62))
    sign = exp.Case().when(exp.LT(this=as_double(double), expression=number(0.0)), text("-")).else_(text("+"))
    digits = [varchar(bigint(whole)), text("."), varchar(bigint(exp.Floor(this=rest)))]
    parts = joined([sign, varchar(column(f"_k{n}")), text("e"), *digits])
    return exp.Case().when(exp.Not(this=exp.Is(this=double.copy(), expression=exp.null())), parts)


def python_double(value: float) -> str:
    """The same text computed here."""
    size, sign = abs(value), "-" if value < 0 else "+"
    if not math.isfinite(size):
        return f"{sign}{NAN if math.isnan(size) else INFINITE}e0.0"
    arm = 0 if size == 0 else (math.frexp(size)[1] + 9) // BINADES
    scaled = Fraction(size) / Fraction(2) ** (BINADES * arm)
    whole = math.floor(scaled)
    return f"{sign}{arm}e{whole}.{math.floor((scaled - whole) * 2**62)}"


def _limits() -> Iterator[tuple[int, float]]:
    """Each arm with the power of two just above it; the highest has no limit but infinity."""
    for arm in range(LOWEST, HIGHEST):
        yield arm, math.ldexp(1.0, BINADES * arm + 62)
    yield HIGHEST, math.inf


def _arm(size: exp.Expression) -> exp.Expression:
    case = exp.Case()

    def when(test: exp.Expression, arm: int) -> None:
        case.when(test, exp.Literal.number(arm), copy=False)

    # First the arm of everyday numbers, then zero; NaN is below nothing on any engine and falls through.
    everyday = exp.GTE(this=size.copy(), expression=number(2.0**-10))
    when(exp.and_(everyday, exp.LT(this=size.copy(), expression=number(2.0**62))), 0)
    when(exp.EQ(this=size.copy(), expression=number(0.0)), 0)
    for arm, limit in _limits():
        when(exp.LT(this=size.copy(), expression=number(limit)), arm)
    when(exp.EQ(this=size.copy(), expression=number(math.inf)), INFINITE)
    return case.else_(exp.Literal.number(NAN), copy=False)
