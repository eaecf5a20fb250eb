"""Trino's functions of arrays, maps and rows whose DuckDB form depends on types."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from .build import cast, duck, fail, fn, number_literal, text_literal
from .casts import cast_value
from .types import VARCHAR, in_months, kind

__all__ = ["COLLECTIONS"]

Builder = Callable[[exp.Anonymous], exp.Expr]
COLLECTIONS: dict[str, Builder] = {}


def _special(*names: str) -> Callable[[Builder], Builder]:
    def keep(builder: Builder) -> Builder:
        COLLECTIONS.update(dict.fromkeys(names, builder))
        return builder

    return keep


@_special("element_at")
def _element_at(node: exp.Anonymous) -> exp.Expr:
    held, key = node.expressions
    if kind(held.type) == "map":
        return exp.Bracket(this=held, expressions=[key])
    return fn("trino_element_at", held, key)


@_special("array_join")
def _array_join(node: exp.Anonymous) -> exp.Expr:
    """Items as CAST writes them."""
    held, *others = node.expressions
    of = held.type.expressions[0] if held.type is not None and held.type.expressions else None
    if kind(of) in {"double", "real", "decimal", "boolean"} or kind(of).startswith("time"):
        item = exp.to_identifier("item")
        item._type = of
        texts = exp.Lambda(this=cast_value(item, VARCHAR), expressions=[exp.to_identifier("item")])
        for part in texts.find_all(exp.Anonymous):
            if part.this == "trino_double_varchar":  # which no lambda can have
                part.set("this", "trino_double_varchar_each")
        held = fn("list_transform", held, texts)
    constant = isinstance(others[0], exp.Literal)
    return fn("trino_array_join" if constant else "trino_array_join_by", held, *others)


@_special("cardinality")
def _cardinality(node: exp.Anonymous) -> exp.Expr:
    value = node.expressions[0]
    return cast(fn("cardinality" if kind(value.type) == "map" else "len", value), duck("BIGINT"))


@_special("sequence")
def _sequence(node: exp.Anonymous) -> exp.Expr:
    first = node.expressions[0]
    steps = list(node.expressions)
    if kind(first.type) == "date" and len(steps) == 2:
        steps.append(exp.Interval(this=text_literal("1"), unit=exp.var("DAY")))
    if kind(first.type) in {"tinyint", "smallint", "integer", "bigint"}:
        name = "trino_sequence"
    else:  # months are counted from the first: 31 January, 28 February, 31 March
        name = "trino_months_between" if in_months(node.expressions[-1].type) else "trino_moments_between"
    return cast(fn(name, *steps), node.type)


@_special("map_keys", "map_values")
def _map_part(node: exp.Anonymous) -> exp.Expr:
    return fn(str(node.this).lower(), *node.expressions)


def _renamed(entry: dict[str, exp.Expr]) -> exp.Lambda:
    fields = [exp.PropertyEQ(this=exp.to_identifier(name), expression=value) for name, value in entry.items()]
    return exp.Lambda(this=exp.Struct(expressions=fields), expressions=[exp.to_identifier("entry")])


def _of_entry(field: exp.Expr) -> exp.Expr:
    return fn("struct_extract", exp.to_identifier("entry"), field)


@_special("map_entries")
def _map_entries(node: exp.Anonymous) -> exp.Expr:
    parts = {f"field{n}": _of_entry(text_literal(name)) for n, name in enumerate(("key", "value"))}
    return fn("list_transform", fn("map_entries", *node.expressions), _renamed(parts))


@_special("map_from_entries")
def _map_from_entries(node: exp.Anonymous) -> exp.Expr:
    held = node.expressions[0].type.expressions if node.expressions[0].type is not None else []
    if not held or kind(held[0]) != "row":
        raise fail("NOT_SUPPORTED", "not rehearsable: map_from_entries of entries whose type is not known")
    names = [field.name for field in held[0].expressions]
    parts = {part: _of_entry(text_literal(name)) for part, name in zip(("key", "value"), names, strict=True)}
    return fn("trino_map_from_entries", fn("list_transform", node.expressions[0], _renamed(parts)))


@_special("zip")
def _zip(node: exp.Anonymous) -> exp.Expr:
    parts = {f"field{n}": _of_entry(number_literal(n + 1)) for n in range(len(node.expressions))}
    return fn("list_transform", fn("list_zip", *node.expressions), _renamed(parts))


@_special("repeat")
def _repeat(node: exp.Anonymous) -> exp.Expr:
    return fn("trino_repeat", exp.Array(expressions=[node.expressions[0]]), node.expressions[1])


@_special("array_max")
def _array_max(node: exp.Anonymous) -> exp.Expr:
    of_floats = kind(node.type) in {"double", "real"}  # any number is more than NaN
    made = fn("trino_array_max_number" if of_floats else "trino_array_max", *node.expressions)
    return cast(made, node.type) if kind(node.type) == "real" else made


@_special("map")
def _map(node: exp.Anonymous) -> exp.Expr:
    return fn("trino_map" if node.expressions else "map", *node.expressions)


@_special("row")
def _row(node: exp.Anonymous) -> exp.Expr:
    fields = [exp.PropertyEQ(this=exp.to_identifier(f"field{n}"), expression=v) for n, v in enumerate(node.expressions)]
    return exp.Struct(expressions=fields)
