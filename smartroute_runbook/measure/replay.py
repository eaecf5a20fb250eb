"""Run the same queries on both engines, open loop: a shot has its moment, whether or not the engine is ready for it.

Latency is counted from the *scheduled* start. Counted from the actual start, a stall hides behind itself: the queries
that waited for it look fast (coordinated omission; peers that do so understate a stalled 95th percentile eightfold).
The order is random but seeded; control and candidate answer the same query in neighbouring shots, each first as often
as the other, so that whatever changes during the experiment changes for both.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from smartroute_runbook.engines import Engine
from smartroute_runbook.errors import ServiceError, UsageError

__all__ = ["SIDES", "Pair", "Shot", "Side", "Slot", "replay", "schedule", "shoot", "warm_up"]

Side = Literal["control", "candidate"]
SIDES: tuple[Side, Side] = ("control", "candidate")

Pair = tuple[str, str]
"""One query: the control's SQL and the candidate's."""


@dataclass(frozen=True)
class Slot:
    """A planned shot: seconds after the start, the side, the query."""

    at: float
    side: Side
    query: str


@dataclass(frozen=True)
class Shot:
    """A query that ran, or failed.

    Attributes:
        scheduled, started, finished: seconds after the replay's start.
        bytes_scanned: as the engine tells; 0 where it does not.
        error: empty when it succeeded.
    """

    side: Side
    query: str
    scheduled: float
    started: float
    finished: float
    bytes_scanned: int = 0
    rows: int = 0
    error: str = ""

    @property
    def latency(self) -> float:
        """Seconds from the scheduled start: what a user waits."""
        return self.finished - self.scheduled

    @property
    def service(self) -> float:
        """Seconds from the actual start: what the engine took."""
        return self.finished - self.started

    @property
    def lag(self) -> float:
        """Seconds by which the shot started late: the engine was busy, or the generator was."""
        return self.started - self.scheduled


def schedule(queries: Sequence[str], *, rounds: int, interval: float, seed: int) -> list[Slot]:
    """Each query on each side once a round, in random order, one shot every ``interval`` seconds.

    Raises:
        UsageError: nothing to schedule.
    """
    if not queries or rounds < 1 or interval < 0:
        raise UsageError("Nothing to replay", expected="at least one query, one round and an interval of 0 or more")
    rng = np.random.default_rng(seed)
    flips = rng.permutation(np.arange(rounds * len(queries)) % 2).tolist()
    slots: list[Slot] = []
    for number in range(rounds):
        for place, index in enumerate(rng.permutation(len(queries)).tolist()):
            first = flips[number * len(queries) + place]
            for side in (SIDES[first], SIDES[1 - first]):
                slots.append(Slot(len(slots) * interval, side, queries[index]))
    return slots


def replay(engines: Mapping[Side, Engine], queries: Mapping[str, Pair], slots: Sequence[Slot]) -> list[Shot]:
    """Run the slots, each side on its own thread and connection; a failed query is a shot with an error.

    Shots are returned in the order of their schedule. Errors that are not the engine's refusal are raised.
    """
    started = time.perf_counter()

    def run(side: Side) -> list[Shot]:
        return [shoot(engines[side], _sql(queries, slot), slot, started) for slot in slots if slot.side == side]

    with ThreadPoolExecutor(len(SIDES)) as pool:
        shots = [shot for side in pool.map(run, SIDES) for shot in side]
    return sorted(shots, key=lambda shot: shot.scheduled)


def warm_up(engines: Mapping[Side, Engine], queries: Mapping[str, Pair]) -> list[Shot]:
    """Each query once on each given side, one after another: the first contact pays planning and cold caches."""
    shots = []
    started = time.perf_counter()
    for name in queries:
        for side in engines:
            slot = Slot(time.perf_counter() - started, side, name)
            shots.append(shoot(engines[side], _sql(queries, slot), slot, started))
    return shots


def shoot(engine: Engine, sql: str, slot: Slot, started: float) -> Shot:
    """Wait for the slot's moment and run it; ``started`` is the replay's start on ``time.perf_counter``."""
    _sleep_until(started + slot.at)
    begin = time.perf_counter() - started
    try:
        found = engine.query(sql)
    except ServiceError as error:
        return Shot(slot.side, slot.query, slot.at, begin, time.perf_counter() - started, error=str(error))
    end = time.perf_counter() - started
    return Shot(slot.side, slot.query, slot.at, begin, end, found.bytes_scanned, len(found.rows))


def _sql(queries: Mapping[str, Pair], slot: Slot) -> str:
    return queries[slot.query][SIDES.index(slot.side)]


def _sleep_until(moment: float) -> None:
    remaining = moment - time.perf_counter()
    if remaining > 0:
        time.sleep(remaining)
