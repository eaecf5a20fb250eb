"""One form of every value in JSON, whichever engine answered: numbers as numbers, dates and times as ISO text."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

__all__ = ["json_value", "typed_value"]

_INTEGERS = {"tinyint", "smallint", "integer", "int", "bigint", "int2", "int4", "int8"}
_NUMBERS = {"float", "real", "double", "double precision", "decimal", "numeric", "float4", "float8"}
_BOOLEANS = {"boolean", "bool"}


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
    if kind in _NUMBERS:
        return json_value(float(text))
    if kind in _BOOLEANS:
        return text.lower() in {"true", "t", "1"}
    return _moment(text) if kind.startswith("timestamp") else text


def json_value(value: Any) -> Any:
    """A value of a driver in the same form. JSON has no NaN and no infinity: they are texts."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, datetime):
        return _moment(value.isoformat(sep=" "))
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def _moment(text: str) -> str:
    """``2026-11-28 12:00:00.500`` as ``2026-11-28T12:00:00.5``: engines pad fractions each in their own way."""
    whole, dot, fraction = text.replace(" ", "T", 1).partition(".")
    fraction = fraction.rstrip("0") if fraction.isdigit() else fraction
    return whole + (dot + fraction if fraction else "")
