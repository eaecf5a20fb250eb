"""How far each result column may differ between the engines, from what it is computed of."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from smartroute_runbook.tolerance import EXACT, Tolerance

from .relations import Columns, output_name
from .rules import Lowering
from .types import Type, result_types

__all__ = ["tolerances"]

RANKING = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile)


def tolerances(tree: exp.Expression, columns: Columns, lower: Lowering) -> Mapping[str, Tolerance]:
    """Tolerances by result column; columns that are exact are left out."""
    found = _of_query(tree, lower, {})
    named = {name: found.get(name, EXACT) for name, _ in columns}
    return {name: tolerance for name, tolerance in named.items() if not tolerance.exact}


def _of_meeting(a: Type, b: Type) -> Tolerance:
    """What a decimal loses where rows of a set operation make it a float: see ``float_choices``."""
    kinds = {a.name, b.name}
    if "decimal" not in kinds or not kinds & {"real", "double"}:
        return EXACT
    return Tolerance(relative=1e-6 if "real" in kinds else 1e-15)


def _of_query(node: exp.Expression, lower: Lowering, outer: Mapping[str, Tolerance]) -> dict[str, Tolerance]:
    """Tolerances of a query's result columns; inner queries' columns are known by name."""
    inner = dict(outer)
    with_ = node.args.get("with_")
    for cte in with_.expressions if with_ else ():
        inner |= _of_query(cte.this, lower, inner)
    if isinstance(node, exp.Subquery):
        return _of_query(node.this, lower, inner)
    if isinstance(node, exp.SetOperation):
        left, right = _of_query(node.left, lower, inner), _of_query(node.right, lower, inner)
        sides = zip(result_types(node.left), result_types(node.right), strict=False)
        pairs = zip(left.items(), right.values(), sides, strict=False)
        return {name: a.wider(b).wider(_of_meeting(*kinds)) for (name, a), b, kinds in pairs}
    if not isinstance(node, exp.Select):
        return {}
    from_ = node.args.get("from_")
    for source in [from_.this if from_ else None, *(join.this for join in node.args.get("joins") or ())]:
        if isinstance(source, exp.Subquery):
            inner |= _of_query(source, lower, inner)
    result: dict[str, Tolerance] = {}
    for position, projection in enumerate(node.expressions):
        if projection.is_star:
            result |= inner
        else:
            result[output_name(projection, position)] = _of(projection, lower, inner)
    return result


def _of(node: exp.Expression, lower: Lowering, inner: Mapping[str, Tolerance]) -> Tolerance:
    """What an expression inherits from its parts; a rounding decides for what is below it."""
    own = lower.tolerance_of(node)
    if isinstance(node, exp.Column):
        return inner.get(node.name.lower(), EXACT)
    if isinstance(node, exp.Round) and not own.exact:
        return own
    if isinstance(node, exp.Window) and isinstance(node.this, RANKING):
        return EXACT  # a place, not a measure
    result = own
    for child in node.iter_expressions():
        result = result.wider(_of(child, lower, inner))
    return result
