"""One way to write a value as JSON, so that equal values have equal bytes and equal digests."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

__all__ = ["VOLATILE", "canonical", "digest", "plain"]

VOLATILE = {"volatile": True}
"""Metadata of dataclass fields that are measured anew each time (durations): shown, but no part of the evidence."""


def plain(value: Any) -> Any:
    """The value as JSON types: dataclasses as objects, decimals as text, times as ISO 8601, sets sorted.

    Raises:
        TypeError: the value has no JSON form, or is a float that JSON cannot hold (NaN, infinity).
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (f for f in dataclasses.fields(value) if not f.metadata.get("volatile"))
        return {f.name: plain(getattr(value, f.name)) for f in fields}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(v) for v in value)
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (Decimal, PurePath)):
        return str(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise TypeError(f"{value} has no JSON form")
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


def canonical(value: Any) -> bytes:
    """Canonical JSON: keys sorted, no blanks, UTF-8, no NaN."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()
