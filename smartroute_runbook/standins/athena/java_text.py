"""Floating point numbers as Java writes them: how Athena shows a double, and what CAST gives."""

from __future__ import annotations

import math

__all__ = ["double_text", "double_varchar", "special_text"]


def special_text(number: float) -> str | None:
    """NaN and the infinities; None of any other number."""
    if math.isnan(number):
        return "NaN"
    return ("Infinity" if number > 0 else "-Infinity") if math.isinf(number) else None


def _scientific(number: float) -> str:
    """The shortest digits as d.dddEn."""
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, rest = mantissa.partition(".")
    digits = (whole + rest).lstrip("0").rstrip("0")
    leading = len(whole + rest) - len((whole + rest).lstrip("0"))
    place = int(exponent or 0) + len(whole) - 1 - leading
    sign = "-" if math.copysign(1, number) < 0 else ""
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{place}" if digits else f"{sign}0E0"


def double_varchar(number: float) -> str:
    """``CAST(number AS varchar)``: always scientific."""
    return special_text(number) or _scientific(number)


def double_text(number: float) -> str:
    """Java's ``Double.toString``: plain from 0.001 to below 10,000,000."""
    if special := special_text(number):
        return special
    return repr(number) if number == 0 or 1e-3 <= abs(number) < 1e7 else _scientific(number)
