"""A plausible query history of a dashboard on Athena, for week 1 to measure: 45 days, as long as Athena keeps it.

What it imitates: riders' hours in New York, quiet weekends, a growing number of users, tables that are scanned whole
and grow from day to day, tiles that send the very same text again and again, analysts who never do, failures, and the
odd DDL statement. Bytes per query are log-normal around the 80-120 MB that the plan's cost figures imply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

from smartroute_runbook.rehearsal.lake.timetable import NEW_YORK
from smartroute_runbook.standins.athena.execution import PastExecution
from smartroute_runbook.standins.athena.executions import HISTORY_SECONDS

__all__ = ["PROFILES", "BusyProfile", "past_executions"]

WORKGROUP = "smartroute-analytics"
DATABASE = "smartroute_analytics"
_MB = 1_000_000

# Share of a day's queries by local hour: nothing at night, two rush hours, an evening at the desk.
_BY_HOUR = np.array([1, 1, 1, 1, 2, 6, 14, 26, 30, 24, 18, 17, 18, 17, 17, 20, 26, 29, 22, 14, 9, 6, 3, 2], float)
_WEEKEND = 0.35

_ADHOC = (
    "SELECT route_id, hour, COUNT(*) AS n FROM vehicles WHERE day = {day} AND route_id = '{route}' GROUP BY 1, 2",
    "SELECT * FROM vehicles WHERE trip_id LIKE '%_{route}..N%' AND hour = {hour} LIMIT 100",
    "SELECT stop_id, AVG(arrival_delay_seconds) FROM vehicles WHERE route_id = '{route}' AND day = {day} GROUP BY 1",
    "SELECT MAX(batch_timestamp) FROM vehicles WHERE hour = {hour} AND day = {day}",
    "SELECT approx_percentile(arrival_delay_seconds, 0.95) FROM vehicles WHERE route_id = '{route}' AND hour = {hour}",
)
_DDL = ("SHOW PARTITIONS vehicles", "MSCK REPAIR TABLE vehicles", "DESCRIBE delay_metrics")


@dataclass(frozen=True)
class BusyProfile:
    """How busy the dashboard is.

    Attributes:
        executions: in 45 days, unless another count is given.
        scale: of the bytes that a query scans.
        growth: queries a day at the end over those at the beginning.
        slow: of the engine's time.
    """

    executions: int
    scale: float
    growth: float
    slow: float


PROFILES: Mapping[str, BusyProfile] = {
    "quiet": BusyProfile(1_500, 0.8, 1.0, 0.8),
    "light": BusyProfile(6_000, 1.0, 1.6, 1.0),
    "heavy": BusyProfile(60_000, 1.2, 2.5, 1.7),
}
"""Volumes that a rehearsal can list in seconds; a real dashboard of each kind asks ten to a hundred times as often."""


def past_executions(
    queries: Mapping[str, str],
    *,
    until: datetime,
    profile: Literal["quiet", "light", "heavy"] = "light",
    count: int | None = None,
    seed: int = 7,
) -> Iterator[PastExecution]:
    """The executions of the 45 days before a moment, oldest first.

    Args:
        queries: the dashboard's queries by name; nine in ten executions are one of them, word for word.
        until: the end, with its zone; none is submitted later.
        profile: how busy, see ``PROFILES``.
        count: how many executions instead of the profile's.
        seed: equal seeds and arguments give equal histories.
    """
    chosen = PROFILES[profile]
    rng = np.random.default_rng([seed, sorted(PROFILES).index(profile)])
    ages = _ages(rng, until, chosen.executions if count is None else count, chosen.growth)
    texts = list(queries.values())
    sizes = np.array([_typical_megabytes(text) for text in texts])
    popularity = 1 / np.arange(1, len(texts) + 1)
    for age in ages.tolist():
        submitted = until - timedelta(seconds=age)
        draw = rng.random()
        if draw < 0.005:
            yield _execution(str(rng.choice(_DDL)), submitted, float(rng.integers(200, 900)), 0, "SUCCEEDED", "DDL")
            continue
        adhoc = draw < 0.1 or not texts
        tile = 0 if adhoc else int(rng.choice(len(texts), p=popularity / popularity.sum()))
        typical = 60.0 if adhoc else float(sizes[tile])
        # Without a partition filter a query reads all days there are: a third less, 45 days ago.
        grown = 1 - age / HISTORY_SECONDS / 3
        megabytes = chosen.scale * grown * typical * float(rng.lognormal(0, 1.1 if adhoc else 0.25))
        state = "SUCCEEDED" if rng.random() > (0.06 if adhoc else 0.012) else str(rng.choice(["FAILED", "CANCELLED"]))
        scanned = 0 if state == "FAILED" else int(megabytes * _MB)
        engine = chosen.slow * (900 + 7 * megabytes) * float(rng.lognormal(0, 0.35))
        text = _adhoc(rng, submitted) if adhoc else texts[tile]
        yield _execution(text, submitted, engine, scanned, state, queue=float(rng.lognormal(4.6, 0.8)) * chosen.slow)


def _execution(
    text: str, submitted: datetime, engine: float, scanned: int, state: str, kind: str = "DML", queue: float = 80
) -> PastExecution:
    return PastExecution(text, WORKGROUP, DATABASE, submitted, int(engine), int(queue), scanned, state, kind)


def _ages(rng: np.random.Generator, until: datetime, count: int, growth: float) -> npt.NDArray[np.float64]:
    """Seconds before ``until``, largest first, by local hour, weekday and trend."""
    hours = np.arange(HISTORY_SECONDS // 3600)
    local = [(until - timedelta(hours=int(hour), minutes=30)).astimezone(NEW_YORK) for hour in hours]
    weight = np.array([_BY_HOUR[when.hour] * (_WEEKEND if when.weekday() >= 5 else 1.0) for when in local])
    weight *= np.linspace(growth, 1.0, len(hours))
    ages = rng.choice(hours, count, p=weight / weight.sum()) * 3600 + rng.random(count) * 3600
    return np.sort(ages)[::-1]


def _typical_megabytes(text: str) -> float:
    """What such a query scans: ``vehicles`` is wide and long, the derived tables are below Athena's 10 MB minimum."""
    return 125.0 if re.search(r"\bfrom\s+(\w+\.)?vehicles\b", text, re.IGNORECASE) else 6.0


def _adhoc(rng: np.random.Generator, submitted: datetime) -> str:
    form = _ADHOC[int(rng.integers(len(_ADHOC)))]
    return form.format(day=submitted.day, hour=int(rng.integers(24)), route="1234567ACEFLNQR"[int(rng.integers(15))])
