"""Watch the dashboard after a switch: samples are kept as they are taken, so that a kill loses none of them.

The 48 hours are sampled by ``smartroute-runbook watch``, not by a sleeping cell; a notebook shows what there is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.canonical import canonical
from smartroute_runbook.declared import measured
from smartroute_runbook.views import Note, Table, View

from .dashboard import Dashboard

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run
    from smartroute_runbook.runs.views import Switches

__all__ = ["Watched", "sample", "watch"]

INLINE_SECONDS = 60
"""The longest watch that a notebook cell does by itself."""


@dataclass(frozen=True)
class Watched:
    """Requests since the switch, by query.

    Attributes:
        queries: name, requests, failures, p50, p95 and slowest in milliseconds.
        hours: covered so far; ``wanted`` of them are needed.
        engine: the engine that is watched; ``strays`` are answers by another one.
    """

    evidence_name: ClassVar[str] = "watched"
    evidence_version: ClassVar[int] = 1

    engine: str
    hours: float
    wanted: float
    queries: tuple[tuple[str, int, int, float, float, float], ...]
    strays: int

    @property
    def failures(self) -> int:
        """Requests that failed."""
        return sum(row[2] for row in self.queries)

    @property
    def blocks(self) -> tuple[str, ...]:
        """A watch that is too short, or saw failures, blocks its gate."""
        reasons = []
        if self.hours < self.wanted:
            reasons.append(f"watched {self.hours:.2f} of {self.wanted:g} hours: run 'smartroute-runbook watch'")
        if self.failures:
            reasons.append(f"{self.failures} requests failed")
        if self.strays:
            reasons.append(f"{self.strays} requests were not answered by {self.engine}")
        return tuple(reasons)

    def view(self) -> View:
        """One row a query."""
        names = ("query", "requests", "failed", "p50 ms", "p95 ms", "slowest ms")
        note = Note(f"{self.hours:.2f} of {self.wanted:g} hours watched, {self.failures} failed requests.")
        return View(f"Watch of {self.engine}", (Table(names, self.queries), note), "warn" if self.blocks else "good")


def sample(run: Run, queries: Sequence[str], *, seconds: float, every: float = 1.0) -> int:
    """Ask each query every so many seconds and keep the answers, a chunk a minute; returns the number of requests."""
    dashboard = Dashboard(run)
    stop_at = time.monotonic() + seconds
    asked = 0
    with run.progress("Watching", seconds, "s") as line:
        while (left := stop_at - time.monotonic()) > 0:
            chunk, started = [], datetime.now(UTC)
            chunk_ends = time.monotonic() + min(60.0, left)
            while time.monotonic() < chunk_ends:
                for query in queries:
                    answer = dashboard.ask(query)
                    chunk.append([answer.query, answer.engine, round(answer.milliseconds, 1), answer.error])
                line.update(seconds - max(0.0, stop_at - time.monotonic()))
                time.sleep(max(0.0, min(every, chunk_ends - time.monotonic())))
            ended = datetime.now(UTC)
            body = {"from": started.isoformat(), "to": ended.isoformat(), "answers": chunk}
            run.store.put_new(f"{run.id}/watch/{started:%Y%m%dT%H%M%S%f}.json", canonical(body))
            asked += len(chunk)
    return asked


def _chunks(run: Run, since: str) -> Iterator[dict[str, Any]]:
    for key in run.store.keys(f"{run.id}/watch/"):
        chunk = json.loads(run.store.get(key))
        if chunk["from"] >= since:
            yield chunk


@measured("operate.watch", Watched)
def watch(run: Run, queries: Sequence[str], switches: Switches) -> Watched:
    """What the watch saw since the last of these switches; a short one is completed here."""
    engine = Dashboard(run).engine()
    since = max((at for at, to, *_ in switches.switches if to == engine), default="")
    wanted = run.settings.dashboard.watch_hours
    left = wanted * 3600 - _covered(run, since)
    if 0 < left <= INLINE_SECONDS:
        sample(run, queries, seconds=left + 0.1, every=0.2)
    taken: dict[str, list[tuple[float, bool]]] = {}
    strays = 0
    for chunk in _chunks(run, since):
        for query, by, milliseconds, error in chunk["answers"]:
            taken.setdefault(query, []).append((milliseconds, bool(error)))
            strays += not error and by != engine
    rows = tuple(_row(query, found) for query, found in sorted(taken.items()))
    return Watched(engine, round(_covered(run, since) / 3600, 4), wanted, rows, strays)


def _covered(run: Run, since: str) -> float:
    spans = ((datetime.fromisoformat(c["from"]), datetime.fromisoformat(c["to"])) for c in _chunks(run, since))
    return sum((end - start).total_seconds() for start, end in spans)


def _row(query: str, found: list[tuple[float, bool]]) -> tuple[str, int, int, float, float, float]:
    times = sorted(ms for ms, failed in found if not failed) or [0.0]
    p50, p95 = (times[min(len(times) - 1, int(share * len(times)))] for share in (0.5, 0.95))
    return query, len(found), sum(failed for _, failed in found), p50, p95, times[-1]
