"""A typed Trino query as a DuckDB query: where the two differ, the difference is written out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from .build import BLANKS, cast, duck, fail, fn, moment, number_literal, text_literal, unscaled  # fmt: skip
from .casts import cast_value
from .functions import FUNCTIONS
from .special import SPECIAL
from .types import decimal_of, kind, precision_of, trino_name

__all__ = ["translate"]

_OUTER = (exp.Filter, exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


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
        new = rule(node)
        if new is node:
            continue
        new._type = new._type or node.type
        if parent is None:
            tree = new
        else:
            parent.set(key, new, index)
    return tree


def _divide(node: exp.Div) -> exp.Expr:
    left, right = node.left.type, node.right.type
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
    return cast(fn("trino_mod", node.left, node.right), node.type)


def _array(node: exp.Array) -> exp.Expr:
    """Decimals in their common type, which DuckDB would find too narrow."""
    to = node.type.expressions[0] if node.type is not None and node.type.expressions else None
    if kind(to) == "decimal":
        node.set("expressions", [cast(item, to) if item.type != to else item for item in node.expressions])
    return node


def _add(node: exp.Binary) -> exp.Expr:
    left, right = kind(node.left.type), kind(node.right.type)
    plain = type(node)(this=node.left, expression=node.right)
    if isinstance(node, exp.Sub) and left == right == "timestamp" and max(map(_digits, (node.left, node.right))) > 3:
        return fn("trino_between", node.left, node.right)
    if left == right == "date":
        return fn("to_days", cast(plain, exp.DataType.build("INT")))
    if "interval" in {left, right} and kind(node.type) == "date":
        _date_takes_days(node)
        return cast(plain, node.type)
    return node


def _digits(node: exp.Expr) -> int:
    return precision_of(node.type)


def _join(node: exp.DPipe) -> exp.Expr:
    """Arrays with arrays or elements; NULL of either is NULL."""
    left, right = kind(node.left.type), kind(node.right.type)
    if left == right == "array":
        return fn("trino_join", node.left, node.right)
    if "array" in {left, right}:
        return fn("trino_append" if left == "array" else "trino_prepend", node.left, node.right)
    return node


def _compare(node: exp.Binary) -> exp.Expr:
    """NaN is in no order and not its own equal; CHAR is compared without its blanks, arrays with their NULLs."""
    kinds = {kind(node.left.type), kind(node.right.type)}
    if "char" in kinds:
        node.set("this", fn("rtrim", node.left, text_literal(" ")))
        node.set("expression", fn("rtrim", node.right, text_literal(" ")))
        return node
    if kinds == {"array"} and isinstance(node, exp.EQ | exp.NEQ):
        equal = fn("trino_array_equal", node.left, node.right)
        return equal if isinstance(node, exp.EQ) else exp.Not(this=equal)
    open_sides = [s for s in (node.left, node.right) if kind(s.type) in {"double", "real"} and _may_be_nan(s)]
    if not open_sides or (isinstance(node, exp.EQ | exp.NEQ) and len(open_sides) < 2):  # NaN is no literal's equal
        return node
    if isinstance(node, exp.NEQ):
        both = exp.and_(*(fn("isnan", side.copy()) for side in open_sides), copy=False)
        return exp.paren(exp.or_(node.copy(), both, copy=False), copy=False)
    greater = node.left if isinstance(node, exp.GT | exp.GTE) else node.right  # DuckDB's NaN is the greatest
    checks = open_sides[:1] if isinstance(node, exp.EQ) else [side for side in open_sides if side is greater]
    if not checks:
        return node
    return exp.paren(
        exp.and_(node.copy(), *(exp.Not(this=fn("isnan", side.copy())) for side in checks), copy=False), copy=False
    )


def _may_be_nan(node: exp.Expr) -> bool:
    return not isinstance(node, exp.Literal | exp.Neg) or (isinstance(node, exp.Neg) and _may_be_nan(node.this))


_SECONDS = {"HOUR": 3600, "MINUTE": 60, "SECOND": 1}


def _date_takes_days(node: exp.Binary) -> None:
    """Whole days may be written in hours; source: Trino's DateTimeOperators."""
    for side in (node.left, node.right):
        unit = side.args.get("unit") if isinstance(side, exp.Interval) else None
        seconds = _SECONDS.get(unit.name.upper(), 0) if unit is not None else 0
        if seconds and float(side.name) * seconds % 86_400:
            verb, place = ("subtract", "from") if isinstance(node, exp.Sub) else ("add", "to")
            raise fail("INVALID_FUNCTION_ARGUMENT", f"Cannot {verb} hour, minutes or seconds {place} a date")


