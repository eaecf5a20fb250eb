"""The Trino type of every expression of a qualified query, and the refusals that follow from types."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from sqlglot import exp
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.schema import Schema
from sqlglot.typing import EXPRESSION_METADATA

from smartroute_runbook.standins.athena.errors import QueryFailed

from .arithmetic import arithmetic, comparable, require_castable
from .lambdas import parameters
from .return_rules import element, zone
from .returns import returned_by
from .types import (  # fmt: skip
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
    interval,
    is_text,
    kind,
    precision_of,
    time,
    timestamp,
    timestamp_in_zone,
    trino_name,
    zone_of,
)
from .unnest import unnested_type
from .zones import named_zone, require_on_clock

__all__ = ["annotate"]

Type: TypeAlias = exp.DataType


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


def _comparison(node: exp.Binary) -> Type:
    comparable(node, node.left.type, node.right.type)
    return BOOLEAN


def _between(node: exp.Between) -> Type:
    for side in (node.args["low"], node.args["high"]):
        comparable(node, node.this.type, side.type)
    return BOOLEAN


def _in(node: exp.In) -> Type:
    for item in node.expressions:
        comparable(exp.EQ(), node.this.type, item.type)
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


def _longer(left: Type | None, right: Type | None) -> Type:
    """Of two arrays, or of an array and an element: in the type that all elements can be."""
    held = (left if kind(left) == "array" else right) or UNKNOWN
    inner = held.expressions[0] if held.expressions else UNKNOWN
    others = [
        one if kind(one) != "array" or kind(inner) == "array" else one.expressions[0] for one in (left, right) if one
    ]
    if kind(inner) == "array" or any(kind(one) in {"unknown", "null"} for one in others):
        return held
    return array_of(common(others))


def _pipe(node: exp.DPipe) -> Type:
    left, right = node.left.type, node.right.type
    kinds = {kind(left), kind(right)}
    if "array" in kinds:
        return _longer(left, right)
    if kinds == {"null", "varchar"}:  # Trino takes an untyped NULL for an array
        return array_of(left if kind(left) == "varchar" else right)
    if kinds == {"null", "char"}:
        raise QueryFailed("AMBIGUOUS_FUNCTION_CALL", "line 1:1: Could not choose a best candidate operator.")
    if kinds == {"char", "varchar"}:
        words = "not rehearsable: CHAR joined with VARCHAR, which versions pad differently"
        raise QueryFailed("NOT_SUPPORTED", words, 1)
    for side in (left, right):
        if kind(side) not in {"varchar", "char", "unknown", "null", "varbinary"}:
            raise QueryFailed(
                "TYPE_MISMATCH",
                f"line 1:1: Unexpected parameters ({trino_name(left)}, {trino_name(right)}) for function concat.",
            )
    return VARCHAR if is_text(left) or is_text(right) else left or UNKNOWN


def _case(node: exp.Case) -> Type:
    for branch in node.args["ifs"]:
        if node.this is not None:
            comparable(exp.EQ(), node.this.type, branch.this.type)
        else:
            _require_boolean(branch.this)
    results = [branch.args["true"].type for branch in node.args["ifs"]]
    default = node.args.get("default")
    return common([*results, default.type] if default is not None else results)


def _cast(node: exp.Cast) -> Type:
    to: Type = node.args["to"].copy()
    written = node.this.name if node.meta.get("literal") else ""  # DECIMAL '1.5', TIMESTAMP '...': the literal tells
    if to.this == exp.DType.DECIMAL and not to.expressions:
        return _literal(exp.Literal.number(written if "." in written else f"{written}.")) if written else decimal(38, 0)
    if kind(to) in {"time", "timestamp", "timestamp with time zone"}:
        return _moment(to, written, node.this)
    if kind(to) == "unknown":
        raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: values of type {to.sql('trino').lower()}", 1)
    require_castable(node.this.type, to)
    return to


def _moment(to: Type, written: str, value: exp.Expr) -> Type:
    words = written.split()
    if kind(to) == "time" and re.search(r":\d\d(\.\d+)?\s*[+-]", written):
        raise QueryFailed("NOT_SUPPORTED", "not rehearsable: values of type time with time zone", 1)
    clock = next((word for word in words if ":" in word), "")
    digits = len(clock.partition(".")[2])
    precision = digits if written else precision_of(to)
    if precision > 6:
        raise QueryFailed("NOT_SUPPORTED", "not rehearsable: more than six digits of a second's fraction", 1)
    require_castable(value.type, to)
    if kind(to) == "time":
        return time(precision)
    if kind(to) == "timestamp":
        return timestamp(precision)
    if not words and isinstance(value, exp.Literal) and value.is_string:
        words = value.name.split()
    zone = words[-1] if len(words) > 1 and (words[-1][0].isalpha() or len(words) > 2) else ""
    if not zone and kind(value.type) == "timestamp with time zone":
        zone = zone_of(value.type)
    if words and zone:
        zone = named_zone(zone, "INVALID_LITERAL" if written else "INVALID_CAST_ARGUMENT")
    if written and zone:
        require_on_clock(written, zone)
    return timestamp_in_zone(zone or "UTC", precision)


def _call(node: exp.Anonymous) -> Type:
    """A call; the bodies of its lambdas are typed once more, now that their parameters' types are known."""
    lambdas = [argument for argument in node.expressions if isinstance(argument, exp.Lambda)]
    for function, types in zip(lambdas, parameters(node) if lambdas else [], strict=False):
        known = dict(zip((one.name.lower() for one in function.expressions), types, strict=False))
        for part in reversed(list(function.this.walk(bfs=False))):
            if isinstance(part, exp.Identifier) and part.name.lower() in known:
                part._type = known[part.name.lower()]
            elif rule := _TYPES.get(type(part)):
                part._type = rule(part)
        function._type = function.this.type
    return returned_by(node)


