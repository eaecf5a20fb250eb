"""Arrays, maps, rows and bytes as Athena shows them: ``[a, b]``, ``{k=v}``, ``{field=v}``, spaced hexadecimal."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from .java_text import double_text

__all__ = ["Show", "shows", "split_types"]

Show = Callable[[Any], str]


def split_types(text: str) -> list[str]:
    """Types between commas outside of parentheses."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [part for part in (*parts, text[start:].strip()) if part]


def shows(kind: str) -> Show:
    """How values of a Trino type are shown within others; a type that is not known is shown by its value."""
    show = _shows(kind)
    return lambda value: "null" if value is None else show(value)


def _shows(kind: str) -> Show:
    head, _, rest = kind.partition("(")
    inner = split_types(rest[:-1])
    if head == "array" and inner:
        item = shows(inner[0])
        return lambda value: "[" + ", ".join(map(item, value)) + "]"
    if head == "map" and len(inner) == 2:
        key, item = map(shows, inner)
        return lambda value: "{" + ", ".join(f"{key(k)}={item(v)}" for k, v in value) + "}"
    if head == "row" and inner:
        fields = [shows(_field_type(field)) for field in inner]
        return lambda value: (
            "{" + ", ".join(f"{name}={show(v)}" for (name, v), show in zip(value.items(), fields, strict=True)) + "}"
        )
    if head in {"timestamp", "time"} and not kind.endswith("zone"):
        digits = int(rest.partition(")")[0] or 3)
        return lambda value: _moment(value, digits)
    return _real if kind == "real" else _plain


def _field_type(field: str) -> str:
    """Of ``name type`` or of a type alone."""
    name, _, kind = field.partition(" ")
    return kind if kind and "(" not in name and name not in {"timestamp", "time", "interval"} else field


def _moment(value: Any, digits: int) -> str:
    if not isinstance(value, datetime | time):
        return _plain(value)
    text = value.isoformat(" ", "microseconds") if isinstance(value, datetime) else value.isoformat("microseconds")
    return text[: len(text) - 6 + digits] if digits else text[:-7]


def _real(value: float) -> str:
    """The fewest digits that are the same number of 32 bits."""
    for digits in range(6, 10):
        if (text := f"{value:.{digits}g}") and _narrow(float(text)) == value:
            return double_text(float(text))
    return double_text(value)


def _narrow(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _plain(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return "{" + ", ".join(f"{_plain(k)}={_plain(v)}" for k, v in value) + "}"
        return "[" + ", ".join(map(_plain, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_plain(v)}" for name, v in value.items()) + "}"
    if isinstance(value, datetime):
        return _moment(value, 3)
    if isinstance(value, date):
        return value.isoformat()
    return double_text(value) if isinstance(value, float) else str(value)
