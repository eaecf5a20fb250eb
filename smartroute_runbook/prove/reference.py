"""The encoding in Python: the reference for the engines' results, and for verifying single rows."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from .doubles import python_double
from .encoding import NULL, Field, by_name, parted

__all__ = ["DIGITS", "digest_halves", "md5", "normal", "number_value", "row_digest", "row_text"]

DIGITS = 15  # hexadecimal digits of half a digest, 60 bits: what STRTOL and FROM_BASE hold in a signed BIGINT
_REALS = ("float", "real")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def row_text(fields: Sequence[Field], values: Mapping[str, Any]) -> str:
    """The text of some columns."""
    return "".join(_text(field, values[field.name]) for field in by_name(fields))


def row_digest(fields: Sequence[Field], values: Mapping[str, Any]) -> str:
    """The digest of a whole row."""
    numbers, others = parted(fields)
    return md5(row_text(numbers, values) + (md5(row_text(others, values)) if others else ""))


def digest_halves(digest: str) -> tuple[int, int]:
    """The two numbers of 60 bits that fingerprints sum."""
    return int(digest[:DIGITS], 16), int(digest[16 : 16 + DIGITS], 16)


def md5(value: str) -> str:
    """MD5 of a text in 32 lower-case hexadecimal digits."""
    return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()


def number_value(field: Field, number: int) -> Any:
    """The value that a whole number stands for.

    Raises:
        OverflowError, ValueError: it stands for none.
    """
    if field.kind == "boolean":
        if number not in (0, 1):
            raise ValueError(number)
        return bool(number)
    if field.kind == "date":
        return date.fromordinal(EPOCH.toordinal() + number)
    if field.kind in ("timestamp", "instant"):
        moment = EPOCH + timedelta(microseconds=number)
        return moment if field.kind == "instant" else moment.replace(tzinfo=None)
    return number


def normal(field: Field, value: Any) -> Any:
    """A value as the encoding has it, whichever driver gave it: a REAL as the double that it is, a CHAR unpadded."""
    if isinstance(value, float) and field.type.lower() in _REALS:
        return _single(value)
    return value.rstrip(" ") if isinstance(value, str) and field.kind == "char" else value


def _text(field: Field, value: Any) -> str:
    if field.kind in ("text", "char"):
        text = None if value is None else str(value).rstrip(" ") if field.kind == "char" else str(value)
        return f"{NULL}:" if text is None else f"{len(text)}:{text}"
    if value is None:
        return f"{NULL},"
    if field.kind == "double":
        return python_double(_single(value) if field.type.lower() in _REALS else float(value)) + ","
    if field.kind == "decimal":
        return f"{Decimal(value):.{field.digits}f},"
    if field.kind == "boolean":
        return f"{int(value)},"
    if field.kind == "date":
        return f"{value.toordinal() - EPOCH.toordinal()},"
    if field.kind == "binary":
        return f"{value if isinstance(value, str) else bytes(value).hex().upper()},"
    if field.kind in ("timestamp", "instant"):
        moment: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return f"{(moment - EPOCH) // timedelta(microseconds=1)},"
    return f"{int(value)},"


def _single(value: float) -> float:
    """A float of 4 bytes: drivers hand over its shortest text, which is another double."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return float(value)
