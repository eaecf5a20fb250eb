"""From a history of executions to the workload: counts, distributions, repeats, shapes, in NumPy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from smartroute_runbook.engines import OWN
from smartroute_runbook.errors import UsageError
from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB

from .workload import Latency, QueryShape, Repeat, Workload, WorkloadDay

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DAY_MS", "summarise"]

Ints = NDArray[np.int64]
DAY_MS = 86_400_000
REUSE_MINUTES = (1, 5, 60)
PARTS = ("total", "queue", "planning", "engine", "service")


def summarise(history: pa.Table, source: str) -> Workload:
    """The workload in a history of executions (the columns of ``history.SCHEMA``), the runbook's own left out.

    Raises:
        UsageError: no data query has finished.
    """
    history = history.filter(pc.equal(history["statement_type"], "DML")).sort_by("submitted_ms")
    marked = pc.starts_with(history["text"], OWN)
    own, history = history.filter(marked), history.filter(pc.invert(marked))
    ok, broken = _is(history, "SUCCEEDED"), _is(history, "FAILED")
    if not ok.any():
        raise UsageError(
            f"No finished data query in {source}",
            expected="at least one successful SELECT",
            hint="Check athena.workgroup and decision.history_days",
        )
    submitted, scanned = _ints(history, "submitted_ms"), _ints(history, "scanned_bytes")
    billed = _billed(history)
    total = _ints(history, "total_ms")
    mb, executions = np.unique(billed, return_counts=True)
    timeout = pc.match_substring_regex(history["reason"], "time[d -]*out", ignore_case=True)
    return Workload(
        source=source,
        first=_iso(submitted[0]),
        last=_iso(submitted[-1]),
        days=_days(submitted, billed, broken, scanned),
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
        repeats=_repeats(history, submitted, billed, ok),
        shapes=_shapes(history, billed, total, ok, broken),
        own=_own(own),
        waited=_quantiles(total[ok | (broken & _array(timeout)) | _is(history, "CANCELLED")], (50, 95, 99)),
    )


def _billed(history: pa.Table) -> Ints:
    """Megabytes billed: rounded up, at least ten; nothing for what failed or reused a result (Athena pricing)."""
    free = _is(history, "FAILED") | _array(history["reused"])
    return np.where(free, 0, np.maximum(-(-_ints(history, "scanned_bytes") // MB), BILLED_MINIMUM_MB))


def _own(history: pa.Table) -> tuple[WorkloadDay, ...]:
    if not history.num_rows:
        return ()
    columns = _ints(history, "submitted_ms"), _billed(history), _is(history, "FAILED")
    return tuple(day for day in _days(*columns, _ints(history, "scanned_bytes")) if day.queries)


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


def _days(submitted: Ints, billed: Ints, failed: NDArray[np.bool_], scanned: Ints) -> tuple[WorkloadDay, ...]:
    number = submitted // DAY_MS
    first, size = int(number[0]), int(number[-1] - number[0]) + 1
    slot = number - first
    counts = np.bincount(slot, minlength=size)
    megabytes = np.bincount(slot, weights=billed, minlength=size)
    failures = np.bincount(slot, weights=failed, minlength=size)
    read = np.bincount(slot, weights=scanned, minlength=size)
    epoch = date(1970, 1, 1)
    return tuple(
        WorkloadDay(
            (epoch + timedelta(first + i)).isoformat(),
            int(counts[i]),
            int(megabytes[i]),
            int(failures[i]),
            int(read[i]),
        )
        for i in range(size)
    )


def _concurrency(started: Ints, ended: Ints) -> int:
    """The most executions open at once; one that ends when another starts does not overlap it."""
    times = np.concatenate([started, np.maximum(ended, started + 1)])
    steps = np.concatenate([np.ones_like(started), -np.ones_like(ended)])
    order = np.lexsort((steps, times))
    return int(np.cumsum(steps[order]).max())


def _repeats(history: pa.Table, submitted: Ints, billed: Ints, ok: NDArray[np.bool_]) -> tuple[Repeat, ...]:
    """What results kept for so long would answer; a result's age counts from the run that made it, not the last use.

    Runs that did not succeed made none, and nothing says that they would have been answered.
    """
    _, text = _codes(history, "text_digest")
    order = np.lexsort((submitted, text))
    order = order[ok[order]]
    paid, since = max(int(billed.sum()), 1), submitted[order] - submitted.min()
    repeats = []
    for minutes in REUSE_MINUTES:
        age = minutes * 60_000
        # One number line for all texts, further apart than any age: the first run after each that needs a new result.
        line = text[order] * (int(since.max()) + age + 1) + since
        following = np.searchsorted(line, line + age, side="right").tolist()
        asked, hit = 0, np.ones(len(line), np.bool_)
        while asked < len(line):
            hit[asked] = False
            asked = following[asked]
        repeats.append(
            Repeat(minutes, round(float(hit.sum() / len(text)), 6), round(float(billed[order][hit].sum() / paid), 6))
        )
    return tuple(repeats)


def _shapes(
    history: pa.Table, billed: Ints, total: Ints, ok: NDArray[np.bool_], broken: NDArray[np.bool_]
) -> tuple[QueryShape, ...]:
    names, which = _codes(history, "shape")
    shapes = []
    for number, name in enumerate(names):
        mine = which == number
        count, megabytes = int(mine.sum()), int(billed[mine].sum())
        good = mine & ok
        p50, p95, p99 = _quantiles(total[good], (50, 95, 99)) if good.any() else (0.0, 0.0, 0.0)
        example, failed = history["text"][int(mine.argmax())].as_py(), int((mine & broken).sum())
        shapes.append(QueryShape(name, example, count, megabytes, round(megabytes / count, 3), p50, p95, p99, failed))
    return tuple(sorted(shapes, key=lambda s: (-s.billed_mb, s.shape)))
