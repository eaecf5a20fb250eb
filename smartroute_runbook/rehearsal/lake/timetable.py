"""The subway's timetable as arrays: which trips run on a day, where they call, and how late they will be.

The timetable is the real one (see NOTICE). The delays are invented: each trip starts with an offset of its own and
drifts by a first-order autoregressive process on a minute grid, roughly calibrated on real predictions (mean 8,
standard deviation 335, 95th percentile 470 seconds for trains under way).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import as_file, files
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["FEEDS", "UNKNOWN_STOPS", "Ints", "ServiceDay", "Timetable", "local_midnight", "ragged", "service_dates"]

NEW_YORK = ZoneInfo("America/New_York")
FEEDS = tuple(f"nyct/gtfs{group}" for group in ("", "-ace", "-bdfm", "-g", "-jz", "-l", "-nqrw", "-si"))
_LINES = ("", "ACEH", "BDFM", "G", "JZ", "L", "NQRW", "")  # routes by feed, by first letter; 1-7 and GS are feed 0

UNKNOWN_STOPS = ("H19N", "H19S", "X22N", "A62S", "R60N", "R65S", "Q02", "R60")
"""Stops that the real feed names and no timetable knows; in the index they follow the timetable's own."""

_LEAD = 2  # minutes before its start at which a train is assigned and its delay known
_ASTRAY = 0.095  # of the trips call at one unknown stop: gives 0.32% of the rows, as measured
_GHOSTS = 0.032  # of the trips: gives 0.43% of the rows, as measured
_MINUTES = 240  # length of the delay grid; the longest trip takes about two hours

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ServiceDay:
    """The trips of one service day, each with its calls, as parallel arrays; times in epoch seconds.

    Attributes:
        trip_id, route_id, headsign, vehicle_id: one text a trip.
        feed: index into ``FEEDS``, one a trip.
        visible: when the feed begins to list the trip.
        start: scheduled arrival at the first stop.
        gone: when the feed stops listing it at the latest (cancelled trips vanish early).
        delays: seconds late, one row a trip, one column a minute from ``start`` - 2 minutes on.
        frozen: until when the feed repeats its last stop after it is gone; 0 for all but the ghosts.
        known: whether the trip can be matched to the timetable; without it a delay is unknown.
        first: where each trip's calls begin in ``stop`` and ``due``; one more entry than trips.
        stop: index into the timetable's stops, one a call.
        due: scheduled arrival, one a call.
    """

    trip_id: npt.NDArray[np.object_]
    route_id: npt.NDArray[np.object_]
    headsign: npt.NDArray[np.object_]
    vehicle_id: npt.NDArray[np.object_]
    feed: Ints
    visible: Ints
    start: Ints
    gone: Ints
    frozen: Ints
    delays: npt.NDArray[np.int32]
    known: npt.NDArray[np.bool_]
    first: Ints
    stop: Ints
    due: Ints

    def delay(self, trip: Ints, at: Ints) -> Ints:
        """Seconds late of trips at times; zero before a train is assigned, as the feed then repeats the timetable."""
        minute = (at - self.start[trip]) // 60 + _LEAD
        late = self.delays[trip, np.clip(minute, 0, _MINUTES - 1)]
        return np.where(minute >= 0, late, 0).astype(np.int64)


