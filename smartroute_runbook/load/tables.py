"""What will move, and into which tables: the inventory of the lake and the Redshift tables designed from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from smartroute_runbook.declared import measured
from smartroute_runbook.errors import ServiceError, UsageError, VerificationFailed
from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB, TB, price_book
from smartroute_runbook.runs.steps import Action, Change, Outcome, Proposal
from smartroute_runbook.views import Table, View

from .keys import key_evidence, keys_of
from .scope import pinned
from .source import Day, SourceTable, lake_bucket, read_days, read_table
from .sql import columns_sql, quoted

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["CreateTables", "Inventory", "TableDesign", "inventory"]


@dataclass(frozen=True)
class Inventory:
    """What will move: tables with their days, rows and bytes, and what exporting them costs (US dollars)."""

    evidence_name: ClassVar[str] = "inventory"
    evidence_version: ClassVar[int] = 1

    tables: tuple[SourceTable, ...]
    days: tuple[Day, ...]
    covered: str = "all days"

    @property
    def usd(self) -> Decimal:
        """One UNLOAD a day and table, each billed for at least 10 MB."""
        billed = sum(max(day.bytes, BILLED_MINIMUM_MB * MB) for day in self.days)
        return billed * price_book()["athena"].usd / TB

    def of(self, table: str) -> tuple[Day, ...]:
        """The days of one table, oldest first."""
        return tuple(day for day in self.days if day.table == table)

    def view(self) -> View:
        """One row a table."""
        rows = []
        for table in self.tables:
            days = self.of(table.name)
            if not days:
                rows.append((table.name, len(table.columns), 0, 0, 0, 0, 0, "", ""))
                continue
            sums = [sum(getattr(day, what) for day in days) for what in ("partitions", "rows", "files", "bytes")]
            rows.append((table.name, len(table.columns), len(days), *sums, days[0].date, days[-1].date))
        names = ("table", "columns", "days", "partitions", "rows", "files", "bytes", "first day", "last day")
        price = price_book()["athena"]
        note = (
            f"Exporting all of it with UNLOAD scans it once: about ${self.usd:.4f} at ${price.usd} per {price.unit} "
            f"({price.as_of}), at least {BILLED_MINIMUM_MB} MB a query."
        )
        return View(f"What will move: {self.covered}", (Table(names, tuple(rows), note=note),))


@measured("load.inventory", Inventory)
def inventory(run: Run) -> Inventory:
    """Read Glue, S3 and Athena's own row counts (a count reads no columns): nothing is changed.

    Raises:
        ServiceError: a table is missing or one of its registered partitions has no location.
    """
    tables = tuple(read_table(run, name) for name in run.settings.athena.tables)
    scope = pinned(run)
    days = tuple(day for table in tables for day in read_days(run, table, scope))
    return Inventory(tables, days, scope.words)


@dataclass(frozen=True)
class TableDesign:
    """A Redshift table: columns with their types and why, and its keys."""

    name: str
    columns: tuple[tuple[str, str, str], ...]
    distribution: str
    sort: tuple[str, ...]
    why: str

    def ddl(self, schema: str) -> str:
        """CREATE TABLE; no primary key is declared: Redshift does not enforce one and trusts a false one."""
        columns = ",\n    ".join(f"{quoted(name)} {kind}" for name, kind, _ in self.columns)
        keys = f"\n{self.distribution}" if self.distribution else ""
        if self.sort:
            keys += f"\nCOMPOUND SORTKEY ({', '.join(quoted(name) for name in self.sort)})"
        return f"CREATE TABLE IF NOT EXISTS {quoted(schema)}.{quoted(self.name)} (\n    {columns}\n){keys}"


_TYPES = {
    "bigint": "BIGINT", "int": "INTEGER", "integer": "INTEGER", "smallint": "SMALLINT", "tinyint": "SMALLINT",
    "double": "DOUBLE PRECISION", "float": "REAL", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP",
}  # fmt: skip


def _column(name: str, kind: str, widest: Mapping[str, int]) -> tuple[str, str, str]:
    if kind in _TYPES:
        return name, _TYPES[kind], ""
    if kind.startswith("decimal"):
        return name, kind.upper(), ""
    if kind in ("string", "varchar") or kind.startswith("varchar("):
        measured = widest.get(name, 0)
        width = max(16, -(-measured * 3 // 2 // 8) * 8)
        if width > 65535:
            raise UsageError(f"Column '{name}' holds {measured} bytes", expected="at most 65,535, the widest VARCHAR")
        return name, f"VARCHAR({width})", f"widest value {measured} bytes in UTF-8, half as much again"
    raise UsageError(
        f"Column '{name}' has type {kind}",
        expected="a flat type",
        hint="Decide how nested data is kept, then flatten it",
    )


def design_table(run: Run, table: SourceTable) -> TableDesign:
    """Types from Glue, VARCHAR widths from the longest value in bytes: one scan of the text columns."""
    text = [name for name, kind in table.columns if _TYPES.get(kind) is None and not kind.startswith("decimal")]
    widest: dict[str, int] = {}
    if text:
        lengths = [
            exp.Max(
                this=exp.Length(this=exp.Anonymous(this="TO_UTF8", expressions=[exp.column(name, quoted=True)]))
            ).as_(f"w{n}")
            for n, name in enumerate(text)
        ]
        query = exp.select(*lengths).from_(exp.table_(table.name, db=table.database, quoted=True))
        found = run.athena(run.settings.athena.migration_workgroup, run_output(run)).query(query.sql("athena")).rows[0]
        widest = {name: int(value or 0) for name, value in zip(text, found, strict=True)}
    distribution, sort, why = keys_of(table, run.settings.load.design)
    columns = tuple(_column(name, kind, widest) for name, kind in table.all_columns)
    return TableDesign(table.name, columns, distribution, sort, why)


def run_output(run: Run) -> str:
    """Where the migration workgroup puts results: beside the exports, not in the dashboards' expiring bucket."""
    return f"s3://{lake_bucket(run)}/{run.settings.load.staging}/athena-results/"


