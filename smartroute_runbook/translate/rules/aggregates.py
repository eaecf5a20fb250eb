"""Aggregates: what they return, and which ones Redshift lacks."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.tolerance import Tolerance
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.rules.base import (
    AWS,
    TRINO,
    Lowering,
    binary,
    call,
    cast,
    decimal_cast,
    double,
    number,
    rule,
    text,
    typed,
    when,
)
from smartroute_runbook.translate.rules.numbers import division
from smartroute_runbook.translate.signatures import type_of
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import INTEGER, decimal

FLOATING = Tolerance(relative=1e-9)
SKETCH = Tolerance(relative=0.1, absolute=2)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Round, exp.Cast, exp.Coalesce, exp.Nullif)


def _subject(node: exp.Expression) -> exp.Expression:
    inner = node.this
    return inner.expressions[0] if isinstance(inner, exp.Distinct) else inner


def _with_subject(node: exp.Expression, subject: exp.Expression) -> exp.Expression:
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
    subject = _subject(node)
    if not type_of(subject).integer and not type_of(subject).open:
        return None
    if type_of(subject).name == "unknown":
        raise Refusal("avg-integer", f"the type of {athena(subject)} is not known", "cast it")
    lower.loosen(node, FLOATING)
    return _with_subject(node, cast(lower(subject), "double precision"))


@rule(
    "avg-decimal",
    exp.Avg,
    why="Athena's AVG of decimal(p,s) is rounded to s digits; Redshift's has another precision and rounding",
    source=AWS + "r_AVG.html",
)
def _avg_decimal(node: exp.Avg, lower: Lowering) -> exp.Expression | None:
    kind = type_of(_subject(node))
    if kind.name != "decimal":
        return None
    if isinstance(node.parent, exp.Window):
        raise Refusal(
            "avg-decimal", "AVG of a decimal over a window", "average a double: AVG(CAST(x AS double)) OVER ..."
        )
    total = _with_subject(typed(exp.Sum(this=node.this), decimal(38, kind.scale)), lower(_subject(node)))
    count = _with_subject(exp.Count(this=node.this), lower(_subject(node)))
    nonzero = exp.Nullif(this=count, expression=number(0))
    return decimal_cast(division(total, decimal(38, kind.scale), nonzero, decimal(19, 0), kind.scale), kind)


@rule(
    "avg-real",
    exp.Avg,
    why="Athena's AVG of real is real; Redshift's is a double",
    source=AWS + "r_AVG.html",
)
def _avg_real(node: exp.Avg, lower: Lowering) -> exp.Expression | None:
    if type_of(_subject(node)).name != "real":
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
    subject, around = _subject(node), node.parent
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


@rule(
    "filter",
    exp.Filter,
    why="Redshift has no FILTER (WHERE ...); a CASE inside the aggregate leaves the same rows out",
    source=AWS + "c_Aggregate_Functions.html",
)
def _filter_clause(node: exp.Filter, lower: Lowering) -> exp.Expression | None:
    inner, condition = node.this, node.expression.this
    if isinstance(inner, exp.Count) and isinstance(inner.this, exp.Star):
        one = typed(exp.Literal.number(1), INTEGER)
        return exp.Count(this=when((lower(condition), lower(one))))
    if isinstance(inner, exp.CountIf):
        both = exp.And(this=exp.Paren(this=lower(condition)), expression=exp.Paren(this=lower(inner.this)))
        return exp.Count(this=when((both, number(1))))
    subject = _subject(inner) if isinstance(inner.this, exp.Expression) else None
    if subject is None or isinstance(inner.this, exp.Order) or inner.args.get("expression") is not None:
        raise Refusal("filter", f"FILTER on {athena(inner)}", "filter in a subquery")
    kept = exp.Case(ifs=[typed(exp.If(this=condition.copy(), true=subject.copy()), type_of(subject))])
    made = _with_subject(inner, typed(kept, type_of(subject)))
    result = lower(typed(made, type_of(inner)))
    if id(made) in lower.loosened:
        lower.loosen(node, lower.loosened[id(made)])
    return result


@rule(
    "count-if",
    exp.CountIf,
    why="Redshift has no COUNT_IF",
    source=AWS + "r_COUNT.html",
)
def _count_if(node: exp.CountIf, lower: Lowering) -> exp.Expression | None:
    return exp.Count(this=when((lower(node.this), number(1))))


@rule(
    "count-distinct-columns",
    exp.Count,
    why="COUNT takes one expression on Redshift",
    source=AWS + "r_COUNT.html",
)
def _count_distinct_columns(node: exp.Count, lower: Lowering) -> exp.Expression | None:
    several = isinstance(node.this, exp.Distinct) and len(node.this.expressions) > 1
    if several or isinstance(_subject(node), exp.Tuple) or node.expressions:
        raise Refusal("count-distinct-columns", "COUNT over several columns", "count over a subquery of distinct rows")
    return None


@rule(
    "min-max-boolean",
    exp.Min,
    exp.Max,
    why="Redshift's MIN and MAX do not take booleans",
    source=AWS + "r_BOOL_AND.html",
)
def _min_max_boolean(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if node.expressions or node.args.get("expression") is not None:
        raise Refusal("min-max-boolean", f"{athena(node)} is an array", "rank the rows with ROW_NUMBER")
    if type_of(node.this).nested:
        raise Refusal("nested", f"{athena(node)} compares nested values", "flatten them at load")
    if type_of(node.this).name != "boolean":
        return None
    return call("BOOL_AND" if isinstance(node, exp.Min) else "BOOL_OR", lower(node.this))


@rule(
    "every",
    exp.Anonymous,
    exp.BitwiseAndAgg,
    exp.BitwiseOrAgg,
    why="the aggregate has another name on Redshift",
    source=AWS + "r_BOOL_AND.html",
)
def _every(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if not isinstance(node, exp.Anonymous):
        return call("BIT_AND" if isinstance(node, exp.BitwiseAndAgg) else "BIT_OR", lower(node.this))
    return call("BOOL_AND", lower(node.expressions[0])) if node.name.lower() == "every" else None


@rule(
    "geometric-mean",
    exp.Anonymous,
    why="Redshift has no GEOMETRIC_MEAN",
    source=AWS + "r_EXP.html",
)
def _geometric_mean(node: exp.Anonymous, lower: Lowering) -> exp.Expression | None:
    if node.name.lower() != "geometric_mean":
        return None
    lower.loosen(node, FLOATING)
    return call("EXP", exp.Avg(this=call("LN", double(node.expressions[0], lower))))


@rule(
    "any-value",
    exp.AnyValue,
    why="the aggregate is called ANY_VALUE on Redshift; which value it takes is arbitrary on both engines",
    source=AWS + "r_ANY_VALUE.html",
)
def _any_value(node: exp.AnyValue, lower: Lowering) -> exp.Expression | None:
    lower.note(
        "any-value", "an arbitrary value is taken: the engines may take different ones", "use MIN or MAX to compare"
    )
    return call("ANY_VALUE", lower(node.this))


@rule(
    "approx-distinct",
    exp.ApproxDistinct,
    why="the engines' sketches never agree; the exact count is within Athena's error",
    source=TRINO + "functions/aggregate.html#approx_distinct",
)
def _approx_distinct(node: exp.ApproxDistinct, lower: Lowering) -> exp.Expression | None:
    lower.loosen(node, SKETCH)
    lower.note(
        "approx-distinct", "Athena estimates this count, Redshift counts exactly", "write COUNT(DISTINCT) on both"
    )
    return exp.Count(this=exp.Distinct(expressions=[lower(node.this)]))


@rule(
    "approx-percentile",
    exp.ApproxQuantile,
    why="the function is APPROXIMATE PERCENTILE_DISC on Redshift; both are estimates, with other sketches",
    source=AWS + "r_APPROXIMATE_PERCENTILE_DISC.html",
)
def _approx_percentile(node: exp.ApproxQuantile, lower: Lowering) -> exp.Expression | None:
    share = node.args.get("quantile")
    if node.args.get("weight") is not None or not isinstance(share, exp.Literal):
        raise Refusal("approx-percentile", f"{athena(node)}: weights or several shares", "one call a constant share")
    lower.loosen(node, SKETCH)
    lower.note("approx-percentile", "both engines estimate this percentile", "values may differ by their rank error")
    return exp.ApproxQuantile(this=lower(node.this), quantile=share.copy())


@rule(
    "variance",
    exp.Stddev,
    exp.StddevPop,
    exp.StddevSamp,
    exp.Variance,
    exp.VariancePop,
    why="floating sums depend on the order of the rows",
    source=AWS + "r_STDDEV_functions.html",
)
def _variance(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    lower.loosen(node, Tolerance(relative=1e-9, absolute=1e-9))
    return None


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
    subject, distinct = (_subject(exp.Max(this=subject)), isinstance(subject, exp.Distinct))
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


@rule(
    "grouping",
    exp.Grouping,
    why="Redshift's GROUPING takes one column; Athena's bits are added up",
    source=AWS + "r_GROUP_BY_aggregation-extensions.html",
)
def _grouping(node: exp.Grouping, lower: Lowering) -> exp.Expression | None:
    columns = node.expressions
    if len(columns) == 1:
        return None
    made: exp.Expression | None = None
    for place, column in enumerate(reversed(columns)):
        bit = binary(exp.Mul, exp.Grouping(expressions=[lower(column)]), number(2**place))
        made = bit if made is None else exp.Add(this=bit, expression=made)
    return exp.Paren(this=made)


@rule(
    "max-by",
    exp.ArgMax,
    exp.ArgMin,
    exp.ArrayAgg,
    exp.Corr,
    exp.CovarPop,
    exp.CovarSamp,
    why="Redshift has no such aggregate",
    source=AWS + "c_unsupported-postgresql-functions.html",
)
def _max_by(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    hints = {
        "ArgMax": "ROW_NUMBER() OVER (... ORDER BY key DESC, tie-breaker) = 1 in a subquery",
        "ArgMin": "ROW_NUMBER() OVER (... ORDER BY key, tie-breaker) = 1 in a subquery",
        "ArrayAgg": "LISTAGG for text, or keep the rows",
    }
    name = type(node).__name__
    raise Refusal(
        "max-by", f"Redshift has no {node.sql('trino').split('(')[0]}", hints.get(name, "compute it from sums")
    )
