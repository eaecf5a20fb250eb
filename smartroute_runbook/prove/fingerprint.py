"""What each engine is asked: SQL trees that count, fingerprint and fetch the rows of one table.

A fingerprint groups rows by partition and hash bucket; a group is its number of rows and the exact sums of two
60-bit halves of each row's MD5. Sums, so that the order of rows does not matter and a doubled row counts twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlglot import exp

from ..engines import Engine, Rows
from .encoding import Dialect, Field, double_layer, row_expression

__all__ = [
    "Group",
    "Partition",
    "TableSpec",
    "columns_sql",
    "counts_sql",
    "dialect_of",
    "fetch_sql",
    "fingerprint_sql",
    "groups",
    "hexadecimal",
    "partition_of",
    "sample_sql",
]

Partition = tuple[Any, ...]
HEX_DIGITS = 15  # 60 bits: the most that STRTOL and FROM_BASE hold in a signed BIGINT


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
        until: the read point: the last partition to compare, in the order of its columns; None for all.
    """

    database: str
    table: str
    columns: tuple[Field, ...]
    partitions: tuple[Field, ...] = ()
    lake_bytes: int | None = None
    schema: str | None = None
    registered: tuple[Partition, ...] | None = None
    until: Partition | None = None

    def relation(self, dialect: Dialect) -> exp.Table:
        """The table's qualified, quoted name on an engine."""
        owner = self.database if dialect == "athena" else self.schema or self.database
        return exp.table_(self.table, db=owner, quoted=True)


class Group(NamedTuple):
    """The rows of one bucket of one partition: how many, and the sums of their hashes."""

    rows: int
    first: int
    second: int


def dialect_of(engine: Engine) -> Dialect:
    """The SQL an engine speaks."""
    return "athena" if engine.name == "athena" else "redshift"


@lru_cache(64)
def counts_sql(spec: TableSpec, dialect: Dialect) -> str:
    """Rows per partition; on Athena this reads no column."""
    keys = _keys(spec)
    query = exp.select(*keys, _as(exp.Count(this=exp.Star()), "_rows")).from_(spec.relation(dialect))
    query = _filtered(query, spec, ())
    return _sql(query.group_by(*[key.copy() for key in keys]) if keys else query, dialect)


@lru_cache(64)
def fingerprint_sql(spec: TableSpec, dialect: Dialect, buckets: int, only: tuple[Partition, ...] = ()) -> str:
    """One pass over the table, or over some of its partitions: rows and hash sums per partition and bucket."""
    keys = _keys(spec)
    bucket = _bucket(buckets)
    sums = [_as(exp.Sum(this=_decimal(_column(name))), f"_s{n}") for n, name in enumerate(("_h1", "_h2"), 1)]
    query = exp.select(*keys, _as(bucket, "_bucket"), _as(exp.Count(this=exp.Star()), "_rows"), *sums)
    query = query.from_(_hashed(spec, dialect, (), only))
    return _sql(query.group_by(*[key.copy() for key in keys], bucket.copy()), dialect)


def fetch_sql(
    spec: TableSpec,
    dialect: Dialect,
    buckets: int,
    whole: Mapping[Partition, Collection[int]],
    single: Mapping[Partition, Collection[int]],
) -> str:
    """Rows with their hashes: all of the named buckets (``whole``), and those with a first hash in ``single``."""
    wanted: list[exp.Expression] = []
    bucket = _bucket(buckets)
    for partition in sorted(set(whole) | set(single), key=str):
        either: list[exp.Expression] = []
        if whole.get(partition):
            either.append(bucket.copy().isin(*sorted(whole[partition])))
        if single.get(partition):
            either.append(_column("_h1").isin(*sorted(single[partition])))
        wanted.append(exp.and_(_is(spec, partition), exp.or_(*either)))
    columns = [_column(field.name) for field in spec.columns]
    query = exp.select(*_keys(spec), _column("_h1"), _column("_h2"), *columns)
    source = _hashed(spec, dialect, spec.columns, sorted(set(whole) | set(single), key=str))
    return _sql(query.from_(source).where(exp.or_(*wanted)), dialect)


def columns_sql(spec: TableSpec, dialect: Dialect, partition: Partition) -> str:
    """One partition, each column by itself: the sum of its values' hashes, in the order of the specification."""
    texts = [row_expression([field], dialect, among=spec.columns) for field in spec.columns]
    digests = [_as(hexadecimal(text, dialect), f"_md5_{n}") for n, text in enumerate(texts)]
    inner = exp.select(*digests).from_(double_layer(spec.relation(dialect), spec.columns))
    inner = _filtered(inner, spec, [partition])
    sums = [
        _as(exp.Sum(this=_decimal(_half(_column(f"_md5_{n}"), 1, dialect))), f"_s{n}") for n in range(len(spec.columns))
    ]
    return _sql(exp.select(*sums).from_(inner.subquery(_name("encoded"))), dialect)


