"""Trailing blanks: on Redshift texts that differ in nothing else are equal, wherever texts are compared."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from smartroute_runbook.translate.types import type_of

from .base import AWS, Lowering, rule, text, wrap

__all__ = ["compares_text"]

SIDES = ("this", "expression", "low", "high")


def compares_text(lower: Lowering, *parts: exp.Expression | None) -> None:
    """Notes that texts are compared, unless the schema says that none of them ends in a blank."""
    texts = [part for part in parts if part is not None and type_of(part).name == "varchar"]
    if texts and any(_may_end_in_blank(part) for part in texts):
        hint = "the data audit shows whether any text ends in a blank; `trailing_blanks: false` in the schema says so"
        lower.note("trailing-blanks", "texts that differ in trailing blanks only are equal on Redshift", hint)


def _may_end_in_blank(node: exp.Expression) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return bool(node.name.endswith(" "))
    return "no trailing blanks" not in type_of(node).known


def _compared(node: exp.Expression) -> Iterable[exp.Expression | None]:
    """The texts that a node compares with each other."""
    if isinstance(node, exp.Distinct):
        if not node.expressions and isinstance(node.parent, exp.Select):
            return [projection.unalias() for projection in node.parent.expressions]
        return node.expressions
    if isinstance(node, exp.Group):
        return [*node.expressions, *(each for key in node.expressions for each in key.find_all(exp.Column))]
    if isinstance(node, exp.SetOperation):
        if isinstance(node, exp.Union) and node.args.get("distinct") is False:
            return []
        return [p.unalias() for side in (node.left, node.right) for p in side.find_all(exp.Column, exp.Literal)]
    if isinstance(node, exp.Case):
        return [node.this, *(branch.this for branch in node.args["ifs"])] if node.this is not None else []
    if isinstance(node, exp.Window):
        return node.args.get("partition_by") or []
    if isinstance(node, exp.In):
        query = node.args.get("query")
        return [node.this, *node.expressions, *(query.find_all(exp.Column) if query is not None else ())]
    if isinstance(node, exp.Join):
        return node.args.get("using_columns", [])
    return [*(node.args.get(side) for side in SIDES), *node.expressions]


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
    why="Redshift ignores trailing blanks in comparisons; with an end mark they count",
    source=AWS + "r_Character_types.html",
)
def _trailing_blanks(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    compares_text(lower, *_compared(node))
    if not isinstance(node, (exp.EQ, exp.NEQ)):
        return None
    sides = (node.this, node.expression)
    if not any(side.is_string and side.name.endswith(" ") for side in sides):
        return None
    marked = [exp.DPipe(this=wrap(lower(side)), expression=text("|")) for side in sides]
    return type(node)(this=marked[0], expression=marked[1])
