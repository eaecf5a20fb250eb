"""From Trino's SQL to DuckDB's: tables resolved, names qualified, types told, differences written out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.athena.hive_types import hive_type
from smartroute_runbook.standins.athena.storage.catalog import Catalog, GlueTable
from smartroute_runbook.standins.athena.storage.information_schema import INFORMATION
from smartroute_runbook.standins.dotted_names import read_dotted_names
from smartroute_runbook.standins.fallbacks import guard_fallbacks
from smartroute_runbook.standins.plainer import plainer

from .annotate import annotate
from .correlated import require_supported_correlation
from .dialect import AthenaTrino, parse_query
from .set_operations import column_types
from .to_duckdb import translate
from .types import kind, trino_name, zone_of

__all__ = ["Compiled", "Mount", "compile_query", "parse_statement"]

Mount = Callable[[GlueTable], str]


@dataclass(frozen=True)
class Compiled:
    """A query in DuckDB's SQL, with the names and Trino types of its columns (``unknown`` where it could not be told).

    ``priced`` is the same query with every CTE written out, since Trino reads a table for each mention of it.
    ``read`` are the tables and views that it names, as they were; ``relations`` the mounted ones, by name.
    """

    sql: str
    priced: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    zones: tuple[str, ...]
    read: tuple[GlueTable, ...]
    relations: tuple[tuple[str, GlueTable], ...]


@dataclass
class _Names:
    """The relations of one query, and what the type rules need to know of them."""

    database: str
    catalog: Catalog
    mount: Mount
    schema: dict[str, dict[str, exp.DataType]] = field(default_factory=dict)
    visible: dict[str, list[str]] = field(default_factory=dict)
    read: list[GlueTable] = field(default_factory=list)
    relations: dict[str, GlueTable] = field(default_factory=dict)


def parse_statement(sql: str) -> exp.Expr:
    """A statement other than a query (Hive's grammar for DDL, Trino's for the rest).

    Raises:
        QueryFailed: SYNTAX_ERROR.
    """
    try:
        return sqlglot.parse_one(sql, read="athena")
    except sqlglot.errors.SqlglotError as error:
        raise QueryFailed("SYNTAX_ERROR", str(error).splitlines()[0]) from error


def compile_query(tree: exp.Expr, database: str, catalog: Catalog, mount: Mount) -> Compiled:
    """A parsed query, compiled.

    Args:
        tree: what ``parse_query`` gave; it is changed.
        database: where unqualified tables are looked up.
        catalog: Glue.
        mount: makes a table a relation of the DuckDB connection and names it.

    Raises:
        QueryFailed: Trino would refuse the query, or it is not rehearsable.
    """
    if isinstance(tree, exp.Subquery) and isinstance(tree.this, exp.Values):
        tree.this.args.update({part: tree.args[part] for part in ("order", "limit", "offset") if tree.args.get(part)})
        tree = tree.this
    if isinstance(tree, exp.Values):
        columns = [exp.to_identifier(f"_col{n}") for n in range(len(tree.expressions[0].expressions))]
        moved = {part: tree.args.get(part) for part in ("with_", "order", "limit", "offset")}
        for part in moved:
            tree.set(part, None)
        tree.set("alias", exp.TableAlias(this=exp.to_identifier("v"), columns=columns))
        tree = exp.select(*(exp.column(c.copy()) for c in columns)).from_(tree, copy=False)
        for part, value in moved.items():
            tree.set(part, value)
    tree = _lower(tree)
    names = _output_names(tree)
    relations = _Names(database, catalog, mount)
    tree = _resolve(tree, relations)
    _unmerged(tree)
    schema = MappingSchema(relations.schema, visible=relations.visible, dialect=AthenaTrino, normalize=False)
    try:
        tree = qualify(tree, schema=schema, dialect=AthenaTrino, expand_alias_refs=False)
    except sqlglot.errors.SqlglotError as error:
        raise _unresolved(error) from error
    require_supported_correlation(tree)
    tree = annotate(tree, schema)
    selects = tree.selects if isinstance(tree, exp.Query) else []
    names = tuple(names[n] if n < len(names) and names[n] else s.output_name for n, s in enumerate(selects))
    types = column_types(tree)
    tree = guard_fallbacks(plainer(translate(tree)))
    sql = tree.sql("duckdb")
    priced = _inlined(tree).sql("duckdb") if tree.find(exp.CTE) else sql
    return Compiled(
        sql, priced, names, tuple(trino_name(t) for t in types),
        tuple(zone_of(t) if kind(t) == "timestamp with time zone" else "" for t in types),
        tuple(relations.read), tuple(relations.relations.items()),
    )  # fmt: skip


def _lower(tree: exp.Expr) -> exp.Expr:
    """Unaliased expressions get Trino's name for them: ``_col`` and the position."""
    for select in tree.find_all(exp.Select):
        _name_keys(select)
        for n, item in enumerate(select.expressions):
            if not isinstance(item, exp.Alias | exp.Column | exp.Star | exp.Dot | exp.Subquery | exp.Aliases) or (
                isinstance(item, exp.Subquery) and not item.alias
            ):
                item.replace(exp.Alias(this=item.copy(), alias=exp.to_identifier(f"_col{n}")))
    return tree


