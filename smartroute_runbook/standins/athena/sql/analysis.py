"""What Trino's grammar reads and its analyzer refuses, or what is not rehearsable of it, by the shape of the query.

Each was asked of Trino 435 and 483 (``tests/witness``): DuckDB executes these, Athena does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from .build import fail

__all__ = ["require_supported"]

ORDERED = {"array_agg", "listagg", "map_agg", "multimap_agg", "arbitrary", "any_value", "first", "reduce_agg"}
"""Aggregates whose result depends on the order of their rows; of the others ORDER BY says nothing."""


def require_supported(tree: exp.Expr) -> None:
    """Refuses what Athena does not execute; ORDER BY of an aggregate that it changes nothing of is taken out.

    Raises:
        QueryFailed: with Trino's code, or as not rehearsable.
    """
    for node in list(tree.walk()):
        if check := _CHECKS.get(type(node)):
            check(node)


def _window(node: exp.Window) -> None:
    inner = node.this.this if isinstance(node.this, exp.IgnoreNulls | exp.RespectNulls) else node.this
    if isinstance(inner, exp.Filter):
        raise fail("NOT_SUPPORTED", "FILTER is not yet supported for window functions")
    _places(inner, node.args.get("spec"))
    if isinstance(inner, exp.Anonymous) and any(isinstance(one, exp.Distinct) for one in inner.expressions):
        raise fail("NOT_SUPPORTED", "DISTINCT in window function parameters not yet supported")


_LEAST = {"lag": 0, "lead": 0, "nth_value": 1}
"""The smallest offset of a window function."""


def _places(call: exp.Expr, frame: exp.Expr | None) -> None:
    """Offsets that are written out, of the function and of the frame."""
    name = str(call.this).lower() if isinstance(call, exp.Anonymous) else ""
    offset = call.expressions[1] if name in _LEAST and len(call.expressions) > 1 else None
    if (number := _written(offset)) is not None and number < _LEAST[name]:
        raise fail("INVALID_FUNCTION_ARGUMENT", f"Offset must be at least {_LEAST[name]}")
    bounds = [frame.args.get("start"), frame.args.get("end")] if frame is not None else []
    if any((number := _written(bound)) is not None and number < 0 for bound in bounds):
        raise fail("INVALID_WINDOW_FRAME", "Window frame offset value must not be negative or null")


def _written(node: object) -> int | None:
    """A whole number that is written out."""
    inner = node.this if isinstance(node, exp.Neg) else node
    if not isinstance(inner, exp.Literal) or not inner.is_int:
        return None
    return -int(inner.name) if isinstance(node, exp.Neg) else int(inner.name)


def _select(node: exp.Select) -> None:
    """SELECT DISTINCT ... ORDER BY: what is sorted by must be selected (StatementAnalyzer)."""
    order = node.args.get("order")
    if not node.args.get("distinct") or order is None or any(item.is_star for item in node.expressions):
        return
    names = {item.alias_or_name.lower() for item in node.expressions}
    values = {_bare(item.unalias()) for item in node.expressions}
    for key in order.expressions:
        named = isinstance(key.this, exp.Column) and not key.this.table and key.this.name.lower() in names
        if not named and not isinstance(key.this, exp.Literal) and _bare(key.this) not in values:
            words = "For SELECT DISTINCT, ORDER BY expressions must appear in select list"
            raise fail("EXPRESSION_NOT_IN_DISTINCT", words)


def _bare(node: exp.Expr) -> str:
    """An expression's text, its columns without their tables' names and in small letters."""
    copy = node.copy()
    for column in copy.find_all(exp.Column):
        column.set("table", None)
    return copy.sql().lower()


def _call(node: exp.Anonymous) -> None:
    if str(node.this).lower() == "listagg" and not isinstance(node.parent, exp.WithinGroup):
        raise fail("SYNTAX_ERROR", "mismatched input. Expecting: 'WITHIN'")
    last = node.expressions[-1] if node.expressions else None
    if str(node.this).lower() == "normalize" and isinstance(last, exp.Column) and last is not node.expressions[0]:
        raise fail("NOT_SUPPORTED", "not rehearsable: normalize with a form")
    if not isinstance(last, exp.Order):
        return
    first = node.expressions[0]
    given = first.this if isinstance(first, exp.Order) else first
    if isinstance(given, exp.Distinct):
        arguments = [*given.expressions, *node.expressions[1:]]
        if any(key.this not in arguments for key in last.expressions):
            words = "For aggregate function with DISTINCT, ORDER BY expressions must appear in arguments"
            raise fail("EXPRESSION_NOT_IN_DISTINCT", words)
    if str(node.this).lower() not in ORDERED:
        last.replace(last.this)


def _join(node: exp.Join) -> None:
    on = node.args.get("on")
    if isinstance(node.this, exp.Unnest) and node.side and not (isinstance(on, exp.Boolean) and on.this):
        raise fail("NOT_SUPPORTED", f"{node.side} JOIN involving UNNEST is only supported with condition ON TRUE")
    if node.method.upper() == "NATURAL":
        raise fail("NOT_SUPPORTED", "Natural join not supported")


def _like(node: exp.Like) -> None:
    if isinstance(node.expression, exp.Any | exp.All):
        raise fail("FUNCTION_NOT_FOUND", "Function 'any' not registered")


def _group(node: exp.Group) -> None:
    if node.args.get("all") is False:
        raise fail("NOT_SUPPORTED", "not rehearsable: GROUP BY DISTINCT")
    node.set("all", None)  # GROUP BY ALL is as without it; DuckDB would read "all columns"


def _sets(node: exp.Expr) -> None:
    """ROLLUP, CUBE and GROUPING SETS take columns only, neither expressions nor places."""
    for item in node.expressions:
        inner = item.unnest()
        for key in inner.expressions if isinstance(inner, exp.Tuple) else [inner]:
            if not isinstance(key.unnest(), exp.Column | exp.Dot | exp.Cube | exp.Rollup | exp.GroupingSets):
                raise fail("INVALID_COLUMN_REFERENCE", f"GROUP BY expression must be a column reference: {key.sql()}")


def _table(node: exp.Table) -> None:
    if isinstance(node.this, exp.Anonymous) and str(node.this.this).upper() == "TABLE":
        raise fail("NOT_SUPPORTED", "not rehearsable: TABLE(function(...))")


def _rows_by_pattern(_: exp.MatchRecognize) -> None:
    raise fail("NOT_SUPPORTED", "not rehearsable: MATCH_RECOGNIZE")


def _user(_: exp.CurrentUser) -> None:
    raise fail("NOT_SUPPORTED", "not rehearsable: CURRENT_USER")


def _interval(node: exp.Interval) -> None:
    unit = node.args.get("unit")
    first = unit.this if isinstance(unit, exp.IntervalSpan) else unit
    if first is not None and first.name.upper() not in UNITS:
        raise fail("SYNTAX_ERROR", f"mismatched input '{first.name}'. Expecting: {', '.join(UNITS)}")


UNITS = ("DAY", "HOUR", "MINUTE", "MONTH", "SECOND", "YEAR")
_CHECKS: dict[type[exp.Expr], Callable[[Any], None]] = {
    exp.Window: _window, exp.Select: _select, exp.CurrentUser: _user, exp.Anonymous: _call, exp.Join: _join,
    exp.Like: _like, exp.Group: _group,
    exp.Rollup: _sets, exp.Cube: _sets, exp.GroupingSets: _sets, exp.Table: _table,
    exp.MatchRecognize: _rows_by_pattern, exp.Interval: _interval,
}  # fmt: skip
