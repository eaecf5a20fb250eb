"""CAST, by the types that it is from and to."""

from __future__ import annotations

from sqlglot import exp

from .build import cast, fail, fn, local, moment, number_literal, rounded, shown_timestamp, text_literal
from .types import is_text, kind, precision_of, trino_name, zone_of

__all__ = ["cast_value"]


def cast_value(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    """A value of a known type, cast as Trino casts it."""
    have, want = kind(value.type), kind(to)
    if want in {"varchar", "char"}:
        return _to_text(value, to)
    if have == "json":
        return cast(fn("json_extract_string", value, text_literal("$")), to)
    if want == "boolean" and is_text(value.type):
        return cast(fn("trino_text_boolean", value), to)
    if want in {"tinyint", "smallint", "integer", "bigint"}:
        if is_text(value.type):
            return cast(fn("trino_text_integer", value), to)
        return cast(fn("trino_float_integer", value), to) if have in {"double", "real"} else cast(value, to)
    if want in {"date", "timestamp", "timestamp with time zone"}:
        return _to_moment(value, to)
    if have == want == "row":
        return _row_to_row(value, to)
    if want == "json":
        return fn("to_json", value)
    return cast(value, to)


def _to_moment(value: exp.Expr, to: exp.DataType | None) -> exp.Expr:
    want = kind(to)
    if want == "date":
        return fn("trino_text_date", value) if is_text(value.type) else cast(local(value), to)
    if want == "timestamp":
        return rounded(cast(local(value), to), value.type, precision_of(to))
    return cast(value, to) if is_text(value.type) else moment(value)


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
    if not length:
        return text
    return fn("left" if is_text(value.type) else "trino_fit", text, number_literal(length))


def _as_text(value: exp.Expr) -> exp.Expr:
    """CAST(value AS varchar) as Trino formats it."""
    have = kind(value.type)
    if have in {"double", "real"}:
        return fn("trino_double_varchar", value)
    if have == "timestamp":
        return shown_timestamp(value, precision_of(value.type))
    if have == "timestamp with time zone":
        shown = shown_timestamp(local(value), precision_of(value.type))
        return exp.DPipe(this=shown, expression=text_literal(f" {zone_of(value.type)}"))
    if have == "json":
        return fn("json_extract_string", value, text_literal("$"))
    return value if is_text(value.type) else cast(value, exp.DType.TEXT.into_expr())
