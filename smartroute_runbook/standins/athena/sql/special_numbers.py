"""Functions of numbers whose DuckDB form depends on the types or the literals of their arguments."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from .build import cast, duck, fail, fn, number_literal, unscaled
from .types import decimal_of, kind

__all__ = ["BITS", "NUMBERS"]

Builder = Callable[[exp.Anonymous], exp.Expr]
BITS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}


def _round(node: exp.Anonymous) -> exp.Expr:
    value, *places = node.expressions
    if kind(value.type) == "decimal" and places:
        _, scale = decimal_of(value.type) or (38, 0)
        if isinstance(places[0], exp.Literal) and int(places[0].name) >= scale:
            return cast(value, node.type)
        value = cast(value, node.type)  # which has a digit more: 7 is 10, to tens
    if kind(value.type) in BITS:  # whose own type may be too narrow for what is rounded
        value = cast(value, duck("BIGINT"))
    floating = kind(value.type) in {"double", "real"} and places
    return cast(fn("trino_round_to" if floating else "round", value, *places), node.type)


def _whole(node: exp.Anonymous) -> exp.Expr:
    if kind(node.expressions[0].type) in BITS:  # DuckDB's own goes through a double
        return node.expressions[0]
    name = "floor" if str(node.this).lower() == "floor" else "ceil"
    return cast(fn(name, *node.expressions), node.type)


def _shift_right(node: exp.Anonymous) -> exp.Expr:
    value, places = node.expressions
    return fn("trino_shift_right", value, places, number_literal(BITS.get(kind(value.type), 64)))


def _shift_left(node: exp.Anonymous) -> exp.Expr:
    value, places = node.expressions
    return cast(fn("trino_shift_left", value, places, number_literal(BITS.get(kind(value.type), 64))), node.type)


def _truncate(node: exp.Anonymous) -> exp.Expr:
    if len(node.expressions) == 1:
        return cast(fn("trunc", *node.expressions), node.type)
    if kind(node.type) == "decimal":
        _, scale = decimal_of(node.type) or (38, 0)
        digits = fn("trino_cut", unscaled(node.expressions[0], scale, 0), number_literal(scale), node.expressions[1])
        whole = cast(digits, exp.DataType.build("DECIMAL(38, 0)"))
        return cast(
            exp.Mul(this=whole, expression=number_literal("0." + "0" * (scale - 1) + "1")) if scale else whole,
            node.type,
        )
    return cast(fn("trino_truncate", *node.expressions), node.type)


def _width_bucket(node: exp.Anonymous) -> exp.Expr:
    if len(node.expressions) == 4:
        return cast(fn("trino_width_bucket", *node.expressions), node.type)
    value, bins = node.expressions[:2]
    if len(node.expressions) == 3 or kind(bins.type) != "array":
        raise fail("FUNCTION_NOT_FOUND", "Unexpected parameters for function width_bucket.")
    return fn("trino_width_of", cast(value, duck("DOUBLE")), exp.Cast(this=bins, to=duck("DOUBLE[]")))


def _random(node: exp.Anonymous) -> exp.Expr:
    """Below 1; or a whole number from the lower bound, or 0, to below the upper."""
    if not node.expressions:
        return fn("random")
    *lower, upper = node.expressions
    low = lower[0] if lower else number_literal(0)
    width = exp.paren(exp.Sub(this=exp.paren(upper), expression=exp.paren(low)), copy=False)
    drawn = fn("floor", exp.Mul(this=fn("random"), expression=width))
    return cast(exp.paren(exp.Add(this=exp.paren(low), expression=drawn), copy=False), node.type)


def _sign(node: exp.Anonymous) -> exp.Expr:
    name = "trino_sign_of" if kind(node.type) in {"double", "real"} else "sign"
    return cast(fn(name, *node.expressions), node.type)


def _mod(node: exp.Anonymous) -> exp.Expr:
    first, second = node.expressions
    if kind(node.type) in {"double", "real", "unknown"}:
        return exp.Mod(this=exp.paren(first, copy=False), expression=exp.paren(second, copy=False))
    return cast(fn("trino_mod", first, second), node.type)


NUMBERS: dict[str, Builder] = {
    "round": _round, "ceil": _whole, "ceiling": _whole, "floor": _whole, "bitwise_right_shift": _shift_right,
    "bitwise_left_shift": _shift_left, "truncate": _truncate, "width_bucket": _width_bucket, "random": _random,
    "rand": _random, "sign": _sign, "mod": _mod,
}  # fmt: skip
