"""What is compared: one table on both sides, its partitions, and how one of them is named in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlglot import exp

from smartroute_runbook.engines.interface import Engine

from .encoding import Dialect, Field
from .trees import alias, call, cast, column, name, text

__all__ = [
    "Bound",
    "Partition",
    "TableSpec",
    "between",
    "constant",
    "dialect_of",
    "filtered",
    "is_partition",
    "partition_of",
]

Partition = tuple[Any, ...]


@dataclass(frozen=True)
class Bound:
    """A column by which partitions are in order; text is padded with zeros to ``width`` characters first (0: not)."""

    name: str
    width: int = 0

    @property
    def value(self) -> exp.Expression:
        """The column as it is compared."""
        plain = column(self.name)
        return call("LPAD", plain, exp.Literal.number(self.width), text("0")) if self.width else plain


@dataclass(frozen=True)
class TableSpec:
    """One table on both sides.

    Attributes:
        database: the Glue database, and by default the Redshift schema too.
        columns: columns with Athena types, without the partition columns.
        partitions: partition columns with Athena types; ordinary columns on Redshift.
        lake_bytes: size of the table's files, for the price; None when unknown.
        schema: the Redshift schema, when it is not named like the database.
        registered: the partitions that Glue knows, empty ones too; None when not known.
        until: the read point: the last partition to compare, in the order of its columns; None for all. Fewer values
            than columns name all partitions that begin with them.
        since: the first partition to compare, likewise.
        bounds: the columns that ``until`` and ``since`` bound; by default the partition columns, in order.
        undated: whether rows with NULL in one of these columns are compared too.
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
    bounds: tuple[Bound, ...] = ()
    undated: bool = False

    def relation(self, dialect: Dialect) -> exp.Expression:
        """The table's qualified, quoted name on an engine; where it has nested columns, a query that prints them."""
        owner = self.database if dialect == "athena" else self.schema or self.database
        table = exp.table_(self.table, db=owner, quoted=True)
        if not any(field.is_json for field in self.columns):
            return table
        columns = [_printed(field, dialect) for field in self.columns]
        return exp.select(*self.keys(), *columns).from_(table).subquery(name("printed"))

    def keys(self) -> list[exp.Expression]:
        """The partition columns."""
        return [column(field.name) for field in self.partitions]


def _printed(field: Field, dialect: Dialect) -> exp.Expression:
    """A nested column's JSON as text: Athena prints its value; Redshift its SUPER, or the text that it keeps."""
    value = column(field.name)
    if not field.is_json:
        return value
    if dialect == "athena":
        return alias(call("JSON_FORMAT", cast(value, exp.DType.JSON)), field.name)
    return alias(call("JSON_SERIALIZE", value), field.name) if field.type == "json" else value


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
    bounds = spec.bounds or tuple(Bound(field.name) for field in spec.partitions)
    condition = between(bounds, spec.since, spec.until, undated=spec.undated)
    return query.where(condition) if condition is not None else query


def is_partition(spec: TableSpec, partition: Partition) -> exp.Expression:
    """Whether a row is in one partition."""
    tests = [
        exp.Is(this=column(field.name), expression=exp.null())
        if value is None
        else exp.EQ(this=column(field.name), expression=constant(value))
        for field, value in zip(spec.partitions, partition, strict=True)
    ]
    return exp.paren(exp.and_(*tests)) if tests else exp.true()


def between(
    bounds: Sequence[Bound], since: Partition | None, until: Partition | None, *, undated: bool = False
) -> exp.Expression | None:
    """The condition for partitions from one to another, both included; None when neither is given.

    With ``undated``, rows with NULL in a column that is compared are included: they come before and after nothing.
    """
    tests = [] if since is None else [_ordered(bounds, since, exp.GT, exp.GTE)]
    tests += [] if until is None else [_ordered(bounds, until, exp.LT, exp.LTE)]
    if not tests:
        return None
    inside = exp.and_(*tests)
    if not undated:
        return inside
    longest = max(len(since or ()), len(until or ()))
    nulls = [exp.Is(this=column(bound.name), expression=exp.null()) for bound in bounds[:longest]]
    return exp.paren(exp.or_(inside, *nulls))


def _ordered(
    bounds: Sequence[Bound], values: Partition, strict: type[exp.Expression], last: type[exp.Expression]
) -> exp.Expression:
    """``(a, b) <= (1, 2)`` as ``a < 1 OR (a = 1 AND b <= 2)``: neither engine prunes by row comparison."""
    first, value = bounds[0].value, constant(values[0])
    if len(values) == 1:
        return last(this=first, expression=value)
    equal = exp.EQ(this=first.copy(), expression=value.copy())
    rest = _ordered(bounds[1:], values[1:], strict, last)
    return exp.paren(exp.or_(strict(this=first, expression=value), exp.and_(equal, rest)))


def constant(value: Any) -> exp.Expression:
    """A partition value as SQL."""
    if isinstance(value, date):
        return cast(text(value.isoformat()), exp.DType.DATE)
    return exp.convert(value)
