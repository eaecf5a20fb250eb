"""The Data API's forms of parameters, result columns and rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from .errors import SqlError

__all__ = ["column", "positional", "record"]

_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|::|:([A-Za-z_]\w*)", re.DOTALL)
_TYPES = {
    16: "bool", 20: "int8", 21: "int2", 23: "int4", 700: "float4", 701: "float8", 1042: "bpchar", 1043: "varchar",
    1082: "date", 1083: "time", 1114: "timestamp", 1184: "timestamptz", 1266: "timetz", 1700: "numeric",
    4000: "super", 6551: "varbyte",
}  # fmt: skip


def positional(sql: str, parameters: Sequence[tuple[str, str]]) -> tuple[str, list[str]]:
    """``:name`` parameters as ``$1``; texts, quoted names, comments and casts are left alone.

    Raises:
        SqlError: a name without a value, or a value without a name.
    """
    values = dict(parameters)
    order: list[str] = []

    def place(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return match[0]
        if name not in values:
            raise SqlError("42P02", f"there is no parameter named :{name}")
        if name not in order:
            order.append(name)
        return f"${order.index(name) + 1}"

    rewritten = _TOKEN.sub(place, sql) if values else sql
    unused = sorted(set(values) - set(order))
    if unused:
        raise SqlError("42P02", f"Parameters list contains unused parameters. Unused parameters: {unused}")
    return rewritten, [values[name] for name in order]


def record(row: Sequence[Any]) -> list[dict[str, Any]]:
    """One row as the Data API's fields."""
    return [_field(value) for value in row]


def _field(value: Any) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return {"longValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, datetime):
        return {"stringValue": value.isoformat(" ").replace("+00:00", "+00")}
    if isinstance(value, date):
        return {"stringValue": value.isoformat()}
    if not isinstance(value, (str, time, Decimal, int)):  # bytes, intervals: what the Data API writes is not documented
        raise NotImplementedError(f"a {type(value).__name__} in an answer of the Data API")
    return {"stringValue": format(value, "f") if isinstance(value, Decimal) else str(value)}


def column(item: Any) -> dict[str, Any]:
    """A result column as the Data API describes it."""
    kind = _TYPES.get(item.oid, "varchar")
    precision, scale = {"int8": (19, 0), "int4": (10, 0), "int2": (5, 0), "float8": (17, 17)}.get(kind, (0, 0))
    if kind == "numeric" and item.modifier > 0:
        precision, scale = (item.modifier - 4) >> 16, (item.modifier - 4) & 0xFFFF
    return {
        "name": item.name,
        "label": item.name,
        "typeName": kind,
        "precision": precision,
        "scale": scale,
        "length": 0,
        "nullable": 1,
        "isSigned": kind in {"int2", "int4", "int8", "float4", "float8", "numeric"},
        "isCaseSensitive": kind in {"varchar", "bpchar"},
        "isCurrency": False,
        "schemaName": "",
        "tableName": "",
    }
