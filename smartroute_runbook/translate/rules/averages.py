"""Sums and averages: types that the engines give otherwise."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.tolerance import Tolerance
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import BIGINT, REAL, Type, decimal, result_types, type_of

from .base import AWS, FLOATING, Lowering, rule
from .decimals import division
from .trees import cast, number, rounded_cast, typed
from .windows import same_window

COMPARED = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In)


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
    total = with_subject(exp.Sum(this=node.this), lower(subject_of(node)))
    return _quotient(total, with_subject(exp.Count(this=node.this), lower(subject_of(node))), kind)


def _quotient(total: exp.Expression, count: exp.Expression, kind: Type) -> exp.Expression:
    nonzero = exp.Nullif(this=count, expression=number(0))
    return rounded_cast(division(total, decimal(38, kind.scale), nonzero, decimal(19, 0), kind.scale), kind)


@rule(
    "avg-decimal-over",
    exp.Window,
    why="Athena's AVG of decimal(p,s) is rounded to s digits; Redshift's has another precision and rounding",
    source=AWS + "r_WF_AVG.html",
)
def _avg_decimal_over(node: exp.Window, lower: Lowering) -> exp.Expression | None:
    """The sum over the count of the same window."""
    average, condition = node.this, None
    if isinstance(average, exp.Filter):
        average, condition = average.this, average.expression.this
    if not isinstance(average, exp.Avg) or isinstance(average.this, exp.Distinct):
        return None
    subject, kind = average.this.copy(), type_of(average.this)
    if kind.name != "decimal":
        return None
    if condition is not None:
        subject = typed(exp.Case(ifs=[typed(exp.If(this=condition.copy(), true=subject), kind)]), kind)
    total = typed(exp.Sum(this=subject), decimal(38, kind.scale))
    count = typed(exp.Count(this=subject.copy(), big_int=True), BIGINT)
    return _quotient(lower(same_window(node, total)), lower(same_window(node, count)), kind)


@rule(
    "avg-real",
    exp.Avg,
    why="Athena's AVG of real is real; Redshift's is a double",
    source=AWS + "r_AVG.html",
)
def _avg_real(node: exp.Avg, lower: Lowering) -> exp.Expression | None:
    real = type_of(subject_of(node)).name == "real"
    lower.loosen(node, Tolerance(relative=1e-6) if real else FLOATING)
    return None


@rule(
    "sum-bigint",
    exp.Sum,
    why="Redshift may carry the SUM of bigints as NUMERIC, whose quotient keeps a fraction; Athena's is a bigint",
    source=AWS + "r_SUM.html",
)
def _sum_bigint(node: exp.Sum, lower: Lowering) -> exp.Expression | None:
    kind = type_of(subject_of(node))
    if kind.name == "unknown":
        raise Refusal("sum-bigint", f"the type of {athena(subject_of(node))} is not known", "cast it")
    if kind.floating:
        lower.loosen(node, Tolerance(relative=1e-5) if kind.name == "real" else FLOATING)
    return None


@rule(
    "real-width",
    exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.In, exp.Add, exp.Sub, exp.Mul, exp.Div,
    exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif, exp.Lag, exp.Lead,
    why="beside an exact number Athena takes both for REAL; Redshift computes and compares in FLOAT8: 0.1 is not 0.1",
    source=AWS + "r_numeric_computations201.html",
)  # fmt: skip
def _real_width(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    parts = _met(node)
    if isinstance(node, COMPARED):
        _require_one_width(node)
    names = {type_of(part).name for part in parts}
    if "real" in names and "double" not in names:
        for part in parts:
            if type_of(part).exact:
                part.meta["coerce"] = REAL
            if type_of(part).name == "decimal":  # of which Trino misses the nearest REAL
                lower.loosen(part, Tolerance(relative=1e-6))
    return None


def _require_one_width(node: exp.Expression) -> None:
    """Refuses a REAL beside exact numbers of a subquery, which cannot be cast from outside."""
    query = node.args.get("query")
    several = node.args.get("expression")
    if query is not None:
        cells = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
        pairs = list(zip(map(type_of, cells), result_types(query), strict=False))
    elif isinstance(several, (exp.Any, exp.All)):
        pairs = [(type_of(node.this), type_of(several))]
    else:
        return
    if any("real" in (a.name, b.name) and (a.exact or b.exact) for a, b in pairs):
        hint = "cast the column inside the subquery to real, or both to double"
        raise Refusal("real-width", f"{athena(node)} compares REAL with exact numbers of a subquery", hint)


def _met(node: exp.Expression) -> list[exp.Expression]:
    """The parts of a node that Athena brings to one type."""
    if isinstance(node, exp.Case):
        compared = [node.this, *(branch.this for branch in node.args["ifs"])] if node.this is not None else []
        if any(type_of(part).name == "real" for part in compared if part is not None):
            return compared
        parts = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")]
    elif isinstance(node, exp.If):
        parts = [node.args.get("true"), node.args.get("false")]
    elif isinstance(node, (exp.Lag, exp.Lead)):
        parts = [node.this, node.args.get("default")]
    elif isinstance(node, exp.Between):
        parts = [node.this, node.args["low"], node.args["high"]]
    else:
        parts = [node.this, node.args.get("expression"), *node.expressions]
    return [part for part in parts if part is not None]
