"""Trino's operators between numbers and between moments: the type of the result, and what cannot be combined."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed

from .types import (  # fmt: skip
    MOMENTS,
    NUMBERS,
    UNKNOWN,
    Type,
    common,
    decimal,
    decimal_of,
    in_months,
    interval,
    is_text,
    kind,
    number,
    precision_of,
    time,
    timestamp,
    timestamp_in_zone,
    trino_name,
    zone_of,
)

__all__ = ["arithmetic", "comparable", "decimals", "require_castable"]


def arithmetic(node: exp.Binary) -> Type:
    """The type of a sum, difference, product, quotient or remainder.

    Raises:
        QueryFailed: TYPE_MISMATCH.
    """
    left, right = node.left.type, node.right.type
    a, b = kind(left), kind(right)
    if "unknown" in {a, b}:
        return UNKNOWN
    if "null" in {a, b}:
        return right if a == "null" else left
    if "interval" in {a, b} or (a in MOMENTS and b in MOMENTS):
        return _moments(node, left, right)
    if not (number(left) and number(right)):
        raise QueryFailed(
            "TYPE_MISMATCH", f"line 1:1: Cannot apply operator: {trino_name(left)} {_sign(node)} {trino_name(right)}"
        )
    if a == "decimal" or b == "decimal":
        first, second = decimal_of(left), decimal_of(right)
        return decimals(node, first, second) if first and second else common([left, right])
    return common([left, right])


def decimals(node: exp.Binary, first: tuple[int, int], second: tuple[int, int]) -> Type:
    """Precision and scale (Trino docs, "Decimal functions and operators")."""
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
    if a in MOMENTS and b in MOMENTS and isinstance(node, exp.Sub):
        return exp.DType.INTERVAL.into_expr()
    if a in MOMENTS and b == "interval" and isinstance(node, exp.Add | exp.Sub):
        return _shifted(left, node.right)
    if b in MOMENTS and a == "interval" and isinstance(node, exp.Add):
        return _shifted(right, node.left)
    if a == b == "interval" or (isinstance(node, exp.Mul | exp.Div) and (number(left) or number(right))):
        return interval(in_months(left if a == "interval" else right))
    raise QueryFailed(
        "TYPE_MISMATCH", f"line 1:1: Cannot apply operator: {trino_name(left)} {_sign(node)} {trino_name(right)}"
    )


def _shifted(moment: Type | None, by: exp.Expr) -> Type:
    """Days to seconds have milliseconds, so their sum has at least those; years and months leave the precision."""
    unit = by.args.get("unit") if isinstance(by, exp.Interval) else None
    if unit is not None and unit.name.upper() in {"YEAR", "MONTH"}:
        return moment or UNKNOWN
    precision = max(3, precision_of(moment))
    if kind(moment) == "timestamp":
        return timestamp(precision)
    if kind(moment) == "time":
        return time(precision)
    return (
        timestamp_in_zone(zone_of(moment), precision)
        if kind(moment) == "timestamp with time zone"
        else moment or UNKNOWN
    )


def _sign(node: exp.Expr) -> str:
    signs: dict[type[exp.Expr], str] = {
        exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">",
        exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
    }  # fmt: skip
    return signs.get(type(node), type(node).__name__.upper())


def comparable(node: exp.Expr, left: Type | None, right: Type | None) -> None:
    """Refuses a comparison of types that have no common one."""
    a, b = kind(left), kind(right)
    if {"unknown", "null"} & {a, b} or a == b or (number(left) and number(right)) or (is_text(left) and is_text(right)):
        return
    moments = {"date", "timestamp", "timestamp with time zone"}
    if {a, b} <= moments:
        return
    raise QueryFailed(
        "TYPE_MISMATCH", f"line 1:1: Cannot apply operator: {trino_name(left)} {_sign(node)} {trino_name(right)}"
    )


_NESTED = {"array", "map", "row"}
_ANY_NUMBER = frozenset({*NUMBERS, "boolean", "varchar", "json"})
_FROM_TEXT = _ANY_NUMBER | {"char", "varbinary", "date", "time", "timestamp", "timestamp with time zone"}
_INTO: dict[str, frozenset[str]] = {
    **dict.fromkeys(("boolean", *NUMBERS), _ANY_NUMBER),
    "varchar": _FROM_TEXT,
    "char": frozenset({"varchar"}),
    "date": frozenset({"varchar", "timestamp", "timestamp with time zone", "json"}),
    "time": frozenset({"varchar", "timestamp", "timestamp with time zone"}),
    "timestamp": frozenset({"varchar", "date", "time", "timestamp with time zone", "json"}),
    "timestamp with time zone": frozenset({"varchar", "date", "time", "timestamp"}),
    "interval": frozenset({"varchar"}),
    "varbinary": frozenset(),
    "json": frozenset({*NUMBERS, *_NESTED, "boolean", "varchar"}),
    **dict.fromkeys(_NESTED, frozenset({"json"})),
}  # fmt: skip
"""Source: the casts of core/trino-main/src/main/java/io/trino/type of github.com/trinodb/trino."""


def require_castable(have: Type | None, want: Type) -> None:
    """Refuses a CAST that Trino has not.

    Raises:
        QueryFailed: TYPE_MISMATCH.
    """
    a, b = kind(have), kind(want)
    if a == b or a in {"unknown", "null"} or b == "unknown" or b in _INTO[a]:
        return
    raise QueryFailed("TYPE_MISMATCH", f"line 1:1: Cannot cast {trino_name(have)} to {trino_name(want)}")
