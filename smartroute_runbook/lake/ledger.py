"""The ledger in Redshift as it was at a proof: a run's journal knows its own loads, the ledger those of every run.

Only values of Redshift's own clock are compared with each other, and whatever that clock does no reload is passed over:
it changes the partition's row. A clock that steps back asks for another proof at worst.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from smartroute_runbook.canonical import digest

from .tables import LEDGER

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["ledger_digests", "ledger_moved"]

Row = tuple[str, str, str, int, str, str]
"""Table, partition, digest of its source, rows, the run that loaded it, when (as Redshift writes it)."""


def ledger_digests(run: Run) -> dict[str, Any]:
    """The ledger of the run's tables: ``until``, its newest load, and ``tables``, a digest of each table's rows."""
    rows = _rows(run)
    return {"until": max((row[5] for row in rows), default=""), "tables": dict(_digests(run, rows))}


def ledger_moved(run: Run, noted: Mapping[str, Any]) -> str:
    """What happened to partitions of the run's tables since their ledger was noted; '' where only new ones came.

    Args:
        run: the run.
        noted: what ``ledger_digests`` found.
    """
    rows, until = _rows(run), str(noted.get("until"))
    tables = noted.get("tables")
    before = tables if isinstance(tables, Mapping) else {}
    now = dict(_digests(run, [row for row in rows if row[5] <= until]))
    moved = sorted(table for table in now.keys() | before.keys() if now.get(table) != before.get(table))
    return "; ".join(_words(table, [row for row in rows if row[0] == table and row[5] > until]) for table in moved)


def _words(table: str, later: list[Row]) -> str:
    if not later:
        return f"{table}: the ledger's rows of partitions that were loaded before the proof were changed or removed"
    _, part, _, _, run_id, at = max(later, key=lambda row: row[5])
    return (
        f"{table}: partitions were loaded again after they were proven, the last, {part}, by run {run_id} at {at} UTC"
    )


def _digests(run: Run, rows: list[Row]) -> Iterator[tuple[str, str]]:
    for table in sorted(name.lower() for name in run.settings.athena.tables):
        yield table, digest(sorted(row for row in rows if row[0] == table))


def _rows(run: Run) -> list[Row]:
    at = exp.cast(exp.column("loaded_at"), "varchar(32)")
    query = exp.select("table_name", "part", "source", "row_count", "run_id", at.as_("loaded")).from_(
        exp.table_(LEDGER, db=run.settings.redshift.schema_name)
    )
    with run.redshift() as redshift:
        found = redshift.query(query.sql("redshift", identify=True)).rows
    return [(str(t).lower(), str(p), str(s), int(n), str(r), str(a)) for t, p, s, n, r, a in found]
