"""The verdict over a week of pairs: pure, by what was registered, calibrated for samples that depend on each other.

Everything that is tested against the control shares the chance of a false alarm (Bonferroni). Nothing but a wrong
answer is judged before the last round: who looks every day would otherwise find something by chance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from smartroute_runbook.measure.blocks import LEAST_BLOCKS, Floats
from smartroute_runbook.measure.judge import SLOW, SLOW_SHARE
from smartroute_runbook.measure.shift import normal
from smartroute_runbook.quantities import plural

from .criteria import Criterion, Outcome, Thresholds, milliseconds, spanned
from .epochs import Blocks, Interval, blocks_of, more_often, paired_shift, percentile, rate

__all__ = ["MOST_VOID", "Measured", "WeekVerdict", "verdict"]

MOST_VOID = 0.05
"""Of a larger share of pairs it cannot be said that they were void, or not compared, by chance."""
_TAIL = 6  # samples above a percentile from which on its interval has an upper end
_MOST_MORE = 100.0  # times as many rounds; who needs more should ask another question

Kind = Literal["differs", "worse", "not enough", "pass"]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Measured:
    """The pairs of a week in the order of time, one entry a pair in each array.

    Attributes:
        epoch: numbers that rise.
        query: names.
        control, candidate: seconds from the scheduled start; NaN where there was no answer to wait for.
        control_failed, candidate_failed: no answer, or none in time.
        void: the generator was late.
        different: the answers are not the same; ``compared`` says that they were held against each other, ``proven``
            that they had rows, and these were the same.
    """

    epoch: npt.NDArray[np.int64]
    query: npt.NDArray[np.str_]
    control: Floats
    candidate: Floats
    control_failed: Bools
    candidate_failed: Bools
    void: Bools
    different: Bools
    compared: Bools
    proven: Bools

    def only(self, wanted: Bools) -> Measured:
        """These pairs."""
        return Measured(*(getattr(self, name)[wanted] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.epoch)


@dataclass(frozen=True)
class WeekVerdict:
    """What the week says.

    Attributes:
        kind: ``differs`` and ``worse`` say no; ``not enough`` takes a named acceptance.
        criteria: line by line.
        more: the rounds must grow by this factor until all could be told; None where that is not known.
        blocks: blocks of whole epochs that the verdict rests on.
    """

    kind: Kind
    criteria: tuple[Criterion, ...]
    more: float | None
    blocks: int


def verdict(pairs: Measured, limits: Thresholds, judged: Sequence[str], cost: Criterion | None = None) -> WeekVerdict:
    """Judge a finished week.

    Args:
        pairs: all of its pairs.
        limits: as registered.
        judged: the queries that are judged one by one: those with enough pairs, as registered.
        cost: the line about dollars.
    """
    valid = pairs.only(~pairs.void)
    blocks = blocks_of(valid.epoch)
    level = (1 - limits.confidence) / (len(judged) + 3)
    lines = [
        _answers(pairs),
        _generator(pairs),
        _latency("all requests", valid, limits, level),
        *(_latency(name, valid.only(valid.query == name), limits, level, name) for name in judged),
        _slow(valid, blocks, limits, level),
        _failures(valid, blocks, limits, level),
        *_failing(valid, limits),
        *_targets(valid, limits, judged),
        _tail(valid),
    ]
    criteria = (*lines, *([cost] if cost else []))
    missed = [c for c in criteria if c.outcome == "missed" and not c.advisory]
    left = [c for c in criteria if c.outcome == "open" and not c.advisory]
    kind: Kind = (
        "differs" if missed and missed[0] is lines[0] else "worse" if missed else "not enough" if left else "pass"
    )
    known = [c.more for c in left if c.more is not None]
    more = max(known) if known and kind == "not enough" else None
    return WeekVerdict(kind, criteria, more, len(blocks))


def _answers(pairs: Measured) -> Criterion:
    """No answer may differ; where many were not compared (the control was away), that none differed says little."""
    wrong, compared, proven = (int(one.sum()) for one in (pairs.different, pairs.compared, pairs.proven))
    enough = bool(proven) and compared >= (1 - MOST_VOID) * len(pairs)
    outcome: Outcome = "missed" if wrong else "met" if enough else "open"
    measured = f"{wrong:,} of {plural(compared, 'pair')} differ, {proven:,} are proven the same"
    agreed = f"none differs, at least {1 - MOST_VOID:.0%} are compared"
    return Criterion("answers", outcome, "the reference", measured, agreed)


def _generator(pairs: Measured) -> Criterion:
    share = float(pairs.void.mean()) if len(pairs) else 1.0
    outcome: Outcome = "met" if share <= MOST_VOID else "open"
    measured = f"{int(pairs.void.sum()):,} of {plural(len(pairs), 'pair')} void ({share:.1%})"
    return Criterion("void pairs", outcome, measured, "both arms alike", f"at most {MOST_VOID:.0%}")


def _latency(name: str, pairs: Measured, limits: Thresholds, level: float, query: str = "") -> Criterion:
    """The ratio of latencies to the same requests, against the tolerance."""
    both = ~(np.isnan(pairs.control) | np.isnan(pairs.candidate))
    one = pairs.only(both)
    agreed = f"at most {1 + limits.tolerance:.2f}x"
    title = f"latency of {name}"
    if not len(one):
        return Criterion(title, "open", "no pair", "no pair", agreed, query=query)
    parts = blocks_of(one.epoch)
    shift = paired_shift(one.control, one.candidate, parts, level, 1 - limits.confidence)
    outcome: Outcome = "open"
    if shift.middle > limits.edge and shift.p_value < level and shift.low > 0:
        outcome = "missed"
    elif shift.bound <= limits.edge or (shift.middle < 0 and shift.p_value < level and shift.high < 0):
        outcome = "met"
    measured = f"{math.exp(shift.middle):.2f}x"
    if math.isfinite(shift.low) and math.isfinite(shift.high):
        measured += f" [{math.exp(shift.low):.2f}, {math.exp(shift.high):.2f}]"
    middle = milliseconds(float(np.median(one.control)))
    more = None
    if outcome == "open":
        needed = _blocks_needed(shift.spread, limits, level)
        more = min(_MOST_MORE, max(1.05, max(needed, LEAST_BLOCKS) / shift.blocks))
    return Criterion(title, outcome, f"half within {middle}", measured, agreed, more=more, query=query)


def _blocks_needed(spread: float, limits: Thresholds, level: float) -> float:
    """Blocks with which the registered effect is caught, and equal engines pass, by the power; 0.955: Wilcoxon's."""
    power = normal(limits.power)
    slower = math.log1p(limits.effect)
    caught = min(slower / (normal(1 - level / 2) + power), (slower - limits.edge) / power)
    passed = limits.edge / (normal(limits.confidence) + power)
    return (spread / min(caught, passed)) ** 2 / 0.955


