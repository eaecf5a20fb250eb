"""Athena against Redshift, side by side: planned before, measured open loop, judged by fixed limits."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import numpy as np

from smartroute_runbook.declared import measured
from smartroute_runbook.engines import Athena, Engine
from smartroute_runbook.errors import UsageError
from smartroute_runbook.prices import price_book
from smartroute_runbook.runs.run import Run

from .bill import Bill, Rates
from .cache import cache_hits, label_session, set_result_cache
from .dashboard_queries import DashboardQueries
from .judge import Judgement, Limits, judge, judge_failures, judge_slow, rounds_needed, verdict_of
from .pairs import PairRules, Pairs, merged
from .replay import SIDES, Arm, Pair, Shot, Side, replay, schedule, sessions_of, warm_up
from .results import Experiment, Kind, Plan, Sample
from .targets import Target, targets_of

__all__ = ["first_look", "pool", "run_ab"]

_UTILISATION = 0.3  # of the slower engine's sessions, when no interval is given: waiting is rare and says something
_PILOT_ROUNDS = 5
MOST_ROUNDS = 1_000
_CACHED_ROUNDS = 5
_REUSE_MINUTES = 60  # Athena's own default, where a caller wants reuse


def run_ab(
    control: Arm,
    candidate: Arm,
    queries: Mapping[str, Pair],
    *,
    rounds: int | None,
    seed: int,
    label: str,
    rehearsal: bool,
    interval: float | None = None,
    limits: Limits | None = None,
    rates: Rates | None = None,
    verdict_blocks: bool = True,
    effect: float = 0.2,
    target_seconds: float | None = None,
    tolerances: PairRules | None = None,
    first_look: bool = False,
    register: Callable[[Plan], object] = lambda _plan: None,
) -> Experiment:
    """Compare two engines.

    First each query once on each (cold), then ``rounds`` rounds open loop with the candidate's result cache off
    (warm: what is judged), then a few repeated runs with the cache on (cache-hit, where the candidate has one). Each
    warm answer of the candidate is compared with the control's to the same slot.

    Args:
        control: answers today; one session, or several that are used side by side.
        candidate: shall answer; sessions of its own.
        queries: per name the control's SQL and the candidate's.
        rounds: warm runs of each query on each engine; None for as many as the wanted power takes.
        seed: of the order.
        label: names the experiment, also in the candidate's query history.
        rehearsal: whether the engines are stand-ins; then every time shown says so.
        interval: seconds between shots; by default such that the slower engine is busy 70 % of the time.
        limits: what counts as worse; by default 10 % at 95 % confidence, every query critical.
        rates: prices for the bill.
        verdict_blocks: whether a gate stays shut when the verdict is ``fail``.
        effect: the slowdown, as a share, that must be caught in 99 of 100 experiments.
        target_seconds: what the 95th percentile of each query may take.
        tolerances: of columns, by query; every other one must be exactly equal.
        first_look: it is to be shown without a verdict.
        register: given the plan before the first sample that is judged.

    Raises:
        UsageError: no queries, or limits that name a query which is not there.
    """
    if not queries or (rounds is not None and rounds < 1):
        raise UsageError("Nothing to compare", expected="at least one query and one round")
    limits = limits or Limits()
    unknown = set(limits.critical) - set(queries)
    if unknown:
        raise UsageError(f"Critical, but no query: {', '.join(sorted(unknown))}", hint=f"Known: {', '.join(queries)}")
    engines: Mapping[Side, Arm] = {"control": control, "candidate": candidate}
    pairs = Pairs({name: texts[0] for name, texts in queries.items()}, tolerances or {})  # refuses what cannot be read
    notes: list[str] = []
    for session in sessions_of(candidate):
        if not set_result_cache(session, on=False):
            notes.append("The candidate's result cache could not be switched off: warm runs may be its answers.")
        label_session(session, label)
    cold = warm_up(engines, queries)
    # Not the cold runs: what compiles once would set the pace.
    pilot = [shot for _ in range(_PILOT_ROUNDS if rounds is None else 1) for shot in warm_up(engines, queries)]
    connections = min(len(sessions_of(arm)) for arm in engines.values())
    plan = Plan(
        label=label,
        queries=tuple(queries),
        rounds=rounds or _rounds_for(pilot, effect, limits, len(queries)),
        interval=_interval(pilot, connections) if interval is None else interval,
        seed=seed,
        limits=limits,
        verdict_blocks=verdict_blocks,
        connections=connections,
        target_seconds=None if target_seconds is None else float(target_seconds),  # as it is read back
        first_look=first_look,
    )
    register(plan)
    slots = schedule(plan.queries, rounds=plan.rounds, interval=plan.interval, seed=seed)
    warm = replay(engines, queries, slots, pairs)
    first = sessions_of(candidate)[0]
    rounds_cached = min(plan.rounds, _CACHED_ROUNDS)
    cached = [
        *_cached(first, queries, f"{label} cache", rounds_cached, notes),
        *_reused(sessions_of(control)[0], queries, rounds_cached, notes),
    ]
    samples = (*_samples(plan, cold, "cold"), *_samples(plan, warm, "warm"), *_samples(plan, cached, "cache-hit"))
    scanned = {s.query: s.bytes_scanned for s in samples if (s.side, s.kind) == ("control", "warm")}
    judgement = _judged(samples, plan)
    return Experiment(
        plan=plan,
        rehearsal=rehearsal,
        names=(sessions_of(control)[0].name, first.name),
        samples=samples,
        bill=Bill.of(scanned, rates or Rates()),
        judgement=judgement,
        lag_p99=_own_lag(warm, plan.connections),
        notes=(*dict.fromkeys(notes), *pairs.undecided()),
        compared=pairs.compared,
        differing=pairs.differing(),
        targets=_targets(samples, plan),
        missing_rounds=_missing(judgement, warm, plan, effect),
    )


@measured("measure.first_look", Experiment)
def first_look(run: Run, queries: DashboardQueries) -> Experiment:
    """A few rounds with the run's engines and prices: each class once, and how much latencies vary.

    It decides nothing: it says how many pairs the registered week needs. The texts are those whose answers week 3
    compares: both engines read the same rows.
    """
    settings = run.settings.experiment
    book, redshift = price_book(), run.settings.redshift
    node = book.node(redshift.node_type, redshift.nodes)
    athena = book["athena"]
    rates = Rates(
        usd_per_tb=athena.usd,
        cluster_usd_hour=node.usd * redshift.nodes,
        source=f"Athena: US$ {athena.usd} per {athena.unit}, {athena.as_of} ({athena.source}). "
        f"{redshift.nodes} x {node.name}: US$ {node.usd} per {node.unit}, {node.as_of}.",
    )
    with ExitStack() as opened:
        candidates = [run.redshift() for _ in range(settings.connections)]
        for session in candidates:
            opened.callback(session.close)
        return run_ab(
            [run.athena() for _ in range(settings.connections)],
            candidates,
            {name: queries.compared(name) for name in queries.pairs},
            rounds=settings.rounds,
            seed=settings.seed,
            label="First look",
            rehearsal=run.rehearsal,
            interval=settings.interval_seconds,
            limits=Limits(settings.tolerance, settings.confidence, settings.critical),
            rates=rates,
            verdict_blocks=settings.verdict_blocks,
            effect=settings.effect,
            target_seconds=settings.target_seconds,
            tolerances={one.name: one.tolerances for one in queries.translations},
            first_look=True,
        )


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
        judgement=_judged(samples, first.plan),
        lag_p99=max(experiment.lag_p99 for experiment in experiments),
        notes=tuple(dict.fromkeys(note for experiment in experiments for note in experiment.notes)),
        compared=sum(experiment.compared for experiment in experiments),
        differing=merged([one for experiment in experiments for one in experiment.differing]),
        targets=_targets(samples, first.plan),
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


def _interval(shots: Sequence[Shot], connections: int) -> float:
    """Seconds between shots that keep the slower side's sessions busy as wanted: it gets every second shot."""
    busiest = max(float(np.mean([s.service for s in shots if s.side == side] or [0.0])) for side in SIDES)
    return round(busiest / 2 / _UTILISATION / connections, 4)


