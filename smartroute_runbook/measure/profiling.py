"""Where a query's time goes on Redshift, without EXPLAIN ANALYZE, which does not exist there.

``EXPLAIN`` gives the plan without running it; two runs with the result cache off give the times, the first with
compilation; SYS_QUERY_HISTORY splits them (microseconds). Sources: Redshift developer guide, "EXPLAIN",
"SYS_QUERY_HISTORY", "Evaluating the query plan" (DS_ steps), "SVV_TABLE_INFO".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smartroute_runbook.engines import Engine
from smartroute_runbook.engines.quoting import literal
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.views import Code, Folded, Note, Part, Table, View

from .cache import label_session, quoted, set_result_cache

__all__ = ["Profile", "QueryProfile", "Timing", "profile"]

TARGET_MS = 1_000.0
"""The plan's: under one second for a dashboard query."""

LARGE_ROWS = 1_000_000
"""From so many estimated rows on, reading all of a table is worth a remark."""

_PLAN_ADVICE = (
    (r"DS_BCAST_INNER", "a join sends its whole inner table to every node: distribute both by the join's key, or ALL"),
    (r"DS_DIST_(BOTH|ALL_INNER)", "a join redistributes both tables: no distribution key fits it"),
    (r"DS_DIST_(INNER|OUTER)", "a join redistributes one table: its distribution key is not the join's"),
    (r"Nested Loop", "a nested loop: a join without an equality"),
    (r"Tables missing statistics: *([\w, .]+)", "statistics are missing: ANALYZE"),
)
_TABLE_LIMITS = (
    ("unsorted", 20.0, "{value:.0f} % of {table} is unsorted: VACUUM SORT ONLY"),
    ("stats_off", 10.0, "statistics of {table} are {value:.0f} % off: ANALYZE"),
    ("skew_rows", 4.0, "the fullest slice of {table} has {value:.1f} times the rows of the emptiest: another DISTKEY"),
)
_COLUMNS = ("elapsed_time", "queue_time", "planning_time", "compile_time", "execution_time")


@dataclass(frozen=True)
class Timing:
    """One run, milliseconds; ``source`` is where they were read: ``SYS_QUERY_HISTORY`` or ``client`` (elapsed only)."""

    elapsed: float
    queue: float | None = None
    planning: float | None = None
    compilation: float | None = None
    execution: float | None = None
    source: str = "client"


@dataclass(frozen=True)
class QueryProfile:
    """One query: its plan, its first and second run, and what to do about it."""

    name: str
    plan: tuple[str, ...]
    first: Timing
    second: Timing
    advice: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """All queries, and the state of the tables they read."""

    queries: tuple[QueryProfile, ...]
    tables: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def view(self) -> View:
        """Times, advice, plans."""
        rows = []
        for query in self.queries:
            for run, timing in (("first", query.first), ("second", query.second)):
                split = (timing.queue, timing.planning, timing.compilation, timing.execution)
                rows.append((query.name, run, _ms(timing.elapsed), *map(_ms, split), timing.source))
        columns = ("query", "run", "elapsed ms", "queue", "planning", "compilation", "execution", "source")
        advice = [(query.name, line) for query in self.queries for line in query.advice]
        advice += [("tables", line) for line in self.tables]
        parts: list[Part] = [Table(columns, tuple(rows), note="Result cache off; the first run may compile.")]
        if advice:
            parts.append(Table(("where", "what to do"), tuple(advice), title="Advice"))
        parts += [Note(note, "warn") for note in self.notes]
        plans = tuple(part for q in self.queries for part in (Note(f"**{q.name}**"), Code("\n".join(q.plan))))
        parts.append(Folded(f"EXPLAIN of {len(self.queries)} queries", plans))
        slow = sum(query.second.elapsed > TARGET_MS for query in self.queries)
        title = f"{len(self.queries)} queries profiled, {slow} above the plan's {TARGET_MS / 1000:g} s"
        return View(title, tuple(parts), "warn" if slow else "plain")


