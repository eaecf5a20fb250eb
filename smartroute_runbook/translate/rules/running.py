"""Running sums, counts and extremes over a key that may tie: Athena's default frame takes in all rows that tie.

Redshift wants rows, so the rows that tie are summed up first, the first of them carries the sum, and it comes first.
"""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.types import BIGINT, BOOLEAN, INTEGER, type_of

from .base import AWS, FLOATING, Lowering, rule
from .trees import typed
from .unique import unique_order

RUNNING = (exp.Sum, exp.Count, exp.Min, exp.Max)
KEPT = ("expressions", "order", "limit", "offset", "with_")
OTHERS = ("group", "having", "distinct", "joins", "windows", "laterals")


def _takes_ties(node: exp.Window, select: exp.Select) -> bool:
    """Whether a window is one that the rewriting below knows."""
    function, order = node.this, node.args.get("order")
    if node.find_ancestor(exp.Select) is not select or node.alias or node.args.get("spec") or order is None:
        return False
    if not isinstance(function, RUNNING) or isinstance(function.this, (exp.Distinct, exp.Order)):
        return False
    kind = type_of(node)
    summed = kind.exact or (kind.name == "double" and isinstance(function, exp.Sum))
    summed = summed or (isinstance(function, (exp.Min, exp.Max)) and (kind.moment or kind.name == "varchar"))
    return summed and not unique_order(node, node)


def _windows(select: exp.Select) -> list[exp.Window]:
    return [node for each in select.expressions for node in each.find_all(exp.Window)]


def _source(select: exp.Select) -> exp.Expression | None:
    """The only table or query that a SELECT reads, when nothing else stands in the way."""
    from_ = select.args.get("from_")
    if from_ is None or any(select.args.get(part) for part in OTHERS) or any(p.is_star for p in select.expressions):
        return None
    source: exp.Expression = from_.this
    plain = isinstance(source, (exp.Table, exp.Subquery)) and source.alias_or_name and not source.args.get("joins")
    columns = select.find_all(exp.Column, exp.AggFunc)
    qualified = any(isinstance(node, exp.Column) and (node.args.get("db") or node.meta.get("path")) for node in columns)
    return source if plain and not qualified else None


@rule(
    "running-ties",
    exp.Select,
    why="a running sum without a frame takes in rows that tie in its order; Redshift's frames are of rows",
    source=AWS + "r_Window_function_synopsis.html",
)
def _running_ties(node: exp.Select, lower: Lowering) -> exp.Expression | None:
    wanted = [window for window in _windows(node) if _takes_ties(window, node)]
    source = _source(node) if wanted else None
    if source is None:
        return None
    made = exp.Select()
    for part in KEPT:
        value = node.args.get(part)
        made.set(part, [each.copy() for each in value] if isinstance(value, list) else value and value.copy())
    alias = source.alias_or_name
    columns: list[exp.Expression] = [exp.Column(this=exp.Star(), table=exp.to_identifier(alias))]
    for place, (before, after) in enumerate(zip(_windows(node), _windows(made), strict=True), start=1):
        if any(before is window for window in wanted):
            columns += _tied(before, place)
            if type_of(before).floating:
                lower.loosen(before, FLOATING)
            after.replace(_running(before, place))
    inner = exp.Select(expressions=columns, from_=exp.From(this=source.copy()))
    if node.args.get("where") is not None:
        inner.set("where", node.args["where"].copy())
    lower.taken(source)
    named = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(alias)))
    made.set("from_", exp.From(this=named))
    lower.taken(node.args["from_"])
    return lower(made)


def _keys(node: exp.Window) -> list[exp.Expression]:
    return [key.this.copy() for key in node.args["order"].expressions]


def _partition(node: exp.Window) -> list[exp.Expression]:
    return [part.copy() for part in node.args.get("partition_by") or ()]


def _tied(node: exp.Window, place: int) -> list[exp.Expression]:
    """What the rows that tie come to, and which of them is the first."""
    tied = [*_partition(node), *_keys(node)]
    order = exp.Order(expressions=[exp.Ordered(this=_keys(node)[0], nulls_first=False)])
    first = exp.Window(this=exp.RowNumber(), partition_by=tied, order=order, over="OVER")
    whole = exp.Window(this=node.this.copy(), partition_by=[each.copy() for each in tied], over="OVER")
    whole = typed(whole, type_of(node))
    return [exp.alias_(typed(first, BIGINT), f"tied_{place}"), exp.alias_(whole, f"together_{place}")]


def _running(node: exp.Window, place: int) -> exp.Expression:
    """The same window over what the first of the tied rows carries."""
    kind = type_of(node)
    tied = typed(exp.column(f"tied_{place}"), BIGINT)
    first = typed(exp.EQ(this=tied, expression=typed(exp.Literal.number(1), INTEGER)), BOOLEAN)
    carried = typed(exp.column(f"together_{place}"), kind)
    once = typed(exp.Case(ifs=[typed(exp.If(this=first, true=carried), kind)]), kind)
    total = exp.Sum if isinstance(node.this, exp.Count) else type(node.this)
    keys = [key.copy() for key in node.args["order"].expressions]
    keys.append(exp.Ordered(this=tied.copy(), nulls_first=False))
    spec = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
    summed = typed(total(this=once), kind)
    order = exp.Order(expressions=keys)
    return typed(exp.Window(this=summed, partition_by=_partition(node), order=order, spec=spec, over="OVER"), kind)
