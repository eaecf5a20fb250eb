"""What a month's page says of use: tables and views that nobody reads, and the slowest queries.

Redshift's system views keep seven days (database developer guide, "SYS_QUERY_HISTORY"), so this is of the last seven,
on whatever day the page is made. Reads by the runbook's own user do not count, unless they name the dashboard's query
group: ``sync`` and the proof read every table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartroute_runbook.engines import Engine
from smartroute_runbook.engines.quoting import literal
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.queues import DASHBOARD
from smartroute_runbook.views import Note, Part, Table

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["SlowQuery", "Usage", "usage_of"]

DAYS = 7
_SLOWEST = 5
_SHOWN = 100  # characters of a query's text


@dataclass(frozen=True)
class SlowQuery:
    """A text that was asked: how often, and its times in milliseconds."""

    text: str
    times: int
    mean_ms: float
    slowest_ms: float
    waited_ms: float


@dataclass(frozen=True)
class Usage:
    """Of the last days.

    Attributes:
        queries: that users asked.
        reads: of each table and view, how many of them name it.
        slow: texts that took longer than ``limit_ms`` at least once, those that took most time together first.
        limit_ms: ``dashboard.slow_seconds``.
    """

    queries: int
    reads: dict[str, int]
    slow: tuple[SlowQuery, ...]
    limit_ms: float

    @property
    def unused(self) -> tuple[str, ...]:
        """Tables and views that no query names; none where nothing was asked: that says nothing of them."""
        return tuple(name for name, times in self.reads.items() if not times) if self.queries else ()

    def parts(self) -> tuple[Part, ...]:
        """For the month's page."""
        if not self.queries:
            return (Note(f"No user asked Redshift in the last {DAYS} days: nothing can be said of use.", "warn"),)
        title = f"Read by {plural(self.queries, 'query')} of the last {DAYS} days"
        parts: list[Part] = [Table(("table or view", "queries that name it"), tuple(self.reads.items()), title)]
        if self.unused:
            words = f"Nobody reads {', '.join(self.unused)}. Ask before anything is dropped: a month's report may."
            parts.append(Note(words, "warn"))
        if self.slow:
            head = ("query", "times", "mean, ms", "slowest, ms", "waited, ms")
            rows = tuple(
                (one.text, one.times, round(one.mean_ms), round(one.slowest_ms), round(one.waited_ms))
                for one in self.slow
            )
            parts.append(Table(head, rows, f"Slower than {self.limit_ms:,.0f} ms, most time first"))
        else:
            parts.append(Note(f"No query took longer than {self.limit_ms:,.0f} ms.", "good"))
        return tuple(parts)


def usage_of(run: Run) -> Usage:
    """Read Redshift's own history.

    Raises:
        ServiceError: Redshift does not answer, as when it is paused.
    """
    limit = run.settings.dashboard.slow_seconds * 1000
    with run.redshift() as redshift:
        names = _relations(redshift, run.settings.redshift.schema_name)
        asked = int(redshift.query(f"SELECT COUNT(*) FROM {_ASKED}").scalar() or 0)  # noqa: S608
        return Usage(asked, _reads(redshift, names), _slow(redshift, limit), limit)


_ASKED = (
    "(SELECT query_text, elapsed_time, queue_time FROM sys_query_history"  # noqa: S608
    " WHERE query_type = 'SELECT' AND status = 'success'"
    f" AND (user_id <> current_user_id OR query_label = {literal(DASHBOARD)})"
    f" AND start_time >= DATEADD(day, -{DAYS}, GETDATE())) AS asked"
)


def _relations(redshift: Engine, schema: str) -> list[str]:
    name = literal(schema)
    of = (
        f"SELECT tablename FROM pg_tables WHERE schemaname = {name}"  # noqa: S608
        " AND tablename NOT LIKE 'mv_tbl__%' UNION ALL"  # tables inside materialized views
        f" SELECT viewname FROM pg_views WHERE schemaname = {name} ORDER BY 1"
    )
    return [str(row[0]) for row in redshift.query(of).rows]


def _reads(redshift: Engine, names: list[str]) -> dict[str, int]:
    """How many queries name each: their texts are asked, as a scan of a view names the view's tables."""
    if not names:
        return {}
    each = ", ".join(
        f"SUM(CASE WHEN POSITION({literal(name.lower())} IN LOWER(query_text)) > 0 THEN 1 ELSE 0 END)" for name in names
    )
    (row,) = redshift.query(f"SELECT {each} FROM {_ASKED}").rows  # noqa: S608  (quoted by engines.quoting)
    return {name: int(times or 0) for name, times in zip(names, row, strict=True)}


def _slow(redshift: Engine, limit_ms: float) -> tuple[SlowQuery, ...]:
    rows = redshift.query(
        "SELECT query_text, COUNT(*), AVG(elapsed_time), MAX(elapsed_time), AVG(queue_time)"  # noqa: S608
        f" FROM {_ASKED} GROUP BY query_text HAVING MAX(elapsed_time) > {int(limit_ms * 1000)}"
        f" ORDER BY SUM(elapsed_time) DESC LIMIT {_SLOWEST}"
    ).rows
    return tuple(
        SlowQuery(
            " ".join(str(text).split())[:_SHOWN],
            int(times),
            float(mean) / 1000,
            float(most) / 1000,
            float(waited) / 1000,
        )
        for text, times, mean, most, waited in rows
    )