class Timetable:
    """The shipped timetable.

    Args:
        share: the share of trips to run, taken evenly along each route and day, 0 < share <= 1.
        seed: of delays and of everything else that is drawn.
        oddities: whether trips have the oddities of the real feed (unknown delays, short ids, renamed routes).
    """

    def __init__(self, *, share: float, seed: int, oddities: bool) -> None:
        self.share, self.seed, self.oddities = share, seed, oddities
        folder = files(__package__) / "data"
        with as_file(folder / "timetable.parquet") as path:
            self._trips = pq.read_table(path)
        with as_file(folder / "patterns.parquet") as path:
            patterns = pq.read_table(path)
        stops = patterns["stop_id"].combine_chunks().dictionary_encode()
        self.stops: tuple[str, ...] = tuple(stops.dictionary.to_pylist())
        self.names = (*self.stops, *UNKNOWN_STOPS)
        self._stop = stops.indices.to_numpy().astype(np.int64)
        self._offset = patterns["offset"].to_numpy().astype(np.int64)
        self._pattern_first = np.searchsorted(patterns["pattern"].to_numpy(), np.arange(_rows(patterns) + 1))
        self._day = lru_cache(maxsize=3)(self._make_day)

    def day(self, service_date: date) -> ServiceDay:
        """The trips of a service day, which begins twelve hours before its local noon."""
        return self._day(service_date)

    def _make_day(self, service_date: date) -> ServiceDay:
        rng = np.random.default_rng([self.seed, service_date.toordinal()])
        trips = self._sample(service_date)
        count = trips.num_rows
        route = trips["route_id"].to_numpy()
        noon = datetime.combine(service_date, time(12), NEW_YORK)
        start = int(noon.timestamp()) - 43_200 + trips["start"].to_numpy().astype(np.int64)

        pattern = trips["pattern"].to_numpy().astype(np.int64)
        begin = self._pattern_first[pattern]
        calls = self._pattern_first[pattern + 1] - begin
        first = np.concatenate(([0], np.cumsum(calls)))
        call = ragged(begin, calls)
        due = np.repeat(start, calls) + self._offset[call]

        delays = _delays(rng, count)
        last = due[first[1:] - 1]
        cancelled = rng.random(count) < 0.01
        early = start + (rng.random(count) * (last - start)).astype(np.int64)
        feed = _feeds(route)
        gone = np.where(cancelled, early, last + delays.max(axis=1) + 600)
        ghosts = (rng.random(count) < _GHOSTS) & ~cancelled  # one that vanishes early would be stuck in the future
        frozen = np.where(ghosts, gone + rng.integers(1_800, 36_000, count), 0)
        ids, names, known = self._identities(rng, trips, route)
        stop = self._astray(rng, self._stop[call], first)
        return ServiceDay(
            trip_id=ids,
            route_id=names,
            headsign=trips["headsign"].to_numpy(),
            vehicle_id=_vehicles(route, trips["start"].to_numpy(), stop[first[:-1]], stop[first[1:] - 1], self.names),
            feed=feed,
            visible=start - 60 * np.array([30, 60, 60, 60, 60, 30, 60, 45])[feed],
            start=start,
            gone=gone,
            frozen=frozen * self.oddities,
            delays=delays,
            known=known,
            first=first,
            stop=stop,
            due=due,
        )

    def _sample(self, service_date: date) -> pa.Table:
        kinds = ("saturday", "sunday")
        kind = kinds[service_date.weekday() - 5] if service_date.weekday() >= 5 else "weekday"
        rows = np.flatnonzero(self._trips["day_type"].to_numpy() == kind)
        chosen = np.unique(np.floor(np.arange(0.5, len(rows) * self.share) / self.share).astype(np.int64))
        return self._trips.take(rows[chosen[chosen < len(rows)]])

    def _astray(self, rng: np.random.Generator, stop: Ints, first: Ints) -> Ints:
        """The stops of calls, some trips calling at an unknown one, never their first."""
        calls = np.diff(first)
        chosen = np.flatnonzero((rng.random(len(calls)) < _ASTRAY) & (calls > 1) & self.oddities)
        place = first[chosen] + 1 + (rng.random(len(chosen)) * (calls[chosen] - 1)).astype(np.int64)
        stop[place] = len(self.stops) + rng.integers(0, len(UNKNOWN_STOPS), len(chosen))
        return stop

    def _identities(
        self, rng: np.random.Generator, trips: pa.Table, route: npt.NDArray[np.object_]
    ) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_], npt.NDArray[np.bool_]]:
        """Trip ids, route names and whether the delay is known, with the real feed's rates of oddities.

        Of the real trip ids 47% lack the path after the direction, 7.3% of the rows run under another route than
        their id says (a 2 as a 5, a 6 as an express), and 22.7% of the rows cannot be matched to a timetable.
        """
        ids = trips["trip_id"].to_numpy()
        if not self.oddities:
            return ids, route, np.ones(len(ids), bool)
        short = np.array(
            [trip.split("..")[0] + ".." + trip.split("..")[1][0] if ".." in trip else trip for trip in ids]
        )
        _, where, counts = np.unique(short, return_inverse=True, return_counts=True)
        shorten = (rng.random(len(ids)) < 0.47) & (counts[where] == 1)
        renamed = {"2": "5", "5": "2", "6": "6X", "7": "7X", "F": "FX"}
        other = np.array([renamed.get(name, name) for name in route], dtype=object)
        return (
            np.where(shorten, short, ids).astype(object),
            np.where(rng.random(len(ids)) < 0.13, other, route),
            rng.random(len(ids)) >= 0.225,
        )


