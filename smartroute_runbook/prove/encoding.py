"""One text for one row, the same on Athena and on Redshift: version 1 of ``docs/encoding.md``.

The text is computed by SQL inside each engine, from functions both document. Two rows have the same text exactly when
they hold the same values; the three places where "same" needs a rule are stated in ``docs/encoding.md`` (the sign of
zero, CHAR padding, Hive timestamps).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from sqlglot import exp

from ..errors import UsageError

__all__ = ["VERSION", "Dialect", "Field", "by_name", "double_layer", "row_expression", "row_text"]

VERSION = 1
Dialect = Literal["athena", "redshift"]
NULL = "~"
EPOCH = date(1970, 1, 1).toordinal()

_KINDS: Mapping[str, str] = {
    "tinyint": "integer", "smallint": "integer", "int": "integer", "integer": "integer", "bigint": "integer",
    "string": "text", "varchar": "text", "char": "char", "boolean": "boolean", "date": "date",
    "float": "double", "real": "double", "double": "double", "decimal": "decimal", "binary": "binary",
    "varbinary": "binary", "timestamp": "timestamp", "timestamp with time zone": "instant",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A column and its Athena type, such as ``bigint``, ``string``, ``decimal(10,2)`` or ``timestamp(6)``."""

    name: str
    type: str

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


def row_expression(fields: Sequence[Field], dialect: Dialect, among: Sequence[Field] = ()) -> exp.Expression:
    """The row text as an expression over a relation that ``double_layer`` made for the fields ``among`` (or these)."""
    pieces: list[exp.Expression] = []
    doubles = _doubles(among or fields)
    for field in by_name(fields):
        column = exp.column(field.name, quoted=True)
        if field.kind in ("text", "char"):
            text = column if field.kind == "text" else exp.func("RTRIM", _varchar(column))
            length = _varchar(exp.Anonymous(this="LENGTH", expressions=[text.copy()]))
            pieces += [_or(length, NULL), _text(":"), _or(text, "")]
        else:
            value = _double(column, doubles[field.name]) if field.kind == "double" else _scalar(field, column, dialect)
            pieces += [_or(value, NULL), _text(",")]
    return _concat(pieces) if dialect == "athena" else _joined(pieces)


def row_text(fields: Sequence[Field], values: Mapping[str, Any]) -> str:
    """The same text computed here: what the engines' answers are tested against."""
    return "".join(_python(field, values[field.name]) for field in by_name(fields))


# -- doubles -----------------------------------------------------------------------------------------------------
# Redshift shows no bits, so a double is taken apart by operations that IEEE 754 makes exact: comparison, ABS, FLOOR,
# multiplication by a power of two, and y - FLOOR(y) for y >= 0. With 72 binades an arm, 30 arms hold every double.

BINADES, LOWEST, HIGHEST = 72, -15, 14
INFINITE, NAN = 15, 16


