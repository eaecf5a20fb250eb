"""Texts that Trino makes of numbers and bytes in Java's ways."""

from __future__ import annotations

import json
import math
import sys
from decimal import ROUND_HALF_UP, Decimal

from .refusals import refusal

__all__ = ["format_number", "from_utf8", "from_utf8_point", "human_readable_seconds", "json_quoted"]

_LONG = (-(2**63), 2**63 - 1)


def _long(number: float) -> int:
    """Java's cast to a long: NaN is 0, what is beyond its ends is the end."""
    if math.isnan(number):
        return 0
    return _LONG[number > 0] if math.isinf(number) else min(max(int(number), _LONG[0]), _LONG[1])


def format_number(number: float) -> str:
    """Three digits and a unit: ``1.97K``."""
    shown, unit = float(_long(number)), ""
    for unit_above in "KMBTQ":
        if abs(shown) >= 1000:
            shown, unit = shown / 1000, unit_above
    places = 2 if shown < 10 else 1 if shown < 100 else 0
    text = f"{Decimal(shown).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    return (text.rstrip("0").rstrip(".") if places else text) + unit


_UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def human_readable_seconds(number: float) -> str:
    """``1 hour, 1 minute, 1 second``."""
    if not math.isfinite(number):
        raise refusal(f"Invalid argument found: {'NaN' if math.isnan(number) else 'Infinity'}")
    left = _long(math.floor(abs(number) + 0.5))
    parts = []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return ", ".join(parts) or "0 seconds"


def from_utf8(data: bytes, instead: str) -> str:
    """Bytes as text; each sequence that is none of UTF-8 is ``instead``, however many bytes its first one promises."""
    if len(instead) > 1:
        raise refusal("Replacement character string must empty or a single character")
    texts, at = [], 0
    while at < len(data):
        end = at + 1
        while end < at + _promised(data[at]) and end < len(data) and data[end] >> 6 == 0b10:
            end += 1
        try:
            texts.append(data[at:end].decode())
        except UnicodeDecodeError:
            texts.append(instead)
        at = end
    return "".join(texts)


def from_utf8_point(data: bytes, instead: int) -> str:
    """The same with a code point."""
    if not 0 <= instead <= sys.maxunicode or 0xD800 <= instead <= 0xDFFF:
        raise refusal(f"Invalid code point 0x{instead & 0xFFFFFFFF:X}")
    return from_utf8(data, chr(instead))


def json_quoted(text: str) -> str:
    """A JSON string as Trino's JSON functions write it: what has no place in 16 bits is escaped."""
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(one if one <= "\uffff" else _escaped(one) for one in shown)


def _escaped(letter: str) -> str:
    high, low = divmod(ord(letter) - 0x10000, 0x400)
    return f"\\u{0xD800 + high:X}\\u{0xDC00 + low:X}"


def _promised(first: int) -> int:
    """Bytes of a sequence by its first one."""
    return next((size for size, least in ((6, 0xFC), (5, 0xF8), (4, 0xF0), (3, 0xE0), (2, 0xC0)) if first >= least), 1)
