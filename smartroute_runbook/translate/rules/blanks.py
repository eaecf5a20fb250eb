"""Trailing blanks: on Redshift texts that differ in nothing else are equal, wherever texts are compared."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from smartroute_runbook.translate.blank_ends import (
    cut_at_a_blank,
    ends_in_blank,
    kind_may_end_in_blank,
    may_end_in_blank,
    some_end_in_blank,
)
from smartroute_runbook.translate.compared import QUERIES, SIDES, compared, kinds_compared
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.types import type_of

from .base import AWS, Lowering, rule
from .trees import call, text, when, wrap

__all__ = ["compares_text", "compares_values"]

UNORDERED: Final = (exp.EQ, exp.NEQ, exp.In)
MARKED: Final = (*UNORDERED, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between)
# What compares an expression with itself in other rows: a constant at its end is the same in all of them.
ONE_EXPRESSION: Final = (exp.Group, exp.Distinct, exp.Window, exp.Order, exp.Min, exp.Max, exp.ApproxDistinct)


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
    hint = (
        "the data audit shows whether a column's texts end in a blank; `trailing_blanks: false` in the schema says that"
        " none does; what is cut out of a text may all the same, wherever the text has a blank: compare its answers"
    )
    lower.note("trailing-blanks", "texts that differ in trailing blanks only are equal on Redshift", hint)


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
    compares_text(lower, *compared(node))
    if any(map(kind_may_end_in_blank, kinds_compared(node))):
        _tell(lower)
    return None


def _require_no_blank(node: exp.Expression) -> None:
    """What no mark can be put on must not be seen to end in a blank.

    Raises:
        Refusal: it is.
    """
    parts = [part for part in compared(node) if part is not None and type_of(part).name == "varchar"]
    kinds = list(kinds_compared(node))
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
    if queries or not (any(map(ends_in_blank, sides)) or _cut_shows(node, sides)):
        return None
    mark = text("|") if isinstance(node, UNORDERED) else call("CHR", 1)  # below all that a text goes on with
    made = [_ended(lower(side), mark) for side in sides]
    parts: dict[str, object] = dict(zip(named, made, strict=False))
    if node.expressions:
        parts["expressions"] = made[len(named) :]
    return type(node)(**parts)


def _ended(made: exp.Expression, mark: exp.Expression) -> exp.Expression:
    if made.is_string and mark.is_string:
        return text(made.name + mark.name)
    return exp.DPipe(this=wrap(made), expression=mark.copy())


def _cut_shows(node: exp.Expression, sides: list[exp.Expression]) -> bool:
    """Whether a side is cut out of a text, and a blank at which it was cut could be all that it differs in."""
    cut = [side for side in sides if cut_at_a_blank(side)]
    if not isinstance(node, UNORDERED) or len(cut) != 1:
        return bool(cut)
    others = [side.unnest() for side in sides if side is not cut[0]]
    length = cut[0].unnest().args.get("length")
    most = int(length.name) if isinstance(length, exp.Literal) and length.is_int else None
    return most is None or not all(one.is_string and len(one.name) >= most for one in others)


def _with_mark(made: exp.Expression) -> exp.Expression:
    return exp.DPipe(this=wrap(made), expression=text("|"))