def profile(candidate: Engine, queries: Mapping[str, str], *, label: str = "smartroute-profile") -> Profile:
    """Profile queries on Redshift; runs each twice.

    Args:
        candidate: Redshift.
        queries: name and Redshift SQL.
        label: their label in the query history.

    Raises:
        ServiceError: a query does not run.
    """
    notes = []
    if not set_result_cache(candidate, on=False):
        notes.append("The result cache could not be switched off: the second run may be its answer.")
    found = tuple(_profiled(candidate, name, sql, f"{label}-{name}") for name, sql in queries.items())
    tables = _tables(candidate, notes)
    return Profile(found, tables, tuple(notes))


def _profiled(engine: Engine, name: str, sql: str, label: str) -> QueryProfile:
    plan = tuple(str(row[0]) for row in engine.query(f"EXPLAIN {sql}").rows)
    begun = _clock(engine)
    labelled = label_session(engine, label)
    measured = [engine.query(sql).milliseconds for _ in range(2)]
    label_session(engine, "default")  # what asks the history must not be found in it
    timings = _history(engine, label, begun) if labelled and begun is not None else []
    if len(timings) != len(measured):
        timings = [Timing(milliseconds) for milliseconds in measured]
    return QueryProfile(name, plan, timings[0], timings[1], _advice(plan, timings[0], timings[1]))


def _clock(engine: Engine) -> Any:
    """The engine's own time: runs of an earlier profile have the same label."""
    try:
        return engine.query("SELECT GETDATE()").scalar()
    except ServiceError:
        return None


def _history(engine: Engine, label: str, begun: Any) -> list[Timing]:
    since = literal(str(begun))
    try:
        rows = engine.query(
            f"SELECT {', '.join(_COLUMNS)} FROM sys_query_history WHERE query_label = {quoted(label)} "  # noqa: S608  (constant columns, quoted texts)
            f"AND query_type = 'SELECT' AND start_time >= CAST({since} AS TIMESTAMP) ORDER BY start_time"
        ).rows
    except ServiceError:
        return []
    return [_timing(row) for row in rows]


def _timing(row: Sequence[Any]) -> Timing:
    elapsed, queue, planning, compilation, execution = (float(value or 0) / 1000 for value in row)
    return Timing(elapsed, queue, planning, compilation, execution, "SYS_QUERY_HISTORY")


def _advice(plan: tuple[str, ...], first: Timing, second: Timing) -> tuple[str, ...]:
    text = "\n".join(plan)
    lines = [advice for pattern, advice in _PLAN_ADVICE if re.search(pattern, text)]
    scans = re.findall(r"Seq Scan on (\w+).*?rows=(\d+)", text)
    large = sorted({table for table, rows in scans if int(rows) >= LARGE_ROWS})
    if large and "Filter:" not in text:
        lines.append(f"reads all of {', '.join(large)}: a filter on the sort key would skip blocks")
    if second.elapsed > TARGET_MS:
        lines.append(f"takes {second.elapsed:.0f} ms, the plan wants {TARGET_MS:.0f}: a materialized view?")
    if second.queue is not None and second.queue > 0.1 * second.elapsed:
        lines.append(f"waits {second.queue:.0f} ms in its queue: see WLM and concurrency scaling")
    if first.compilation is not None and first.compilation > 0.5 * first.elapsed:
        lines.append("the first run mostly compiles: warm dashboards up after a resize or a patch")
    return tuple(lines)


def _tables(engine: Engine, notes: list[str]) -> tuple[str, ...]:
    try:
        rows = engine.query('SELECT "table", unsorted, stats_off, skew_rows FROM svv_table_info').rows
    except ServiceError:
        notes.append("SVV_TABLE_INFO does not answer: sortedness, statistics and skew are not known.")
        return ()
    lines = []
    for table, *values in rows:
        for (_, limit, words), value in zip(_TABLE_LIMITS, values, strict=True):
            if value is not None and float(value) > limit:
                lines.append(words.format(table=table, value=float(value)))
    return tuple(lines)


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
