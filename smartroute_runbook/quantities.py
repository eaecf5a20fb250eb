"""Formats quantities: counts, sizes, dollars, durations, with no more digits than are significant."""

from __future__ import annotations

from numbers import Integral

__all__ = ["duration", "number", "plural", "size", "span", "usd"]

_DAYS = 3  # from here on nobody counts in hours
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def number(value: float) -> str:
    """Three digits of meaning: ``0.0421``, ``3.35``, ``134``, ``125,527``."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def plural(count: object, one: str, many: str = "") -> str:
    """How many of what: ``1 row``, ``12,345 rows``, ``0 queries``; what is no number (a record's JSON) as it is.

    ``many`` where the plural is another, or where a verb goes with it: ``plural(n, "row is", "rows are")``.
    """
    shown = f"{count:,}" if isinstance(count, Integral) else number(count) if isinstance(count, float) else str(count)
    regular = f"{one[:-1]}ies" if one.endswith("y") and one[-2:-1] not in "aeiou" else f"{one}s"
    return f"{shown} {one if shown == '1' else many or regular}"


def size(count: float) -> str:
    """Bytes in decimal units, as AWS bills them: ``1.3 MB``, ``412 GB``, ``17 bytes``."""
    unit = 0
    while abs(count) >= 999.5 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:,.0f} {_UNITS[unit]}" if unit == 0 or abs(count) >= 99.5 else f"{count:.2g} {_UNITS[unit]}"


def usd(dollars: float) -> str:
    """US dollars: ``$1,609.56``, and two digits of what is less than a cent: ``$0.0027``."""
    if dollars and abs(dollars) < 0.01:
        return f"${dollars:.2g}" if abs(dollars) >= 1e-4 else "less than $0.0001"
    return f"${dollars:,.2f}"


def duration(seconds: float) -> str:
    """Seconds in words: ``less than 0.01 s``, ``0.84 s``, ``42 s``, ``3 min 05 s``, ``2 h 10 min``, ``69 days``."""
    if 0 < seconds < 0.01:
        return "less than 0.01 s"
    if seconds < 10:
        return f"{seconds:.2g} s" if seconds < 1 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < _DAYS * 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return span(whole / 86_400)


def span(days: float) -> str:
    """Days as people say them: ``17 days``, ``8 months``, ``more than 100 years``."""
    if days < 60:
        return plural(round(days), "day")
    if days < 730:
        return plural(round(days / 30.44), "month")
    return plural(round(days / 365.25), "year") if days < 36_525 else "more than 100 years"
