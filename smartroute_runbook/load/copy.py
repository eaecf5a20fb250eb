"""Load a day: COPY into a staging table, check it, swap it in, and note it in the ledger, in one transaction."""

from __future__ import annotations

import contextlib
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ..clients import explained
from ..errors import RunbookError, ServiceError, VerificationFailed
from ..steps import Action, Change, Outcome, Proposal
from ..views import Note, Table, Tone, View
from .export import Export, export_day
from .source import Day, SourceTable, read_days, read_table
from .sql import copy_sql, counts_sql, day_filter, delete_sql, literal, quoted

if TYPE_CHECKING:
    from ..engines import Redshift, RedshiftDataApi
    from ..run import Run

__all__ = ["LoadDays", "Reconciliation", "ledger", "reconcile"]


def ledger(run: Run) -> dict[tuple[str, str], tuple[str, int]]:
    """What Redshift says is loaded: (table, date) -> (source digest, rows)."""
    with run.redshift() as redshift:
        query = exp.select("table_name", "day", "source", "row_count").from_(
            exp.table_("migration_ledger", db=run.settings.redshift.schema_name)
        )
        rows = redshift.query(query.sql("redshift")).rows
    return {(str(t), str(d)[:10]): (str(s), int(n)) for t, d, s, n in rows}


@dataclass(frozen=True)
class Reconciliation:
    """Rows by partition on both engines: what is lost (control only) and doubled or stray (candidate only)."""

    tables: tuple[tuple[str, int, int, int, int, int], ...]
    partitions: tuple[tuple[str, str, int, int], ...]

    @property
    def different(self) -> tuple[tuple[str, str, int, int], ...]:
        """Partitions with other counts: table, partition, rows on Athena, rows on Redshift."""
        return tuple(row for row in self.partitions if row[2] != row[3])

    @property
    def blocks(self) -> tuple[str, ...]:
        """Partitions that differ block every gate over this."""
        return tuple(
            f"{table} {partition}: {a:,} rows on Athena, {b:,} on Redshift" for table, partition, a, b in self.different
        )

    def view(self) -> View:
        """One row a table, then every partition that differs."""
        names = ("table", "partitions", "Athena rows", "Redshift rows", "lost", "doubled")
        tones: tuple[Tone, ...] = tuple("good" if row[4] == row[5] == 0 else "bad" for row in self.tables)
        parts: list[Any] = [Table(names, self.tables, tones=tones)]
        where = ("table", "partition", "Athena rows", "Redshift rows")
        if self.different:
            parts.append(Table(where, self.different, "Partitions that differ"))
        parts.append(Table(where, self.partitions, "Every partition"))
        lost, doubled = sum(row[4] for row in self.tables), sum(row[5] for row in self.tables)
        parts.append(
            Note(f"{lost:,} rows lost, {doubled:,} rows doubled, by counting every partition on both engines.")
        )
        return View("Rows reconciled", tuple(parts), "bad" if self.different else "good")


def reconcile(run: Run) -> Reconciliation:
    """Count every partition on both engines."""
    tables, partitions = [], []
    with run.redshift() as redshift:
        for name in run.settings.athena.tables:
            table = read_table(run, name)
            keys = [key for key, _ in table.partition_columns]
            control = {
                row[:-1]: int(row[-1])
                for row in run.athena().query(counts_sql(table.database, name, keys, "athena")).rows
            }
            sql = counts_sql(run.settings.redshift.schema_name, name, keys, "redshift")
            candidate = {row[:-1]: int(row[-1]) for row in redshift.query(sql).rows}
            lost = doubled = 0
            for part in sorted(control.keys() | candidate.keys()):
                a, b = control.get(part, 0), candidate.get(part, 0)
                lost, doubled = lost + max(0, a - b), doubled + max(0, b - a)
                partitions.append((name, "/".join(f"{k}={v}" for k, v in zip(keys, part, strict=True)), a, b))
            tables.append((name, len(control), sum(control.values()), sum(candidate.values()), lost, doubled))
    return Reconciliation(tuple(tables), tuple(partitions))


