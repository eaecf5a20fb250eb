"""Load batches: COPY into a staging table, check it, swap it in, and note it in the ledger, in one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from sqlglot import exp

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import RunbookError, ServiceError
from smartroute_runbook.runs.steps import Change, Outcome, Proposal

from .export import Export, export_batch
from .reconciliation import Reconciliation, reconciled
from .scope import Scope, closed_hours, keep, pinned, within_window
from .source import Batch, SourceTable
from .sql import batch_filter, copy_sql, delete_sql, literal, quoted
from .state import State, ledger, read_states

if TYPE_CHECKING:
    from smartroute_runbook.engines import Redshift, RedshiftDataApi
    from smartroute_runbook.runs.run import Run

__all__ = ["CatchUp", "LoadDays", "refresh_views"]

_SHOWN = 5


class LoadDays:
    """Export and load every partition that is not loaded in its present state: first, resumed, and corrected."""

    id = "week2.load"
    needs = "week2.tables"

    def __init__(self) -> None:
        self._scope: Scope | None = None
        self.states: tuple[State, ...] = ()

    def scope(self, run: Run) -> Scope:
        """Which partitions; the same for as long as this step lives."""
        self._scope = self._scope or self._reach(run)
        return self._scope

    def _reach(self, run: Run) -> Scope:
        return pinned(run)

    def propose(self, run: Run) -> Proposal:
        """Days with partitions that differ from what was loaded, and partitions that are no longer in the lake."""
        scope = self.scope(run)
        self.states = read_states(run, scope)
        changes: list[Change] = []
        for state in self.states:
            stale = {batch.date: (batch, why) for batch, why in state.batches}
            days = sorted({part.date for part in state.lake})
            changes += [_change(state, day, *stale.get(day, (None, ""))) for day in days]
        facts: dict[str, object] = {"covered": scope.words}
        if gone := [one.words for state in self.states for one in state.gone]:
            facts["not in the lake any more, left as they are"] = gone
        return Proposal(self.id, tuple(changes), "DELETE the day's rows and ledger rows, or DROP the tables", facts)

    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Export in parallel, load one batch after the other; one that fails stops no other."""
        wanted = {change.resource for change in proposal.changes if change.action != "none"}
        states = self.states or read_states(run, self.scope(run))
        tables = {state.table.name: state.table for state in states}
        found = [batch for state in states for batch, _ in state.batches]
        batches = [batch for batch in found if f"{batch.table} {batch.date}" in wanted]
        role = _role_arn(run)
        rows, size, failed = 0, 0, []
        with run.progress("Loading", sum(batch.rows for batch in batches), "rows") as line:
            for batch, export in _exported(run, tables, batches):
                try:
                    if isinstance(export, RunbookError):
                        raise export
                    line.update(rows, f"{batch.table} {batch.date}: {export.bytes / 1e6:,.1f} MB exported, loading")
                    with run.redshift() as redshift:  # of its own: a connection that breaks fails one batch
                        load_batch(run, redshift, tables[batch.table], export, role)
                except RunbookError as error:
                    failed.append(f"{batch.table} {batch.date}: {error}")
                    continue
                rows, size = rows + export.total, size + export.bytes
                line.update(rows, f"{batch.table} {batch.date} loaded, {size / 1e6:,.1f} MB so far")
        if len(failed) < len(batches):
            refresh_views(run)
        if failed:
            more = f"; and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
            raise ServiceError(
                f"{len(failed)} of {len(batches)} days were not loaded: {'; '.join(failed[:_SHOWN])}{more}",
                hint="The others are loaded. Correct the cause and run again",
            )
        parts = sum(len(batch.partitions) for batch in batches)
        return Outcome(self.id, "applied", {"days": len(batches), "partitions": parts, "rows": rows, "bytes": size})

    def verify(self, run: Run) -> Reconciliation:
        """Count both sides, partition by partition."""
        _complete_journal(run)
        scope = self.scope(run)
        self.states = read_states(run, scope)
        found = reconciled(self.states, scope)
        found.require()
        keep(run, scope)
        return found


class CatchUp(LoadDays):
    """The same, up to the last closed hour: what arrived or was corrected since."""

    id = "week4.catch-up"
    needs = "week2.loaded"

    def _reach(self, run: Run) -> Scope:
        return within_window(run, closed_hours(run))


def _change(state: State, day: str, batch: Batch | None, why: str) -> Change:
    parts = [part for part in state.lake if part.date == day]
    noted = [state.noted[part.name] for part in parts if part.name in state.noted]
    before = {"partitions": len(noted), "rows": sum(rows for _, rows in noted)} if noted else None
    resource = f"{state.table.name} {day}"
    if batch is None:
        return Change(resource, "none", before, before)
    after = {"partitions": len(parts), "rows": sum(part.rows for part in parts), "source": batch.source[:12]}
    return Change(resource, "modify" if noted else "create", before, after, why)


