"""Keep fresh: load what arrived or was corrected since, and publish how far Redshift is behind the lake."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from smartroute_runbook.canonical import VOLATILE
from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import RunbookError, ServiceError, StaleProposal, VerificationFailed
from smartroute_runbook.metrics import (
    AGE,
    BACKLOG,
    FAILED_LOADS,
    LAG,
    NAMESPACE,
    SCHEDULED,
    cluster_dimensions,
    dimensions,
)
from smartroute_runbook.prove.left_out import LeftOut
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Note, Table, Tone, View

from .copy import refresh_views
from .days import CatchUp
from .reconciliation import reconciled
from .scope import current
from .state import State, read_states

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Freshness", "Synced", "backlog", "freshness", "sync"]

_ATTEMPTS = 3


@dataclass(frozen=True)
class Freshness:
    """One table.

    Attributes:
        loaded_until: the end of the last partition before which nothing is missing (ISO, UTC); '' for none.
        lag_seconds: how far that is behind the lake's last closed partition.
        age_seconds: how far it is behind now: how old the newest rows are that a dashboard sees.
        backlog: closed partitions that are not loaded as they are; ``backlog_rows`` as Athena counts them.
    """

    table: str
    loaded_until: str
    lag_seconds: float
    age_seconds: float
    backlog: int
    backlog_rows: int


@dataclass(frozen=True)
class Synced:
    """What a catch-up did, and how fresh every table is after it; ``at`` is when that was read (ISO, UTC)."""

    status: str
    covered: str
    partitions: int
    rows: int
    tables: tuple[Freshness, ...]
    left_out: tuple[LeftOut, ...] = ()
    at: str = field(default="", metadata=VOLATILE)

    def as_json(self) -> dict[str, Any]:
        """For automation."""
        tables = [dict(vars(table)) for table in self.tables]
        left = [dict(vars(one)) for one in self.left_out]
        same = {k: v for k, v in vars(self).items() if k not in ("tables", "left_out", "at")}
        return same | {"freshness": tables, "left_out": left}

    def view(self) -> View:
        """One row a table."""
        names = ("table", "loaded until (UTC)", "behind the lake", "behind now", "backlog partitions", "rows")
        rows = tuple(
            (t.table, t.loaded_until.replace("T", " "), _span(t.lag_seconds), _span(t.age_seconds), t.backlog,
             t.backlog_rows)
            for t in self.tables
        )  # fmt: skip
        tones: tuple[Tone, ...] = tuple("warn" if table.backlog else "good" for table in self.tables)
        loaded = f"Loaded: {plural(self.partitions, 'partition')} with {plural(self.rows, 'row')}. "
        summary = f"{loaded if self.partitions else ''}Covered: {self.covered}."
        title = "Nothing new" if self.status == "unchanged" else "Caught up"
        left = [Note(f"**Left out**: {one.words}.", "bad" if one.alarming else "plain") for one in self.left_out]
        tone: Tone = "warn" if any(one.alarming for one in self.left_out) else "good"
        return View(title, (Note(summary), Table(names, rows, tones=tones), *left), tone)


def _span(seconds: float) -> timedelta:
    return timedelta(seconds=round(seconds))


def freshness(states: tuple[State, ...], now: datetime | None = None) -> tuple[Freshness, ...]:
    """How fresh each table is, from states that were read."""
    now = now or datetime.now(UTC)
    tables = []
    for state in states:
        stale = [part for part in state.lake if state.why_stale(part)]
        until = min(state.loaded_until, now) if state.loaded_until else None
        ends = [min(part.end, now) for part in state.lake if part.end]  # a month that goes on is loaded as far as it is
        newest = max(ends, default=None)
        since = until or min(ends, default=now)
        lag = (newest - since).total_seconds() if newest and stale else 0.0
        age = (now - since).total_seconds()
        rows = sum(part.rows for part in stale)
        loaded_until = until.strftime("%Y-%m-%dT%H:%M") if until else ""
        tables.append(Freshness(state.table.name, loaded_until, lag, age, len(stale), rows))
    return tuple(tables)


def backlog(run: Run) -> int:
    """Partitions that Redshift lacks, or holds in an older state, up to where this run has loaded."""
    return sum(table.backlog for table in freshness(read_states(run, current(run))))


def sync(run: Run, *, scheduled: bool = False) -> Synced:
    """Catch up to the last closed hour, and publish how fresh each table is; nothing is written when nothing is new.

    Args:
        run: the run.
        scheduled: a schedule started it: that it was seen to run arms the alarm on freshness.

    Raises:
        ServiceError: days that could not be loaded, each named; the others are loaded.
        VerificationFailed: the sides differ afterwards.
    """
    step = CatchUp()
    run.require(step)
    scope = step.scope(run)
    try:
        facts = _load(run, step)
    except RunbookError as error:
        with contextlib.suppress(RunbookError):  # the first error is the one to report
            if isinstance(error, ServiceError | VerificationFailed):  # not one that was refused, as while another loads
                _publish_outcome(run, failed=True)  # first: what is behind cannot be read where Redshift is away
            publish(run, freshness(read_states(run, scope)))
        raise
    now = datetime.now(UTC)
    fresh = freshness(step.states, now)
    _publish_outcome(run, failed=False, scheduled=scheduled)
    publish(run, fresh)
    status = "applied" if facts else "unchanged"
    left = tuple(one for state in step.states for one in state.left_out)
    partitions, rows = (int(facts.get(name, 0)) for name in ("partitions", "rows"))
    return Synced(status, scope.words, partitions, rows, fresh, left, now.isoformat())


def _load(run: Run, step: CatchUp) -> dict[str, Any]:
    """What was loaded; empty when nothing was new. A lake that changed meanwhile is read again: nothing was shown."""
    for attempt in range(_ATTEMPTS):
        if step.propose(run).empty:
            reconciled(step.states, step.scope(run)).require()
            refresh_views(run)  # one that failed after the last load is not left behind
            return {}
        try:
            return dict(run.do(step).outcome.facts)
        except StaleProposal:
            if attempt == _ATTEMPTS - 1:
                raise
    return {}


def publish(run: Run, tables: tuple[Freshness, ...]) -> None:
    """PutMetricData: lag, age and backlog by cluster and table, in our own namespace."""
    data = []
    for table in tables:
        where = dimensions(run.settings.redshift.cluster, table.table)
        metrics = (
            (LAG, table.lag_seconds, "Seconds"),
            (AGE, table.age_seconds, "Seconds"),
            (BACKLOG, table.backlog, "Count"),
        )
        data += [{"MetricName": n, "Dimensions": where, "Value": float(v), "Unit": u} for n, v, u in metrics]
    _put(run, data)


def _publish_outcome(run: Run, *, failed: bool, scheduled: bool = False) -> None:
    """Whether the loads of this ``sync`` failed, and that a schedule started it, by cluster."""
    metrics = {FAILED_LOADS: float(failed)} | ({SCHEDULED: 1.0} if scheduled else {})
    where = cluster_dimensions(run.settings.redshift.cluster)
    _put(run, [{"MetricName": n, "Dimensions": where, "Value": v, "Unit": "Count"} for n, v in metrics.items()])


def _put(run: Run, data: list[dict[str, Any]]) -> None:
    with explained("Publishing the freshness"):
        run.clients.boto("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)
