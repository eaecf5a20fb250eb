"""The ledger in Redshift as it was at a proof: a run's journal knows its own loads, the ledger those of every run.

Only values of Redshift's own clock are compared with each other, and whatever that clock does no reload is passed over:
it changes the partition's row. A clock that steps back asks for another proof at worst.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from smartroute_runbook.canonical import digest
from smartroute_runbook.quantities import plural

from .tables import LEDGER

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["ledger_digests", "ledger_moved", "loaded_since"]

Row = tuple[str, str, str, int, str, str]
"""Table, partition, digest of its source, rows, the run that loaded it, when (as Redshift writes it)."""


def ledger_digests(run: Run) -> dict[str, Any]:
    """The ledger of the run's tables, and what it does not count.

    Returns:
        ``until``: its newest load; ``tables``: a digest of each table's rows in it; ``beside``: how many rows each
        table holds more than it counts.
    """
    rows = _rows(run)
    noted = {"until": max((row[5] for row in rows), default=""), "tables": dict(_digests(run, rows))}
    return {**noted, "beside": _beside(run)}


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
    if moved:
        return "; ".join(_words(table, [row for row in rows if row[0] == table and row[5] > until]) for table in moved)
    known = noted.get("beside")  # none: made by an older release
    return "; ".join(_counted_otherwise(run, known)) if isinstance(known, Mapping) else ""


def loaded_since(run: Run, noted: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    """By table (in lower case) the partitions that were loaded after the ledger was noted."""
    since: dict[str, set[str]] = {}
    for table, part, *_, at in _rows(run):
        if at > str(noted.get("until")):
            since.setdefault(table, set()).add(part)
    return {table: frozenset(parts) for table, parts in since.items()}


def _counted_otherwise(run: Run, noted: Mapping[str, int]) -> Iterator[str]:
    """Tables of which rows came or went without the runbook."""
    window = run.settings.load.first_day or run.settings.load.last_day
    now = _beside(run)
    for table, before in sorted(noted.items()):
        more = now[table] - before if table in now else None
        if more is None:
            yield f"{table}: the table is no longer in Redshift"
        elif more < 0 or (more > 0 and not window):  # what others keep outside the window is theirs
            word = "more" if more > 0 else "fewer"
            yield f"{table}: {plural(abs(more), 'row')} {word} than were proven and loaded since, by no load of a run"


def _beside(run: Run) -> dict[str, int]:
    """Rows of each table less those that the ledger counts: a load leaves this as it is, whoever's run it is.

    One statement a table, so that both counts are of one moment. For rows that are updated in place see ``held``.
    """
    schema = run.settings.redshift.schema_name
    wanted = {name.lower() for name in run.settings.athena.tables}
    there = exp.select("table_name").from_(exp.table_("tables", db="information_schema"))
    there = there.where(exp.column("table_schema").eq(exp.Literal.string(schema)))
    known = exp.select(exp.func("COALESCE", exp.func("SUM", exp.column("row_count")), exp.Literal.number(0)))
    known = known.from_(exp.table_(LEDGER, db=schema))
    found = {}
    with run.redshift() as redshift:
        tables = {str(row[0]).lower() for row in redshift.query(there.sql("redshift")).rows}
        for table in sorted(wanted & tables):
            of_table = exp.func("LOWER", exp.column("table_name")).eq(exp.Literal.string(table))
            more = exp.Sub(this=exp.Count(this=exp.Star()), expression=known.where(of_table).subquery())
            query = exp.select(more).from_(exp.table_(table, db=schema))
            found[table] = int(redshift.query(query.sql("redshift", identify=True)).rows[0][0])
    return found


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
