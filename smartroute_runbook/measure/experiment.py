"""Athena against Redshift, side by side: planned before, measured open loop, judged by fixed limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..engines import Engine
from ..errors import UsageError
from ..prices import price_book
from ..run import Run
from ..settings import is_rehearsal
from ..views import Bars, Note, Part, Series, Table, View
from .bill import Bill, Rates
from .cache import cache_hits, label_session, set_result_cache
from .judge import Judgement, Limits, judge, judge_failures, verdict_of
from .replay import SIDES, Pair, Shot, Side, replay, schedule, warm_up

__all__ = ["Experiment", "Plan", "Sample", "compare_engines", "run_ab"]

Kind = Literal["cold", "warm", "cache-hit"]

STAND_IN = "Stand-in: these times, and their ratios, say nothing about AWS."
_UTILISATION = 0.5  # of the slower engine, when no interval is given: a query now and then waits for the one before
_CACHED_ROUNDS = 5


@dataclass(frozen=True)
class Plan:
    """What was fixed before anything ran.

    Attributes:
        interval: seconds from one shot to the next, whichever engine; a query on an engine every
            2 x interval x queries seconds.
        verdict_blocks: whether a gate stays shut when the verdict is ``fail``.
    """

    label: str
    queries: tuple[str, ...]
    rounds: int
    interval: float
    seed: int
    limits: Limits
    verdict_blocks: bool = True


@dataclass(frozen=True)
class Sample:
    """One query on one side, in one class.

    Attributes:
        kind: ``cold`` the first contact; ``warm`` the open-loop rounds, result cache off; ``cache-hit`` repeated texts
            with Redshift's result cache on.
        latency: seconds from the scheduled start, of the runs that succeeded, in their order.
        service: seconds from the actual start, likewise.
        bytes_scanned: mean.
        failed: runs that failed; ``errors`` the distinct first messages.
    """

    side: Side
    query: str
    kind: Kind
    latency: tuple[float, ...]
    service: tuple[float, ...]
    bytes_scanned: int
    failed: int
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Experiment:
    """Plan, samples, bill and verdict of one comparison.

    Attributes:
        lag_p99: seconds by which shots started late although their engine was idle: the generator's own error.
        notes: what could not be done as planned.
    """

    plan: Plan
    rehearsal: bool
    names: tuple[str, str]
    samples: tuple[Sample, ...]
    bill: Bill
    judgement: Judgement
    lag_p99: float
    notes: tuple[str, ...] = ()

    @property
    def blocks(self) -> tuple[str, ...]:
        """Why nobody may sign: queries that fail on the candidate alone, and the verdict where it was agreed to."""
        broken = [
            f"'{query}' fails on {self.names[1]}: {found.errors[0]}"
            for query in self.plan.queries
            if (found := self.sample("candidate", query, "warm")) and found.failed and not found.latency
        ]
        if self.plan.verdict_blocks and self.judgement.verdict == "fail":
            worse = [m.name for m in self.judgement.metrics if m.critical and m.outcome in ("worse", "no data")]
            broken.append(f"{self.names[1]} is worse than agreed in: {', '.join(worse)}")
        return tuple(broken)

    def sample(self, side: Side, query: str, kind: Kind) -> Sample | None:
        """The sample, where it was measured."""
        found = (s for s in self.samples if (s.side, s.query, s.kind) == (side, query, kind))
        return next(found, None)

    def view(self) -> View:
        """Latencies, verdict, cost."""
        verdict = self.judgement.view()
        parts: list[Part] = [Note(f"**{STAND_IN}**", "warn")] if self.rehearsal else []
        parts += [self._chart(), self._latencies(), *verdict.parts, *self.bill.parts()]
        errors = tuple((s.query, self._name(s.side), s.failed, e) for s in self.samples for e in s.errors)
        if errors:
            parts.append(Table(("query", "engine", "failed", "first error"), errors, title="Failures"))
        parts += [Note(note, "warn") for note in self.notes]
        plan = self.plan
        parts.append(
            Note(
                f"{plan.rounds} rounds in random order (seed {plan.seed}), a shot every {plan.interval:.3f} s; latency "
                f"from the scheduled start; the generator itself was at most {1000 * self.lag_p99:.1f} ms late (p99)."
            )
        )
        title = f"{self.plan.label}: {self.names[0]} (control) and {self.names[1]} (candidate): {verdict.title.lower()}"
        return View(title, tuple(parts), verdict.tone)

    def _name(self, side: Side) -> str:
        return self.names[SIDES.index(side)]

    def _chart(self) -> Bars:
        series = []
        for side in SIDES:
            found = [s for s in self.samples if s.side == side and s.kind == "warm" and s.latency]
            points = [np.percentile(s.latency, (50, 95)) * 1000 for s in found]
            name = self._name(side) + (" (stand-in)" if self.rehearsal else "")
            p50, p95 = (tuple(round(float(point[i]), 3) for point in points) for i in (0, 1))
            series.append(Series(name, tuple(s.query for s in found), p50, low=p50, high=p95))
        return Bars("Warm latency: median, whisker to p95", "query", "ms", tuple(series))

    def _latencies(self) -> Table:
        rows = []
        for query in self.plan.queries:
            for kind in ("cold", "warm", "cache-hit"):
                for side in SIDES:
                    sample = self.sample(side, query, kind)
                    if sample is not None:
                        rows.append((query, kind, self._name(side), *_percentiles(sample.latency), sample.failed))
        columns = ("query", "class", "engine", "runs", "p50 ms", "p95 ms", "p99 ms", "failed")
        note = "Percentiles only where the runs can tell: p95 from 20 runs on, p99 from 100."
        return Table(columns, tuple(rows), title="Latency from the scheduled start", note=note)


def run_ab(
    control: Engine,
    candidate: Engine,
    queries: Mapping[str, Pair],
    *,
    rounds: int,
    seed: int,
    label: str,
    rehearsal: bool,
    interval: float | None = None,
    limits: Limits | None = None,
    rates: Rates | None = None,
    verdict_blocks: bool = True,
) -> Experiment:
    """Compare two engines.

    First each query once on each (cold), then ``rounds`` rounds open loop with the candidate's result cache off
    (warm: what is judged), then a few repeated runs with the cache on (cache-hit, where the candidate has one).

    Args:
        control: answers today.
        candidate: shall answer; a connection of its own.
        queries: per name the control's SQL and the candidate's.
        rounds: warm runs of each query on each engine.
        seed: of the order.
        label: names the experiment, also in the candidate's query history.
        rehearsal: whether the engines are stand-ins; then every time shown says so.
        interval: seconds between shots; by default such that the slower engine is busy half of the time.
        limits: what counts as worse; by default 10 % at 95 % confidence, every query critical.
        rates: prices for the bill.
        verdict_blocks: whether a gate stays shut when the verdict is ``fail``.

    Raises:
        UsageError: no queries, or limits that name a query which is not there.
    """
    if not queries or rounds < 1:
        raise UsageError("Nothing to compare", expected="at least one query and one round")
    limits = limits or Limits()
    unknown = set(limits.critical) - set(queries)
    if unknown:
        raise UsageError(f"Critical, but no query: {', '.join(sorted(unknown))}", hint=f"Known: {', '.join(queries)}")
    engines: Mapping[Side, Engine] = {"control": control, "candidate": candidate}
    notes = []
    if not set_result_cache(candidate, on=False):
        notes.append("The candidate's result cache could not be switched off: warm runs may be answers of the cache.")
    label_session(candidate, label)
    cold = warm_up(engines, queries)
    if interval is None:
        interval = _interval(warm_up(engines, queries))  # not the cold runs: what compiles once would set the pace
    plan = Plan(label, tuple(queries), rounds, interval, seed, limits, verdict_blocks)
    warm = replay(engines, queries, schedule(plan.queries, rounds=rounds, interval=interval, seed=seed))
    cached = _cached(candidate, queries, f"{label} cache", min(rounds, _CACHED_ROUNDS), notes)
    samples = (*_samples(plan, cold, "cold"), *_samples(plan, warm, "warm"), *_samples(plan, cached, "cache-hit"))
    scanned = {s.query: s.bytes_scanned for s in samples if (s.side, s.kind) == ("control", "warm")}
    return Experiment(
        plan=plan,
        rehearsal=rehearsal,
        names=(control.name, candidate.name),
        samples=samples,
        bill=Bill.of(scanned, rates or Rates()),
        judgement=_judged(samples, plan),
        lag_p99=_own_lag(warm),
        notes=tuple(notes),
    )


def compare_engines(run: Run, queries: Mapping[str, Pair]) -> Experiment:
    """Week 3's experiment, with the run's engines, rounds, limits and prices."""
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
    candidate = run.redshift()
    try:
        return run_ab(
            run.athena(),
            candidate,
            queries,
            rounds=settings.rounds,
            seed=settings.seed,
            label="smartroute-week3",
            rehearsal=is_rehearsal(),
            interval=settings.interval_seconds,
            limits=Limits(settings.tolerance, settings.confidence, settings.critical),
            rates=rates,
            verdict_blocks=settings.verdict_blocks,
        )
    finally:
        candidate.close()


def _interval(shots: Sequence[Shot]) -> float:
    """Seconds between shots that keep the slower side half busy: it gets every second shot."""
    busiest = max(float(np.mean([s.service for s in shots if s.side == side] or [0.0])) for side in SIDES)
    return round(busiest / 2 / _UTILISATION, 4)


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
    notes.append("Athena's result reuse is a choice of each caller and was not measured.")
    return shots


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
    judged = judge({q: (warm[q, "control"], warm[q, "candidate"]) for q in plan.queries}, plan.limits)
    tried = {side: [s for s in samples if s.side == side and s.kind != "cache-hit"] for side in SIDES}
    counts = [(sum(s.failed for s in found), sum(s.failed + len(s.latency) for s in found)) for found in tried.values()]
    metrics = (*judged.metrics, judge_failures(counts[0], counts[1], plan.limits))
    return Judgement(verdict_of(metrics), plan.limits, metrics)


def _own_lag(shots: Sequence[Shot]) -> float:
    """The generator's lateness where the engine was idle before the scheduled start (99th percentile, seconds)."""
    lags = []
    for side in SIDES:
        free = 0.0
        for shot in (s for s in shots if s.side == side):
            if free <= shot.scheduled:
                lags.append(shot.lag)
            free = shot.finished
    return round(float(np.percentile(lags, 99)), 6) if lags else 0.0


def _percentiles(latency: Sequence[float]) -> tuple[int, str, str, str]:
    shown = ["-" if len(latency) < least else f"{1000 * np.percentile(latency, p):.1f}" for p, least in _SHOWN]
    return len(latency), shown[0], shown[1], shown[2]


_SHOWN = ((50, 1), (95, 20), (99, 100))
