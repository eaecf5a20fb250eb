"""What is compared: one table on both sides, its partitions, and how one of them is named in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from smartroute_runbook.engines import Engine

from .encoding import Dialect, Field
from .trees import column

__all__ = ["Partition", "TableSpec", "between", "dialect_of", "filtered", "is_partition", "partition_of"]

Partition = tuple[Any, ...]


@dataclass(frozen=True)
class TableSpec:
    """One table on both sides.

    Attributes:
        database: the Glue database, and by default the Redshift schema too.
        columns: columns with Athena types, without the partition columns.
        partitions: partition columns with Athena types; ordinary columns on Redshift.
        lake_bytes: size of the table's files, for the price; None when unknown.
        schema: the Redshift schema, when it is not named like the database.
        registered: the partitions that Glue knows, empty ones too; None when not told.
        until: the read point: the last partition to compare, in the order of its columns; None for all. Fewer values
            than columns name all partitions that begin with them.
        since: the first partition to compare, likewise.
    """

    database: str
    table: str
    columns: tuple[Field, ...]
    partitions: tuple[Field, ...] = ()
    lake_bytes: int | None = None
    schema: str | None = None
    registered: tuple[Partition, ...] | None = None
    until: Partition | None = None
    since: Partition | None = None

    def relation(self, dialect: Dialect) -> exp.Table:
        """The table's qualified, quoted name on an engine."""
        owner = self.database if dialect == "athena" else self.schema or self.database
        return exp.table_(self.table, db=owner, quoted=True)

    def keys(self) -> list[exp.Expression]:
        """The partition columns."""
        return [column(field.name) for field in self.partitions]


def dialect_of(engine: Engine) -> Dialect:
    """The SQL an engine speaks."""
    return "athena" if engine.name == "athena" else "redshift"


def partition_of(spec: TableSpec, row: Sequence[Any]) -> Partition:
    """The partition of a result row, with integers as int whatever the driver made of them."""
    return tuple(
        int(value) if field.kind == "integer" and value is not None else value
        for field, value in zip(spec.partitions, row, strict=False)
    )


def filtered(query: exp.Select, spec: TableSpec, only: Collection[Partition]) -> exp.Select:
    """The query over some partitions, or over all from the first to the read point."""
    if not spec.partitions:
        return query
    if only:
        return query.where(exp.or_(*(is_partition(spec, partition) for partition in only)))
    meant = between(spec.partitions, spec.since, spec.until)
    return query.where(meant) if meant is not None else query


def is_partition(spec: TableSpec, partition: Partition) -> exp.Expression:
    """Whether a row is in one partition."""
    tests = [
        exp.Is(this=column(field.name), expression=exp.null())
        if value is None
        else exp.EQ(this=column(field.name), expression=exp.convert(value))
        for field, value in zip(spec.partitions, partition, strict=True)
    ]
    return exp.paren(exp.and_(*tests)) if tests else exp.true()


def between(fields: Sequence[Field], since: Partition | None, until: Partition | None) -> exp.Expression | None:
    """The condition for partitions from one to another, both included; None when neither is given."""
    tests = [] if since is None else [_ordered(fields, since, exp.GT, exp.GTE)]
    tests += [] if until is None else [_ordered(fields, until, exp.LT, exp.LTE)]
    return exp.and_(*tests) if tests else None


def _ordered(
    fields: Sequence[Field], values: Partition, strict: type[exp.Expression], last: type[exp.Expression]
) -> exp.Expression:
    """``(a, b) <= (1, 2)`` as ``a < 1 OR (a = 1 AND b <= 2)``: neither engine prunes by row comparison."""
    first, value = column(fields[0].name), exp.convert(values[0])
    if len(values) == 1:
        return last(this=first, expression=value)
    equal = exp.EQ(this=first.copy(), expression=value.copy())
    rest = _ordered(fields[1:], values[1:], strict, last)
    return exp.paren(exp.or_(strict(this=first, expression=value), exp.and_(equal, rest)))
