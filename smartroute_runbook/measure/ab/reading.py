"""From the kept pairs to what a cell shows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from smartroute_runbook.declared import measured
from smartroute_runbook.prices import price_book
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.plan import plan

from .classes import classes_of, failures_of
from .criteria import milliseconds
from .epochs import Interval, blocks_of, percentile
from .kept import unnoted
from .money import Money, MonthRates, money_of
from .outcomes import FAILED
from .process import left_epochs, run_week
from .registration import Registration
from .samples import PROVEN, measured_of, read
from .verdict import Measured, WeekVerdict, verdict
from .week import DifferingPair, ExperimentWeek, LinePoint

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["compare_engines", "read_week", "week_of"]

INLINE_SECONDS = 60
"""The longest week that a notebook cell does by itself."""
_SHOWN_PAIRS = 5
_POINTS = 40  # of the growing line


@measured("measure.compare_engines", ExperimentWeek)
def compare_engines(run: Run, registration: Registration) -> ExperimentWeek:
    """Week 3's experiment as it stands; a week of at most a minute is completed here, others by the command."""
    left = left_epochs(run, registration)
    short = left and not registration.paced and len(left) * registration.epoch_seconds <= INLINE_SECONDS
    if short or (not left and not run.reading and unnoted(run, registration)):  # a kill came before it was noted
        run_week(run, registration)
    return read_week(run, registration)


def read_week(run: Run, registration: Registration) -> ExperimentWeek:
    """What is kept of the week; asks nobody.

    Raises:
        VerificationFailed: what is kept is not what was registered.
    """
    table = read(run.store, run.id, registration, run.journal)
    return week_of(table, registration, _rates(run), run.rehearsal)


def week_of(table: pa.Table, registration: Registration, rates: MonthRates, rehearsal: bool) -> ExperimentWeek:
    """The week by its pairs; pure."""
    pairs = Measured(**measured_of(table, _failed, registration.answer_seconds))
    money = money_of(table, registration, rates)
    valid = pairs.only(~pairs.void)
    p95 = _p95(valid, len(valid), "candidate")
    finished = table.num_rows == registration.pairs
    judged = verdict(
        pairs, registration.thresholds, registration.judged, money.criterion(registration.thresholds.usd_month)
    )
    whole = _whole_rounds(table, registration)
    lags = np.concatenate(
        [table[f"{side}_own_lag_ms"].to_numpy(zero_copy_only=False) for side in ("control", "candidate")]
    )
    answers = table["answers"].to_pylist()
    return ExperimentWeek(
        registration=registration.number,
        id=registration.id,
        rehearsal=rehearsal,
        names=("Athena", "Redshift"),
        verdict_blocks=registration.verdict_blocks,
        day=registration.day_of(min(whole, len(registration.rounds) - 1)),
        days=registration.days,
        rounds_done=whole,
        rounds=sum(bool(sum(one.epochs)) for one in registration.rounds),
        pairs=table.num_rows,
        planned=registration.pairs,
        void=int(pairs.void.sum()),
        compared=sum(value is not None for value in answers),
        different=int(pairs.different.sum()),
        undecided=_undecided(table),
        unproven=_unproven(table, registration, finished=finished),
        differing=_differing(table, registration),
        p95=p95,
        p95_limit=registration.thresholds.p95_seconds,
        line=_line(valid),
        classes=classes_of(table),
        failures=failures_of(table),
        money=money,
        before_after=_before_after(valid, money, rehearsal=rehearsal),
        verdict=judged if finished else None,
        more_rounds=_more(judged, whole),
        lag_p99=round(float(np.percentile(lags, 99)) / 1000, 6) if len(lags) else 0.0,
    )


def _failed(outcomes: Any) -> Any:
    return np.array([one in FAILED for one in outcomes], np.bool_)


def _more(judged: WeekVerdict, rounds: int) -> int | None:
    if judged.kind != "not enough" or judged.more is None:
        return None
    return max(1, int(np.ceil((judged.more - 1) * max(1, rounds))))


def _whole_rounds(table: pa.Table, registration: Registration) -> int:
    kept = Counter(table["round"].to_pylist())
    sizes = {number: sum(one.epochs) for number, one in enumerate(registration.rounds)}
    return sum(kept[number] == size for number, size in sizes.items() if size)


def _p95(pairs: Measured, count: int, side: str) -> Interval | None:
    values = getattr(pairs, side)[:count]
    there = ~np.isnan(values)
    return percentile(values[there], blocks_of(pairs.epoch[:count][there]), 0.95)


