"""Parameters of the wire protocol decoded as Python values."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from smartroute_runbook.standins.redshift.errors import SqlError

from .binary import date, moment, read_numeric, time

__all__ = ["value_of"]

BINARY: dict[int, Callable[[bytes], Any]] = {
    17: bytes,
    16: lambda raw: raw != b"\0",
    20: lambda raw: struct.unpack("!q", raw)[0],
    21: lambda raw: struct.unpack("!h", raw)[0],
    23: lambda raw: struct.unpack("!i", raw)[0],
    700: lambda raw: struct.unpack("!f", raw)[0],
    701: lambda raw: struct.unpack("!d", raw)[0],
    1082: date,
    1083: time,
    1114: moment,
    1184: lambda raw: moment(raw).replace(tzinfo=dt.UTC),
    1700: read_numeric,
    6551: bytes,
}
TRUE, FALSE = frozenset({"t", "true", "1", "y", "yes", "on"}), frozenset({"f", "false", "0", "n", "no", "off"})


def _boolean(value: str) -> bool:
    word = value.strip().lower()
    if word not in TRUE | FALSE:
        raise ValueError
    return word in TRUE


TEXT: dict[int, Callable[[str], Any]] = {
    16: _boolean,
    20: int,
    21: int,
    23: int,
    700: float,
    701: float,
    1700: Decimal,
}


def value_of(raw: bytes, oid: int, form: int) -> Any:
    """A parameter as a Python value; what has no known type stays text.

    Raises:
        SqlError: 22P03 for a binary type that is not known, 22P02 for a text that is not such a value.
    """
    if form == 1:
        if oid in BINARY:
            return BINARY[oid](raw)
        if oid in {0, 25, 705, 1042, 1043}:
            return raw.decode()
        raise SqlError("22P03", f"unsupported binary parameter of type {oid}")
    try:
        return TEXT.get(oid, str)(raw.decode())
    except (ValueError, ArithmeticError) as error:
        raise SqlError("22P02", f'invalid input syntax: "{raw.decode()}"') from error
