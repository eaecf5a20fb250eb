"""The defects of the real feed, planted in generated rows at their measured rates and counted.

Rates were measured on 380,232 real predictions. Late batches and repeated polls did not occur in those files, although
every poller meets them: their rates are chosen. Each planted row carries a mark, copies keep it, and the marks are
counted when the hour is complete: the counts are therefore those of the rows written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from .timetable import UNKNOWN_STOPS, Ints

__all__ = ["MARKS", "RATES", "UNKNOWN_STOPS", "PolledBatch", "plant"]

RATES: Mapping[str, float] = {
    "missing_arrival": 0.0051,  # first stop, 1-7 and L lines only
    "unknown_stop": 0.0032,  # a stop of no timetable; planted with the trips
    "delay_a_day_off": 0.0016,  # the service day was not normalised
    "not_monotone": 0.0008,  # an arrival after the next stop's
    "duplicate": 0.0012,  # same poll, feed, trip and stop; nearly always with another arrival
    "ghost": 0.0043,  # frozen trains, up to ten hours past; planted with the trips
    "late_batch": 0.002,  # chosen: of the polls, the feed's clock minutes behind
    "repeated_poll": 0.002,  # chosen: of the polls, the same response stored again
}
"""Rate per row, except the last two: per poll of a feed."""

MARKS = {name: 1 << bit for bit, name in enumerate(RATES)}

_FIRST_STOP_FEEDS = (0, 5)
_POLLS_THAT_TELL = 5


@dataclass(frozen=True)
class PolledBatch:
    """Rows of one hour as parallel arrays.

    Attributes:
        poll: minute of the hour's poll, epoch seconds.
        batch: when the poller stored it, epoch milliseconds.
        header: the feed's clock, epoch seconds.
        trip, stop, feed: indexes.
        arrival, delay: seconds; what ``*_known`` says is missing becomes NULL.
        leading: the first stop of its trip.
        marks: planted oddities, a bit set of ``MARKS``.
    """

    poll: Ints
    batch: Ints
    header: Ints
    trip: Ints
    stop: Ints
    feed: Ints
    arrival: Ints
    delay: Ints
    arrival_known: npt.NDArray[np.bool_]
    delay_known: npt.NDArray[np.bool_]
    leading: npt.NDArray[np.bool_]
    marks: Ints

    def __len__(self) -> int:
        return len(self.poll)

    def take(self, rows: Ints) -> PolledBatch:
        """The rows at these positions, as copies."""
        return PolledBatch(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def with_rows(self, other: PolledBatch) -> PolledBatch:
        """These rows and the other's, in the order of their polls."""
        joined = {f.name: np.concatenate((getattr(self, f.name), getattr(other, f.name))) for f in fields(self)}
        order = np.lexsort((joined["feed"], joined["poll"]))
        return PolledBatch(**{name: values[order] for name, values in joined.items()})


def plant(batch: PolledBatch, rng: np.random.Generator) -> PolledBatch:
    """The rows of an hour with the oddities of single rows and polls planted; those of trips are there already."""
    if not len(batch):
        return batch
    for name in _CHANGES:
        where = _choose(_CANDIDATES[name](batch), RATES[name] * len(batch), rng)
        batch = _CHANGES[name](batch, where, rng)
        batch.marks[where] |= MARKS[name]
    extra = batch.take(_choose(batch.arrival_known & (batch.marks == 0), RATES["duplicate"] * len(batch), rng))
    shift = np.where(rng.random(len(extra)) < 0.996, rng.integers(15, 240, len(extra)), 0)
    batch = batch.with_rows(_marked(replace(extra, arrival=extra.arrival + shift), "duplicate"))
    batch = _late_batches(batch, rng)
    return _repeated_polls(batch, rng)