def double_layer(table: exp.Expression, fields: Sequence[Field]) -> exp.Expression:
    """The relation with, for each double, its arm ``_kN`` and its scaled size ``_yN``; unchanged without one."""
    names = _doubles(fields)
    if not names:
        return table
    arms, scaled = [], []
    for name, number in names.items():
        size = exp.Abs(this=_as_double(exp.column(name, quoted=True)))
        arm = exp.column(f"_k{number}", quoted=True)
        # The scale in two steps: 2 ** 1080, which the smallest doubles need, is no double itself.
        power = exp.Mul(this=exp.Literal.number(-BINADES // 2), expression=arm)
        root = _call("POWER", _number(2.0), _as_double(power))
        finite = (
            exp.Case().when(exp.LT(this=size.copy(), expression=_number(math.inf)), size.copy()).else_(_number(0.0))
        )
        arms.append(_alias(_arm(size), f"_k{number}"))
        scaled.append(
            _alias(exp.Mul(this=exp.Mul(this=finite, expression=root), expression=root.copy()), f"_y{number}")
        )
    inner = exp.select(exp.Star(), *arms, copy=False).from_(table).subquery(exp.to_identifier("armed", quoted=True))
    return exp.select(exp.Star(), *scaled, copy=False).from_(inner).subquery(exp.to_identifier("scaled", quoted=True))


def _doubles(fields: Sequence[Field]) -> dict[str, int]:
    return {field.name: n for n, field in enumerate(f for f in by_name(fields) if f.kind == "double")}


def _limits() -> Iterator[tuple[int, float]]:
    """Each arm with the power of two just above it; the highest has no limit but infinity."""
    for arm in range(LOWEST, HIGHEST):
        yield arm, math.ldexp(1.0, BINADES * arm + 62)
    yield HIGHEST, math.inf


def _arm(size: exp.Expression) -> exp.Expression:
    case = exp.Case()

    def when(test: exp.Expression, arm: int) -> None:
        case.when(test, exp.Literal.number(arm), copy=False)

    # First the arm of everyday numbers, then zero; NaN is below nothing on any engine and falls through.
    everyday = exp.GTE(this=size.copy(), expression=_number(2.0**-10))
    when(exp.and_(everyday, exp.LT(this=size.copy(), expression=_number(2.0**62))), 0)
    when(exp.EQ(this=size.copy(), expression=_number(0.0)), 0)
    for arm, limit in _limits():
        when(exp.LT(this=size.copy(), expression=_number(limit)), arm)
    when(exp.EQ(this=size.copy(), expression=_number(math.inf)), INFINITE)
    return case.else_(exp.Literal.number(NAN), copy=False)


def _double(column: exp.Expression, number: int) -> exp.Expression:
    scaled = exp.column(f"_y{number}", quoted=True)
    whole = exp.Floor(this=scaled)
    rest = exp.Mul(this=exp.paren(exp.Sub(this=scaled.copy(), expression=whole.copy())), expression=_number(2.0**62))
    sign = exp.Case().when(exp.LT(this=_as_double(column), expression=_number(0.0)), _text("-")).else_(_text("+"))
    arm = _varchar(exp.column(f"_k{number}", quoted=True))
    digits = [_varchar(_bigint(whole)), _text("."), _varchar(_bigint(exp.Floor(this=rest)))]
    text = _joined([sign, arm, _text("e"), *digits])
    return exp.Case().when(exp.Not(this=exp.Is(this=column.copy(), expression=exp.null())), text)


def _python_double(value: float) -> str:
    size, sign = abs(value), "-" if value < 0 else "+"
    if not math.isfinite(size):
        return f"{sign}{NAN if math.isnan(size) else INFINITE}e0.0"
    arm = 0 if size == 0 else (math.frexp(size)[1] + 9) // BINADES
    scaled = Fraction(size) / Fraction(2) ** (BINADES * arm)
    whole = math.floor(scaled)
    return f"{sign}{arm}e{whole}.{math.floor((scaled - whole) * 2**62)}"


# -- the other kinds -----------------------------------------------------------------------------------------------


def _scalar(field: Field, column: exp.Expression, dialect: Dialect) -> exp.Expression:
    athena = dialect == "athena"
    if field.kind == "integer":
        return _varchar(column)
    if field.kind == "decimal":
        return _varchar(exp.cast(column, exp.DataType.build(f"DECIMAL(38,{field.digits})")))
    if field.kind == "boolean":
        return exp.Case().when(column, _text("1")).when(exp.Not(this=column.copy()), _text("0"))
    if field.kind == "date":
        return _varchar(_days(column, dialect))
    if field.kind == "binary":
        return _call("TO_HEX", column) if athena else _call("UPPER", _call("TO_HEX", column))
    return _varchar(_micros(field, column, dialect))


def _days(column: exp.Expression, dialect: Dialect) -> exp.Expression:
    """Days since 1970-01-01."""
    epoch = exp.cast(_text("1970-01-01"), exp.DataType.build("DATE"))
    unit = _text("day") if dialect == "athena" else exp.var("day")
    return _call("DATE_DIFF" if dialect == "athena" else "DATEDIFF", unit, epoch, column)


def _micros(field: Field, column: exp.Expression, dialect: Dialect) -> exp.Expression:
    """Microseconds since 1970-01-01 00:00:00 UTC."""
    if field.kind == "instant":
        column = exp.AtTimeZone(this=column, zone=_text("UTC"))
        if dialect == "athena":  # still a zoned value there; on Redshift it is a plain timestamp now
            column = exp.cast(column, exp.DataType.build(f"TIMESTAMP({field.digits})"))
    epoch = exp.cast(_text("1970-01-01 00:00:00"), exp.DataType.build("TIMESTAMP"))
    if dialect == "redshift":
        return exp.Anonymous(this="DATEDIFF", expressions=[exp.var("microsecond"), epoch, column])
    if field.digits <= 3:
        # Trino's date_diff knows no unit below the millisecond, which is what Hive timestamps have.
        return exp.Mul(
            this=_call("DATE_DIFF", _text("millisecond"), epoch, column), expression=exp.Literal.number(1000)
        )
    seconds = exp.Mul(this=_call("TO_UNIXTIME", column), expression=_number(1e6))
    return _bigint(exp.Round(this=seconds))


def _python(field: Field, value: Any) -> str:
    if field.kind in ("text", "char"):
        text = None if value is None else str(value).rstrip(" ") if field.kind == "char" else str(value)
        return f"{NULL}:" if text is None else f"{len(text)}:{text}"
    if value is None:
        return f"{NULL},"
    if field.kind == "double":
        return _python_double(float(value)) + ","
    if field.kind == "decimal":
        return f"{Decimal(value):.{field.digits}f},"
    if field.kind == "boolean":
        return f"{int(value)},"
    if field.kind == "date":
        return f"{value.toordinal() - EPOCH},"
    if field.kind == "binary":
        return f"{bytes(value).hex().upper()},"
    if field.kind in ("timestamp", "instant"):
        moment: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        past = moment - datetime(1970, 1, 1, tzinfo=UTC)
        return f"{(past.days * 86400 + past.seconds) * 1_000_000 + past.microseconds},"
    return f"{int(value)},"


# -- small words for trees -----------------------------------------------------------------------------------------


def _text(value: str) -> exp.Expression:
    return exp.Literal.string(value)


def _number(value: float) -> exp.Expression:
    """A double constant through its shortest text, which every correctly rounding parser reads back exactly."""
    text = "Infinity" if math.isinf(value) else repr(value).replace("e+", "E").replace("e", "E")
    return _cast(exp.Literal.string(text), exp.DType.DOUBLE)


def _varchar(value: exp.Expression) -> exp.Expression:
    return _cast(value, exp.DType.VARCHAR)


def _bigint(value: exp.Expression) -> exp.Expression:
    return _cast(value, exp.DType.BIGINT)


def _as_double(value: exp.Expression) -> exp.Expression:
    return _cast(value.copy(), exp.DType.DOUBLE)


def _cast(value: exp.Expression, to: exp.DType) -> exp.Expression:
    return exp.Cast(this=value, to=exp.DataType(this=to))


def _call(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _or(value: exp.Expression, default: str) -> exp.Expression:
    return exp.Coalesce(this=value, expressions=[_text(default)])


def _alias(value: exp.Expression, name: str) -> exp.Expression:
    return exp.alias_(value, exp.to_identifier(name, quoted=True))


def _concat(pieces: list[exp.Expression], most: int = 100) -> exp.Expression:
    """Trino's CONCAT takes many arguments and copies each piece once, but not any number of them."""
    while len(pieces) > most:
        pieces = [_concat(pieces[n : n + most]) for n in range(0, len(pieces), most)]
    return _call("CONCAT", *pieces) if len(pieces) > 1 else pieces[0]


def _joined(pieces: Sequence[exp.Expression]) -> exp.Expression:
    """``a || b || ...`` as a balanced tree: each piece is copied log n times, not n times."""
    if len(pieces) == 1:
        return pieces[0]
    middle = len(pieces) // 2
    return exp.paren(exp.DPipe(this=_joined(pieces[:middle]), expression=_joined(pieces[middle:])))
