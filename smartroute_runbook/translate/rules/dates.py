"""Dates and times: units that elapse against boundaries that are crossed, zones, and types that change silently."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import Type, type_of

from .base import AWS, TRINO, Lowering, rule
from .casts import rounded_to
from .date_arithmetic import MILLISECONDS, MONTHS, with_clock
from .moments import known_zone, of_wall, unit_of, wall, whole_hours
from .trees import binary, call, cast, double, number, text, wrap

MILLIS = 3  # fraction digits of FROM_UNIXTIME
PARTS = {
    exp.Year: "YEAR", exp.Month: "MONTH", exp.Day: "DAY", exp.DayOfMonth: "DAY", exp.Hour: "HOUR", exp.Minute: "MINUTE",
    exp.Second: "SECOND", exp.Quarter: "QUARTER", exp.WeekOfYear: "WEEK", exp.Week: "WEEK", exp.DayOfYear: "DOY",
}  # fmt: skip
EXTRACTS = {
    "YEAR": "YEAR", "MONTH": "MONTH", "DAY": "DAY", "DAY_OF_MONTH": "DAY", "HOUR": "HOUR", "MINUTE": "MINUTE",
    "SECOND": "SECOND",
    "QUARTER": "QUARTER", "WEEK": "WEEK", "DAY_OF_YEAR": "DOY", "DOY": "DOY",
}  # fmt: skip


def _field(part: str, moment: exp.Expression) -> exp.Expression:
    return exp.Extract(this=exp.var(part), expression=moment)


@rule(
    "date-part",
    *PARTS,
    why="the function does not exist on Redshift; EXTRACT does",
    source=AWS + "r_EXTRACT_function.html",
)
def _date_part(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    return _field(PARTS[type(node)], wall(node.this, lower))


@rule(
    "day-of-week",
    exp.DayOfWeekIso,
    exp.Extract,
    why="Athena counts Monday 1 to Sunday 7; Redshift's DOW counts Sunday 0 to Saturday 6",
    source=AWS + "r_Dateparts_for_datetime_functions.html",
)
def _day_of_week(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    extract = isinstance(node, exp.Extract)
    if extract and node.name.upper() not in ("DOW", "DAY_OF_WEEK"):
        return None
    moment = wall(node.expression if extract else node.this, lower)
    shifted = exp.Add(this=_field("DOW", moment), expression=number(6))
    return exp.Paren(this=binary(exp.Add, call("MOD", shifted, 7), number(1)))


@rule(
    "extract",
    exp.Extract,
    why="the parts are named differently, and the part depends on the zone in which the moment is shown",
    source=AWS + "r_EXTRACT_function.html",
)
def _extract(node: exp.Extract, lower: Lowering) -> exp.Expression | None:
    part = EXTRACTS.get(node.name.upper())
    if part is None or not type_of(node.expression).moment:
        raise Refusal("extract", f"{athena(node)} has no counterpart", "use another part")
    return _field(part, wall(node.expression, lower))


@rule(
    "year-of-week",
    exp.YearOfWeek,
    exp.Anonymous,
    why="Redshift has no ISO year; it is the year of the week's Thursday",
    source=AWS + "r_Dateparts_for_datetime_functions.html",
)
def _year_of_week(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.Anonymous):
        return None
    monday = call("DATE_TRUNC", "week", wall(node.this, lower))
    return _field("YEAR", call("DATEADD", exp.var("DAY"), number(3), monday))


@rule(
    "epoch",
    exp.UnixToTime,
    why="Redshift has no FROM_UNIXTIME; the moment is carried as a TIMESTAMP in UTC",
    source=AWS + "r_Dateparts_for_datetime_functions.html",
)
def _epoch(node: exp.UnixToTime, lower: Lowering) -> exp.Expression | None:
    if node.args.get("minutes") is not None or node.args.get("scale") is not None:
        raise Refusal("epoch", f"{athena(node)} has no counterpart", "use from_unixtime(seconds)")
    if node.args.get("zone") is not None:
        known_zone(node.args["zone"].name)
    if type_of(node.this).floating or type_of(node.this).scale > MILLIS:
        whole = exp.Floor(this=exp.Add(this=exp.Mul(this=wrap(double(node.this, lower)), expression=number(1000)),
                                       expression=number(0.5)))  # fmt: skip
        seconds = exp.Div(this=whole, expression=number(1000), typed=True, safe=False)
    else:
        seconds = lower(node.this)
    if not type_of(node.this).numeric:
        raise Refusal("epoch", f"the type of {athena(node.this)} is not known", "cast it to bigint")
    return exp.UnixToTime(this=wrap(seconds))


@rule(
    "to-epoch",
    exp.TimeToUnix,
    why="Redshift has no TO_UNIXTIME, and whether its epoch keeps fractions is not documented; milliseconds do",
    source=AWS + "r_DATEDIFF_function.html",
)
def _to_epoch(node: exp.TimeToUnix, lower: Lowering) -> exp.Expression | None:
    if not type_of(node.this).moment:
        raise Refusal("to-epoch", f"the type of {athena(node.this)} is not known", "cast it to timestamp")
    epoch = cast(text("1970-01-01 00:00:00"), "timestamp")
    fine = type_of(node.this).precision > 3
    moment = with_clock(lower(node.this), node.this)
    ticks = call("DATEDIFF", exp.var("MICROSECOND" if fine else "MILLISECOND"), epoch, moment)
    return exp.Paren(this=binary(exp.Div, cast(ticks, "double precision"), number(1_000_000 if fine else 1000)))


@rule(
    "clock",
    exp.CurrentTimestamp,
    exp.CurrentDate,
    exp.Localtimestamp,
    why="the clock is GETDATE() on Redshift, in the session's zone, which must be UTC as it is on Athena",
    source=AWS + "r_GETDATE.html",
)
def _clock(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    hint = "compared with one moment in its place; keep the session's zone UTC, which is both engines' default"
    digits = node.this.name if node.this is not None else ""
    fine = f"; its {digits} digits of a second are not kept" if digits not in ("", "0") else ""
    lower.note("clock", f"the result depends on when it is asked, and on the session's zone{fine}", hint)
    return None if isinstance(node, exp.CurrentDate) else call("GETDATE")


@rule(
    "at-time-zone",
    exp.AtTimeZone,
    exp.Anonymous,
    why="on a time without zone, Redshift's AT TIME ZONE converts the other way round",
    source=AWS + "r_AT_TIME_ZONE.html",
)
def _at_time_zone(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.AtTimeZone):
        known_zone(node.args["zone"].name)
        return lower(node.this)
    name = node.name.lower()
    if name == "at_timezone":
        known_zone(node.expressions[1].name)
        return lower(node.expressions[0])
    if name == "with_timezone":
        local = lower(node.expressions[0])
        return of_wall(local, node.expressions[1].name, lower)
    return None


@rule(
    "date-trunc",
    exp.TimestampTrunc,
    exp.DateTrunc,
    why="Redshift's DATE_TRUNC of a DATE is a TIMESTAMP, and a day begins by the zone in which the moment is shown",
    source=AWS + "r_DATE_TRUNC.html",
)
def _date_trunc(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    kind, unit = type_of(node.this), unit_of(node)
    if unit not in (*MILLISECONDS, *MONTHS) or unit == "MILLISECOND":
        raise Refusal("date-trunc", f"the unit of {athena(node)}", "second, minute, hour, day, week, month or more")
    zoned = kind.name == "timestamptz" and kind.zone != "UTC"
    if zoned and not kind.zone:
        wall(node.this, lower)  # says what is missing
    if not zoned or unit in ("SECOND", "MINUTE") or (unit == "HOUR" and whole_hours(known_zone(kind.zone))):
        made = call("DATE_TRUNC", unit.lower(), lower(node.this) if zoned else wall(node.this, lower))
        return cast(made, "date") if kind.name == "date" else made
    if unit == "HOUR":
        raise Refusal("date-trunc", f"hours of {kind.zone} do not begin with those of UTC", "truncate in UTC")
    local = call("DATE_TRUNC", unit.lower(), wall(node.this, lower))
    return of_wall(local, kind.zone, lower, midnight=True)


@rule(
    "last-day",
    exp.LastDay,
    why="the function is LAST_DAY on Redshift",
    source=AWS + "r_LAST_DAY.html",
)
def _last_day(node: exp.LastDay, lower: Lowering) -> exp.Expression | None:
    return call("LAST_DAY", wall(node.this, lower))


@rule(
    "iso-date",
    exp.FromISO8601Date,
    exp.FromISO8601Timestamp,
    why="Redshift has no FROM_ISO8601_DATE; a date in ISO form is cast",
    source=TRINO + "functions/datetime.html#from_iso8601_date",
)
def _iso_date(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.FromISO8601Timestamp):
        instant = exp.AtTimeZone(this=cast(lower(node.this), "timestamptz"), zone=text("UTC"))
        digits = 3 if "milliseconds" in type_of(node.this).known else 6
        return rounded_to(instant, Type("timestamp", digits), Type("timestamp", 3), node)
    return cast(lower(node.this), "date")


@rule(
    "millisecond",
    exp.Anonymous,
    why="Redshift has no MILLISECOND; it is what has passed since the second began",
    source=AWS + "r_DATEDIFF_function.html",
)
def _millisecond(node: exp.Anonymous, lower: Lowering) -> exp.Expression | None:
    if node.name.lower() != "millisecond":
        return None
    moment = wall(node.expressions[0], lower)
    begun = call("DATE_TRUNC", "second", moment.copy())
    return call("DATEDIFF", exp.var("MILLISECOND"), begun, moment)
