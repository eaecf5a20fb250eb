"""A verdict on two samples of latencies: from a confidence interval and an effect size, never from a mean.

Latencies are compared as ratios (differences of logarithms), by blocks of time (``blocks``), as neighbouring latencies
depend on each other. The tolerance, fixed before anything is measured, says how much matters. "Worse" needs both: the
whole interval above 1 and the estimate beyond the tolerance. "No worse" needs proof as well: the interval's one-sided
upper bound within the tolerance. Few samples are inconclusive, not equal. Several queries share the chance of a false
alarm (Bonferroni); the chance of a false "no worse" needs no sharing, because all of them must be (an
intersection-union test).

After Kayenta's judge (tolerance on the Hodges-Lehmann estimate, critical metrics), with the interval made visible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from smartroute_runbook.errors import UsageError

from .blocks import Floats, block_length, shift_of
from .judgement import Judgement, Limits, Metric, Outcome
from .shift import BLOCKED, detectable, normal

__all__ = [
    "judge",
    "judge_failures",
    "judge_metric",
    "judge_slow",
    "rounds_needed",
]

SLOW = 3.0
"""A run is slow that takes more than so many times the control's median."""
SLOW_SHARE = 0.01
"""A larger share of slow runs than the control's by this much is not taken for chance."""


def judge(samples: Mapping[str, tuple[Sequence[float], Sequence[float]]], limits: Limits) -> Judgement:
    """Judge all metrics together.

    Args:
        samples: per metric the control's and the candidate's latencies, in any unit, each above 0.
        limits: agreed on beforehand.

    Raises:
        UsageError: no metric, a critical metric that was not measured, or a latency that is not above 0.
    """
    if not samples:
        raise UsageError("Nothing to judge", expected="latencies of at least one query")
    unknown = set(limits.critical) - set(samples)
    if unknown:
        raise UsageError(
            f"Critical but not measured: {', '.join(sorted(unknown))}", hint=f"Measured: {', '.join(samples)}"
        )
    confidence = 1 - (1 - limits.confidence) / len(samples)
    # What keeps latencies alike (a queue, a stall) is the engine's, not one query's: the longest holds for all.
    length = block_length(*(_logarithms(name, side) for name, sides in samples.items() for side in sides if len(side)))
    metrics = tuple(
        judge_metric(name, control, candidate, limits, confidence=confidence, length=length)
        for name, (control, candidate) in samples.items()
    )
    return Judgement(verdict_of(metrics), limits, metrics, length)


def verdict_of(metrics: Sequence[Metric]) -> Literal["pass", "inconclusive", "fail"]:
    """The verdict over metrics, see ``Judgement``."""
    if any(m.critical and m.outcome in ("worse", "no data") for m in metrics):
        return "fail"
    if any(m.outcome == "worse" or (m.critical and m.outcome == "inconclusive") for m in metrics):
        return "inconclusive"
    return "pass"


def judge_metric(
    name: str,
    control: Sequence[float],
    candidate: Sequence[float],
    limits: Limits,
    *,
    confidence: float | None = None,
    length: int | None = None,
) -> Metric:
    """Judge one metric at a confidence of its own (by default that of the limits), by blocks of ``length`` samples."""
    critical = not limits.critical or name in limits.critical
    counts = (len(control), len(candidate))
    if min(counts) == 0:
        return Metric(name, "no data", *(None,) * 6, *counts, critical)
    a, b = _logarithms(name, control), _logarithms(name, candidate)
    level, edge = 1 - (confidence or limits.confidence), math.log1p(limits.tolerance)
    shift = shift_of(a, b, length or block_length(a, b), level, 1 - limits.confidence)
    outcome: Outcome = "inconclusive"
    if shift.middle > edge and (shift.separated or (shift.p_value < level and shift.low > 0)):
        outcome = "worse"
    elif shift.middle < -edge and (shift.separated or (shift.p_value < level and shift.high < 0)):
        outcome = "better"
    elif shift.bound <= edge:
        outcome = "no worse"
    return Metric(
        name=name,
        outcome=outcome,
        ratio=math.exp(shift.middle),
        low=_exp(shift.low),
        high=_exp(shift.high),
        bound=_exp(shift.bound),
        p_value=shift.p_value,
        detectable=math.exp(detectable(a, b, edge, level)) if min(counts) > 2 else None,
        control_count=counts[0],
        candidate_count=counts[1],
        critical=critical,
    )


