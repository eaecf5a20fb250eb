"""What the week costs on both sides, projected to a month, beside what the plan promises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB, TB
from smartroute_runbook.quantities import usd

from .criteria import Criterion, Outcome
from .epochs import blocks_of
from .registration import Registration

__all__ = ["Money", "MonthRates", "money_of"]

_WEEKS = 730 / 168  # in a month of 730 hours


@dataclass(frozen=True)
class MonthRates:
    """Prices in US dollars.

    Attributes:
        usd_per_tb: Athena, per terabyte scanned.
        cluster_month: the candidate's cluster, nodes and managed storage, busy or not.
        source: where and when they were read.
    """

    usd_per_tb: float
    cluster_month: float
    source: str


@dataclass(frozen=True)
class Money:
    """Both bills.

    Attributes:
        spent: what the control's part of the experiment was billed.
        control_month: today's load on the control for a month: the value, and its 95% band.
        candidate_month: the cluster's; it does not depend on the load.
        per_query: the control's mean bill of one request of this load.
        week: requests of today's load in a week.
    """

    spent: float
    control_month: tuple[float, float, float]
    candidate_month: float
    per_query: float
    week: float
    source: str

    def month_at(self, queries_day: float) -> float:
        """The control's month at so many queries a day of this mix."""
        return self.per_query * queries_day * 730 / 24

    def criterion(self, limit: float | None) -> Criterion:
        """The line of the verdict: the candidate's month against what was stated."""
        value, low, high = self.control_month
        outcome: Outcome = "told" if limit is None else "met" if self.candidate_month <= limit else "missed"
        agreed = "no limit was stated" if limit is None else f"at most {usd(limit)}"
        return Criterion(
            "cost a month", outcome, f"{usd(value)} [{usd(low)}, {usd(high)}]", usd(self.candidate_month), agreed, True
        )


def money_of(table: pa.Table, registration: Registration, rates: MonthRates) -> Money:
    """The bills by the pairs that there are.

    The band holds how much bills differ from epoch to epoch and, where the load is a history, from day to day.
    """
    scanned = table["control_bytes"].to_numpy(zero_copy_only=False).astype(np.float64)
    answered = np.array([value == "answered" for value in table["control_outcome"].to_pylist()], np.bool_)
    billed = np.where(answered, np.maximum(np.ceil(scanned / MB), BILLED_MINIMUM_MB) * MB / TB * rates.usd_per_tb, 0.0)
    week = sum(question.week for question in registration.questions)
    mean = float(billed.mean()) if len(billed) else 0.0
    reach = 1.96 * _relative_error(billed, table) if mean else 0.0
    month = mean * week * _WEEKS
    return Money(
        spent=round(float(billed.sum()), 6),
        control_month=(round(month, 2), round(max(0.0, month * (1 - reach)), 2), round(month * (1 + reach), 2)),
        candidate_month=round(rates.cluster_month, 2),
        per_query=round(mean, 8),
        week=week,
        source=rates.source,
    )


def _relative_error(billed: np.ndarray, table: pa.Table) -> float:
    """Standard error of the mean bill by blocks of whole epochs, as a share of it."""
    places = table["round"].to_numpy().astype(np.int64) * 1000 + table["epoch"].to_numpy()
    blocks = blocks_of(np.cumsum(np.concatenate([[0], np.diff(places) != 0])))
    if len(blocks) < 2:
        return 0.0
    mean, sizes = float(billed.mean()), np.array([block.stop - block.start for block in blocks], np.float64)
    residue = np.array([float(billed[block].sum()) for block in blocks]) - mean * sizes
    error = np.sqrt(len(blocks) / (len(blocks) - 1) * (residue**2).sum()) / sizes.sum()
    return float(error / mean)
