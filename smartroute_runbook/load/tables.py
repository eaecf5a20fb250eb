"""The inventory of the lake, and the Redshift tables designed from it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from smartroute_runbook.declared import measured
from smartroute_runbook.engines.quoting import identifier, literal, qualified
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB, TB, price_book
from smartroute_runbook.prove.left_out import NOT_CLOSED, LeftOut
from smartroute_runbook.runs.steps import Action, Change, Outcome, Proposal, applied_by_do
from smartroute_runbook.views import Note, Table, View

from .columns import RedshiftColumn, drift_of, redshift_columns
from .copy import require_columns
from .keys import key_evidence, keys_of
from .scope import pinned
from .source import Day, SourceTable, days_of, read_lake, read_table, read_tables, run_output
from .sql import json_text
from .types import RedshiftType, has_width, nested, text, type_of, width_for

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
    left_out: tuple[LeftOut, ...] = ()

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
        left = [Note(f"**Left out**: {one.words}.", "warn" if one.alarming else "plain") for one in self.left_out]
        return View(f"What will move: {self.covered}", (Table(names, tuple(rows), note=note), *left))


@measured("load.inventory", Inventory)
def inventory(run: Run) -> Inventory:
    """Read Glue, S3 and Athena's own row counts (a count reads no columns): nothing is changed.

    Raises:
        ServiceError: a table is missing or one of its registered partitions has no location.
    """
    tables = read_tables(run)
    scope = pinned(run)
    days: list[Day] = []
    left: list[LeftOut] = []
    for table in tables:
        partitions, others = read_lake(run, table, scope)
        days += days_of(table, partitions)
        left += [one for one in others if one.why != NOT_CLOSED]
    return Inventory(tables, tuple(days), scope.words, tuple(left))


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
        columns = ",\n    ".join(f"{identifier(name)} {kind}" for name, kind, _ in self.columns)
        keys = f"\n{self.distribution}" if self.distribution else ""
        if self.sort:
            keys += f"\nCOMPOUND SORTKEY ({', '.join(identifier(name) for name in self.sort)})"
        return f"CREATE TABLE IF NOT EXISTS {qualified(schema, self.name)} (\n    {columns}\n){keys}"


def design_table(run: Run, table: SourceTable) -> TableDesign:
    """Types from Glue, widths from the longest value in bytes: one scan of the text and binary columns.

    Raises:
        UsageError: a value is longer than any column of Redshift.
    """
    types = {name: type_of(name, kind, table.carried) for name, kind in table.all_columns}
    widest = widths(run, table)
    distribution, sort, why = keys_of(table, run.settings.load.design)
    columns = []
    for name, kind in table.all_columns:
        if not has_width(kind):
            columns.append((name, str(types[name]), ""))
            continue
        width, reason = width_for(name, kind, widest.get(name, 0))
        sized = RedshiftType(types[name].name, width) if types[name].sized else types[name]
        how = f"{kind}, carried as JSON (load.nested: {table.carried}); " if nested(kind) else ""
        columns.append((name, str(sized), f"{how}{reason}"))
    return TableDesign(table.name, tuple(columns), distribution, sort, why)


def widths(run: Run, table: SourceTable) -> dict[str, int]:
    """Bytes of the longest value of each text and binary column, in passes that Athena takes."""
    names = [(name, kind) for name, kind in table.columns if has_width(kind)]
    widest: dict[str, int] = {}
    for start in range(0, len(names), _WIDTHS_AT_ONCE):
        some = names[start : start + _WIDTHS_AT_ONCE]
        lengths = [exp.Max(this=_bytes(name, kind)).as_(f"w{n}") for n, (name, kind) in enumerate(some)]
        query = exp.select(*lengths).from_(exp.table_(table.name, db=table.database, quoted=True))
        row = run.athena(run.settings.athena.migration_workgroup, run_output(run)).query(query.sql("athena")).rows[0]
        widest |= {name: int(value or 0) for (name, _), value in zip(some, row, strict=True)}
    return widest


_WIDTHS_AT_ONCE = 400


def _bytes(name: str, kind: str) -> exp.Expression:
    """The length of a value in bytes."""
    value: exp.Expression = json_text(name) if nested(kind) else exp.column(name, quoted=True)
    if text(kind) or nested(kind):
        value = exp.Anonymous(this="TO_UTF8", expressions=[value])
    return exp.Length(this=value)


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
        tables = read_tables(run)
        for table in tables:
            if table.name in there and (drift := drift_of(table, there[table.name])):
                raise ServiceError(
                    f"Table {schema}.{table.name} exists with other columns: {'; '.join(one.words for one in drift)}",
                    expected="the lake's",
                    hint="'smartroute-runbook sync --mend' alters it where the runbook loaded it; else rename or drop "
                    "it by hand: it is not ours to change",
                )
        designs = [design_table(run, table) for table in tables]
        for design in designs:
            has = there.get(design.name)
            action: Action = "none" if has else "create"
            changes.append(
                Change(f"{schema}.{design.name}", action, None if not has else "exists", design.ddl(schema), design.why)
            )
        book = there.get("migration_ledger")
        _require_ledger(schema, None if book is None else tuple(column.name for column in book))
        noted: Action = "none" if "migration_ledger" in there else "create"
        was = "exists" if noted == "none" else None
        reason = "what is loaded, from which state of the lake"
        changes.append(Change(f"{schema}.migration_ledger", noted, was, ledger_ddl(schema), reason))
        why = {f"{d.name}.{name}": f"{kind}: {reason}" for d in designs for name, kind, reason in d.columns if reason}
        for table in tables:
            why |= key_evidence(run, table)
        return Proposal(self.id, tuple(changes), f"DROP SCHEMA {schema} CASCADE, while the dashboard reads Athena", why)

    @applied_by_do
    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Create what is missing, in one transaction."""
        schema = run.settings.redshift.schema_name
        statements = [change.after for change in proposal.changes if change.action == "create"]
        with run.redshift() as redshift:
            redshift.transaction([f"CREATE SCHEMA IF NOT EXISTS {identifier(schema)}", *statements])
        return Outcome(self.id, "applied", {"created": [c.resource for c in proposal.changes if c.action == "create"]})

    def verify(self, run: Run) -> TablesVerified:
        """Read the columns back."""
        return verified_tables(run)


