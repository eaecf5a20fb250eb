"""Widths of integers: functions that are 64 bits wide on Athena and 32 on Redshift."""

from __future__ import annotations

import math

from sqlglot import exp

from smartroute_runbook.translate.carried import is_narrow, sources_of
from smartroute_runbook.translate.types import Type, type_of

from .base import AWS, Lowering, rule
from .trees import cast, wrap

LIMIT = 2**31
ELEMENTS = 2**24  # of an array in a text of 16 MB (JSON_ARRAY_LENGTH)
WIDTHS = {"tinyint": 2**7, "smallint": 2**15, "integer": LIMIT}
# Redshift's INTEGER functions and how far they reach.
PARTS = (exp.Year, exp.Month, exp.Day, exp.DayOfMonth, exp.Hour, exp.Minute, exp.Second, exp.Quarter, exp.WeekOfYear,
         exp.Week, exp.DayOfYear, exp.DayOfWeekIso, exp.YearOfWeek, exp.Extract)  # fmt: skip
LENGTHS = (exp.Length, exp.StrPosition, exp.RegexpCount, exp.ArraySize)
RANKS = (exp.Rank, exp.DenseRank)  # of up to a thousand million rows
REACH = {**dict.fromkeys(PARTS, 10_000), **dict.fromkeys(LENGTHS, 65_536), **dict.fromkeys(RANKS, 2**30)}
PASSING = (exp.Neg, exp.Abs, exp.Sign, exp.Nullif, exp.Round, exp.Min, exp.Max, exp.Window, exp.Lag, exp.Lead,
           exp.FirstValue, exp.LastValue, exp.NthValue, exp.BitwiseAndAgg, exp.BitwiseOrAgg)  # fmt: skip
CHOICES = (exp.Coalesce, exp.Greatest, exp.Least)


def _of_type(kind: Type) -> int | None:
    return WIDTHS.get(kind.name)


def _reach(node: exp.Expression) -> int | None:
    """How far a 32-bit value may be from zero on Redshift; None when it is 64 bits wide there.

    Kept with the node: each sum of a chain of thousands asks for all of it that is below.
    """
    node = node.unnest()
    if "reach" not in node.meta:
        named = isinstance(node, exp.Anonymous) and is_narrow(node)
        node.meta["reach"] = ELEMENTS if named else _measured(node)
    reach: int | None = node.meta["reach"]
    return reach


def _measured(node: exp.Expression) -> int | None:
    if isinstance(node, exp.Literal):
        return int(node.name) if node.is_int and int(node.name) < LIMIT else None
    if type(node) in REACH:
        return REACH[type(node)]
    if isinstance(node, (exp.Column, exp.Subquery)) and (sources := sources_of(node)):
        return _widest(list(sources))
    if isinstance(node, (exp.Column, exp.Cast)):
        return _of_type(type_of(node))
    if isinstance(node, PASSING):
        return _reach(node.this)
    if isinstance(node, exp.Case):
        return _widest([branch.args["true"] for branch in node.args["ifs"]], node.args.get("default"))
    if isinstance(node, exp.If):
        return _widest([node.args["true"]], node.args.get("false"))
    if isinstance(node, CHOICES):
        return _widest([node.this, *node.expressions])
    return _computed(node) if isinstance(node, (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)) else None


def _computed(node: exp.Expression) -> int | None:
    if isinstance(node, exp.Mod):  # INTEGER where either side is one; no farther from zero than either (r_MOD)
        return min((side for side in map(_reach, (node.this, node.expression)) if side is not None), default=None)
    combined = _combined(node)
    return None if combined is not None and combined >= LIMIT and type_of(node).name == "bigint" else combined


def _widest(nodes: list[exp.Expression], other: exp.Expression | None = None) -> int | None:
    values = [n for n in (*nodes, other) if n is not None and not isinstance(n.unnest(), exp.Null)]
    reaches = [_reach(value) for value in values]
    return None if None in reaches or not reaches else max(value for value in reaches if value is not None)


def _combined(node: exp.Expression) -> int | None:
    a, b = _reach(node.this), _reach(node.expression)
    if a is None or b is None:
        return None
    if isinstance(node, exp.Mul):
        return math.prod((a, b))
    return a + b if isinstance(node, (exp.Add, exp.Sub)) else max(a, b)


@rule(
    "narrow-integer",
    exp.Add,
    exp.Sub,
    exp.Mul,
    why="the function is a bigint on Athena and an integer on Redshift, where the result may overflow 32 bits",
    source=AWS + "r_Numeric_types201.html",
)
def _narrow_integer(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if type_of(node).name != "bigint" or (_combined(node) or 0) < LIMIT:
        return None
    return type(node)(this=cast(lower(node.this), "bigint"), expression=wrap(lower(node.expression)))