def _line(pairs: Measured) -> tuple[LinePoint, ...]:
    ends = np.unique(np.linspace(0, len(pairs), _POINTS + 1).round().astype(int))[1:].tolist()
    return tuple(LinePoint(end, *(_drawn(pairs, end, side) for side in ("control", "candidate"))) for end in ends)


def _drawn(pairs: Measured, count: int, side: str) -> Interval | None:
    """The 95th percentile so far; where samples are too few for an upper end, the slowest stands for it."""
    interval = _p95(pairs, count, side)
    if interval is None or interval.high is not None:
        return interval
    return Interval(interval.value, interval.low, float(np.nanmax(getattr(pairs, side)[:count])))


def _undecided(table: pa.Table) -> tuple[tuple[str, int, str], ...]:
    counts: Counter[str] = Counter()
    why: dict[str, str] = {}
    settled = ("equal", "within", "nothing to compare", "different", None)
    for query, answer, reason in zip(*(table[name].to_pylist() for name in ("query", "answers", "why")), strict=True):
        if answer not in settled:
            counts[query] += 1
            why.setdefault(query, reason or "")
    return tuple((query, count, why[query]) for query, count in counts.items())


def _unproven(table: pa.Table, registration: Registration, *, finished: bool) -> tuple[tuple[str, int], ...]:
    """Queries of whose answers none had a row that is the same, with their pairs; those never asked once it is over.

    What one engine never answered was never compared: that nothing differs says least of all of such a query.
    """
    asked: Counter[str] = Counter({one.query: 0 for one in registration.questions})
    proven: Counter[str] = Counter()
    for query, answer in zip(table["query"].to_pylist(), table["answers"].to_pylist(), strict=True):
        asked[query] += 1
        proven[query] += answer in PROVEN
    return tuple((query, count) for query, count in asked.items() if (count or finished) and not proven[query])


def _differing(table: pa.Table, registration: Registration) -> tuple[DifferingPair, ...]:
    mine = table.filter(pa.array([value == "different" for value in table["answers"].to_pylist()], pa.bool_()))
    return tuple(_pair(row, registration) for row in mine.slice(0, _SHOWN_PAIRS).to_pylist())


def _pair(row: dict[str, Any], registration: Registration) -> DifferingPair:
    digests, rows = (
        (row[f"control_{name}"] or "", row[f"candidate_{name}"] or "") for name in ("digest", "rows")
    )  # fmt: skip
    text = registration.questions[row["question"]].control
    return DifferingPair(row["query"], text, row["began"], row["why"] or "", digests, rows)


def _before_after(pairs: Measured, money: Money, *, rehearsal: bool) -> str:
    """The plan's promise, and beside it what was measured."""
    figures = plan()["figures"]
    many, cluster = figures["athena_million_queries_month"], figures["cluster_month_two_nodes"]["plan"]
    day = many["queries_day"]
    promised = (
        f"2-5 s to under {figures['redshift_latency_ms']['plan']} ms, ${many['plan']:,} to ${cluster:,} a month at "
        f"{plural(day, 'query')} a day"
    )
    medians = [_median(getattr(pairs, side)) for side in ("control", "candidate")]
    value, low, high = money.control_month
    bills = (
        f"${value:,.2f} [{low:,.2f}, {high:,.2f}] to ${money.candidate_month:,.0f} a month at "
        f"today's {plural(money.week / 7, 'query')} a day; ${money.month_at(day):,.0f} to "
        f"${money.candidate_month:,.0f} at {day:,}, if the cluster serves them"
    )
    whose = " (stand-ins' times)" if rehearsal else ""
    return f"**Promised:** {promised}. **Measured{whose}:** {medians[0]} to {medians[1]} (median), {bills}."


def _median(values: Any) -> str:
    known = values[~np.isnan(values)]
    return milliseconds(float(np.median(known))) if len(known) else "nothing yet"


def _rates(run: Run) -> MonthRates:
    book, redshift, rules = price_book(), run.settings.redshift, run.settings.decision
    node, athena = book.node(redshift.node_type, redshift.nodes), book["athena"]
    storage = rules.data_gb * book.usd("managed-storage")
    compute = float(node.usd) * redshift.nodes * rules.node_hours_month
    source = (
        f"Athena: US$ {athena.usd} per {athena.unit}, {athena.as_of}. {redshift.nodes} x {node.name}: US$ {node.usd} "
        f"per {node.unit}, {node.as_of}, and {rules.data_gb:,.0f} GB of managed storage."
    )
    return MonthRates(float(athena.usd), compute + storage, source)
