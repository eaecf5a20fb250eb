"""What can be said of latencies and failures that depend on each other: whole epochs are counted, not requests.

A stall makes the requests behind it wait, and an outage fails them all, so requests are no news of their own. Epochs
are: each begins when every answer of the one before is in, so that no queue is handed on. What is said of a shift, a
percentile or a rate rests on how much it varies from one block of whole epochs to the next.

- A shift is the median of the pairs' log ratios in each block, then Wilcoxon's signed rank over the blocks. Were the
  engines equal, swapping the two answers of each pair would change nothing but the sign of every block's shift,
  whatever the distribution: the test is exact if blocks are independent. Neighbours that are alike are joined first.
- A percentile's interval is Woodruff's (J. Am. Stat. Assoc. 47, 1952): that of the share below it, by the variance
  between blocks, turned into two order statistics. Never narrower than for independent samples.
- A rate's interval is Wilson's (J. Am. Stat. Assoc. 22, 1927), for as many independent requests as the variance
  between blocks leaves (the design effect: Kish, Survey Sampling, 1965).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from smartroute_runbook.measure.blocks import LEAST_BLOCKS, Floats, SignedRank, signed_rank
from smartroute_runbook.measure.shift import normal

__all__ = ["MOST_BLOCKS", "Blocks", "Interval", "blocks_of", "more_often", "paired_shift", "percentile", "rate"]

MOST_BLOCKS = 40
_ALIKE = 1.64  # standard deviations of the neighbours' correlation from which on blocks are joined

Blocks = Sequence[slice]
"""Runs of samples in the order of time, each of whole epochs."""


@dataclass(frozen=True)
class Interval:
    """A value with what encloses it; ``high`` is None where the samples are too few for an upper end."""

    value: float
    low: float
    high: float | None


def blocks_of(epochs: npt.NDArray[np.int64], most: int = MOST_BLOCKS) -> list[slice]:
    """Blocks of whole epochs with about as many samples each.

    Args:
        epochs: each sample's epoch, in the order of time.
        most: blocks at most.
    """
    count = len(epochs)
    if not count:
        return []
    edges = np.concatenate([[0], np.flatnonzero(np.diff(epochs)) + 1, [count]])
    number = ((edges[:-1] + edges[1:]) / 2 * most / count).astype(np.int64)  # each epoch's block, by its middle
    starts = edges[:-1][np.concatenate([[True], np.diff(number) != 0])]
    return [slice(int(a), int(b)) for a, b in zip(starts, [*starts[1:], count], strict=True)]


def paired_shift(control: Floats, candidate: Floats, blocks: Blocks, level: float, one_sided: float) -> SignedRank:
    """By how much the candidate's latencies differ from the control's to the same requests, as a logarithm.

    Args:
        control: latencies above 0, in the order of time.
        candidate: of the same requests.
        blocks: of these samples.
        level: chance that the two-sided interval misses.
        one_sided: chance that the bound does.
    """
    ratios = np.log(candidate) - np.log(control)
    shifts = np.array([float(np.median(ratios[block])) for block in blocks])
    weights = np.array([float(block.stop - block.start) for block in blocks])
    while len(shifts) >= 2 * LEAST_BLOCKS and _alike(shifts):
        even = len(shifts) // 2 * 2
        pairs, sizes = shifts[:even].reshape(-1, 2), weights[:even].reshape(-1, 2)
        shifts, weights = (pairs * sizes).sum(axis=1) / sizes.sum(axis=1), sizes.sum(axis=1)
    return signed_rank(shifts, level, one_sided)


def _alike(values: Floats) -> bool:
    """Whether neighbours have more in common than chance would give them."""
    centred = values - values.mean()
    power = float(centred @ centred)
    return power > 0 and float(centred[:-1] @ centred[1:]) / power > _ALIKE / math.sqrt(len(values))


def percentile(values: Floats, blocks: Blocks, share: float, confidence: float = 0.95) -> Interval | None:
    """A percentile with its interval; None where no sample can lie above it.

    Args:
        values: samples in the order of time.
        blocks: of these samples.
        share: 0.95 for the 95th.
        confidence: of the interval.
    """
    count = len(values)
    if count * (1 - share) < 1:
        return None
    ordered = np.sort(values)
    value = float(ordered[math.ceil(share * count) - 1])
    error, freedom = _standard_error(values <= value, blocks, share)
    reach = _student(1 - (1 - confidence) / 2, freedom) * error
    low, high = math.floor((share - reach) * count) - 1, math.ceil((share + reach) * count)
    return Interval(value, float(ordered[max(0, low)]), float(ordered[high]) if high < count else None)


def _standard_error(hits: npt.NDArray[np.bool_], blocks: Blocks, share: float) -> tuple[float, int]:
    """Of a share of hits, by the variance between blocks, at least a binomial one; and its degrees of freedom."""
    count, number = len(hits), len(blocks)
    binomial = share * (1 - share) / count
    if number < 2:
        return math.sqrt(binomial), count
    excess = np.array([float(hits[block].sum()) - share * (block.stop - block.start) for block in blocks])
    between = number / (number - 1) * float((excess**2).sum()) / count**2
    return (math.sqrt(between), number - 1) if between > binomial else (math.sqrt(binomial), count)


def _student(share: float, freedom: int) -> float:
    from scipy import stats  # a second of imports

    return float(stats.t.ppf(share, max(1, freedom)))


def rate(hits: npt.NDArray[np.bool_], blocks: Blocks, confidence: float = 0.95) -> Interval:
    """A share of hits with Wilson's interval, over as many requests as the blocks' variance leaves."""
    count = len(hits)
    if not count:
        return Interval(0.0, 0.0, 1.0)
    share = float(hits.mean())
    effective = float(count)
    if 0 < share < 1:
        error, _ = _standard_error(hits, blocks, share)
        effective = share * (1 - share) / error**2
    z = normal(1 - (1 - confidence) / 2)
    middle = (share + z * z / 2 / effective) / (1 + z * z / effective)
    reach = z / (1 + z * z / effective) * math.sqrt(share * (1 - share) / effective + z * z / 4 / effective**2)
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))


def more_often(
    control: npt.NDArray[np.bool_], candidate: npt.NDArray[np.bool_], blocks: Blocks, level: float, one_sided: float
) -> SignedRank:
    """By how much the candidate's share of hits is larger than the control's; arguments as in ``paired_shift``.

    Hits come in clusters, and a cluster counts as much as its block: the test is the signed rank of the blocks'
    differences; estimate and bound are of their mean (Student's), which no rare hit escapes. Where hits are few or
    none, their variance is that of one more a side (Agresti and Caffo, Am. Stat. 54, 2000): none seen is not none.
    """
    sizes = np.array([block.stop - block.start for block in blocks], np.float64)
    more = np.array([float(candidate[b].sum()) - float(control[b].sum()) for b in blocks])
    ranked = signed_rank(more / sizes, level, one_sided)
    mean, number = float(more.sum() / sizes.sum()), len(blocks)
    residue = more - mean * sizes
    count = float(sizes.sum())
    few = [(float(side.sum()) + 1) / (count + 2) for side in (control, candidate)]
    least = math.sqrt(sum(share * (1 - share) / (count + 2) for share in few))
    error = max(least, math.sqrt(number / max(1, number - 1) * float((residue**2).sum())) / count)
    reach, bound = (_student(1 - share, number - 1) * error for share in (level / 2, one_sided))
    return replace(ranked, low=mean - reach, middle=mean, high=mean + reach, bound=mean + bound)
