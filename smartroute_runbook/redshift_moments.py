"""Redshift's dates, times, timestamps and numbers as the wire has them, each its own.

redshift_connector 2.2 moves dates before October 1612 by up to ten days (it takes them for Julian ones, while Redshift
counts the days of one calendar, as Athena does), gives the first or the last day that Python knows for all that lie
beyond, takes a microsecond off half of all times of day, and fails at 24:00:00. A comparison of two engines may do
none of that, and no dashboard shows it.
"""

from __future__ import annotations

import datetime
import decimal
import re
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

__all__ = ["all_digits", "date_of", "decode_exactly", "moment_of", "time_of"]

DIGITS = 38  # of the widest NUMERIC (Redshift developer guide, "Numeric types")
DATE, TIME, TIMESTAMP, TIMESTAMPTZ, TIMETZ = 1082, 1083, 1114, 1184, 1266  # pg_type.oid, which Redshift keeps
TEXT, BINARY = 0, 1
START = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
CYCLE_DAYS, CYCLE_YEARS = 146_097, 400  # the calendar repeats
DAY_MICROSECONDS = 86_400_000_000
# PostgreSQL's date.h and timestamp.h: the ends of the range are no moments.
ENDLESS_DAYS: Final = {2**31 - 1: "infinity", -(2**31): "-infinity"}
ENDLESS: Final = {2**63 - 1: "infinity", -(2**63): "-infinity"}
WRITTEN: Final = re.compile(r"(-?)(\d+)(-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(\.\d+)?)?([+-]\d\d(?::?\d\d){0,2})?( BC)?")


def decode_exactly(connection: Any) -> None:
    """Makes a connection of redshift_connector give dates, times and timestamps as they are.

    What Python's ``datetime`` cannot hold comes as text, ``-0043-03-15`` (year 0 is 1 BC) or ``12025-11-24 10:00:00``.
    Which of a type's two forms the server sends, the connection has agreed with it; both are read.
    """
    for oid, (text, binary) in DECODERS.items():
        form = connection.redshift_types[oid][0]
        connection.redshift_types[oid] = (form, binary if form == BINARY else _written(text))


def all_digits() -> AbstractContextManager[Any]:
    """Within it, redshift_connector gives each NUMERIC with all of its digits; it reads rows where they are fetched."""
    return decimal.localcontext(prec=DIGITS)


def date_of(text: str) -> datetime.date | str:
    """A date that an engine wrote: Redshift's ``0044-03-15 BC`` and Trino's ``-0043-03-15`` are one."""
    day = _of_our_era(text)
    try:
        return datetime.date.fromisoformat(day)
    except ValueError:
        return day


def moment_of(text: str) -> datetime.datetime | str:
    """A timestamp that an engine wrote, with or without an offset from UTC; see ``date_of``."""
    moment = _of_our_era(text)
    try:
        return datetime.datetime.fromisoformat(moment)
    except ValueError:
        return moment


def _of_our_era(text: str) -> str:
    """ISO text with the year 0 for 1 BC and no zeros at the end of a fraction; what is no such text stays."""
    found = WRITTEN.fullmatch(text)
    if found is None:
        return text
    sign, year, day, time, fraction, offset, bc = (part or "" for part in found.groups())
    counted = 1 - int(year) if bc else int(sign + year)
    fraction = fraction.rstrip("0").rstrip(".")
    return f"{_year(counted)}{day}{time and ' '}{time}{fraction}{offset}"


def time_of(text: str) -> datetime.time | str:
    """A time of day that an engine wrote; ``24:00:00`` stays a text."""
    return text if text.startswith("24:") else datetime.time.fromisoformat(text)


def _timetz_of(text: str) -> datetime.time | str:
    """A time of day at an offset, in UTC: the driver has no other."""
    time = time_of(text)
    if isinstance(time, str):
        return text
    day = datetime.datetime.combine(START, time)
    return day.astimezone(datetime.UTC).timetz()


def _date(data: bytes, offset: int, _length: int) -> datetime.date | str:
    days = struct.unpack_from("!i", data, offset)[0]
    try:
        return (START + datetime.timedelta(days)).date()
    except OverflowError:
        return ENDLESS_DAYS.get(days) or _day_beyond(days)


def _time(data: bytes, offset: int, _length: int) -> datetime.time | str:
    microseconds = struct.unpack_from("!q", data, offset)[0]
    whole_day = microseconds == DAY_MICROSECONDS
    return "24:00:00" if whole_day else (START + datetime.timedelta(microseconds=microseconds)).time()


def _timetz(data: bytes, offset: int, length: int) -> datetime.time | str:
    """Microseconds of the day, and seconds west of UTC where they are sent: the time in UTC."""
    microseconds = struct.unpack_from("!q", data, offset)[0]
    if microseconds == DAY_MICROSECONDS:
        return "24:00:00+00"
    west = struct.unpack_from("!i", data, offset + 8)[0] if length > struct.calcsize("!q") else 0
    return (START + datetime.timedelta(seconds=west, microseconds=microseconds)).timetz()


def _timestamptz(data: bytes, offset: int, _length: int) -> datetime.datetime | str:
    microseconds = struct.unpack_from("!q", data, offset)[0]
    try:
        return START + datetime.timedelta(microseconds=microseconds)
    except OverflowError:
        days, of_day = divmod(microseconds, DAY_MICROSECONDS)
        beyond = f"{_day_beyond(days)} {(START + datetime.timedelta(microseconds=of_day)).time()}+00"
        return ENDLESS.get(microseconds) or _of_our_era(beyond)


def _timestamp(data: bytes, offset: int, length: int) -> datetime.datetime | str:
    value = _timestamptz(data, offset, length)
    return value.removesuffix("+00") if isinstance(value, str) else value.replace(tzinfo=None)


def _day_beyond(days: int) -> str:
    """The ISO text of a day so many days after the start of 2000, whatever its year."""
    cycles, rest = divmod(days, CYCLE_DAYS)
    day = START + datetime.timedelta(rest)
    return f"{_year(day.year + cycles * CYCLE_YEARS)}-{day:%m-%d}"


def _year(year: int) -> str:
    return f"{'-' if year < 0 else ''}{abs(year):04}"


def _written(read: Callable[[str], Any]) -> Callable[[bytes, int, int], Any]:
    return lambda data, offset, length: read(data[offset : offset + length].decode())


DECODERS: Final[dict[int, tuple[Callable[[str], Any], Callable[[bytes, int, int], Any]]]] = {
    DATE: (date_of, _date),
    TIME: (time_of, _time),
    TIMESTAMP: (moment_of, _timestamp),
    TIMESTAMPTZ: (moment_of, _timestamptz),
    TIMETZ: (_timetz_of, _timetz),
}