class LoadDays:
    """Export and load every day that is not loaded in its present state: first, resumed, and to catch up."""

    id = "week2.load"

    def propose(self, run: Run) -> Proposal:
        """Days whose files differ from what the ledger says was loaded, and days that are no longer in the lake."""
        loaded = ledger(run)
        changes = []
        for name in run.settings.athena.tables:
            days = read_days(run, read_table(run, name))
            for day in days:
                was = loaded.pop((name, day.date), None)
                now = {"rows": day.rows, "source": day.source[:12]}
                before = {"rows": was[1], "source": was[0][:12]} if was else None
                done = was is not None and was[0] == day.source
                action: Action = "none" if done else "modify" if was else "create"
                changes.append(Change(f"{name} {day.date}", action, before, now))
        gone = tuple(f"{table} {day}" for table, day in loaded if table in run.settings.athena.tables)
        facts = {"not in the lake any more, left as they are": gone} if gone else {}
        return Proposal(self.id, tuple(changes), "DELETE the day's rows and its ledger row, or DROP the tables", facts)

    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Export in parallel, load one day after the other; a day that fails stops no other day."""
        wanted = {change.resource for change in proposal.changes if change.action != "none"}
        tables = {name: read_table(run, name) for name in run.settings.athena.tables}
        days = [d for t in tables.values() for d in read_days(run, t) if f"{d.table} {d.date}" in wanted]
        role = _role_arn(run)
        total = sum(day.rows for day in days)
        rows, failed = 0, []
        with run.redshift() as redshift, run.progress("Loading", total, "rows") as line:
            for day, export in _exported(run, tables, days):
                if isinstance(export, RunbookError):
                    failed.append(f"{day.table} {day.date}: {export}")
                    continue
                try:
                    load_day(run, redshift, tables[day.table], export, role)
                except ServiceError as error:
                    failed.append(f"{day.table} {day.date}: {error} {load_error(redshift)}".strip())
                    continue
                rows += export.rows
                line.update(rows, f"{day.table} {day.date}")
        if failed:
            said = f"{len(failed)} of {len(days)} days were not loaded: {'; '.join(failed)}"
            raise ServiceError(said, hint="The others are loaded. Correct the cause and run again")
        return Outcome(self.id, "applied", {"days": len(days), "rows": rows})

    def verify(self, run: Run) -> Reconciliation:
        """Count both sides, partition by partition."""
        _complete_journal(run)
        found = reconcile(run)
        if found.different:
            raise VerificationFailed(
                f"Rows differ: {'; '.join(found.blocks[:3])}", hint="Run the step again; it loads what changed"
            )
        return found


def _exported(run: Run, tables: dict[str, SourceTable], days: list[Day]) -> Any:
    """Exports as they finish, at most ``load.parallel`` at once and as many waiting; errors instead of an export."""
    waiting: dict[Future[Export], Day] = {}
    left = iter(days)
    pool = ThreadPoolExecutor(run.settings.load.parallel, "export")
    try:
        while True:
            while len(waiting) < run.settings.load.parallel and (day := next(left, None)) is not None:
                waiting[pool.submit(export_day, run, tables[day.table], day)] = day
            if not waiting:
                return
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                day = waiting.pop(future)
                try:
                    yield day, future.result()
                except RunbookError as error:
                    yield day, error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def load_day(run: Run, redshift: Redshift | RedshiftDataApi, table: SourceTable, export: Export, role: str) -> None:
    """One transaction: stage, check the count, replace the day, note it. Killed anywhere: all or nothing."""
    schema, day = run.settings.redshift.schema_name, export.day
    target = f"{quoted(schema)}.{quoted(table.name)}"
    stage = quoted(f"stage_{table.name}")
    where = day_filter(day.parts)
    count = f"(SELECT COUNT(*) FROM {stage})"
    said = literal(f"staged rows are not the {export.rows} exported ones")
    columns = ", ".join(quoted(name) for name, _ in table.all_columns)
    noted = (
        literal(table.name),
        literal(day.date),
        literal(day.source),
        str(export.rows),
        literal(run.id),
        "GETDATE()",
    )
    ours = (
        exp.column("table_name")
        .eq(exp.Literal.string(table.name))
        .and_(exp.column("day").eq(exp.Literal.string(day.date)))
    )
    redshift.transaction(
        [  # names and literals below are quoted by sqlglot
            f"CREATE TEMP TABLE {stage} (LIKE {target})",
            copy_sql(stage, export.manifest, role),
            f"SELECT CASE WHEN {count} = {export.rows} THEN 1 ELSE CAST({said} AS INTEGER) END",
            delete_sql(schema, table.name, where),
            f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {stage}",
            delete_sql(schema, "migration_ledger", ours),
            f"INSERT INTO {quoted(schema)}.migration_ledger VALUES ({', '.join(noted)})",
            f"DROP TABLE {stage}",
        ]
    )
    loaded = {"table": table.name, "day": day.date, "rows": export.rows, "bytes": export.bytes, "source": day.source}
    run.journal.append("loaded", loaded)


def _complete_journal(run: Run) -> None:
    """A kill between a commit and its journal entry leaves the entry out: Redshift's ledger tells it."""
    told = {(e.body["table"], e.body["day"], e.body["source"]) for e in run.journal.of("loaded")}
    for (table, day), (source, rows) in ledger(run).items():
        if (table, day, source) not in told:
            run.journal.append(
                "loaded", {"table": table, "day": day, "rows": rows, "source": source, "recovered": True}
            )


def load_error(redshift: Redshift | RedshiftDataApi) -> str:
    """File, column and value of the last load error (STL_LOAD_ERRORS; SYS_LOAD_ERROR_DETAIL keeps no values)."""
    sql = "SELECT filename, colname, raw_field_value, err_reason FROM stl_load_errors ORDER BY starttime DESC LIMIT 1"
    with contextlib.suppress(RunbookError):
        for file, column, value, reason in redshift.query(sql).rows:
            where = f"File {str(file).strip()}, column {str(column).strip()}, value {str(value).strip()[:80]!r}"
            return f"{where}: {str(reason).strip()}"
    return ""


def _role_arn(run: Run) -> str:
    with explained("Reading the COPY role"):
        return str(run.clients.boto("iam").get_role(RoleName=run.settings.redshift.copy_role)["Role"]["Arn"])
