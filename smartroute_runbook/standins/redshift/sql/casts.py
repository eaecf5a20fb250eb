"""CAST: lengths in bytes, and the conversions that Redshift has."""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import cast, macro, plain, spelled, text
from .functions import QUERYING
from .returns import cast_type
from .rules_blanks import trimmed
from .types import FLOATS, INTEGERS, SUPER, DataType, of

__all__ = ["convert"]

NUMBERS = frozenset({*INTEGERS, *FLOATS, "numeric"})
TIMES = frozenset(
    f"{word}{zone}" for word in ("timestamp", "time") for zone in (" without time zone", " with time zone")
)
IN_8_BYTES = 19
"""Digits of a decimal that is kept in 8 bytes, of which 2^63 - 1 is the greatest (r_Numeric_types201, a note)."""
BYTES = {"smallint": 2, "integer": 4, "bigint": 8}
"""How many a VARBYTE has of an integer (r_VARBYTE_type)."""


def convert(node: exp.Expression) -> exp.Expression:
    """CAST: VARCHAR(n) cuts to n bytes; a boolean is no text (r_CAST_function)."""
    kind, source = cast_type(node.to), of(node.this)
    if source is not None and not _exists(source, kind):
        raise SqlError("42846", f"cannot cast type {source.base} to {kind.base}")
    if kind.text:
        return _text(node, kind, source)
    if source is not None and kind.base == "binary varying":
        return _bytes(node, kind, source)
    if source == SUPER and kind != SUPER:
        return _scalar(node, kind)
    if source is not None and kind == SUPER and source.text:  # a text is one string of JSON, whatever it holds
        return plain("to_json", cast(spelled(node.this).copy(), "VARCHAR"))
    value = _cut_off(node, source, kind)
    if source is not None and source.text and not isinstance(node, exp.TryCast):
        value = _read(value, kind)
    if source and source.base == "numeric" and kind.base in FLOATS:
        value = cast(value, "VARCHAR")  # DuckDB 1.5 rounds twice on the way from a decimal to a float
    made = cast(value, kind.duckdb)
    if isinstance(node, exp.TryCast):
        made = exp.TryCast(this=value.copy(), to=exp.DataType.build(kind.duckdb, dialect="duckdb"))
    elif kind.base == "numeric" and kind.length == IN_8_BYTES:
        greatest = Decimal(2**63 - 1).scaleb(-kind.scale)
        made = macro("in_8_bytes", made, cast(text(format(greatest, "f")), kind.duckdb))
    return made


def _cut_off(node: exp.Expression, source: DataType | None, kind: DataType) -> exp.Expression:
    """Digits beyond the scale of the number that a value is cast to are cut off; a constant's are rounded.

    Source: r_enable_numeric_rounding (off by default); r_Numeric_types201 and r_Type_conversion of any source: "results
    of explicit casts of values selected from tables are not rounded"; r_CAST_function of a constant: 109.652 is 109.7.
    """
    value = node.this.copy()
    scale = kind.scale if kind.base == "numeric" else 0
    if source is None or not value.find(exp.Column, exp.Query, exp.AggFunc):
        return value
    if source.base == "numeric" and source.scale > scale and (kind.base == "numeric" or kind.base in INTEGERS):
        return plain("trunc", value, exp.Literal.number(scale))
    if kind.base == "numeric" and (source.text or source.base in FLOATS):
        return _all_digits(node, value, kind)
    return value


def _all_digits(node: exp.Expression, value: exp.Expression, kind: DataType) -> exp.Expression:
    """A text or a float as a NUMERIC that was not rounded; a float has the digits of its shortest text."""
    spare = DataType("numeric", 38, min(37, 38 - kind.length + kind.scale))
    to = exp.DataType.build(spare.duckdb, dialect="duckdb")
    read = type(node)(this=cast(value, "VARCHAR"), to=to)
    return plain("trunc", read, exp.Literal.number(kind.scale)) if spare.scale > kind.scale else value


