"""CAST, by the types that it is from and to."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from .build import (  # fmt: skip
    cast,
    duck,
    fail,
    fn,
    instant_in,
    local,
    minutes_of,
    moment,
    number_literal,
    rounded,
    shown_timestamp,
    text_literal,
    unscaled,
)
from .types import decimal, decimal_of, in_months, is_text, kind, precision_of, timestamp, trino_name, zone_of

__all__ = ["LONGEST", "cast_value"]

_DIGITS = re.compile(r"[+-]?[0-9]+([.][0-9]+)?")
_FLOAT = re.compile(r"[+-]?(NaN|Infinity|[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?)")
SHORT_DECIMAL = 18  # digits that Trino keeps in 64 bits


def cast_value(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    """A value of a known type, cast as Trino casts it."""
    have, want = kind(value.type), kind(to)
    if have == want == "json":
        return value
    if have == "json" and want not in {"varchar", "char"}:
        return _from_json(value, to)
    if to is not None and have == want == "array" and _element(value.type) == _element(to) == "row":
        return _rows_to_rows(value, to)
    if have == want == "row":
        return _row_to_row(value, to)
    if have == "real" and want == "decimal":  # the number that its digits say
        return cast(cast(value, exp.DType.TEXT.into_expr()), to)
    if have == "decimal" and want in {"real", "double"}:
        return _decimal_to_float(value, to)
    return _INTO[want](value, to) if want in _INTO else cast(value, to)


def _decimal_to_float(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    """Up to 18 digits: the number without its point, as a float, by a power of ten; longer ones are the nearest float.

    Seen with Trino 435, which is why one number may be two floats as ``decimal(10,2)`` and as ``decimal(20,2)``.
    """
    precision, scale = decimal_of(value.type) or (0, 0)
    if not 0 < precision <= SHORT_DECIMAL:
        return cast(cast(value, exp.DType.TEXT.into_expr()), to)
    return fn(f"trino_decimal_{kind(to)}", unscaled(value, scale, 0), number_literal("1" + "0" * scale))


def _element(of: exp.DataType | None) -> str:
    return kind(of.expressions[0]) if of is not None and of.expressions else "unknown"


def _from_json(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    want = kind(to)
    if want == "row" and to is not None:  # of an object by name, of an array by place
        fields = []
        for place, field in enumerate(to.expressions):
            part = fn("json_extract", value.copy(), text_literal(f"$[{place}]"))
            part._type = value.type
            made = cast_value(part, field.args["kind"])
            fields.append(exp.PropertyEQ(this=exp.to_identifier(field.name, quoted=True), expression=made))
        listed = exp.EQ(this=fn("json_type", value.copy()), expression=text_literal("ARRAY"))
        return exp.Case(ifs=[exp.If(this=listed, true=exp.Struct(expressions=fields))], default=cast(value, to))
    if want in {"array", "map"}:
        return cast(value, to)
    if want in {"tinyint", "smallint", "integer", "bigint"}:
        return cast(fn("trino_json_whole", value), to)
    return cast(fn("trino_json_truth" if want == "boolean" else "trino_json_digits", value), to)


def _rows_to_rows(value: exp.Expr, to: exp.DataType) -> exp.Expr:
    item = exp.to_identifier("item")
    item._type = value.type.expressions[0]
    made = exp.Lambda(this=_row_to_row(item, to.expressions[0]), expressions=[exp.to_identifier("item")])
    return fn("list_transform", value, made)


def _to_boolean(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    return cast(fn("trino_text_boolean", value) if is_text(value.type) else value, to)


def _to_integer(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    if is_text(value.type):
        return cast(fn("trino_text_integer", value), to)
    return cast(fn("trino_float_integer", value) if kind(value.type) in {"double", "real"} else value, to)


def _time_as_moment(value: exp.Expr) -> None:
    if kind(value.type) == "time":
        raise fail("NOT_SUPPORTED", "not rehearsable: TIME as a timestamp, which would be of today")


def _to_decimal(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    return cast(fn("trino_text_decimal", value) if is_text(value.type) and not _is_plain(value, _DIGITS) else value, to)


def _to_float(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    return cast(fn("trino_text_float", value) if is_text(value.type) and not _is_plain(value, _FLOAT) else value, to)


def _to_real(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    """A double beyond a real's range is infinite."""
    if kind(value.type) != "double" or (isinstance(value, exp.Literal) and abs(float(value.name)) < 3e38):
        return _to_float(value, to)
    return cast(fn("trino_double_real", value), to)


def _is_plain(value: exp.Expr, form: re.Pattern[str]) -> bool:
    """A constant that Java and DuckDB read alike: its text need not be looked at for each row."""
    return value.is_string and form.fullmatch(value.name) is not None


