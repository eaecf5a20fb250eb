"""One table as it is on both sides: what the lake holds, what Redshift holds, and what its ledger says was loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlglot import exp

from .scope import Scope
from .source import Batch, Partition, SourceTable, read_partitions, read_table
from .sql import counts_sql

if TYPE_CHECKING:
    from smartroute_runbook.engines import Redshift, RedshiftDataApi
    from smartroute_runbook.runs.run import Run

__all__ = ["Gone", "State", "ended", "ledger", "read_states"]


@dataclass(frozen=True)
class Gone:
    """A partition that Redshift holds and the lake does not hold any more."""

    table: str
    name: str
    values: tuple[int, ...]
    rows: int

    @property
    def words(self) -> str:
        """Where, and how much."""
        return f"{self.table} {self.name} ({self.rows:,} rows)"


@dataclass(frozen=True)
class State:
    """One table.

    Attributes:
        lake: the partitions that are meant, in order.
        noted: by partition, the source digest and the rows that the ledger has.
        held: by partition, the rows that Redshift counts.
    """

    table: SourceTable
    scope: Scope
    lake: tuple[Partition, ...]
    noted: Mapping[str, tuple[str, int]]
    held: Mapping[tuple[int, ...], int]

    def why_stale(self, part: Partition) -> str:
        """Why a partition has to be loaded; '' when it is loaded as it is."""
        noted, held = self.noted.get(part.name), self.held.get(part.values, 0)
        if not part.files and (noted or held):
            return ""  # gone, not corrected: nothing is removed unasked
        if noted is None:
            return "new" if part.files or part.rows else ""
        if noted[0] != part.source:
            return "corrected"
        if noted[1] != part.rows:
            return f"{noted[1]:,} rows were loaded, Athena counts {part.rows:,}"
        return "" if held == part.rows else f"{part.rows:,} rows were loaded, Redshift holds {held:,}"

    @property
    def batches(self) -> tuple[tuple[Batch, str], ...]:
        """What has to be loaded, by day, and why."""
        days: dict[str, list[tuple[Partition, str]]] = {}
        for part in self.lake:
            if why := self.why_stale(part):
                days.setdefault(part.date, []).append((part, why))
        return tuple(
            (Batch(self.table.name, day, tuple(part for part, _ in parts)), _reasons([why for _, why in parts]))
            for day, parts in sorted(days.items())
        )

    @property
    def gone(self) -> tuple[Gone, ...]:
        """Partitions within the scope whose files vanished from the lake."""
        there = {part.values for part in self.lake if part.files or part.rows}
        rows = dict(self.held)
        for name, (_, count) in self.noted.items():
            values = tuple(int(piece.partition("=")[2]) for piece in name.split("/"))
            rows[values] = rows.get(values) or count
        keys = self.table.keys
        return tuple(
            Gone(self.table.name, "/".join(f"{k}={v}" for k, v in zip(keys, values, strict=True)), values, count)
            for values, count in sorted(rows.items())
            if count and values not in there and self.scope.holds(keys, values)
        )

    @property
    def loaded_until(self) -> datetime | None:
        """The end of the last partition before which nothing is missing (UTC); None when nothing is loaded."""
        end = None
        for part in self.lake:
            if self.why_stale(part):
                break
            end = ended(part)
        return end


def ended(part: Partition) -> datetime:
    """The end of a partition's hour, or day (UTC)."""
    hourly = "/hour=" in part.name
    year, month, day = part.values[:3]
    begin = datetime(year, month, day, part.values[3] if hourly else 0, tzinfo=UTC)
    return begin + timedelta(hours=1 if hourly else 24)


def _reasons(reasons: list[str]) -> str:
    counted = {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}
    return "; ".join(f"{n} x {reason}" if n > 1 else reason for reason, n in counted.items())


def ledger(run: Run) -> dict[tuple[str, str], tuple[str, int]]:
    """What Redshift says is loaded: (table, partition) -> (source digest, rows)."""
    with run.redshift() as redshift:
        return _ledger(run, redshift)


def _ledger(run: Run, redshift: Redshift | RedshiftDataApi) -> dict[tuple[str, str], tuple[str, int]]:
    query = exp.select("table_name", "part", "source", "row_count").from_(
        exp.table_("migration_ledger", db=run.settings.redshift.schema_name)
    )
    return {(str(t), str(p)): (str(s), int(n)) for t, p, s, n in redshift.query(query.sql("redshift")).rows}


def read_states(run: Run, scope: Scope) -> tuple[State, ...]:
    """Every table of the migration, read now: files, Athena's counts, Redshift's counts and ledger."""
    states = []
    with run.redshift() as redshift:
        loaded = _ledger(run, redshift)
        for name in run.settings.athena.tables:
            table = read_table(run, name)
            where = scope.where(table.partition_columns)
            sql = counts_sql(run.settings.redshift.schema_name, name, table.keys, "redshift", where)
            held = {tuple(int(value) for value in row[:-1]): int(row[-1]) for row in redshift.query(sql).rows}
            noted = {part: what for (of, part), what in loaded.items() if of == name}
            lake = tuple(read_partitions(run, table, scope))
            states.append(State(table, scope, lake, noted, held))
    return tuple(states)