def _slow(pairs: Measured, blocks: Blocks, limits: Thresholds, level: float) -> Criterion:
    """Requests of more than ``SLOW`` times the control's median: a median hides what one user in 100 meets."""
    one, other = (np.zeros(len(pairs), np.bool_) for _ in range(2))
    for name in np.unique(pairs.query):
        mine = pairs.query == name
        known = pairs.control[mine & ~np.isnan(pairs.control)]
        if len(known):
            edge = SLOW * float(np.median(known))
            one |= mine & (np.nan_to_num(pairs.control) > edge)
            other |= mine & (np.nan_to_num(pairs.candidate) > edge)
    rates = (_percent(rate(one, blocks)), _percent(rate(other, blocks)))
    agreed = f"no more above {SLOW:g}x the control's median, within {SLOW_SHARE:.0%} of all"
    if not blocks:
        return Criterion("slow requests", "open", *rates, agreed)
    more = more_often(one, other, blocks, level, 1 - limits.confidence)
    outcome: Outcome = "open"
    if more.p_value < level and more.middle > 0:
        outcome = "missed"
    elif more.bound <= SLOW_SHARE:
        outcome = "met"
    return Criterion("slow requests", outcome, *rates, agreed, more=2.0 if outcome == "open" else None)


def _failures(pairs: Measured, blocks: Blocks, limits: Thresholds, level: float) -> Criterion:
    one, other = rate(pairs.control_failed, blocks), rate(pairs.candidate_failed, blocks)
    agreed = f"at most {limits.failures:.2%}, and no more than the control's"
    if not blocks:
        return Criterion("failures", "open", "no pair", "no pair", agreed)
    more = more_often(pairs.control_failed, pairs.candidate_failed, blocks, level, 1 - limits.confidence)
    outcome: Outcome = "open"
    if other.low > limits.failures or (more.p_value < level and more.middle > 0):
        outcome = "missed"
    elif other.high is not None and other.high <= limits.failures:
        outcome = "met"
    grow = _grow(other, limits.failures) if outcome == "open" else None
    return Criterion("failures", outcome, _percent(one), _percent(other), agreed, more=grow)


