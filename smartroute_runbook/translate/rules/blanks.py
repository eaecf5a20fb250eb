"""Trailing blanks: on Redshift texts that differ in nothing else are equal, wherever texts are compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlglot import exp

from smartroute_runbook.translate.blank_ends import (
    ends_in_blank,
    kind_may_end_in_blank,
    may_end_in_blank,
    some_end_in_blank,
)
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.types import Type, result_types, type_of

from .base import AWS, Lowering, rule
from .trees import call, text, when, wrap

__all__ = ["compares_text", "compares_values"]

SIDES = ("this", "expression", "low", "high")
UNORDERED: Final = (exp.EQ, exp.NEQ, exp.In)
MARKED: Final = (*UNORDERED, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between)
# What compares an expression with itself in other rows: a constant at its end is the same in all of them.
ONE_EXPRESSION: Final = (exp.Group, exp.Distinct, exp.Window, exp.Order, exp.Min, exp.Max, exp.ApproxDistinct)
QUERIES: Final = (exp.Any, exp.All)


def compares_text(lower: Lowering, *parts: exp.Expression | None) -> None:
    """Notes that texts are compared, unless the schema says that none of them ends in a blank."""
    if any(may_end_in_blank(part) for part in parts if part is not None and type_of(part).name == "varchar"):
        _tell(lower)


def compares_values(lower: Lowering, *parts: exp.Expression) -> None:
    """Notes that the values of an expression are compared with each other, as DISTINCT and ORDER BY do.

    Raises:
        Refusal: some of them are seen to end in a blank, and others are not.
    """
    texts = [part for part in parts if type_of(part).name == "varchar"]
    _refuse_if(any(map(some_end_in_blank, texts)))
    compares_text(lower, *texts)


def _tell(lower: Lowering) -> None:
    hint = "the data audit shows whether any text ends in a blank; `trailing_blanks: false` in the schema says so"
    lower.note("trailing-blanks", "texts that differ in trailing blanks only are equal on Redshift", hint)


def _kinds_compared(node: exp.Expression) -> Iterable[Type]:
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


def _compared(node: exp.Expression) -> Iterable[exp.Expression | None]:
    """The texts that a node compares with each other."""
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


@rule(
    "trailing-blanks",
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.Between,
    exp.In,
    exp.Group,
    exp.Distinct,
    exp.Union,
    exp.Except,
    exp.Intersect,
    exp.Case,
    exp.Nullif,
    exp.Window,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    exp.ApproxDistinct,
    exp.Min,
    exp.Max,
    exp.Greatest,
    exp.Least,
    exp.Join,
    exp.Order,
    exp.ArrayContains,
    why="Redshift ignores trailing blanks in comparisons; with an end mark they count",
    source=AWS + "r_Character_types.html",
)
def _trailing_blanks(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    marked = _marked(node, lower) if isinstance(node, MARKED) else None
    if marked is not None:
        return marked
    if isinstance(node, exp.Nullif) and any(map(ends_in_blank, (node.this, node.expression))):
        left, right = lower(node.this), lower(node.expression)
        equal = exp.EQ(this=_with_mark(left), expression=_with_mark(right))
        return when((equal, exp.Null()), default=left.copy())
    _require_no_blank(node)
    compares_text(lower, *_compared(node))
    if any(map(kind_may_end_in_blank, _kinds_compared(node))):
        _tell(lower)
    return None


def _require_no_blank(node: exp.Expression) -> None:
    """What no mark can be put on must not be seen to end in a blank.

    Raises:
        Refusal: it is.
    """
    parts = [part for part in _compared(node) if part is not None and type_of(part).name == "varchar"]
    kinds = list(_kinds_compared(node))
    parts += [each for kind in kinds for each in kind.sources if kind.name == "varchar"]
    _refuse_if(any(map(some_end_in_blank if _of_one_expression(node) else ends_in_blank, parts)))


def _of_one_expression(node: exp.Expression) -> bool:
    """Whether a node compares an expression with itself in other rows only."""
    if isinstance(node, exp.SetOperation):
        left, right = (side.unnest().selects for side in (node.left, node.right))
        return [each.unalias() for each in left] == [each.unalias() for each in right]
    return isinstance(node, ONE_EXPRESSION)


def _refuse_if(seen: bool) -> None:
    if seen:
        why = "texts that may end in a blank are compared, and on Redshift trailing blanks do not count"
        raise Refusal("trailing-blanks", why, "end them with a mark that you cut off around the query: x || '|'")


def _marked(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    """A comparison with an end mark on all its texts, where one is seen to end in a blank."""
    named = [key for key in SIDES if isinstance(node.args.get(key), exp.Expression)]
    sides = [node.args[key] for key in named] + node.expressions
    queries = node.args.get("query") is not None or any(isinstance(side, QUERIES) for side in sides)
    if queries or not any(map(ends_in_blank, sides)):
        return None
    mark = text("|") if isinstance(node, UNORDERED) else call("CHR", 1)  # below all that a text goes on with
    made = [exp.DPipe(this=wrap(lower(side)), expression=mark.copy()) for side in sides]
    parts: dict[str, object] = dict(zip(named, made, strict=False))
    if node.expressions:
        parts["expressions"] = made[len(named) :]
    return type(node)(**parts)


def _with_mark(made: exp.Expression) -> exp.Expression:
    return exp.DPipe(this=wrap(made), expression=text("|"))
