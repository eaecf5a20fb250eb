"""The second type of a node: what Redshift carries where Athena has the node's Trino type.

Where both are the same nothing has to be done. Where they differ, the walk casts (``boundary``) before the value meets
an operator to which the difference matters, through whatever subquery, CTE, set operation or window it came.
Redshift's arithmetic: https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlglot import exp

from .types import BIGINT, DOUBLE, REAL, Type, as_decimal, type_of

__all__ = [
    "boundary",
    "carried",
    "inner_call",
    "is_narrow",
    "keep_types",
    "own_arithmetic",
    "sources_of",
    "with_sources",
]

CACHE: Final = "redshift_type"
WIDEST: Final = Type("decimal", 38, 0)
PASSING: Final = (exp.Paren, exp.Filter, exp.Window, exp.IgnoreNulls, exp.FirstValue, exp.LastValue, exp.NthValue,
                  exp.Min, exp.Max, exp.AnyValue)  # fmt: skip
ARITHMETIC: Final = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
MEETING: Final = (*ARITHMETIC, exp.Round, exp.Cast, exp.Coalesce, exp.Nullif, exp.Neg, exp.Abs, exp.Sign, exp.DateAdd,
                  exp.UnixToTime, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor)  # fmt: skip
NARROW: Final = (
    exp.Length,
    exp.StrPosition,
    exp.RegexpCount,
    exp.ArraySize,
    exp.Extract,
    exp.Year,
    exp.Month,
    exp.Day,
    exp.Hour,
    exp.Minute,
    exp.Second,
    exp.Quarter,
    exp.WeekOfYear,
    exp.Week,
    exp.DayOfYear,
    exp.DayOfMonth,
    exp.DayOfWeekIso,
    exp.YearOfWeek,
    exp.Rank,
    exp.DenseRank,
    exp.BitwiseAndAgg,
    exp.BitwiseOrAgg,
    exp.Mod,
)  # INTEGER on Redshift, bigint on Athena
NARROW_NAMES: Final = ("json_array_length",)  # those that the parser leaves as written
WRAPPED: Final = (exp.Window, exp.Filter)
WIDENED: Final = (exp.Sum, exp.Avg, exp.Round, exp.Ceil, exp.Floor, exp.Trunc, exp.Sign)  # REAL in, FLOAT8 out


def sources_of(node: exp.Expression) -> tuple[exp.Expression, ...]:
    """The expressions of inner queries that a column or a scalar subquery stands for; none for a table's column."""
    found: Sequence[exp.Expression] = ()
    if isinstance(node, exp.Column):
        found = type_of(node).sources
    elif isinstance(node, exp.Subquery):
        return sources_of(node.this)
    elif isinstance(node, exp.SetOperation):
        return (*sources_of(node.left), *sources_of(node.right))
    elif isinstance(node, exp.Select):
        found = node.expressions[:1]
    return tuple(each for each in found if not each.is_star)


def with_sources(nodes: list[exp.Expression]) -> Iterator[exp.Expression]:
    """Nodes, all below them, and all that their columns stand for; each once."""
    seen: set[int] = set()
    waiting = list(nodes)
    while waiting:
        for each in waiting.pop().walk():
            if id(each) not in seen:
                seen.add(id(each))
                yield each
                waiting += sources_of(each) if isinstance(each, exp.Column) else ()


def carried(node: exp.Expression) -> Type:
    """Redshift's type of what a source node becomes; Trino's own type wherever nothing else is known."""
    known = node.meta.get(CACHE)
    if known is None:
        node.meta[CACHE] = type_of(node)  # what asks for itself, as a recursive query may
        known = node.meta[CACHE] = _carried(node)
    return known


