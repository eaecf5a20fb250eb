"""By how much two arms differ when their samples depend on each other: by blocks, with an exact test.

A stall makes the queries behind it wait, so neighbouring latencies are alike, and a test that takes each for news of
its own sees differences that are none: of A/A experiments at 70% load with 1% of stalls, up to 26 of 100 failed. So
both arms are cut into the same stretches of time, each at least three times as long as latencies stay alike; within a
stretch the shift is the median of all differences (Hodges-Lehmann), and over the stretches Wilcoxon's signed rank says
how sure it is. It is exact for any distribution: were the engines equal, each shift would be as likely of the other
sign, since the order of the two was drawn at random.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["LEAST_BLOCKS", "Floats", "Shift", "SignedRank", "block_length", "shift_of", "signed_rank"]

Floats = npt.NDArray[np.float64]

LEAST_BLOCKS = 9
"""Of fewer blocks no outcome is rare enough to count where several queries share a level of 5%."""
_MOST_BLOCKS = 20
_SEPARATED = 8  # samples a side from which on arms that do not even overlap need no test


@dataclass(frozen=True)
class SignedRank:
    """The shift that several blocks tell together.

    Attributes:
        low, high: its two-sided interval; infinite where the blocks are too few for one.
        middle: the estimate (Hodges-Lehmann).
        bound: the one-sided upper bound.
        p_value: two-sided; 1 where the blocks are too few.
        blocks: how many there were.
        spread: standard deviation of the blocks' shifts; 0 of fewer than two.
    """

    low: float
    middle: float
    high: float
    bound: float
    p_value: float
    blocks: int
    spread: float


@dataclass(frozen=True)
class Shift(SignedRank):
    """The shift of logarithms from control to candidate.

    Attributes:
        separated: every sample of one arm lies beyond every sample of the other.
    """

    separated: bool


def block_length(*series: Floats) -> int:
    """Samples that a block must hold, so that what one says is little told by the one before.

    Three times the longest correlation time (the sum of the autocorrelation of ranks up to where it is noise), two
    where there is none.
    """
    longest = max((_correlation_time(one) for one in series), default=1.0)
    return 2 if longest <= 1 else max(2, math.ceil(3 * longest))


def _correlation_time(values: Floats) -> float:
    count = len(values)
    if count < _SEPARATED:
        return 1.0
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(np.float64)
    ranks -= ranks.mean()
    if len(np.unique(values)) == 1:
        return 1.0
    total, power, noise = 1.0, float(ranks @ ranks), 1.3 / math.sqrt(count)
    for lag in range(1, count // 3):
        alike = float(ranks[:-lag] @ ranks[lag:]) / power
        if alike < noise:
            break
        total += 2 * alike
    return total


def shift_of(control: Floats, candidate: Floats, length: int, level: float, one_sided: float) -> Shift:
    """Compare two series of logarithms, each in the order of time.

    Args:
        control: at least one sample.
        candidate: likewise; about as many.
        length: samples a block, see ``block_length``.
        level: chance that the two-sided interval misses.
        one_sided: chance that the bound does.
    """
    count = min(len(control), len(candidate))
    blocks = max(1, min(_MOST_BLOCKS, count // length))
    pairs = zip(np.array_split(control, blocks), np.array_split(candidate, blocks), strict=True)
    shifts = np.array([float(np.median(np.subtract.outer(b, a))) for a, b in pairs])
    gap = count >= _SEPARATED and (candidate.min() > control.max() or control.min() > candidate.max())
    return Shift(**vars(signed_rank(shifts, level, one_sided)), separated=bool(gap))


def signed_rank(shifts: Floats, level: float, one_sided: float) -> SignedRank:
    """What the shifts of independent blocks tell together; ``level`` and ``one_sided`` as in ``shift_of``."""
    blocks = len(shifts)
    first, second = np.triu_indices(blocks)
    means = np.sort((shifts[first] + shifts[second]) / 2)  # Walsh averages, whose order statistics are the interval
    below, places = _at_most(blocks), len(means)
    two, one = (int(np.searchsorted(below, share, side="right")) for share in (level / 2, one_sided))
    enough = blocks >= LEAST_BLOCKS
    return SignedRank(
        low=float(means[two - 1]) if enough and two else -math.inf,
        middle=float(np.median(means)),
        high=float(means[places - two]) if enough and two else math.inf,
        bound=float(means[places - one]) if enough and one else math.inf,
        p_value=_p_value(shifts, below) if enough else 1.0,
        blocks=blocks,
        spread=float(np.std(shifts, ddof=1)) if blocks > 1 else 0.0,
    )


def _p_value(shifts: Floats, below: Floats) -> float:
    """Two-sided, with the mean rank where shifts are equally large and half of the rank where one is zero."""
    order = np.abs(shifts)
    ranks = np.array([(order < one).sum() + ((order == one).sum() + 1) / 2 for one in order])
    plus = float((ranks * np.where(shifts > 0, 1.0, np.where(shifts == 0, 0.5, 0.0))).sum())
    smaller = min(plus, float(ranks.sum()) - plus)
    return float(min(1.0, 2 * below[math.floor(smaller)]))


@cache
def _at_most(count: int) -> Floats:
    """The chance that the sum of positive ranks of so many signs is at most 0, 1, 2, ..."""
    chances = np.array([1.0])
    for rank in range(1, count + 1):
        longer = np.zeros(len(chances) + rank)
        longer[: len(chances)] += chances / 2
        longer[rank:] += chances / 2
        chances = longer
    return np.cumsum(chances)
