"""Which shift so many samples would catch, by their own robust spread."""

from __future__ import annotations

import math

from .blocks import Floats

__all__ = ["BLOCKED", "detectable", "normal"]

BLOCKED = 1.2
"""By how much wider the interval of twenty blocks is than one of all samples, were they independent (simulated)."""


def detectable(a: Floats, b: Floats, edge: float, level: float) -> float:
    """Shift of the logarithm that would be caught with a power of 99%, by the samples' own robust spread."""
    from scipy import stats  # a second of imports

    spreads = [max(stats.median_abs_deviation(side, scale="normal"), 1e-9) for side in (a, b)]
    error = BLOCKED * math.sqrt(math.pi / 3 * (spreads[0] ** 2 / len(a) + spreads[1] ** 2 / len(b)))
    alarm, power = normal(1 - level / 2), normal(0.99)
    return max((alarm + power) * error, edge + power * error)


def normal(share: float) -> float:
    """The standard normal distribution's quantile."""
    from scipy import stats  # a second of imports

    return float(stats.norm.ppf(share))
