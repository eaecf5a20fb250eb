"""Distribution and sort keys: the three designs, and what each means for the measured queries and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from smartroute_runbook.engines.quoting import identifier
from smartroute_runbook.errors import UsageError
from smartroute_runbook.quantities import plural

from .scope import pinned
from .source import SourceTable

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["key_evidence", "keys_of"]

_PLANNED = ("route_id", "stop_id", "batch_timestamp")


def keys_of(table: SourceTable, design: str) -> tuple[str, tuple[str, ...], str]:
    """Distribution, sort key and the reason; the plan's where the table has those columns."""
    names = [name for name, _ in table.all_columns]
    if design == "auto":
        return "DISTSTYLE AUTO", (), "Redshift chooses and adapts the keys (automatic table optimization)"
    if design == "time-first":
        time = ["batch_timestamp"] if "batch_timestamp" in names else list(table.keys)
        return "DISTSTYLE EVEN", tuple(time), "recent data is read most: time leads, and daily loads append in order"
    planned = tuple(name for name in _PLANNED if name in names)
    if "stop_id" in names:
        why = "the plan's keys; no table joins on stop_id, so watch the skew (SVV_TABLE_INFO)"
        return f"DISTSTYLE KEY DISTKEY ({identifier('stop_id')})", planned, why
    return "DISTSTYLE AUTO", planned, "the plan's sort key; the table has no stop_id, so Redshift distributes it"


def key_evidence(run: Run, table: SourceTable) -> dict[str, str]:
    """What each design means: how many of the dashboard's queries filter on its leading column, and its skew.

    A sort key skips blocks only for queries that filter on its leading columns (developer guide,
    "c_best-practices-sort-key"); a distribution key puts all rows of a value on one slice.
    """
    filters = _filters(run, table)
    evidence = {}
    for design in ("plan", "time-first", "auto"):
        distribution, sort, why = keys_of(table, design)
        parts = [why]
        if sort and filters:
            used = sum(sort[0] in columns for columns in filters)
            parts.append(
                f"{used} of the {plural(len(filters), 'dashboard query')} on it filter on {sort[0]}, its "
                "first sort column"
            )
        if "DISTKEY" in distribution:
            parts.append(_skew(run, table, "stop_id"))
        chosen = " (chosen)" if run.settings.load.design == design else ""
        evidence[f"{table.name}: design {design}{chosen}"] = "; ".join(parts)
    return evidence


def _filters(run: Run, table: SourceTable) -> list[set[str]]:
    """For each of the dashboard's queries on a table, the columns that its conditions name."""
    try:
        queries = run.queries
    except UsageError:
        return []
    filters = []
    for text in queries.values():
        try:
            tree = sqlglot.parse_one(text, read="athena")
        except sqlglot.errors.SqlglotError:
            continue
        if any(one.name == table.name for one in tree.find_all(exp.Table)):
            filters.append({c.name for where in tree.find_all(exp.Where) for c in where.find_all(exp.Column)})
    return filters


def _skew(run: Run, table: SourceTable, column: str) -> str:
    """How unevenly a column's values share the rows, as Athena counts them up to the run's read point."""
    key = exp.column(column, quoted=True)
    inner = exp.select(exp.Count(this=exp.Star()).as_("n")).from_(
        exp.table_(table.name, db=table.database, quoted=True)
    )
    where = pinned(run).where(table.layout)
    inner = (inner.where(where) if where is not None else inner).group_by(key)
    n = exp.column("n")
    query = exp.select(exp.Count(this=exp.Star()), exp.Max(this=n), exp.Sum(this=n)).from_(inner.subquery("counted"))
    values, largest, rows = run.athena().query(query.sql("athena")).rows[0]
    if not rows:
        return f"{column} has no rows yet"
    return (
        f"{column} has {plural(int(values), 'value')}, the largest with {100 * int(largest) / int(rows):.1f}% of "
        "the rows"
    )
