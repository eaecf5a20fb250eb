"""Trino's types: names, supertypes, and the arithmetic of decimals (Trino docs, "Decimal functions and operators")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed

__all__ = [
    "BIGINT",
    "BOOLEAN",
    "DATE",
    "DOUBLE",
    "INTEGER",
    "MOMENTS",
    "NUMBERS",
    "REAL",
    "TIMESTAMP",
    "UNKNOWN",
    "VARCHAR",
    "Type",
    "array_of",
    "common",
    "decimal",
    "decimal_of",
    "in_months",
    "interval",
    "is_text",
    "kind",
    "map_of",
    "number",
    "precision_of",
    "row_of",
    "time",
    "timestamp",
    "timestamp_in_zone",
    "trino_name",
    "unnamed",
    "zone_of",
]  # fmt: skip

Type: TypeAlias = exp.DataType
T = exp.DType
BIGINT, INTEGER, DOUBLE, REAL = (t.into_expr() for t in (T.BIGINT, T.INT, T.DOUBLE, T.FLOAT))
VARCHAR, BOOLEAN, DATE, TIMESTAMP, UNKNOWN = (
    t.into_expr() for t in (T.VARCHAR, T.BOOLEAN, T.DATE, T.TIMESTAMP, T.UNKNOWN)
)

NUMBERS = {"tinyint", "smallint", "integer", "bigint", "real", "double", "decimal"}
MOMENTS = {"date", "timestamp", "timestamp with time zone", "time"}
_INTEGERS = {T.TINYINT: 3, T.SMALLINT: 5, T.INT: 10, T.BIGINT: 19}
_KINDS = {
    T.DOUBLE: "double", T.FLOAT: "real", T.DECIMAL: "decimal", T.VARCHAR: "varchar", T.TEXT: "varchar", T.CHAR: "char",
    T.DATE: "date", T.TIMESTAMP: "timestamp", T.DATETIME: "timestamp", T.TIMESTAMPTZ: "timestamp with time zone",
    T.TIME: "time", T.BOOLEAN: "boolean", T.VARBINARY: "varbinary", T.BINARY: "varbinary", T.ARRAY: "array",
    T.MAP: "map", T.STRUCT: "row", T.JSON: "json", T.INTERVAL: "interval", T.NULL: "null",
    T.TINYINT: "tinyint", T.SMALLINT: "smallint", T.INT: "integer", T.BIGINT: "bigint",
}  # fmt: skip


def kind(of: Type | None) -> str:
    """Trino's base name of a type, ``unknown`` when it could not be told."""
    return _KINDS.get(of.this, "unknown") if of is not None else "unknown"


def number(of: Type | None) -> bool:
    """Whether a type is known to be numeric."""
    return kind(of) in NUMBERS


def is_text(of: Type | None) -> bool:
    """Whether a type is known to be varchar or char."""
    return kind(of) in {"varchar", "char"}


def decimal(precision: int, scale: int) -> Type:
    """DECIMAL(precision, scale), precision held to Trino's 38."""
    params = [exp.DataTypeParam(this=exp.Literal.number(n)) for n in (min(38, precision), scale)]
    return Type(this=T.DECIMAL, expressions=params)


def decimal_of(of: Type | None) -> tuple[int, int] | None:
    """(precision, scale) of a decimal, or of an integer as a decimal; None for anything else."""
    if of is None:
        return None
    if of.this in _INTEGERS:
        return _INTEGERS[of.this], 0
    if of.this != T.DECIMAL:
        return None
    numbers = [int(p.name) for p in of.expressions]
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0) if numbers else (38, 0)


def array_of(element: Type | None) -> Type:
    """ARRAY(element)."""
    return Type(this=T.ARRAY, expressions=[(element or UNKNOWN).copy()], nested=True)


def interval(months: bool = False) -> Type:
    """INTERVAL YEAR TO MONTH, or DAY TO SECOND."""
    return Type(this=T.INTERVAL, months=True) if months else Type(this=T.INTERVAL)


def in_months(of: Type | None) -> bool:
    """Whether an interval is of years and months."""
    return of is not None and bool(of.args.get("months"))


def time(precision: int = 3) -> Type:
    """TIME(precision): the digits of a second's fraction."""
    return Type(this=T.TIME, expressions=[exp.DataTypeParam(this=exp.Literal.number(precision))])


def timestamp(precision: int = 3) -> Type:
    """TIMESTAMP(precision): the digits of a second's fraction."""
    param = exp.DataTypeParam(this=exp.Literal.number(precision))
    return Type(this=T.TIMESTAMP, expressions=[] if precision == 3 else [param])


def timestamp_in_zone(zone: str = "UTC", precision: int = 3) -> Type:
    """TIMESTAMP(precision) WITH TIME ZONE whose values are all in one zone, which is known."""
    made = timestamp(precision)
    made.set("this", T.TIMESTAMPTZ)
    made.set("zone", zone)
    return made


def precision_of(of: Type | None) -> int:
    """Digits of the fraction of a time's or timestamp's seconds; a plain one has 3 (Trino docs, "Data types")."""
    held = of.expressions if of is not None and kind(of).startswith("time") else []
    return int(held[0].name) if held else 3


