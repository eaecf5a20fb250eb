"""Rows compared with rows: Redshift documents no comparison of rows, its parts are compared one by one."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import BOOLEAN

from .base import AWS, Lowering, rule
from .trees import typed

ORDERED = (exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between)
PLACES = (exp.In, exp.Group, exp.Rollup, exp.Cube, exp.GroupingSets)


def _cells(node: exp.Expression | None) -> list[exp.Expression] | None:
    node = node.unnest() if node is not None else None
    return node.expressions if isinstance(node, exp.Tuple) else None


def _same(a: list[exp.Expression], b: list[exp.Expression], node: exp.Expression) -> exp.Expression:
    """`a1 = b1 AND a2 = b2`: false when any pair differs, NULL when one is NULL and none differs, as on Athena."""
    if len(a) != len(b):
        raise Refusal("row", f"{athena(node)} compares rows of different lengths", "compare as many columns")
    pairs = [typed(exp.EQ(this=x.copy(), expression=y.copy()), BOOLEAN) for x, y in zip(a, b, strict=True)]
    return reduce(lambda one, other: typed(exp.And(this=one, expression=other), BOOLEAN), pairs)


def _kept(node: exp.Expression) -> exp.Expression:
    return typed(exp.Paren(this=node), BOOLEAN)


@rule(
    "row",
    exp.EQ,
    exp.NEQ,
    exp.In,
    exp.Tuple,
    *ORDERED,
    why="how Redshift compares rows with NULLs, or by size, is not documented; their parts are compared one by one",
    source=AWS + "r_comparison_condition.html",
)
def _row(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.Tuple):
        _require_place(node)
        return None
    left = _cells(node.this)
    right = _cells(node.args.get("expression"))
    if left is None and right is None and not any(_cells(each) for each in node.expressions):
        return None
    if isinstance(node, exp.In):
        return _in(node, left, lower)
    if isinstance(node, ORDERED):
        raise Refusal("row", f"{athena(node)} compares rows by size", "write a < x OR (a = x AND b < y)")
    if left is None or right is None:
        raise Refusal("row", f"{athena(node)} compares a row with what is none", "compare its columns one by one")
    same = _kept(_same(left, right, node))
    return lower(same if isinstance(node, exp.EQ) else _kept(typed(exp.Not(this=same), BOOLEAN)))


def _in(node: exp.In, left: list[exp.Expression] | None, lower: Lowering) -> exp.Expression | None:
    hint = "write EXISTS, or NOT EXISTS, with the columns compared one by one"
    if left is None or not _only_true_matters(node):
        raise Refusal("row", f"{athena(node)}: what NULLs in rows make of it is not documented", hint)
    if node.args.get("query") is not None:
        return None
    rows = [_cells(each) for each in node.expressions]
    if None in rows:
        raise Refusal("row", f"{athena(node)} compares a row with what is none", hint)
    found = [_kept(_same(left, row, node)) for row in rows if row is not None]
    return lower(_kept(reduce(lambda one, other: typed(exp.Or(this=one, expression=other), BOOLEAN), found)))


def _only_true_matters(node: exp.Expression) -> bool:
    """Whether false and NULL mean the same where a condition stands."""
    around = node.parent
    while isinstance(around, (exp.Paren, exp.And, exp.Or)):
        around = around.parent
    return isinstance(around, (exp.Where, exp.Having, exp.Join))


@rule(
    "quantifier",
    exp.Any,
    why="ANY takes a subquery; ANY of a list is other dialects' own",
    source=AWS + "r_comparison_condition.html",
)
def _quantifier(node: exp.Any, lower: Lowering) -> exp.Expression | None:
    if not isinstance(node.this, (exp.Query, exp.Subquery)):
        raise Refusal("quantifier", f"{athena(node)} is not a subquery", "write IN (...), or conditions joined by OR")
    return None


def _require_place(node: exp.Tuple) -> None:
    """A row that nothing compares, groups or lists is a value, which Redshift has not.

    Raises:
        Refusal: it is one.
    """
    around = node.parent
    while isinstance(around, exp.Paren):
        around = around.parent
    if not isinstance(around, PLACES):
        raise Refusal("row", f"{athena(node)} is a row", "name its columns one by one")