def _failing(pairs: Measured, limits: Thresholds) -> Iterator[Criterion]:
    """Queries that fail more often than agreed, however seldom they are asked: among all requests they would not show.

    By the binomial distribution, all queries sharing the chance of a false alarm; failures of one epoch alone are an
    outage, which counts among all requests.
    """
    from scipy import stats  # a second of imports

    names = np.unique(pairs.query)
    for name in names.tolist():
        mine = pairs.only(pairs.query == name)
        failed, count = int(mine.candidate_failed.sum()), len(mine)
        outages = len(np.unique(mine.epoch[mine.candidate_failed]))
        chance = float(stats.binom.sf(failed - 1, count, limits.failures))
        if outages > 1 and chance < (1 - limits.confidence) / len(names):
            control = f"{int(mine.control_failed.sum()):,} of {count:,}"
            agreed = f"at most {limits.failures:.2%} of its requests"
            yield Criterion(f"failures of {name}", "missed", control, f"{failed:,} of {count:,}", agreed, query=name)


def _targets(pairs: Measured, limits: Thresholds, judged: Sequence[str]) -> Iterator[Criterion]:
    if limits.p95_seconds is not None:
        most = limits.p95_seconds
        yield Criterion("p95 of all requests", *_target(pairs, 0.95, most, limits.confidence))
        for name in judged:
            result = _target(pairs.only(pairs.query == name), 0.95, most, limits.confidence)
            yield replace(Criterion(f"p95 of {name}", *result), query=name)
    if limits.expected_seconds is not None:
        result = _target(pairs, 0.5, limits.expected_seconds, limits.confidence)
        yield replace(Criterion("typical (median)", *result), advisory=True)


def _target(
    pairs: Measured, share: float, limit: float, confidence: float
) -> tuple[Outcome, str, str, str, bool, float | None]:
    """A percentile of the candidate against its absolute limit: the fields of a criterion after its name."""
    one, other = (_percentile(pairs, side, share, confidence) for side in ("control", "candidate"))
    outcome: Outcome = "open"
    if other and other.high is not None and other.high <= limit:
        outcome = "met"
    elif other and other.low > limit:
        outcome = "missed"
    more = None
    if outcome == "open":
        enough = _TAIL / (1 - share) / max(1, len(pairs))
        more = min(_MOST_MORE, max(1.1, enough)) if other is None or other.high is None else _grow(other, limit)
    return outcome, _seconds(one), _seconds(other), f"at most {limit:g} s", False, more


def _tail(pairs: Measured) -> Criterion:
    """The 99th percentiles, for information: what is slow is judged by ``_slow``."""
    one, other = (_percentile(pairs, side, 0.99, 0.95) for side in ("control", "candidate"))
    return Criterion("p99 of all requests", "told", _seconds(one), _seconds(other), "see slow requests")


def _percentile(pairs: Measured, side: str, share: float, confidence: float) -> Interval | None:
    values = getattr(pairs, side)
    there = ~np.isnan(values)
    return percentile(values[there], blocks_of(pairs.epoch[there]), share, confidence)


def _grow(interval: Interval | None, limit: float) -> float | None:
    """By how much the samples must grow until an interval that narrows by their root lies on one side of the limit."""
    if interval is None or interval.high is None or interval.value == limit:
        return None
    reach = interval.high - interval.value if interval.value < limit else interval.value - interval.low
    return min(_MOST_MORE, max(1.05, 1.1 * (reach / abs(limit - interval.value)) ** 2))


def _seconds(interval: Interval | None) -> str:
    if interval is None:
        return "too few samples"
    return spanned(interval.value, interval.low, interval.high)


def _percent(interval: Interval) -> str:
    return f"{interval.value:.2%} [{interval.low:.2%}, {interval.high:.2%}]"
