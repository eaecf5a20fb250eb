"""Rewrites of a tree, each for one difference between Redshift and DuckDB.

Every rule looks at one node and its types (``meta["rs"]``, see redshift_infer) and puts another in its place. Nodes are
visited from the leaves up.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlglot
from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import cast, macro, plain, text, variable
from .casts import convert
from .functions import FUNCTIONS, natural_logarithm
from .rules_blanks import BLANK_RULES, group_by_trimmed, is_text, sets_trimmed, trimmed
from .rules_text import TEXT_RULES
from .rules_time import TIME_RULES
from .types import DOUBLE, FLOATS, INTEGERS, REAL, SUPER, DataType, named, of

__all__ = ["rewrite"]


def rewrite(tree: exp.Expression) -> exp.Expression:
    """Applies every rule, from the leaves up."""
    widen_reals(tree)
    for select in list(tree.find_all(exp.Select)):
        group_by_trimmed(select)
    for operation in list(tree.find_all(exp.SetOperation)):
        sets_trimmed(operation)
    for node in reversed(list(tree.walk())):
        rule = next((RULES[kind] for kind in type(node).__mro__ if kind in RULES), None)
        if rule is None:
            continue
        made = rule(node)
        if made is not node:
            if kind := of(node):
                made.meta["rs"] = kind
            if node.parent is None:
                tree = made
            else:
                node.replace(made)
    return tree


_MIXED = (
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between,
)  # fmt: skip


def widen_reals(tree: exp.Expression) -> None:
    """A REAL among other numbers is a double: in DuckDB the others would be REALs (r_numeric_computations201)."""
    for node in list(tree.find_all(*_MIXED)):
        parts = list(node.iter_expressions())
        kinds = [kind for part in parts if (kind := of(part)) is not None]
        if REAL in kinds and {kind.base for kind in kinds} & {*INTEGERS, "numeric", DOUBLE.base}:
            for part in parts:
                if of(part) == REAL and not isinstance(node.parent, exp.Update):
                    wide = exp.Cast(this=part.copy(), to=exp.DataType.build("DOUBLE"))
                    wide.to.meta["rs"] = wide.meta["rs"] = DOUBLE
                    part.replace(wide)


SHORT_SCALE = 9  # up to which an unscaled value is computed by a product: of 20 digits before the point
IN_64_BITS = 18  # digits of a decimal that DuckDB keeps in them


def divide(node: exp.Expression) -> exp.Expression:
    """X / 0 is an error; integers truncate; decimals have a scale of their own (r_numeric_computations201)."""
    kind, left, right = of(node), of(node.this), of(node.expression)
    a, b = node.this.copy(), node.expression.copy()
    if kind and kind.base == "numeric" and left and right:
        return quotient(a, b, left.scale, right.scale, kind)
    return macro("div", a, b)


def quotient(a: exp.Expression, b: exp.Expression, sa: int, sb: int, kind: DataType) -> exp.Expression:
    """A / b of decimals with scales sa and sb, exact and cut to the result's scale.

    DuckDB divides decimals as doubles; here their unscaled values are divided as 128-bit integers, unless the
    dividend would not fit, which falls back to doubles.
    """
    shift = kind.scale + sb - sa

    def whole(name: str, scale: int) -> str:
        if scale > SHORT_SCALE:  # a product with 10**scale would not fit; the digits without their point do
            return f"CAST(replace(CAST(CAST({name} AS DECIMAL(38,{scale})) AS VARCHAR), '.', '') AS HUGEINT)"
        scaled = f"CAST({name} AS DECIMAL(38,{scale})) * CAST('1{'0' * scale}' AS DECIMAL({scale + 1},0))"
        return f"CAST({scaled if scale else name} AS HUGEINT)"

    template = (
        "CASE WHEN b = 0 THEN error('[[22012]] Divide by zero') "
        f"WHEN abs({whole('a', sa)}) < CAST('1{'0' * max(38 - shift, 0)}' AS HUGEINT) "
        f"THEN CAST({whole('a', sa)} * CAST('1{'0' * shift}' AS HUGEINT) // {whole('b', sb)} AS DECIMAL(38,0)) "
        f"* CAST('0.{'0' * (kind.scale - 1)}1' AS DECIMAL({kind.scale},{kind.scale})) "
        f"ELSE CAST(CAST(a AS DOUBLE) / CAST(b AS DOUBLE) AS DECIMAL(38,{kind.scale})) END"
    )
    tree = sqlglot.parse_one(template, read="duckdb")
    for column in list(tree.find_all(exp.Column)):
        column.replace(exp.Paren(this=(a if column.name == "a" else b).copy()))
    return cast(tree, kind.duckdb)


def modulo(node: exp.Expression) -> exp.Expression:
    """X % 0 is an error, and so is a remainder of doubles, or of a SMALLINT and a BIGINT (r_MOD)."""
    sides = [side for side in map(of, (node.this, node.expression)) if side is not None]
    if {side.base for side in sides} & FLOATS or {side.base for side in sides} == {"smallint", "bigint"}:
        raise SqlError("42883", f"operator does not exist: {' % '.join(side.base for side in sides)}")
    made, kind = macro("modulo", node.this.copy(), node.expression.copy()), of(node)
    return cast(made, kind.duckdb) if kind is not None and kind.base in INTEGERS else made


def keep_type(node: exp.Expression) -> exp.Expression:
    """SIGN, CEIL and FLOOR give the type that Redshift gives, not DuckDB's TINYINT or double."""
    kind = of(node)
    return cast(node.copy(), kind.duckdb) if kind else node


