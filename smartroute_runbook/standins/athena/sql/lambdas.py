"""Trino's functions that take lambdas: the types of a lambda's parameters, what the call gives, and its DuckDB form."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from .build import cast, fn, text_literal
from .types import UNKNOWN, Type, array_of, common, kind, map_of

__all__ = ["LAMBDAS", "parameters", "returned"]


def _parts(of: Type | None) -> list[Type]:
    """Element of an array; key and value of a map; nothing of what is not known."""
    held = of.expressions if of is not None and kind(of) in {"array", "map"} else []
    return [one.copy() for one in held]


def _element(of: Type | None) -> Type:
    parts = _parts(of)
    return parts[0] if parts else UNKNOWN


def parameters(node: exp.Anonymous) -> list[list[Type]]:
    """The types of the parameters of each lambda of a call, in order; empty for a function that takes none."""
    name, types = str(node.this).lower(), [argument.type for argument in node.expressions]
    if name == "reduce":
        return [[types[1] or UNKNOWN, _element(types[0])], [types[1] or UNKNOWN]]
    if name in {"zip_with", "map_zip_with"}:
        first, second = _parts(types[0]), _parts(types[1])
        return [[*first, *second[-1:]]]
    if name == "array_sort":
        return [[_element(types[0])] * 2]
    if name == "regexp_replace":
        return [[array_of(exp.DType.VARCHAR.into_expr())]]
    return [_parts(types[0])]


def returned(name: str, types: list[Type | None]) -> Type | None:
    """What a call gives, from the types of its arguments (a lambda's is its body's); None where the table tells."""
    first = _parts(types[0])
    body = types[-1] or UNKNOWN
    if name in {"transform", "zip_with"}:
        return array_of(body)
    if name == "reduce":
        return body
    if name == "map_zip_with" and first:
        return map_of(common([first[0], *_parts(types[1])[:1]]), body)
    if name == "transform_values" and first:
        return map_of(first[0], body)
    if name == "transform_keys" and first:
        return map_of(body, first[-1])
    return None


def _with(body: exp.Expr, values: dict[str, exp.Expr]) -> exp.Expr:
    """A lambda's body with its parameters replaced."""

    def put(part: exp.Expr) -> exp.Expr:
        replacement = values.get(part.name.lower()) if isinstance(part, exp.Identifier) else None
        return replacement.copy() if replacement is not None else part

    return body.transform(put)


def _entry(function: exp.Lambda, **places: exp.Expr) -> exp.Expr:
    """A lambda's body over ``entry``: its parameters, in order, are these places of it."""
    names = [one.name.lower() for one in function.expressions]
    return _with(function.this, dict(zip(names, places.values(), strict=False)))


def _over_entry(body: exp.Expr) -> exp.Lambda:
    return exp.Lambda(this=body, expressions=[exp.to_identifier("entry")])


def _field(name: str) -> exp.Expr:
    return fn("struct_extract", exp.to_identifier("entry"), text_literal(name))


def _place(number: int) -> exp.Expr:
    return fn("struct_extract", exp.to_identifier("entry"), exp.Literal.number(number))


def _pair(key: exp.Expr, value: exp.Expr) -> exp.Expr:
    fields = {"key": key, "value": value}
    return exp.Struct(expressions=[exp.PropertyEQ(this=exp.to_identifier(n), expression=v) for n, v in fields.items()])


def _map_filter(node: exp.Anonymous) -> exp.Expr:
    body = _entry(node.expressions[1], key=_field("key"), value=_field("value"))
    return fn("map_from_entries", fn("list_filter", fn("map_entries", node.expressions[0]), _over_entry(body)))


def _transform_map(node: exp.Anonymous) -> exp.Expr:
    body = _entry(node.expressions[1], key=_field("key"), value=_field("value"))
    pair = _pair(body, _field("value")) if str(node.this).lower() == "transform_keys" else _pair(_field("key"), body)
    return fn("trino_map_from_entries", fn("list_transform", fn("map_entries", node.expressions[0]), _over_entry(pair)))


def _zip_with(node: exp.Anonymous) -> exp.Expr:
    first, second, function = node.expressions
    body = _entry(function, first=_place(1), second=_place(2))
    return fn("list_transform", fn("list_zip", first, second), _over_entry(body))


def _map_zip_with(node: exp.Anonymous) -> exp.Expr:
    """Over the keys of both, in their order; a key that one lacks gives NULL for its value."""
    first, second, function = node.expressions
    key = exp.to_identifier("entry")
    values = [exp.Bracket(this=one.copy(), expressions=[key.copy()]) for one in (first, second)]
    pair = _pair(key, _entry(function, key=key, first=values[0], second=values[1]))
    keys = fn("trino_array_union", fn("map_keys", first.copy()), fn("map_keys", second.copy()))
    return fn("map_from_entries", fn("list_transform", keys, _over_entry(pair)))


def _reduce(node: exp.Anonymous) -> exp.Expr:
    values, start, step, last = node.expressions
    state = cast(fn("list_reduce", values, step, start), start.type)
    return _with(last.this, {last.expressions[0].name.lower(): state})


def _match(node: exp.Anonymous) -> exp.Expr:
    """Any, all or none of an array, with Trino's three values."""
    name = str(node.this).lower()
    values, function = node.expressions
    if name == "all_match":
        body = exp.Not(this=exp.paren(function.this, copy=False))
        function = exp.Lambda(this=body, expressions=function.expressions)
    any_matches = fn("trino_any", fn("list_transform", values, function))
    return any_matches if name == "any_match" else exp.paren(exp.Not(this=any_matches), copy=False)


LAMBDAS: dict[str, Callable[[exp.Anonymous], exp.Expr]] = {
    "map_filter": _map_filter, "transform_keys": _transform_map, "transform_values": _transform_map,
    "zip_with": _zip_with, "map_zip_with": _map_zip_with, "reduce": _reduce,
    **dict.fromkeys(("any_match", "all_match", "none_match"), _match),
}  # fmt: skip