def _rounds_for(shots: Sequence[Shot], effect: float, limits: Limits, queries: int) -> int:
    """Rounds by the widest spread of any query on any side in these shots."""
    groups: dict[tuple[str, Side], list[float]] = {}
    for shot in shots:
        if not shot.error:
            groups.setdefault((shot.query, shot.side), []).append(math.log(max(shot.service, 1e-9)))
    spread = max((float(np.std(values, ddof=1)) for values in groups.values() if len(values) > 1), default=0.2)
    return min(MOST_ROUNDS, rounds_needed(max(spread, 0.05), effect, limits, metrics=queries))


def _missing(judgement: Judgement, shots: Sequence[Shot], plan: Plan, effect: float) -> int:
    """Rounds that the wanted power takes more than were run, where the verdict is open."""
    if judgement.verdict != "inconclusive" or effect <= plan.limits.tolerance:
        return 0
    return max(0, _rounds_for(shots, effect, plan.limits, len(plan.queries)) - plan.rounds)


def _targets(samples: Sequence[Sample], plan: Plan) -> tuple[Target, ...]:
    if plan.target_seconds is None:
        return ()
    warm = {s.query: s.latency for s in samples if (s.side, s.kind) == ("candidate", "warm")}
    return targets_of(warm, plan.target_seconds, plan.limits.confidence)


