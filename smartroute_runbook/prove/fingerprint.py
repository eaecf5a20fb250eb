"""The queries of a proof: SQL trees that count, fingerprint and fetch the rows of one table.

A fingerprint groups rows by partition and hash bucket; a group is its number of rows and the exact sums of two
60-bit halves of each row's digest. Sums, so that the order of rows does not matter and a doubled row counts twice.
It also carries the sums of the columns that are whole numbers and of the digest of the others: see ``alone``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlglot import exp

from smartroute_runbook.engines.interface import Rows

from .encoding import (
    NULL,
    Dialect,
    Field,
    binary_text,
    double_layer,
    hexadecimal,
    parted,
    row_expression,
    together,
    whole_number,
)
from .reference import DIGITS
from .spec import Partition, TableSpec, dialect_of, filtered, is_partition, partition_of
from .trees import alias, call, column, decimal, name, or_else, text, varchar

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
    "lookup_sql",
    "partition_of",
    "sample_sql",
    "varying_sql",
]

BUNCH = 30_000
"""Bytes of groups in one row of an answer, at most: a VARCHAR of Redshift holds 65,535 (guide, "LISTAGG")."""
LONGEST_SUM = 40  # characters of a DECIMAL(38,0), its sign and what parts it from the next
MASKED = 60  # whole numbers whose NULLs a BIGINT mask can hold; a row with more of them is fetched, not recovered


class Group(NamedTuple):
    """The rows of one bucket of one partition.

    Attributes:
        rows: how many.
        first: the sum of the first halves of their digests.
        second: the sum of the second halves.
        others: the sum of the digests (60 bits) of the columns that are not whole numbers; 0 without such.
        known: the sum of each row's mask of whole numbers that are not NULL, the first column's bit being the lowest.
        numbers: the sum of each column that is a whole number.
    """

    rows: int
    first: int
    second: int
    others: int = 0
    known: int = 0
    numbers: tuple[int, ...] = ()


@lru_cache(64)
def counts_sql(spec: TableSpec, dialect: Dialect) -> str:
    """Rows per partition; on Athena this reads no column."""
    query = exp.select(*spec.keys(), _rows()).from_(spec.relation(dialect))
    query = filtered(query, spec, ())
    return _sql(query.group_by(*spec.keys()) if spec.partitions else query, dialect)


@lru_cache(64)
def fingerprint_sql(spec: TableSpec, dialect: Dialect, buckets: int, only: tuple[Partition, ...] = ()) -> str:
    """One pass over the table, or over some of its partitions: rows and sums per partition and bucket.

    The figures of a group are one text, and a row of the answer holds many groups: drivers and Athena's pages of 1,000
    rows take more time and memory for 24,000 rows of ten numbers than the engines for 10 million digests.
    """
    numbers, others = parted(spec.columns)
    zero = exp.Literal.number(0)
    sums = [_sum(column("_h1")), _sum(column("_h2")), _sum(column("_h3")) if others else zero]
    sums.append(_sum(_mask(len(numbers))) if numbers else zero.copy())
    sums += [_sum(column(f"_n{n}")) for n in range(len(numbers))]
    bucket = _bucket(buckets)
    figures: list[exp.Expression] = [varchar(bucket.copy()), text(","), varchar(exp.Count(this=exp.Star()))]
    for value in sums:
        figures += [text(","), or_else(varchar(value), "0")]
    grouped = exp.select(*spec.keys(), alias(bucket, "_bucket"), alias(together(figures, dialect), "_figures"))
    grouped = grouped.from_(_hashed(spec, dialect, (), only, numbers=True)).group_by(*spec.keys(), bucket.copy())
    bunches = -(-buckets // max(1, BUNCH // (LONGEST_SUM * (2 + len(sums)))))
    bunch = call("MOD", column("_bucket"), exp.Literal.number(bunches))
    query = exp.select(*spec.keys(), alias(_listed(column("_figures"), dialect), "_groups"))
    return _sql(query.from_(grouped.subquery(name("grouped"))).group_by(*spec.keys(), bunch), dialect)


def fetch_sql(spec: TableSpec, dialect: Dialect, buckets: int, whole: Mapping[Partition, Collection[int]]) -> str:
    """The rows of the named buckets, with their hashes."""
    bucket = _bucket(buckets)
    conditions = [exp.and_(is_partition(spec, part), bucket.copy().isin(*sorted(whole[part]))) for part in whole]
    # Few rows pass this cheap test, so that the long one is made for few.
    anywhere = bucket.copy().isin(*sorted({n for numbers in whole.values() for n in numbers}))
    fields = [field.name for field in spec.columns]
    query = exp.select(*spec.keys(), *map(column, ("_h1", "_h2", *fields)))
    query = query.from_(_hashed(spec, dialect, fields, list(whole)))
    return _sql(query.where(anywhere, exp.or_(*conditions)), dialect)


def lookup_sql(
    spec: TableSpec, dialect: Dialect, only: Collection[Partition], others: Collection[int], rows: Collection[int]
) -> str:
    """The values of the columns that are not whole numbers where their digest is one of ``others``, and how often.

    Rows whose first hash is one of ``rows`` are counted separately. Without ``rows`` no column that is a whole number
    is read: the engines leave out what no result needs.
    """
    fields = [column(field.name) for field in parted(spec.columns)[1]]
    grouped: list[exp.Expression] = [*spec.keys(), *([column("_h3")] if fields else [])]
    # Not grouped by the values: Redshift groups 'a' with 'a ' and shows either.
    items = [*grouped, *(call("ARBITRARY" if dialect == "athena" else "ANY_VALUE", field) for field in fields)]
    if rows:
        grouped.append(exp.Case().when(column("_h1").isin(*sorted(rows)), column("_h1")))
        items.append(alias(grouped[-1], "_row"))
    query = exp.select(*[item.copy() for item in items], _rows())
    query = query.from_(_hashed(spec, dialect, [field.name for field in fields], only))
    condition = column("_h3").isin(*sorted(others)) if fields else column("_h1").isin(*sorted(rows))
    return _sql(query.where(condition).group_by(*[item.copy() for item in grouped]), dialect)


def columns_sql(spec: TableSpec, dialect: Dialect, partition: Partition, fields: Sequence[Field] = ()) -> str:
    """One partition, each column by itself: the sum of its values' hashes, in the order of the fields (or of all)."""
    texts = [row_expression([field], dialect, among=spec.columns) for field in fields or spec.columns]
    digests = [alias(hexadecimal(value, dialect), f"_md5_{n}") for n, value in enumerate(texts)]
    inner = exp.select(*digests).from_(double_layer(spec.relation(dialect), spec.columns, spec.partitions))
    halves = [alias(_half(column(f"_md5_{n}"), 1, dialect), f"_h_{n}") for n in range(len(texts))]
    layer = exp.select(*halves).from_(filtered(inner, spec, [partition]).subquery(name("encoded")))
    sums = [alias(_sum(column(f"_h_{n}")), f"_s{n}") for n in range(len(texts))]
    return _sql(exp.select(*sums).from_(layer.subquery(name("hashed"))), dialect)


