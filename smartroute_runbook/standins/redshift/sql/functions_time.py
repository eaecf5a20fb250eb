"""Redshift's functions of dates and times."""

from __future__ import annotations

import re

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import Build, arguments, cast, own, plain, text
from .formats import strptime_format, to_char
from .types import DATE, of

__all__ = ["TIME_FUNCTIONS", "zone"]


def getdate(_node: exp.Expression) -> exp.Expression:
    """GETDATE(): a TIMESTAMP without fraction (r_GETDATE)."""
    return plain("date_trunc", text("second"), cast(plain("now"), "TIMESTAMP"))


def datediff(node: exp.Expression) -> exp.Expression:
    """DATEDIFF counts boundaries crossed; both sides must contain the part (r_DATEDIFF_function)."""
    unit, start, stop = arguments(node, 3, 3)
    name = UNITS.get(unit.name.lower(), unit.name.lower())
    kinds = [of(each) for each in node.expressions[1:]]
    if DATE in kinds and name in OF_A_DAY:
        raise SqlError(
            "0A000", f"not rehearsable: DATEDIFF({name}) of a DATE, which has no {name}; cast it to TIMESTAMP"
        )
    kind = kinds[1]
    to = "TIME" if kind is not None and kind.base.startswith("time ") else "TIMESTAMP"
    return plain("date_diff", text(name), cast(start, to), cast(stop, to))


OF_A_DAY = frozenset({"hour", "minute", "second", "millisecond", "microsecond"})
"""Parts that a DATE has not."""


UNITS = {
    "d": "day", "days": "day", "h": "hour", "hr": "hour", "hrs": "hour", "hours": "hour", "m": "minute",
    "min": "minute", "mins": "minute", "minutes": "minute", "s": "second", "sec": "second", "seconds": "second",
    "mon": "month", "mons": "month", "months": "month", "y": "year", "yr": "year", "years": "year", "qtr": "quarter",
    "w": "week", "weeks": "week", "ms": "millisecond", "us": "microsecond",
}  # fmt: skip


def formatted(node: exp.Expression) -> exp.Expression:
    """TO_CHAR(timestamp, format) (r_FORMAT_strings)."""
    value, pattern = arguments(node, 2, 2)
    if not isinstance(pattern, exp.Literal):
        raise SqlError("0A000", "not rehearsable: TO_CHAR with a format that is no constant")
    kind = of(node.expressions[0])
    if kind is not None and not kind.base.startswith(("timestamp", "date", "time")):
        raise SqlError("0A000", "not rehearsable: TO_CHAR of a number")
    return to_char(cast(value, "TIMESTAMP"), pattern.name)


def to_date(node: exp.Expression) -> exp.Expression:
    """TO_DATE(text, format)."""
    value, pattern = arguments(node, 2, 3)[:2]
    return cast(plain("strptime", cast(value, "VARCHAR"), text(strptime_format(pattern.name))), "DATE")


def to_timestamp(node: exp.Expression) -> exp.Expression:
    """TO_TIMESTAMP(text, format): a TIMESTAMPTZ (r_TO_TIMESTAMP)."""
    value, pattern = arguments(node, 2, 3)[:2]
    kind = of(node.expressions[0])
    if kind is not None and not kind.text:
        raise SqlError("0A000", f"not rehearsable: TO_TIMESTAMP of a {kind.base}")
    parsed = plain("strptime", cast(value, "VARCHAR"), text(strptime_format(pattern.name)))
    return exp.AtTimeZone(this=parsed, zone=text("UTC"))


def convert_timezone(node: exp.Expression) -> exp.Expression:
    """CONVERT_TIMEZONE([from,] to, timestamp): a TIMESTAMP (CONVERT_TIMEZONE)."""
    given = arguments(node, 2, 3)
    origin = given[0] if len(given) == 3 else text("UTC")
    moment = exp.AtTimeZone(this=cast(given[-1], "TIMESTAMP"), zone=zone(origin))
    return exp.Paren(this=exp.AtTimeZone(this=exp.Paren(this=moment), zone=zone(given[-2])))


# Abbreviations are fixed offsets, names follow daylight saving (CONVERT_TIMEZONE, "Time zone usage notes").
ABBREVIATIONS = {"EST": 5, "EDT": 4, "CST": 6, "CDT": 5, "MST": 7, "MDT": 6, "PST": 8, "PDT": 7, "AKST": 9, "HST": 10}


def zone(name: exp.Expression) -> exp.Expression:
    """A time zone for DuckDB, whose ICU reads PST as Los Angeles."""
    if isinstance(name, exp.Literal) and (hours := ABBREVIATIONS.get(name.name.upper())):
        return text(f"Etc/GMT+{hours}")
    if isinstance(name, exp.Literal) and (found := _POSIX_ZONE.fullmatch(name.name)):
        if found[3]:
            raise SqlError("0A000", "not rehearsable: a time zone with minutes")
        hours = int(found[2])  # west of Greenwich, in POSIX's form as in the names of Etc/
        return text(f"Etc/GMT{hours:+d}" if hours else "UTC")
    return name


_POSIX_ZONE = re.compile(r"(?!Etc/)([A-Za-z/_]{3,}) ?([+-]?\d{1,2})(:\d{2})?")
"""``GMT+2``, ``NEWZONE -2``: the name counts for nothing (CONVERT_TIMEZONE, "Using POSIX-style format")."""


TIME_FUNCTIONS: dict[str, Build] = {
    "getdate": getdate,
    "sysdate": lambda _node: cast(plain("now"), "TIMESTAMP"),
    "now": lambda _node: plain("now"),
    "last_day": lambda node: plain("last_day", cast(arguments(node, 1, 1)[0], "TIMESTAMP")),
    "next_day": own("next_day", 2, 2),
    "add_months": own("add_months", 2, 2),
    "months_between": own("months_between", 2, 2),
    "datediff": datediff,
    "date_diff": datediff,
    "date_cmp": own("compared", 2, 2),
    "timestamp_cmp": own("compared", 2, 2),
    "to_char": formatted,
    "to_date": to_date,
    "to_timestamp": to_timestamp,
    "convert_timezone": convert_timezone,
}