def _at_time_zone(node: exp.AtTimeZone) -> Type:
    return timestamp_in_zone(zone(node.args["zone"]), precision_of(node.this.type))


def _bracket(node: exp.Bracket) -> Type:
    held, place = node.this.type, node.expressions[0]
    if held is not None and kind(held) == "row" and isinstance(place, exp.Literal) and not place.is_string:
        fields = held.expressions[int(place.name) - 1 : int(place.name)] if int(place.name) else []
        if not fields:
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"line 1:1: ROW index out of bounds: {place.name}")
        return fields[0].args.get("kind") or UNKNOWN
    return element([], [node.this.type])


def _dot(node: exp.Dot) -> Type:
    held = node.this.type
    if held is not None and kind(held) == "row":
        for field in held.expressions:
            if field.name.lower() == node.expression.name.lower():
                return field.args.get("kind") or UNKNOWN
    return UNKNOWN


_ORDERED = {"lag", "lead"}


def _interval(node: exp.Interval) -> Type:
    unit = node.args.get("unit")
    first = unit.this if isinstance(unit, exp.IntervalSpan) else unit
    return interval(months=first is not None and first.name.upper() in {"YEAR", "MONTH"})


def _window(node: exp.Window) -> Type:
    call = node.this.this if isinstance(node.this, exp.IgnoreNulls | exp.RespectNulls) else node.this
    name = str(call.this).lower() if isinstance(call, exp.Anonymous) else ""
    if node.alias:  # OVER a name, which tells the rest
        return _same(node)
    if name in _ORDERED and not node.args.get("order"):
        raise QueryFailed("MISSING_ORDER_BY", f"line 1:1: {name} function requires an ORDER BY window clause")
    if name in _ORDERED and node.args.get("spec"):
        raise QueryFailed("INVALID_WINDOW_FRAME", f"line 1:1: Cannot specify window frame for {name} function")
    return _same(node)


def _fixed(of: Type) -> Callable[[Any], Type]:
    return lambda _: of


def _same(node: exp.Expr) -> Type:
    return node.this.type if isinstance(node.this, exp.Expr) and node.this.type else UNKNOWN


_TYPES: dict[type[exp.Expr], Callable[[Any], Type]] = {
    exp.Literal: _literal, exp.Case: _case, exp.Anonymous: _call, exp.DPipe: _pipe, exp.In: _in,
    exp.Between: _between,
    exp.Cast: _cast, exp.TryCast: _cast, exp.AtTimeZone: _at_time_zone, exp.Bracket: _bracket, exp.Dot: _dot,
    exp.Like: _like, exp.Extract: _fixed(BIGINT), exp.CurrentDate: _fixed(DATE), exp.Localtimestamp: _fixed(TIMESTAMP),
    exp.CurrentTimestamp: _fixed(timestamp_in_zone()), exp.Substring: _fixed(VARCHAR), exp.Trim: _fixed(VARCHAR),
    exp.Any: _fixed(UNKNOWN), exp.All: _fixed(UNKNOWN), exp.StrPosition: _fixed(BIGINT),
    exp.HexString: _fixed(exp.DType.VARBINARY.into_expr()),
    exp.UnicodeString: _fixed(VARCHAR),
    exp.Array: lambda node: array_of(common(item.type for item in node.expressions)),
    exp.Interval: _interval, exp.Unnest: unnested_type,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), arithmetic),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ), _comparison),
    **dict.fromkeys((exp.And, exp.Or, exp.Not), _logical), exp.Where: _condition, exp.Having: _condition,
    **dict.fromkeys((exp.Is, exp.Exists, exp.Boolean, exp.Escape), _fixed(BOOLEAN)),
    **dict.fromkeys((exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls), _same),
    **dict.fromkeys((exp.Paren, exp.Neg, exp.Alias), _same), exp.Window: _window,
}  # fmt: skip


def _annotator(rule: Callable[[Any], Type]) -> dict[str, Any]:
    return {"annotator": lambda annotator, node: annotator._set_type(node, rule(node))}


_METADATA = {**EXPRESSION_METADATA, **{cls: _annotator(rule) for cls, rule in _TYPES.items()}}
