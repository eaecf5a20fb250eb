"""PostgreSQL's binary forms of values that have no fixed width of their own, written and read.

Clients that know Redshift's protocol 2 get NUMERIC as 16 bytes (``encode``); every other asks for PostgreSQL's form.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from smartroute_runbook.standins.redshift.errors import SqlError

__all__ = ["array", "date", "interval", "moment", "numeric", "read_numeric", "time", "timetz"]

EPOCH = dt.datetime(2000, 1, 1)  # noqa: DTZ001  a TIMESTAMP has no zone
BASE, DIGITS = 10_000, 4
NEGATIVE, NAN = 0x4000, 0xC000
DAY = 86_400_000_000  # microseconds


def numeric(value: Decimal) -> bytes:
    """A decimal as groups of four digits: count, weight of the first, sign, scale, groups (numeric_send)."""
    sign, digits, exponent = value.as_tuple()
    scale = max(-int(exponent), 0)
    whole = "".join(map(str, digits)) + "0" * max(int(exponent), 0)
    before, after = (whole[:-scale], whole[-scale:].rjust(scale, "0")) if scale else (whole, "")
    before = before.lstrip("0")
    before = before.rjust(-(-len(before) // DIGITS) * DIGITS, "0")
    after = after.ljust(-(-len(after) // DIGITS) * DIGITS, "0")
    groups = [int((before + after)[at : at + DIGITS]) for at in range(0, len(before) + len(after), DIGITS)]
    weight = len(before) // DIGITS - 1
    while groups and groups[0] == 0:
        groups, weight = groups[1:], weight - 1
    while groups and groups[-1] == 0:
        groups.pop()
    if not groups:
        weight = sign = 0
    return struct.pack(f"!hhHh{len(groups)}h", len(groups), weight, NEGATIVE if sign else 0, scale, *groups)


def read_numeric(raw: bytes) -> Decimal:
    """The decimal that :func:`numeric` wrote.

    Raises:
        SqlError: 22003, a NaN: Redshift's NUMERIC has none.
    """
    count, weight, sign, scale = struct.unpack_from("!hhHh", raw)
    if sign == NAN:
        raise SqlError("22003", "Numeric data overflow (result precision)")
    groups = struct.unpack_from(f"!{count}h", raw, 8)
    digits = 0
    for group in groups:
        digits = digits * BASE + group
    exponent = (weight - count + 1) * DIGITS
    text = f"{'-' if sign == NEGATIVE else ''}{digits}E{exponent}"
    value = Decimal(text)
    return Decimal(f"{value:.{scale}f}")


def interval(value: Any) -> bytes:
    """An interval: microseconds, days, months."""
    months, days, nanoseconds = value
    return struct.pack("!qii", nanoseconds // 1000, days, months)


def timetz(value: dt.time) -> bytes:
    """A time with its zone: microseconds, seconds west of Greenwich."""
    offset = value.utcoffset() or dt.timedelta()
    clock = ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
    return struct.pack("!qi", clock, -int(offset.total_seconds()))


INTEGERS = {21: "!h", 23: "!i", 20: "!q"}


def array(element: int, value: Sequence[Any]) -> bytes:
    """An array of one dimension: dimensions, any NULL, the type of elements, how many, from 1 on (array_send)."""
    spell = struct.Struct(INTEGERS[element]).pack if element in INTEGERS else str.encode
    cells = [None if each is None else spell(each) for each in value]
    head = struct.pack("!iiI", 1 if cells else 0, int(None in cells), element)
    length = struct.pack("!ii", len(cells), 1) if cells else b""
    body = (b"\xff\xff\xff\xff" if cell is None else struct.pack("!i", len(cell)) + cell for cell in cells)
    return head + length + b"".join(body)


def moment(raw: bytes) -> dt.datetime:
    """A TIMESTAMP: microseconds since 2000.

    Raises:
        SqlError: 22008, ``infinity``, which Redshift has not, or a year that cannot be.
    """
    (microseconds,) = struct.unpack("!q", raw)
    return _shifted(lambda: EPOCH + dt.timedelta(microseconds=microseconds), "timestamp")


def date(raw: bytes) -> dt.date:
    """A DATE: days since 2000.

    Raises:
        SqlError: as :func:`moment`.
    """
    (days,) = struct.unpack("!i", raw)
    return _shifted(lambda: EPOCH + dt.timedelta(days=days), "date").date()


def time(raw: bytes) -> dt.time:
    """A TIME: microseconds since midnight; 24:00:00 is midnight."""
    (microseconds,) = struct.unpack_from("!q", raw)
    return (EPOCH + dt.timedelta(microseconds=microseconds % DAY)).time()


def _shifted(compute: Callable[[], dt.datetime], kind: str) -> dt.datetime:
    try:
        return compute()
    except OverflowError:
        raise SqlError("22008", f"{kind} out of range") from None
