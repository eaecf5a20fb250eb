"""The type of a Trino expression where it follows from its parts by a rule of its own.

Raises:
    Invalid: Trino rejects the expression.
    Refusal: Trino takes it, and the translator does not.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from sqlglot import exp

from .argument_types import clash, is_number, is_text, needs, unify
from .model import Invalid, Refusal
from .text import athena, shortened
from .types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    REAL,
    VARCHAR,
    Type,
    arithmetic,
    as_decimal,
    decimal,
    from_datatype,
    type_of,
)

A_DAY: Final = {"HOUR": 24, "MINUTE": 1440, "SECOND": 86_400}
MILLISECONDS: Final = 3  # digits of an interval's seconds


BIGINT_DIGITS: Final = 19


def literal(node: exp.Expression) -> Type:
    """A number as written: integer, bigint, decimal or double.

    Raises:
        Invalid: beyond 64 bits, or more than 38 digits.
    """
    assert isinstance(node, exp.Literal)  # noqa: S101 - by the table of signatures
    text = node.name
    if node.is_string:
        return VARCHAR
    if "e" in text.lower():
        return DOUBLE
    if "." in text:
        whole, fraction = text.split(".")
        if len(whole.lstrip("0")) + len(fraction) > 38:
            raise Invalid("syntax", f"{shortened(text)} has more than 38 digits", "write a double: 1.5e0")
        return decimal(len(whole.lstrip("0")) + len(fraction) or 1, len(fraction))
    if len(text.lstrip("0")) > BIGINT_DIGITS or int(text) >= 2**63 + isinstance(node.parent, exp.Neg):
        raise Invalid("syntax", f"{shortened(text)} is beyond 64 bits", "write a decimal: DECIMAL '...'")
    return INTEGER if int(text) < 2**31 else BIGINT


def binary(node: exp.Expression) -> Type:
    """Arithmetic between numbers, and of an interval with a moment."""
    operator = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Mod": "%"}[type(node).__name__]
    a, b = type_of(node.this), type_of(node.expression)
    for moment, span in ((a, b), (b, a)):
        if moment.moment and span.name.startswith("interval"):
            if moment.name == "date" and not _of_whole_days(node):
                raise clash(node, a, b)
            if moment.name != "date" and span.name == "interval_day":
                return replace(moment, precision=max(moment.precision, MILLISECONDS), sources=())
            return moment
    if a.name.startswith("interval") or b.name.startswith("interval"):
        if operator == "*" and (a.integer or b.integer):
            return a if a.name.startswith("interval") else b
        raise Refusal("interval", f"arithmetic on intervals: {athena(node)}", "add intervals to a date one by one")
    if a.moment and b.moment and operator == "-":
        raise Refusal("interval", f"{athena(node)} is an interval", "use date_diff with the unit that is meant")
    result = arithmetic(operator, a, b)
    if result is None:
        raise clash(node, a, b)
    return result


def _of_whole_days(node: exp.Expression) -> bool:
    """Whether an interval is one of whole days, as far as it is a constant: Athena adds no other to a date."""
    for span in (node.this.unnest(), node.expression.unnest()):
        day = A_DAY.get(span.text("unit").upper()) if isinstance(span, exp.Interval) else None
        if day is not None and re.fullmatch(r"-?\d+(\.\d+)?", span.this.name) and float(span.this.name) % day:
            return False
    return True


def comparison(node: exp.Expression) -> Type:
    """Two values of one common type."""
    unify(node, node.this, node.expression)
    return BOOLEAN


def between(node: exp.Expression) -> Type:
    """A value and its two ends, of one common type."""
    unify(node, node.this, node.args["low"], node.args["high"])
    return BOOLEAN


def in_list(node: exp.Expression) -> Type:
    """A value and its list, of one common type."""
    unify(node, node.this, *node.expressions)
    return BOOLEAN


def case(node: exp.Expression) -> Type:
    """CASE: conditions that are boolean, or comparable with the operand; the common type of its results."""
    for branch in node.args["ifs"]:
        if node.this is not None:
            unify(node, node.this, branch.this)
        elif type_of(branch.this).name not in ("boolean", "null", "unknown"):
            raise clash(branch.this, type_of(branch.this))
    return unify(node, *(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default"))


def if_else(node: exp.Expression) -> Type:
    """IF: the common type of both ends."""
    return unify(node, node.args.get("true"), node.args.get("false"))


def sum_of(node: exp.Expression) -> Type:
    """SUM: 38 digits of a decimal, BIGINT of integers, else the type itself."""
    kind = needs(is_number)(node)
    if kind.name == "decimal":
        return decimal(38, kind.scale)
    return BIGINT if kind.integer else kind


def avg(node: exp.Expression) -> Type:
    """AVG: DOUBLE of integers, else the type itself."""
    kind = needs(is_number)(node)
    return DOUBLE if kind.integer or kind.open else kind


def rounded(node: exp.Expression) -> Type:
    """ROUND: a decimal may gain a digit; it loses its fraction unless decimals are asked for."""
    kind = needs(is_number)(node)
    if kind.name != "decimal":
        return kind
    if node.args.get("decimals") is None:
        return decimal(kind.precision - kind.scale + min(kind.scale, 1), 0)
    return decimal(kind.precision + 1, kind.scale)


def ceil(node: exp.Expression) -> Type:
    """CEIL and FLOOR: a decimal loses its fraction."""
    kind = needs(is_number)(node)
    return decimal(kind.precision - kind.scale + min(kind.scale, 1), 0) if kind.name == "decimal" else kind


def sign(node: exp.Expression) -> Type:
    """SIGN: DECIMAL(1,0) of a decimal, else the type itself."""
    kind = needs(is_number)(node)
    return decimal(1, 0) if kind.name == "decimal" else kind


def trunc(node: exp.Expression) -> Type:
    """TRUNCATE: a decimal loses its fraction unless decimals are asked for."""
    kind = needs(is_number)(node)
    if node.args.get("decimals") is not None:
        return kind
    return decimal(max(kind.precision - kind.scale, 1), 0) if as_decimal(kind) and kind.scale else kind


def cast(node: exp.Expression) -> Type:
    """CAST: the type that is named; a moment's zone is known where the value is no text, or text that says UTC."""
    kind = from_datatype(node.args["to"])
    if kind.name == "unknown":
        raise Refusal("type", f"no counterpart of {node.args['to'].sql('trino')} in Redshift", "cast to a plain type")
    inner = type_of(node.this)
    if kind.moment and (inner.numeric or inner.name == "boolean"):
        raise clash(node, inner)
    if kind.name == "timestamptz":
        if inner.name == "timestamptz":
            return Type(kind.name, kind.precision, zone=inner.zone)
        if inner.name != "varchar":
            return Type(kind.name, kind.precision, zone="UTC")
        named = (
            re.search(r" (UTC|[A-Z]\w+/[\w/-]+)\s*$", node.this.name, re.IGNORECASE) if node.this.is_string else None
        )
        zone = named[1] if named else ""
        return Type(kind.name, kind.precision, zone="UTC" if zone.upper() == "UTC" else zone)
    return kind