def _choose(candidates: npt.NDArray[np.bool_], expected: float, rng: np.random.Generator) -> Ints:
    """About ``expected`` positions among the candidates, in order."""
    positions = np.flatnonzero(candidates)
    count = min(len(positions), int(expected + rng.random()))
    return np.sort(rng.choice(positions, count, replace=False))


def _marked(batch: PolledBatch, name: str) -> PolledBatch:
    return replace(batch, marks=batch.marks | MARKS[name])


def _before_another_stop(batch: PolledBatch) -> npt.NDArray[np.bool_]:
    """Rows whose next row is a later stop of the same trip in the same poll, both with an arrival.

    Both stops are polled often enough in the hour that their order is known from other polls: the table has no other.
    """
    same = (batch.trip[1:] == batch.trip[:-1]) & (batch.poll[1:] == batch.poll[:-1])
    known = batch.arrival_known[1:] & batch.arrival_known[:-1]
    _, which, polls = np.unique(np.stack((batch.trip, batch.stop)), axis=1, return_inverse=True, return_counts=True)
    often = polls[which.reshape(-1)] >= _POLLS_THAT_TELL
    return np.append(same & known & often[1:] & often[:-1], False)


_CANDIDATES: Mapping[str, Callable[[PolledBatch], npt.NDArray[np.bool_]]] = {
    "missing_arrival": lambda b: b.leading & np.isin(b.feed, _FIRST_STOP_FEEDS),
    "delay_a_day_off": lambda b: b.delay_known,
    "not_monotone": _before_another_stop,
}


def _missing_arrival(batch: PolledBatch, where: Ints, rng: np.random.Generator) -> PolledBatch:  # noqa: ARG001
    arrival_known, delay_known = batch.arrival_known.copy(), batch.delay_known.copy()
    arrival_known[where] = delay_known[where] = False
    return replace(batch, arrival_known=arrival_known, delay_known=delay_known)


def _a_day_off(batch: PolledBatch, where: Ints, rng: np.random.Generator) -> PolledBatch:
    delay = batch.delay.copy()
    delay[where] += rng.choice([-86_400, 86_400], len(where))
    return replace(batch, delay=delay)


def _not_monotone(batch: PolledBatch, where: Ints, rng: np.random.Generator) -> PolledBatch:
    arrival = batch.arrival.copy()
    for row, late in zip(where[::-1], rng.integers(1, 120, len(where)), strict=True):
        arrival[row] = arrival[row + 1] + late  # backwards: the next row may be one of them
    return replace(batch, arrival=arrival)


_CHANGES: Mapping[str, Callable[[PolledBatch, Ints, np.random.Generator], PolledBatch]] = {
    "missing_arrival": _missing_arrival,
    "delay_a_day_off": _a_day_off,
    "not_monotone": _not_monotone,
}


def _polls(batch: PolledBatch, rate: float, rng: np.random.Generator, *, among: npt.NDArray[np.bool_]) -> Ints:
    """Positions of the rows of some polls of a feed, chosen among rows."""
    poll = batch.poll * 16 + batch.feed
    known = np.unique(poll[among])
    chosen = known[_choose(np.ones(len(known), bool), rate * len(known), rng)]
    return np.flatnonzero(np.isin(poll, chosen))


def _late_batches(batch: PolledBatch, rng: np.random.Generator) -> PolledBatch:
    where = _polls(batch, RATES["late_batch"], rng, among=np.ones(len(batch), bool))
    header = batch.header.copy()
    header[where] -= int(rng.integers(120, 5_400))
    batch.marks[where] |= MARKS["late_batch"]
    return replace(batch, header=header)


def _repeated_polls(batch: PolledBatch, rng: np.random.Generator) -> PolledBatch:
    """The same response stored a second time, twenty seconds later; never in the hour's last minute."""
    early = batch.poll < batch.poll.max()
    again = batch.take(_polls(batch, RATES["repeated_poll"], rng, among=early))
    return batch.with_rows(_marked(replace(again, batch=again.batch + 20_000), "repeated_poll"))
