"""Aggregates that join texts."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import AWS, Lowering, binary, call, number, rule, text, when, wrap
from .blanks import compares_text


@rule(
    "listagg",
    exp.GroupConcat,
    why="Redshift's LISTAGG leaves empty texts out; with the separator in front of each text none is empty",
    source=AWS + "r_LISTAGG.html",
)
def listagg(node: exp.GroupConcat, lower: Lowering) -> exp.Expression | None:
    if node.args.get("on_overflow") is not None:
        raise Refusal("listagg", "LISTAGG ... ON OVERFLOW", "cut the text before it is joined")
    return _joined(node.this, node.args.get("separator"), node, lower)


def _joined(
    subject: exp.Expression, separator: exp.Expression | None, node: exp.Expression, lower: Lowering
) -> exp.Expression:
    """The texts of a group joined as Athena joins them, empty ones too; NULL when there is none."""
    keys = None
    if isinstance(subject, exp.Order):
        keys, subject = lower.all(subject.expressions), subject.this
    distinct = isinstance(subject, exp.Distinct)
    if isinstance(subject, exp.Distinct):
        if len(subject.expressions) != 1:
            raise Refusal("listagg", f"{athena(node)} joins several values", "join one value")
        subject = subject.expressions[0]
    if separator is not None and not separator.is_string:
        raise Refusal("listagg", f"the separator of {athena(node)} is not constant", "write it as text")
    between = separator.name if separator is not None else ""
    value = lower(subject)
    if distinct:
        compares_text(lower, subject)
    if between and may_be_empty(subject):
        value = exp.DPipe(this=text(between), expression=wrap(value))
        if (
            distinct and keys is not None
        ):  # the order is of the distinct values themselves: the same with a mark in front
            keys = [exp.Ordered(this=value.copy(), desc=key.args.get("desc"), nulls_first=key.args.get("nulls_first"))
                    for key in keys]  # fmt: skip
        made = call("LISTAGG", exp.Distinct(expressions=[value]) if distinct else value)
        return call("SUBSTRING", _ordered(made, keys), len(between) + 1)
    return _ordered(call("LISTAGG", exp.Distinct(expressions=[value]) if distinct else value, between), keys)


def _ordered(made: exp.Expression, keys: list[exp.Expression] | None) -> exp.Expression:
    return made if keys is None else exp.WithinGroup(this=made, expression=exp.Order(expressions=keys))


def may_be_empty(node: exp.Expression) -> bool:
    """Whether a text may be empty, as far as the schema and the expression tell."""
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return not node.name
    if isinstance(node, exp.Cast) and type_of(node.this).name not in ("varchar", "null", "unknown"):
        return False
    return "no empty text" not in type_of(node).known


@rule(
    "array-join",
    exp.ArrayToString,
    why="Redshift has no arrays to join; LISTAGG joins the values of a group",
    source=AWS + "r_LISTAGG.html",
)
def _array_join(node: exp.ArrayToString, lower: Lowering) -> exp.Expression | None:
    inner = node.this
    if not isinstance(inner, exp.ArrayAgg) or node.args.get("null") is not None:
        return None
    if type_of(inner).of[0].name != "varchar":
        raise Refusal("array-join", f"{athena(node)} joins values that are not text", "cast them to varchar")
    counted = binary(exp.GT, exp.Count(this=exp.Star()), number(0))
    filled = exp.Coalesce(this=_joined(inner.this, node.expression, node, lower), expressions=[text("")])
    if not isinstance(inner.this, exp.Order):
        lower.note("array-join", "the order of the joined values is not given", "add ORDER BY inside array_agg")
    return when((counted, filled))
