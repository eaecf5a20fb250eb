"""Redshift's dates, times and timestamps as the wire has them, each its own.

redshift_connector 2.2 moves dates before October 1612 by up to ten days (it takes them for Julian ones, while Redshift
counts the days of one calendar, as Athena does), gives the first or the last day that Python knows for all that lie
beyond, and takes a microsecond off half of all times of day. A comparison of two engines may do none of that.
"""

from __future__ import annotations

import datetime
import struct
from typing import Any

__all__ = ["decode_exactly"]

DATE, TIME, TIMESTAMP, TIMESTAMPTZ = 1082, 1083, 1114, 1184  # PostgreSQL's pg_type.oid, which Redshift keeps
BINARY = 1
START = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
CYCLE_DAYS, CYCLE_YEARS = 146_097, 400  # the calendar repeats
DAY_MICROSECONDS = 86_400_000_000


def decode_exactly(connection: Any) -> None:
    """Makes a connection of redshift_connector give dates, times and timestamps as they are.

    What Python's ``datetime`` cannot hold comes as text, ``-0043-03-15`` (year 0 is 1 BC) or ``12025-11-24 10:00:00``.
    """
    for oid, decode in ((DATE, _date), (TIME, _time), (TIMESTAMP, _timestamp), (TIMESTAMPTZ, _timestamptz)):
        if connection.redshift_types[oid][0] == BINARY:  # an old server sends texts, which the driver reads as they are
            connection.redshift_types[oid] = (BINARY, decode)


def _date(data: bytes, offset: int, _length: int) -> datetime.date | str:
    days = struct.unpack_from("!i", data, offset)[0]
    try:
        return (START + datetime.timedelta(days)).date()
    except OverflowError:
        return _day_beyond(days)


def _time(data: bytes, offset: int, _length: int) -> datetime.time | str:
    microseconds = struct.unpack_from("!q", data, offset)[0]
    whole_day = microseconds == DAY_MICROSECONDS
    return "24:00:00" if whole_day else (START + datetime.timedelta(microseconds=microseconds)).time()


def _timestamptz(data: bytes, offset: int, _length: int) -> datetime.datetime | str:
    microseconds = struct.unpack_from("!q", data, offset)[0]
    try:
        return START + datetime.timedelta(microseconds=microseconds)
    except OverflowError:
        days, of_day = divmod(microseconds, DAY_MICROSECONDS)
        return f"{_day_beyond(days)} {(START + datetime.timedelta(microseconds=of_day)).time()}+00"


def _timestamp(data: bytes, offset: int, length: int) -> datetime.datetime | str:
    value = _timestamptz(data, offset, length)
    return value.removesuffix("+00") if isinstance(value, str) else value.replace(tzinfo=None)


def _day_beyond(days: int) -> str:
    """The ISO text of a day so many days after the start of 2000, whatever its year."""
    cycles, rest = divmod(days, CYCLE_DAYS)
    day = START + datetime.timedelta(rest)
    year = day.year + cycles * CYCLE_YEARS
    return f"{'-' if year < 0 else ''}{abs(year):04}-{day:%m-%d}"
