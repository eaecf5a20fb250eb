"""The last door for uses: what Redshift documents, but not in this place (``sqlfacts/redshift_uses.yaml``).

Windows, sorted aggregates and joins are looked for in the text that leaves; correlation in the query as Athena has
it, whose names are resolved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from smartroute_runbook.sqlfacts.redshift import Use, compute_only_functions, missing_uses, window_functions

from .constant_keys import is_constant
from .types import type_of

__all__ = ["misuses"]

OUTER = ("LEFT", "RIGHT", "FULL")


def misuses(tree: exp.Expression, made: exp.Expression) -> list[Use]:
    """The uses in a query that Redshift does not run.

    Args:
        tree: the query as Athena has it, names resolved.
        made: its Redshift form.
    """
    return [_named(missing_uses()[kind], what) for kind, what in found_kinds(tree, made)]


def found_kinds(tree: exp.Expression, made: exp.Expression) -> dict[tuple[str, str], None]:
    """Kinds of use, each with the function it is about, in the order in which they stand."""
    kinds: dict[tuple[str, str], None] = {}
    for node in made.walk():
        if isinstance(node, exp.Window):
            kinds |= dict.fromkeys(_window(node))
        elif isinstance(node, exp.Select):
            kinds |= dict.fromkeys(_sorted_aggregates(node))
        elif isinstance(node, exp.Join):
            kinds |= dict.fromkeys(_full_join(node))
        elif isinstance(node, exp.SetOperation):
            kinds |= dict.fromkeys(_ordered_set(node))
    kinds |= dict.fromkeys(_compute_only(made))
    selects = list(tree.find_all(exp.Select))
    for select in selects:
        kinds |= dict.fromkeys(_super_outer(select))
    for select in selects if len(selects) > 1 else ():
        kinds |= dict.fromkeys((kind, "") for kind in _correlated(select))
    return kinds


def _named(use: Use, what: str) -> Use:
    return replace(use, why=use.why.format(what=what))


def _window(node: exp.Window) -> Iterator[tuple[str, str]]:
    call = node.this
    while isinstance(call, (exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)):
        call = call.this
    name = call.name.upper() if isinstance(call, exp.Anonymous) else _sql_name(call)
    if name not in window_functions():
        yield "window", name
    if isinstance(call.this, exp.Distinct) or any(isinstance(each, exp.Distinct) for each in call.expressions):
        yield "distinct-window", name
    order = node.args.get("order")
    if order is not None and all(is_constant(key.this) for key in order.expressions):
        yield "constant-order", name
    if isinstance(call, (exp.Lag, exp.Lead)) and call.args.get("default") is not None:
        yield "lag-default", name


def _sql_name(call: exp.Expression) -> str:
    names = {exp.ApproxQuantile: "APPROXIMATE PERCENTILE_DISC", exp.LogicalOr: "BOOL_OR", exp.LogicalAnd: "BOOL_AND",
             exp.Variance: "VARIANCE", exp.VariancePop: "VAR_POP", exp.Case: "CASE", exp.Cast: "CAST"}  # fmt: skip
    if type(call) in names:
        return names[type(call)]
    return call.sql_name() if isinstance(call, exp.Func) else call.key.upper()


def _own(select: exp.Select) -> Iterator[exp.Expression]:
    """The nodes of a SELECT itself, not of the queries inside it."""
    stack = [part for key in ("expressions", "having", "order") for part in _listed(select.args.get(key))]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, exp.Query):
            stack.extend(node.iter_expressions())


def _listed(value: object) -> list[exp.Expression]:
    parts = value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, exp.Expression)]


def _sorted_aggregates(select: exp.Select) -> Iterator[tuple[str, str]]:
    nodes = list(_own(select))
    orders = {node.expression.sql("redshift") for node in nodes if isinstance(node, exp.WithinGroup)}
    if len(orders) > 1:
        yield "one-order", ""
    names = {node.name.upper() for node in nodes if isinstance(node, exp.Anonymous)}
    if names & {"LISTAGG", "MEDIAN", "PERCENTILE_CONT"} and any(
        isinstance(node, exp.Distinct) and isinstance(node.parent, exp.AggFunc) for node in nodes
    ):
        yield "sorted-distinct", ""


def _compute_only(made: exp.Expression) -> Iterator[tuple[str, str]]:
    """Functions of the compute nodes in a query that the leader node runs alone, as it reads no table."""
    common = {cte.alias.lower() for cte in made.find_all(exp.CTE)}
    if any(table.db or table.name.lower() not in common for table in made.find_all(exp.Table)):
        return
    for node in made.find_all(exp.Func):
        name = node.name.upper() if isinstance(node, exp.Anonymous) else _sql_name(node).rpartition(" ")[2]
        if name in compute_only_functions():
            yield "compute-only", name


def _full_join(node: exp.Join) -> Iterator[tuple[str, str]]:
    if str(node.args.get("side") or "").upper() != "FULL" or node.args.get("using"):
        return
    on = node.args.get("on")
    parts = list(on.flatten()) if isinstance(on, exp.And) else [on]
    if not any(isinstance(p, exp.EQ) and _columns(p.this) and _columns(p.expression) for p in parts if p is not None):
        yield "full-join", ""


def _super_outer(select: exp.Select) -> Iterator[tuple[str, str]]:
    """Parts of SUPER columns in a query that joins from the right, or from both sides."""
    joins = [join for join in select.find_all(exp.Join) if join.find_ancestor(exp.Select) is select]
    if any(str(join.args.get("side") or "").upper() in ("RIGHT", "FULL") for join in joins):
        columns = (node for node in select.find_all(exp.Column) if node.find_ancestor(exp.Select) is select)
        if any(node.meta.get("path") or type_of(node).is_super for node in columns):
            yield "super-outer", ""


def _columns(node: exp.Expression) -> bool:
    return node.find(exp.Column) is not None


def _ordered_set(node: exp.SetOperation) -> Iterator[tuple[str, str]]:
    order = node.args.get("order")
    for key in order.expressions if order is not None else ():
        if not isinstance(key.this, (exp.Column, exp.Literal)):
            yield "set-order", ""


def _correlated(select: exp.Select) -> Iterator[str]:
    """Which of the patterns that Redshift cannot decorrelate a subquery is."""
    own = (node for node in select.find_all(exp.Column) if node.find_ancestor(exp.Select) is select)
    if not any(node.meta.get("outer") for node in own):
        return
    around = select.parent
    while isinstance(around, (exp.Subquery, exp.Paren)) and not isinstance(around.parent, (exp.From, exp.Join)):
        around = around.parent
    if isinstance(around, exp.Subquery):
        yield "correlated-level"  # a query in FROM refers past the one that reads it
        return
    if any(True for node in _own(select) if isinstance(node, exp.Window)):
        yield "correlated-window"
    join = select.find_ancestor(exp.Join, exp.Select)
    if isinstance(join, exp.Join) and str(join.args.get("side") or "").upper() in OUTER:
        yield "correlated-on"
    counts = any(not isinstance(node, (exp.Min, exp.Max)) for node in select.find_all(exp.AggFunc))
    if isinstance(around, exp.In) and select.args.get("group") and counts:
        yield "correlated-group"
    outer = select.find_ancestor(exp.Select)
    if outer is not None and _groups_by(outer, select):
        yield "correlated-grouped-result"


def _groups_by(outer: exp.Select, select: exp.Select) -> bool:
    group = outer.args.get("group")
    for key in group.expressions if group is not None else ():
        place = int(key.name) - 1 if isinstance(key, exp.Literal) and key.is_int else None
        meant = outer.expressions[place] if place is not None and place < len(outer.expressions) else key
        if any(node is select for node in meant.find_all(exp.Select)):
            return True
    return False
