"""NaN: on Athena it equals nothing and no comparison with it is true; what Redshift makes of it is not documented."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from smartroute_runbook.translate.types import type_of

from .base import AWS, Lowering, rule

MAY_BE_NAN: Final = "may_be_nan"


def _may_be_nan(node: exp.Expression) -> bool:
    """Whether a value is computed of a table's floating column of which nothing else is said; asked once of a node.

    A chain of subqueries that each take a column twice would be walked twice as often at each.
    """
    if MAY_BE_NAN not in node.meta:
        node.meta[MAY_BE_NAN] = False  # what asks for itself, as a recursive query may
        node.meta[MAY_BE_NAN] = _computed_of_floats(node)
    return bool(node.meta[MAY_BE_NAN])


def _computed_of_floats(node: exp.Expression) -> bool:
    if isinstance(node, exp.Column):
        kind = type_of(node)
        if not kind.floating or "no NaN" in kind.known:
            return False
        return not kind.sources or any(map(_may_be_nan, kind.sources))
    if isinstance(node, (exp.Query, exp.Subquery)) or not type_of(node).floating:
        return False
    return any(map(_may_be_nan, node.iter_expressions()))


@rule(
    "nan",
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.Between,
    exp.In,
    exp.Ordered,
    exp.Min,
    exp.Max,
    exp.Group,
    exp.Distinct,
    why="how NaN compares is not documented for Redshift",
    source=AWS + "r_Numeric_types201.html",
)
def _nan(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    parts = [node.this, *(node.args.get(side) for side in ("expression", "low", "high")), *node.expressions]
    if any(_may_be_nan(part) for part in parts if isinstance(part, exp.Expression)):
        hint = "the data audit shows whether a column holds NaN; `nan: false` in the schema says that none does"
        lower.note("nan", "NaN compares otherwise: on Athena no comparison with it is true", hint)
    return None
