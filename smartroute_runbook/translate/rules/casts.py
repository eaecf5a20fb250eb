"""Casts: where the engines round, cut or print differently."""

from __future__ import annotations

import re

from sqlglot import exp

from smartroute_runbook.tolerance import Tolerance
from smartroute_runbook.translate.carried import carried
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import Type, type_of

from .base import AWS, Lowering, rule
from .constant_moments import MICROSECONDS, written_moment
from .moments import wall
from .trees import call, cast, decimal_cast, number, read_cast, rounded_cast, spare_digits, text, when, wrap

PLAIN = {
    "tinyint": "smallint", "smallint": "smallint", "integer": "integer", "bigint": "bigint", "real": "real",
    "double": "double precision", "boolean": "boolean", "date": "date", "timestamp": "timestamp", "varchar": "varchar",
}  # fmt: skip
IN_8_BYTES = 19  # digits of a decimal that Redshift keeps in 64 bits (r_Numeric_types201)
EXACT_DOUBLE = 15  # digits that a double holds, whatever they are
WHOLE = r"[+-]?\d+"
NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?Infinity|NaN"


def _refuse(node: exp.Expression, kind: Type, wanted: Type, hint: str) -> Refusal:
    return Refusal("cast", f"{athena(node)} turns {kind} into {wanted} in another way on Redshift", hint)


@rule(
    "parameter-cast",
    exp.Cast,
    why="a parameter has the type of the value that it gets; its cast is the same for texts and whole numbers",
    source=AWS + "r_CAST_function.html",
)
def _parameter_cast(node: exp.Cast, lower: Lowering) -> exp.Expression | None:
    wanted = type_of(node)
    if not isinstance(node.this, exp.Placeholder) or wanted.name not in PLAIN or wanted.name in ("boolean", "real"):
        return None
    lower.note("parameter-cast", f"{athena(node)} reads a text or a whole number", "give the parameter no other value")
    return cast(lower(node.this), PLAIN[wanted.name])


@rule(
    "cast-text",
    exp.Cast,
    why="the engines print this type differently",
    source=AWS + "r_TO_CHAR.html",
)
def _cast_text(node: exp.Cast, lower: Lowering) -> exp.Expression | None:
    kind, wanted = type_of(node.this), type_of(node)
    if wanted.name == "char":
        raise _refuse(node, kind, wanted, "use varchar")
    if wanted.name != "varchar":
        return None
    made = _printed(node, kind, wanted, lower)
    if not wanted.precision:
        return made
    return call("LEFT", made, wanted.precision)


def _printed(node: exp.Cast, kind: Type, wanted: Type, lower: Lowering) -> exp.Expression:
    inner = lower(node.this)
    if kind.name in ("varchar", "null"):
        return inner if kind.name == "varchar" else cast(inner, "varchar")
    if kind.integer or kind.name == "date":
        return cast(inner, "varchar")
    if kind.name == "decimal":
        room = Type("decimal", max(kind.precision, kind.scale + 1), kind.scale)  # a digit before the point
        declared = isinstance(node.this, exp.Column) and not kind.sources
        fixed = inner if declared else decimal_cast(inner, room)
        return cast(fixed, "varchar")
    if kind.name == "boolean":
        return when((inner, text("true")), (exp.Not(this=exp.Paren(this=inner.copy())), text("false")))
    if kind.name == "timestamp" and kind.precision in (0, 3, 6):
        fraction = {0: "", 3: ".MS", 6: ".US"}[kind.precision]
        return call("TO_CHAR", inner, "YYYY-MM-DD HH24:MI:SS" + fraction)
    raise _refuse(node, kind, wanted, "format it: date_format for times, CAST AS decimal(p,s) for numbers")


