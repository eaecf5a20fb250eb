"""One digest for one row, the same on Athena and on Redshift: version 2 of ``docs/encoding.md``.

The texts are computed by SQL inside each engine, from functions both document. Two rows have the same texts exactly
when they hold the same values; the places where "same" needs a rule are stated in ``docs/encoding.md`` (the sign of
zero, CHAR padding, Hive timestamps).

A row has two texts: that of its whole numbers (integers, booleans, dates, moments) and that of all other columns. The
digest is MD5 over the first followed by the MD5 of the second. Because of that a fingerprint can carry sums of the
numbers and of the second digest, from which a row that differs is recovered without reading the table again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from smartroute_runbook.errors import UsageError

from . import doubles
from .trees import bigint, call, cast, column, concat, joined, or_else, text, varchar

__all__ = [
    "NULL",
    "VERSION",
    "Dialect",
    "Field",
    "binary_text",
    "by_name",
    "double_layer",
    "hexadecimal",
    "parted",
    "row_expression",
    "together",
    "whole_number",
]

VERSION = 2
Dialect = Literal["athena", "redshift"]
NULL = "~"

_KINDS: Mapping[str, str] = {
    "tinyint": "integer", "smallint": "integer", "int": "integer", "integer": "integer", "bigint": "integer",
    "string": "text", "varchar": "text", "char": "char", "boolean": "boolean", "date": "date",
    "float": "double", "real": "double", "double": "double", "decimal": "decimal", "binary": "binary",
    "varbinary": "binary", "timestamp": "timestamp", "timestamp with time zone": "instant", "json": "text",
    "json text": "text",
}  # fmt: skip
WHOLE_NUMBERS = ("integer", "boolean", "date", "timestamp", "instant")


@dataclass(frozen=True)
class Field:
    """A column and its Athena type, such as ``bigint``, ``string``, ``decimal(10,2)`` or ``timestamp(6)``.

    ``json`` stands for an array, map or struct that is SUPER on Redshift, ``json text`` for one that is text there: its
    JSON is compared as text.
    """

    name: str
    type: str

    @property
    def is_json(self) -> bool:
        """Whether it is nested."""
        return self.type in ("json", "json text")

    @property
    def kind(self) -> str:
        """Which rule of the encoding applies.

        Raises:
            UsageError: the type has no rule (arrays, maps, rows).
        """
        base = re.sub(r"\([^)]*\)", "", self.type.lower()).strip()
        if base not in _KINDS:
            raise UsageError(
                f"Column '{self.name}' has type {self.type}, which the row encoding does not cover",
                expected=f"one of {', '.join(sorted(_KINDS))}",
                hint="Flatten the column into scalar ones before it is compared",
            )
        return _KINDS[base]

    @property
    def digits(self) -> int:
        """The last number of the type: the scale of a decimal, the fraction digits of a timestamp (3 if unsaid)."""
        numbers = re.findall(r"\d+", self.type)
        if self.kind == "decimal":
            return int(numbers[1]) if len(numbers) > 1 else 0
        return int(numbers[-1]) if numbers else 3


def by_name(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Fields in the order of the encoding: by the code points of their lower-case names, whatever either table says."""
    return tuple(sorted(fields, key=lambda field: field.name.lower()))


def parted(fields: Sequence[Field]) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """The columns that are whole numbers, and the others, each in the order of the encoding."""
    numbers = [field for field in fields if field.kind in WHOLE_NUMBERS]
    return by_name(numbers), by_name([field for field in fields if field.kind not in WHOLE_NUMBERS])


def row_expression(fields: Sequence[Field], dialect: Dialect, among: Sequence[Field] = ()) -> exp.Expression:
    """The text of some columns as an expression over a relation that ``double_layer`` made for ``among`` (or them)."""
    pieces: list[exp.Expression] = []
    layers = _doubles(among or fields)
    for field in by_name(fields):
        value = column(field.name)
        if field.kind in ("text", "char"):
            characters = value if field.kind == "text" else exp.func("RTRIM", varchar(value))
            pieces += [or_else(varchar(call("LENGTH", characters.copy())), NULL), text(":"), or_else(characters, "")]
        else:
            encoded = (
                doubles.double_text(value, layers[field.name])
                if field.kind == "double"
                else _scalar(field, value, dialect)
            )
            pieces += [or_else(encoded, NULL), text(",")]
    return together(pieces, dialect)


