"""A percentile with its interval, which needs no distribution.

The samples below a percentile are a binomial count, so two order statistics enclose it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["percentile_interval"]


def percentile_interval(
    values: Sequence[float], share: float = 0.95, confidence: float = 0.95
) -> tuple[float, float, float] | None:
    """The percentile and the order statistics around it; None when the samples are too few for them."""
    count, ordered = len(values), sorted(values)
    from scipy import stats  # a second of imports

    low, high = (int(stats.binom.ppf(p, count, share)) for p in ((1 - confidence) / 2, (1 + confidence) / 2))
    if not count or high >= count:
        return None
    return ordered[max(0, low - 1)], ordered[min(count - 1, math.ceil(share * count) - 1)], ordered[high]
