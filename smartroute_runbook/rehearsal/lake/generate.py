"""An hour of ``vehicles`` made from the timetable: every listed trip, polled each minute, a row per remaining stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .defects import MARKS, PolledBatch, plant
from .tables import TABLES
from .timetable import FEEDS, Ints, ServiceDay, Timetable, ragged, service_dates

__all__ = ["generate_hour"]

_FAR = 10**6  # more seconds than any service day and delay together: keeps trips apart in one sorted key
_LISTED_AFTER_ARRIVAL = (30, 80)  # seconds for which a stop is still listed: some arrivals are past


def generate_hour(timetable: Timetable, hour: datetime) -> tuple[pa.Table, dict[str, int]]:
    """One hour of rows and the counts of the oddities in them.

    Args:
        timetable: what runs.
        hour: its beginning, UTC.

    Returns:
        The rows in the order of the polls, text columns dictionary encoded, and the rows per planted oddity
        (empty without oddities).
    """
    begin = int(hour.timestamp())
    rng = np.random.default_rng([timetable.seed, begin // 3600])
    days = [timetable.day(day) for day in service_dates(hour)]
    firsts = np.cumsum([0] + [len(day.trip_id) for day in days])
    parts = []
    for day, before in zip(days, firsts.tolist(), strict=False):
        parts.append(_day_rows(day, begin, rng, stale=timetable.oddities, trips_before=before))
        parts.append(_ghosts(day, begin, trips_before=before))
    batch = _polled(_concatenated(parts), begin, rng, oddities=timetable.oddities)
    if timetable.oddities:
        batch = plant(batch, rng)
        batch.marks[batch.stop >= len(timetable.stops)] |= MARKS["unknown_stop"]
    counts = {name: int(np.count_nonzero(batch.marks & bit)) for name, bit in MARKS.items()}
    return _table(batch, days, timetable), counts if timetable.oddities else {}


def _day_rows(day: ServiceDay, begin: int, rng: np.random.Generator, *, stale: bool, trips_before: int) -> PolledBatch:
    """The rows of one service day's trips in the hour from ``begin`` on."""
    trips = np.flatnonzero((day.visible < begin + 3600) & (day.gone >= begin))
    since = np.maximum(-(-day.visible[trips] // 60) * 60, begin)
    until = np.minimum(day.gone[trips] // 60 * 60, begin + 3540)
    minutes = np.maximum((until - since) // 60 + 1, 0)
    trip = np.repeat(trips, minutes)
    poll = since.repeat(minutes) + 60 * ragged(np.zeros(len(trips), np.int64), minutes)

    delay = day.delay(trip, poll)
    listed = rng.integers(*_LISTED_AFTER_ARRIVAL, len(trip)) if stale else np.full(len(trip), -10)
    calls = np.repeat(np.arange(len(day.start)), np.diff(day.first))
    key = calls * _FAR + (day.due - begin) + _FAR // 2
    first = np.searchsorted(key, trip * _FAR + (poll - listed - delay - begin) + _FAR // 2)
    first = np.maximum(first, day.first[trip])
    rows = np.maximum(day.first[trip + 1] - first, 0)

    call = ragged(first, rows)
    trip, poll, delay = trip.repeat(rows), poll.repeat(rows), delay.repeat(rows)
    return _rows(day, poll, trip, call, delay, trips_before=trips_before)


def _concatenated(parts: list[PolledBatch]) -> PolledBatch:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.with_rows(part)
    return whole


def _polled(batch: PolledBatch, begin: int, rng: np.random.Generator, *, oddities: bool) -> PolledBatch:
    """Give each poll of a feed its moment and the feed's clock: up to 4 s after the minute, 0-23 s old."""
    moments = rng.integers(0, 4_000 if oddities else 1, (60, len(FEEDS)))
    ages = rng.integers(0, 24, (60, len(FEEDS)))
    minute = (batch.poll - begin) // 60
    stored = batch.poll * 1000 + moments[minute, batch.feed]
    return replace(batch, batch=stored, header=stored // 1000 - ages[minute, batch.feed])


def _ghosts(day: ServiceDay, begin: int, *, trips_before: int) -> PolledBatch:
    """Frozen trains: after they are gone, the last stop is listed in every poll, further past each time."""
    trips = np.flatnonzero((day.gone < begin + 3540) & (day.frozen >= begin))
    since = np.maximum((day.gone[trips] // 60 + 1) * 60, begin)
    until = np.minimum(day.frozen[trips] // 60 * 60, begin + 3540)
    minutes = np.maximum((until - since) // 60 + 1, 0)
    trip = trips.repeat(minutes)
    last = day.first[trip + 1] - 1
    delay = day.delays.max(axis=1)[trip].astype(np.int64)
    poll = since.repeat(minutes) + 60 * ragged(np.zeros(len(trips), np.int64), minutes)
    return _rows(day, poll, trip, last, delay, trips_before=trips_before, marks=MARKS["ghost"])


def _rows(
    day: ServiceDay, poll: Ints, trip: Ints, call: Ints, delay: Ints, *, trips_before: int, marks: int = 0
) -> PolledBatch:
    unset = np.zeros(len(call), np.int64)
    return PolledBatch(
        poll=poll,
        batch=unset,
        header=unset,
        trip=trip + trips_before,
        stop=day.stop[call],
        feed=day.feed[trip],
        arrival=day.due[call] + delay,
        delay=delay,
        arrival_known=np.ones(len(call), bool),
        delay_known=day.known[trip],
        leading=call == day.first[trip],
        marks=np.full(len(call), marks),
    )


def _text(values: npt.NDArray[np.object_], index: Ints) -> pa.DictionaryArray:
    """The texts at these positions; the dictionary holds each text that is used once, so that files stay small."""
    used = np.zeros(len(values), bool)
    used[index] = True
    words, code = np.unique(values[used].astype(str), return_inverse=True)
    codes = np.zeros(len(values), np.int32)
    codes[used] = code
    return pa.DictionaryArray.from_arrays(pa.array(codes[index]), pa.array(words.tolist(), pa.string()))


def _table(batch: PolledBatch, days: list[ServiceDay], timetable: Timetable) -> pa.Table:
    trip_texts: dict[str, npt.NDArray[np.object_]] = {
        name: np.concatenate([getattr(day, name) for day in days])
        for name in ("trip_id", "route_id", "headsign", "vehicle_id")
    }
    columns = {name: _text(texts, batch.trip) for name, texts in trip_texts.items()}
    columns |= {
        "batch_timestamp": pa.array(batch.batch),
        "stop_id": _text(np.array(timetable.names, dtype=object), batch.stop),
        "arrival_time": pa.array(batch.arrival, mask=~batch.arrival_known),
        "arrival_delay_seconds": pa.array(batch.delay, mask=~(batch.delay_known & batch.arrival_known)),
        "next_arrival_seconds": pa.array(batch.arrival - batch.batch // 1000, mask=~batch.arrival_known),
        "timestamp": pa.array(batch.header),
        "feed_path": _text(np.array(FEEDS, dtype=object), batch.feed),
    }
    return pa.table({name: columns[name] for name in TABLES["vehicles"].schema.names})
