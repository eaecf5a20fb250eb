"""Data points, the periods of a calculation, and CloudWatch's statistics of the points in a period.

A series maps the start of a period (epoch seconds) to a value; a period without data is absent. Source: CloudWatch
user guide, "CloudWatch statistics definitions".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["DataPoint", "EvaluationWindow", "MathError", "Series", "statistic"]

Series = dict[float, float]


class MathError(Exception):
    """An expression that CloudWatch would refuse."""


@dataclass(frozen=True)
class DataPoint:
    """What was published at once: one value, or the aggregate of many (then without percentiles)."""

    time: float
    total: float
    count: float
    low: float
    high: float
    single: bool = True


@dataclass(frozen=True)
class EvaluationWindow:
    """The periods of a calculation: ``count`` of them, ``period`` seconds each, from ``start`` (epoch seconds)."""

    start: float
    period: int
    count: int

    @property
    def starts(self) -> list[float]:
        """When each period begins."""
        return [self.start + number * self.period for number in range(self.count)]

    def split(self, points: Iterable[DataPoint], stat: str) -> Series:
        """The statistic of each period that has points."""
        groups: dict[float, list[DataPoint]] = {}
        for point in points:
            number = math.floor((point.time - self.start) / self.period)
            if 0 <= number < self.count:
                groups.setdefault(self.start + number * self.period, []).append(point)
        values = {start: statistic(stat, group) for start, group in sorted(groups.items())}
        return {start: value for start, value in values.items() if value is not None}


def statistic(name: str, points: Sequence[DataPoint]) -> float | None:
    """One statistic of some points: Sum, Average, Minimum, Maximum, SampleCount or a percentile such as p95.

    None where it cannot be computed: a percentile of aggregates.
    """
    count, total = sum(p.count for p in points), sum(p.total for p in points)
    simple: dict[str, Callable[[], float]] = {
        "Sum": lambda: total,
        "SampleCount": lambda: count,
        "Average": lambda: total / count,
        "Minimum": lambda: min(p.low for p in points),
        "Maximum": lambda: max(p.high for p in points),
    }
    if name in simple:
        return simple[name]() if count else None
    percentile = re.fullmatch(r"p(\d{1,2}(?:\.\d+)?|100)", name)
    if percentile is None:
        raise MathError(f"The value {name} for parameter Stat is not supported.")
    values = sorted(p.total for p in points if p.single)
    if not values:
        return None
    place = (len(values) - 1) * float(percentile[1]) / 100
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)
