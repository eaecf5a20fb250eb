"""The type that a Trino function gives where it follows from its arguments by a rule of its own."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed

from .arithmetic import decimals
from .types import (  # fmt: skip
    BIGINT,
    DOUBLE,
    REAL,
    UNKNOWN,
    VARCHAR,
    Type,
    array_of,
    common,
    decimal,
    decimal_of,
    is_text,
    kind,
    map_of,
    precision_of,
    row_of,
    timestamp_in_zone,
    trino_name,
)
from .zones import named_zone

__all__ = ["INTEGERS", "RETURNS", "element", "zone"]

INTEGERS = {"tinyint", "smallint", "integer", "bigint"}


def _random(_: list[exp.Expr], types: list[Type | None]) -> Type:
    """A double below 1, or a whole number of its bounds' type."""
    return common(types) if types else DOUBLE


def _sum(_: list[exp.Expr], types: list[Type | None]) -> Type:
    held = decimal_of(types[0]) if kind(types[0]) == "decimal" else None
    return decimal(38, held[1]) if held else BIGINT if kind(types[0]) in INTEGERS else types[0] or UNKNOWN


def _avg(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return DOUBLE if kind(types[0]) in INTEGERS else types[0] or UNKNOWN


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
    if len(types) > 1 or kind(types[0]) != "decimal":
        return types[0] or UNKNOWN
    precision, scale = decimal_of(types[0]) or (38, 0)
    return decimal(max(1, precision - scale), 0)


def _of_two(_: list[exp.Expr], types: list[Type | None]) -> Type:
    """CORR and its kin: of doubles where one is, of reals else (asked of Trino 435)."""
    return DOUBLE if {"double", "unknown", "null"} & {kind(one) for one in types} else REAL


def _extreme(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return array_of(types[0]) if len(types) > 1 else types[0] or UNKNOWN


def _from_unixtime(arguments: list[exp.Expr], types: list[Type | None]) -> Type:
    """With a zone's name, or with hours and minutes."""
    offset = [kind(one) in INTEGERS for one in types[1:]]
    if offset in ([True], [False, True], [False, False], [True, False]):
        given = ", ".join(trino_name(one) for one in types)
        raise QueryFailed(
            "FUNCTION_NOT_FOUND", f"line 1:1: Unexpected parameters ({given}) for function from_unixtime."
        )
    return _zoned(arguments, types)


def _zoned(arguments: list[exp.Expr], _: list[Type | None]) -> Type:
    if len(arguments) < 2:
        return timestamp_in_zone()
    if len(arguments) == 3:
        return timestamp_in_zone(_offset_of(*arguments[1:]))
    return timestamp_in_zone(zone(arguments[-1]), precision_of(arguments[0].type))


def _offset_of(*parts: exp.Expr) -> str:
    """An offset of hours and minutes that are written out, as a zone."""
    values = []
    for part in parts:
        digits = part.this if isinstance(part, exp.Neg | exp.Cast) else part
        if not isinstance(digits, exp.Literal):
            raise QueryFailed("NOT_SUPPORTED", "not rehearsable: hours and minutes that are not literals", 1)
        values.append(-int(digits.name) if isinstance(part, exp.Neg) else int(digits.name))
    minutes = values[0] * 60 + values[1]
    if abs(minutes) > 14 * 60:
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Invalid offset minutes {minutes}")
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else "UTC"


def zone(node: exp.Expr) -> str:
    """A time zone that is written out."""
    if not (isinstance(node, exp.Literal) and node.is_string):
        raise QueryFailed("NOT_SUPPORTED", "not rehearsable: a time zone that is not a literal", 1)
    return named_zone(node.name)


def element(_: list[exp.Expr], types: list[Type | None]) -> Type:
    """What a subscript of an array or a map gives."""
    held = types[0]
    if held is None or kind(held) not in {"array", "map"} or not held.expressions:
        return UNKNOWN
    return held.expressions[-1]


def _map(_: list[exp.Expr], types: list[Type | None]) -> Type:
    parts = [t.expressions[0] if t is not None and t.expressions else None for t in types]
    return map_of(*parts) if parts else map_of(None, None)


def _histogram(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return map_of(types[0], BIGINT)


def _part_of_map(place: int) -> Callable[[list[exp.Expr], list[Type | None]], Type]:
    def of(_: list[exp.Expr], types: list[Type | None]) -> Type:
        held = types[0]
        return array_of(held.expressions[place] if held is not None and len(held.expressions) == 2 else UNKNOWN)

    return of


def _entries(_: list[exp.Expr], types: list[Type | None]) -> Type:
    held = types[0]
    return array_of(row_of(*held.expressions) if held is not None and len(held.expressions) == 2 else UNKNOWN)


def _from_entries(_: list[exp.Expr], types: list[Type | None]) -> Type:
    row = types[0].expressions[0] if types[0] is not None and types[0].expressions else None
    if row is None or kind(row) != "row" or len(row.expressions) != 2:
        return UNKNOWN
    return map_of(*(field.args.get("kind") for field in row.expressions))


def _zip(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return array_of(row_of(*(one.expressions[0] if one is not None and one.expressions else UNKNOWN for one in types)))


def _real(_: list[exp.Expr], types: list[Type | None]) -> Type:
    """REAL of REALs, DOUBLE of all others."""
    return REAL if all(kind(one) == "real" for one in types) else DOUBLE


def _sign_of(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return decimal(1, 0) if kind(types[0]) == "decimal" else types[0] or UNKNOWN


def _same_size(_: list[exp.Expr], types: list[Type | None]) -> Type:
    """CHAR stays what it is; of a VARCHAR no length is kept."""
    return types[0] if types[0] is not None and kind(types[0]) in {"char", "varbinary", "array"} else VARCHAR


def _substr(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return types[0] if types[0] is not None and kind(types[0]) == "varbinary" else VARCHAR


def _percentile(_: list[exp.Expr], types: list[Type | None]) -> Type:
    one = BIGINT if kind(types[0]) in INTEGERS else types[0] or UNKNOWN
    return array_of(one) if kind(types[-1]) == "array" else one


def _shifted(_: list[exp.Expr], types: list[Type | None]) -> Type:
    """The value's type, wide enough for the default."""
    return common([types[0], *types[2:3]])


def _first(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return types[0] or UNKNOWN


def _first_n(_: list[exp.Expr], types: list[Type | None]) -> Type:
    return array_of(types[0]) if len(types) > 2 else types[0] or UNKNOWN


def _numeric_histogram(_: list[exp.Expr], types: list[Type | None]) -> Type:
    one = DOUBLE if kind(types[1]) in {"double", "unknown"} else REAL  # what whole numbers and decimals become, too
    return map_of(one, one)


RETURNS: dict[str, Callable[[list[exp.Expr], list[Type | None]], Type]] = {
    "sum": _sum, "avg": _avg, "round": _round, "truncate": _truncate, "ceil": _whole, "ceiling": _whole,
    "floor": _whole, "min": _extreme, "max": _extreme, "mod": lambda arguments, _: _mod(arguments),
    "max_by": _first_n, "min_by": _first_n, "numeric_histogram": _numeric_histogram,
    "approx_most_frequent": lambda _, types: map_of(types[1], BIGINT), "element_at": element, "map": _map,
    "row": lambda _, types: row_of(*types),
    "approx_percentile": _percentile, "lag": _shifted, "lead": _shifted,
    "map_agg": lambda _, types: map_of(*types), "multimap_agg": lambda _, types: map_of(types[0], array_of(types[1])),
    "array_histogram": lambda _, types: map_of(types[0].expressions[0] if types[0] is not None else UNKNOWN, BIGINT),
    "histogram": _histogram, "map_keys": _part_of_map(0),
    "map_values": _part_of_map(1), "map_entries": _entries, "map_from_entries": _from_entries, "zip": _zip,
    **dict.fromkeys(("corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept"), _of_two),
    "geometric_mean": _real,
    "sign": _sign_of, **dict.fromkeys(("lower", "upper", "reverse"), _same_size),
    "substr": _substr, "substring": _substr,
    "if": lambda _, types: common(types[1:]),
    **dict.fromkeys(("random", "rand"), _random),
    "sequence": lambda _, types: array_of(BIGINT if kind(types[0]) in INTEGERS else common(types[:2])),
    "concat": lambda _, types: VARCHAR if any(is_text(t) for t in types) else _joined(types),
    "now": lambda *_: timestamp_in_zone(), "parse_datetime": lambda *_: timestamp_in_zone(),
    "from_iso8601_timestamp": lambda arguments, _: timestamp_in_zone(_offset(arguments[0])),
    "from_unixtime": _from_unixtime, "at_timezone": _zoned,
    "with_timezone": _zoned,
}  # fmt: skip


def _offset(node: exp.Expr) -> str:
    """The offset that a literal ends with; a column's texts are to have none."""
    found = re.search(r"T.*?([+-]\d\d):?(\d\d)?$", node.name) if isinstance(node, exp.Literal) else None
    return f"{found[1]}:{found[2] or '00'}" if found else "UTC"


def _joined(types: list[Type | None]) -> Type:
    return common(types) if all(kind(one) == "array" for one in types) else types[0] or UNKNOWN


def _mod(arguments: list[exp.Expr]) -> Type:
    first, second = (argument.type for argument in arguments)
    a, b = decimal_of(first), decimal_of(second)
    if "decimal" in {kind(first), kind(second)} and a and b:
        return decimals(exp.Mod(), a, b)
    return common([first, second])