def _cast(node: exp.Cast) -> exp.Expr:
    made = cast_value(node.this, node.type)
    return _lenient(made) if isinstance(node, exp.TryCast) else made


def _lenient(tree: exp.Expr) -> exp.Expr:
    """NULL instead of an error: the strict macros become their lenient twins, casts become TRY_CAST."""
    for node in tree.find_all(exp.Anonymous):
        node.set("this", str(node.this).replace("trino_", "lenient_"))
    for node in list(tree.find_all(exp.Cast)):
        if type(node) is exp.Cast:
            swapped = exp.TryCast(this=node.this, to=node.args["to"])
            if node is tree:
                tree = swapped
            else:
                node.replace(swapped)
    return tree


def _call(node: exp.Anonymous) -> exp.Expr:
    name = str(node.this).lower()
    known = FUNCTIONS.get(name)
    if known is None:  # one of ours, made for a child
        return node
    if name == "try":
        return _lenient(node.expressions[0])
    if name in SPECIAL:
        made: exp.Expr = SPECIAL[name](node)
        if known.aggregate:
            return _outermost(node, made)
        return made
    made = exp.Anonymous(this=known.duckdb or name, expressions=node.expressions)
    if known.aggregate:
        return _outermost(node, made, node.type if known.cast else None)
    return cast(made, node.type) if known.cast else made


def _outermost(node: exp.Expr, made: exp.Expr, to: exp.DataType | None = None) -> exp.Expr:
    """Casts an aggregate around its FILTER and OVER, not within them. ``made`` may carry the wish in its meta."""
    to = to or made.meta.pop("cast", None)
    wrap: str = made.meta.pop("wrap", "")
    average: exp.DataType | None = made.meta.pop("average", None)
    if to is None and not wrap and average is None:
        return made
    top = node
    while isinstance(top.parent, _OUTER) and top.arg_key == "this":
        top = top.parent
    if top is node:
        return _average(made, _counted(node, top), average) if average is not None else _wrapped(made, to, wrap)
    parent, key, index = top.parent, top.arg_key, top.index
    outer = _average(top, _counted(node, top), average) if average is not None else _wrapped(top, to, wrap)
    outer._type = node.type
    if parent is not None:
        parent.set(key, outer, index)
    return made


def _counted(node: exp.Expr, top: exp.Expr) -> exp.Expr:
    """The same aggregate with its FILTER and OVER, counting in place of averaging."""
    count = exp.Anonymous(this="count", expressions=[part.copy() for part in node.expressions])
    return top.copy().transform(lambda part: count if part == node else part) if top is not node else count


def _average(total: exp.Expr, count: exp.Expr, to: exp.DataType) -> exp.Expr:
    """A decimal's average: the exact sum over the count, rounded half up; NULL of no rows."""
    _, scale = decimal_of(to) or (38, 0)
    many = fn("nullif", count, number_literal(0))
    quotient = fn("trino_div_round", total, cast(many, exp.DataType.build("HUGEINT", dialect="duckdb")))
    whole = cast(quotient, exp.DataType.build("DECIMAL(38, 0)"))
    if scale == 0:
        return cast(whole, to)
    return cast(exp.Mul(this=whole, expression=number_literal("0." + "0" * (scale - 1) + "1")), to)


def _wrapped(value: exp.Expr, to: exp.DataType | None, wrap: str) -> exp.Expr:
    value = fn(wrap, value) if wrap else value
    return cast(value, to) if to is not None else value


