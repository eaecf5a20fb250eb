"""Moments: how times with a zone are carried on Redshift.

Athena's `timestamp with time zone` becomes a Redshift TIMESTAMP that holds UTC; the zone lives in the type only. What
looks at the clock on the wall (hour, date, text) converts first; what compares instants does not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import Lowering, call

__all__ = ["known_zone", "unit_of", "wall", "whole_hours"]


@cache
def known_zone(zone: str) -> str:
    """The zone's name when both engines know it by that name.

    Raises:
        Refusal: an offset or an unknown name (their signs and spellings differ between the engines).
    """
    if zone not in available_timezones():
        raise Refusal("time-zone", f"'{zone}' is not a zone name that both engines know", "such as 'America/New_York'")
    return zone


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
        raise Refusal("time-zone", f"the zone of {athena(node)} is not known", "say AT TIME ZONE 'zone'")
    return call("CONVERT_TIMEZONE", "UTC", known_zone(kind.zone), lower(node))


def unit_of(node: exp.Expression) -> str:
    """The unit of a function of dates, in capitals."""
    return node.text("unit").upper()
