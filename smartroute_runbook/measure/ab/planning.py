"""From parameters, the first look and the harvested history to a registration."""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smartroute_runbook.canonical import digest
from smartroute_runbook.engines import OWN
from smartroute_runbook.errors import Refused, UsageError
from smartroute_runbook.measure.dashboard_queries import DashboardQueries, translated_queries
from smartroute_runbook.measure.glue_schema import glue_schema
from smartroute_runbook.measure.results import Experiment
from smartroute_runbook.measure.shift import normal
from smartroute_runbook.runs.query_history import History, shape_of
from smartroute_runbook.runs.store import AlreadyWritten
from smartroute_runbook.translate.as_of import AsOf

from .criteria import Thresholds
from .registration import Question, Registration, current, keep, withdrawn
from .rounds import Laid, lay_out, used_hours
from .samples import arrivals_key
from .traffic import HOUR, LEAST_HISTORY, Traffic, from_history, from_users

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["key_of", "pairs_needed", "register"]

_VARIANTS = 10  # texts of one query that differ in their parameters alone
_SPREAD = 0.35  # of a ratio's logarithm, where the first look was too short to tell
_WAITS = 1.25  # by how much waiting spreads latencies more than the first look's own times
_MEDIAN = math.sqrt(math.pi / 2)  # a median's standard error over a mean's, of normal samples


def register(run: Run, queries: DashboardQueries, pilot: Experiment, as_of: AsOf) -> Registration:
    """Register the experiment, or read the registration that holds.

    Args:
        run: the run.
        queries: translated, as of the moment at which both engines hold the same rows.
        pilot: the first look: how much latencies vary says how many pairs the wanted power takes.
        as_of: that moment, for texts of the history that differ in their parameters.

    Raises:
        Refused: parameters or texts are not those of the registration that holds.
        UsageError: nothing can be asked.
    """
    key = key_of(run, queries)
    held = current(run)
    if held is not None:
        if held.key != key:
            raise Refused(
                f"The experiment was registered with other parameters or texts (registration {held.number})",
                expected="those of the registration: nothing is changed once samples are taken",
                hint="Put them back, or: smartroute-runbook experiment withdraw --why REASON, then register anew",
            )
        return held
    planned = _planned(run, queries, pilot, as_of, key)
    with contextlib.suppress(AlreadyWritten):  # a kill came between them and the registration
        run.store.put_new(arrivals_key(run.id, planned.made), planned.laid.data)
    keep(run, planned.made)
    return planned.made


def key_of(run: Run, queries: DashboardQueries) -> str:
    """What may not change: the experiment's parameters and the dashboard's texts."""
    return digest({"parameters": run.settings.experiment.model_dump(mode="json"), "texts": queries.pairs})


@dataclass(frozen=True)
class _Planned:
    made: Registration
    laid: Laid


def _planned(run: Run, queries: DashboardQueries, pilot: Experiment, as_of: AsOf, key: str) -> _Planned:
    settings, limits = run.settings.experiment, _thresholds(run)
    questions, traffic = _load(run, queries, as_of)
    now = datetime.now(UTC)
    begins = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    paced = settings.hour_seconds >= HOUR
    start = begins.weekday() * 24 + begins.hour
    hours = [hour for hour in used_hours(traffic, settings.hours_a_day) if (hour - start) % 168 < 24 * settings.days]
    needed = _needed(pilot, limits, list(dict.fromkeys(one.query for one in questions)))
    wanted = _wanted(questions, needed)
    laid = lay_out(
        traffic, hours, start=start, pairs=min(wanted, settings.most_pairs), hour_seconds=settings.hour_seconds,
        epoch_seconds=settings.epoch_seconds, seed=settings.seed,
    )  # fmt: skip
    names = np.array([one.query for one in questions])[laid.arrivals.question]
    planned = {name: int((names == name).sum()) for name in dict.fromkeys(one.query for one in questions)}
    (number, why), answer_seconds = withdrawn(run), run.settings.dashboard.answer_seconds
    made = Registration(
        number=number + 1, begins=begins.isoformat(), why=why, key=key, label=f"{run.id}-ab-{number + 1}",
        seed=settings.seed, questions=questions,
        judged=tuple(name for name, count in planned.items() if count >= needed[name]),
        power={name: (count, needed[name]) for name, count in planned.items()},
        thresholds=limits, load=f"The load is {traffic.source}.", rounds=laid.rounds, epoch_seconds=laid.epoch_seconds,
        paced=paced, arrivals=laid.digest, sessions=_at_once(laid, settings.sessions, answer_seconds),
        answer_seconds=answer_seconds, lag_seconds=settings.lag_seconds,
        verdict_blocks=settings.verdict_blocks, covered=queries.covered,
        usd_estimate=round(sum(planned.get(name, 0) * dollars for name, dollars in _price(pilot).items()), 4),
    )  # fmt: skip
    return _Planned(made, laid)


