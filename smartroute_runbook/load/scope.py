"""Which partitions are meant: a window of days, up to a read point that a lake being written does not move.

A partition is closed when its hour (or its day, where there are no hours) has ended and ``load.settle_minutes`` have
passed. Only closed partitions are loaded, counted and proven, on both sides alike. Partitions are in UTC, as the
poller writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from smartroute_runbook.declared import measured
from smartroute_runbook.prove.encoding import Field
from smartroute_runbook.prove.spec import between
from smartroute_runbook.translate.as_of import AsOf

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["ReadPoint", "Scope", "as_of", "closed_hours", "current", "keep", "pinned", "read_point", "within_window"]

Values = tuple[int, ...]


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

    def bounds(self, keys: Sequence[str]) -> tuple[Values | None, Values | None]:
        """The first day and the last day or hour, both included, as leading values of the partition columns."""
        since = _day(date.fromisoformat(self.first)) if self.first else None
        last = _day(date.fromisoformat(self.last)) if self.last else None
        if self.until is None:
            return since, last
        moment = datetime.fromisoformat(self.until)
        hourly = len(keys) > 3 and keys[3] == "hour"
        end = moment - timedelta(hours=1 if hourly else 24)
        closed = (*_day(end.date()), end.hour) if hourly else _day(end.date())
        return since, last if last is not None and last < closed[:3] else closed

    def holds(self, keys: Sequence[str], values: Values) -> bool:
        """Whether a partition is meant."""
        since, to = self.bounds(keys)
        return (since is None or values[: len(since)] >= since) and (to is None or values[: len(to)] <= to)

    def where(self, columns: Sequence[tuple[str, str]]) -> exp.Expression | None:
        """The same as a condition, for either engine; None when every partition is meant."""
        since, to = self.bounds([name for name, _ in columns])
        return between(tuple(Field(*column) for column in columns), since, to)

    @property
    def ended(self) -> datetime | None:
        """When the last partition that is meant ended, UTC; None when every partition is meant."""
        _, to = self.bounds(("year", "month", "day", "hour"))
        if to is None:
            return None
        year, month, day, hour = (*to, 23)[:4]
        return datetime(year, month, day, hour, tzinfo=UTC) + timedelta(hours=1)

    @property
    def words(self) -> str:
        """What was covered, for whoever reads the evidence."""
        since, to = self.bounds(("year", "month", "day", "hour"))
        end = f"to {to[0]}-{to[1]:02}-{to[2]:02}" if to else "to the last"
        if to and len(to) > 3 and to[3] < 23:
            end += f", {to[3]:02}:59"
        return f"days {self.first or 'from the first'} {end} (UTC)" if since or to else "all days"


def _day(day: date) -> Values:
    return day.year, day.month, day.day


@measured("load.read_point", ReadPoint)
def read_point(run: Run) -> ReadPoint:
    """The end of the last closed day; with ``load.include_today``, of the last closed hour."""
    from .source import first_day

    now = datetime.now(UTC)
    if first_day(run) > now.date():  # a made-up lake: nobody is writing to it
        return ReadPoint(None)
    return closed_hours(run, now) if run.settings.load.include_today else ReadPoint(_floor(run, now, hour=0))


def closed_hours(run: Run, now: datetime | None = None) -> ReadPoint:
    """The end of the last closed hour."""
    from .source import first_day

    now = now or datetime.now(UTC)
    return ReadPoint(None) if first_day(run) > now.date() else ReadPoint(_floor(run, now))


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
    kept = [entry.body["until"] for entry in run.journal.of("read-point")]
    return within_window(run, ReadPoint(kept[-1])) if kept else pinned(run)


def as_of(run: Run) -> AsOf:
    """Up to where this run has loaded: what queries are compared over while the lake goes on growing.

    Days before ``load.first_day`` are not left out: a query that needs them answers otherwise on Redshift.
    """
    from .source import read_table

    scope, now = replace(current(run), first=None), datetime.now(UTC).replace(microsecond=0)
    tables = {name: scope.where(read_table(run, name).partition_columns) for name in run.settings.athena.tables}
    rows = {name.lower(): rows for name, rows in tables.items() if rows is not None}
    return AsOf(min(now, scope.ended or now), rows, scope.words)


def keep(run: Run, scope: Scope) -> None:
    """Note how far the run has loaded, when it is farther than before."""
    if scope.until is not None and scope.until > (current(run).until or ""):
        run.journal.append("read-point", {"until": scope.until})
