"""Correlated subqueries that Trino cannot turn into joins, and so refuses; DuckDB executes them all.

The kinds were asked of Trino 435 and 483, which agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, ScopeType, build_scope

from .build import fail
from .functions import FUNCTIONS

__all__ = ["require_supported_correlation"]

_WORDS = "Given correlated subquery is not supported"


def require_supported_correlation(tree: exp.Expr) -> None:
    """Refuses what Trino's planner does not decorrelate.

    Args:
        tree: a qualified query, each column with its table.

    Raises:
        QueryFailed: NOT_SUPPORTED.
    """
    root = build_scope(tree)
    for scope in root.traverse() if root is not None else ():
        for join in scope.expression.args.get("joins") or []:
            _outer_join(join, scope)
        if scope.scope_type is ScopeType.SUBQUERY and not _supported(scope):
            raise fail("NOT_SUPPORTED", _WORDS)


def _supported(scope: Scope) -> bool:
    query, outer = scope.expression, list(scope.external_columns)
    if not outer:
        return True
    around = scope.parent
    between = around.selected_sources if around.scope_type is ScopeType.SUBQUERY else {}
    if between and any(column.table not in between for column in outer):  # past the query around it
        return False
    if not isinstance(query, exp.Select):
        return False
    holder = query.parent
    while isinstance(holder, exp.Subquery | exp.Paren):
        holder = holder.parent
    opened = any(isinstance(column.find_ancestor(exp.Unnest, exp.Select), exp.Unnest) for column in outer)
    if isinstance(holder, exp.In):
        around_it = [select for column in outer for select in _selects(column, query)]
        return not (opened or any(map(_shaped, around_it)) or any(_within(query.expressions, each) for each in outer))
    limited = query.args.get("limit") is not None and not all(map(_is_equality, outer))
    if isinstance(holder, exp.Exists):
        return not (opened or limited)
    if opened:
        return True
    if isinstance(holder, exp.Any | exp.All):
        return True
    counted = (call for item in query.expressions for call in item.find_all(exp.Anonymous) if _is_aggregate(call))
    return not (
        limited
        or any(item.find(exp.Window) for item in query.expressions)
        or any(_within([call], column) for call in counted for column in outer)
    )


def _selects(column: exp.Column, query: exp.Select) -> Iterator[exp.Select]:
    """The queries that a column stands in, up to ``query``."""
    node: exp.Expr | None = column
    while node is not None and node is not query:
        node = node.find_ancestor(exp.Select)
        if isinstance(node, exp.Select):
            yield node


def _shaped(query: exp.Select) -> bool:
    """Whether a query does more than pick rows."""
    return any(query.args.get(key) for key in ("group", "distinct", "limit", "having")) or _sums_up(query)


def _within(parts: Iterable[exp.Expr], column: exp.Column) -> bool:
    return any(node is column for part in parts for node in part.find_all(exp.Column))


def _is_equality(column: exp.Column) -> bool:
    """Whether a column is one side of an equality."""
    return isinstance(column.parent, exp.EQ)


def _sums_up(query: exp.Select) -> bool:
    return any(
        item.find(exp.Window) is not None or any(map(_is_aggregate, item.find_all(exp.Anonymous)))
        for item in query.expressions
    )


def _is_aggregate(call: exp.Anonymous) -> bool:
    known = FUNCTIONS.get(str(call.this).lower())
    return known is not None and known.aggregate


def _outer_join(join: exp.Join, scope: Scope) -> None:
    """The condition of an outer join sees the two sides only, its subqueries not even those."""
    condition = join.args.get("on")
    if not join.side or condition is None or isinstance(join.this, exp.Lateral):
        return
    for column in condition.find_all(exp.Column):
        inside = column.find_ancestor(exp.Select) is not scope.expression
        mine = column.table in scope.selected_sources
        if mine if inside else not mine:
            words = f"Reference to column '{column.sql()}' from outer scope not allowed in this context"
            raise fail("NOT_SUPPORTED", words)