def _cached(candidate: Engine, queries: Mapping[str, Pair], label: str, rounds: int, notes: list[str]) -> list[Shot]:
    """Repeated texts with the result cache on, after a first run that fills it; nothing where there is no cache."""
    if not set_result_cache(candidate, on=True):
        notes.append("No cache-hit class: the candidate's session has no result cache to switch on.")
        return []
    alone: Mapping[Side, Engine] = {"candidate": candidate}
    try:
        label_session(candidate, f"{label} fill")
        warm_up(alone, queries)
        label_session(candidate, label)
        shots = [shot for _ in range(rounds) for shot in warm_up(alone, queries)]
        found = cache_hits(candidate, label)
    finally:
        set_result_cache(candidate, on=False)
    if found is None:
        notes.append("Whether the result cache was hit is not known: SYS_QUERY_HISTORY does not answer.")
    elif found[0] < found[1]:
        notes.append(f"The result cache answered {found[0]} of {found[1]} repeated queries.")
    return shots


def _reused(control: Engine, queries: Mapping[str, Pair], rounds: int, notes: list[str]) -> list[Shot]:
    """Repeated texts with Athena's result reuse, after a first run that fills it; nothing where there is none."""
    if not isinstance(control, Athena):
        notes.append("Result reuse was not measured: the control is not Athena.")
        return []
    alone: Mapping[Side, Engine] = {"control": control}
    control.reuse_minutes = _REUSE_MINUTES
    try:
        warm_up(alone, queries)
        return [shot for _ in range(rounds) for shot in warm_up(alone, queries)]
    finally:
        control.reuse_minutes = 0


def _samples(plan: Plan, shots: Iterable[Shot], kind: Kind) -> tuple[Sample, ...]:
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


def _judged(samples: Sequence[Sample], plan: Plan) -> Judgement:
    """Warm latencies of each query, and failures of all runs."""
    warm = {(s.query, s.side): s.latency for s in samples if s.kind == "warm"}
    both = {q: (warm[q, "control"], warm[q, "candidate"]) for q in plan.queries}
    judged = judge(both, plan.limits)
    tried = {side: [s for s in samples if s.side == side and s.kind != "cache-hit"] for side in SIDES}
    counts = [(sum(s.failed for s in found), sum(s.failed + len(s.latency) for s in found)) for found in tried.values()]
    slow = judge_slow(both, plan.limits, judged.block_length)
    metrics = (*judged.metrics, slow, judge_failures(counts[0], counts[1], plan.limits))
    return Judgement(verdict_of(metrics), plan.limits, metrics, judged.block_length)


def _own_lag(shots: Sequence[Shot], connections: int) -> float:
    """The generator's lateness where a session was idle at the scheduled start (99th percentile, seconds)."""
    lags = []
    for side in SIDES:
        free = [0.0] * connections  # when each session is free again
        for shot in (s for s in shots if s.side == side):
            if free[0] <= shot.scheduled:
                lags.append(shot.lag)
            heapq.heapreplace(free, max(shot.finished, free[0]))
    return round(float(np.percentile(lags, 99)), 6) if lags else 0.0