def zone_of(of: Type | None) -> str:
    """The zone of a timestamp with time zone; UTC, Athena's session zone, where it is not known."""
    return str(of.args.get("zone") or "UTC") if of is not None else "UTC"


def _own_zone(of: Type) -> str:
    """A date or time without a zone is read in the session's."""
    return zone_of(of) if kind(of) == "timestamp with time zone" else "UTC"


def common(types: Iterable[Type | None]) -> Type:
    """The type that all can be coerced into; UNKNOWN when one is unknown.

    Raises:
        QueryFailed: TYPE_MISMATCH: there is none.
    """
    found = exp.DType.NULL.into_expr()
    for one in types:
        if one is None or kind(one) == "unknown":
            return UNKNOWN
        if kind(one) != "null":
            found = one if kind(found) == "null" else _pair(found, one)
    return found


def _pair(a: Type, b: Type) -> Type:
    left, right = kind(a), kind(b)
    if a == b:
        return a
    if number(a) and number(b):
        return _numbers(a, b)
    if is_text(a) and is_text(b):
        return _char(a, b)
    if left == right and left in {"array", "map"} and len(a.expressions) == len(b.expressions):
        parts = [common(pair) for pair in zip(a.expressions, b.expressions, strict=True)]
        return Type(this=a.this, expressions=[part.copy() for part in parts], nested=True)
    if "timestamp with time zone" in {left, right} and len({_own_zone(a), _own_zone(b)}) > 1:
        raise QueryFailed("NOT_SUPPORTED", "not rehearsable: times of several zones in one column", 1)
    if left == right:
        return b if precision_of(b) > precision_of(a) else a
    order = ["date", "timestamp", "timestamp with time zone"]
    if left in order and right in order:
        return a if order.index(left) > order.index(right) else b
    raise QueryFailed(
        "TYPE_MISMATCH", f"line 1:1: All operands must be the same type: {trino_name(a)}, {trino_name(b)}"
    )


def _char(a: Type, b: Type) -> Type:
    """Of CHARs, also beside a VARCHAR whose length is known, the longest CHAR; of other texts a VARCHAR."""
    lengths = [int(one.expressions[0].name) if one.expressions else 0 for one in (a, b)]
    if "char" in {kind(a), kind(b)} and all(lengths):
        return exp.DataType.build(f"CHAR({max(lengths)})")
    return VARCHAR


def _numbers(a: Type, b: Type) -> Type:
    for floating in (T.DOUBLE, T.FLOAT):
        if floating in {a.this, b.this}:
            return floating.into_expr()
    if a.this in _INTEGERS and b.this in _INTEGERS:
        return a if _INTEGERS[a.this] >= _INTEGERS[b.this] else b
    (p1, s1), (p2, s2) = decimal_of(a) or (38, 0), decimal_of(b) or (38, 0)
    scale = max(s1, s2)
    return decimal(max(p1 - s1, p2 - s2) + scale, scale)


def unnamed(of: Type) -> bool:
    """Whether a row's fields have no names; inside, and where Athena shows a row, they are field0, field1, ..."""
    return [field.name for field in of.expressions] == [f"field{n}" for n in range(len(of.expressions))]


def row_of(*types: Type | None) -> Type:
    """ROW(types), its fields without names."""
    fields = [
        exp.ColumnDef(this=exp.to_identifier(f"field{n}"), kind=(t or UNKNOWN).copy()) for n, t in enumerate(types)
    ]
    return Type(this=T.STRUCT, expressions=fields, nested=True)


def map_of(key: Type | None, value: Type | None) -> Type:
    """MAP(key, value)."""
    return Type(this=T.MAP, expressions=[(key or UNKNOWN).copy(), (value or UNKNOWN).copy()], nested=True)


_FIXED = {
    "unknown": "unknown", "null": "unknown", "interval": "interval day to second",
}  # fmt: skip


def trino_name(of: Type | None) -> str:
    """The type as Trino writes it: ``decimal(4,1)``, ``timestamp(3) with time zone``, ``array(bigint)``."""
    name = kind(of)
    if in_months(of):
        return "interval year to month"
    if of is None or name in _FIXED:
        return _FIXED.get(name, "unknown")
    if name.startswith("time"):
        head, *zone = name.split(" ", 1)
        return " ".join([f"{head}({precision_of(of)})", *zone])
    if name == "decimal":
        return "decimal({},{})".format(*(decimal_of(of) or (38, 0)))
    if name == "array":
        return f"array({trino_name(of.expressions[0] if of.expressions else None)})"
    if name == "map":
        return f"map({', '.join(trino_name(e) for e in of.expressions)})"
    if name == "row":
        fields = [trino_name(e.args.get("kind")) for e in of.expressions]
        if not unnamed(of):
            fields = [f"{e.name} {field}" for e, field in zip(of.expressions, fields, strict=True)]
        return f"row({', '.join(fields)})"
    if name in {"varchar", "char"} and of.expressions:
        return f"{name}({of.expressions[0].name})"
    return name
