"""Where the time goes, class by class: compiled, warm, cached; waiting and planning told apart from executing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from smartroute_runbook.views import Part, Table

from .outcomes import FAILED

__all__ = ["ClassTimes", "FailureCount", "class_table", "classes_of", "failure_table", "failures_of"]

ClassTimes = tuple[str, str, int, float, float, float | None, float | None, float | None, float | None]
"""Side, class, answers, median and 95th percentile from the scheduled start, and the means of queueing, planning,
compiling and executing as the engine says; milliseconds."""

FailureCount = tuple[str, str, int, int, str]
"""Side, kind, requests, failed tries before, first message."""

_PARTS = ("queue_ms", "planning_ms", "compile_ms", "execution_ms")


def classes_of(table: pa.Table) -> tuple[ClassTimes, ...]:
    """One row a side and class of what was answered and is not void."""
    valid = table.filter(pa.array([not void for void in table["void"].to_pylist()], pa.bool_()))
    rows = []
    for side in ("control", "candidate"):
        answered = [value == "answered" for value in valid[f"{side}_outcome"].to_pylist()]
        mine = valid.filter(pa.array(answered, pa.bool_()))
        marks = zip(*(mine[f"{side}_{name}"].to_pylist() for name in ("cached", "compile_ms")), strict=True)
        named = np.array([_class(cached, compiling) for cached, compiling in marks])
        for kind in ("result cache", "compiled", "warm", "not told"):
            chosen = np.flatnonzero(named == kind) if len(named) else np.empty(0, np.int64)
            if not len(chosen):
                continue
            times = mine[f"{side}_ms"].to_numpy(zero_copy_only=False)[chosen]
            parts = [_mean(mine[f"{side}_{part}"].to_pylist(), chosen) for part in _PARTS]
            p50, p95 = (round(float(v), 3) for v in np.percentile(times, (50, 95)))
            rows.append((side, kind, len(chosen), p50, p95, parts[0], parts[1], parts[2], parts[3]))
    return tuple(rows)


def _class(cached: bool | None, compiling: float | None) -> str:
    if cached is None:
        return "not told"
    if cached:
        return "result cache"
    return "compiled" if compiling else "warm"


def _mean(values: Sequence[float | None], chosen: np.ndarray) -> float | None:
    known = [value for place in chosen.tolist() if (value := values[place]) is not None]
    return round(float(np.mean(known)), 3) if known else None


def class_table(classes: Sequence[ClassTimes], names: dict[str, str]) -> Table:
    """Milliseconds."""
    rows = tuple(
        (names[side], kind, count, f"{p50:.1f}", f"{p95:.1f}", *("-" if p is None else f"{p:.1f}" for p in parts))
        for side, kind, count, p50, p95, *parts in classes
    )
    columns = ("engine", "class", "answers", "p50 ms", "p95 ms", "queue", "planning", "compilation", "execution")
    note = (
        "p50 and p95 from the scheduled start; the rest as the engines say it (means; Athena's statistics, "
        "SYS_QUERY_HISTORY). Result cache: Redshift's, and Athena's result reuse."
    )
    return Table(columns, rows, "Where the time goes", note)


def failures_of(table: pa.Table) -> tuple[FailureCount, ...]:
    """Requests that failed, by side and kind, and answers that came after failed tries."""
    failures: list[FailureCount] = []
    for side in ("control", "candidate"):
        columns = [table[f"{side}_{name}"].to_pylist() for name in ("outcome", "tries", "error")]
        counts: Counter[str] = Counter(columns[0])
        for kind in FAILED:
            if counts[kind]:
                mine = [(tries, error) for outcome, tries, error in zip(*columns, strict=True) if outcome == kind]
                first = next((error for _, error in mine if error), "")
                failures.append((side, kind, counts[kind], sum(tries or 0 for tries, _ in mine), first))
        again = [tries for outcome, tries, _ in zip(*columns, strict=True) if outcome == "answered" and tries]
        if again:
            failures.append((side, "answered after retries", len(again), sum(again), ""))
    return tuple(failures)


def failure_table(failures: Sequence[FailureCount], names: dict[str, str]) -> tuple[Part, ...]:
    """Nothing where nothing failed."""
    if not failures:
        return ()
    rows = tuple((names[side], kind, count, tries, first) for side, kind, count, tries, first in failures)
    return (Table(("engine", "kind", "requests", "failed tries", "first message"), rows, "Failures and retries"),)
