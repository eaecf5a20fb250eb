"""The design of a Redshift table: column types and widths, distribution and sort key, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from smartroute_runbook.engines.quoting import identifier, qualified
from smartroute_runbook.lake.bucket import run_output

from .keys import keys_of
from .source import SourceTable
from .sql import json_text
from .types import RedshiftType, has_width, nested, text, type_of, width_for

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["TableDesign", "design_table", "widths"]

_WIDTHS_AT_ONCE = 400


@dataclass(frozen=True)
class TableDesign:
    """A Redshift table: columns with their types and why, and its keys."""

    name: str
    columns: tuple[tuple[str, str, str], ...]
    distribution: str
    sort: tuple[str, ...]
    why: str

    @property
    def keys(self) -> str:
        """Its keys in words, for the signer."""
        sort = f", sorted by {', '.join(self.sort)}" if self.sort else ""
        return f"{self.name}: {self.distribution or 'distributed by Redshift'}{sort}"

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
    """Bytes of the longest value of each text and binary column, partition columns too, in passes that Athena takes."""
    names = [(name, kind) for name, kind in table.all_columns if has_width(kind)]
    widest: dict[str, int] = {}
    for start in range(0, len(names), _WIDTHS_AT_ONCE):
        some = names[start : start + _WIDTHS_AT_ONCE]
        lengths = [exp.Max(this=_bytes(name, kind)).as_(f"w{n}") for n, (name, kind) in enumerate(some)]
        query = exp.select(*lengths).from_(exp.table_(table.name, db=table.database, quoted=True))
        row = run.athena(run.settings.athena.migration_workgroup, run_output(run)).query(query.sql("athena")).rows[0]
        widest |= {name: int(value or 0) for (name, _), value in zip(some, row, strict=True)}
    return widest


def _bytes(name: str, kind: str) -> exp.Expression:
    """The length of a value in bytes."""
    value: exp.Expression = json_text(name) if nested(kind) else exp.column(name, quoted=True)
    if text(kind) or nested(kind):
        value = exp.Anonymous(this="TO_UTF8", expressions=[value])
    return exp.Length(this=value)