def sample_sql(spec: TableSpec, dialect: Dialect, partition: Partition, by: Sequence[Field], one_in: int) -> str:
    """Some rows of one partition with their hashes: those whose columns ``by`` hash to a multiple of ``one_in``."""
    fields = [field.name for field in spec.columns]
    query = exp.select(*spec.keys(), *map(column, ("_h1", "_h2", *fields)))
    query = query.from_(_hashed(spec, dialect, fields, [partition], by=by))
    condition = exp.EQ(this=_bucket(one_in, "_h4"), expression=exp.Literal.number(0))
    return _sql(query.where(condition), dialect)


def varying_sql(spec: TableSpec, dialect: Dialect, by: Sequence[Field]) -> str:
    """How many groups of rows that agree in the columns ``by`` differ in others; without such, of a partition."""
    rows = _hashed(spec, dialect, (), (), by=by)
    several = exp.GT(this=exp.Count(this=exp.Distinct(expressions=[column("_h1")])), expression=exp.Literal.number(1))
    grouped = [*spec.keys(), *([column("_h4")] if by else [])]
    query = exp.select(*(grouped or [_rows()])).from_(rows).group_by(*grouped).having(several)
    return _sql(exp.select(_rows()).from_(query.subquery(name("varying"))), dialect)


def groups(spec: TableSpec, answer: Rows) -> Iterator[tuple[Partition, int, Group]]:
    """The answer of ``fingerprint_sql``, typed."""
    width = len(spec.partitions)
    known: dict[Partition, Partition] = {}
    for row in answer.rows:
        part = partition_of(spec, row)
        for group in row[width].split(";"):
            bucket, rows, first, second, others, mask, *numbers = map(int, group.split(","))
            yield known.setdefault(part, part), bucket, Group(rows, first, second, others, mask, tuple(numbers))
    answer.rows.clear()  # the typed groups take a third of the memory


