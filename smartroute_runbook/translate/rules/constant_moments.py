"""Constant moments: read here, so that both engines are handed what needs no reading of zones or rounding."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import Type

from .moments import known_zone

__all__ = ["MICROSECONDS", "written_moment"]

MICROSECONDS = 6  # digits of a Redshift timestamp
MOMENT = re.compile(
    r"\s*(\d{4}-\d{1,2}-\d{1,2})(?:[ T](\d{1,2}:\d{1,2}(?::\d{1,2})?)(?:\.(\d+))?)?"
    r"( UTC| [A-Z][A-Za-z]+/[A-Za-z_/-]+| ?[+-]\d{2}:\d{2})?\s*",
    re.IGNORECASE,
)


def written_moment(node: exp.Cast, wanted: Type) -> str:
    """A constant moment rounded as Athena rounds it; one with a zone as UTC shows it.

    Raises:
        Refusal: it is none that both engines read, or has digits that Redshift cannot hold.
    """
    moment = MOMENT.fullmatch(node.this.name)
    if moment is None or (moment[4] and wanted.name == "timestamp"):
        raise _refusal(node, wanted, "write 'YYYY-MM-DD HH:MM:SS.fff', and a zone with AT TIME ZONE")
    if wanted.name == "timestamptz" and not moment[4]:
        raise _refusal(node, wanted, "store times in UTC and say AT TIME ZONE where they are shown")
    zone = (moment[4] or "").strip()
    written = node.this.name.strip()
    if zone.upper() == "UTC":
        written = written[: -len(" UTC")]
    elif zone:
        written = _in_utc(node, moment, zone)
    fraction = moment[3] or ""
    if len(fraction) <= wanted.precision <= MICROSECONDS:
        return written
    if wanted.precision > MICROSECONDS:
        raise Refusal("cast-to-timestamp", f"{athena(node)} has more digits than microseconds", "round it on Athena")
    whole = _wall_clock(node, written.partition(".")[0])
    unit = 10 ** (MICROSECONDS - wanted.precision)
    ticks = int(f"{fraction:0<7}"[:7])
    rounded = whole + timedelta(microseconds=(ticks + 5 * unit) // (10 * unit) * unit)
    shown = rounded.strftime("%Y-%m-%d %H:%M:%S")
    return shown + (f".{rounded.microsecond:06}"[: 1 + wanted.precision] if wanted.precision else "")


def _wall_clock(node: exp.Cast, written: str) -> datetime:
    """What a clock shows, to the second.

    Raises:
        Refusal: no clock does.
    """
    day, _, time = written.replace("T", " ").partition(" ")
    shown = f"{day} {time or '0:0:0'}" + (":0" if time.count(":") == 1 else "")
    try:
        return datetime.strptime(shown, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - a wall clock
    except ValueError as error:
        raise Refusal("cast", f"{athena(node)} is not a moment: {error}", "correct it on Athena first") from error


def _refusal(node: exp.Cast, wanted: Type, hint: str) -> Refusal:
    return Refusal("cast", f"{athena(node)} turns a text into {wanted} in another way on Redshift", hint)


def _in_utc(node: exp.Cast, moment: re.Match[str], zone: str) -> str:
    """A constant moment of a zone or an offset, as UTC shows it.

    Raises:
        Refusal: the zone is not known, or its clocks repeat that hour or leave it out.
    """
    local = _wall_clock(node, f"{moment[1]} {moment[2] or '0:0:0'}")
    clock: tzinfo
    if zone[0] in "+-":
        hours, minutes = zone[1:].split(":")
        clock = timezone((-1 if zone[0] == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes)))
    else:
        clock = ZoneInfo(known_zone(zone))
    first, second = (local.replace(tzinfo=clock, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        why = f"{athena(node)} names an hour that the clocks there repeat or leave out"
        raise Refusal("time-zone", why, "write the moment in UTC")
    shown = first.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"{shown}.{moment[3]}" if moment[3] else shown