def geometric_mean(node: exp.Expression) -> Type:
    """GEOMETRIC_MEAN: REAL of reals, else DOUBLE."""
    return REAL if type_of(node.expressions[0].unnest()).name == "real" else DOUBLE


def random(node: exp.Expression) -> Type:
    """RANDOM: a double below 1, or a whole number of its bounds' type."""
    bounds = [type_of(node.args[key]) for key in ("this", "lower", "upper") if node.args.get(key) is not None]
    if not bounds:
        return DOUBLE
    if any(not (kind.integer or kind.open) for kind in bounds):
        raise clash(node, *bounds)
    return BIGINT if any(kind.name == "bigint" for kind in bounds) else INTEGER


def common_type(node: exp.Expression) -> Type:
    """COALESCE, GREATEST and LEAST: the common type of all."""
    return unify(node, node.this, *node.expressions)


def nullif(node: exp.Expression) -> Type:
    """NULLIF: the type of the first, which must be comparable with the second."""
    unify(node, node.this, node.expression)
    return type_of(node.this)


def lag(node: exp.Expression) -> Type:
    """LAG and LEAD: the common type of the value and its default."""
    return unify(node, node.this, node.args.get("default"))


def concat(node: exp.Expression) -> Type:
    """Text joined to text."""
    for part in node.expressions or (node.this, node.expression):
        kind = type_of(part)
        if not (kind.open or is_text(kind)):
            if kind.nested:
                raise Refusal("nested", f"{athena(node)} joins {kind.name}s", "flatten the nested column at load")
            raise clash(node, kind)
    return VARCHAR


def passing(node: exp.Expression) -> Type:
    """The type of the only part."""
    return type_of(node.this)