def _to_time(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    if is_text(value.type):
        return rounded(cast(fn("trino_text_time", value), to), None, precision_of(to))
    made = cast(local(value), to)
    return rounded(made, value.type, precision_of(to))


def _to_bytes(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    return fn("encode", value) if is_text(value.type) else cast(value, to)


def _to_json(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    """Numbers keep their digits, infinities and NaN are texts."""
    have = kind(value.type)
    if have in {"double", "real"} and not value.find_ancestor(exp.Lambda):
        return fn("trino_double_json", value)
    if have.startswith("timestamp"):
        return fn("to_json", _as_text(value))
    if have == "map":
        return cast(fn("trino_json_sorted", cast(fn("to_json", value), exp.DType.TEXT.into_expr())), to)
    if have == "decimal":
        return cast(cast(value, exp.DType.TEXT.into_expr()), exp.DType.JSON.into_expr())
    return fn("to_json", value)


def _to_moment(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    want = kind(to)
    _time_as_moment(value)
    if want == "date":
        return fn("trino_text_date", value) if is_text(value.type) else cast(local(value), to)
    if want == "timestamp" and is_text(value.type):
        return rounded(cast(fn("trino_text_timestamp", value), to), value.type, precision_of(to))
    if want == "timestamp":
        return rounded(cast(local(value), to), value.type, precision_of(to))
    zone = zone_of(to)
    if isinstance(value, exp.Literal) and (minutes_of(zone) or zone == "UTC") and len(value.name.split()) > 1:
        if ":" in value.name.split()[-1] and not minutes_of(zone):  # no zone is written
            return cast(value, to)
        return instant_in(zone, cast(text_literal(value.name.rsplit(maxsplit=1)[0]), timestamp(6)))
    if is_text(value.type):
        return cast(fn("trino_text_moment", value, text_literal("TIMESTAMP WITH TIME ZONE")), to)
    return moment(value)


def _row_to_row(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    """Field by field, by position: DuckDB casts by name."""
    have, want = (t.expressions if t is not None else [] for t in (value.type, to))
    if len(have) != len(want):
        raise fail("TYPE_MISMATCH", f"Cannot cast {trino_name(value.type)} to {trino_name(to)}")
    fields = []
    for old, new in zip(have, want, strict=True):
        part = fn("struct_extract", value.copy(), text_literal(old.name))
        part._type = old.args["kind"]
        made = cast_value(part, new.args["kind"])
        fields.append(exp.PropertyEQ(this=exp.to_identifier(new.name, quoted=True), expression=made))
    missing = exp.Is(this=value.copy(), expression=exp.Null())
    return exp.Case(ifs=[exp.If(this=missing, true=exp.Null())], default=exp.Struct(expressions=fields))


def _to_text(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    text = _as_text(value)
    length = to.expressions[0].name if to is not None and to.expressions else None
    if kind(to) == "char":  # padded, as it is compared and shown
        width = number_literal(length or 1)
        return fn("rpad", fn("left", text, width), width.copy(), text_literal(" "))
    if not length:
        return text
    return fn("left" if is_text(value.type) else "trino_fit", text, number_literal(length))


def _as_text(value: exp.Expr) -> exp.Expr:
    """CAST(value AS varchar) as Trino formats it."""
    have = kind(value.type)
    if have == "real":
        return fn("trino_real_varchar", cast(value, duck("DOUBLE")))
    if have == "double":  # the macro has a subquery, which no lambda can have
        return fn("trino_double_varchar_each" if value.find_ancestor(exp.Lambda) else "trino_double_varchar", value)
    if have == "time":
        return fn("trino_time_text", value, number_literal(precision_of(value.type)))
    if have == "timestamp":
        return shown_timestamp(value, precision_of(value.type))
    if have == "timestamp with time zone":
        shown = shown_timestamp(local(value), precision_of(value.type))
        return exp.DPipe(this=shown, expression=text_literal(f" {zone_of(value.type)}"))
    if have == "interval":
        return fn("trino_months_text" if in_months(value.type) else "trino_interval_text", value)
    if have == "json":
        return fn("trino_json_varchar", value)
    precision, scale = decimal_of(value.type) or (0, 0)
    if have == "decimal" and precision == scale < LONGEST:  # DuckDB writes no zero before the point of these
        value = cast(value, decimal(precision + 1, scale))
    return value if is_text(value.type) else cast(value, exp.DType.TEXT.into_expr())


LONGEST = 38  # digits of a decimal
_INTO: dict[str, Callable[[exp.Expr, exp.DataType | None], exp.Expr]] = {
    "varchar": _to_text, "char": _to_text, "boolean": _to_boolean, "time": _to_time, "varbinary": _to_bytes,
    "json": _to_json, "decimal": _to_decimal, "double": _to_float, "real": _to_real,
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), _to_integer),
    **dict.fromkeys(("date", "timestamp", "timestamp with time zone"), _to_moment),
}  # fmt: skip
