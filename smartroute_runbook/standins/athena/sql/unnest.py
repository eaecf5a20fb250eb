"""UNNEST: what columns it gives, and how DuckDB gives them."""

from __future__ import annotations

from sqlglot import exp

from .build import fail, fn, number_literal, text_literal
from .types import UNKNOWN, kind

__all__ = ["unnested", "unnested_type"]


def unnested_type(node: exp.Unnest) -> exp.DataType:
    """The columns: of a map its key and value, of each array its element, of an array of rows their fields."""
    types: list[exp.DataType] = []
    for value in node.expressions:
        inner = value.type.expressions if value.type is not None else []
        of_rows = len(inner) == 1 and kind(inner[0]) == "row"
        types += [field.args["kind"] for field in inner[0].expressions] if of_rows else inner
    names = node.alias_column_names
    if len(names) != len(types) or (len(types) == 1 and kind(types[0]) != "row"):
        return types[0] if len(types) == 1 else UNKNOWN
    fields = [exp.ColumnDef(this=exp.to_identifier(n), kind=t.copy()) for n, t in zip(names, types, strict=True)]
    return exp.DataType(this=exp.DType.STRUCT, expressions=fields, nested=True)


def unnested(node: exp.Unnest) -> exp.Expr:
    """A map gives two columns, a row its fields, several arrays a column each, the shorter ones filled with NULL."""
    held, alias = node.expressions, node.args.get("alias")
    of_rows = any(_element(value.type) is not None for value in held)
    offset = node.args.get("offset")
    unnamed = alias is None or not alias.args.get("columns")
    if unnamed and (of_rows or offset or len(held) > 1 or isinstance(node.parent, exp.Join)):
        raise fail("NOT_SUPPORTED", "not rehearsable: UNNEST of rows or with ordinality, without names of columns")
    if (len(held) == 1 and kind(held[0].type) != "map" and not of_rows) or alias is None:
        return node
    parts: list[exp.Expr] = []
    for value in held:
        row = _element(value.type)
        if row is not None:
            each = fn("unnest", value)
            parts += [fn("struct_extract", each.copy(), text_literal(field.name)) for field in row.expressions]
        elif kind(value.type) == "map":
            parts += [fn("unnest", fn(name, value.copy())) for name in ("map_keys", "map_values")]
        else:
            parts.append(fn("unnest", value))
    columns = list(alias.args.get("columns") or [])
    if offset:
        sizes = [fn("coalesce", fn("len", value.copy()), number_literal(0)) for value in _lists(held)]
        parts.append(
            fn(
                "unnest",
                fn("range", number_literal(1), exp.Add(this=fn("greatest", *sizes), expression=number_literal(1))),
            )
        )
        columns += [offset.copy()] if isinstance(offset, exp.Identifier) else []
    if len(columns) != len(parts):
        return node
    items = [exp.alias_(part, column.copy()) for part, column in zip(parts, columns, strict=True)]
    return exp.Subquery(this=exp.select(*items), alias=exp.TableAlias(this=alias.this))


def _lists(held: list[exp.Expr]) -> list[exp.Expr]:
    """Of a map its keys, as many as its entries."""
    return [fn("map_keys", value) if kind(value.type) == "map" else value for value in held]


def _element(of: exp.DataType | None) -> exp.DataType | None:
    """The row that the elements of an array are."""
    inner = of.expressions[0] if kind(of) == "array" and of is not None and of.expressions else None
    return inner if kind(inner) == "row" else None
