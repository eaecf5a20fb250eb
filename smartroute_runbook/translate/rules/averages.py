"""Sums and averages: types that the engines give otherwise."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.tolerance import Tolerance
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import decimal, type_of

from .base import AWS, FLOATING, Lowering, cast, decimal_cast, number, rule, typed
from .numbers import division

ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Round, exp.Cast, exp.Coalesce, exp.Nullif)


def subject_of(node: exp.Expression) -> exp.Expression:
    """What an aggregate is taken of, DISTINCT left out."""
    inner = node.this
    return inner.expressions[0] if isinstance(inner, exp.Distinct) else inner


def with_subject(node: exp.Expression, subject: exp.Expression) -> exp.Expression:
    """The same aggregate over another argument, DISTINCT kept."""
    distinct = isinstance(node.this, exp.Distinct)
    return type(node)(this=exp.Distinct(expressions=[subject]) if distinct else subject)


@rule(
    "avg-integer",
    exp.Avg,
    why="Redshift's AVG of integers is an integer: the fraction is cut off; Athena's is a double",
    source=AWS + "r_AVG.html",
)
def _avg_integer(node: exp.Avg, lower: Lowering) -> exp.Expression | None:
    subject = subject_of(node)
    if not type_of(subject).integer and not type_of(subject).open:
        return None
    if type_of(subject).name == "unknown":
        raise Refusal("avg-integer", f"the type of {athena(subject)} is not known", "cast it")
    lower.loosen(node, FLOATING)
    return with_subject(node, cast(lower(subject), "double precision"))


@rule(
    "avg-decimal",
    exp.Avg,
    why="Athena's AVG of decimal(p,s) is rounded to s digits; Redshift's has another precision and rounding",
    source=AWS + "r_AVG.html",
)
def _avg_decimal(node: exp.Avg, lower: Lowering) -> exp.Expression | None:
    kind = type_of(subject_of(node))
    if kind.name != "decimal":
        return None
    if isinstance(node.parent, exp.Window):
        raise Refusal(
            "avg-decimal", "AVG of a decimal over a window", "average a double: AVG(CAST(x AS double)) OVER ..."
        )
    total = with_subject(typed(exp.Sum(this=node.this), decimal(38, kind.scale)), lower(subject_of(node)))
    count = with_subject(exp.Count(this=node.this), lower(subject_of(node)))
    nonzero = exp.Nullif(this=count, expression=number(0))
    return decimal_cast(division(total, decimal(38, kind.scale), nonzero, decimal(19, 0), kind.scale), kind)


@rule(
    "avg-real",
    exp.Avg,
    why="Athena's AVG of real is real; Redshift's is a double",
    source=AWS + "r_AVG.html",
)
def _avg_real(node: exp.Avg, lower: Lowering) -> exp.Expression | None:
    if type_of(subject_of(node)).name != "real":
        lower.loosen(node, FLOATING)
        return None
    lower.loosen(node, Tolerance(relative=1e-6))
    return cast(lower.same(node), "real")


@rule(
    "sum-bigint",
    exp.Sum,
    why="Redshift may carry the SUM of bigints as NUMERIC, whose quotient keeps a fraction; Athena's is a bigint",
    source=AWS + "r_SUM.html",
)
def _sum_bigint(node: exp.Sum, lower: Lowering) -> exp.Expression | None:
    subject, around = subject_of(node), node.parent
    while isinstance(around, exp.Paren):
        around = around.parent
    if type_of(subject).floating:
        lower.loosen(node, FLOATING)
    if type_of(subject).name == "real":
        lower.loosen(node, Tolerance(relative=1e-5))
        return cast(lower.same(node), "real")
    if type_of(subject).name == "unknown":
        raise Refusal("sum-bigint", f"the type of {athena(subject)} is not known", "cast it")
    if type_of(subject).name != "bigint" or not isinstance(around, ARITHMETIC) or type_of(around).floating:
        return None
    return cast(lower.same(node), "bigint")
