"""What the dashboard asks of Athena today, measured from Athena's own query history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import numpy as np

from smartroute_runbook.prices import MB
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Bars, Note, Series, Table, View

__all__ = ["Latency", "QueryShape", "Repeat", "Workload", "WorkloadDay"]


@dataclass(frozen=True)
class WorkloadDay:
    """One UTC day: data queries, megabytes billed, failures, bytes scanned before the billing minimum."""

    date: str
    queries: int
    billed_mb: int
    failed: int
    scanned_bytes: int = 0


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one part of a query's time over all successful queries."""

    part: str
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Repeat:
    """Share of queries (and of billed megabytes) that results of the same text, so many minutes old, would answer."""

    minutes: int
    queries: float
    billed: float


@dataclass(frozen=True)
class QueryShape:
    """Queries that differ only in their literals."""

    shape: str
    example: str
    queries: int
    billed_mb: int
    mean_mb: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    failed: int


@dataclass(frozen=True)
class Workload:
    """The measured workload. Only data queries (DML) count: Athena bills nothing for DDL.

    The runbook's own queries are left out of everything but ``own``.

    Attributes:
        source: where it was read.
        first: submission time of the first execution, ISO 8601, UTC.
        last: submission time of the last execution.
        days: one entry a UTC day from first to last, days without a query included.
        queries: executions of any outcome.
        billed_mb: how many executions were billed how many megabytes: (megabytes, executions), ascending.
        scanned_bytes: bytes scanned at p10, p50, p90, p99, before the billing minimum.
        latency: total time and its parts.
        slow: share of successful queries over 1, 2 and 5 seconds.
        peak_minute: most queries submitted in one minute.
        peak_concurrency: most queries queued or running at once.
        own: the runbook's own queries in the same history, by day.
        waited: total milliseconds at p50, p95, p99 of what was answered, timed out or was given up: whoever waits for a
            query that times out waits at least so long. Nothing in what an older release kept.
    """

    evidence_name: ClassVar[str] = "workload"
    evidence_version: ClassVar[int] = 1

    source: str
    first: str
    last: str
    days: tuple[WorkloadDay, ...]
    queries: int
    succeeded: int
    failed: int
    cancelled: int
    timed_out: int
    billed_mb: tuple[tuple[int, int], ...]
    scanned_bytes: tuple[float, float, float, float]
    latency: tuple[Latency, ...]
    slow: tuple[float, float, float]
    peak_minute: int
    peak_concurrency: int
    repeats: tuple[Repeat, ...]
    shapes: tuple[QueryShape, ...]
    own: tuple[WorkloadDay, ...] = ()
    waited: tuple[float, ...] = ()

    @property
    def full_days(self) -> tuple[WorkloadDay, ...]:
        """Days seen from midnight to midnight; all days when there are fewer than three."""
        return self.days[1:-1] if len(self.days) >= 3 else self.days

    @property
    def queries_day(self) -> float:
        """Mean queries a day: over full days, or over the span when it is shorter than three days."""
        if len(self.days) >= 3:
            return float(np.mean([day.queries for day in self.full_days]))
        span = datetime.fromisoformat(self.last) - datetime.fromisoformat(self.first)
        return self.queries / max(span / timedelta(days=1), 1 / 24)

    @property
    def peak_day(self) -> int:
        """Most queries in one UTC day."""
        return max(day.queries for day in self.days)

    @property
    def mean_mb(self) -> float:
        """Megabytes billed a query, the 10 MB minimum included."""
        return sum(mb * n for mb, n in self.billed_mb) / self.queries

    def total(self, percentile: int) -> float:
        """Milliseconds of total time at percentile 50, 95 or 99."""
        return float(getattr(self.latency[0], f"p{percentile}"))

    def wait(self, percentile: int) -> float | None:
        """Milliseconds until a query was answered, timed out or was given up; None of too few to tell."""
        if (self.succeeded + self.timed_out + self.cancelled) * (100 - percentile) < 100:
            return None
        return self.waited[(50, 95, 99).index(percentile)] if self.waited else self.total(percentile)

    def view(self) -> View:
        """Volume, bytes, latency, repeats, and the costliest shapes."""
        return View(
            f"Workload: {plural(self.queries, 'query')} from {self.first[:10]} to {self.last[:10]}",
            (
                self._volume(),
                Bars(
                    f"{plural(self.queries_day, 'query')} a day, {self.peak_day:,} on the busiest",
                    "UTC day",
                    "queries",
                    (Series("queries", tuple(d.date for d in self.days), tuple(float(d.queries) for d in self.days)),),
                ),
                Table(
                    ("part", "p50 ms", "p95 ms", "p99 ms"),
                    tuple((part.part, part.p50, part.p95, part.p99) for part in self.latency),
                    "Latency",
                    "As Athena reports it; total = queue + planning + engine + service.",
                ),
                Table(
                    ("result kept for", "queries", "billed bytes"),
                    tuple((f"{r.minutes} min", f"{r.queries:.1%}", f"{r.billed:.1%}") for r in self.repeats),
                    "What a cache of that age would answer",
                ),
                self._shapes(),
                Note(f"Read from {self.source}.{self._left_out()}"),
            ),
        )

    def _left_out(self) -> str:
        count = sum(day.queries for day in self.own)
        return f" Left out: {plural(count, 'query')} of the runbook's own." if count else ""

    def _volume(self) -> Table:
        p10, p50, p90, p99 = (value / MB for value in self.scanned_bytes)
        rows = (
            ("queries a day, mean", f"{self.queries_day:,.0f}"),
            ("queries a day, most", f"{self.peak_day:,}"),
            ("queries in the busiest minute", f"{self.peak_minute:,}"),
            ("queries at once, most", f"{self.peak_concurrency:,}"),
            ("MB scanned a query, p10 / p50 / p90 / p99", f"{p10:,.1f} / {p50:,.1f} / {p90:,.1f} / {p99:,.1f}"),
            ("MB billed a query, mean", f"{self.mean_mb:,.1f}"),
            ("over 1 s / 2 s / 5 s", " / ".join(f"{share:.1%}" for share in self.slow)),
            ("failed / cancelled / timed out", f"{self.failed:,} / {self.cancelled:,} / {self.timed_out:,}"),
        )
        return Table(("measure", "value"), rows, "Volume")

    def _shapes(self) -> Table:
        rows = tuple(
            (s.shape, s.queries, f"{s.mean_mb:,.1f}", s.p50_ms, s.p95_ms, s.failed, s.example[:90])
            for s in self.shapes[:12]
        )
        columns = ("shape", "queries", "MB billed each", "p50 ms", "p95 ms", "failed", "text")
        note = f"{plural(len(self.shapes), 'shape')}; the {len(rows)} with most bytes billed."
        return Table(columns, rows, "Query shapes", note)
