"""Athena against Redshift, side by side: planned before, measured open loop, judged by fixed limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np

from smartroute_runbook.declared import measured
from smartroute_runbook.engines import Athena, Engine
from smartroute_runbook.engines.result_cache import cache_hits, label_session, set_result_cache
from smartroute_runbook.errors import UsageError
from smartroute_runbook.prices import price_book
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.run import Run

from .bill import Bill, Rates
from .dashboard_queries import DashboardQueries
from .judge import rounds_needed
from .judgement import Judgement, Limits
from .pairs import PairRules, Pairs
from .replay import SIDES, Arm, Pair, Shot, Side, replay, schedule, sessions_of, warm_up
from .results import Experiment, Plan
from .samples import judged, own_lag, samples_of, targets_of_plan

__all__ = ["ExperimentDesign", "first_look", "run_ab"]

_UTILISATION = 0.3  # of the slower engine's sessions, when no interval is given: waiting is rare and says something
_PILOT_ROUNDS = 5
MOST_ROUNDS = 1_000
_CACHED_ROUNDS = 5
_REUSE_MINUTES = 60  # Athena's own default, where a caller wants reuse


@dataclass(frozen=True)
class ExperimentDesign:
    """What is fixed before the first sample.

    Attributes:
        rounds: warm runs of each query on each engine; None for as many as the wanted power takes.
        seed: of the order.
        label: names the experiment, also in the candidate's query history.
        interval: seconds between shots; by default such that the slower engine is busy 70% of the time.
        limits: what counts as worse; by default 10% at 95% confidence, every query critical.
        verdict_blocks: whether a gate stays shut when the verdict is ``fail``.
        effect: the slowdown, as a share, that must be caught in 99 of 100 experiments.
        target_seconds: what the 95th percentile of each query may take.
        first_look: it is to be shown without a verdict.
    """

    rounds: int | None
    seed: int
    label: str
    interval: float | None = None
    limits: Limits = field(default_factory=Limits)
    verdict_blocks: bool = True
    effect: float = 0.2
    target_seconds: float | None = None
    first_look: bool = False

    def require_possible(self, queries: Mapping[str, Pair]) -> None:
        """Stop where it cannot be carried out.

        Raises:
            UsageError: no queries, or limits that name a query which is not there.
        """
        if not queries or (self.rounds is not None and self.rounds < 1):
            raise UsageError("Nothing to compare", expected="at least one query and one round")
        unknown = ", ".join(sorted(set(self.limits.critical) - set(queries)))
        if unknown:
            raise UsageError(f"Critical, but no query: {unknown}", hint=f"Known: {', '.join(queries)}")

    def plan(self, queries: Mapping[str, Pair], pilot: Sequence[Shot], connections: int) -> Plan:
        """The plan that is registered: what is left open here is taken from a pilot's shots."""
        return Plan(
            label=self.label,
            queries=tuple(queries),
            rounds=self.rounds or _rounds_for(pilot, self.effect, self.limits, len(queries)),
            interval=_interval(pilot, connections) if self.interval is None else self.interval,
            seed=self.seed,
            limits=self.limits,
            verdict_blocks=self.verdict_blocks,
            connections=connections,
            target_seconds=None if self.target_seconds is None else float(self.target_seconds),  # as it is read back
            first_look=self.first_look,
        )


def run_ab(
    control: Arm,
    candidate: Arm,
    queries: Mapping[str, Pair],
    design: ExperimentDesign,
    *,
    rehearsal: bool,
    rates: Rates | None = None,
    tolerances: PairRules | None = None,
    register: Callable[[Plan], object] = lambda _plan: None,
) -> Experiment:
    """Compare two engines.

    First each query once on each (cold), then the rounds open loop with the candidate's result cache off (warm: what
    is judged), then a few repeated runs with the cache on (cache-hit, where the candidate has one). Each warm answer
    of the candidate is compared with the control's to the same slot.

    Args:
        control: answers today; one session, or several that are used side by side.
        candidate: shall answer; sessions of its own.
        queries: per name the control's SQL and the candidate's.
        design: what is fixed before.
        rehearsal: whether the engines are stand-ins; then every time shown says so.
        rates: prices for the bill.
        tolerances: of columns, by query; every other one must be exactly equal.
        register: given the plan before the first sample that is judged.

    Raises:
        UsageError: no queries, or limits that name a query which is not there.
    """
    design.require_possible(queries)
    engines: Mapping[Side, Arm] = {"control": control, "candidate": candidate}
    pairs = Pairs({name: texts[0] for name, texts in queries.items()}, tolerances or {})  # refuses what cannot be read
    notes: list[str] = []
    for session in sessions_of(candidate):
        if not set_result_cache(session, on=False):
            notes.append("The candidate's result cache could not be switched off: warm runs may be its answers.")
        label_session(session, design.label)
    cold = warm_up(engines, queries)
    # Not the cold runs: what compiles once would set the pace.
    pilot_rounds = _PILOT_ROUNDS if design.rounds is None else 1
    pilot = [shot for _ in range(pilot_rounds) for shot in warm_up(engines, queries)]
    plan = design.plan(queries, pilot, min(len(sessions_of(arm)) for arm in engines.values()))
    register(plan)
    slots = schedule(plan.queries, rounds=plan.rounds, interval=plan.interval, seed=plan.seed)
    warm = replay(engines, queries, slots, pairs)
    first = {side: sessions_of(arm)[0] for side, arm in engines.items()}
    rounds = min(plan.rounds, _CACHED_ROUNDS)
    cached = _cached(first["candidate"], queries, f"{plan.label} cache", rounds, notes)
    cached += _reused(first["control"], queries, rounds, notes)
    samples = (*samples_of(plan, cold, "cold"), *samples_of(plan, warm, "warm"), *samples_of(plan, cached, "cache-hit"))
    scanned = {s.query: s.bytes_scanned for s in samples if (s.side, s.kind) == ("control", "warm")}
    judgement = judged(samples, plan)
    return Experiment(
        plan=plan,
        rehearsal=rehearsal,
        names=(first["control"].name, first["candidate"].name),
        samples=samples,
        bill=Bill.of(scanned, rates or Rates()),
        judgement=judgement,
        lag_p99=own_lag(warm, plan.connections),
        notes=(*dict.fromkeys(notes), *pairs.undecided()),
        compared=pairs.compared,
        differing=pairs.differing(),
        targets=targets_of_plan(samples, plan),
        missing_rounds=_missing(judgement, warm, plan, design.effect),
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
            ExperimentDesign(
                rounds=settings.rounds,
                seed=settings.seed,
                label="First look",
                interval=settings.interval_seconds,
                limits=Limits(settings.tolerance, settings.confidence, settings.critical),
                verdict_blocks=settings.verdict_blocks,
                effect=settings.effect,
                target_seconds=settings.target_seconds,
                first_look=True,
            ),
            rehearsal=run.rehearsal,
            rates=rates,
            tolerances={one.name: one.tolerances for one in queries.translations},
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
        notes.append(f"The result cache answered {found[0]} of {plural(found[1], 'repeated query')}.")
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
