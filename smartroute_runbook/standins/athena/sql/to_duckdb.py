"""A typed Trino query as a DuckDB query: where the two differ, the difference is written out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from .build import (  # fmt: skip
    BLANKS,
    cast,
    duck,
    fail,
    fn,
    in_common,
    moment,
    number_literal,
    text_literal,
    unscaled,
)
from .calls import call, lenient
from .casts import LONGEST, cast_value
from .comparisons import among, compare, distinct_from, in_rows
from .intervals import add, interval_value
from .products import multiply
from .set_operations import alike
from .special import SPECIAL
from .types import (  # fmt: skip
    decimal,
    decimal_of,
    kind,
    trino_name,
)
from .unnest import unnested

__all__ = ["translate"]


def translate(tree: exp.Expr) -> exp.Expr:
    """Rewrites a tree that ``annotate`` has typed; the types stay on the nodes.

    Raises:
        QueryFailed: something that is not rehearsable.
    """
    for node in reversed(list(tree.walk(bfs=False))):  # children before parents
        rule = _RULES.get(type(node))
        if rule is None:
            continue
        parent, key, index = node.parent, node.arg_key, node.index
        if isinstance(node, _MEETING):
            _meet_floats(node)
        new = rule(node)
        if new is node:
            continue
        new._type = new._type or node.type
        if parent is None:
            tree = new
        else:
            parent.set(key, new, index)
    return tree


def _meet_floats(node: exp.Binary) -> None:
    """A decimal beside a float becomes one as a cast makes it, unless DuckDB's own way is the same."""
    for side, other in ((node.left, node.right), (node.right, node.left)):
        digits = (decimal_of(side.type) or (0, 0))[0] if kind(side.type) == "decimal" else 0
        if digits and (kind(other.type) == "real" or (kind(other.type) == "double" and digits > EXACT_IN_DOUBLE)):
            place = side.arg_key
            node.set(place, cast_value(side, other.type))


def _divide(node: exp.Div) -> exp.Expr:
    left, right = node.left.type, node.right.type
    if kind(left) == "interval":
        return fn("trino_interval_divide", node.left, node.right)
    result = decimal_of(node.type) if kind(node.type) == "decimal" else None
    if result:
        (_, s1), (_, s2) = decimal_of(left) or (38, 0), decimal_of(right) or (38, 0)
        scale = result[1]
        quotient = fn("trino_div_round", unscaled(node.left, s1, scale + s2 - s1), unscaled(node.right, s2, 0))
        whole = cast(quotient, exp.DataType.build("DECIMAL(38, 0)"))
        if scale == 0:
            return cast(whole, node.type)
        return cast(exp.Mul(this=whole, expression=number_literal("0." + "0" * (scale - 1) + "1")), node.type)
    if decimal_of(node.type):
        return fn("trino_int_div", node.left, node.right)
    if kind(node.type) in {"double", "real"}:  # by zero it is infinite, which DuckDB's integer_division makes NULL
        return cast(fn("trino_float_div", node.left, node.right), node.type)
    return node


def _modulo(node: exp.Mod) -> exp.Expr:
    if kind(node.type) in {"double", "real", "unknown"}:
        return node
    left, right = node.left, node.right
    sides = [decimal_of(side.type) or (19, 0) for side in (left, right)]
    scale = max(each for _, each in sides)
    if kind(node.type) == "decimal" and max(digits - each for digits, each in sides) + scale > LONGEST:
        left, right = (cast(side, decimal(LONGEST, scale)) for side in (left, right))  # else DuckDB takes doubles
    return cast(fn("trino_mod", left, right), node.type)


def _case(node: exp.Case) -> exp.Expr:
    """Results in their common type, and what is compared with the operand too."""
    for holder, key in (*((branch, "true") for branch in node.args["ifs"]), (node, "default")):
        if (value := holder.args.get(key)) is not None:
            holder.set(key, in_common(value, node.type))
    return node


def _array(node: exp.Array) -> exp.Expr:
    """Decimals in their common type, which DuckDB would find too narrow."""
    to = node.type.expressions[0] if node.type is not None and node.type.expressions else None
    if kind(to) == "decimal":
        node.set("expressions", [cast(item, to) if item.type != to else item for item in node.expressions])
    return node


def _join(node: exp.DPipe) -> exp.Expr:
    """Arrays with arrays or elements; NULL of either is NULL."""
    left, right = kind(node.left.type), kind(node.right.type)
    if left == right == "array":
        return fn("trino_join", node.left, node.right)
    if "array" in {left, right}:
        return fn("trino_append" if left == "array" else "trino_prepend", node.left, node.right)
    return node


def _cast(node: exp.Cast) -> exp.Expr:
    within = {id(part) for part in node.this.walk()}
    made = cast_value(node.this, node.type)
    if made is node.this and kind(made.type) == "char":  # the same text, of another type
        made = exp.paren(made.copy(), copy=False)
        made._type = node.type
    return lenient(made, within) if isinstance(node, exp.TryCast) else made


def _within_group(node: exp.WithinGroup) -> exp.Expr:
    """LISTAGG(x, sep) WITHIN GROUP (ORDER BY k) is STRING_AGG(x, sep ORDER BY k)."""
    call, order = node.this, node.expression
    last = call.expressions[-1]
    ordered = exp.Order(this=last, expressions=order.expressions)
    return exp.Anonymous(this=call.this, expressions=[*call.expressions[:-1], ordered])


def _ignore_nulls(node: exp.IgnoreNulls) -> exp.Expr:
    """DuckDB writes it within the parentheses, after the last argument."""
    *others, last = node.this.expressions
    marked = exp.var(f"{last.sql('duckdb')} IGNORE NULLS")
    return exp.Anonymous(this=node.this.this, expressions=[*others, marked])


