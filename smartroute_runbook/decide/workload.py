"""What the dashboard asks of Athena today, measured from Athena's own query history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import UsageError
from ..prices import BILLED_MINIMUM_MB, MB
from ..views import Bars, Note, Series, Table, View

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Day", "Latency", "Repeat", "Shape", "Workload", "summarise"]

Ints = NDArray[np.int64]
DAY_MS = 86_400_000
PARTS = ("total", "queue", "planning", "engine", "service")


@dataclass(frozen=True)
class Day:
    """One UTC day: data queries, megabytes billed, failures."""

    date: str
    queries: int
    billed_mb: int
    failed: int


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one part of a query's time over all successful queries."""

    part: str
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Repeat:
    """Share of queries (and of billed megabytes) whose exact text ran at most ``minutes`` before."""

    minutes: int
    queries: float
    billed: float


@dataclass(frozen=True)
class Shape:
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
    """

    source: str
    first: str
    last: str
    days: tuple[Day, ...]
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
    shapes: tuple[Shape, ...]

    @property
    def full_days(self) -> tuple[Day, ...]:
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

    def view(self) -> View:
        """Volume, bytes, latency, repeats, and the costliest shapes."""
        return View(
            f"Workload: {self.queries:,} queries from {self.first[:10]} to {self.last[:10]}",
            (
                self._volume(),
                Bars(
                    "Queries a day",
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
                    ("same text within", "queries", "billed bytes"),
                    tuple((f"{r.minutes} min", f"{r.queries:.1%}", f"{r.billed:.1%}") for r in self.repeats),
                    "What a cache of that age would answer",
                ),
                self._shapes(),
                Note(f"Read from {self.source}."),
            ),
        )

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
        note = f"{len(self.shapes)} shapes; the {len(rows)} with most bytes billed."
        return Table(columns, rows, "Query shapes", note)


def summarise(history: pa.Table, source: str) -> Workload:
    """The workload in a history of executions (the columns of ``history.SCHEMA``).

    Raises:
        UsageError: no data query has finished.
    """
    history = history.filter(pc.equal(history["statement_type"], "DML")).sort_by("submitted_ms")
    ok, broken = _is(history, "SUCCEEDED"), _is(history, "FAILED")
    if not ok.any():
        raise UsageError(
            f"No finished data query in {source}",
            expected="at least one successful SELECT",
            hint="Check athena.workgroup and decision.history_days",
        )
    submitted, scanned = _ints(history, "submitted_ms"), _ints(history, "scanned_bytes")
    reused = _array(history["reused"])
    billed = np.where(broken | reused, 0, np.maximum(-(-scanned // MB), BILLED_MINIMUM_MB))
    total = _ints(history, "total_ms")
    mb, executions = np.unique(billed, return_counts=True)
    timeout = pc.match_substring_regex(history["reason"], "time[d -]*out", ignore_case=True)
    return Workload(
        source=source,
        first=_iso(submitted[0]),
        last=_iso(submitted[-1]),
        days=_days(submitted, billed, broken),
        queries=len(ok),
        succeeded=int(ok.sum()),
        failed=int(broken.sum()),
        cancelled=int(_is(history, "CANCELLED").sum()),
        timed_out=int((broken & _array(timeout)).sum()),
        billed_mb=tuple((int(m), int(n)) for m, n in zip(mb, executions, strict=True)),
        scanned_bytes=_quantiles(scanned[ok], (10, 50, 90, 99)),
        latency=tuple(Latency(part, *_quantiles(_ints(history, f"{part}_ms")[ok], (50, 95, 99))) for part in PARTS),
        slow=tuple(round(float((total[ok] > s * 1000).mean()), 6) for s in (1, 2, 5)),  # type: ignore[arg-type]
        peak_minute=int(np.unique(submitted // 60_000, return_counts=True)[1].max()),
        peak_concurrency=_concurrency(submitted, _ints(history, "completed_ms")),
        repeats=_repeats(history, submitted, billed),
        shapes=_shapes(history, billed, total, ok, broken),
    )


def _ints(table: pa.Table, name: str) -> Ints:
    return np.asarray(table[name].to_numpy(), dtype=np.int64)


def _array(column: Any) -> NDArray[np.bool_]:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _is(table: pa.Table, state: str) -> NDArray[np.bool_]:
    return _array(pc.equal(table["state"], state))


def _codes(table: pa.Table, name: str) -> tuple[list[str], Ints]:
    """The distinct texts of a column, and for each row the number of its own."""
    encoded = table[name].combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices.to_numpy(), dtype=np.int64)


def _iso(ms: Any) -> str:
    return datetime.fromtimestamp(int(ms) / 1000, UTC).isoformat(timespec="seconds")


def _quantiles(values: Ints, percentiles: tuple[int, ...]) -> Any:
    return tuple(round(float(value), 3) for value in np.percentile(values, percentiles))


def _days(submitted: Ints, billed: Ints, failed: NDArray[np.bool_]) -> tuple[Day, ...]:
    number = submitted // DAY_MS
    first, size = int(number[0]), int(number[-1] - number[0]) + 1
    slot = number - first
    counts = np.bincount(slot, minlength=size)
    megabytes = np.bincount(slot, weights=billed, minlength=size)
    failures = np.bincount(slot, weights=failed, minlength=size)
    epoch = date(1970, 1, 1)
    return tuple(
        Day((epoch + timedelta(days=first + i)).isoformat(), int(counts[i]), int(megabytes[i]), int(failures[i]))
        for i in range(size)
    )


def _concurrency(started: Ints, ended: Ints) -> int:
    """The most executions open at once; one that ends when another starts does not overlap it."""
    times = np.concatenate([started, np.maximum(ended, started + 1)])
    steps = np.concatenate([np.ones_like(started), -np.ones_like(ended)])
    order = np.lexsort((steps, times))
    return int(np.cumsum(steps[order]).max())


def _repeats(history: pa.Table, submitted: Ints, billed: Ints) -> tuple[Repeat, ...]:
    """Gap to the previous run of the same text, by one stable sort on the text's number."""
    _, text = _codes(history, "text_digest")
    order = np.lexsort((submitted, text))
    gap = np.full(len(order), np.iinfo(np.int64).max)
    same = text[order][1:] == text[order][:-1]
    gap[1:][same] = (submitted[order][1:] - submitted[order][:-1])[same]
    paid = max(int(billed.sum()), 1)
    hits = [(minutes, gap <= minutes * 60_000) for minutes in (1, 5, 60)]
    return tuple(
        Repeat(m, round(float(hit.mean()), 6), round(float(billed[order][hit].sum() / paid), 6)) for m, hit in hits
    )


def _shapes(
    history: pa.Table, billed: Ints, total: Ints, ok: NDArray[np.bool_], broken: NDArray[np.bool_]
) -> tuple[Shape, ...]:
    names, which = _codes(history, "shape")
    shapes = []
    for number, name in enumerate(names):
        mine = which == number
        count, megabytes = int(mine.sum()), int(billed[mine].sum())
        good = mine & ok
        p50, p95, p99 = _quantiles(total[good], (50, 95, 99)) if good.any() else (0.0, 0.0, 0.0)
        example, failed = history["text"][int(mine.argmax())].as_py(), int((mine & broken).sum())
        shapes.append(Shape(name, example, count, megabytes, round(megabytes / count, 3), p50, p95, p99, failed))
    return tuple(sorted(shapes, key=lambda s: (-s.billed_mb, s.shape)))
