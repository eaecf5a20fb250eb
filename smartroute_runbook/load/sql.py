"""SQL of the load, built with sqlglot; user values enter the text only quoted."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from smartroute_runbook.engines.quoting import literal
from smartroute_runbook.lake import Value
from smartroute_runbook.lake.columns import LONGEST_NAME
from smartroute_runbook.lake.values import order
from smartroute_runbook.prove.spec import constant

__all__ = [
    "anew",
    "batch_filter",
    "columns_sql",
    "copy_sql",
    "counts_sql",
    "delete_sql",
    "json_text",
    "staged",
    "unload_sql",
]


def staged(table: str) -> str:
    """The temporary table that a table is loaded through, by a name that Redshift takes whole."""
    return f"stage_{_short(table, 6)}"


def anew(table: str) -> str:
    """The table that takes another one's name when it is filled."""
    return f"{_short(table, 6)}__anew"


def _short(table: str, beside: int) -> str:
    """A name with so many bytes less than Redshift's longest: beyond them it would be cut, to the table's own name."""
    return table.encode()[: LONGEST_NAME - beside].decode(errors="ignore")


def _ascending(columns: Sequence[exp.Expression]) -> list[exp.Expression]:
    """Both engines put NULLs last by themselves; stated so that the generator adds nothing."""
    return [exp.Ordered(this=column, nulls_first=False) for column in columns]


def batch_filter(keys: Sequence[str], partitions: Sequence[Sequence[Value]]) -> exp.Expression:
    """Some partitions and no others, short: ``year = 2026 AND month = 9 AND day IN (21, 22) AND hour IN (4, 5)``.

    Partitions that share what comes after a value are written together, so that a month of hours takes one line.
    """
    if not keys:
        return exp.true()
    rests: dict[Value, set[tuple[Value, ...]]] = {}
    for values in partitions:
        rests.setdefault(values[0], set()).add(tuple(values[1:]))
    sharing: dict[frozenset[tuple[Value, ...]], list[Value]] = {}
    for value, rest in rests.items():
        sharing.setdefault(frozenset(rest), []).append(value)
    tests = []
    for shared, values in sharing.items():
        test = _among(keys[0], values)
        tests.append(exp.and_(test, batch_filter(keys[1:], sorted(shared, key=order))) if len(keys) > 1 else test)
    return exp.paren(exp.or_(*tests)) if len(tests) > 1 else tests[0]


def _among(name: str, values: Sequence[Value]) -> exp.Expression:
    """A column is one of some values; NULL is a value of its own."""
    column = exp.column(name, quoted=True)
    known = [constant(value) for value in sorted((v for v in values if v is not None), key=lambda v: order((v,)))]
    tests: list[exp.Expression] = []
    if known:
        tests.append(column.eq(known[0]) if len(known) == 1 else column.isin(*known))
    if None in values:
        tests.append(exp.Is(this=column.copy(), expression=exp.null()))
    return exp.paren(exp.or_(*tests)) if len(tests) > 1 else tests[0]


def counts_sql(database: str, table: str, by: Sequence[str], dialect: str, where: exp.Expression | None = None) -> str:
    """Rows by partition: on Athena this reads no columns."""
    keys = [exp.column(name, quoted=True) for name in by]
    query = exp.select(*keys, exp.Count(this=exp.Star()).as_("n")).from_(exp.table_(table, db=database, quoted=True))
    query = query.where(where.copy()) if where is not None else query
    if not keys:
        return query.sql(dialect)
    return query.group_by(*keys).order_by(*_ascending(keys)).sql(dialect)


def json_text(name: str) -> exp.Expression:
    """A nested column's JSON as text, on Athena: a struct by its fields, a map by its keys."""
    as_json = exp.cast(exp.column(name, quoted=True), exp.DType.JSON)
    return exp.Anonymous(this="JSON_FORMAT", expressions=[as_json])


def unload_sql(
    database: str, table: str, columns: Sequence[str], where: exp.Expression, to: str, as_json: Collection[str] = ()
) -> str:
    """UNLOAD to snappy Parquet, unpartitioned: partition columns become ordinary columns, last."""
    whole = [exp.column(name, quoted=True) for name in columns]
    items = [json_text(c.name).as_(c.name, quoted=True) if c.name in as_json else c for c in whole]
    query = exp.select(*items)
    query = query.from_(exp.table_(table, db=database, quoted=True)).where(where)
    return (
        f"UNLOAD ({query.sql('athena')}) TO {literal(to, 'athena')} WITH (format = 'PARQUET', compression = 'SNAPPY')"
    )


def delete_sql(schema: str, table: str, where: exp.Expression) -> str:
    """Delete the rows of a day."""
    return exp.delete(exp.table_(table, db=schema, quoted=True), where=where).sql("redshift")


def copy_sql(target: str, manifest: str, role: str) -> str:
    """COPY of exactly the files of a manifest. Parquet allows few options, and PARALLEL is none of them."""
    return f"COPY {target} FROM {literal(manifest)} IAM_ROLE {literal(role)} FORMAT AS PARQUET MANIFEST"


def columns_sql(schema: str) -> str:
    """Columns by table in a schema, in order, with their types: the catalogue knows empty tables too."""
    attributes = ("data_type", "character_maximum_length", "numeric_precision", "numeric_scale", "is_nullable")
    query = (
        exp.select("table_name", "column_name", *attributes)
        .from_(exp.table_("columns", db="information_schema"))
        .where(exp.column("table_schema").eq(exp.Literal.string(schema)))
        .order_by(*_ascending([exp.column("table_name"), exp.column("ordinal_position")]))
    )
    return query.sql("redshift")