def _respect_nulls(node: exp.RespectNulls) -> exp.Expr:
    found: exp.Expr = node.this
    return found


def _at_time_zone(node: exp.AtTimeZone) -> exp.Expr:
    return exp.paren(moment(node.this), copy=False)  # a node of its own: the zone is in its type


def _bracket(node: exp.Bracket) -> exp.Expr:
    if kind(node.this.type) == "row":  # by its place, as written
        field = node.this.type.expressions[int(node.expressions[0].name) - 1]
        return fn("struct_extract", node.this, text_literal(field.name))
    name = "trino_map_subscript" if kind(node.this.type) == "map" else "trino_subscript"
    return fn(name, node.this, node.expressions[0])


def _extract(node: exp.Extract) -> exp.Expr:
    made = exp.Anonymous(this=node.name.lower(), expressions=[node.expression])
    if made.this not in SPECIAL:
        raise fail("NOT_SUPPORTED", f"not rehearsable: EXTRACT({node.name} ...)")
    return SPECIAL[made.this](made)


def _clock(_: exp.CurrentTime) -> exp.Expr:
    raise fail("NOT_SUPPORTED", "not rehearsable: CURRENT_TIME, a time with a zone")


def _substring(node: exp.Substring) -> exp.Expr:
    return fn("trino_substr", *(node.args[k] for k in ("this", "start", "length") if node.args.get(k)))


def _position(node: exp.StrPosition) -> exp.Expr:
    if kind(node.this.type) == "char":
        raise fail("FUNCTION_NOT_FOUND", f"Unexpected parameters ({trino_name(node.this.type)}) for function strpos.")
    return fn("strpos", node.this, node.args["substr"])


def _trim(node: exp.Trim) -> exp.Expr:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "trim")
    value = fn("rtrim", node.this, text_literal(" ")) if kind(node.this.type) == "char" else node.this
    return fn(name, value, node.expression or text_literal(BLANKS))


def _with_ties(node: exp.Select) -> exp.Expr:
    """FETCH FIRST ... WITH TIES, which DuckDB has not: the rows that rank among the first."""
    fetch, order = node.args.get("limit"), node.args.get("order")
    options = fetch.args.get("limit_options") if isinstance(fetch, exp.Fetch) else None
    if fetch is None or options is None or not options.args.get("with_ties"):
        return node
    if order is None or node.args.get("distinct") or node.args.get("offset"):
        raise fail("NOT_SUPPORTED", "not rehearsable: WITH TIES without ORDER BY, or beside DISTINCT or OFFSET")
    named = {each.alias_or_name: each.unalias() for each in node.expressions}
    keys = order.copy()
    for key in keys.expressions:
        if isinstance(key.this, exp.Literal) and not key.this.is_string:
            key.set("this", node.expressions[int(key.this.name) - 1].unalias().copy())
        elif isinstance(key.this, exp.Column) and not key.this.table and key.this.name in named:
            key.set("this", named[key.this.name].copy())
    rank = exp.Window(this=fn("rank"), order=keys)
    count = fetch.args.get("count") or number_literal(1)
    node.set("qualify", exp.Qualify(this=exp.LTE(this=rank, expression=count.copy())))
    node.set("limit", None)
    return node


def _order(node: exp.Order) -> exp.Expr:
    """Constants sort nothing; DuckDB refuses those that are no places of columns."""
    around = node.parent
    if isinstance(around, exp.Query):
        keys = [key for key in node.expressions if not isinstance(key.this, exp.Literal | exp.Null) or key.this.is_int]
        node.set("expressions", keys)
        around.set("order", node if keys else None)
    return node


def _unicode(node: exp.UnicodeString) -> exp.Expr:
    """U&'...': backslash and four digits, or plus sign and six."""
    if node.args.get("escape"):
        raise fail("NOT_SUPPORTED", "not rehearsable: UESCAPE")
    found = re.sub(
        r"\\(?:(\\)|\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4}))", lambda m: m[1] or chr(int(m[2] or m[3], 16)), node.name
    )
    return text_literal(found)


EXACT_IN_DOUBLE = 15  # digits
_MEETING = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_RULES: dict[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.Div: _divide, exp.Mod: _modulo, exp.Add: add, exp.Sub: add, exp.Mul: multiply,
    exp.Cast: _cast, exp.TryCast: _cast, exp.Anonymous: call, exp.WithinGroup: _within_group,
    exp.AtTimeZone: _at_time_zone, exp.Bracket: _bracket, exp.Extract: _extract, exp.Substring: _substring,
    exp.StrPosition: _position, exp.Trim: _trim, exp.Interval: interval_value, exp.Unnest: unnested,
    exp.IgnoreNulls: _ignore_nulls, exp.RespectNulls: _respect_nulls, exp.CurrentTimestamp: lambda _: fn("now"),
    exp.Localtimestamp: lambda _: fn("timezone", text_literal("UTC"), fn("now")),
    exp.CurrentDate: lambda _: cast(fn("timezone", text_literal("UTC"), fn("now")), duck("DATE")),
    exp.HexString: lambda node: fn("unhex", text_literal(node.name)),
    exp.UnicodeString: _unicode, exp.DPipe: _join, exp.Array: _array, exp.Case: _case, exp.Select: _with_ties,
    exp.Order: _order,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), compare),
    **dict.fromkeys((exp.Union, exp.Intersect, exp.Except), alike),
    **dict.fromkeys((exp.NullSafeEQ, exp.NullSafeNEQ), distinct_from), exp.Between: among, exp.In: in_rows,
    exp.CurrentTime: _clock,
}  # fmt: skip
