"""Time zones as Trino reads and writes their names (``TimeZoneKey``; the names are those of Java's own table)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from .build import fail

__all__ = ["named_zone", "require_on_clock"]

_NOT_JAVA = {"EST", "HST", "MST", "ROC", "GMT+0", "GMT-0", "Factory", "localtime", "posixrules"}
_UTC = {"utc", "z", "ut", "uct", "gmt", "gmt0", "greenwich", "universal", "zulu"}
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?")


def named_zone(name: str, code: str = "INVALID_FUNCTION_ARGUMENT") -> str:
    """The name under which Trino keeps a zone: ``UTC`` for all of its names, offsets as ``+01:00``.

    Raises:
        QueryFailed: ``code``: Java has no zone of this name; names are case-sensitive.
    """
    if name.lower().removeprefix("etc/") in _UTC:
        return "UTC"
    if found := _OFFSET.fullmatch(name):
        hours, minutes = int(found[2]), int(found[3] or 0)
        return f"{found[1]}{hours:02}:{minutes:02}" if hours or minutes else "UTC"
    if name in _NOT_JAVA or name not in available_timezones():
        raise fail(code, f"'{name}' is not a valid time zone")
    return name


def require_on_clock(written: str, zone: str) -> None:
    """A literal's wall clock must be one that its zone shows: none is in the hour that spring leaves out.

    Raises:
        QueryFailed: INVALID_LITERAL.
    """
    if _OFFSET.fullmatch(zone) or not (found := re.match(r"\s*(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})", written)):
        return
    try:
        wall = datetime.fromisoformat(f"{found[1]}T{found[2]}")
    except ValueError:  # the cast says so
        return
    there = wall.replace(tzinfo=ZoneInfo(zone))
    if there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
        raise fail("INVALID_LITERAL", f"'{written}' is not a valid TIMESTAMP literal")
