"""Which partitions are in scope: a window of days, up to a read point that later writes to the lake do not move.

A partition is closed when its hour (or its day) has ended and ``load.settle_minutes`` have passed. Only closed
partitions are loaded, counted and proven, on both sides alike; those of a whole month or year when they have begun, and
again whenever they grow. Partitions are in UTC, as the poller writes them.
A table without an order in time, and a partition that is not a day, is always included: it has no end to wait for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from smartroute_runbook.declared import measured
from smartroute_runbook.lake import Values, described
from smartroute_runbook.lake.layout import Layout
from smartroute_runbook.lake.partitions import locations
from smartroute_runbook.lake.values import order
from smartroute_runbook.prove.spec import Bound, between
from smartroute_runbook.translate.as_of import AsOf

from .begun import all_to_come

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = [
    "ReadPoint", "Scope", "as_of", "closed_hours", "covers_of", "current", "keep", "pinned", "read_point",
    "within_window",
]  # fmt: skip

Position = str
BEFORE, INSIDE, AFTER = "before", "inside", "after"


@dataclass(frozen=True)
class ReadPoint:
    """Partitions that had ended by ``until`` (ISO, UTC); None: every partition there is."""

    until: str | None


@dataclass(frozen=True)
class Scope:
    """The partitions of ``load.first_day`` to ``load.last_day`` (both included) that had ended by ``until``."""

    first: str | None = None
    last: str | None = None
    until: str | None = None

    def bounds(self, layout: Layout) -> tuple[Values | None, Values | None]:
        """The first and the last partition, both included, as leading values of the layout's columns."""
        if not layout.columns:
            return None, None
        since = layout.starting(date.fromisoformat(self.first)) if self.first else None
        last = layout.through(date.fromisoformat(self.last)) if self.last else None
        if self.until is None:
            return since, last
        closed = layout.closed_by(datetime.fromisoformat(self.until))
        return since, last if last is not None and order(last) < order(closed[: len(last)]) else closed

    def place(self, layout: Layout, values: Values) -> Position:
        """Where a partition lies: ``before`` the window, ``inside``, or ``after`` its end or the read point."""
        since, to = self.bounds(layout)
        if since is None and to is None:
            return INSIDE
        compared = layout.compared(values)
        if any(value is None for value in compared[: max(len(since or ()), len(to or ()))]):
            return INSIDE
        if since is not None and order(compared[: len(since)]) < order(since):
            return BEFORE
        return AFTER if to is not None and order(compared[: len(to)]) > order(to) else INSIDE

    def holds(self, layout: Layout, values: Values) -> bool:
        """Whether a partition is in scope."""
        return self.place(layout, values) == INSIDE

    def where(self, layout: Layout, *, undated: bool = True) -> exp.Expression | None:
        """The same as a condition, for either engine; None when every partition is in scope.

        Args:
            layout: of the table.
            undated: whether partitions with NULL in a time column are included.
        """
        since, to = self.bounds(layout)
        return between(bound_columns(layout), since, to, undated=undated)

    @property
    def ended(self) -> datetime | None:
        """When the last partition in scope ended, UTC; None when every partition is in scope."""
        ends = []
        if self.last:
            ends.append(datetime.fromisoformat(self.last).replace(tzinfo=UTC) + timedelta(days=1))
        if self.until:
            ends.append(datetime.fromisoformat(self.until).replace(tzinfo=UTC))
        return min(ends, default=None)

    @property
    def words(self) -> str:
        """What was covered, for the reader of the evidence."""
        if not (self.first or self.ended):
            return "all days"
        if not self.ended:
            return f"days from {self.first} on (UTC)"
        hour = self.ended - timedelta(hours=1)
        last = f"{hour:%Y-%m-%d}" + (f", {hour:%H}:59" if hour.hour < 23 else "")
        return f"days {self.first} to {last} (UTC)" if self.first else f"all days up to {last} (UTC)"


def bound_columns(layout: Layout) -> tuple[Bound, ...]:
    """The layout's columns as a proof names them."""
    return tuple(Bound(column.name, column.width) for column in layout.columns)


@measured("load.read_point", ReadPoint)
def read_point(run: Run) -> ReadPoint:
    """The end of the last closed day; with ``load.include_today``, of the last closed hour."""
    now = datetime.now(UTC)
    if all_to_come(run, now.date()):  # nobody is writing to it
        return ReadPoint(None)
    return closed_hours(run, now) if run.settings.load.include_today else ReadPoint(_floor(run, now, hour=0))


def closed_hours(run: Run, now: datetime | None = None) -> ReadPoint:
    """The end of the last closed hour."""
    now = now or datetime.now(UTC)
    return ReadPoint(None) if all_to_come(run, now.date()) else ReadPoint(_floor(run, now))


def _floor(run: Run, now: datetime, **also: Any) -> str:
    settled = now - timedelta(minutes=run.settings.load.settle_minutes)
    return settled.replace(minute=0, second=0, microsecond=0, tzinfo=None, **also).isoformat(timespec="minutes")


def within_window(run: Run, point: ReadPoint) -> Scope:
    """The window of the parameters, up to a read point."""
    first, last = run.settings.load.first_day, run.settings.load.last_day
    return Scope(first.isoformat() if first else None, last.isoformat() if last else None, point.until)


def pinned(run: Run) -> Scope:
    """The window up to this run's read point, taken once: what is signed on Monday is not void on Tuesday."""
    return within_window(run, run.once(read_point))


def current(run: Run) -> Scope:
    """The window up to where this run has loaded: its read point, or that of the last catch-up."""
    read_points = [entry.body["until"] for entry in run.journal.of("read-point")]
    return within_window(run, ReadPoint(read_points[-1])) if read_points else pinned(run)


def covers_of(run: Run, since: int = 0) -> frozenset[str]:
    """What this run has loaded up to at any time, each in the words of its scope.

    Args:
        run: the run.
        since: an entry of the journal: what held then and later; 0 for everything.
    """
    reached = [(0, pinned(run))]
    reached += [(e.n, within_window(run, ReadPoint(e.body["until"]))) for e in run.journal.of("read-point")]
    before = sum(n <= since for n, _ in reached)
    return frozenset(scope.words for _, scope in reached[max(0, before - 1) if since else 0 :])


def as_of(run: Run) -> AsOf:
    """Up to where this run has loaded: what queries are compared over while the lake goes on growing.

    Days before ``load.first_day`` are not left out: a query that needs them answers otherwise on Redshift.
    """
    scope, now = replace(current(run), first=None), datetime.now(UTC).replace(microsecond=0)
    rows = {}
    for table in (described(run, name) for name in run.settings.athena.tables):
        undated = any(None in table.layout.compared(values) for values in locations(run, table))
        where = scope.where(table.layout, undated=undated)
        if where is not None:
            rows[table.name.lower()] = where
    return AsOf(min(now, scope.ended or now), rows, scope.words)


def keep(run: Run, scope: Scope) -> None:
    """Note how far the run has loaded, when it is farther than before."""
    if scope.until is not None and scope.until > (current(run).until or ""):
        run.record("read-point", {"until": scope.until})
