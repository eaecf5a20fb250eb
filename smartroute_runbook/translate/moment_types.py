"""The type of a Trino expression of dates, moments and intervals where it follows from its parts by a rule of its own.

Raises:
    Invalid: Trino rejects the expression.
    Refusal: Trino takes it, and the translator does not.
"""

from __future__ import annotations

import re

from sqlglot import exp

from .argument_types import clash, is_moment, is_text, needs
from .model import Refusal
from .text import athena
from .types import Type, type_of


def timezone(node: exp.Expression) -> Type:
    """AT TIME ZONE: the moment, shown in a zone that is a constant."""
    zone = node.args["zone"]
    if not zone.is_string:
        raise Refusal("time-zone", f"the zone of {athena(node)} is not a constant", "write the zone as text")
    kind = type_of(node.this)
    if not kind.moment and not kind.open:
        raise clash(node, kind)
    return Type("timestamptz", 3 if kind.name == "date" else kind.precision, zone=zone.name)


def named_zone(node: exp.Expression) -> Type:
    """AT_TIMEZONE(moment, zone), the function."""
    moment, zone = node.expressions
    return timezone(exp.AtTimeZone(this=moment.copy(), zone=zone.copy()))


def unixtime(node: exp.Expression) -> Type:
    """FROM_UNIXTIME: a moment in UTC, or in a zone that is a constant."""
    zone = node.args.get("zone")
    if zone is not None and not zone.is_string:
        raise Refusal("time-zone", f"the zone of {athena(node)} is not a constant", "write the zone as text")
    return Type("timestamptz", 3, zone=zone.name if zone is not None else "UTC")


def iso_moment(node: exp.Expression) -> Type:
    """FROM_ISO8601_TIMESTAMP: the zone is in the text; it is known when the schema says that it is UTC."""
    kind = needs(is_text)(node)
    utc = "utc" in kind.known or (node.this.is_string and node.this.name.endswith("Z"))
    return Type("timestamptz", 3, zone="UTC" if utc else "")


def parsed_moment(node: exp.Expression) -> Type:
    """PARSE_DATETIME: a moment in UTC, unless the pattern reads a zone."""
    known = needs(is_text)(node).known
    pattern = node.args.get("format")
    letters = re.sub("'[^']*'", "", pattern.name) if pattern is not None and pattern.is_string else "Z"
    return Type("timestamptz", 3, zone="UTC" if "utc" in known or not re.search("[zZ]", letters) else "")


def date_add(node: exp.Expression) -> Type:
    """DATE_ADD: the moment's type; the amount is a whole number."""
    amount = type_of(node.expression)
    if not (amount.integer or amount.open):
        raise clash(node, amount)
    return of_date_unit(node)


def of_date_unit(node: exp.Expression) -> Type:
    """A function of a unit and a moment: a date has no hours."""
    kind = needs(is_moment)(node)
    if kind.name == "date" and node.text("unit").upper() in ("HOUR", "MINUTE", "SECOND", "MILLISECOND"):
        raise clash(node, kind)
    return kind


def interval(node: exp.Expression) -> Type:
    """INTERVAL with one unit: of months, or of days and less."""
    unit = node.args.get("unit")
    if unit is None:
        raise Refusal("interval", f"{athena(node)} has no unit", "INTERVAL '1' DAY")
    if not isinstance(unit, exp.Var):
        raise Refusal("interval", f"compound interval {athena(node)}", "write it with one unit")
    return Type("interval_month" if unit.name.upper() in ("MONTH", "YEAR") else "interval_day")