def _exported(
    run: Run, tables: dict[str, SourceTable], batches: list[Batch]
) -> Iterator[tuple[Batch, Export | RunbookError]]:
    """Exports as they finish, at most ``load.parallel`` at once and as many waiting; errors instead of an export."""
    waiting: dict[Future[Export], Batch] = {}
    left = iter(batches)
    pool = ThreadPoolExecutor(run.settings.load.parallel, "export")
    try:
        while True:
            while len(waiting) < run.settings.load.parallel and (batch := next(left, None)) is not None:
                waiting[pool.submit(export_batch, run, tables[batch.table], batch)] = batch
            if not waiting:
                return
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                batch = waiting.pop(future)
                try:
                    yield batch, future.result()
                except RunbookError as error:
                    yield batch, error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def load_batch(run: Run, redshift: Redshift | RedshiftDataApi, table: SourceTable, export: Export, role: str) -> None:
    """One transaction: lock, stage, check the count, replace the partitions, note them: all or nothing.

    The ledger is locked first, before the transaction's snapshot is taken: a load that was killed may still be at work
    in Redshift (the Data API goes on by itself), and the next one must see what it committed. Source of the lock's and
    the snapshot's order: Redshift developer guide, "c_serial_isolation", "r_LOCK".

    Raises:
        ServiceError: the batch was refused; file, column and value are named where Redshift tells them.
    """
    schema, batch = run.settings.redshift.schema_name, export.batch
    book = f"{quoted(schema)}.{quoted('migration_ledger')}"
    statements = [
        f"LOCK TABLE {book}",
        *(_staged(table, export, schema, role) if export.total else ()),
        delete_sql(schema, table.name, batch_filter(table.keys, [part.values for part in batch.partitions])),
        *(_swapped(table, schema) if export.total else ()),
        delete_sql(schema, "migration_ledger", _noted(batch)),
        f"INSERT INTO {book} VALUES {', '.join(_rows(run, export))}",
    ]
    try:
        redshift.transaction(statements)
    except ServiceError as error:
        told = load_error(redshift, export)
        if not told:
            raise
        hint = (
            "Correct the value in the lake, or widen the column (ALTER TABLE ... ALTER COLUMN ... TYPE), then run again"
        )
        raise ServiceError(f"{error} {told}", hint=hint) from error
    run.journal.append(
        "loaded",
        {
            "table": table.name,
            "day": batch.date,
            "rows": export.total,
            "bytes": export.bytes,
            "partitions": {part.name: [part.source, export.rows[part.name]] for part in batch.partitions},
        },
    )


def _staged(table: SourceTable, export: Export, schema: str, role: str) -> list[str]:
    stage = quoted(f"stage_{table.name}")
    count = f"(SELECT COUNT(*) FROM {stage})"
    said = literal(f"staged rows are not the {export.total} exported ones")
    return [
        f"CREATE TEMP TABLE {stage} (LIKE {quoted(schema)}.{quoted(table.name)})",
        copy_sql(stage, export.manifest, role),
        f"SELECT CASE WHEN {count} = {export.total} THEN 1 ELSE CAST({said} AS INTEGER) END",
    ]


def _swapped(table: SourceTable, schema: str) -> list[str]:
    stage, target = quoted(f"stage_{table.name}"), f"{quoted(schema)}.{quoted(table.name)}"
    columns = ", ".join(quoted(name) for name, _ in table.all_columns)
    return [f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {stage}", f"DROP TABLE {stage}"]


def _noted(batch: Batch) -> exp.Expression:
    parts = [exp.Literal.string(part.name) for part in batch.partitions]
    return exp.and_(exp.column("table_name").eq(exp.Literal.string(batch.table)), exp.column("part").isin(*parts))


def _rows(run: Run, export: Export) -> Iterator[str]:
    for part in export.batch.partitions:
        texts = (literal(part.table), literal(part.name), literal(part.source))
        yield f"({', '.join(texts)}, {export.rows[part.name]:d}, {literal(run.id)}, GETDATE())"


def refresh_views(run: Run) -> None:
    """Materialized views over what was loaded: Redshift's own refresh comes when the cluster has time."""
    schema = run.settings.redshift.schema_name
    stale = f"""SELECT name FROM stv_mv_info WHERE "schema" = {literal(schema)} AND is_stale = 't'"""
    with run.redshift() as redshift:
        for (name,) in redshift.query(stale).rows:
            redshift.execute(f"REFRESH MATERIALIZED VIEW {quoted(schema)}.{quoted(str(name).strip())}")


def _complete_journal(run: Run) -> None:
    """A kill between a commit and its journal entry leaves the entry out: Redshift's ledger tells it."""
    told = {
        (entry.body["table"], name, source)
        for entry in run.journal.of("loaded")
        for name, (source, _) in entry.body["partitions"].items()
    }
    missing: dict[str, dict[str, list[str | int]]] = {}
    for (table, name), (source, rows) in ledger(run).items():
        if (table, name, source) not in told:
            missing.setdefault(table, {})[name] = [source, rows]
    for table, partitions in missing.items():
        run.journal.append("loaded", {"table": table, "partitions": partitions, "recovered": True})


def load_error(redshift: Redshift | RedshiftDataApi, export: Export) -> str:
    """File, column and value of this export's load error (STL_LOAD_ERRORS; SYS_LOAD_ERROR_DETAIL keeps no values)."""
    ours = literal(export.manifest.split("/")[-2])  # the prefix that no other export has
    sql = (
        "SELECT filename, colname, raw_field_value, err_reason FROM stl_load_errors "
        f"WHERE POSITION({ours} IN filename) > 0 ORDER BY starttime DESC LIMIT 1"
    )
    with contextlib.suppress(RunbookError):
        for file, column, value, reason in redshift.query(sql).rows:
            where = f"File {str(file).strip()}, column {str(column).strip()}, value {str(value).strip()[:80]!r}"
            return f"{where}: {str(reason).strip()}"
    return ""


def _role_arn(run: Run) -> str:
    with explained("Reading the COPY role"):
        return str(run.clients.boto("iam").get_role(RoleName=run.settings.redshift.copy_role)["Role"]["Arn"])
