"""By how much two samples are shifted, without assuming a distribution (Hodges-Lehmann, Mann-Whitney, Moses)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import stats

__all__ = ["Floats", "detectable", "normal", "shift"]

Floats = npt.NDArray[np.float64]

_MOST = 2_000  # samples a side that are compared pairwise; of more, every second, third, ... is taken


def shift(a: Floats, b: Floats, level: float, one_sided: float) -> tuple[float, float, float, float]:
    """Lower end, Hodges-Lehmann estimate, upper end, one-sided upper bound: order statistics of all differences.

    After Moses, with the normal approximation of Mann-Whitney's U. What too few samples cannot bound is infinite.
    """
    a, b = (side[:: math.ceil(len(side) / _MOST)] for side in (a, b))
    n, m = len(a), len(b)
    middle, spread = n * m / 2, math.sqrt(n * m * (n + m + 1) / 12)
    two, one = (math.floor(middle - normal(1 - share) * spread) for share in (level / 2, one_sided))
    places = {rank for rank in (two - 1, n * m - two, n * m - one) if 0 <= rank < n * m}
    places |= {(n * m - 1) // 2, n * m // 2}
    differences = np.partition(np.subtract.outer(b, a).ravel(), sorted(places))
    low, high = (differences[two - 1], differences[n * m - two]) if two >= 1 else (-math.inf, math.inf)
    bound = differences[n * m - one] if one >= 1 else math.inf
    median = (differences[(n * m - 1) // 2] + differences[n * m // 2]) / 2
    return float(low), float(median), float(high), float(bound)


def detectable(a: Floats, b: Floats, edge: float, level: float) -> float:
    """Shift of the logarithm that would be caught with a power of 99 %, by the samples' own robust spread."""
    spreads = [max(stats.median_abs_deviation(side, scale="normal"), 1e-9) for side in (a, b)]
    error = math.sqrt(math.pi / 3 * (spreads[0] ** 2 / len(a) + spreads[1] ** 2 / len(b)))
    alarm, power = normal(1 - level / 2), normal(0.99)
    return max((alarm + power) * error, edge + power * error)


def normal(share: float) -> float:
    """The standard normal distribution's quantile."""
    return float(stats.norm.ppf(share))