def ragged(begin: Ints, counts: Ints) -> Ints:
    """``begin[i], begin[i] + 1, ...`` (``counts[i]`` of them) for each i, one after another."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    result: Ints = np.arange(total) + np.repeat(begin - (ends - counts), counts)
    return result


def _rows(patterns: pa.Table) -> int:
    return int(patterns["pattern"][-1].as_py()) + 1


def _feeds(route: npt.NDArray[np.object_]) -> Ints:
    by_route = {"FS": 1, "GS": 0, "SI": 7, "SS": 7}
    for feed, letters in enumerate(_LINES):
        by_route |= {name: feed for letter in letters for name in (letter, letter + "X")}
    return np.array([by_route.get(name, 0) for name in route], np.int64)


def _vehicles(
    route: npt.NDArray[np.object_], start: Ints, origin: Ints, end: Ints, stops: tuple[str, ...]
) -> npt.NDArray[np.object_]:
    """Train ids as the feed writes them: line, time of departure, origin and destination."""
    names = [
        f"0{name} {seconds // 3600 % 24:02d}{seconds // 60 % 60:02d} {stops[a][:-1]}/{stops[b][:-1]}"
        for name, seconds, a, b in zip(route, start.tolist(), origin.tolist(), end.tolist(), strict=True)
    ]
    return np.array(names, dtype=object)


def _delays(rng: np.random.Generator, trips: int) -> npt.NDArray[np.int32]:
    """Seconds late, one row a trip, one column a minute; a quarter of the minutes repeat the one before."""
    offset = rng.normal(-10, 110, trips) + (rng.random(trips) < 0.08) * rng.exponential(650, trips)
    noise = rng.normal(0, 22, (trips, _MINUTES)) + (rng.random((trips, _MINUTES)) < 0.004) * 240
    drift = noise.T.copy()  # AR(1), a minute after the other; scipy's filter would cost a second of imports
    for minute in range(1, _MINUTES):
        drift[minute] += 0.985 * drift[minute - 1]
    drift = drift.T - 40
    repeated = rng.random((trips, _MINUTES)) < 0.27
    source = np.maximum.accumulate(np.where(repeated, 0, np.arange(_MINUTES)), axis=1)
    late = np.take_along_axis(drift + offset[:, None], source, axis=1)
    return late.astype(np.int32)


def local_midnight(day: date) -> datetime:
    """Midnight in New York, in UTC."""
    return datetime.combine(day, time(0), NEW_YORK).astimezone(ZoneInfo("UTC"))


def service_dates(hour: datetime) -> tuple[date, date, date]:
    """The service days whose trips may be listed in an hour: yesterday's last, today's, tomorrow's first."""
    today = hour.astimezone(NEW_YORK).date()
    return today - timedelta(days=1), today, today + timedelta(days=1)
