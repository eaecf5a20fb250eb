"""Which stretch of each hour is replayed: as much of the real load as the wanted power needs, bounded in count."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterator, Mapping, Sequence
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
    order = sorted(hours, key=lambda hour: (hour - start) % 168)
    there = {hour: np.flatnonzero((traffic.at >= hour * HOUR) & (traffic.at < (hour + 1) * HOUR)) for hour in order}
    total = sum(map(len, there.values()))
    if not total:
        raise UsageError("Nothing is asked in the hours of the experiment", expected="arrivals", hint="experiment.load")
    stretch, cuts = min(HOUR, HOUR * pairs / total), list[_Cut]()
    while not any(len(cut.index) for cut in cuts):  # where few are wanted of a quiet load, short stretches may miss all
        rng = np.random.default_rng(seed)
        length = stretch / max(1, math.ceil(stretch / epoch_seconds - 1e-9))
        cuts = list(_cuts(traffic.at, there, stretch, length, pairs, rng))
        stretch = min(HOUR, 2 * stretch)
    return _laid(traffic, cuts, start, length, hour_seconds / HOUR, rng)


@dataclass(frozen=True)
class _Cut:
    """One epoch: its hour of the week, its number there, where in the week it begins, and its arrivals."""

    hour: int
    epoch: int
    since: float
    index: npt.NDArray[np.int64]


def _cuts(
    at: npt.NDArray[np.float64],
    there: Mapping[int, npt.NDArray[np.int64]],
    stretch: float,
    length: float,
    left: int,
    rng: np.random.Generator,
) -> Iterator[_Cut]:
    for hour, arrivals in there.items():
        begin = hour * HOUR + float(rng.uniform(0, HOUR - stretch))
        for epoch in range(round(stretch / length)):
            since = begin + epoch * length
            mine = arrivals[(at[arrivals] >= since) & (at[arrivals] < since + length)][:left]
            left -= len(mine)
            yield _Cut(hour, epoch, since, mine)


def _laid(
    traffic: Traffic, cuts: Sequence[_Cut], start: int, length: float, speed: float, rng: np.random.Generator
) -> Laid:
    hours = list(dict.fromkeys(cut.hour for cut in cuts))
    rounds = []
    for hour in hours:
        mine = [cut for cut in cuts if cut.hour == hour]
        offset = ((hour - start) % 168) * HOUR + mine[0].since - hour * HOUR
        rounds.append(PlannedRound(round(offset, 3), hour, tuple(len(cut.index) for cut in mine)))
    sizes = [len(cut.index) for cut in cuts]
    index = np.concatenate([cut.index for cut in cuts])
    since = np.repeat([cut.since for cut in cuts], sizes)
    arrivals = Arrivals(
        round=np.repeat([hours.index(cut.hour) for cut in cuts], sizes),
        epoch=np.repeat([cut.epoch for cut in cuts], sizes),
        at=np.round((traffic.at[index] - since) * speed, 6),
        question=traffic.question[index],
        first=rng.permutation(np.arange(len(index)) % 2),
    )
    data = arrivals.parquet()
    return Laid(tuple(rounds), round(length * speed, 6), arrivals, data, hashlib.sha256(data).hexdigest())