def _name_keys(select: exp.Select) -> None:
    """A name within an expression of ORDER BY is the result's column first (Trino, ``StatementAnalyzer``).

    As a bare one is; for DuckDB it is the table's.
    """
    named = {item.alias.lower(): item.this for item in select.expressions if isinstance(item, exp.Alias)}
    order = select.args.get("order")
    for key in order.expressions if order and named else ():
        for column in [] if isinstance(key.this, exp.Column) else list(key.this.find_all(exp.Column)):
            value = None if column.table else named.get(column.name.lower())
            if value is not None and column.find_ancestor(exp.Select) is select:
                column.replace(exp.paren(value.copy(), copy=False))


def _unmerged(tree: exp.Expr) -> None:
    """t.* beside USING: the column that it merges is no part of t (StatementAnalyzer.analyzeJoinUsing)."""
    for select in tree.find_all(exp.Select):
        joins = [join for join in select.find_all(exp.Join) if join.find_ancestor(exp.Select) is select]
        merged = [column.copy() for join in joins for column in join.args.get("using") or []]
        for item in select.expressions if merged else []:
            if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                item.this.set("except_", [*(item.this.args.get("except_") or []), *merged])


def _output_names(tree: exp.Expr) -> tuple[str, ...]:
    """Names as they were written, before case is folded; empty after a star, whose columns are not known yet."""
    found = []
    for item in tree.selects if isinstance(tree, exp.Query) else []:
        if item.is_star:
            break
        found.append(item.output_name)
    return tuple(found)


def _resolve(tree: exp.Expr, names: _Names) -> exp.Expr:
    """Every table becomes a mounted relation, every view the query that it stands for."""
    hidden = {column.name for column in tree.find_all(exp.Column) if column.name.startswith("$")}
    tree = read_dotted_names(tree)
    scopes = traverse_scope(tree)
    tables = [s for scope in scopes for _, s in scope.selected_sources.values() if isinstance(s, exp.Table)]
    for node in tables:
        if isinstance(node.this, exp.Identifier):
            node.replace(_relation(node, names, hidden))
    return tree


def _relation(node: exp.Table, names: _Names, hidden: set[str]) -> exp.Expr:
    database = (node.db or names.database or "default").lower()
    alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name))
    if database == "information_schema":
        new: exp.Expr = _table(names, INFORMATION(node.name.lower(), names.catalog), hidden)
    else:
        table = names.catalog.get(database, node.name)
        names.read.append(table)
        if table.view is not None:
            inner = replace(names, database=table.database)  # its names are those of the query around it
            new = exp.Subquery(this=_resolve(_lower(parse_query(table.view)), inner))
        else:
            new = _table(names, table, hidden)
    new.set("alias", alias)
    for key in ("joins", "sample", "pivots"):
        new.set(key, node.args.get(key))
    return new


def _table(names: _Names, table: GlueTable, hidden: set[str]) -> exp.Table:
    name = names.mount(table)
    names.relations[name] = table
    columns = {f.name: hive_type(f.type).copy() for f in table.fields}
    names.schema[name] = {**columns, **dict.fromkeys(hidden & {"$path"}, exp.DataType.build("VARCHAR"))}
    names.visible[name] = list(columns)
    return exp.to_table(name, quoted=True)


def _inlined(tree: exp.Expr) -> exp.Expr:
    priced = tree.copy()
    for cte in priced.find_all(exp.CTE):
        if not cte.find_ancestor(exp.With).args.get("recursive"):
            cte.set("materialized", False)
    return priced


def _unresolved(error: Exception) -> QueryFailed:
    text = re.sub(r"\x1b\[\d+m", "", str(error)).splitlines()[0]
    where = re.search(r"[Ll]ine:? (\d+), [Cc]ol:? (\d+)", text)  # the column of the name's last letter
    name = re.search(r"(?:[Cc]olumn '\"?|Unknown (?:table|column):? '?\"?)([^'\"]*)", text)
    at = f"line {where[1]}:{max(1, int(where[2]) - len(name[1] if name else 'x') + 1)}" if where else "line 1:1"
    if "mbiguous" in text or "multiple" in text:  # sqlglot has no other sign of it than its message
        return QueryFailed("AMBIGUOUS_NAME", f"{at}: {text}")
    if name:
        return QueryFailed("COLUMN_NOT_FOUND", f"{at}: Column '{name[1]}' cannot be resolved")
    return QueryFailed("SYNTAX_ERROR", f"{at}: {text}")
