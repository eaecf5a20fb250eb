"""What Redshift refuses by where a function or a subquery stands: windows, sorted aggregates, correlation.

Judged by this room's own reading of a text; which functions are window functions is documented data (``sqlfacts``).
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from smartroute_runbook.sqlfacts.redshift import BARE_FUNCTIONS, window_functions
from smartroute_runbook.standins.redshift.errors import SqlError

__all__ = ["misused"]

SORTED = frozenset({"LISTAGG", "PERCENTILE_CONT", "MEDIAN"})
NAMES = {
    exp.LogicalAnd: "BOOL_AND", exp.LogicalOr: "BOOL_OR", exp.GroupConcat: "LISTAGG", exp.ApproxQuantile: "PERCENTILE",
    exp.Variance: "VAR_SAMP", exp.VariancePop: "VAR_POP", exp.ApproxDistinct: "APPROXIMATE COUNT",
    exp.PercentileCont: "PERCENTILE_CONT", exp.PercentileDisc: "PERCENTILE_DISC", exp.BitwiseAndAgg: "BIT_AND",
    exp.BitwiseOrAgg: "BIT_OR",
}  # fmt: skip

#: What makes a key more than a constant: aggregates and window functions too, which may name no column.
_NO_CONSTANT = (exp.Column, exp.Star, exp.AggFunc, exp.Window, exp.Anonymous, exp.Rand, exp.Query)


def misused(tree: exp.Expression) -> SqlError | None:
    """The first thing that is wrong with a statement; None when nothing is."""
    return next((error for node in tree.walk() for error in _of(node)), None)


def _unsupported(message: str) -> SqlError:
    return SqlError("0A000", message)


def _of(node: exp.Expression) -> Iterator[SqlError]:
    if isinstance(node, exp.Window):
        yield from _windows(node)
    elif isinstance(node, exp.Select):
        yield from _aggregates(node)
        yield from _correlated(node)
        yield from _sideways(node)
        yield from _grouped(node)
    elif isinstance(node, exp.Update):
        yield from _updated(node)
    elif isinstance(node, exp.Insert) and isinstance(node.expression, exp.Values):
        if len(node.expression.expressions) > 1 and node.expression.find(exp.Query):
            yield _unsupported("can't use subqueries in multi-row VALUES")
    elif isinstance(node, exp.Column) and node.args.get("join_mark"):
        yield _outer_mark(node)


def _call(node: exp.Expression) -> exp.Expression:
    while isinstance(node, (exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)):
        node = node.this
    return node


def _name(call: exp.Expression) -> str:
    if isinstance(call, exp.Anonymous):
        return call.name.upper()
    return NAMES.get(type(call)) or (call.sql_name().upper() if isinstance(call, exp.Func) else call.key.upper())


def _windows(node: exp.Window) -> Iterator[SqlError]:
    call = _call(node.this)
    name = _name(call)
    if name not in window_functions() and isinstance(call, exp.AggFunc | exp.Cast | exp.Case | exp.Exp):
        yield SqlError("42601", f'syntax error at or near "OVER": {name} is not a window function')
    keys = order.expressions if (order := node.args.get("order")) else []
    if keys and all(key.find(*_NO_CONSTANT) is None for key in keys):
        yield _unsupported("Window ORDER BY constants is not supported")
    if isinstance(call.this, exp.Distinct) and name == "COUNT":
        yield _unsupported("DISTINCT is not implemented for window functions")


def _values(select: exp.Select) -> Iterator[exp.Expression]:
    """The nodes of the select list and HAVING, without those of inner queries."""
    stack: list[exp.Expression] = [*select.expressions, *([select.args["having"]] if select.args.get("having") else [])]
    while stack:
        node = stack.pop()
        if not isinstance(node, exp.Query):
            yield node
            stack.extend(node.iter_expressions())


def _aggregates(select: exp.Select) -> Iterator[SqlError]:
    values = list(_values(select))
    orders = {each.expression.sql("redshift") for each in values
              if isinstance(each, exp.WithinGroup) and _name(_call(each)) in SORTED}  # fmt: skip
    orders |= {exp.Order(expressions=[exp.Ordered(this=each.expressions[0].copy())]).sql("redshift") for each in values
               if isinstance(each, exp.Anonymous) and _name(each) == "MEDIAN" and each.expressions}  # fmt: skip
    if len(orders) > 1:
        yield _unsupported("within group ORDER BY clauses for aggregate functions must be the same")
    sorts = any(_name(each) in SORTED for each in values if isinstance(each, exp.Func))
    if sorts and any(isinstance(each, exp.Distinct) and isinstance(each.parent, exp.Count | exp.Sum | exp.Avg)
                     for each in values):  # fmt: skip
        yield _unsupported("listagg and other sorted aggregates cannot be used with DISTINCT aggregates")


def _relations(select: exp.Select) -> set[str]:
    """The names under which a SELECT reads its own tables."""
    first = select.args.get("from_")
    sources = [first.this if first else None, *(join.this for join in select.args.get("joins") or ())]
    return {source.alias_or_name.lower() for source in sources if source is not None}


def _correlated(select: exp.Select) -> Iterator[SqlError]:
    around = select.find_ancestor(exp.Select)
    if around is None:
        return
    mine, theirs = _relations(select), _relations(around)
    used = {c.table.lower() for c in select.find_all(exp.Column) if c.table and c.find_ancestor(exp.Select) is select}
    outer = used - mine
    if not outer:
        return
    place = select.find_ancestor(exp.Join, exp.Select)
    in_from = isinstance(select.parent, exp.Subquery) and isinstance(select.parent.parent, exp.From | exp.Join)
    on = isinstance(place, exp.Join) and str(place.args.get("side") or "").upper() in {"LEFT", "RIGHT", "FULL"}
    skips = bool(outer - theirs) and around.find_ancestor(exp.Select) is not None
    has_window = any(isinstance(each, exp.Window) for each in _values(select))
    if (on and not in_from) or skips or has_window:
        yield _unsupported("This type of correlated subquery pattern is not supported yet")


def _sideways(select: exp.Select) -> Iterator[SqlError]:
    """A subquery in FROM sees none of the tables beside it: Redshift has no LATERAL."""
    top: exp.Expression = select
    while isinstance(top.parent, exp.SetOperation) or (
        isinstance(top.parent, exp.Subquery) and isinstance(top.parent.parent, exp.SetOperation)
    ):
        top = top.parent
    if not (isinstance(top.parent, exp.Subquery) and isinstance(top.parent.parent, exp.From | exp.Join)):
        return
    around = top.parent.find_ancestor(exp.Select)
    mine = [each for each in select.find_all(exp.Column) if each.find_ancestor(exp.Select) is select]
    beside = _relations(around) if around is not None else set()
    for column in mine:
        if column.table and column.table.lower() in beside - _relations(select):
            yield SqlError("42P01", f'invalid reference to FROM-clause entry for table "{column.table}"')
        if not column.table and not select.args.get("from_") and column.name.upper() not in BARE_FUNCTIONS:
            yield SqlError("42703", f'column "{column.name}" does not exist')


def _outer_mark(column: exp.Column) -> SqlError:
    """Oracle's mark of an outer join (r_WHERE_oracle_outer), which DuckDB would take for an inner one."""
    if column.find_ancestor(exp.Or, exp.In, exp.Query).__class__ in {exp.Or, exp.In}:
        return _unsupported("Outer join operator (+) not allowed in operand of OR or IN.")
    return _unsupported("not rehearsable: the outer join operator (+); write LEFT JOIN or RIGHT JOIN")


