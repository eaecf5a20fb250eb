"""Redshift's columns compared with Glue's: each drift is named, with the ALTER that repairs it.

COPY of Parquet pairs columns by position and takes no names, so that a table which drifted would be loaded shifted. The
staging table therefore has the export's own order, the swap names its columns, and nothing is loaded into a table whose
columns differ in name or type. Their order in Redshift does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from smartroute_runbook.lake import SourceTable
from smartroute_runbook.lake.columns import obstacles
from smartroute_runbook.lake.values import keys_of

from .sql import columns_sql
from .types import RedshiftType, redshift_type, type_of

if TYPE_CHECKING:
    from smartroute_runbook.engines import Redshift, RedshiftDataApi

__all__ = ["Drift", "RedshiftColumn", "drift_of", "partition_drift", "redshift_columns"]

DriftKind = Literal["added", "dropped", "type", "required", "partitions", "refused"]


@dataclass(frozen=True)
class RedshiftColumn:
    """A column of a Redshift table: its type as declared, and whether it refuses NULL."""

    name: str
    type: RedshiftType
    required: bool = False


@dataclass(frozen=True)
class Drift:
    """One difference between a Redshift table and Glue.

    Attributes:
        kind: ``added`` in Glue, ``dropped`` in Glue, another ``type``, ``required``: it refuses NULL,
            ``partitions``: what was loaded was partitioned by other columns, or ``refused``: no Redshift column is for
            what it is in Glue now.
        lake, redshift: the column's type on either side; '' where it is not.
    """

    table: str
    column: str
    kind: DriftKind
    lake: str
    redshift: str

    @property
    def words(self) -> str:
        """What differs."""
        sentences = {
            "added": f"column '{self.column}' ({self.lake}) is in the lake and not in Redshift",
            "dropped": f"column '{self.column}' ({self.redshift}) is in Redshift and no longer in the lake",
            "type": f"column '{self.column}' is {self.lake} in the lake and {self.redshift} in Redshift",
            "partitions": f"it is partitioned by {self.lake} in the lake, and was loaded by {self.redshift}",
            "refused": self.lake,
            "required": f"column '{self.column}' is NOT NULL in Redshift, which the lake does not promise",
        }
        return f"{self.table}: {sentences[self.kind]}"


def redshift_columns(redshift: Redshift | RedshiftDataApi, schema: str) -> dict[str, tuple[RedshiftColumn, ...]]:
    """Columns by table in a schema, in order, as the catalogue has them (empty tables too)."""
    by_table: dict[str, list[RedshiftColumn]] = {}
    for table, column, kind, length, precision, scale, nullable in redshift.query(columns_sql(schema)).rows:
        size = length if length is not None else precision
        one = redshift_type(str(kind), None if size is None else int(size), None if scale is None else int(scale))
        by_table.setdefault(str(table), []).append(RedshiftColumn(str(column), one, str(nullable).upper() == "NO"))
    return {table: tuple(columns) for table, columns in by_table.items()}


def drift_of(table: SourceTable, columns: Sequence[RedshiftColumn]) -> tuple[Drift, ...]:
    """How a Redshift table differs from Glue, column by column; nothing for a table that can be loaded."""
    refused = [
        Drift(table.name, "", "refused", f"it {why}. {hint}", "")
        for why, hint in obstacles(table.all_columns, table.carried)
    ]
    if refused:
        return tuple(refused)
    return tuple(_drifts(table, {column.name: column for column in columns}))


def partition_drift(table: SourceTable, parts: Iterable[str]) -> tuple[Drift, ...]:
    """Whether partitions of other columns were loaded: a load could replace none of them."""
    keys = ", ".join(table.keys) or "nothing"
    others = {_keys(part) for part in parts} - {keys}
    return tuple(Drift(table.name, keys, "partitions", keys, other) for other in sorted(others)[:1])


def _keys(part: str) -> str:
    return ", ".join(keys_of(part)) or "nothing"


def _drifts(table: SourceTable, there: Mapping[str, RedshiftColumn]) -> Iterator[Drift]:
    for name, kind in table.all_columns:
        column = there.get(name)
        if column is None:
            yield Drift(table.name, name, "added", kind, "")
        elif not type_of(name, kind, table.carried).holds_exactly(column.type):
            yield Drift(table.name, name, "type", kind, str(column.type))
        elif column.required:
            yield Drift(table.name, name, "required", kind, str(column.type))
    known = {name for name, _ in table.all_columns}
    for name, column in there.items():
        if name not in known:
            yield Drift(table.name, name, "dropped", "", str(column.type))
