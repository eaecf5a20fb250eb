"""Why two values differ, as far as the values themselves show."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from .encoding import Field

__all__ = ["Reason", "reason_for", "same"]

Reason = Literal[
    "missing", "extra", "doubled", "moved",
    "swapped", "zone", "scale", "trailing-blank", "rounding", "null-empty", "value",
]  # fmt: skip

LONGEST_SHIFT = 14 * 3600  # seconds: UTC+14 is the farthest zone


def reason_for(field: Field, control: Any, candidate: Any) -> Reason:
    """The likeliest cause of one differing value; ``value`` when none fits."""
    if control is None or candidate is None:
        return "null-empty" if "" in (control, candidate) else "value"
    if isinstance(control, str) and isinstance(candidate, str):
        return "trailing-blank" if control.rstrip(" ") == candidate.rstrip(" ") else "value"
    if isinstance(control, date) and isinstance(candidate, date):
        return _time(control, candidate)
    numbers = (int, float, Decimal)
    if isinstance(control, numbers) and isinstance(candidate, numbers):
        return _number(field, Decimal(control), Decimal(candidate))
    return "value"


def same(a: Any, b: Any) -> bool:
    """Whether two decoded values are one; NaN is NaN, NULL is NULL, and no text is a number."""
    if a is None or b is None:
        return a is b
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return True
    return isinstance(a, str) == isinstance(b, str) and bool(a == b)


def _time(control: date, candidate: date) -> Reason:
    if not (isinstance(control, datetime) and isinstance(candidate, datetime)):
        return "value"
    if (control.tzinfo is None) != (candidate.tzinfo is None):
        return "zone"
    seconds = abs((control - candidate).total_seconds())
    if seconds and seconds % 900 == 0 and seconds <= LONGEST_SHIFT:
        return "zone"
    return "rounding" if seconds < 1 else "value"


def _number(field: Field, a: Decimal, b: Decimal) -> Reason:
    if not (a.is_finite() and b.is_finite()):
        return "value"
    if a and b and _power_of_ten(a, b):
        return "scale"
    if field.kind == "integer":
        return "zone" if _epochs(int(a), int(b)) else "value"
    close = abs(a - b) <= Decimal("1e-6") * max(abs(a), abs(b))
    return "rounding" if close or _rounded(a, b) else "value"


def _power_of_ten(a: Decimal, b: Decimal) -> bool:
    ratio = (a / b).normalize()
    return ratio.as_tuple().digits == (1,) and ratio > 0 and 1 <= abs(int(ratio.as_tuple().exponent)) <= 9


def _epochs(a: int, b: int) -> bool:
    """Two epochs in seconds or milliseconds (2001 or later), as far apart as zones are: whole quarter hours."""
    for unit in (1, 1000):
        if all(10**9 * unit <= value < 10**10 * unit for value in (a, b)):
            return abs(a - b) % (900 * unit) == 0 and abs(a - b) <= LONGEST_SHIFT * unit
    return False


def _rounded(a: Decimal, b: Decimal) -> bool:
    """Whether the one with fewer decimals is the other one rounded."""
    places = [-int(value.normalize().as_tuple().exponent) for value in (a, b)]
    shorter, longer = (a, b) if places[0] < places[1] else (b, a)
    return 0 <= min(places) < max(places) and abs(longer - shorter) <= Decimal("0.5").scaleb(-min(places))