def verified_tables(run: Run, without: Collection[str] = ()) -> TablesVerified:
    """The tables as the catalogue has them, when their columns are the lake's; some may be left out.

    Raises:
        VerificationFailed: they are not; each difference is named.
    """
    there = existing(run)
    described = {str(row[0]): (str(row[1]), str(row[2])) for row in _described(run)}
    rows = []
    for table in (read_table(run, name) for name in run.settings.athena.tables if name not in without):
        require_columns(table, there.get(table.name, ()))
        rows.append((table.name, len(table.all_columns), *described.get(table.name, ("", ""))))
    return TablesVerified(tuple(rows))


LEDGER = ("table_name", "part", "source", "row_count", "run_id", "loaded_at")


def _require_ledger(schema: str, has: tuple[str, ...] | None) -> None:
    if has not in (None, LEDGER):
        raise ServiceError(
            f"{schema}.migration_ledger exists with columns {', '.join(has or ())}", expected=", ".join(LEDGER),
            hint="Rename it by hand and run again: what it lists is then loaded once more",
        )  # fmt: skip


def ledger_ddl(schema: str) -> str:
    """The ledger in Redshift: either side alone, this or the journal, shows what is loaded."""
    return (
        f"CREATE TABLE IF NOT EXISTS {qualified(schema, 'migration_ledger')} (\n"
        "    table_name VARCHAR(128) NOT NULL,\n    part VARCHAR(256) NOT NULL,\n    source VARCHAR(64) NOT NULL,\n"
        "    row_count BIGINT NOT NULL,\n    run_id VARCHAR(128) NOT NULL,\n"
        "    loaded_at TIMESTAMP NOT NULL\n) DISTSTYLE AUTO"
    )


def existing(run: Run) -> dict[str, tuple[RedshiftColumn, ...]]:
    """Columns by table in the schema, in order."""
    with run.redshift() as redshift:
        return redshift_columns(redshift, run.settings.redshift.schema_name)


def _described(run: Run) -> list[tuple[Any, ...]]:
    with run.redshift() as redshift:
        schema = literal(run.settings.redshift.schema_name)
        sql = f'SELECT "table", diststyle, sortkey1 FROM svv_table_info WHERE "schema" = {schema}'  # noqa: S608  (quoted by engines.quoting)
        return redshift.query(sql).rows
