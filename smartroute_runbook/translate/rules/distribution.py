"""PERCENT_RANK and CUME_DIST in an order that is not of numbers, by their formulas."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.types import BIGINT, type_of

from .base import AWS, Lowering, rule
from .trees import binary, cast, number, typed
from .windows import definition, same_window


@rule(
    "distribution-key",
    exp.Window,
    why="Redshift's PERCENT_RANK and CUME_DIST are ordered by numbers only; RANK and COUNT give the same",
    source=AWS + "r_WF_PERCENT_RANK.html",
)
def _distribution_key(node: exp.Window, lower: Lowering) -> exp.Expression | None:
    """The pages' formulas: (rank - 1) / (rows - 1), 0 of one row; rows up to and with the row's ties / rows."""
    if not isinstance(node.this, (exp.PercentRank, exp.CumeDist)) or node.this.expressions:
        return None
    whole = definition(node)
    order = whole.args.get("order")
    if order is None or all(type_of(key.this).numeric for key in order.expressions):
        return None
    counted = same_window(whole, typed(exp.Count(this=exp.Star(), big_int=True), BIGINT))
    counted.set("order", None)
    rows = lower(counted)
    if isinstance(node.this, exp.PercentRank):
        before = exp.Sub(this=lower(_ranked(whole)), expression=number(1))
        others = exp.Nullif(this=exp.Sub(this=rows, expression=number(1)), expression=number(0))
        share = binary(exp.Div, cast(before, "double precision"), others)
        return exp.Coalesce(this=share, expressions=[number(0)])
    after = exp.Sub(this=lower(_ranked(_reversed(whole))), expression=number(1))
    upto = exp.Sub(this=rows, expression=exp.Paren(this=after))
    return exp.Paren(this=binary(exp.Div, cast(upto, "double precision"), rows.copy()))


def _ranked(window: exp.Window) -> exp.Window:
    return same_window(window, typed(exp.Rank(), BIGINT))


def _reversed(window: exp.Window) -> exp.Window:
    """The same window from its end."""
    made = same_window(window, window.this.copy())
    keys = [
        exp.Ordered(this=key.this.copy(), desc=not key.args.get("desc"), nulls_first=not key.args.get("nulls_first"))
        for key in made.args["order"].expressions
    ]
    made.set("order", exp.Order(expressions=keys))
    return made
