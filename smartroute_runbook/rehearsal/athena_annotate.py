"""The Trino type of every expression of a qualified query, and the refusals that follow from types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlglot import exp
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.schema import Schema
from sqlglot.typing import EXPRESSION_METADATA

from .athena_errors import QueryFailed
from .athena_functions import FUNCTIONS, UNREHEARSED, Function
from .athena_types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    TIMESTAMP,
    UNKNOWN,
    VARCHAR,
    array_of,
    common,
    decimal,
    decimal_of,
    is_text,
    kind,
    number,
    timestamp_in_zone,
    trino_name,
)  # fmt: skip

__all__ = ["annotate"]

Type: TypeAlias = exp.DataType
_DATES = {"date", "timestamp", "timestamp with time zone", "time"}
_INTEGERS = {"tinyint", "smallint", "integer", "bigint"}


class _Annotator(TypeAnnotator):  # type: ignore[misc]
    """sqlglot's walk through scopes, with Trino's rules at every node and in the columns of VALUES and UNION."""

    def _maybe_coerce(self, type1: Type | exp.DType, type2: Type | exp.DType) -> Type:
        return common(exp.DataType.build(one) for one in (type1, type2))


def annotate(tree: exp.Expr, schema: Schema) -> exp.Expr:
    """Gives every node its Trino type (``node.type``), where it can be told.

    Raises:
        QueryFailed: TYPE_MISMATCH, FUNCTION_NOT_FOUND: Trino would refuse the query.
    """
    return _Annotator(schema, expression_metadata=_METADATA).annotate(tree)


def _literal(node: exp.Literal) -> Type:
    text = node.name
    if node.is_string:
        return Type(this=exp.DType.VARCHAR, expressions=[exp.DataTypeParam(this=exp.Literal.number(len(text)))])
    if "e" in text.lower():
        return DOUBLE
    if "." in text:
        whole, _, fraction = text.partition(".")
        return decimal(max(1, len(whole.lstrip("0")) + len(fraction)), len(fraction))
    return INTEGER if abs(int(text)) < 2**31 else BIGINT


def _arithmetic(node: exp.Binary) -> Type:
    left, right = node.left.type, node.right.type
    a, b = kind(left), kind(right)
    if "unknown" in {a, b}:
        return UNKNOWN
    if "null" in {a, b}:
        return right if a == "null" else left
    if "interval" in {a, b} or (a in _DATES and b in _DATES):
        return _moments(node, left, right)
    if not (number(left) and number(right)):
        raise QueryFailed(
            "TYPE_MISMATCH", f"line 1:1: Cannot apply operator: {trino_name(left)} {_sign(node)} {trino_name(right)}"
        )
    if a == "decimal" or b == "decimal":
        first, second = decimal_of(left), decimal_of(right)
        return _decimals(node, first, second) if first and second else common([left, right])
    return common([left, right])


def _decimals(node: exp.Binary, first: tuple[int, int], second: tuple[int, int]) -> Type:
    (p1, s1), (p2, s2) = first, second
    scale = max(s1, s2)
    if isinstance(node, exp.Mul):
        return decimal(p1 + p2, s1 + s2)
    if isinstance(node, exp.Div):
        return decimal(p1 + s2 + max(s2 - s1, 0), scale)
    if isinstance(node, exp.Mod):
        return decimal(min(p1 - s1, p2 - s2) + scale, scale)
    return decimal(max(p1 - s1, p2 - s2) + scale + 1, scale)


def _moments(node: exp.Binary, left: Type | None, right: Type | None) -> Type:
    a, b = kind(left), kind(right)
    if a in _DATES and b in _DATES and isinstance(node, exp.Sub):
        return exp.DType.INTERVAL.into_expr()
    if a in _DATES and b == "interval" and isinstance(node, exp.Add | exp.Sub):
        return left or UNKNOWN
    if b in _DATES and a == "interval" and isinstance(node, exp.Add):
        return right or UNKNOWN
    if a == b == "interval" or (isinstance(node, exp.Mul | exp.Div) and (number(left) or number(right))):
        return exp.DType.INTERVAL.into_expr()
    raise QueryFailed(
        "TYPE_MISMATCH", f"line 1:1: Cannot apply operator: {trino_name(left)} {_sign(node)} {trino_name(right)}"
    )


def _sign(node: exp.Expr) -> str:
    signs: dict[type[exp.Expr], str] = {
        exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">",
        exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
    }  # fmt: skip
    return signs.get(type(node), type(node).__name__.upper())


def _comparable(node: exp.Expr, left: Type | None, right: Type | None) -> None:
    a, b = kind(left), kind(right)
    if {"unknown", "null"} & {a, b} or a == b or (number(left) and number(right)) or (is_text(left) and is_text(right)):
        return
    moments = {"date", "timestamp", "timestamp with time zone"}
    if {a, b} <= moments:
        return
    raise QueryFailed(
        "TYPE_MISMATCH", f"line 1:1: Cannot apply operator: {trino_name(left)} {_sign(node)} {trino_name(right)}"
    )


def _comparison(node: exp.Binary) -> Type:
    _comparable(node, node.left.type, node.right.type)
    return BOOLEAN


def _between(node: exp.Between) -> Type:
    for side in (node.args["low"], node.args["high"]):
        _comparable(node, node.this.type, side.type)
    return BOOLEAN


def _in(node: exp.In) -> Type:
    for item in node.expressions:
        _comparable(exp.EQ(), node.this.type, item.type)
    return BOOLEAN


def _like(node: exp.Binary) -> Type:
    for side in (node.left.type, node.right.type):
        if kind(side) not in {"unknown", "null", "varchar", "char"}:
            raise QueryFailed(
                "TYPE_MISMATCH",
                f"line 1:1: Left side of LIKE expression must evaluate to a varchar (actual: {trino_name(side)})",
            )
    return BOOLEAN


def _require_boolean(node: exp.Expr | None) -> None:
    if node is not None and kind(node.type) not in {"boolean", "unknown", "null"}:
        words = f"Logical expression term must evaluate to a boolean (actual: {trino_name(node.type)})"
        raise QueryFailed("TYPE_MISMATCH", f"line 1:1: {words}")


def _logical(node: exp.Expr) -> Type:
    _require_boolean(node.this)
    _require_boolean(node.args.get("expression"))
    return BOOLEAN


def _condition(node: exp.Expr) -> Type:
    _require_boolean(node.this)
    return BOOLEAN


def _pipe(node: exp.DPipe) -> Type:
    left, right = node.left.type, node.right.type
    for side in (left, right):
        if kind(side) not in {"varchar", "char", "unknown", "null", "array", "varbinary"}:
            raise QueryFailed(
                "TYPE_MISMATCH",
                f"line 1:1: Unexpected parameters ({trino_name(left)}, {trino_name(right)}) for function concat.",
            )
    return VARCHAR if is_text(left) or is_text(right) else left or UNKNOWN


def _case(node: exp.Case) -> Type:
    for branch in node.args["ifs"]:
        if node.this is not None:
            _comparable(exp.EQ(), node.this.type, branch.this.type)
        else:
            _require_boolean(branch.this)
    results = [branch.args["true"].type for branch in node.args["ifs"]]
    default = node.args.get("default")
    return common([*results, default.type] if default is not None else results)


def _call(node: exp.Anonymous) -> Type:
    name = str(node.this).lower()
    known = FUNCTIONS.get(name)
    if known is None:
        if name in UNREHEARSED:
            raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: function {name}", 1)
        raise QueryFailed("FUNCTION_NOT_FOUND", f"line 1:1: Function '{name}' not registered")
    arguments = [_argument(argument) for argument in node.expressions]
    types = [argument.type for argument in arguments]
    _check_arguments(known, types, bool(node.expressions) and isinstance(node.expressions[0], exp.Star))
    if known.returns:
        return _returned(known.returns, types)
    return _RETURNS[name](arguments, types)


def _argument(node: exp.Expr) -> exp.Expr:
    """The value within DISTINCT or ORDER BY."""
    if isinstance(node, exp.Distinct):
        return node.expressions[0]
    return node.this if isinstance(node, exp.Order) else node


_LETTERS: dict[str, Callable[[Type | None], bool]] = {
    "s": is_text, "n": number, "i": lambda t: kind(t) in _INTEGERS, "d": lambda t: kind(t) in _DATES,
    "a": lambda t: kind(t) == "array", "m": lambda t: kind(t) == "map", "b": lambda t: kind(t) == "boolean",
    "v": lambda t: kind(t) == "varbinary", "o": lambda t: is_text(t) or kind(t) == "varbinary", "x": lambda _: True,
    "f": lambda _: True,
}  # fmt: skip


def _check_arguments(known: Function, types: list[Type | None], star: bool) -> None:
    letters = known.arguments.replace("?", "").rstrip("*")
    least = len(known.arguments.partition("?")[0].rstrip("*"))
    most = 10_000 if known.arguments.endswith("*") else len(letters)
    wanted = letters.ljust(len(types), letters[-1:] or "x")
    fits = least <= len(types) <= most and all(
        kind(one) in {"unknown", "null"} or _LETTERS[letter](one) for one, letter in zip(types, wanted, strict=False)
    )
    if not fits and not star:
        given = ", ".join(trino_name(one) for one in types)
        raise QueryFailed("FUNCTION_NOT_FOUND", f"line 1:1: Unexpected parameters ({given}) for function {known.name}.")


def _returned(text: str, types: list[Type | None]) -> Type:
    first = types[0] if types else None
    if text.startswith("arg"):
        return types[int(text[3:])] or UNKNOWN if int(text[3:]) < len(types) else UNKNOWN
    if text == "elem0":
        return first.expressions[0] if first is not None and kind(first) == "array" and first.expressions else UNKNOWN
    if text == "common":
        return common(types)
    if text == "array(arg0)":
        return array_of(first)
    if text == "timestamptz":
        return timestamp_in_zone()
    return UNKNOWN if text == "unknown" else Type.build(text, dialect="trino")


def _sum(_: list[exp.Expr], types: list[Type | None]) -> Type:
    held = decimal_of(types[0]) if kind(types[0]) == "decimal" else None
    return decimal(38, held[1]) if held else BIGINT if kind(types[0]) in _INTEGERS else types[0] or UNKNOWN


def _avg(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return DOUBLE if kind(types[0]) in _INTEGERS else types[0] or UNKNOWN


def _round(_: list[exp.Expr], types: list[Type | None]) -> Type:
    if kind(types[0]) != "decimal":
        return types[0] or UNKNOWN
    precision, scale = decimal_of(types[0]) or (38, 0)
    return decimal(precision + 1, scale) if len(types) > 1 else decimal(precision - scale + min(1, scale), 0)


def _whole(_: list[exp.Expr], types: list[Type | None]) -> Type:
    if kind(types[0]) != "decimal":
        return types[0] or UNKNOWN
    precision, scale = decimal_of(types[0]) or (38, 0)
    return decimal(precision - scale + min(1, scale), 0)


def _truncate(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return types[0] or UNKNOWN if len(types) > 1 or kind(types[0]) != "decimal" else _whole(_, types)


def _extreme(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return array_of(types[0]) if len(types) > 1 else types[0] or UNKNOWN


def _zoned(arguments: list[exp.Expr], _: list[Type | None]) -> Type:
    if len(arguments) < 2:
        return timestamp_in_zone()
    return timestamp_in_zone(_zone(arguments[-1]))


def _zone(node: exp.Expr) -> str:
    if not (isinstance(node, exp.Literal) and node.is_string):
        raise QueryFailed("NOT_SUPPORTED", "not rehearsable: a time zone that is not a literal", 1)
    return node.name


def _element(_: list[exp.Expr], types: list[Type | None]) -> Type:
    held = types[0]
    if held is None or kind(held) not in {"array", "map"} or not held.expressions:
        return UNKNOWN
    return held.expressions[-1]


def _map(_: list[exp.Expr], types: list[Type | None]) -> Type:
    parts = [t.expressions[0].copy() if t is not None and t.expressions else UNKNOWN.copy() for t in types]
    return Type(this=exp.DType.MAP, expressions=parts, nested=True)


def _row(_: list[exp.Expr], types: list[Type | None]) -> Type:
    fields = [
        exp.ColumnDef(this=exp.to_identifier(f"field{n}"), kind=(t or UNKNOWN).copy()) for n, t in enumerate(types)
    ]
    return Type(this=exp.DType.STRUCT, expressions=fields, nested=True)


def _map_agg(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return Type(this=exp.DType.MAP, expressions=[(t or UNKNOWN).copy() for t in types], nested=True)


def _first(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return types[0] or UNKNOWN


_RETURNS: dict[str, Callable[[list[exp.Expr], list[Type | None]], Type]] = {
    "sum": _sum, "avg": _avg, "round": _round, "truncate": _truncate, "ceil": _whole, "ceiling": _whole,
    "floor": _whole, "min": _extreme, "max": _extreme, "mod": lambda arguments, _: _mod(arguments),
    "max_by": _first, "min_by": _first, "element_at": _element, "map": _map, "row": _row,
    "approx_percentile": lambda _, types: array_of(types[0]) if kind(types[-1]) == "array" else types[0] or UNKNOWN,
    "map_agg": _map_agg,
    "if": lambda _, types: common(types[1:]), "sequence": lambda _, types: array_of(types[0]),
    "concat": lambda _, types: VARCHAR if any(is_text(t) for t in types) else types[0] or UNKNOWN,
    "now": lambda *_: timestamp_in_zone(), "parse_datetime": lambda *_: timestamp_in_zone(),
    "from_iso8601_timestamp": lambda *_: timestamp_in_zone(), "from_unixtime": _zoned, "at_timezone": _zoned,
    "with_timezone": _zoned,
}  # fmt: skip


def _mod(arguments: list[exp.Expr]) -> Type:
    first, second = (argument.type for argument in arguments)
    a, b = decimal_of(first), decimal_of(second)
    if "decimal" in {kind(first), kind(second)} and a and b:
        return _decimals(exp.Mod(), a, b)
    return common([first, second])


def _cast(node: exp.Cast) -> Type:
    to: Type = node.args["to"].copy()
    if to.this == exp.DType.DECIMAL and not to.expressions:
        if isinstance(node.this, exp.Literal):  # DECIMAL '1.5': the literal tells
            return _literal(exp.Literal.number(node.this.name if "." in node.this.name else node.this.name + "."))
        return decimal(38, 0)
    if to.this == exp.DType.TIMESTAMPTZ:
        words = node.this.name.split() if isinstance(node.this, exp.Literal) else []
        zone = words[-1] if len(words) > 1 and (words[-1][0].isalpha() or len(words) > 2) else ""
        return timestamp_in_zone(zone or "UTC")
    return TIMESTAMP if to.this in {exp.DType.TIMESTAMP, exp.DType.DATETIME} else to


def _at_time_zone(node: exp.AtTimeZone) -> Type:
    return timestamp_in_zone(_zone(node.args["zone"]))


def _bracket(node: exp.Bracket) -> Type:
    return _element([], [node.this.type])


def _dot(node: exp.Dot) -> Type:
    held = node.this.type
    if held is not None and kind(held) == "row":
        for field in held.expressions:
            if field.name.lower() == node.expression.name.lower():
                return field.args.get("kind") or UNKNOWN
    return UNKNOWN


def _fixed(of: Type) -> Callable[[Any], Type]:
    return lambda _: of


def _same(node: exp.Expr) -> Type:
    return node.this.type if isinstance(node.this, exp.Expr) and node.this.type else UNKNOWN


_TYPES: dict[type[exp.Expr], Callable[[Any], Type]] = {
    exp.Literal: _literal, exp.Case: _case, exp.Anonymous: _call, exp.DPipe: _pipe, exp.Between: _between, exp.In: _in,
    exp.Cast: _cast, exp.TryCast: _cast, exp.AtTimeZone: _at_time_zone, exp.Bracket: _bracket, exp.Dot: _dot,
    exp.Like: _like, exp.Extract: _fixed(BIGINT), exp.CurrentDate: _fixed(DATE), exp.Localtimestamp: _fixed(TIMESTAMP),
    exp.CurrentTimestamp: _fixed(timestamp_in_zone()), exp.Substring: _fixed(VARCHAR), exp.Trim: _fixed(VARCHAR),
    exp.StrPosition: _fixed(BIGINT), exp.HexString: _fixed(exp.DType.VARBINARY.into_expr()),
    exp.UnicodeString: _fixed(VARCHAR),
    exp.Array: lambda node: array_of(common(item.type for item in node.expressions)),
    exp.Interval: _fixed(exp.DType.INTERVAL.into_expr()),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), _arithmetic),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ), _comparison),
    **dict.fromkeys((exp.And, exp.Or, exp.Not), _logical), exp.Where: _condition, exp.Having: _condition,
    **dict.fromkeys((exp.Is, exp.Exists, exp.Boolean, exp.Escape), _fixed(BOOLEAN)),
    **dict.fromkeys((exp.Filter, exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls), _same),
    **dict.fromkeys((exp.Paren, exp.Neg, exp.Alias), _same),
}  # fmt: skip


def _annotator(rule: Callable[[Any], Type]) -> dict[str, Any]:
    return {"annotator": lambda annotator, node: annotator._set_type(node, rule(node))}


_METADATA = {**EXPRESSION_METADATA, **{cls: _annotator(rule) for cls, rule in _TYPES.items()}}