def _within_group(node: exp.WithinGroup) -> exp.Expr:
    """LISTAGG(x, sep) WITHIN GROUP (ORDER BY k) is STRING_AGG(x, sep ORDER BY k)."""
    call, order = node.this, node.expression
    last = call.expressions[-1]
    ordered = exp.Order(this=last, expressions=order.expressions)
    return exp.Anonymous(this=call.this, expressions=[*call.expressions[:-1], ordered])


def _ignore_nulls(node: exp.IgnoreNulls) -> exp.Expr:
    """DuckDB writes it within the parentheses."""
    call = node.this
    first = exp.var(f"{call.expressions[0].sql('duckdb')} IGNORE NULLS")
    return exp.Anonymous(this=call.this, expressions=[first, *call.expressions[1:]])


def _respect_nulls(node: exp.RespectNulls) -> exp.Expr:
    found: exp.Expr = node.this
    return found


def _at_time_zone(node: exp.AtTimeZone) -> exp.Expr:
    return exp.paren(moment(node.this), copy=False)  # a node of its own: the zone is in its type


def _bracket(node: exp.Bracket) -> exp.Expr:
    name = "trino_map_subscript" if kind(node.this.type) == "map" else "trino_subscript"
    return fn(name, node.this, node.expressions[0])


def _extract(node: exp.Extract) -> exp.Expr:
    made = exp.Anonymous(this=node.name.lower(), expressions=[node.expression])
    if made.this not in SPECIAL:
        raise fail("NOT_SUPPORTED", f"not rehearsable: EXTRACT({node.name} ...)")
    return SPECIAL[made.this](made)


def _substring(node: exp.Substring) -> exp.Expr:
    return fn("trino_substr", *(node.args[k] for k in ("this", "start", "length") if node.args.get(k)))


def _position(node: exp.StrPosition) -> exp.Expr:
    return fn("strpos", node.this, node.args["substr"])


def _trim(node: exp.Trim) -> exp.Expr:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "trim")
    return fn(name, node.this, node.expression or text_literal(BLANKS))


def _unicode(node: exp.UnicodeString) -> exp.Expr:
    """U&'...': backslash and four digits, or plus sign and six."""
    if node.args.get("escape"):
        raise fail("NOT_SUPPORTED", "not rehearsable: UESCAPE")
    found = re.sub(
        r"\\(?:(\\)|\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4}))", lambda m: m[1] or chr(int(m[2] or m[3], 16)), node.name
    )
    return text_literal(found)


def _interval(node: exp.Interval) -> exp.Expr:
    """Trino writes INTERVAL '1-2' YEAR TO MONTH and '1 02:03:04' DAY TO SECOND; the rest DuckDB reads too."""
    unit = node.args.get("unit")
    if isinstance(unit, exp.IntervalSpan):
        raise fail("NOT_SUPPORTED", f"not rehearsable: INTERVAL {trino_name(node.type)} from one unit to another")
    return node


_RULES: dict[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.Div: _divide, exp.Mod: _modulo, exp.Add: _add, exp.Sub: _add, exp.Cast: _cast, exp.TryCast: _cast,
    exp.Anonymous: _call, exp.WithinGroup: _within_group, exp.AtTimeZone: _at_time_zone, exp.Bracket: _bracket,
    exp.Extract: _extract, exp.Substring: _substring, exp.StrPosition: _position, exp.Trim: _trim,
    exp.Interval: _interval, exp.IgnoreNulls: _ignore_nulls, exp.RespectNulls: _respect_nulls,
    exp.CurrentTimestamp: lambda _: fn("now"),
    exp.Localtimestamp: lambda _: fn("timezone", text_literal("UTC"), fn("now")),
    exp.CurrentDate: lambda _: cast(fn("timezone", text_literal("UTC"), fn("now")), duck("DATE")),
    exp.HexString: lambda node: fn("unhex", text_literal(node.name)),
    exp.UnicodeString: _unicode, exp.DPipe: _join, exp.Array: _array,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _compare),
}  # fmt: skip
