"""JSON whose numbers keep the digits that they are written with."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["json_scalar", "json_sorted"]

_STEP = re.compile(r'\.([A-Za-z0-9_$:@-]+)|\[([0-9]+)\]|\["((?:[^"\\]|\\.)*)"\]')


class _Digits(float):
    """A number of JSON that is written as it was read."""

    text: str

    def __new__(cls, text: str) -> _Digits:
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __repr__(self) -> str:
        return self.text


class _Number(str):
    """A number of JSON as it is written."""


def json_scalar(text: str, path: str) -> str | None:
    """The scalar at a path, numbers with the digits that they are written with."""
    value: Any = json.loads(text, parse_float=_Number, parse_int=_Number)
    for name, place, quoted in _STEP.findall(path):
        try:
            value = value[int(place)] if place and isinstance(value, list) else value[name or quoted or place]
        except (KeyError, IndexError, TypeError):
            return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str) else None


def json_sorted(text: str) -> str:
    """CAST(map AS json): keys in order, and Java's escapes of what is beyond 16 bits."""
    made = json.dumps(json.loads(text, parse_float=_Digits), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return re.sub(
        "[\U00010000-\U0010ffff]", lambda match: json.dumps(match[0])[1:-1].upper().replace("\\U", "\\u"), made
    )
