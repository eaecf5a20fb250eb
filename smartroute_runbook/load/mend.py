"""Repairs Redshift tables whose columns drifted from the lake's: by ALTER where possible, else by a new table.

Redshift alters no type but the size of a VARCHAR, and refuses to alter or drop a sort or distribution key and a column
that a view reads (developer guide, "ALTER TABLE"). What cannot be altered is copied into a table of the right columns,
which takes the old one's name in the same transaction. Afterwards every partition is loaded again by itself: it was
loaded under other columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartroute_runbook.engines.quoting import identifier, literal, qualified
from smartroute_runbook.errors import RunbookError, ServiceError, UsageError
from smartroute_runbook.lake import SourceTable, read_table
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.steps import Change, Outcome, Proposal, applied_by_do

from .columns import Drift, RedshiftColumn, drift_of, partition_drift, redshift_columns
from .sql import anew
from .state import ledger_of
from .table_design import TableDesign, design_table, widths
from .tables import TablesVerified, verified_tables
from .types import RedshiftType

if TYPE_CHECKING:
    from smartroute_runbook.engines import Redshift, RedshiftDataApi
    from smartroute_runbook.runs.run import Run

__all__ = ["MendTables"]

#: Types whose values another one holds exactly: a copy keeps them.
_WIDER = {"SMALLINT": ("INTEGER", "BIGINT"), "INTEGER": ("BIGINT", "DOUBLE PRECISION"), "REAL": ("DOUBLE PRECISION",)}


@dataclass(frozen=True)
class _Table:
    """A table as Redshift has it: columns, the columns of its keys, and the views that read it."""

    source: SourceTable
    columns: tuple[RedshiftColumn, ...]
    distribution: str
    sort: tuple[str, ...]
    views: tuple[str, ...]
    materialized: tuple[str, ...]
    drift: tuple[Drift, ...]
    too_narrow: tuple[tuple[str, int], ...]

    @property
    def anew(self) -> bool:
        """Whether what it holds belongs to other partitions, so that it is emptied and loaded from the beginning."""
        keys = {name for name, _ in self.source.partition_columns}
        return any(one.kind == "partitions" or one.column in keys for one in self.drift)

    @property
    def alterable(self) -> bool:
        """Whether Redshift alters it in place."""
        tied = {self.distribution, *self.sort}
        read = bool(self.views or self.materialized)
        return not self.anew and all(
            one.kind == "added" or (one.kind == "dropped" and one.column not in tied and not read)
            for one in self.drift
        ) and not any(read or name in tied for name, _ in self.too_narrow)  # fmt: skip


class MendTables:
    """Alter or recreate what drifted, as proposed; nothing where the columns are those of the lake."""

    id = "week2.mend-tables"
    needs = "week2.tables"

    def __init__(self) -> None:
        self._failed: dict[str, RunbookError] = {}

    def propose(self, run: Run) -> Proposal:
        """Every statement, and which difference each mends; tables that cannot be mended, and why, beside the others.

        Raises:
            UsageError: a view that is not ours reads the only table that has to be recreated.
            ServiceError: Athena cannot read the only table that drifted.
        """
        schema = run.settings.redshift.schema_name
        changes: list[Change] = []
        self._failed = {}
        with run.redshift() as redshift:
            columns = redshift_columns(redshift, schema)
            noted = ledger_of(run, redshift)
            for name in run.settings.athena.tables:
                if name not in columns:
                    continue
                try:
                    names = [part for of, part in noted if of == name]
                    table = _table(run, redshift, read_table(run, name), columns[name], names)
                    changes.append(_change(run, table))
                except (UsageError, ServiceError) as error:
                    self._failed[name] = error
        if self._failed and all(change.action == "none" for change in changes):
            name, why = next(iter(self._failed.items()))
            raise type(why)(f"{name}: {why.what}", expected=why.expected, hint=why.hint)
        facts: dict[str, object] = {"afterwards": "partitions that were loaded under other columns are loaded again"}
        if self._failed:
            facts["not mended"] = [f"{name}: {error}" for name, error in self._failed.items()]
        undo = "none: the rows are the lake's, and are loaded again"
        return Proposal(self.id, tuple(changes), undo, facts)

    @applied_by_do
    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Table by table; a recreated table in one transaction, an ALTER by itself (it allows none around it)."""
        mended = []
        with run.redshift() as redshift:
            for change in proposal.changes:
                if change.action == "none":
                    continue
                statements = list(change.after)
                if any(statement.startswith("CREATE TABLE") for statement in statements):
                    redshift.transaction(statements)
                else:
                    for statement in statements:
                        redshift.execute(statement)
                mended.append(change.resource)
                table = change.resource.rpartition(".")[2]
                run.journal.append("mended", {"table": table, "statements": statements})
        facts: dict[str, object] = {"mended": mended}
        if left := proposal.facts.get("not mended"):
            facts["not mended"] = left
        return Outcome(self.id, "applied", facts)

    def verify(self, run: Run) -> TablesVerified:
        """Read the columns back, but of those that could not be mended."""
        return verified_tables(run, without=self._failed)


