"""Which stretch of each hour is replayed: as much of the real load as the wanted power needs, bounded in count."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from smartroute_runbook.errors import UsageError

from .registration import PlannedRound
from .traffic import HOUR, Traffic

__all__ = ["Arrivals", "Laid", "lay_out", "used_hours"]

_QUIET = 0.25  # of the mean of the hours with requests: below it nobody looks at dashboards
_DAY_HOURS = 24


@dataclass(frozen=True)
class Arrivals:
    """What is asked in the rounds; one entry a pair, in the order of time.

    Attributes:
        round, epoch: where it belongs; ``at`` is seconds on the clock after its epoch's begin.
        question: by its place in the mix; ``first`` is the side that is asked first (0 control, 1 candidate).
    """

    round: npt.NDArray[np.int64]
    epoch: npt.NDArray[np.int64]
    at: npt.NDArray[np.float64]
    question: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]

    def of(self, number: int, epoch: int) -> Arrivals:
        """Those of one epoch."""
        mine = (self.round == number) & (self.epoch == epoch)
        return Arrivals(*(getattr(self, name)[mine] for name in self.__dataclass_fields__))

    def parquet(self) -> bytes:
        """As they are kept."""
        data = io.BytesIO()
        table = pa.table({name: getattr(self, name) for name in self.__dataclass_fields__})
        pq.write_table(table, data, compression="zstd")
        return data.getvalue()

    @staticmethod
    def read(data: bytes) -> Arrivals:
        """What was kept."""
        table = pq.read_table(io.BytesIO(data))
        return Arrivals(*(table[name].to_numpy() for name in Arrivals.__dataclass_fields__))


@dataclass(frozen=True)
class Laid:
    """Rounds and their arrivals, the SHA-256 of these, and how long an epoch is on the clock."""

    rounds: tuple[PlannedRound, ...]
    epoch_seconds: float
    arrivals: Arrivals
    data: bytes
    digest: str


def used_hours(traffic: Traffic, a_day: int | None) -> list[int]:
    """The hours of the week in which dashboards are used; of each day the busiest ``a_day``."""
    counts = np.bincount((traffic.at // HOUR).astype(np.int64), minlength=168)
    busy = counts[counts > 0]
    if not len(busy):
        return []
    used = [hour for hour in range(168) if counts[hour] > 0 and counts[hour] >= _QUIET * busy.mean()]
    if a_day is None:
        return used
    by_day = [sorted((h for h in used if h // _DAY_HOURS == day), key=lambda h: (-counts[h], h)) for day in range(7)]
    return sorted(hour for hours in by_day for hour in hours[:a_day])


def lay_out(
    traffic: Traffic,
    hours: Sequence[int],
    *,
    start: int,
    pairs: int,
    hour_seconds: float,
    epoch_seconds: float,
    seed: int,
) -> Laid:
    """Cut a stretch of each hour, equally long, such that all have about so many arrivals together.

    Args:
        traffic: of the week.
        hours: of the week, those that are used.
        start: the hour of the week in which the first round may be.
        pairs: wanted, and never exceeded.
        hour_seconds: how long an hour takes on the clock; 3600, or less to compress.
        epoch_seconds: of the real hour, at most; each epoch is kept as one.
        seed: of where in its hour each stretch begins, and of the order of the two sides.

    Raises:
        UsageError: nothing is asked in these hours.
    """
    rng, speed = np.random.default_rng(seed), hour_seconds / HOUR
    order = sorted(hours, key=lambda hour: (hour - start) % 168)
    there = {hour: np.flatnonzero((traffic.at >= hour * HOUR) & (traffic.at < (hour + 1) * HOUR)) for hour in order}
    total = sum(map(len, there.values()))
    if not total:
        raise UsageError("Nothing is asked in the hours of the experiment", expected="arrivals", hint="experiment.load")
    stretch = min(HOUR, HOUR * pairs / total)
    number_of_epochs = max(1, math.ceil(stretch / epoch_seconds - 1e-9))
    length, left = stretch / number_of_epochs, pairs
    rounds: list[PlannedRound] = []
    parts: list[tuple[int, int, npt.NDArray[np.int64], float]] = []
    for hour in order:
        begin = hour * HOUR + float(rng.uniform(0, HOUR - stretch))
        offset = ((hour - start) % 168) * HOUR + begin - hour * HOUR
        sizes = []
        for epoch in range(number_of_epochs):
            since = begin + epoch * length
            mine = there[hour][(traffic.at[there[hour]] >= since) & (traffic.at[there[hour]] < since + length)][:left]
            left -= len(mine)
            sizes.append(len(mine))
            parts.append((len(rounds), epoch, mine, since))
        rounds.append(PlannedRound(round(offset, 3), hour, tuple(sizes)))
    return _laid(traffic, rounds, parts, round(length * speed, 6), speed, rng)


def _laid(
    traffic: Traffic,
    rounds: list[PlannedRound],
    parts: list[tuple[int, int, npt.NDArray[np.int64], float]],
    epoch_seconds: float,
    speed: float,
    rng: np.random.Generator,
) -> Laid:
    sizes = [len(mine) for _, _, mine, _ in parts]
    if not sum(sizes):
        raise UsageError("No arrival lies in the stretches", expected="more pairs", hint="Raise experiment.most_pairs")
    index = np.concatenate([mine for _, _, mine, _ in parts])
    since = np.repeat([begin for *_, begin in parts], sizes)
    arrivals = Arrivals(
        round=np.repeat([number for number, *_ in parts], sizes),
        epoch=np.repeat([epoch for _, epoch, *_ in parts], sizes),
        at=np.round((traffic.at[index] - since) * speed, 6),
        question=traffic.question[index],
        first=rng.permutation(np.arange(len(index)) % 2),
    )
    data = arrivals.parquet()
    return Laid(tuple(rounds), epoch_seconds, arrivals, data, hashlib.sha256(data).hexdigest())
