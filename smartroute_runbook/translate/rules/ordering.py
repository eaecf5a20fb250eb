"""Order: NULLs, windows without a frame, pages whose key may tie."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import BOOLEAN, INTEGER, Type, type_of

from .base import AWS, Lowering, rule
from .branches import bring
from .trees import typed, when
from .unique import unique_order
from .windows import definition, same_window

FRAMELESS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead)
PREFIXES = (exp.FirstValue,)
BY_ORDER = (exp.RowNumber, exp.Ntile, exp.FirstValue, exp.LastValue, exp.NthValue)
AROUND = ("SUBSTRING", "EXP")  # what a rule puts around an aggregate stands outside its window


@rule(
    "descending-nulls",
    exp.Ordered,
    why="in descending order Athena puts NULLs last, Redshift first",
    source=AWS + "r_ORDER_BY_clause.html",
)
def _descending_nulls(node: exp.Ordered, lower: Lowering) -> exp.Expression | None:
    if not node.args.get("desc") or node.args.get("nulls_first"):
        return None
    return exp.Ordered(this=lower(node.this), desc=True, nulls_first=False)


@rule(
    "fetch",
    exp.Fetch,
    why="FETCH FIRST is LIMIT on Redshift; ties cannot be kept",
    source=AWS + "r_ORDER_BY_clause.html",
)
def _fetch(node: exp.Fetch, lower: Lowering) -> exp.Expression | None:
    options = node.args.get("limit_options")
    if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
        hint = "RANK() OVER (ORDER BY ...) in a subquery, and ranked <= n around it"
        raise Refusal("fetch", f"{athena(node)} keeps ties of a set operation, or a share of the rows", hint)
    if options is not None and options.args.get("rows") is None:  # ROW and ROWS mean the same
        raise Refusal("fetch", f"{athena(node)} has no counterpart", "write LIMIT")
    if node.text("direction").upper() not in ("FIRST", "NEXT"):
        raise Refusal("fetch", f"{athena(node)} has no counterpart", "write LIMIT")
    count = node.args.get("count")
    return exp.Limit(expression=count.copy() if count is not None else exp.Literal.number(1))


@rule(
    "set-operation",
    exp.Union,
    exp.Intersect,
    exp.Except,
    why="Redshift has no INTERSECT ALL and EXCEPT ALL, and gives mixed decimals 19 digits",
    source=AWS + "r_UNION.html",
)
def _set_operation(node: exp.SetOperation, lower: Lowering) -> exp.Expression | None:
    if not isinstance(node, exp.Union) and node.args.get("distinct") is False:
        raise Refusal("set-operation", f"{node.key.upper()} ALL", "number the duplicates with ROW_NUMBER first")
    for place, kind in node.meta.get("mixed", {}).items():
        for side in (node.left, node.right):
            _bring(side, place, kind, first=side is node.left)
    return None


@rule(
    "set-operand",
    exp.Subquery,
    why="Redshift takes no LIMIT or ORDER BY in one branch of a set operation; a subquery around it may have both",
    source=AWS + "r_UNION.html",
)
def _set_operand(node: exp.Subquery, lower: Lowering) -> exp.Expression | None:
    inner = node.unnest()
    cut = any(inner.args.get(part) is not None for part in ("limit", "offset", "order"))
    if not isinstance(node.parent, exp.SetOperation) or not cut:
        return None
    lower.unnamed += 1
    alias = exp.TableAlias(this=exp.to_identifier(f"unnamed_{lower.unnamed}"))
    branch = exp.Subquery(this=lower(inner), alias=alias)
    return exp.Select(expressions=[exp.Star()], from_=exp.From(this=branch))


def _bring(side: exp.Expression, place: int, kind: Type, *, first: bool) -> None:
    """Has a column of a set operation's branch cast to the type that both branches have on Athena.

    Raises:
        Refusal: the column is one of a star's.
    """
    while isinstance(side, exp.Subquery):
        side = side.this
    if isinstance(side, exp.SetOperation):
        for inner in (side.left, side.right):
            _bring(inner, place, kind, first=first and inner is side.left)
        return
    if not isinstance(side, exp.Select) or any(p.is_star for p in side.expressions[: place + 1]):
        raise Refusal("set-operation", "both sides have columns of different types", "name the columns and cast them")
    column = side.expressions[place].unalias()
    bring(column, kind, first=first)


@rule(
    "window-default",
    exp.Window,
    why="Redshift's LAG and LEAD take no default value",
    source=AWS + "r_WF_LAG.html",
)
def _window_default(node: exp.Window, lower: Lowering) -> exp.Expression | None:
    ignoring = isinstance(node.this, exp.IgnoreNulls)
    function = node.this.this if isinstance(node.this, (exp.IgnoreNulls, exp.RespectNulls)) else node.this
    if not isinstance(function, (exp.Lag, exp.Lead)) or function.args.get("default") is None:
        return None
    inner = function.copy()
    otherwise = inner.args["default"].copy()
    inner.set("default", None)
    for cell in (inner.this, otherwise):
        bring(cell, type_of(function))
    if ignoring:  # what is found is never NULL
        found = lower(same_window(node, exp.IgnoreNulls(this=inner)))
        return exp.Coalesce(this=found, expressions=[lower(otherwise)])
    window = same_window(node, inner)
    marker = function.copy()
    marker.set("default", None)
    marker.set("this", exp.Literal.number(1))
    missing = exp.Is(this=lower(same_window(node, marker)), expression=exp.Null())
    return when((missing, lower(otherwise)), default=lower(window))


@rule(
    "window-boolean",
    exp.Window,
    why="BOOL_AND and BOOL_OR are not window functions on Redshift; the least or greatest of 0 and 1 is the same",
    source=AWS + "c_Window_functions.html",
)
def _window_boolean(node: exp.Window, lower: Lowering) -> exp.Expression | None:
    function = node.this
    subject = function.expressions[0] if isinstance(function, exp.Anonymous) and function.expressions else function.this
    every = isinstance(function, exp.Anonymous) and function.name.lower() == "every"
    if not (every or isinstance(function, (exp.LogicalAnd, exp.LogicalOr, exp.Min, exp.Max))):
        return None
    if not isinstance(subject, exp.Expression) or type_of(subject).name != "boolean":
        return None
    bits = exp.Case(ifs=[_bit(subject.copy(), 1), _bit(_negated(subject), 0)])
    least = every or isinstance(function, (exp.LogicalAnd, exp.Min))
    counted = (exp.Min if least else exp.Max)(this=typed(bits, INTEGER))
    made = lower(same_window(node, typed(counted, INTEGER)))
    return exp.Paren(this=exp.EQ(this=made, expression=exp.Literal.number(1)))


def _bit(condition: exp.Expression, value: int) -> exp.Expression:
    return typed(exp.If(this=condition, true=typed(exp.Literal.number(value), INTEGER)), INTEGER)


def _negated(condition: exp.Expression) -> exp.Expression:
    inner = typed(exp.Paren(this=condition.copy()), BOOLEAN)
    return typed(exp.Not(this=inner), BOOLEAN)


@rule(
    "window-frame",
    exp.Window,
    why="Redshift wants ROWS frames for ordered aggregates and knows no named windows; Athena's default takes in ties",
    source=AWS + "r_Window_function_synopsis.html",
)
def _window_frame(node: exp.Window, lower: Lowering) -> exp.Expression | None:
    whole = definition(node)
    function = whole.this.this if isinstance(whole.this, (exp.IgnoreNulls, exp.RespectNulls)) else whole.this
    spec, order = whole.args.get("spec"), whole.args.get("order")
    made = lower.same(whole) if not isinstance(whole.this, exp.IgnoreNulls) else _ignoring(whole, lower)
    if order is None and isinstance(function, BY_ORDER):
        why = f"{athena(node)} has no ORDER BY: each engine takes the rows in an order of its own"
        lower.note("window-order", why, "order by a unique key to compare")
    if isinstance(function, (exp.Lag, exp.Lead)) and (order is None or spec is not None):
        raise Refusal("window-frame", f"{athena(node)}: LAG and LEAD take an order and no frame", "ORDER BY a key")
    if isinstance(function, FRAMELESS):
        made.set("spec", None)
        return made
    if isinstance(made.this, exp.Anonymous) and made.this.name in AROUND and spec is None and order is None:
        around, inner = made.this, made.this.expressions[0]
        made.set("this", inner)
        around.set("expressions", [made, *around.expressions[1:]])
        return around
    if spec is not None:
        return _framed(whole, spec, made)
    if order is None:
        return made
    first = isinstance(function, PREFIXES) and function is whole.this  # with IGNORE NULLS, ties matter
    if not first and not unique_order(node, whole):
        why = f"{athena(node)} takes in rows that tie in its order, which Redshift cannot"
        raise Refusal("window-frame", why, "write ROWS UNBOUNDED PRECEDING and order by a unique key")
    made.set("spec", exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"))
    return made


def _ignoring(whole: exp.Window, lower: Lowering) -> exp.Expression:
    copy = whole.copy()
    copy.set("this", whole.this.this.copy())
    made = lower.same(copy)
    made.set("this", exp.IgnoreNulls(this=made.this))
    return made


def _framed(node: exp.Window, spec: exp.Expression, made: exp.Expression) -> exp.Expression | None:
    kind = spec.text("kind").upper()
    if kind == "ROWS":
        return made
    edges = {str(spec.args.get("start") or "").upper(), str(spec.args.get("end") or "CURRENT ROW").upper()}
    if kind == "RANGE" and edges == {"UNBOUNDED"}:
        made.args["spec"].set("kind", "ROWS")
        return made
    if kind == "RANGE" and edges <= {"UNBOUNDED", "CURRENT ROW"} and unique_order(node, node):
        made.args["spec"].set("kind", "ROWS")
        return made
    raise Refusal("window-frame", f"the frame of {athena(node)} is by value", "use ROWS, or join by the range")