def _table(
    run: Run, redshift: Redshift | RedshiftDataApi, source: SourceTable, columns: tuple[RedshiftColumn, ...],
    parts: Sequence[str],
) -> _Table:  # fmt: skip
    schema = run.settings.redshift.schema_name
    where = f"schemaname = {literal(schema)} AND tablename = {literal(source.name)}"
    keys = redshift.query(f'SELECT "column", distkey, sortkey FROM pg_table_def WHERE {where}').rows  # noqa: S608  (quoted by engines.quoting)
    sort = [(abs(int(place)), str(name)) for name, _, place in keys if int(place)]
    distribution = next((str(name) for name, dist, _ in keys if dist), "")
    views = _views(redshift, schema, source.name)
    ours = f"""SELECT name FROM stv_mv_info WHERE "schema" = {literal(schema)}"""  # noqa: S608  (quoted by engines.quoting)
    own_views = {str(name).strip() for (name,) in redshift.query(ours).rows}
    widest = widths(run, source)
    narrow = tuple(
        (column.name, widest[column.name])
        for column in columns
        if column.type.sized and 0 < column.type.length < widest.get(column.name, 0)
    )
    return _Table(
        source, columns, distribution, tuple(name for _, name in sorted(sort)),
        tuple(view for view in views if view not in own_views), tuple(view for view in views if view in own_views),
        drift_of(source, columns) + partition_drift(source, parts), narrow,
    )  # fmt: skip


def _views(redshift: Redshift | RedshiftDataApi, schema: str, table: str) -> list[str]:
    """Views whose text names a table; late binding ones hold nothing fast and keep no definition that matters."""
    sql = f"SELECT viewname, definition FROM pg_views WHERE schemaname = {literal(schema)}"  # noqa: S608  (quoted by engines.quoting)
    pattern = re.compile(rf'(?<![\w"]){re.escape(table)}(?![\w"])|"{re.escape(table)}"', re.IGNORECASE)
    definitions = [(str(name).strip(), str(text)) for name, text in redshift.query(sql).rows]
    return sorted(
        name for name, text in definitions if pattern.search(text) and "with no schema binding" not in text.lower()
    )


def _change(run: Run, table: _Table) -> Change:
    schema = run.settings.redshift.schema_name
    resource = f"{schema}.{table.source.name}"
    if not table.drift and not table.too_narrow:
        return Change(resource, "none", "as the lake has it", None)
    why = [one.words for one in table.drift]
    why += [f"{table.source.name}: column '{name}' needs {plural(size, 'byte')}" for name, size in table.too_narrow]
    design = design_table(run, table.source)
    before = ", ".join(f"{column.name} {column.type}" for column in table.columns)
    if table.alterable:
        return Change(resource, "modify", before, tuple(_altered(schema, table, design)), "; ".join(why))
    if table.views:
        raise UsageError(
            f"{resource} has to be made anew ({'; '.join(why)}), and {', '.join(table.views)} reads it",
            hint=f"Keep its text, then: {'; '.join(f'DROP VIEW {qualified(schema, v)}' for v in table.views)}",
        )
    return Change(resource, "modify", before, tuple(_made_anew(schema, table, design)), "; ".join(why))