@rule(
    "cast-to-integer",
    exp.Cast,
    why="Athena rounds half away from zero; Redshift cuts the fraction of a NUMERIC off",
    source=AWS + "r_enable_numeric_rounding.html",
)
def _cast_to_integer(node: exp.Cast, lower: Lowering) -> exp.Expression | None:
    kind, wanted = type_of(node.this), type_of(node)
    if not wanted.integer or not (kind.floating or kind.name == "decimal"):
        return None
    inner = lower(node.this)
    if kind.name == "decimal":
        return cast(exp.Round(this=inner), PLAIN[wanted.name])
    whole = call("TRUNC", inner)
    rest = exp.Paren(this=exp.Sub(this=wrap(inner.copy()), expression=whole.copy()))
    half_up = call("TRUNC", exp.Mul(this=number(2), expression=rest))  # 1 from half a unit on; every step is exact
    return cast(exp.Add(this=whole, expression=half_up), PLAIN[wanted.name])


@rule(
    "cast-to-date",
    exp.Cast,
    exp.Date,
    why="the day depends on the time zone in which the moment is shown",
    source=AWS + "CONVERT_TIMEZONE.html",
)
def _cast_to_date(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    kind = type_of(node.this)
    if type_of(node).name != "date" or node.expressions:
        return None
    if kind.name == "timestamptz":
        return cast(wall(node.this, lower), "date")
    return cast(lower(node.this), "date")


@rule(
    "cast-to-timestamp",
    exp.Cast,
    why="Redshift's TIMESTAMP takes no precision, and its zoned type shows UTC only",
    source=AWS + "r_Datetime_types.html",
)
def _cast_to_timestamp(node: exp.Cast, lower: Lowering) -> exp.Expression | None:
    kind, wanted = type_of(node.this), type_of(node)
    if wanted.name not in ("timestamp", "timestamptz"):
        return None
    if node.this.is_string:
        return cast(text(written_moment(node, wanted)), "timestamp")
    if wanted.name == "timestamptz":
        if kind.name not in ("timestamp", "date", "timestamptz"):
            raise _refuse(node, kind, wanted, "store times in UTC and say AT TIME ZONE where they are shown")
        return rounded_to(cast(lower(node.this), "timestamp"), kind, wanted, node)
    if kind.name == "timestamptz":
        return rounded_to(wall(node.this, lower), kind, wanted, node)
    if kind.name == "varchar":
        hint = "check that the texts name no zone"
        lower.note("cast-to-timestamp", "a text that names a zone is an error on Redshift", hint)
        digits = 3 if "milliseconds" in kind.known else MICROSECONDS
        return rounded_to(cast(lower(node.this), "timestamp"), Type("timestamp", digits), wanted, node)
    return rounded_to(cast(lower(node.this), "timestamp"), kind, wanted, node)


def rounded_to(made: exp.Expression, kind: Type, wanted: Type, node: exp.Expression) -> exp.Expression:
    """A Redshift timestamp with no more fraction digits than Trino's: half a unit is rounded up.

    Raises:
        Refusal: DATE_TRUNC has no unit of so many digits.
    """
    if kind.precision <= wanted.precision:
        return made
    unit = {0: "second", 3: "millisecond"}.get(wanted.precision)
    if unit is None or kind.precision > MICROSECONDS:
        raise Refusal("cast-to-timestamp", f"{athena(node)} rounds to {wanted}", "round to 0, 3 or 6 digits")
    half = 500 if unit == "millisecond" else 500_000
    return call("DATE_TRUNC", unit, call("DATEADD", exp.var("MICROSECOND"), number(half), made))


@rule(
    "cast-decimal",
    exp.Cast,
    why="Redshift cuts the digits off that Athena rounds, of a decimal, a text or a float; a double rounds either way "
    "at half a unit of the last digit",
    source=AWS + "r_enable_numeric_rounding.html",
)
def _cast_decimal(node: exp.Cast, lower: Lowering) -> exp.Expression | None:
    kind, wanted = type_of(node.this), type_of(node)
    if wanted.name != "decimal":
        return None
    if kind.floating:
        lower.loosen(node, Tolerance(relative=1e-6 if kind.name == "real" else 1e-9, absolute=10.0**-wanted.scale))
    if not (kind.numeric or kind.open or kind.name == "varchar"):
        raise _refuse(node, kind, wanted, "cast to a number first")
    if kind.name == "varchar":
        _require_number(node, wanted, lower)
    if wanted.precision == IN_8_BYTES:
        why = f"of {wanted} Redshift keeps no more than {2**63 - 1} without the point; larger ones are an error"
        lower.note("cast-decimal", why, "cast to 20 digits, if there are such numbers")
    if kind.name == "decimal" and max(kind.scale, carried(node.this).scale) > wanted.scale:
        return rounded_cast(lower(node.this), wanted)
    if kind.floating or kind.name == "varchar":
        return _read(node, kind, wanted, lower)
    return decimal_cast(lower(node.this), wanted)


def _read(node: exp.Cast, kind: Type, wanted: Type, lower: Lowering) -> exp.Expression:
    """A text or a float as a decimal."""
    written = node.this.name.lower() if node.this.is_string else "e"
    if "e" not in written and len(written.partition(".")[2]) <= wanted.scale:
        return decimal_cast(lower(node.this), wanted)
    if spare_digits(wanted) is None:
        why = f"{athena(node)}: Redshift does not round the digits beyond {wanted}, as Athena does"
        lower.note("cast-decimal", why, "cast to a decimal with fewer than 38 digits")
    return read_cast(lower(node.this), wanted)


def _require_number(node: exp.Cast, wanted: Type, lower: Lowering) -> None:
    """A constant text must be a number as Athena reads it; of a column's texts the reader is told.

    Raises:
        Refusal: the cast fails on Athena.
    """
    if not node.this.is_string:
        hint = "TRY_CAST, or check the texts"
        lower.note("cast-of-text", "a text between blanks is a number on Redshift, and an error on Athena", hint)
    elif not re.fullmatch(WHOLE if wanted.integer else NUMBER, node.this.name):
        raise Refusal("cast", f"{athena(node)}: Athena reads no {wanted} there", "write the number itself")


def _loosen_float(node: exp.Cast, kind: Type, wanted: Type, lower: Lowering) -> None:
    """A decimal as a float: Trino rounds twice where it has more digits than a float, and misses the nearest one."""
    if wanted.name == "real":
        lower.loosen(node, Tolerance(relative=1e-6))
    elif kind.precision > EXACT_DOUBLE:
        lower.loosen(node, Tolerance(relative=1e-15))


@rule(
    "cast",
    exp.Cast,
    why="Redshift names the type differently",
    source=AWS + "c_Supported_data_types.html",
)
def _cast_plain(node: exp.Cast, lower: Lowering) -> exp.Expression | None:
    kind, wanted = type_of(node.this), type_of(node)
    if kind.nested or wanted.nested:
        raise Refusal("nested", f"{athena(node)} casts a nested value", "decide: SUPER, or flatten at load")
    if wanted.name == "boolean" and kind.name == "varchar":
        return None  # by its words: `tries`
    number_to_number = (kind.numeric or kind.name in ("boolean", "null")) and wanted.numeric
    parsed = kind.name == "varchar" and wanted.numeric
    truth = wanted.name == "boolean" and (kind.integer or kind.name in ("boolean", "null"))
    if parsed:
        _require_number(node, wanted, lower)
    if kind.name == "decimal" and wanted.floating:
        _loosen_float(node, kind, wanted, lower)
    if kind.name == "boolean" and wanted.floating:  # of a boolean Redshift makes whole numbers (r_TRY_CAST)
        return cast(cast(lower(node.this), "integer"), PLAIN[wanted.name])
    if wanted.name in PLAIN and (number_to_number or parsed or truth or kind == wanted):
        return cast(lower(node.this), PLAIN[wanted.name])
    if kind.name == "unknown":
        raise Refusal("cast", f"the type of {athena(node.this)} is not known", "cast it in a subquery")
    if kind.name == "null" and wanted.name in PLAIN:
        return cast(lower(node.this), PLAIN[wanted.name])
    raise _refuse(node, kind, wanted, "spell the conversion out")