def together(pieces: list[exp.Expression], dialect: Dialect) -> exp.Expression:
    """Texts joined, in the way that is cheap on the engine."""
    return concat(pieces) if dialect == "athena" else joined(pieces)


def double_layer(table: exp.Expression, fields: Sequence[Field], also: Sequence[Field] = ()) -> exp.Expression:
    """The relation with what the texts of its doubles need; unchanged without one.

    With ``also`` only these columns and the fields are left of it.
    """
    columns = [field.name for field in (*also, *fields)] if also else []
    return doubles.double_layer(table, _doubles(fields), columns)


def whole_number(field: Field, value: exp.Expression, dialect: Dialect) -> exp.Expression:
    """A column as a whole number: itself, 0 or 1, days or microseconds since 1970-01-01 UTC."""
    if field.kind == "integer":
        return value
    if field.kind == "boolean":
        zero_or_one = exp.Case().when(value, exp.Literal.number(1))
        return zero_or_one.when(exp.Not(this=value.copy()), exp.Literal.number(0))
    return _days(value, dialect) if field.kind == "date" else _micros(field, value, dialect)


def hexadecimal(value: exp.Expression, dialect: Dialect) -> exp.Expression:
    """MD5 of a text in 32 lower-case hexadecimal digits."""
    if dialect == "redshift":
        return call("MD5", value)
    return exp.Lower(this=call("TO_HEX", call("MD5", call("TO_UTF8", value))))


def binary_text(value: exp.Expression, dialect: Dialect) -> exp.Expression:
    """Bytes in upper-case hexadecimal digits; each driver would hand them over in a form of its own."""
    return call("TO_HEX", value) if dialect == "athena" else call("UPPER", call("TO_HEX", value))


def _doubles(fields: Sequence[Field]) -> dict[str, int]:
    return {field.name: n for n, field in enumerate(f for f in by_name(fields) if f.kind == "double")}


def _scalar(field: Field, value: exp.Expression, dialect: Dialect) -> exp.Expression:
    if field.kind == "decimal":
        return varchar(exp.cast(value, exp.DataType.build(f"DECIMAL(38,{field.digits})")))
    if field.kind == "binary":
        return binary_text(value, dialect)
    return varchar(whole_number(field, value, dialect))


def _days(value: exp.Expression, dialect: Dialect) -> exp.Expression:
    """Days since 1970-01-01."""
    epoch = cast(text("1970-01-01"), exp.DType.DATE)
    unit = text("day") if dialect == "athena" else exp.var("day")
    return call("DATE_DIFF" if dialect == "athena" else "DATEDIFF", unit, epoch, value)


def _micros(field: Field, value: exp.Expression, dialect: Dialect) -> exp.Expression:
    """Microseconds since 1970-01-01 00:00:00 UTC."""
    if field.kind == "instant":
        value = exp.AtTimeZone(this=value, zone=text("UTC"))
        if dialect == "athena":  # still a zoned value there; on Redshift it is a plain timestamp now
            value = exp.cast(value, exp.DataType.build(f"TIMESTAMP({field.digits})"))
    epoch = cast(text("1970-01-01 00:00:00"), exp.DType.TIMESTAMP)
    if dialect == "redshift":
        return call("DATEDIFF", exp.var("microsecond"), epoch, value)
    if field.digits <= 3:
        # Trino's date_diff knows no unit below the millisecond, which is what Hive timestamps have.
        return exp.Mul(this=call("DATE_DIFF", text("millisecond"), epoch, value), expression=exp.Literal.number(1000))
    # TO_UNIXTIME is a double, and real Trino gives some moments after 2038 a microsecond more or less. A text is exact.
    digits = call("SUBSTR", varchar(exp.cast(value.copy(), exp.DataType.build("TIMESTAMP(6)"))), exp.Literal.number(-6))
    whole = call("DATE_DIFF", text("second"), epoch, call("DATE_TRUNC", text("second"), value))
    return exp.Add(this=exp.Mul(this=whole, expression=exp.Literal.number(1_000_000)), expression=bigint(digits))
