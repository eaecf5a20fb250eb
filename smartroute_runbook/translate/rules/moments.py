"""Moments: how times with a zone are carried on Redshift.

Athena's `timestamp with time zone` becomes a Redshift TIMESTAMP that holds UTC; the zone lives in the type only. What
looks at the clock on the wall (hour, date, text) converts first; what compares instants does not.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import Lowering
from .trees import call

__all__ = ["known_zone", "of_wall", "unit_of", "wall", "whole_hours"]

# Names without a slash that mean one offset on both engines. Of others, such as CET or MET, Redshift knows an
# abbreviation of one offset, and Athena a zone with summer time.
# https://docs.aws.amazon.com/redshift/latest/dg/time-zone-abbrev-list.html
OFFSETS = frozenset({"UTC", "GMT", "EST", "MST", "HST"})


@cache
def known_zone(zone: str) -> str:
    """The zone's name when both engines know it by that name, and as the same zone.

    Raises:
        Refusal: an offset, an unknown name, or one that may be an abbreviation (their signs, spellings and meanings
            differ between the engines).
    """
    if zone not in available_timezones() or not ("/" in zone or zone in OFFSETS):
        why = f"'{zone}' is not a zone name that both engines read in the same way"
        raise Refusal("time-zone", why, "write it as area and city, such as 'America/New_York' or 'Europe/Berlin'")
    return zone


@cache
def _midnights_change(zone: str) -> bool:
    """Whether clocks of the zone have repeated or left out a midnight since 1970."""
    clock, half = ZoneInfo(zone), timedelta(days=15)
    begun = datetime(1970, 1, 1)  # noqa: DTZ001 - the clock on the wall
    spans = [begun + half * n for n in range(68 * 25)]
    offsets = [day.replace(tzinfo=clock).utcoffset() for day in spans]
    changed = [day for day, (before, after) in zip(spans, pairwise(offsets), strict=False) if before != after]
    midnights = (day + timedelta(days=n) for day in changed for n in range(16))
    return any(
        each.replace(tzinfo=clock).utcoffset() != each.replace(tzinfo=clock, fold=1).utcoffset() for each in midnights
    )


def of_wall(local: exp.Expression, zone: str, lower: Lowering, *, midnight: bool = False) -> exp.Expression:
    """The moment in UTC of what the clock on the wall shows in a zone.

    Args:
        local: a Redshift TIMESTAMP.
        zone: its name.
        lower: the walk, which is told of hours that are not one moment.
        midnight: a day begins there.
    """
    if zone in ("UTC", "GMT"):
        return local
    if zone not in OFFSETS and not (midnight and not _midnights_change(known_zone(zone))):
        why = (
            f"which moment an hour is that clocks of {known_zone(zone)} repeat or leave out is not documented for"
            " Redshift; Athena takes the first"
        )
        lower.note("clock-change", why, "compare on rows beside the clock changes, or compute in UTC")
    return call("CONVERT_TIMEZONE", known_zone(zone), "UTC", local)


@cache
def whole_hours(zone: str) -> bool:
    """Whether the zone's offset has been a whole number of hours since 1970."""
    clock = ZoneInfo(zone)
    days = (datetime(year, month, 1, tzinfo=UTC) for year in range(1970, 2038) for month in (1, 7))
    return all((day.astimezone(clock).utcoffset() or day - day).total_seconds() % 3600 == 0 for day in days)


def wall(node: exp.Expression, lower: Lowering) -> exp.Expression:
    """A moment as the clock on the wall shows it: a Redshift DATE or TIMESTAMP without zone.

    Raises:
        Refusal: its type or its zone is not known.
    """
    kind = type_of(node)
    if not kind.moment:
        raise Refusal("time-zone", f"the type of {athena(node)} is not known", "cast it to timestamp")
    if kind.name != "timestamptz" or kind.zone == "UTC":
        return lower(node)
    if not kind.zone:
        hint = "say AT TIME ZONE 'zone', or `utc: true` of the column in the schema when its texts end in Z"
        raise Refusal("time-zone", f"the zone of {athena(node)} is not known", hint)
    return call("CONVERT_TIMEZONE", "UTC", known_zone(kind.zone), lower(node))


def unit_of(node: exp.Expression) -> str:
    """The unit of a function of dates, in capitals."""
    return node.text("unit").upper()
