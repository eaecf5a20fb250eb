"""One statement of Athena's SQL, carried out: queries, writes, Glue DDL, SHOW and DESCRIBE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb
from sqlglot import exp

from .athena_catalog import Catalog, Table
from .athena_errors import QueryCancelled, QueryFailed, failure_of
from .athena_results import Output, ResultColumn, render, trino_type
from .athena_scan import Mounted, Scanner
from .athena_trino import parse, resolve_tables, to_duckdb
from .objects import Objects

__all__ = ["Context", "Query", "bind_parameters", "classify", "run"]


@dataclass
class Context:
    """What a statement needs: an own DuckDB connection, the catalogue, the objects, the session's database.

    ``planned`` is called with the bytes a query will scan before it runs, and may raise QueryCancelled.
    """

    connection: duckdb.DuckDBPyConnection
    catalog: Catalog
    scanner: Scanner
    objects: Objects
    database: str
    enforced: bool = False
    output_folder: str = ""
    planned: Callable[[int], None] = lambda _: None
    mounted: Mounted = field(default_factory=Mounted)
    mounts: dict[tuple[str, str], str] = field(default_factory=dict)

    def mount(self, table: Table) -> str:
        """A temporary view of the table; its name."""
        key = (table.database, table.name)
        if key not in self.mounts:
            name = f"__table_{len(self.mounts)}"
            sql = self.scanner.relation(self.connection, table, self.mounted)
            self.connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {sql}')
            self.mounts[key] = name
        return self.mounts[key]


@dataclass(frozen=True)
class Query:
    """A SELECT ready to run on DuckDB."""

    sql: str
    columns: tuple[ResultColumn, ...]

    @classmethod
    def plan(cls, tree: exp.Expr, context: Context) -> Query:
        """Translate, bind, and announce the bytes to be scanned.

        Raises:
            QueryFailed: Trino would refuse it.
            QueryCancelled: over the workgroup's limit.
        """
        tree = resolve_tables(tree, context.database, context.catalog, context.mount)
        sql = to_duckdb(tree)
        try:
            found = context.connection.execute(f"DESCRIBE {sql}").fetchall()
            context.planned(context.scanner.scanned(context.connection, sql, context.mounted))
        except duckdb.Error as error:
            raise failure_of(error) from error
        names = _names(tree, [row[0] for row in found])
        return cls(sql, tuple(ResultColumn(n, trino_type(row[1])) for n, row in zip(names, found, strict=True)))

    def run(self, context: Context) -> Output:
        """Execute and render."""
        try:
            rows = context.connection.execute(self.sql).fetch_arrow_table()
            return Output(self.columns, render(context.connection, rows, self.columns))
        except duckdb.InterruptException as error:
            raise QueryCancelled("Query was cancelled by the user") from error
        except duckdb.Error as error:
            raise failure_of(error) from error


def _names(tree: exp.Expr, found: list[str]) -> list[str]:
    """Trino names a column without an alias ``_col<position>``."""
    if not isinstance(tree, exp.Query) or tree.is_star or len(tree.selects) != len(found):
        return found
    return [s.alias_or_name or f"_col{n}" for n, s in enumerate(tree.selects)]


def bind_parameters(tree: exp.Expr, parameters: tuple[str, ...]) -> exp.Expr:
    """Puts execution parameters (SQL literals as text) in the places of ``?``, in order.

    Raises:
        QueryFailed: INVALID_PARAMETER_USAGE.
    """
    places = sorted(tree.find_all(exp.Placeholder), key=lambda p: p.meta.get("start", 0))
    if len(places) != len(parameters):
        words = f"line 1:1: Incorrect number of parameters: expected {len(places)} but found {len(parameters)}"
        raise QueryFailed("INVALID_PARAMETER_USAGE", words)
    for place, text in zip(list(tree.find_all(exp.Placeholder, bfs=False)), parameters, strict=True):
        place.replace(parse(f"SELECT {text}").selects[0])
    return tree


def run(sql: str, parameters: tuple[str, ...], context: Context) -> Output:
    """Carry out a statement."""
    tree: Any = bind_parameters(parse(sql), parameters)
    if isinstance(tree, exp.Query):
        return Query.plan(tree, context).run(context)
    raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: {type(tree).__name__}", 1)


def classify(sql: str) -> tuple[str, str]:
    """StatementType and SubstatementType.

    Raises:
        QueryFailed: it does not parse.
    """
    words = sql.lstrip("( \n\t").upper().split(None, 2)
    first, second = (words + ["", ""])[:2]
    if first in {"SELECT", "WITH", "VALUES", "TABLE"}:
        parse(sql)
        return "DML", "SELECT"
    if first in {"INSERT", "UNLOAD", "DELETE", "MERGE", "UPDATE"}:
        return "DML", first
    if first in {"SHOW", "DESCRIBE", "DESC", "EXPLAIN"}:
        return "UTILITY", f"{first}_{second}" if first == "SHOW" else first
    if first == "CREATE" and " AS" in sql.upper() and "VIEW" not in sql.upper()[:40]:
        return "DDL", "CREATE_TABLE_AS_SELECT"
    return "DDL", f"{first}_{second}"
