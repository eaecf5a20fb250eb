"""SQL of the load, built with sqlglot; nothing of a user's is formatted into text without being quoted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

__all__ = ["batch_filter", "columns_sql", "copy_sql", "counts_sql", "delete_sql", "literal", "quoted", "unload_sql"]


def _ascending(columns: Sequence[exp.Expression]) -> list[exp.Expression]:
    """Both engines put NULLs last by themselves; said so that the generator adds nothing."""
    return [exp.Ordered(this=column, nulls_first=False) for column in columns]


def quoted(name: str) -> str:
    """An identifier in double quotes: ``timestamp`` is a reserved word on Redshift."""
    return exp.to_identifier(name, quoted=True).sql("redshift")


def literal(text: str) -> str:
    """A string literal."""
    return exp.Literal.string(text).sql("redshift")


def batch_filter(keys: Sequence[str], partitions: Sequence[Sequence[int]]) -> exp.Expression:
    """Some partitions of one day: ``year = 2026 AND month = 9 AND day = 21 AND hour IN (4, 5)``, and no more."""
    day = [_is(key, value) for key, value in zip(keys[:3], partitions[0][:3], strict=True)]
    if len(keys) == 4:
        return exp.and_(*day, exp.column(keys[3], quoted=True).isin(*sorted(part[3] for part in partitions)))
    if len(keys) == 3:
        return exp.and_(*day)
    rest = [exp.and_(*(_is(k, v) for k, v in zip(keys[3:], part[3:], strict=True))) for part in partitions]
    return exp.and_(*day, exp.or_(*rest))


def _is(name: str, value: int) -> exp.Expression:
    return exp.EQ(this=exp.column(name, quoted=True), expression=exp.Literal.number(value))


def counts_sql(database: str, table: str, by: Sequence[str], dialect: str, where: exp.Expression | None = None) -> str:
    """Rows by partition: on Athena this reads no columns."""
    keys = [exp.column(name, quoted=True) for name in by]
    query = exp.select(*keys, exp.Count(this=exp.Star()).as_("n")).from_(exp.table_(table, db=database, quoted=True))
    query = query.where(where.copy()) if where is not None else query
    return query.group_by(*keys).order_by(*_ascending(keys)).sql(dialect)


def unload_sql(database: str, table: str, columns: Sequence[str], where: exp.Expression, to: str) -> str:
    """UNLOAD to snappy Parquet, unpartitioned: partition columns become ordinary columns, last."""
    query = exp.select(*(exp.column(name, quoted=True) for name in columns))
    query = query.from_(exp.table_(table, db=database, quoted=True)).where(where)
    return f"UNLOAD ({query.sql('athena')}) TO {literal(to)} WITH (format = 'PARQUET', compression = 'SNAPPY')"


def delete_sql(schema: str, table: str, where: exp.Expression) -> str:
    """Delete the rows of a day."""
    return exp.delete(exp.table_(table, db=schema, quoted=True), where=where).sql("redshift")


def copy_sql(target: str, manifest: str, role: str) -> str:
    """COPY of exactly the files of a manifest. Parquet allows few options, and PARALLEL is none of them."""
    return f"COPY {target} FROM {literal(manifest)} IAM_ROLE {literal(role)} FORMAT AS PARQUET MANIFEST"


def columns_sql(schema: str) -> str:
    """Columns by table in a schema, in order."""
    query = (
        exp.select("table_name", "column_name")
        .from_(exp.table_("columns", db="information_schema"))
        .where(exp.column("table_schema").eq(exp.Literal.string(schema)))
        .order_by(*_ascending([exp.column("table_name"), exp.column("ordinal_position")]))
    )
    return query.sql("redshift")
