"""Recognises the kind of a statement and runs it."""

from __future__ import annotations

import re
from functools import lru_cache

from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.athena.results import Output
from smartroute_runbook.standins.athena.sql.compile import parse_statement
from smartroute_runbook.standins.athena.sql.dialect import parse_query

from . import ddl as athena_tables
from . import insert_unload as athena_store
from . import show as athena_show
from .alter import alter_table
from .query import AthenaQuery, Context

__all__ = ["classify", "first_word", "prepared", "run", "without_comments"]

_QUERY = {"SELECT", "WITH", "VALUES", "TABLE"}
_TABLE = r"(?:`?(?P<db>\w+)`?\.)?`?(?P<table>\w+)`?"


_LEADING_COMMENTS = re.compile(r"\A(?:\s*(?:--[^\n]*(?:\n|\Z)|/\*.*?\*/))+\s*", re.DOTALL)


def without_comments(sql: str) -> str:
    """A statement from its first word on."""
    return _LEADING_COMMENTS.sub("", sql)


def first_word(sql: str) -> str:
    """The first word of a statement, in upper case; of a query in parentheses the first in them."""
    return re.match(r"\(*\s*(\w*)", sql)[1].upper()  # type: ignore[index]


@lru_cache(256)
def _require_grammar(sql: str) -> None:
    """A query that is no sentence of the grammar, or not rehearsable, is not begun; what else is wrong fails it."""
    try:
        parse_query(sql)
    except QueryFailed as failed:
        if failed.code in {"SYNTAX_ERROR", "NOT_SUPPORTED"}:
            raise


def classify(sql: str) -> tuple[str, str]:
    """StatementType and SubstatementType.

    Raises:
        QueryFailed: it does not parse; Athena refuses such text at StartQueryExecution.
    """
    sql = without_comments(sql)
    words = [*re.findall(r"\w+", sql.upper())[:3], "", "", ""]
    first, second = words[0], words[1]
    if first in _QUERY:
        _require_grammar(sql)
        return "DML", "SELECT"
    if first == "UNLOAD":
        _require_grammar(athena_store.split_unload(sql)[0])
        return "DML", first
    if first in {"INSERT", "DELETE", "MERGE", "UPDATE"}:
        parse_statement(sql)
        return "DML", first
    if first in {"SHOW", "DESCRIBE", "DESC", "EXPLAIN"}:
        return "UTILITY", f"{first}_{second}" if first == "SHOW" else "DESCRIBE" if first == "DESC" else first
    if first not in {"CREATE", "DROP", "ALTER", "MSCK", "PREPARE", "EXECUTE", "DEALLOCATE"}:
        raise QueryFailed("SYNTAX_ERROR", f"line 1:1: mismatched input '{sql[:20]}'. Expecting: <statement>")
    if first in {"MSCK", "ALTER", "PREPARE", "EXECUTE", "DEALLOCATE"}:
        return ("DML", "SELECT") if first == "EXECUTE" else ("DDL", f"{first}_{second}")
    tree = parse_statement(sql)
    if isinstance(tree, exp.Create) and tree.kind == "TABLE" and tree.expression:
        return "DDL", "CREATE_TABLE_AS_SELECT"
    return "DDL", f"{first}_{second}" if second not in {"OR", "EXTERNAL"} else f"{first}_{words[2]}".replace(
        "REPLACE", "VIEW"
    )


def run(sql: str, parameters: tuple[str, ...], context: Context) -> Output:
    """Carry out a statement.

    Raises:
        QueryFailed: Athena would fail it, or it is not rehearsable.
        QueryCancelled: stopped, or over the workgroup's scan limit.
    """
    sql = without_comments(sql.strip().rstrip(";").rstrip())
    first = first_word(sql)
    if first == "UNLOAD":
        return athena_store.unload(sql, parameters, context)
    if first == "SHOW":
        return athena_show.show(sql, context)
    if first in {"DESCRIBE", "DESC"}:
        return athena_show.describe(sql, context)
    if first == "EXECUTE":
        return run(*prepared(sql, context), context)
    if first == "EXPLAIN":
        return athena_show.explain(sql, parameters, context)
    if first == "ALTER":
        return _alter(sql, context)
    if first == "MSCK":
        match = re.fullmatch(rf"MSCK\s+REPAIR\s+TABLE\s+{_TABLE}", sql, re.IGNORECASE)
        if match:
            return athena_tables.repair(context.catalog.get(match["db"] or context.database, match["table"]), context)
    return _tree(sql, parameters, context)


def _tree(sql: str, parameters: tuple[str, ...], context: Context) -> Output:
    if re.match(r"\(*\s*(SELECT|WITH|VALUES|TABLE)\b", sql, re.IGNORECASE):
        return AthenaQuery.plan_text(sql, parameters, context).run(context)
    tree = parse_statement(sql)
    if isinstance(tree, exp.Insert):
        return athena_store.insert(sql, tree, parameters, context)
    if isinstance(tree, exp.Drop):
        return athena_tables.drop(tree, context)
    if isinstance(tree, exp.Create):
        if tree.kind in {"DATABASE", "SCHEMA"}:
            return athena_tables.create_database(tree, context)
        if tree.kind == "VIEW":
            return athena_tables.create_view(sql, tree, context)
        if tree.expression:
            return athena_store.create_table_as(sql, tree, parameters, context)
        return athena_tables.create_external(tree, context)
    raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: {' '.join(sql.split()[:3])}", 1)


def prepared(sql: str, context: Context) -> tuple[str, tuple[str, ...]]:
    """Text and parameters of EXECUTE name [USING value, ...], a prepared statement of the workgroup.

    Raises:
        QueryFailed: NOT_FOUND.
    """
    match = re.match(r"EXECUTE\s+(\w+)(?:\s+USING\s+(.*))?$", sql, re.IGNORECASE | re.DOTALL)
    statement = context.prepared(match[1]) if match else None
    if match is None or statement is None:
        raise QueryFailed("NOT_FOUND", f"Prepared statement not found: {match[1] if match else sql}")
    values = parse_query(f"SELECT {match[2]}").selects if match[2] else []
    return statement, tuple(value.sql("trino") for value in values)


def _alter(sql: str, context: Context) -> Output:
    match = re.match(
        rf"ALTER\s+TABLE\s+{_TABLE}\s+(?P<verb>ADD|DROP)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?PARTITION\b", sql, re.I
    )
    if not match:
        return _altered(sql, context)
    table = context.catalog.get(match["db"] or context.database, match["table"])
    change = athena_tables.add_partitions if match["verb"].upper() == "ADD" else athena_tables.drop_partitions
    return change(table, sql[match.start("verb") :], context)


def _altered(sql: str, context: Context) -> Output:
    tree = parse_statement(sql)
    node = tree.find(exp.Table)
    if not isinstance(tree, exp.Alter) or node is None:
        raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: {' '.join(sql.split()[:5])}", 1)
    return alter_table(tree, context.catalog.get(node.db or context.database, node.name), context)