def multiply(node: exp.Expression) -> exp.Expression:
    """Decimals multiply within 38 digits: DuckDB needs operands that leave room.

    Where both fit in 64 bits it computes in them, and overflows; one that is wider is computed in 128.
    """
    kind = of(node)
    if kind and kind.base == "numeric":
        left, right = of(node.this), of(node.expression)
        sides = [_narrow(node.this.copy(), left), _narrow(node.expression.copy(), right)]
        digits = [INTEGERS.get(side.base) or side.length for side in (left, right) if side is not None]
        if len(digits) == 2 and max(digits) <= IN_64_BITS < sum(digits):
            scale = left.scale if left is not None and left.base == "numeric" else 0
            sides[0] = cast(sides[0], f"DECIMAL({IN_64_BITS + 1},{scale})")
        return cast(exp.Paren(this=exp.Mul(this=sides[0], expression=sides[1])), kind.duckdb)
    return node


def _narrow(node: exp.Expression, kind: DataType | None) -> exp.Expression:
    return cast(node, kind.duckdb) if kind and kind.base in INTEGERS else node


def average(node: exp.Expression) -> exp.Expression:
    """AVG of integers is a truncated BIGINT, of decimals NUMERIC(38, s), cut off too.

    Source: r_AVG; that it is cut off r_FROM_clause-pivot-unpivot-examples prints twice (8.15 / 3 is 2.71).
    """
    kind = of(node.this)
    if isinstance(node.find_ancestor(exp.Pivot, exp.Select), exp.Pivot) and (kind is None or kind.base not in FLOATS):
        raise SqlError("0A000", "not rehearsable: AVG of exact numbers in PIVOT")
    if kind is None or (kind.base not in INTEGERS and kind.base != "numeric"):
        return node
    if kind.base in INTEGERS:
        return _around_window(node, lambda call: cast(exp.Anonymous(this="trunc", expressions=[call]), "BIGINT"))
    return _around_window(node, lambda call: _exact_average(call, kind))


def _exact_average(call: exp.Expression, kind: DataType) -> exp.Expression:
    """The exact sum over the count, with their FILTER and OVER; NULL of no rows."""

    def other(made: type[exp.AggFunc]) -> exp.Expression:
        return call.copy().transform(lambda part: made(this=part.this.copy()) if isinstance(part, exp.Avg) else part)

    count = exp.Nullif(this=other(exp.Count), expression=exp.Literal.number(0))
    return quotient(other(exp.Sum), count, kind.scale, 0, named(f"numeric(38,{kind.scale})"))


def extreme(node: exp.Expression) -> exp.Expression:
    """MIN and MAX take no booleans (r_MAX, r_MIN)."""
    kind = of(node.this)
    if kind is not None and kind.base == "boolean":
        raise SqlError("42883", f"function {node.key}(boolean) does not exist")
    return node


def total(node: exp.Expression) -> exp.Expression:
    """SUM of integers is BIGINT (r_SUM); DuckDB's is HUGEINT, which also is the sum of integers cast to 38 digits."""
    kind, inner = of(node.this), node.this.this if isinstance(node.this, exp.Cast) else None
    whole = of(inner) if isinstance(inner, exp.Expression) else None
    if kind is not None and kind.duckdb == "DECIMAL(38,0)" and whole is not None and whole.base in INTEGERS:
        node.set("this", inner)
        return _around_window(node, lambda call: cast(call, "DECIMAL(38,0)"))
    if kind is None or kind.base not in INTEGERS:
        return node
    return _around_window(node, lambda call: cast(call, "BIGINT"))