def _carried(node: exp.Expression) -> Type:
    own = type_of(node)
    if own.integer:
        return WIDEST if any(carried(part).name == "decimal" for part in _parts(node)) or _big_sum(node) else own
    if own.name == "decimal" and isinstance(node, ARITHMETIC):
        return own_arithmetic(type(node), carried(node.this), carried(node.expression)) or own
    if own.name == "real":
        return DOUBLE if isinstance(node, WIDENED) else REAL
    return own


def _big_sum(node: exp.Expression) -> bool:
    """Drivers report the SUM of bigints as NUMERIC(38,0), although r_SUM says BIGINT."""
    if not isinstance(node, exp.Sum):
        return False
    inner = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    return type_of(inner) == BIGINT


def _parts(node: exp.Expression) -> list[exp.Expression]:
    """What an integer's type on Redshift follows from."""
    if isinstance(node, (exp.Column, exp.Subquery)):
        return list(sources_of(node))
    if isinstance(node, PASSING):
        return [node.this]
    if isinstance(node, exp.Case):
        parts = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")]
    elif isinstance(node, exp.If):
        parts = [node.args.get("true"), node.args.get("false")]
    elif isinstance(node, (exp.Lag, exp.Lead)):
        parts = [node.this, node.args.get("default")]
    elif isinstance(node, (exp.Greatest, exp.Least)):
        parts = [node.this, *node.expressions]
    else:
        return []
    return [part for part in parts if part is not None]


def own_arithmetic(operator: type[exp.Expression], a: Type, b: Type) -> Type | None:
    """The decimal that `a operator b` is on Redshift, more than 38 digits if the formula says so."""
    x, y = as_decimal(a), as_decimal(b)
    if x is None or y is None or "decimal" not in (a.name, b.name):
        return None
    scale = max(x.scale, y.scale)
    if operator in (exp.Add, exp.Sub):
        return Type("decimal", max(x.precision - x.scale, y.precision - y.scale) + 1 + scale, scale)
    if operator is exp.Mul:
        return Type("decimal", x.precision + y.precision + 1, x.scale + y.scale)
    return None


def boundary(node: exp.Expression) -> Type | None:
    """The Trino type to which a value is cast where it leaves its node; None when nothing depends on it."""
    own = type_of(node)
    if not (own.integer or own.name == "real"):
        return None
    around = node.parent
    if isinstance(around, WRAPPED) and around.this is node:
        return None  # a cast between an aggregate and its OVER is no SQL
    if own.name == "real":
        if isinstance(node, WRAPPED):
            return own if inner_call(node) in WIDENED else None
        return own if isinstance(node, WIDENED) else None
    while isinstance(around, exp.Paren):
        around = around.parent
    meets = isinstance(around, MEETING) and not type_of(around).floating
    return own if meets and not isinstance(node, exp.Paren) and carried(node).name == "decimal" else None


def inner_call(node: exp.Expression) -> type[exp.Expression]:
    """The class of a call below its OVER, FILTER and IGNORE NULLS."""
    while isinstance(node, WRAPPED):
        node = node.this
    return type(node)


def is_narrow(node: exp.Expression) -> bool:
    """Whether a function is INTEGER on Redshift and bigint on Athena."""
    return isinstance(node, NARROW) or (isinstance(node, exp.Anonymous) and node.name.lower() in NARROW_NAMES)


def keep_types(tree: exp.Expression) -> None:
    """Has the result columns cast to Athena's types where Redshift's are others: later queries will read them."""
    if isinstance(tree, exp.Subquery):
        keep_types(tree.this)
    elif isinstance(tree, exp.SetOperation):
        for side in (tree.left, tree.right):
            keep_types(side)
    elif isinstance(tree, exp.Select):
        for projection in tree.expressions:
            value = projection.unalias()
            own = type_of(value)
            value.meta["column"] = not isinstance(tree.parent, exp.SetOperation)  # a column, which others will read
            narrow = own == BIGINT and (inner_call(value) in NARROW or is_narrow(value))
            if own.integer and not projection.is_star and (carried(value) != own or narrow):
                value.meta["coerce"] = own
