"""Where a query's time goes on Redshift, without EXPLAIN ANALYZE, which does not exist there.

``EXPLAIN`` gives the plan without running it; runs with the result cache off give the times, the first with
compilation; SYS_QUERY_HISTORY splits them (microseconds), SYS_QUERY_DETAIL says step by step what was read, spilled and
warned of. Sources: Redshift developer guide, "EXPLAIN", "SYS_QUERY_HISTORY", "SYS_QUERY_DETAIL".
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.declared import measured
from smartroute_runbook.engines import Engine
from smartroute_runbook.engines.quoting import literal
from smartroute_runbook.engines.result_cache import label_session, quoted, set_result_cache
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Code, Folded, Note, Part, Table, View

from .advice import APPLIED, LARGE_ROWS, Advice, TableState, advice_on, table_states

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

    from .dashboard_queries import DashboardQueries

__all__ = ["WARM_RUNS", "Profile", "QueryProfile", "Timing", "profile", "profile_queries"]

TARGET_MS = 1_000.0
"""The plan's: under one second for a dashboard query."""

WARM_RUNS = 6
"""Runs after the first. Were two profiles equal, all of one would be below all of the other by chance once in 462."""

_SPILLED = "spilled_block_local_disk + spilled_block_remote_disk"
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
    """One query: its plan, its first run and the ``WARM_RUNS`` after it, and what SYS_QUERY_DETAIL noted of the runs.

    Attributes:
        alerts: distinct alerts of its steps.
        spilled: blocks of 1 MB that did not fit into memory, of all runs.
    """

    name: str
    plan: tuple[str, ...]
    first: Timing
    warm: tuple[Timing, ...]
    alerts: tuple[str, ...] = ()
    spilled: int = 0

    @property
    def typical(self) -> Timing:
        """The warm run in the middle, by elapsed time."""
        ordered = sorted(self.warm, key=lambda one: one.elapsed)
        return ordered[(len(ordered) - 1) // 2]

    @property
    def elapsed(self) -> tuple[float, float, float]:
        """Of the warm runs: the fastest, the median, the slowest; milliseconds."""
        times = [one.elapsed for one in self.warm]
        return min(times), statistics.median(times), max(times)


@dataclass(frozen=True)
class Profile:
    """All queries, the tables that they read, and what all of it advises."""

    evidence_name: ClassVar[str] = "profile"
    evidence_version: ClassVar[int] = 1

    queries: tuple[QueryProfile, ...]
    tables: tuple[TableState, ...]
    advice: tuple[Advice, ...] = ()
    notes: tuple[str, ...] = ()
    rehearsal: bool = False

    def view(self) -> View:
        """Times, advice, plans."""
        rows, sources = [], dict[str, list[str]]()
        for query in self.queries:
            for run, timing in (("first", query.first), ("typical", query.typical)):
                split = (timing.queue, timing.planning, timing.compilation, timing.execution)
                rows.append((query.name, run, _ms(timing.elapsed), *map(_ms, split)))
                sources.setdefault(timing.source, []).append(query.name)
        columns = ("query", "run", "elapsed ms", "queue", "planning", "compilation", "execution")
        # Not a column: it would be cut off on the page, and mostly there is one source.
        by = [s if len(sources) == 1 else f"{s} ({', '.join(dict.fromkeys(names))})" for s, names in sources.items()]
        note = (
            f"By {'; '.join(by)}. Result cache off; the first run may compile. Typical: the middle of {WARM_RUNS} more."
        )
        parts: list[Part] = [Table(columns, tuple(rows), note=note)]
        if self.advice:
            advice = tuple((one.where, one.kind, one.why) for one in self.advice)
            parts.append(Table(("where", "kind", "what was seen, and what to do"), advice, title="Advice"))
        parts += [Note(note, "warn") for note in self.notes]
        plans = tuple(part for q in self.queries for part in (Note(f"**{q.name}**"), Code("\n".join(q.plan))))
        parts.append(Folded(f"EXPLAIN of {plural(len(self.queries), 'query')}", plans))
        slow = sum(query.elapsed[1] > TARGET_MS for query in self.queries)
        stand_in = " (stand-in: these times say nothing about AWS)" if self.rehearsal else ""
        title = (
            f"{plural(len(self.queries), 'query')} profiled{stand_in}, {slow} above the plan's {TARGET_MS / 1000:g} s"
        )
        changes = sum(one.kind in APPLIED for one in self.advice)
        return View(f"{title}; {plural(changes, 'change')} advised", tuple(parts), "warn" if slow else "plain")


@measured("measure.profile_queries", Profile)
def profile_queries(run: Run, queries: DashboardQueries) -> Profile:
    """The dashboard's queries as they are before anything is tuned. Changes nothing."""
    with run.redshift() as redshift:
        return profile(redshift, queries.redshift, run.settings.redshift.schema_name, rehearsal=run.rehearsal)


def profile(
    candidate: Engine,
    queries: Mapping[str, str],
    schema: str,
    *,
    label: str = "smartroute-profile",
    large: int = LARGE_ROWS,
    rehearsal: bool = False,
) -> Profile:
    """Profile queries on Redshift; runs each ``1 + WARM_RUNS`` times.

    Args:
        candidate: Redshift.
        queries: name and Redshift SQL.
        schema: of their tables.
        label: their label in the query history.
        large: rows from which on a table's keys are worth a rewrite.
        rehearsal: whether it is a stand-in.

    Raises:
        ServiceError: a query does not run.
    """
    notes = []
    if not set_result_cache(candidate, on=False):
        notes.append("The result cache could not be switched off: warm runs may be its answers.")
    found = tuple(_profiled(candidate, name, sql, f"{label}-{name}", notes) for name, sql in queries.items())
    try:
        tables = table_states(candidate, schema)
    except ServiceError:
        notes.append("SVV_TABLE_INFO does not answer: sortedness, statistics and skew are not known.")
        tables = ()
    plans = {query.name: query.plan for query in found}
    advice = (*advice_on(plans, queries, tables, large), *(one for query in found for one in _by_times(query)))
    return Profile(found, tables, advice, tuple(dict.fromkeys(notes)), rehearsal)


def _profiled(engine: Engine, name: str, sql: str, label: str, notes: list[str]) -> QueryProfile:
    plan = tuple(str(row[0]) for row in engine.query(f"EXPLAIN {sql}").rows)
    begun = _clock(engine)
    labelled = label_session(engine, label)
    elapsed = [engine.query(sql).milliseconds for _ in range(1 + WARM_RUNS)]
    label_session(engine, "default")  # what asks the history must not be found in it
    if not labelled or begun is None:
        first, *warm = [Timing(milliseconds) for milliseconds in elapsed]
        return QueryProfile(name, plan, first, tuple(warm))
    timings = _history(engine, label, begun)
    if len(timings) != len(elapsed):
        timings = [Timing(milliseconds) for milliseconds in elapsed]
    return QueryProfile(name, plan, timings[0], tuple(timings[1:]), *_detail(engine, label, begun, notes))


def _clock(engine: Engine) -> Any:
    """The engine's own time: runs of an earlier profile have the same label."""
    try:
        return engine.query("SELECT GETDATE()").scalar()
    except ServiceError:
        return None


def _since(label: str, begun: Any) -> str:
    """Which entries of the history are these runs'."""
    return (
        f"query_label = {quoted(label)} AND query_type = 'SELECT' "
        f"AND start_time >= CAST({literal(str(begun))} AS TIMESTAMP)"
    )


def _history(engine: Engine, label: str, begun: Any) -> list[Timing]:
    try:
        rows = engine.query(
            f"SELECT {', '.join(_COLUMNS)} FROM sys_query_history WHERE {_since(label, begun)} ORDER BY start_time"  # noqa: S608  (constant columns, quoted texts)
        ).rows
    except ServiceError:
        return []
    return [_timing(row) for row in rows]


def _timing(row: Sequence[Any]) -> Timing:
    elapsed, queue, planning, compilation, execution = (float(value or 0) / 1000 for value in row)
    return Timing(elapsed, queue, planning, compilation, execution, "SYS_QUERY_HISTORY")


def _detail(engine: Engine, label: str, begun: Any, notes: list[str]) -> tuple[tuple[str, ...], int]:
    """Distinct alerts of the runs' steps, and the blocks that they spilled."""
    try:
        rows = engine.query(
            f"SELECT TRIM(alert), SUM({_SPILLED}) FROM sys_query_detail WHERE LOWER(TRIM(metrics_level)) = 'step' "  # noqa: S608  (constant columns, quoted texts)
            f"AND query_id IN (SELECT query_id FROM sys_query_history WHERE {_since(label, begun)}) "
            "GROUP BY 1 ORDER BY 1"
        ).rows
    except ServiceError:
        notes.append("SYS_QUERY_DETAIL does not answer: alerts and spills of single steps are not known.")
        return (), 0
    return tuple(str(alert) for alert, _ in rows if alert), int(sum(spilled or 0 for _, spilled in rows))


def _by_times(query: QueryProfile) -> Iterator[Advice]:
    """What a query's own runs say; ``query`` findings are for people."""
    typical = query.typical
    for alert in query.alerts:
        yield Advice("query", query.name, f"Redshift warns: {alert}")
    if query.spilled:
        yield Advice("query", query.name, f"{query.spilled:,} MB did not fit into memory: read fewer columns or groups")
    if "Nested Loop" in "\n".join(query.plan):
        yield Advice("query", query.name, "a nested loop: a join without an equality")
    if query.elapsed[1] > TARGET_MS:
        why = f"takes {query.elapsed[1]:.0f} ms, the plan wants {TARGET_MS:.0f}: see the views (week3.materialize)"
        yield Advice("view", query.name, why)
    if typical.queue is not None and typical.queue > 0.1 * typical.elapsed:
        why = f"waits {typical.queue:.0f} ms in its queue: see 'smartroute-runbook tune queues' (week4.queues)"
        yield Advice("queue", query.name, why)
    first = query.first
    if first.compilation is not None and first.compilation > 0.5 * first.elapsed:
        why = "the first run mostly compiles: warm dashboards up after a resize or a patch"
        yield Advice("compile", query.name, why)


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"