@dataclass(frozen=True)
class TablesVerified:
    """The tables as Redshift describes them."""

    tables: tuple[tuple[str, int, str, str], ...]

    def view(self) -> View:
        """One row a table."""
        return View(
            "Tables as Redshift describes them", (Table(("table", "columns", "distribution", "sort key"), self.tables),)
        )


class CreateTables:
    """Create schema, tables and the ledger of what is loaded."""

    id = "week2.create-tables"
    needs = "week2.tables"

    def propose(self, run: Run) -> Proposal:
        """The DDL, and why each key and width."""
        schema = run.settings.redshift.schema_name
        there = existing(run)
        changes = []
        tables = [read_table(run, name) for name in run.settings.athena.tables]
        designs = [design_table(run, table) for table in tables]
        for design in designs:
            has = there.get(design.name)
            wanted = tuple(name for name, _, _ in design.columns)
            if has is not None and has != wanted:
                raise ServiceError(
                    f"Table {schema}.{design.name} exists with other columns", expected=", ".join(wanted),
                    hint="Rename or drop it by hand; it is not ours to change",
                )  # fmt: skip
            action: Action = "none" if has else "create"
            changes.append(
                Change(f"{schema}.{design.name}", action, None if not has else "exists", design.ddl(schema), design.why)
            )
        _require_ledger(schema, there.get("migration_ledger"))
        noted: Action = "none" if "migration_ledger" in there else "create"
        was = "exists" if noted == "none" else None
        reason = "what is loaded, from which state of the lake"
        changes.append(Change(f"{schema}.migration_ledger", noted, was, ledger_ddl(schema), reason))
        why = {f"{d.name}.{name}": f"{kind}: {reason}" for d in designs for name, kind, reason in d.columns if reason}
        for table in tables:
            why |= key_evidence(run, table)
        return Proposal(self.id, tuple(changes), f"DROP SCHEMA {schema} CASCADE, while the dashboard reads Athena", why)

    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Create what is missing, in one transaction."""
        schema = run.settings.redshift.schema_name
        statements = [change.after for change in proposal.changes if change.action == "create"]
        with run.redshift() as redshift:
            redshift.transaction([f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}", *statements])
        return Outcome(self.id, "applied", {"created": [c.resource for c in proposal.changes if c.action == "create"]})

    def verify(self, run: Run) -> TablesVerified:
        """Read the columns back."""
        there = existing(run)
        described = {str(row[0]): (str(row[1]), str(row[2])) for row in _described(run)}
        rows = []
        for name in run.settings.athena.tables:
            wanted = tuple(column for column, _ in read_table(run, name).all_columns)
            if there.get(name) != wanted:
                raise VerificationFailed(f"Table {name} is not as designed", expected=", ".join(wanted))
            rows.append((name, len(wanted), *described.get(name, ("", ""))))
        return TablesVerified(tuple(rows))


LEDGER = ("table_name", "part", "source", "row_count", "run_id", "loaded_at")


def _require_ledger(schema: str, has: tuple[str, ...] | None) -> None:
    if has not in (None, LEDGER):
        raise ServiceError(
            f"{schema}.migration_ledger exists with columns {', '.join(has or ())}", expected=", ".join(LEDGER),
            hint="Rename it by hand and run again: what it told of is then loaded once more",
        )  # fmt: skip


def ledger_ddl(schema: str) -> str:
    """The ledger in Redshift: either side alone, this or the journal, can tell what is loaded."""
    return (
        f"CREATE TABLE IF NOT EXISTS {quoted(schema)}.migration_ledger (\n"
        "    table_name VARCHAR(128) NOT NULL,\n    part VARCHAR(256) NOT NULL,\n    source VARCHAR(64) NOT NULL,\n"
        "    row_count BIGINT NOT NULL,\n    run_id VARCHAR(128) NOT NULL,\n"
        "    loaded_at TIMESTAMP NOT NULL\n) DISTSTYLE AUTO"
    )


def existing(run: Run) -> dict[str, tuple[str, ...]]:
    """Columns by table in the schema, in order."""
    with run.redshift() as redshift:
        query = columns_sql(run.settings.redshift.schema_name)
        found: dict[str, list[str]] = {}
        for table, column in redshift.query(query).rows:
            found.setdefault(str(table), []).append(str(column))
    return {table: tuple(columns) for table, columns in found.items()}


def _described(run: Run) -> list[tuple[Any, ...]]:
    with run.redshift() as redshift:
        schema = exp.Literal.string(run.settings.redshift.schema_name).sql("redshift")
        sql = f'SELECT "table", diststyle, sortkey1 FROM svv_table_info WHERE "schema" = {schema}'
        return redshift.query(sql).rows
