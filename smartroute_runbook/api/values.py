"""One form of every value in JSON, whichever engine answered: numbers as numbers, dates and times as ISO text."""

from __future__ import annotations

import math
import struct
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["json_value", "single", "typed_value"]

_INTEGERS = {"tinyint", "smallint", "integer", "int", "bigint", "int2", "int4", "int8"}
_NUMBERS = {"float", "real", "double", "double precision", "decimal", "numeric", "float4", "float8"}
_SINGLE = {"real", "float", "float4"}  # Athena calls a REAL a float; Redshift's FLOAT is a float8 in its answers
_INSTANTS = {"timestamp with time zone", "timestamptz"}
_BOOLEANS = {"boolean", "bool"}
_UTC = "+00:00"


def typed_value(text: str | None, type_name: str) -> Any:
    """A value that an engine sent as text, by its column's type: Athena's names of types or Redshift's.

    Args:
        text: as Athena's GetQueryResults and Redshift's GetStatementResult have it; None for NULL.
        type_name: without its size, such as ``decimal``.
    """
    if text is None:
        return None
    kind = type_name.lower()
    if kind in _INTEGERS:
        return int(text)
    if kind in _SINGLE:
        return single(float(text))
    if kind in _NUMBERS:
        return json_value(float(text))
    if kind in _BOOLEANS:
        return text.lower() in {"true", "t", "1"}
    if kind in _INSTANTS:
        return _instant(text)
    return _moment(text) if kind.startswith(("timestamp", "time")) else text


def json_value(value: Any) -> Any:
    """A value of a driver in the same form. JSON has no NaN and no infinity: they are texts."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, datetime) and value.tzinfo is not None:
        return _moment(value.astimezone(UTC).isoformat().removesuffix(_UTC)) + _UTC
    if isinstance(value, (datetime, time)):
        return _moment(value.isoformat())
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def single(value: float) -> Any:
    """A REAL in the fewest digits that say it (or six): Athena writes 0.1 for what Redshift sends as 0.10000000149."""
    if value == 0 or not math.isfinite(value):
        return json_value(value)
    stored = struct.pack("!f", value)
    written = (float(f"{struct.unpack('!f', stored)[0]:.{digits}g}") for digits in range(6, 10))
    return next(one for one in written if struct.pack("!f", one) == stored)


def _instant(text: str) -> str:
    """A moment in UTC, whatever zone it is shown in: Athena writes the zone's name after it, Redshift an offset to it.

    The hour that a zone has twice is two moments, and stays as it is written; so does what Python cannot hold.
    """
    try:
        moment = datetime.fromisoformat(text.replace(" +", "+")) if "+" in text else _in_zone(text)
    except (ValueError, ZoneInfoNotFoundError):
        return _moment(text)
    return str(json_value(moment))


def _in_zone(text: str) -> datetime:
    wall, _, name = text.rpartition(" ")
    if name[:1] == "-":
        return datetime.fromisoformat(wall + name)
    zone: tzinfo = UTC if name == "UTC" else ZoneInfo(name)
    moment = datetime.fromisoformat(wall).replace(tzinfo=zone)
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        raise ValueError(text)
    return moment


def _moment(text: str) -> str:
    """``2026-11-28 12:00:00.500`` as ``2026-11-28T12:00:00.5``: engines pad fractions each in their own way."""
    whole, dot, fraction = text.replace(" ", "T", 1).partition(".")
    fraction = fraction.rstrip("0") if fraction.isdigit() else fraction
    return whole + (dot + fraction if fraction else "")