def _altered(schema: str, table: _Table, design: TableDesign) -> Iterator[str]:
    alter = f"ALTER TABLE {qualified(schema, table.source.name)}"
    types = {name: kind for name, kind, _ in design.columns}
    if any(one.kind == "added" for one in table.drift):
        yield _load_again(schema, table.source.name)
    for one in table.drift:
        if one.kind == "added":
            yield f"{alter} ADD COLUMN {identifier(one.column)} {types[one.column]}"
        else:
            yield f"{alter} DROP COLUMN {identifier(one.column)}"
    for name, _ in table.too_narrow:
        yield f"{alter} ALTER COLUMN {identifier(name)} TYPE {types[name]}"


def _made_anew(schema: str, table: _Table, design: TableDesign) -> Iterator[str]:
    """A table of the right columns with the old one's keys and rows, under its name.

    The ledger is locked before the transaction's snapshot is taken, as each load does: a load whose client was killed
    may still be at work in Redshift, and what it commits must be in the copy.
    """
    yield f"LOCK TABLE {qualified(schema, 'migration_ledger')}"
    name, there = table.source.name, {column.name: column.type for column in table.columns}
    old, new = qualified(schema, name), qualified(schema, anew(name))
    columns = tuple((n, _roomier(kind, there.get(n)), why) for n, kind, why in design.columns)
    known = {column for column, _, _ in columns}
    sort = tuple(column for column in table.sort if column in known)
    distribution = design.distribution if "DISTKEY" not in design.distribution else "DISTSTYLE AUTO"
    if table.distribution in known:
        distribution = f"DISTSTYLE KEY DISTKEY ({identifier(table.distribution)})"
    for view in table.materialized:
        yield f"DROP MATERIALIZED VIEW {qualified(schema, view)}"
    yield TableDesign(anew(name), columns, distribution, sort, "").ddl(schema).replace("IF NOT EXISTS ", "")
    if not table.anew:
        carried = [(n, kind) for n, kind, _ in columns if n in there and _castable(str(there[n]), kind)]
        names = ", ".join(identifier(n) for n, _ in carried)
        values = ", ".join(
            identifier(n) if kind == "SUPER" else f"CAST({identifier(n)} AS {kind})" for n, kind in carried
        )
        if carried:
            yield f"INSERT INTO {new} ({names}) SELECT {values} FROM {old}"  # noqa: S608  (names are quoted, values are casts of them)
        if len(carried) < len(columns):
            yield _load_again(schema, name)
    else:
        yield f"DELETE FROM {qualified(schema, 'migration_ledger')} WHERE table_name = {literal(name)}"  # noqa: S608  (quoted by engines.quoting)
    yield f"DROP TABLE {old}"
    yield f"ALTER TABLE {new} RENAME TO {identifier(name)}"


def _load_again(schema: str, table: str) -> str:
    """The ledger forgets from which state of the lake the table's partitions are, not that they are there."""
    book = f"{qualified(schema, 'migration_ledger')}"
    return f"UPDATE {book} SET source = 'mended' WHERE table_name = {literal(table)}"  # noqa: S608  (quoted by engines.quoting)


def _roomier(kind: str, there: RedshiftType | None) -> str:
    """The designed type, or the width that there is where that is larger."""
    wide = re.fullmatch(r"(VARCHAR|VARBYTE)\((\d+)\)", kind)
    if wide and there is not None and there.name == wide[1] and there.length > int(wide[2]):
        return str(there)
    return kind


def _castable(old: str, new: str) -> bool:
    """Whether a copy keeps the values exactly."""
    base, to = old.partition("(")[0], new.partition("(")[0]
    if base == to == "DECIMAL":
        (p, s), (q, t) = ([int(n) for n in re.findall(r"\d+", kind)] for kind in (old, new))
        return t >= s and q - t >= p - s
    return base == to or to in _WIDER.get(base, ())
