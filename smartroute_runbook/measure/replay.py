"""Run the same queries on both engines, open loop: a shot has its moment, whether or not the engine is ready for it.

Latency is counted from the *scheduled* start. Counted from the actual start, a stall hides behind itself: the queries
that waited for it look fast (coordinated omission; peers that do so understate a stalled 95th percentile eightfold).
The order is random but seeded; control and candidate answer the same query in neighbouring shots, each first as often
as the other, so that whatever changes during the experiment changes for both.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from smartroute_runbook.engines import Engine, Rows
from smartroute_runbook.errors import ServiceError, UsageError
from smartroute_runbook.runs.secrets.scanning import without_secrets

from .pairs import Pairs

__all__ = ["SIDES", "Arm", "Pair", "Shot", "Side", "Slot", "replay", "schedule", "sessions_of", "shoot", "warm_up"]

Side = Literal["control", "candidate"]
SIDES: tuple[Side, Side] = ("control", "candidate")

Arm = Engine | Sequence[Engine]
"""One side: a session, or several of them that are used side by side."""

Pair = tuple[str, str]
"""One query: the control's SQL and the candidate's."""


@dataclass(frozen=True)
class Slot:
    """A planned shot: seconds after the start, the side, the query, and the number that both shots of a pair share."""

    at: float
    side: Side
    query: str
    pair: int = 0


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
                slots.append(Slot(len(slots) * interval, side, queries[index], len(slots) // 2))
    return slots


def replay(
    engines: Mapping[Side, Arm], queries: Mapping[str, Pair], slots: Sequence[Slot], pairs: Pairs | None = None
) -> list[Shot]:
    """Run the slots, each side on its own connections; a failed query is a shot with an error.

    Each connection is a thread that takes the next slot of its side: with one connection a stall is waited for by all
    that come after it, as at a dashboard that has one.

    Args:
        engines: an engine, or several sessions of it, by side.
        queries: the texts of both sides.
        slots: what to run, in the order of their moments.
        pairs: where the answers are compared; None compares none.

    Shots are returned in the order of their schedule. Errors that are not the engine's refusal are raised.
    """
    started = time.perf_counter()
    waiting: dict[Side, queue.SimpleQueue[Slot]] = {side: queue.SimpleQueue() for side in SIDES}
    for slot in slots:
        waiting[slot.side].put(slot)

    def serve(side: Side, engine: Engine) -> list[Shot]:
        shots: list[Shot] = []
        while True:
            try:
                slot = waiting[side].get_nowait()
            except queue.Empty:
                return shots
            shots.append(shoot(engine, _sql(queries, slot), slot, started, pairs))

    sessions = [(side, engine) for side in SIDES for engine in sessions_of(engines[side])]
    with ThreadPoolExecutor(len(sessions)) as pool:
        found = [pool.submit(serve, side, engine) for side, engine in sessions]
        shots = [shot for future in found for shot in future.result()]
    return sorted(shots, key=lambda shot: shot.scheduled)


def sessions_of(arm: Arm) -> Sequence[Engine]:
    """The sessions of a side: several, or the only one."""
    return arm if isinstance(arm, Sequence) else (arm,)


def warm_up(engines: Mapping[Side, Arm], queries: Mapping[str, Pair]) -> list[Shot]:
    """Each query once on each given side, one after another: the first contact pays planning and cold caches."""
    shots = []
    started = time.perf_counter()
    for name in queries:
        for side in engines:
            slot = Slot(time.perf_counter() - started, side, name)
            shots.append(shoot(sessions_of(engines[side])[0], _sql(queries, slot), slot, started))
    return shots


def shoot(engine: Engine, sql: str, slot: Slot, started: float, pairs: Pairs | None = None) -> Shot:
    """Wait for the slot's moment and run it; ``started`` is the replay's start on ``time.perf_counter``.

    The answer is handed to ``pairs`` after its time was taken.
    """
    _sleep_until(started + slot.at)
    begin = time.perf_counter() - started
    try:
        found = engine.query(sql)
    except ServiceError as error:
        _offer(pairs, slot, None)
        return Shot(
            slot.side, slot.query, slot.at, begin, time.perf_counter() - started, error=without_secrets(str(error))
        )
    end = time.perf_counter() - started
    _offer(pairs, slot, found)
    return Shot(slot.side, slot.query, slot.at, begin, end, found.bytes_scanned, len(found.rows))


def _offer(pairs: Pairs | None, slot: Slot, answer: Rows | None) -> None:
    if pairs is not None:
        pairs.offer(slot.query, slot.pair, SIDES.index(slot.side), answer)


def _sql(queries: Mapping[str, Pair], slot: Slot) -> str:
    return queries[slot.query][SIDES.index(slot.side)]


def _sleep_until(moment: float) -> None:
    remaining = moment - time.perf_counter()
    if remaining > 0:
        time.sleep(remaining)
