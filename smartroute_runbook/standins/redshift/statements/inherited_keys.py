"""The keys of a table that a query makes: those that are written, by name or place, or those of what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from smartroute_runbook.standins.redshift.database import CATALOG, ColumnInfo, columns_of
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.dialect import parse_tree
from smartroute_runbook.standins.redshift.sql.to_duckdb import DuckDbQuery

from .relations import Attributes

__all__ = ["keys_of_query"]


def keys_of_query(session: Session, query: DuckDbQuery, given: Attributes, names: Sequence[str]) -> Attributes:
    """The keys of CREATE TABLE AS.

    A plain SELECT of one table has its distribution and sort key where none is written; one with ORDER BY is sorted
    so; after a LIMIT, a join or an aggregate the planner chooses, which here is none (r_CTAS_usage_notes).

    Args:
        session: where the tables are.
        query: what is read.
        given: what the statement says.
        names: the new table's columns, in order.
    """
    if given.diststyle or given.distkey or given.sortkeys or given.sortstyle:
        key = _named(given.distkey, names) if given.distkey else ""
        return replace(given, distkey=key, sortkeys=[_named(each, names) for each in given.sortkeys])
    tree = parse_tree(query.source)
    if not _is_plain(tree) or len(query.reads) != 1:
        return given
    ((schema, table),) = query.reads
    columns = columns_of(session.cursor, schema, table)
    row = session.cursor.execute(
        f"SELECT diststyle FROM {CATALOG}.relations WHERE schema_name = ? AND table_name = ? AND kind = 'table'",
        [schema, table],
    ).fetchone()
    if row is None:
        return given
    made = dict(zip(_read(tree, columns), names, strict=False))
    dist = next((made[each.name] for each in columns if each.distkey and each.name in made), "")
    order = tree.args.get("order")
    if order is not None:
        keys = [key.this.name.lower() for key in order.expressions]
        return Attributes(distkey=dist, sortkeys=[key for key in keys if key in names])
    ordered = sorted((each for each in columns if each.sortkey), key=lambda each: each.sortkey)
    style = row[0] if row[0] in {"ALL", "EVEN"} else ""
    return Attributes(style, dist, [made[each.name] for each in ordered if each.name in made])


def _named(key: str, names: Sequence[str]) -> str:
    """A key's column, which may be written as its place."""
    if not key.isdigit():
        return key
    if not 1 <= int(key) <= len(names):
        raise SqlError("42703", f"column {key} named in key does not exist")
    return names[int(key) - 1]


def _is_plain(tree: exp.Expression) -> bool:
    """Whether a query is one scan of one table, sorted or not."""
    if not isinstance(tree, exp.Select) or any(tree.args.get(part) for part in ("joins", "group", "limit", "distinct")):
        return False
    source = tree.args.get("from_")
    if source is None or not isinstance(source.this, exp.Table) or tree.find(exp.Subquery, exp.CTE):
        return False
    return tree.find(exp.AggFunc, exp.Window) is None


def _read(tree: exp.Expression, columns: Sequence[ColumnInfo]) -> Iterator[str]:
    """The column behind each item of the SELECT list; an expression has none of that name."""
    for item in tree.selects:
        if item.is_star:
            yield from (column.name for column in columns)
        else:
            value = item.unalias()
            yield value.name.lower() if isinstance(value, exp.Column) else ""