def _read(value: exp.Expression, kind: DataType) -> exp.Expression:
    """A text to be read as a type of which DuckDB takes more: '1.5' and '1e5' as integers, 'infinity' as a date."""
    if kind.base in INTEGERS:
        return macro("digits", value, text(kind.base))
    if kind.base.startswith(("date", "timestamp")):
        return macro("finite", value)
    return value


def _exists(source: DataType, kind: DataType) -> bool:
    """Whether Redshift converts between two types; between those not named here DuckDB says.

    Source: limitations-super (decimals are no booleans, dates and times no SUPER), r_VARBYTE_type, r_Type_conversion,
    r_TRY_CAST (the list of pairs: of a boolean whole numbers); what no page says as PostgreSQL has it.
    """
    dated = TIMES | {"date"}
    if kind.text:
        return source.base != "boolean"
    if source.base == "boolean":
        return kind.base in {*INTEGERS, "boolean", SUPER.base}
    if kind.base == "boolean":
        return source.base not in {"numeric", *FLOATS, *dated}
    if kind.base == "binary varying":
        return source.text or source.base in {*BYTES, "binary varying", SUPER.base}
    if kind.base in dated:
        return source.base not in {*NUMBERS, "boolean"}
    return source.base not in dated or kind.base not in {*NUMBERS, SUPER.base}


def _text(node: exp.Expression, kind: DataType, source: DataType | None) -> exp.Expression:
    """A text, cut to the bytes of its type."""
    if source == SUPER:
        as_text = _text_of_super(node.this)
    elif source is not None and source.base == "binary varying":
        as_text = plain("decode", node.this.copy())
    else:
        as_text = cast(spelled(node.this).copy(), "VARCHAR")
    if not node.to.expressions and kind.base == "character varying":
        return as_text
    if kind.base == "character":  # trailing blanks are no part of its value (r_Character_types)
        as_text = trimmed(as_text)
    inner = as_text.find(exp.Query) or any(each.expression.name in QUERYING for each in as_text.find_all(exp.Dot))
    return macro("cut_once" if inner else "cut", as_text, exp.Literal.number(kind.length))


def _bytes(node: exp.Expression, kind: DataType, source: DataType) -> exp.Expression:
    """A VARBYTE: of a text its UTF-8, of CHAR(n) with its blanks, of an integer all its bytes (r_VARBYTE_type)."""
    value = node.this.copy()
    if source.base in BYTES:
        digits = plain("lpad", plain("hex", cast(value, "BIGINT")), exp.Literal.number(16), text("0"))
        return plain("unhex", exp.Right(this=digits, expression=exp.Literal.number(2 * BYTES[source.base])))
    if source.base == "character":
        value = plain("rpad", value, exp.Literal.number(source.length), text(" "))
    if not source.text:
        return cast(value, kind.duckdb)
    return plain("encode", cast(value, "VARCHAR"))


def _scalar(node: exp.Expression, kind: DataType) -> exp.Expression:
    """What a SUPER holds; NULL where it holds something else (query-super, "Lax semantics").

    Of the number 5 there is a boolean, of 5.0 there is none (limitations-super).
    """
    value = _text_of_super(node.this)
    made = exp.TryCast(this=value, to=exp.DataType.build(kind.duckdb, dialect="duckdb"))
    if kind.base != "boolean":
        return made
    held = plain("json_type", node.this.copy())
    number = exp.NEQ(this=value.copy(), expression=text("0"))
    return exp.Case(
        ifs=[
            exp.If(this=held.copy().isin("UBIGINT", "BIGINT"), true=number),
            exp.If(this=held.eq("DOUBLE"), true=exp.Null()),
        ],
        default=made,
    )


def _text_of_super(node: exp.Expression) -> exp.Expression:
    """The text that a scalar holds, without its quotes; a null of JSON is NULL. Recalled: no page of AWS's says it.

    Of an array or an object there is none (limitations-super).
    """
    value = plain("json_extract_string", node.copy(), text("$"))
    if node.find(exp.Query):  # written once
        return value
    nested = plain("json_type", node.copy()).isin("ARRAY", "OBJECT")
    return exp.Case(ifs=[exp.If(this=nested, true=exp.cast(exp.Null(), "VARCHAR"))], default=value)