def sample_sql(spec: TableSpec, dialect: Dialect, partition: Partition, by: Sequence[Field], one_in: int) -> str:
    """Some rows of one partition with their hashes: those whose columns ``by`` hash to a multiple of ``one_in``."""
    source = _hashed(spec, dialect, spec.columns, [partition], by=by)
    columns = [_column(field.name) for field in spec.columns]
    query = exp.select(*_keys(spec), _column("_h1"), _column("_h2"), *columns).from_(source)
    chosen = exp.EQ(this=_bucket(one_in, "_h3"), expression=exp.Literal.number(0))
    return _sql(query.where(chosen), dialect)


def groups(spec: TableSpec, answer: Rows) -> Iterator[tuple[Partition, int, Group]]:
    """The answer of ``fingerprint_sql``, typed."""
    width = len(spec.partitions)
    known: dict[Partition, Partition] = {}
    for row in answer.rows:
        rows, first, second = (int(value) for value in row[width + 1 : width + 4])
        part = partition_of(spec, row)
        yield known.setdefault(part, part), int(row[width]), Group(rows, first, second)


def partition_of(spec: TableSpec, row: Sequence[Any]) -> Partition:
    """The partition of a result row, with integers as int whatever the driver made of them."""
    return tuple(
        int(value) if field.kind == "integer" and value is not None else value
        for field, value in zip(spec.partitions, row, strict=False)
    )


def _hashed(
    spec: TableSpec,
    dialect: Dialect,
    carried: Sequence[Field],
    only: Collection[Partition],
    by: Sequence[Field] = (),
) -> exp.Expression:
    """Partition columns, carried columns, both halves of the row's MD5, and one half of that of the columns ``by``."""
    keep = [*_keys(spec), *(_column(field.name) for field in carried)]
    digests = [_as(hexadecimal(row_expression(spec.columns, dialect), dialect), "_md5")]
    halves = [_as(_half(_column("_md5"), start, dialect), name) for name, start in (("_h1", 1), ("_h2", 17))]
    if by:
        digests.append(_as(hexadecimal(row_expression(by, dialect, among=spec.columns), dialect), "_md5_by"))
        halves.append(_as(_half(_column("_md5_by"), 1, dialect), "_h3"))
    inner = exp.select(*keep, *digests).from_(double_layer(spec.relation(dialect), spec.columns))
    inner = _filtered(inner, spec, only)
    layer = exp.select(*[item.copy() for item in keep], *halves).from_(inner.subquery(_name("encoded")))
    return layer.subquery(_name("hashed"))


def _bucket(buckets: int, of: str = "_h1") -> exp.Expression:
    """MOD by name: redshift_connector takes a bare ``%`` for a parameter."""
    return _call("MOD", _column(of), exp.Literal.number(buckets))


def hexadecimal(text: exp.Expression, dialect: Dialect) -> exp.Expression:
    """MD5 of a text in hexadecimal digits: upper case on Trino, lower on Redshift, read back as numbers on both."""
    if dialect == "redshift":
        return _call("MD5", text)
    return _call("TO_HEX", _call("MD5", _call("TO_UTF8", text)))


def _half(digest: exp.Expression, start: int, dialect: Dialect) -> exp.Expression:
    digits = _call("SUBSTRING", digest, exp.Literal.number(start), exp.Literal.number(HEX_DIGITS))
    return _call("STRTOL" if dialect == "redshift" else "FROM_BASE", digits, exp.Literal.number(16))


def _filtered(query: exp.Select, spec: TableSpec, only: Collection[Partition]) -> exp.Select:
    """The query over some partitions, or over all up to the read point."""
    if not spec.partitions:
        return query
    if only:
        return query.where(exp.or_(*(_is(spec, partition) for partition in only)))
    return query.where(_up_to(spec.partitions, spec.until)) if spec.until is not None else query


def _up_to(fields: Sequence[Field], values: Partition) -> exp.Expression:
    """``(a, b) <= (1, 2)`` as ``a < 1 OR (a = 1 AND b <= 2)``: neither engine prunes by row comparison."""
    column, value = _column(fields[0].name), exp.convert(values[0])
    if len(fields) == 1:
        return exp.LTE(this=column, expression=value)
    equal = exp.EQ(this=column.copy(), expression=value.copy())
    rest = _up_to(fields[1:], values[1:])
    return exp.paren(exp.or_(exp.LT(this=column, expression=value), exp.and_(equal, rest)))


def _is(spec: TableSpec, partition: Partition) -> exp.Expression:
    tests = [
        exp.Is(this=_column(field.name), expression=exp.null())
        if value is None
        else exp.EQ(this=_column(field.name), expression=exp.convert(value))
        for field, value in zip(spec.partitions, partition, strict=True)
    ]
    return exp.paren(exp.and_(*tests)) if tests else exp.true()


def _keys(spec: TableSpec) -> list[exp.Expression]:
    return [_column(field.name) for field in spec.partitions]


def _name(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _as(value: exp.Expression, name: str) -> exp.Expression:
    return exp.alias_(value, _name(name))


def _call(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _decimal(value: exp.Expression) -> exp.Expression:
    return exp.cast(value, exp.DataType.build("DECIMAL(38,0)"))


def _sql(query: exp.Expression, dialect: Dialect) -> str:
    return str(query.sql(dialect=dialect))
