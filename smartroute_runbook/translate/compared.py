"""What a node of a query compares: values beside each other, keys of rows, whole result columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlglot import exp

from .types import Type, result_types

__all__ = ["QUERIES", "SIDES", "compared", "kinds_compared"]

SIDES: Final = ("this", "expression", "low", "high")
QUERIES: Final = (exp.Any, exp.All)


def kinds_compared(node: exp.Expression) -> Iterable[Type]:
    """The types of whole result columns that a node compares: they may be a star's."""
    if isinstance(node, exp.Distinct) and not node.expressions and isinstance(node.parent, exp.Select):
        return result_types(node.parent)
    if isinstance(node, exp.SetOperation) and not _keeps_all(node):
        return [*result_types(node.left), *result_types(node.right)]
    if isinstance(node, exp.In) and node.args.get("query") is not None:
        return result_types(node.args["query"])
    if isinstance(node.args.get("expression"), QUERIES):
        return result_types(node.expression.this)
    if isinstance(node, exp.Join):
        kinds: Iterable[Type] = node.meta.get("using_types", ())
        return kinds
    return ()


def _keeps_all(node: exp.SetOperation) -> bool:
    return isinstance(node, exp.Union) and node.args.get("distinct") is False


def compared(node: exp.Expression) -> Iterable[exp.Expression | None]:
    """The values that a node compares with each other, or an expression's in one row with those in others."""
    if isinstance(node, (exp.SetOperation, exp.Join)):
        return ()
    if isinstance(node, exp.Group):
        return [part for key in node.expressions for part in _keys(key, node)]
    if isinstance(node, exp.Case):
        return [node.this, *(branch.this for branch in node.args["ifs"])] if node.this is not None else []
    if isinstance(node, exp.Window):
        order = node.args.get("order")
        return [*(node.args.get("partition_by") or ()), *(key.this for key in (order.expressions if order else ()))]
    if isinstance(node, exp.Order):
        cut = isinstance(node.parent, exp.Query) and node.parent.args.get("limit") is not None
        return [part for key in node.expressions for part in _keys(key.this, node)] if cut else []
    if isinstance(node, exp.ArrayContains):
        return [node.expression]
    sides = [*(node.args.get(side) for side in SIDES), *node.expressions]
    return [cell for side in sides for cell in (side.expressions if isinstance(side, exp.Tuple) else [side])]


def _keys(key: exp.Expression, group: exp.Expression) -> Iterable[exp.Expression]:
    """What a key of GROUP BY or ORDER BY stands for: a result column by its place, the parts of ROLLUP and its kind."""
    if isinstance(key, exp.Literal) and key.is_int and isinstance(group.parent, exp.Select):
        place = int(key.name)
        return [column.unalias() for column in group.parent.expressions[place - 1 : place]]
    if isinstance(key, (exp.Rollup, exp.Cube, exp.GroupingSets, exp.Tuple, exp.Paren)):
        inner = key.expressions or [key.this]
        return [part for each in inner for part in _keys(each, group)]
    return [key]
