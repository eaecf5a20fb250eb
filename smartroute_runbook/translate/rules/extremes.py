"""max_by and min_by, and the aggregates that Redshift lacks."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import Type, type_of

from .base import AWS, Lowering, rule
from .trees import call, cast, text, wrap

MICROSECONDS = "YYYY-MM-DD HH24:MI:SS.US"
WIDTHS = {"date": 10, "timestamp": 26, "timestamptz": 26}
INTEGERS = 20  # digits of a bigint shifted to be positive


@rule(
    "max-by",
    exp.ArgMax,
    exp.ArgMin,
    why="Redshift has no MAX_BY; the greatest text of key and value together carries the value along",
    source=AWS + "r_MAX.html",
)
def _max_by(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    value, key = node.this, node.expression
    if node.args.get("count") is not None or node.expressions:
        raise Refusal("max-by", f"{athena(node)} takes several rows", "rank the rows with ROW_NUMBER")
    least = isinstance(node, exp.ArgMin)
    sorted_key, width = _sortable(node, key, lower)
    # A NULL value is '0', another '1' and its text: the value of the greatest key is kept even when it is NULL.
    carried = exp.Coalesce(this=exp.DPipe(this=text("1"), expression=wrap(_printed(node, value, lower))),
                           expressions=[text("0")])  # fmt: skip
    both = exp.DPipe(this=sorted_key, expression=carried)
    found = call("SUBSTRING", (exp.Min if least else exp.Max)(this=both), width + 1)
    lower.note("max-by", "of rows that tie in the key each engine takes any", "add a tie-breaker to compare")
    return _read(call("SUBSTRING", exp.Nullif(this=found, expression=text("0")), 2), type_of(value))


def _sortable(node: exp.Expression, key: exp.Expression, lower: Lowering) -> tuple[exp.Expression, int]:
    """A key as a text of fixed width in the same order."""
    kind = type_of(key)
    made = lower(key)
    if kind.integer:
        shifted = exp.Add(this=cast(made, "decimal(20,0)"), expression=exp.Literal.number("9223372036854775808"))
        return call("LPAD", cast(shifted, "varchar"), INTEGERS, "0"), INTEGERS
    if kind.name == "date":
        return call("TO_CHAR", made, "YYYY-MM-DD"), WIDTHS["date"]
    if kind.name in ("timestamp", "timestamptz"):
        return call("TO_CHAR", made, MICROSECONDS), WIDTHS["timestamp"]
    hint = "ROW_NUMBER() OVER (... ORDER BY key, tie-breaker) = 1 in a subquery"
    raise Refusal("max-by", f"{athena(node)} compares {kind}", hint)


def _printed(node: exp.Expression, value: exp.Expression, lower: Lowering) -> exp.Expression:
    kind = type_of(value)
    if kind.name == "varchar":
        return lower(value)
    if kind.integer or kind.name in ("date", "decimal"):
        return cast(lower(value), "varchar")
    if kind.name == "timestamp":
        return call("TO_CHAR", lower(value), MICROSECONDS)
    hint = "ROW_NUMBER() OVER (... ORDER BY key, tie-breaker) = 1 in a subquery"
    raise Refusal("max-by", f"{athena(node)} carries {kind}, whose text is not exact", hint)


def _read(made: exp.Expression, kind: Type) -> exp.Expression:
    if kind.name == "varchar":
        return made
    return cast(made, f"decimal({kind.precision},{kind.scale})" if kind.name == "decimal" else kind.name)


# What each is where neither value is NULL; doubles lose digits where values are large beside their spread.
FORMULAS = {
    exp.CovarPop: "AVG(x * y) - AVG(x) * AVG(y)",
    exp.CovarSamp: "(SUM(x * y) - SUM(x) * SUM(y) / COUNT(*)) / NULLIF(COUNT(*) - 1, 0)",
    exp.Corr: "(AVG(x * y) - AVG(x) * AVG(y)) / NULLIF(STDDEV_POP(x) * STDDEV_POP(y), 0)",
    exp.RegrSlope: "(AVG(x * y) - AVG(x) * AVG(y)) / NULLIF(VAR_POP(x), 0)",
    exp.RegrIntercept: "AVG(y) - slope * AVG(x)",
}


@rule(
    "missing-aggregate",
    exp.ArrayAgg,
    *FORMULAS,
    why="Redshift has no such aggregate",
    source=AWS + "c_Aggregate_Functions.html",
)
def _missing_aggregate(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    hint = "LISTAGG for text, or keep the rows"
    if type(node) in FORMULAS:
        hint = f"{FORMULAS[type(node)]} over doubles, WHERE both are there; it has fewer digits than Athena's"
    raise Refusal("missing-aggregate", f"Redshift has no {athena(node).split('(')[0]}", hint)
