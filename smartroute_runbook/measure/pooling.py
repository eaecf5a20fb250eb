"""Several experiments of one plan as one with all their samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smartroute_runbook.errors import UsageError

from .bill import Bill
from .pairs import merged
from .replay import Side
from .results import Experiment, Kind, Sample
from .samples import judged, targets_of_plan

__all__ = ["pool"]


def pool(experiments: Sequence[Experiment]) -> Experiment:
    """Several experiments of the same plan, such as one each day of a week, as one with all their samples.

    Raises:
        UsageError: there is none, or they differ in more than seed and pace.
    """
    if not experiments:
        raise UsageError("Nothing to pool", expected="at least one experiment")
    first = experiments[0]
    for other in experiments[1:]:
        if (other.plan.queries, other.plan.limits, other.names) != (first.plan.queries, first.plan.limits, first.names):
            raise UsageError(f"'{other.plan.label}' was planned differently", expected="the same queries and limits")
    together: dict[tuple[Side, str, Kind], list[Sample]] = {}
    for sample in (s for experiment in experiments for s in experiment.samples):
        together.setdefault((sample.side, sample.query, sample.kind), []).append(sample)
    samples = tuple(_joined(found) for found in together.values())
    scanned = {s.query: s.bytes_scanned for s in samples if (s.side, s.kind) == ("control", "warm")}
    return replace(
        first,
        plan=replace(first.plan, label=f"{first.plan.label}, {len(experiments)} pooled", rounds=_rounds(experiments)),
        rehearsal=any(experiment.rehearsal for experiment in experiments),
        samples=samples,
        bill=Bill.of(scanned, first.bill.rates),
        judgement=judged(samples, first.plan),
        lag_p99=max(experiment.lag_p99 for experiment in experiments),
        notes=tuple(dict.fromkeys(note for experiment in experiments for note in experiment.notes)),
        compared=sum(experiment.compared for experiment in experiments),
        differing=merged([one for experiment in experiments for one in experiment.differing]),
        targets=targets_of_plan(samples, first.plan),
        missing_rounds=max(0, first.plan.rounds + first.missing_rounds - _rounds(experiments)),
    )


def _rounds(experiments: Sequence[Experiment]) -> int:
    return sum(experiment.plan.rounds for experiment in experiments)


def _joined(samples: Sequence[Sample]) -> Sample:
    runs = [len(sample.latency) for sample in samples]
    scanned = sum(s.bytes_scanned * n for s, n in zip(samples, runs, strict=True))
    return replace(
        samples[0],
        latency=tuple(value for sample in samples for value in sample.latency),
        service=tuple(value for sample in samples for value in sample.service),
        bytes_scanned=scanned // max(1, sum(runs)),
        failed=sum(sample.failed for sample in samples),
        errors=tuple(dict.fromkeys(error for sample in samples for error in sample.errors))[:3],
    )
