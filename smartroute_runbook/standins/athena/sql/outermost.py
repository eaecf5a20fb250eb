"""What an aggregate is wrapped in stands around its FILTER and OVER, not within them."""

from __future__ import annotations

from sqlglot import exp

from .build import cast, fn, number_literal
from .types import decimal_of

__all__ = ["outermost"]

_OUTER = (exp.Filter, exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


def outermost(node: exp.Expr, made: exp.Expr, to: exp.DataType | None = None) -> exp.Expr:
    """Casts an aggregate around its FILTER and OVER, not within them. ``made`` may carry the wish in its meta."""
    to = to or made.meta.pop("cast", None)
    wrap: str = made.meta.pop("wrap", "")
    average: exp.DataType | None = made.meta.pop("average", None)
    if to is None and not wrap and average is None:
        return made
    top = node
    while isinstance(top.parent, _OUTER) and top.arg_key == "this":
        top = top.parent
    if top is node:
        return _average(made, _counted(node, top), average) if average is not None else _wrapped(made, to, wrap)
    parent, key, index = top.parent, top.arg_key, top.index
    outer = _average(top, _counted(node, top), average) if average is not None else _wrapped(top, to, wrap)
    outer._type = node.type
    if parent is not None:
        parent.set(key, outer, index)
    return made


def _counted(node: exp.Expr, top: exp.Expr) -> exp.Expr:
    """The same aggregate with its FILTER and OVER, counting in place of averaging."""
    count = exp.Anonymous(this="count", expressions=[part.copy() for part in node.expressions])
    return top.copy().transform(lambda part: count if part == node else part) if top is not node else count


def _average(total: exp.Expr, count: exp.Expr, to: exp.DataType) -> exp.Expr:
    """A decimal's average: the exact sum over the count, rounded half up; NULL of no rows."""
    _, scale = decimal_of(to) or (38, 0)
    many = fn("nullif", count, number_literal(0))
    quotient = fn("trino_div_round", total, cast(many, exp.DataType.build("HUGEINT", dialect="duckdb")))
    whole = cast(quotient, exp.DataType.build("DECIMAL(38, 0)"))
    if scale == 0:
        return cast(whole, to)
    return cast(exp.Mul(this=whole, expression=number_literal("0." + "0" * (scale - 1) + "1")), to)


def _wrapped(value: exp.Expr, to: exp.DataType | None, wrap: str) -> exp.Expr:
    value = fn(wrap, value) if wrap else value
    return cast(value, to) if to is not None else value
