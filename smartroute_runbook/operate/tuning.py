"""What the traffic says after the cut-over: queues, caching, sort keys; and who uses which engine from now on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from smartroute_runbook.engines.quoting import literal
from smartroute_runbook.views import STAND_IN_TIMES, Note, Part, Table, View

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Tuning", "tuning"]

QUEUE_SHARE = 0.2
"""Above this share of time spent waiting in a queue, look at WLM before adding nodes."""
REPEAT_SHARE = 0.5
"""Above this share of repeated texts, a cache in front (CloudFront and Lambda) saves more than any tuning."""


@dataclass(frozen=True)
class Tuning:
    """Measured on Redshift itself: SYS_QUERY_HISTORY for statements and queues, SVV_TABLE_INFO for tables."""

    statements: int
    p95_ms: float
    queue_share: float
    cached_share: float
    repeat_share: float
    tables: tuple[tuple[str, int, float, float], ...]
    athena_answers: bool
    queues: tuple[tuple[str, str, int, float], ...] = ()
    rehearsal: bool = False

    def advice(self) -> tuple[str, ...]:
        """What to do, in order of worth; empty when there is nothing."""
        lines = []
        if self.queue_share > QUEUE_SHARE:
            first = "`smartroute-runbook tune queues`: a queue that the dashboard enters, with concurrency scaling"
            lines.append(f"{self.queue_share:.0%} of the time is waiting. First {first}; then `tune resize`.")
        if self.repeat_share > REPEAT_SHARE and self.cached_share < self.repeat_share / 2:
            shares = (
                f"{self.repeat_share:.0%} of the queries repeat an earlier text, {self.cached_share:.0%} were cached"
            )
            lines.append(f"{shares}: new rows empty Redshift's result cache. A cache in front of the API helps.")
        skewed = [(name, skew) for name, _, skew, _ in self.tables if skew > 4]
        lines += [f"{name}: skew {skew:.2f}; choose another distribution." for name, skew in skewed]
        late = [(name, unsorted) for name, _, _, unsorted in self.tables if unsorted > 20]
        lines += [f"{name}: {unsorted:.0f}% unsorted; let automatic vacuum catch up." for name, unsorted in late]
        return tuple(lines)

    def view(self) -> View:
        """Numbers, advice, and who uses what."""
        numbers = (
            ("statements seen", self.statements),
            ("p95, ms", round(self.p95_ms, 1)),
            ("share of time queued", f"{self.queue_share:.1%}"),
            ("served by the result cache", f"{self.cached_share:.1%}"),
            ("repeats of an earlier text", f"{self.repeat_share:.1%}"),
        )
        usage = (
            ("Redshift", "dashboard, real-time API, frequent queries"),
            (
                "Athena",
                "ad hoc analysis, exploration, the way back" + ("" if self.athena_answers else " (DOES NOT ANSWER)"),
            ),
            ("S3", "raw data, archive, the record of everything loaded"),
        )
        advice = tuple(Note(text, "warn") for text in self.advice()) or (Note("Nothing to tune yet.", "good"),)
        parts: tuple[Part, ...] = (
            *((Note(f"**{STAND_IN_TIMES}**", "warn"),) if self.rehearsal else ()),
            Table(("measured", "value"), numbers),
            Table(("queue", "priority", "statements", "mean wait, ms"), self.queues, "Queues that statements entered"),
            Table(("table", "rows", "skew", "unsorted %"), self.tables, name="Tables: rows, skew, order"),
            *advice,
            Table(("engine", "for"), usage, "Who uses what from now on"),
        )
        return View("After the cut-over", parts)


def tuning(run: Run) -> Tuning:
    """Read what Redshift noted of its own work, and ask Athena whether it still answers. Changes nothing."""
    with run.redshift() as redshift:
        history = redshift.query(
            "SELECT COUNT(*), COALESCE(SUM(elapsed_time), 0), COALESCE(SUM(queue_time), 0),"
            " COALESCE(SUM(CASE WHEN result_cache_hit THEN 1 ELSE 0 END), 0), COUNT(DISTINCT query_text)"
            " FROM sys_query_history WHERE query_type = 'SELECT'"
        ).rows[0]
        p95 = redshift.query(
            "SELECT PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY elapsed_time) FROM sys_query_history"
            " WHERE query_type = 'SELECT'"
        ).scalar()
        queues = redshift.query(
            "SELECT service_class_name, query_priority, COUNT(*), AVG(queue_time) FROM sys_query_history"
            " WHERE query_type = 'SELECT' GROUP BY service_class_name, query_priority ORDER BY 1"
        ).rows
        schema = literal(run.settings.redshift.schema_name)
        tables = redshift.query(
            f'SELECT "table", tbl_rows, skew_rows, unsorted FROM svv_table_info WHERE "schema" = {schema} ORDER BY 1'  # noqa: S608  (quoted by engines.quoting)
        ).rows
    count, elapsed, queued, cached, texts = (int(value) for value in history)
    return Tuning(
        count,
        float(p95 or 0) / 1000,
        queued / elapsed if elapsed else 0.0,
        cached / count if count else 0.0,
        1 - texts / count if count else 0.0,
        tuple((str(n), int(r or 0), float(s or 1), float(u or 0)) for n, r, s, u in tables),
        _answers(run),
        tuple((str(name), str(priority), int(n), round(float(wait) / 1000, 1)) for name, priority, n, wait in queues),
        run.rehearsal,
    )


def _answers(run: Run) -> bool:
    from smartroute_runbook.errors import ServiceError

    name = exp.table_(run.settings.athena.tables[0], db=run.settings.athena.database, quoted=True)
    query: Any = exp.select(exp.Count(this=exp.Star())).from_(name).sql("athena")
    try:
        return bool(run.athena().query(query).rows)
    except ServiceError:
        return False
