"""The step that creates the tables and the ledger in Redshift, and their verification."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smartroute_runbook.engines.quoting import identifier, literal, qualified
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.plan import gate_items
from smartroute_runbook.runs.steps import Action, Change, Outcome, Proposal, applied_by_do
from smartroute_runbook.views import Table, View

from .columns import RedshiftColumn, drift_of, redshift_columns
from .copy import require_columns
from .keys import key_evidence
from .source import read_table, read_tables
from .table_design import TableDesign, design_table

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["CreateTables"]


@dataclass(frozen=True)
class TablesVerified:
    """The tables as Redshift describes them."""

    tables: tuple[tuple[str, int, str, str], ...]

    def view(self) -> View:
        """One row a table."""
        return View(
            "Tables as Redshift describes them", (Table(("table", "columns", "distribution", "sort key"), self.tables),)
        )


def _says(designs: Sequence[TableDesign]) -> dict[str, str]:
    """Keys and widths as they are signed; where no column names an encoding, Redshift chooses it (ENCODE AUTO)."""
    sized = sum(bool(reason) for design in designs for _, _, reason in design.columns)
    keys = "; ".join(design.keys for design in designs)
    return {
        gate_items("week2.tables")[
            0
        ]: f"{keys}; {plural(sized, 'column')} as wide as their longest value needs; ENCODE AUTO"
    }


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
        ledger_action: Action = "none" if "migration_ledger" in there else "create"
        was = "exists" if ledger_action == "none" else None
        reason = "what is loaded, from which state of the lake"
        changes.append(Change(f"{schema}.migration_ledger", ledger_action, was, ledger_ddl(schema), reason))
        why = {f"{d.name}.{name}": f"{kind}: {reason}" for d in designs for name, kind, reason in d.columns if reason}
        for table in tables:
            why |= key_evidence(run, table)
        undo = f"DROP SCHEMA {schema} CASCADE, while the dashboard reads Athena"
        return Proposal(self.id, tuple(changes), undo, why, says=_says(designs))

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
        "    table_name VARCHAR(128) NOT NULL,\n    part VARCHAR(65535) NOT NULL,\n    source VARCHAR(64) NOT NULL,\n"
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