def _hashed(
    spec: TableSpec,
    dialect: Dialect,
    carried: Sequence[str],
    only: Collection[Partition],
    *,
    by: Sequence[Field] = (),
    numbers: bool = False,
) -> exp.Expression:
    """Partition columns and carried ones (bytes as digits) with the hashes of each row, and optionally its numbers.

    ``_h1`` and ``_h2`` are both halves of its digest, ``_h3`` one half of that of the columns that are not whole
    numbers, ``_h4`` one of that of the columns ``by``; ``_n0``, ``_n1`` ... are its whole numbers.
    """
    whole, others = parted(spec.columns)
    inner: list[exp.Expression] = [column(field) for field in carried]
    inner += [alias(whole_number(field, column(field.name), dialect), f"_n{n}") for n, field in enumerate(whole)]
    for fields, digest in ((others, "_others"), (by, "_by")):
        if fields:
            value = row_expression(fields, dialect, among=spec.columns)
            inner.append(alias(hexadecimal(value, dialect), digest))
    source = exp.select(*spec.keys(), *inner).from_(double_layer(spec.relation(dialect), spec.columns, spec.partitions))
    pieces: list[exp.Expression] = []
    for n in range(len(whole)):
        pieces += [or_else(varchar(column(f"_n{n}")), NULL), text(",")]
    row = together([*pieces, *([column("_others")] if others else [])], dialect)
    passed_on = [*carried, *(f"_n{n}" for n in range(len(whole)) if numbers)]
    digests = ["_others"] * bool(others) + ["_by"] * bool(by)
    binary = {field.name for field in others if field.kind == "binary"}
    shown = [alias(binary_text(column(of), dialect), of) if of in binary else column(of) for of in passed_on]
    rows = exp.select(*spec.keys(), *shown, *map(column, digests), alias(hexadecimal(row, dialect), "_md5"))
    halves = [("_md5", 1, "_h1"), ("_md5", 17, "_h2")]
    halves += [("_others", 1, "_h3")] * bool(others) + [("_by", 1, "_h4")] * bool(by)
    hashes = [alias(_half(column(of), start, dialect), to) for of, start, to in halves]
    layer = exp.select(*spec.keys(), *map(column, passed_on), *hashes)
    encoded = rows.from_(filtered(source, spec, only).subquery(name("parts"))).subquery(name("encoded"))
    return layer.from_(encoded).subquery(name("hashed"))


def _rows() -> exp.Expression:
    return alias(exp.Count(this=exp.Star()), "_rows")


def _sum(value: exp.Expression) -> exp.Expression:
    return exp.Sum(this=decimal(value))


def _mask(numbers: int) -> exp.Expression:
    """Which whole numbers of a row are not NULL, as a number below 2 ** ``numbers``."""

    def bit(n: int) -> exp.Expression:
        absent = exp.Is(this=column(f"_n{n}"), expression=exp.null())
        return exp.Case().when(absent, exp.Literal.number(0)).else_(exp.Literal.number(1 << n))

    total = bit(0)
    for n in range(1, min(numbers, MASKED)):
        total = exp.Add(this=total, expression=bit(n))
    return total


def _bucket(buckets: int, of: str = "_h1") -> exp.Expression:
    """MOD by name: redshift_connector takes a bare ``%`` for a parameter."""
    return call("MOD", column(of), exp.Literal.number(buckets))


def _listed(value: exp.Expression, dialect: Dialect) -> exp.Expression:
    """The texts of a group, with semicolons between."""
    if dialect == "redshift":
        return call("LISTAGG", value, text(";"))
    return call("ARRAY_JOIN", call("ARRAY_AGG", value), text(";"))


def _half(digest: exp.Expression, start: int, dialect: Dialect) -> exp.Expression:
    digits = call("SUBSTRING", digest, exp.Literal.number(start), exp.Literal.number(DIGITS))
    return call("STRTOL" if dialect == "redshift" else "FROM_BASE", digits, exp.Literal.number(16))


def _sql(query: exp.Expression, dialect: Dialect) -> str:
    return str(query.sql(dialect=dialect))