def judge_failures(control: tuple[int, int], candidate: tuple[int, int], limits: Limits) -> Metric:
    """Judge failure rates: (failed, tried) on each side, by Fisher's exact test, one-sided.

    Any failure of the candidate that the control does not have is at least inconclusive: rare failures are not
    proven harmless by small numbers.
    """
    (failed_a, tried_a), (failed_b, tried_b) = control, candidate
    if not tried_a or not tried_b:
        return Metric("failures", "no data", *(None,) * 6, tried_a, tried_b)
    table = [[failed_b, tried_b - failed_b], [failed_a, tried_a - failed_a]]
    from scipy import stats  # a second of imports

    p_value = float(stats.fisher_exact(table, alternative="greater").pvalue)
    more = failed_b / tried_b - failed_a / tried_a
    outcome: Outcome = "no worse"
    if more > 0:
        outcome = "worse" if p_value < 1 - limits.confidence else "inconclusive"
    ratio = (failed_b / tried_b) / (failed_a / tried_a) if failed_a else None
    return Metric("failures", outcome, ratio, None, None, None, p_value, None, tried_a, tried_b)


def judge_slow(samples: Mapping[str, tuple[Sequence[float], Sequence[float]]], limits: Limits, length: int) -> Metric:
    """Judge runs of more than ``SLOW`` times the control's median: a median hides what one user in 100 meets.

    Blocks of time in which the candidate had more of them are counted against those in which the control had (a sign
    test, one-sided), because slow runs come in clusters.
    """
    control = candidate = tried_a = tried_b = 0
    more = fewer = 0
    for a, b in samples.values():
        if not (len(a) and len(b)):
            continue
        edge, blocks = SLOW * float(np.median(a)), max(1, min(len(a), len(b)) // length)
        cut = [np.array_split(np.asarray(side) > edge, blocks) for side in (a, b)]
        for one, other in zip(*cut, strict=True):
            more += other.mean() > one.mean()
            fewer += other.mean() < one.mean()
        control, candidate = control + int(sum(part.sum() for part in cut[0])), candidate + int(sum(map(sum, cut[1])))
        tried_a, tried_b = tried_a + len(a), tried_b + len(b)
    if not tried_a:
        return Metric("slow runs", "no data", *(None,) * 6, 0, 0)
    from scipy import stats  # a second of imports

    p_value = float(stats.binomtest(more, more + fewer, alternative="greater").pvalue) if more + fewer else 1.0
    share = candidate / tried_b - control / tried_a
    outcome: Outcome = "no worse"
    if p_value < 1 - limits.confidence and candidate > control:
        outcome = "worse"
    elif share > SLOW_SHARE:
        outcome = "inconclusive"
    ratio = (candidate / tried_b) / (control / tried_a) if control else None
    return Metric("slow runs", outcome, ratio, None, None, None, p_value, None, tried_a, tried_b)


def rounds_needed(spread: float, effect: float, limits: Limits, *, metrics: int = 1) -> int:
    """Samples a side with which a slowdown is caught in 99 of 100 experiments, and equal engines pass in 98 of 100.

    Args:
        spread: standard deviation of the logarithm of a latency; about its coefficient of variation when small.
        effect: the slowdown, as a share: 0.2 is twenty per cent; above the tolerance.
        limits: the tolerance and confidence.
        metrics: how many are judged together.

    Raises:
        UsageError: the effect is within the tolerance: no number of rounds makes it count.
    """
    edge, slower = math.log1p(limits.tolerance), math.log1p(effect)
    if slower <= edge:
        raise UsageError(f"A slowdown of {effect:.0%} is within the tolerance", expected=f"> {limits.tolerance:.0%}")
    level = 1 - limits.confidence
    alarm, power = normal(1 - level / metrics / 2), normal(0.99)
    caught = min(slower / (alarm + power), (slower - edge) / power)
    passed = edge / (normal(1 - level) + normal(0.98 ** (1 / metrics)))
    return max(18, math.ceil(2 * math.pi / 3 * (BLOCKED * spread / min(caught, passed)) ** 2))


def _logarithms(name: str, values: Sequence[float]) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(array).all() and (array > 0).all()):
        raise UsageError(f"A latency of '{name}' is not a number above 0", expected="seconds or milliseconds above 0")
    logs: Floats = np.log(array)
    return logs


def _exp(shift: float) -> float | None:
    return math.exp(shift) if math.isfinite(shift) else None
