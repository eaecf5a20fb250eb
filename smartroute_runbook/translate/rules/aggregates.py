"""Aggregates: what they return, and which ones Redshift lacks."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.tolerance import Tolerance
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import INTEGER, type_of

from .averages import subject_of, with_subject
from .base import AWS, FLOATING, TRINO, Lowering, rule
from .trees import binary, call, cast, double, number, typed, when

KEEP_DISTINCT = (exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance,
                 exp.VariancePop, exp.LogicalAnd, exp.LogicalOr)  # fmt: skip
SKETCH = Tolerance(relative=0.1, absolute=2)


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
    subject = subject_of(inner) if isinstance(inner.this, exp.Expression) else None
    if subject is None or isinstance(inner.this, exp.Order) or inner.args.get("expression") is not None:
        raise Refusal("filter", f"FILTER on {athena(inner)}", "filter in a subquery")
    kept = exp.Case(ifs=[typed(exp.If(this=condition.copy(), true=subject.copy()), type_of(subject))])
    made = with_subject(inner, typed(kept, type_of(subject)))
    made.parent = node.parent  # whether it stands before OVER decides
    result = lower(typed(made, type_of(inner)))
    lower.loosen(node, lower.tolerance_of(made))
    return result


@rule(
    "aggregate-order",
    exp.Order,
    why="Redshift's aggregates take no ORDER BY",
    source=AWS + "c_Aggregate_Functions.html",
)
def _aggregate_order(node: exp.Order, lower: Lowering) -> exp.Expression | None:
    if isinstance(node.parent, exp.AggFunc):
        shown = athena(node.parent)
        raise Refusal(
            "aggregate-order", f"{shown} sorts before it aggregates", "leave ORDER BY out if it changes nothing"
        )
    return None


@rule(
    "distinct-argument",
    exp.Distinct,
    why="DISTINCT stands in the aggregates that exist on Redshift; what an aggregate is rewritten to takes none",
    source=AWS + "c_Aggregate_Functions.html",
)
def _distinct_argument(node: exp.Distinct, lower: Lowering) -> exp.Expression | None:
    if not isinstance(node.parent, (exp.Select, *KEEP_DISTINCT)):
        shown = athena(node.parent) if node.parent is not None else "DISTINCT"
        raise Refusal("distinct-argument", f"{shown} has no counterpart", "take it over a subquery of distinct rows")
    return None


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
    if several or isinstance(subject_of(node), exp.Tuple) or node.expressions:
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
    subject = subject_of(node)
    if type_of(subject).nested:
        raise Refusal("nested", f"{athena(node)} compares nested values", "flatten them at load")
    if type_of(subject).name != "boolean":
        return None
    return call("BOOL_AND" if isinstance(node, exp.Min) else "BOOL_OR", lower(subject))


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
    mean = call("EXP", exp.Avg(this=call("LN", double(node.expressions[0], lower))))
    return cast(mean, "real") if type_of(node).name == "real" and not isinstance(node.parent, exp.Window) else mean


@rule(
    "any-value",
    exp.AnyValue,
    why="Athena takes any value that is not NULL if there is one; Redshift's ANY_VALUE may take a NULL, MAX does not",
    source=AWS + "r_ANY_VALUE.html",
)
def _any_value(node: exp.AnyValue, lower: Lowering) -> exp.Expression | None:
    lower.note(
        "any-value", "an arbitrary value is taken: the engines may take different ones", "use MIN or MAX to compare"
    )
    subject = node.this if isinstance(node.this, exp.Order) else subject_of(node)
    kind = type_of(subject)
    if kind.nested or kind.name == "unknown":
        raise Refusal("any-value", f"{athena(node)} takes one of {kind}", "take MIN or MAX of a plain value")
    return lower(typed(exp.Max(this=subject.copy()), kind))


@rule(
    "approx-distinct",
    exp.ApproxDistinct,
    why="the engines' sketches never agree; the exact count is within Athena's error",
    source=TRINO + "functions/aggregate.html#approx_distinct",
)
def _approx_distinct(node: exp.ApproxDistinct, lower: Lowering) -> exp.Expression | None:
    error = node.args.get("accuracy")
    if error is not None and not error.is_number:
        raise Refusal("approx-distinct", f"the error in {athena(node)} is not constant", "write a number, or leave it")
    wide = 4 * float(error.name) if error is not None else 0.0  # four standard deviations of Athena's estimate
    lower.loosen(node, Tolerance(relative=max(SKETCH.relative, wide), absolute=SKETCH.absolute))
    lower.note(
        "approx-distinct",
        f"Athena estimates this count{f' (standard error {error.name})' if error is not None else ''}, Redshift counts"
        " exactly",
        "write COUNT(DISTINCT) on both",
    )
    return exp.Count(this=exp.Distinct(expressions=[lower(subject_of(node))]))


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
    select = node.find_ancestor(exp.Select)
    if select is not None and select.args.get("group") is not None:
        why = (
            "of more groups than fit its nodes Redshift fails: GROUP BY limit for approximate percentile_disc exceeded"
        )
        lower.note("approx-percentile", why, "PERCENTILE_CONT, if it comes to that")
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
    "grouping",
    exp.Grouping,
    why="GROUPING of several columns stands in examples of Redshift's guide alone; Athena's bits are added up",
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
