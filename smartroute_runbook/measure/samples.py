"""What becomes of an experiment's shots: samples by query and side, a judgement of them, promises kept or missed."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from .judge import judge, judge_failures, judge_slow, verdict_of
from .judgement import Judgement, Metric
from .replay import SIDES, Shot, Side
from .results import Kind, Plan, Sample
from .targets import Target, targets_of

__all__ = ["judged", "own_lag", "samples_of", "targets_of_plan"]


def samples_of(plan: Plan, shots: Iterable[Shot], kind: Kind) -> tuple[Sample, ...]:
    """The shots of one kind by query and side; a query that was not asked has none."""
    groups: dict[tuple[str, Side], list[Shot]] = {(q, s): [] for q in plan.queries for s in SIDES}
    for shot in shots:
        groups[shot.query, shot.side].append(shot)
    return tuple(_sample(side, query, kind, found) for (query, side), found in groups.items() if found)


def _sample(side: Side, query: str, kind: Kind, shots: Sequence[Shot]) -> Sample:
    good = [shot for shot in shots if not shot.error]
    errors = dict.fromkeys(shot.error for shot in shots if shot.error)
    return Sample(
        side=side,
        query=query,
        kind=kind,
        latency=tuple(round(shot.latency, 6) for shot in good),
        service=tuple(round(shot.service, 6) for shot in good),
        bytes_scanned=int(np.mean([shot.bytes_scanned for shot in good])) if good else 0,
        failed=len(shots) - len(good),
        errors=tuple(errors)[:3],
    )


def judged(samples: Sequence[Sample], plan: Plan) -> Judgement:
    """Warm latencies of each query, and failures of all runs."""
    warm = {(s.query, s.side): s.latency for s in samples if s.kind == "warm"}
    both = {q: (warm[q, "control"], warm[q, "candidate"]) for q in plan.queries}
    judged = judge(both, plan.limits)
    slow = judge_slow(both, plan.limits, judged.block_length)
    metrics = (*judged.metrics, slow, _failures([s for s in samples if s.kind != "cache-hit"], plan))
    return Judgement(verdict_of(metrics), plan.limits, metrics, judged.block_length)


def _failures(samples: Sequence[Sample], plan: Plan) -> Metric:
    """Failures of all queries together, or of the one that is worse off: what fails on the control hides nothing.

    The queries share the chance of a false alarm.
    """
    together = judge_failures(*_tried(samples), plan.limits)
    shared = replace(plan.limits, confidence=1 - (1 - plan.limits.confidence) / len(plan.queries))
    each = [
        replace(judge_failures(*_tried([s for s in samples if s.query == query]), shared), name=f"failures of {query}")
        for query in plan.queries
    ]
    told = [one for one in (together, *each) if one.outcome in ("worse", "inconclusive")]
    return next((one for one in told if one.outcome == "worse"), together if together in told else (*told, together)[0])


def _tried(samples: Sequence[Sample]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Failed and tried runs of the control, and of the candidate."""
    control, candidate = ([s for s in samples if s.side == side] for side in SIDES)
    return _counted(control), _counted(candidate)


def _counted(samples: Sequence[Sample]) -> tuple[int, int]:
    return sum(s.failed for s in samples), sum(s.failed + len(s.latency) for s in samples)


def own_lag(shots: Sequence[Shot], connections: int) -> float:
    """The generator's lateness where a session was idle at the scheduled start (99th percentile, seconds)."""
    lags = []
    for side in SIDES:
        free = [0.0] * connections  # when each session is free again
        for shot in (s for s in shots if s.side == side):
            if free[0] <= shot.scheduled:
                lags.append(shot.lag)
            heapq.heapreplace(free, max(shot.finished, free[0]))
    return round(float(np.percentile(lags, 99)), 6) if lags else 0.0


def targets_of_plan(samples: Sequence[Sample], plan: Plan) -> tuple[Target, ...]:
    """The candidate's warm latencies against what the plan promises; nothing where it promises nothing."""
    if plan.target_seconds is None:
        return ()
    warm = {s.query: s.latency for s in samples if (s.side, s.kind) == ("candidate", "warm")}
    return targets_of(warm, plan.target_seconds, plan.limits.confidence)
