"""Aggregates that join texts."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .averages import subject_of
from .base import AWS, Lowering, binary, call, number, rule, text, when


@rule(
    "listagg",
    exp.GroupConcat,
    why="plain conversion writes the order inside the call, which is no Redshift syntax",
    source=AWS + "r_LISTAGG.html",
)
def listagg(node: exp.GroupConcat, lower: Lowering) -> exp.Expression | None:
    subject, order = node.this, None
    if isinstance(subject, exp.Order):
        subject, order = subject.this, exp.Order(expressions=lower.all(subject.expressions))
    if node.args.get("on_overflow") is not None:
        raise Refusal("listagg", "LISTAGG ... ON OVERFLOW", "cut the text before it is joined")
    separator = node.args.get("separator")
    subject, distinct = (subject_of(exp.Max(this=subject)), isinstance(subject, exp.Distinct))
    value = exp.Distinct(expressions=[lower(subject)]) if distinct else lower(subject)
    made = call("LISTAGG", value, lower(separator) if separator is not None else text(""))
    return exp.WithinGroup(this=made, expression=order) if order is not None else made


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
    joined = exp.GroupConcat(this=inner.this.copy(), separator=node.expression.copy())
    if type_of(inner).of[0].name != "varchar":
        raise Refusal("array-join", f"{athena(node)} joins values that are not text", "cast them to varchar")
    counted = binary(exp.GT, exp.Count(this=exp.Star()), number(0))
    filled = exp.Coalesce(this=listagg(joined, lower), expressions=[text("")])
    if not isinstance(inner.this, exp.Order):
        lower.note("array-join", "the order of the joined values is not given", "add ORDER BY inside array_agg")
    return when((counted, filled))