def _thresholds(run: Run) -> Thresholds:
    settings = run.settings.experiment
    return Thresholds(
        p95_seconds=settings.target_seconds,
        expected_seconds=settings.expected_seconds,
        failures=settings.failures,
        usd_month=run.settings.decision.budget_usd_month,
        tolerance=settings.tolerance,
        effect=settings.effect,
        power=settings.power,
        confidence=settings.confidence,
    )


def _load(run: Run, queries: DashboardQueries, as_of: AsOf) -> tuple[tuple[Question, ...], Traffic]:
    """The mix and its arrivals: from the history where it has enough of them, else from users."""
    settings, names = run.settings.experiment, tuple(queries.pairs)
    if not names:
        raise UsageError("No query has a translation", expected="at least one", hint="Read why above")
    if settings.load == "history":
        history = _history(run)
        texts, places = _texts(run, queries, as_of, history)
        traffic = from_history(history, places)
        if len(traffic.at) >= LEAST_HISTORY:
            counts = np.bincount(traffic.question, minlength=len(texts))
            return tuple(replace(one, week=float(n)) for one, n in zip(texts, counts, strict=True)), traffic
    plain = tuple(_question(queries, name) for name in names)
    traffic = from_users(settings.users, settings.think_seconds, range(len(plain)), range(168), settings.seed)
    counts = np.bincount(traffic.question, minlength=len(plain))
    return tuple(replace(one, week=float(n)) for one, n in zip(plain, counts, strict=True)), traffic


def _history(run: Run) -> pa.Table:
    workgroup = run.settings.athena.workgroup
    asked = History.open(run.store, f"history/{run.environment}/{workgroup}").table()
    return asked.filter(pc.invert(pc.starts_with(asked["text"], OWN)))


def _question(queries: DashboardQueries, name: str, query: str = "") -> Question:
    tolerances = {one.name: one.tolerances for one in queries.translations}
    return Question(query or name, *queries.compared(name), tolerances=tolerances[name])


def _texts(
    run: Run, queries: DashboardQueries, as_of: AsOf, history: pa.Table
) -> tuple[tuple[Question, ...], dict[str, int]]:
    """The questions, and the place of each by its text's digest or, for texts not asked themselves, by its shape."""
    found = [_question(queries, name) for name in queries.pairs]
    shapes = {shape_of(source): place for place, (source, _) in enumerate(queries.pairs.values())}
    places: dict[str, int] = dict(shapes)
    others = _other_parameters(history, shapes, {_text_digest(source) for source, _ in queries.pairs.values()})
    if others:
        names = tuple(queries.pairs)
        schema = glue_schema(run.clients.boto("glue"), run.settings.athena.database, run.settings.load.nested)
        texts = {f"{names[shapes[shape]]}-{text}": sql for text, (shape, sql) in others.items()}
        more = translated_queries(texts, schema, as_of)
        for text, (shape, _) in others.items():
            name = f"{names[shapes[shape]]}-{text}"
            if name in more.pairs:
                places[text] = len(found)
                found.append(_question(more, name, names[shapes[shape]]))
    return tuple(found), places


