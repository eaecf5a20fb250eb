"""Trino's SQL in DuckDB's words."""

from __future__ import annotations

from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from .athena_catalog import Catalog, Table
from .athena_errors import QueryFailed

__all__ = ["parse", "resolve_tables", "to_duckdb"]


def parse(sql: str) -> exp.Expr:
    """One statement of Athena's SQL as a tree.

    Raises:
        QueryFailed: SYNTAX_ERROR.
    """
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="athena") if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        raise QueryFailed("SYNTAX_ERROR", _where(error)) from error
    if len(trees) != 1:
        raise QueryFailed("SYNTAX_ERROR", f"Only one sql statement is allowed. Got: {sql}")
    return trees[0]


def _where(error: Exception) -> str:
    details = getattr(error, "errors", None) or [{}]
    line, column = details[0].get("line") or 1, details[0].get("col") or 1
    near = details[0].get("highlight") or ""
    return f"line {line}:{column}: mismatched input '{near}'"


def resolve_tables(tree: exp.Expr, database: str, catalog: Catalog, mount: Callable[[Table], str]) -> exp.Expr:
    """Replaces each table by the relation that ``mount`` names for it, and each view by its query."""
    real = [
        source
        for scope in traverse_scope(tree)
        for _, source in scope.selected_sources.values()
        if isinstance(source, exp.Table)
    ]
    for node in real:
        if not isinstance(node.this, exp.Identifier):
            continue
        alias = node.alias or node.name
        if (node.db or database).lower() == "information_schema":
            new: exp.Expr = exp.to_table(mount_information(node, catalog, mount), alias=alias)
        else:
            table = catalog.get(node.db or database or "default", node.name)
            if table.view is not None:
                view = resolve_tables(parse(table.view), table.database, catalog, mount)
                new = exp.alias_(exp.paren(view, copy=False).this.subquery(), alias, table=True)
            else:
                new = exp.to_table(mount(table))
                new.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
        columns = node.args["alias"].args.get("columns") if node.args.get("alias") else None
        if columns:
            new.args["alias"].set("columns", columns)
        new.set("joins", node.args.get("joins"))
        node.replace(new)
    for column in tree.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)
    return tree


def mount_information(node: exp.Table, catalog: Catalog, mount: Callable[[Table], str]) -> str:
    """Not yet."""
    raise QueryFailed("NOT_SUPPORTED", "not rehearsable: information_schema", 1)


def to_duckdb(tree: exp.Expr) -> str:
    """The tree as DuckDB SQL."""
    return tree.sql("duckdb")