def _updated(node: exp.Update) -> Iterator[SqlError]:
    """UPDATE whose FROM names the written table again: the join there says which rows (c_Examples_of_UPDATE)."""
    source = node.args.get("from_")
    for table in source.find_all(exp.Table) if source is not None else ():
        if table.name.lower() != node.this.name.lower() or table.find_ancestor(exp.Select):
            continue
        join = table.find_ancestor(exp.Join) or next(iter(source.this.args.get("joins") or ()), None)
        if join is not None and join.args.get("side"):
            yield _unsupported("Target table must be part of an equijoin predicate")
        yield _unsupported("not rehearsable: UPDATE whose FROM names the table that is written")


def _grouped(select: exp.Select) -> Iterator[SqlError]:
    """GROUP BY, by name or place, of what a correlated subquery gives (r_correlated_subqueries)."""
    group = select.args.get("group")
    named = {each.alias.lower(): each.unalias() for each in select.expressions if each.alias}
    places = {str(at): each.unalias() for at, each in enumerate(select.expressions, start=1)}
    for key in group.expressions if group is not None else ():
        by_name = named if isinstance(key, exp.Column) and not key.table else {}
        meant = by_name.get(key.name.lower()) or (places.get(key.name) if isinstance(key, exp.Literal) else None) or key
        for inner in meant.find_all(exp.Select):
            if any(column.table and column.table.lower() not in _relations(inner)
                   for column in inner.find_all(exp.Column) if column.find_ancestor(exp.Select) is inner):  # fmt: skip
                yield _unsupported("This type of correlated subquery pattern is not supported yet")