def _around_window(node: exp.Expression, wrap: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
    """Wraps an aggregate, or the whole window when it is one's function."""
    if isinstance(node.parent, exp.Window) and node.arg_key == "this":
        window = node.parent
        if not window.meta.get("wrap"):
            window.meta["wrap"] = wrap
        return node
    return wrap(node.copy())


def window(node: exp.Expression) -> exp.Expression:
    """The other half of :func:`_around_window`; RANK and DENSE_RANK are INTEGER (r_WF_RANK)."""
    wrap = node.meta.pop("wrap", None)
    call = node.this
    if isinstance(call, exp.Rank | exp.DenseRank):
        wrap = _as_integer
    if isinstance(call, exp.PercentRank | exp.CumeDist):
        _require_numbers(node)
    keys = node.args.get("partition_by") or []
    node.set("partition_by", [trimmed(each.copy()) if is_text(each) else each for each in keys])
    for key in order.expressions if (order := node.args.get("order")) else ():  # what it takes for ties
        if is_text(key.this) and not isinstance(key.this, exp.Literal):
            key.set("this", trimmed(key.this.copy()))
    if isinstance(call, exp.Dot) and call.meta.get("ratio") is not None:
        value = call.meta["ratio"]
        frame = node.copy()
        frame.set("this", exp.Sum(this=value.copy()))
        return exp.Div(this=cast(value.copy(), "DOUBLE"), expression=frame)
    return wrap(node.copy()) if wrap else node


def _require_numbers(node: exp.Expression) -> None:
    """Raises where shares are ranked by what is no number, nor becomes one by itself (r_WF_PERCENT_RANK)."""
    order = node.args.get("order")
    for key in order.expressions if order is not None else ():
        kind = of(key.this)
        if kind is not None and kind.base not in {*INTEGERS, *FLOATS, "numeric"}:
            raise SqlError("0A000", f"not rehearsable: {node.this.key} ordered by {kind.base}")


def _as_integer(node: exp.Expression) -> exp.Expression:
    return cast(node, "INTEGER")


def element(node: exp.Expression) -> exp.Expression:
    """An element of a SUPER by its place, which begins at 0, or by its name."""
    if of(node.this) != SUPER or len(node.expressions) != 1:
        return node
    (key,) = node.expressions
    named = isinstance(key, exp.Literal) and key.is_string
    path = text(f'$."{key.name}"') if named else exp.DPipe(this=text("$["), expression=exp.DPipe(
        this=cast(exp.Paren(this=key.copy()), "VARCHAR"), expression=text("]")))  # fmt: skip
    return exp.Anonymous(this="json_extract", expressions=[node.this.copy(), path])


def call(node: exp.Expression) -> exp.Expression:
    """A call that sqlglot leaves as written."""
    found = FUNCTIONS.get(node.name.lower())
    return found(node) if found else node


def array(node: exp.Expression) -> exp.Expression:
    """ARRAY(...) is a SUPER, of values of any types (r_array); ARRAY(SELECT ...) the catalog's."""
    return node if node.find(exp.Query) else exp.Anonymous(this="json_array", expressions=node.expressions)


Rule = Callable[[exp.Expression], exp.Expression]


def who(_node: exp.Expression) -> exp.Expression:
    """CURRENT_USER: the session's, which SET SESSION AUTHORIZATION changes."""
    return cast(exp.Anonymous(this="getvariable", expressions=[exp.Literal.string("user_name")]), "VARCHAR")


RULES: dict[type[exp.Expression], Rule] = {
    **BLANK_RULES,
    **TEXT_RULES,
    **TIME_RULES,
    exp.Div: divide,
    exp.Mod: modulo,
    exp.Mul: multiply,
    exp.Sign: keep_type,
    exp.Ceil: keep_type,
    exp.Floor: keep_type,
    exp.Ln: natural_logarithm,
    exp.ApproxQuantile: lambda node: plain("quantile_disc", node.this.copy(), node.args["quantile"].copy()),
    exp.Avg: average,
    exp.Max: extreme,
    exp.Min: extreme,
    exp.Sum: total,
    exp.Window: window,
    exp.Cast: convert,
    exp.Array: array,
    exp.Bracket: element,
    exp.Anonymous: call,
    exp.CurrentUser: who,
    exp.CurrentSchema: lambda _node: macro("current_schema"),
    exp.SessionUser: who,
    exp.CurrentUserId: variable("user_id", "INTEGER"),
}
