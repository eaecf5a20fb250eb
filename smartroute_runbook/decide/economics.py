"""What a query costs, what a month costs, and where two ways of paying cost the same: formulas and the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB, TB
from smartroute_runbook.quantities import number

from .workload import Workload

__all__ = ["Band", "athena_month", "band", "break_even", "mean_mb_samples", "query_usd"]

SAMPLES = 2000
SEED = 7
#: Fewer days than this say too little about how days differ: then single queries are drawn instead.
DAYS_TO_RESAMPLE = 7

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """The 10th, 50th and 90th percentile over the bootstrap."""

    p10: float
    p50: float
    p90: float

    def __str__(self) -> str:
        """Middle first, then the band."""
        return f"{number(self.p50)} ({number(self.p10)} to {number(self.p90)})"


def band(values: Floats) -> Band:
    """The band of bootstrap values."""
    # What is shown is rounded where it is shown: from two decimals of a megabyte another break-even came out.
    p10, p50, p90 = (round(float(v), 6) for v in np.percentile(values, (10, 50, 90)))
    return Band(p10, p50, p90)


def query_usd(mean_mb: Floats | float, usd_tb: float) -> Floats:
    """US dollars a query: bytes billed (decimal megabytes) times the price of a terabyte."""
    return np.asarray(mean_mb, dtype=np.float64) * MB / TB * usd_tb


def athena_month(queries_day: float, mean_mb: Floats | float, usd_tb: float, days: float) -> Floats:
    """US dollars a month of ``days`` days."""
    return queries_day * days * query_usd(mean_mb, usd_tb)


def break_even(
    fixed_month: float,
    mean_mb: Floats | float,
    usd_tb: float,
    days: float,
    *,
    adhoc_share: float = 0,
    reused: float = 0,
) -> Floats:
    """Queries a day at which a fixed monthly price equals Athena's.

    Args:
        fixed_month: US dollars a month of the alternative.
        mean_mb: megabytes billed a query; at least the 10 MB minimum is taken.
        usd_tb: Athena's price of a terabyte scanned.
        days: days a month.
        adhoc_share: share of queries that stays on Athena either way (analysts).
        reused: share of billed bytes that Athena's result reuse would save.
    """
    each = query_usd(np.maximum(np.asarray(mean_mb, dtype=np.float64), BILLED_MINIMUM_MB), usd_tb)
    return fixed_month / (days * each * (1 - adhoc_share) * (1 - reused))


def mean_mb_samples(workload: Workload, seed: int = SEED) -> Floats:
    """Bootstrap of the megabytes billed a query, by drawing whole days: queries of one day are alike.

    With fewer than seven full days single queries are drawn. Both ways take time by days or by distinct sizes, not by
    queries: a month of 30 million queries costs the same as one of thirty.
    """
    draw = np.random.default_rng(seed)
    days = [day for day in workload.full_days if day.queries]
    if len(days) >= DAYS_TO_RESAMPLE:
        counts = np.array([day.queries for day in days], dtype=np.float64)
        megabytes = np.array([day.billed_mb for day in days], dtype=np.float64)
        picked = draw.integers(0, len(days), (SAMPLES, len(days)))
        return np.asarray(megabytes[picked].sum(axis=1) / counts[picked].sum(axis=1))
    size, executions = np.array(workload.billed_mb, dtype=np.float64).T
    drawn = draw.multinomial(workload.queries, executions / executions.sum(), SAMPLES)
    return np.asarray(drawn @ size / workload.queries)
