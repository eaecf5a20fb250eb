"""The state of one table: the lake's partitions, Redshift's rows, and the ledger of what was loaded."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlglot import exp

from smartroute_runbook.errors import AccessDenied, ServiceError, Unreachable, UsageError
from smartroute_runbook.lake import Values, described
from smartroute_runbook.lake.tables import LEDGER
from smartroute_runbook.lake.values import name_of, order, values_of
from smartroute_runbook.prove.left_out import LeftOut
from smartroute_runbook.quantities import plural

from .columns import Drift, RedshiftColumn, drift_of, partition_drift, redshift_columns
from .scope import Scope
from .source import Partition, SourceTable, read_lake, typed_values
from .sql import counts_sql

if TYPE_CHECKING:
    from smartroute_runbook.engines import Redshift, RedshiftDataApi
    from smartroute_runbook.runs.run import Run

__all__ = ["Gone", "State", "doubts", "ledger", "ledger_of", "read_states"]

_AT_ONCE = 8
"""Tables of the lake that are read at once."""


@dataclass(frozen=True)
class Gone:
    """A partition that Redshift holds and the lake does not hold any more."""

    table: str
    name: str
    values: Values
    rows: int
    date: str

    @property
    def words(self) -> str:
        """Where, and how much."""
        return f"{self.table} {self.name} ({plural(self.rows, 'row')})"


def _held(table: SourceTable, values: Values, rows: int) -> Gone:
    name, begin = name_of(table.keys, values), table.layout.begin(values)
    return Gone(table.name, name, values, rows, begin.date().isoformat() if begin else name)


@dataclass(frozen=True)
class State:
    """One table.

    Attributes:
        lake: the partitions in scope, in order.
        noted: by partition, the source digest and the rows that the ledger has.
        row_counts: by partition, the rows that Redshift counts.
        drift: how its columns in Redshift differ from Glue's, or why it cannot be read; with any, nothing is loaded.
        left_out: partitions with rows that are not in scope.
        doubted: partitions in which the last proof found other rows, and which were not loaded since.
        stray: rows in Redshift after the read point that nobody loaded: no count and no proof reaches them, and
            dashboards read them.
    """

    table: SourceTable
    scope: Scope
    lake: tuple[Partition, ...]
    noted: Mapping[str, tuple[str, int]]
    row_counts: Mapping[Values, int]
    drift: tuple[Drift, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    stray: tuple[Gone, ...] = ()
    doubted: frozenset[str] = frozenset()

    def why_stale(self, part: Partition) -> str:
        """Why a partition has to be loaded; '' when it is loaded as it is."""
        noted, in_redshift = self.noted.get(part.name), self.row_counts.get(part.values, 0)
        if not part.files and not part.rows and (noted or in_redshift):
            return ""  # gone, not corrected: nothing is removed unasked
        if noted is None:
            return "new" if part.files or part.rows else ""
        if noted[0] != part.source:
            return "its files or its columns changed"
        if noted[1] != part.rows:
            return f"{plural(noted[1], 'row was', 'rows were')} loaded, Athena counts {part.rows:,}"
        if in_redshift != part.rows:
            return f"{plural(part.rows, 'row was', 'rows were')} loaded, Redshift holds {in_redshift:,}"
        return "a proof found other rows in Redshift" if part.name in self.doubted else ""

    @property
    def stale(self) -> tuple[tuple[Partition, str], ...]:
        """What has to be loaded, in order, and why; nothing while the columns drift."""
        return () if self.drift else tuple((part, why) for part in self.lake if (why := self.why_stale(part)))

    @property
    def gone(self) -> tuple[Gone, ...]:
        """Partitions within the scope whose files vanished from the lake."""
        if self.drift:
            return ()
        there = {part.values for part in self.lake if part.files or part.rows}
        rows = dict(self.row_counts)
        for name, (_, count) in self.noted.items():
            values = values_of(self.table.partition_columns, name)
            if values is not None:
                rows[values] = rows.get(values) or count
        return tuple(
            _held(self.table, values, count)
            for values, count in sorted(rows.items(), key=lambda item: order(item[0]))
            if count and values not in there and self.scope.holds(self.table.layout, values)
        )

    @property
    def loaded_until(self) -> datetime | None:
        """The end of the last partition before which nothing is missing (UTC); None when nothing is loaded."""
        end = None
        for part in self.lake:
            if self.drift or self.why_stale(part):
                break
            end = part.end or end
        return end


def ledger(run: Run) -> dict[tuple[str, str], tuple[str, int]]:
    """What the ledger in Redshift lists as loaded: (table, partition) -> (source digest, rows)."""
    with run.redshift() as redshift:
        return ledger_of(run, redshift)


def ledger_of(run: Run, redshift: Redshift | RedshiftDataApi) -> dict[tuple[str, str], tuple[str, int]]:
    """The same over a connection that is open."""
    query = exp.select("table_name", "part", "source", "row_count").from_(
        exp.table_("migration_ledger", db=run.settings.redshift.schema_name)
    )
    return {(str(t), str(p)): (str(s), int(n)) for t, p, s, n in redshift.query(query.sql("redshift")).rows}


def read_states(run: Run, scope: Scope) -> tuple[State, ...]:
    """Every table of the migration, read now: files, Athena's counts, Redshift's counts, columns and ledger."""
    names = run.settings.athena.tables
    schema = run.settings.redshift.schema_name
    with run.redshift() as redshift:
        columns = redshift_columns(redshift, schema)
        if LEDGER not in columns:
            raise ServiceError(
                f"Redshift has no table {schema}.{LEDGER}, which lists what is loaded",
                hint="Step week2.create-tables makes it: propose it, sign it and do it; then all is loaded once more",
            )
        loaded = ledger_of(run, redshift)
        pool = ThreadPoolExecutor(min(len(names), _AT_ONCE) or 1, "lake")  # mostly waiting for AWS
        try:
            lakes = pool.map(lambda name: _lake(run, name, scope), names)
            return tuple(_state(run, redshift, lake, scope, loaded, columns) for lake in lakes)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)  # stopped: no other table is begun


@dataclass(frozen=True)
class _Lake:
    """One table as the lake has it now, or why it cannot be carried or read."""

    table: SourceTable
    partitions: tuple[Partition, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    refused: Drift | None = None
    carried: bool = True


def _lake(run: Run, name: str, scope: Scope) -> _Lake:
    try:
        table = described(run, name)
    except UsageError as error:  # dropped, renamed, or of another kind since
        unknown = SourceTable(run.settings.athena.database, name, (), (), "")
        return _Lake(unknown, refused=Drift(name, "", "refused", f"it is not carried: {error}", ""), carried=False)
    try:
        partitions, left_out = read_lake(run, table, scope)
    except (UsageError, ServiceError) as error:
        if isinstance(error, (AccessDenied, Unreachable)):
            raise  # of no one table
        return _Lake(table, refused=Drift(name, "", "refused", f"it cannot be read: {error}", ""))
    return _Lake(table, tuple(partitions), left_out)


def _state(
    run: Run,
    redshift: Redshift | RedshiftDataApi,
    lake: _Lake,
    scope: Scope,
    loaded: Mapping[tuple[str, str], tuple[str, int]],
    columns: Mapping[str, tuple[RedshiftColumn, ...]],
) -> State:
    table = lake.table
    noted = {part: what for (of, part), what in loaded.items() if of == table.name}
    drift: tuple[Drift, ...] = (lake.refused,) if lake.refused else ()
    if lake.carried:
        drift += partition_drift(table, noted) + drift_of(table, columns.get(table.name, ()))
    row_counts: dict[Values, int] = {}
    stray: list[Gone] = []
    if not drift:
        sql = counts_sql(run.settings.redshift.schema_name, table.name, table.keys, "redshift")
        window = replace(scope, until=None)  # what lies outside it, somebody decided to leave alone
        for row in redshift.query(sql).rows:
            values, count = typed_values(table, row[:-1]), int(row[-1])
            if scope.holds(table.layout, values):
                row_counts[values] = count
            elif window.holds(table.layout, values) and name_of(table.keys, values) not in noted:
                stray.append(_held(table, values, count))
    doubted = frozenset(name for name, source in doubts(run, table.name).items() if noted.get(name, ("",))[0] == source)
    return State(table, scope, lake.partitions, noted, row_counts, drift, lake.left_out, tuple(stray), doubted)


def doubts(run: Run, table: str) -> dict[str, str]:
    """Partitions in which a proof of this run found other rows, with the source it was loaded from; not loaded since.

    Their counts may be right and their files unchanged: somebody changed values in Redshift.
    """
    found: dict[str, str] = {}
    for entry in run.journal.of("doubted", "loaded"):
        if entry.body["table"] == table:
            names = entry.body["partitions"]
            found = (
                {**found, **names} if entry.kind == "doubted" else {k: v for k, v in found.items() if k not in names}
            )
    return found