def _other_parameters(history: pa.Table, shapes: Mapping[str, int], known: set[str]) -> dict[str, tuple[str, str]]:
    """Shape and text, by digest, of the most frequent other parameters of the dashboard's queries, where kept whole."""
    counts: dict[str, int] = {}
    texts: dict[str, tuple[str, str]] = {}
    columns = (history[name].to_pylist() for name in ("shape", "text_digest", "text"))
    for shape, text, sql in zip(*columns, strict=True):
        if shape in shapes and text not in known and _text_digest(sql) == text:
            counts[text], texts[text] = counts.get(text, 0) + 1, (shape, sql)
    taken: dict[str, int] = {}
    chosen = {}
    for text in sorted(counts, key=lambda one: (-counts[one], one)):
        shape = texts[text][0]
        taken[shape] = taken.get(shape, 0) + 1
        if taken[shape] <= _VARIANTS:
            chosen[text] = texts[text]
    return chosen


def _text_digest(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()[:16]


def _needed(pilot: Experiment, limits: Thresholds, names: Sequence[str]) -> dict[str, int]:
    """Pairs of each query that the wanted power takes, by how much its latencies varied in the first look."""
    spreads: dict[str, list[float]] = {}
    for one in pilot.samples:
        if one.kind == "warm" and len(one.service) > 1:
            values = np.log(np.maximum(one.service, 1e-9))
            spreads.setdefault(one.query, []).append(float(np.std(values, ddof=1)) ** 2)
    deviations = {name: math.sqrt(sum(squares) * 2 / len(squares)) for name, squares in spreads.items()}
    return {name: pairs_needed(max(0.05, deviations.get(name, _SPREAD)), limits, len(names) + 3) for name in names}


def pairs_needed(spread: float, limits: Thresholds, tests: int) -> int:
    """Pairs with which the effect is caught, and equal engines pass, by the power.

    Args:
        spread: standard deviation of the logarithm of the ratio within a pair.
        limits: as they will be registered.
        tests: how many share the confidence.

    Raises:
        UsageError: the effect lies within the tolerance: no number of pairs makes it count.
    """
    if limits.effect <= limits.tolerance:
        raise UsageError(
            f"A slowdown of {limits.effect:.0%} is within the tolerance", expected=f"> {limits.tolerance:.0%}"
        )
    power, slower = normal(limits.power), math.log1p(limits.effect)
    alarm = normal(1 - (1 - limits.confidence) / tests / 2)
    caught = min(slower / (alarm + power), (slower - limits.edge) / power)
    passed = limits.edge / (normal(limits.confidence) + power)
    return math.ceil((_MEDIAN * _WAITS * spread / min(caught, passed)) ** 2 / 0.955)


def _wanted(questions: Sequence[Question], needed: Mapping[str, int]) -> int:
    """Arrivals of all, so that the rarest query has its pairs."""
    total = sum(one.week for one in questions)
    shares: dict[str, float] = {}
    for one in questions:
        shares[one.query] = shares.get(one.query, 0.0) + one.week / total
    wanted = [needed[name] / share for name, share in shares.items() if share > 0]
    return max(1, math.ceil(1.1 * max(wanted, default=1)))


def _at_once(laid: Laid, most: int, answer_seconds: float) -> int:
    """Sessions that are ever needed: all that arrives while one answer may still be out."""
    arrivals, peak = laid.arrivals, 1
    place = arrivals.round * 10_000 + arrivals.epoch
    for number in np.unique(place):
        at = np.sort(arrivals.at[place == number])
        peak = max(peak, int((np.searchsorted(at, at + answer_seconds) - np.arange(len(at))).max(initial=1)))
    return min(most, peak)


def _price(pilot: Experiment) -> dict[str, float]:
    return {name: float(dollars) for name, *_, dollars in pilot.bill.queries}
