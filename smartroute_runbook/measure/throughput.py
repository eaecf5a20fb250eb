"""How many queries a second does an engine sustain? Open loop, at a rate that is offered whatever the engine does.

The plan promises "100+ concurrent users" and counts in queries a day; neither is true before it was measured. Arrivals
are random in time, as those of users who do not know of each other; each waits for one of ``connections``.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from smartroute_runbook.engines import Engine
from smartroute_runbook.errors import UsageError
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Note, Table, View

from .replay import Shot, Slot, shoot

__all__ = ["Load", "load_test"]

_DAY = 86_400


@dataclass(frozen=True)
class Load:
    """What was offered, and what came of it.

    Attributes:
        offered, done: queries a second.
        p50, p95, p99: seconds from the scheduled start, of those that succeeded; None when none did.
        waited: the 95th percentile of waiting for a connection, seconds.
        target: seconds that the 95th percentile may take.
        rehearsal: whether the engine is a stand-in.
    """

    engine: str
    offered: float
    done: float
    connections: int
    queries: int
    failed: int
    p50: float | None
    p95: float | None
    p99: float | None
    waited: float
    target: float
    rehearsal: bool

    @property
    def sustained(self) -> bool:
        """Nothing failed, nothing piled up, and the 95th percentile kept the target."""
        return not self.failed and self.done >= 0.95 * self.offered and self.p95 is not None and self.p95 <= self.target

    def view(self) -> View:
        """One row, and what it means a day."""
        times = tuple("-" if value is None else f"{1000 * value:.1f}" for value in (self.p50, self.p95, self.p99))
        row = (f"{self.offered:g}", f"{self.done:.1f}", self.connections, self.queries, self.failed, *times)
        columns = ("offered/s", "done/s", "connections", "queries", "failed", "p50 ms", "p95 ms", "p99 ms")
        note = f"Latency from the scheduled start; p95 waited {1000 * self.waited:.1f} ms for a connection."
        answer = "sustains" if self.sustained else "does not sustain"
        title = f"{self.engine} {answer} {plural(self.offered, 'query')} a second ({self.offered * _DAY:,.0f} a day)"
        parts: tuple[Table | Note, ...] = (Table(columns, (row,), note=note),)
        if self.rehearsal:
            parts = (Note("**Stand-in: this says nothing about AWS.**", "warn"), *parts)
        return View(f"{title}, p95 within {self.target:g} s", parts, "good" if self.sustained else "warn")


def load_test(
    connect: Callable[[], Engine],
    queries: Mapping[str, str],
    *,
    rate: float,
    seconds: float,
    connections: int,
    seed: int,
    rehearsal: bool,
    target: float = 1.0,
) -> Load:
    """Offer queries at a rate for some time, in random order.

    Args:
        connect: opens one connection; called ``connections`` times.
        queries: name and SQL.
        rate: queries a second, on average.
        seconds: how long they are offered; all that were offered are waited for.
        connections: as many as the dashboard's pool has.
        seed: of arrivals and order.
        rehearsal: whether the engine is a stand-in; the result then says so.
        target: what the 95th percentile may take, seconds; the plan wants one.

    Raises:
        UsageError: nothing to offer.
    """
    if not queries or rate <= 0 or seconds <= 0 or connections < 1:
        raise UsageError("Nothing to offer", expected="queries, a rate, a duration and a connection, each above 0")
    rng = np.random.default_rng(seed)
    moments = np.sort(rng.uniform(0, seconds, max(1, round(rate * seconds))))
    names = rng.choice(list(queries), len(moments))
    todo: queue.SimpleQueue[Slot] = queue.SimpleQueue()
    for moment, name in zip(moments.tolist(), names.tolist(), strict=True):
        todo.put(Slot(moment, "candidate", name))
    with ExitStack() as opened:
        engines = [connect() for _ in range(connections)]
        for engine in engines:
            opened.callback(getattr(engine, "close", lambda: None))
        name, started = engines[0].name, time.perf_counter()
        with ThreadPoolExecutor(connections) as pool:
            found = pool.map(lambda engine: _serve(engine, queries, todo, started), engines)
            shots = [shot for served in found for shot in served]
    return _summary(name, shots, rate, connections, target, rehearsal=rehearsal)


def _serve(engine: Engine, queries: Mapping[str, str], todo: queue.SimpleQueue[Slot], started: float) -> list[Shot]:
    shots: list[Shot] = []
    while True:
        try:
            slot = todo.get_nowait()
        except queue.Empty:
            return shots
        shots.append(shoot(engine, queries[slot.query], slot, started))


def _summary(name: str, shots: list[Shot], rate: float, connections: int, target: float, *, rehearsal: bool) -> Load:
    good = [shot.latency for shot in shots if not shot.error]
    p50, p95, p99 = np.percentile(good, (50, 95, 99)).round(6).tolist() if good else (None, None, None)
    last = max(len(shots) / rate, *(shot.finished for shot in shots))
    return Load(
        engine=name,
        offered=rate,
        done=round(len(good) / last, 3),
        connections=connections,
        queries=len(shots),
        failed=len(shots) - len(good),
        p50=p50,
        p95=p95,
        p99=p99,
        waited=round(float(np.percentile([shot.lag for shot in shots], 95)), 6),
        target=target,
        rehearsal=rehearsal,
    )
