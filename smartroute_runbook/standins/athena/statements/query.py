"""A SELECT: parsed, its tables mounted, translated, its bytes estimated, run, rendered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryCancelled, QueryFailed, failure_of
from smartroute_runbook.standins.athena.results import Output, ResultColumn, render, trino_type
from smartroute_runbook.standins.athena.sql.compilations import Compilations
from smartroute_runbook.standins.athena.sql.compile import Compiled, compile_query
from smartroute_runbook.standins.athena.sql.dialect import parse_query
from smartroute_runbook.standins.athena.storage.catalog import Catalog, GlueTable
from smartroute_runbook.standins.athena.storage.file_columns import duckdb_type
from smartroute_runbook.standins.athena.storage.information_schema import information_rows
from smartroute_runbook.standins.athena.storage.scan import Mounted, ParquetScanner
from smartroute_runbook.standins.s3 import Objects

__all__ = ["AthenaQuery", "Context", "bind_parameters", "hive_type"]


@dataclass
class Context:
    """What a statement needs: an own DuckDB connection, the catalogue, the objects, the session's database.

    ``planned`` is called with the bytes a query will scan before it runs, and may raise QueryCancelled.
    ``enforced`` and ``output_folder`` are the workgroup's; ``execution_id`` names what the statement writes;
    ``prepared`` finds a prepared statement of the workgroup.
    """

    connection: duckdb.DuckDBPyConnection
    catalog: Catalog
    scanner: ParquetScanner
    objects: Objects
    database: str
    enforced: bool = False
    output_folder: str = ""
    execution_id: str = ""
    prepared: Callable[[str], str | None] = lambda _: None
    planned: Callable[[int], None] = lambda _: None
    compilations: Compilations = field(default_factory=Compilations)
    mounted: Mounted = field(default_factory=Mounted)
    mounts: dict[tuple[str, str], str] = field(default_factory=dict)

    def mount(self, table: GlueTable) -> str:
        """A temporary view of the table; its name."""
        key = (table.database, table.name)
        if key not in self.mounts:
            name = f"__table_{len(self.mounts)}"
            if table.database == "information_schema":
                rows = information_rows(table.name, self.catalog)
                columns = {f.name: [row[n] for row in rows] for n, f in enumerate(table.columns)}
                kinds = {f.name: pa.int64() if f.type == "bigint" else pa.string() for f in table.columns}
                self.connection.register(name, pa.table({n: pa.array(v, kinds[n]) for n, v in columns.items()}))
            else:
                self.scanner.mount(self.connection, table, name, self.mounted)
            self.mounts[key] = name
        return self.mounts[key]

    def release(self) -> None:
        """The statement has ended: nothing that it mounted is needed any more."""
        self.scanner.release(self.mounted)


@dataclass(frozen=True)
class AthenaQuery:
    """A SELECT ready to run on DuckDB; ``columns`` with Trino's names and types."""

    sql: str
    columns: tuple[ResultColumn, ...]

    @classmethod
    def plan(cls, tree: exp.Expr, context: Context, *, runs: bool = True) -> AthenaQuery:
        """Translate, bind, and (if it is to run) announce the bytes to be scanned.

        Raises:
            QueryFailed: Trino would refuse it.
            QueryCancelled: over the workgroup's limit.
        """
        return cls._planned(compile_query(tree, context.database, context.catalog, context.mount), context, runs)

    @classmethod
    def _planned(cls, compiled: Compiled, context: Context, runs: bool) -> AthenaQuery:
        try:
            described = context.connection.execute(f"DESCRIBE {compiled.sql}").fetchall()
            if runs:
                context.planned(context.scanner.scanned(context.connection, compiled.priced, context.mounted))
        except duckdb.Error as error:
            raise failure_of(error) from error
        known = [*zip(compiled.names, compiled.types, compiled.zones, strict=True)] or [
            (r[0], "unknown", "") for r in described
        ]
        columns = [
            ResultColumn(name, trino_type(row[1]) if kind == "unknown" else kind, zone)
            for (name, kind, zone), row in zip(known, described, strict=True)
        ]
        return cls(compiled.sql, tuple(columns))

    @classmethod
    def plan_text(cls, sql: str, parameters: tuple[str, ...], context: Context, *, runs: bool = True) -> AthenaQuery:
        """The same for text that must be a query."""
        bound = bind_parameters(sql, parameters)

        def compiled() -> Compiled:
            tree = parse_query(bound)
            if not isinstance(tree, exp.Query | exp.Values):
                raise QueryFailed("SYNTAX_ERROR", "line 1:1: Expecting: 'SELECT', 'TABLE', 'VALUES', 'WITH'")
            return compile_query(tree, context.database, context.catalog, context.mount)

        query = context.compilations.of(bound, context.database, context.catalog, context.mount, compiled)
        return cls._planned(query, context, runs)

    def run(self, context: Context) -> Output:
        """Execute and render."""
        try:
            rows: pa.Table = context.connection.execute(self.sql).to_arrow_table()
            return Output(self.columns, render(context.connection, rows, self.columns))
        except duckdb.InterruptException as error:
            raise QueryCancelled("Query was cancelled by the user") from error
        except duckdb.Error as error:
            raise failure_of(error) from error

    def named(self) -> AthenaQuery:
        """This query, if every column has a name of its own.

        Raises:
            QueryFailed: one has none.
        """
        for n, column in enumerate(self.columns):
            if column.name == f"_col{n}":
                raise QueryFailed("SYNTAX_ERROR", f"line 1:1: Column name not specified at position {n + 1}")
        return self

    @property
    def stored(self) -> str:
        """The query with every column in the type that a file of it has.

        Raises:
            QueryFailed: a type that no file can have.
        """
        for column in self.columns:
            if column.type.startswith("timestamp(") and "timestamp(3)" not in column.type:
                words = f"Incorrect timestamp precision for {column.type}; the configured precision is MILLISECONDS"
                raise QueryFailed("NOT_SUPPORTED", f"{words}; column name: {column.name}")
        return self.as_columns([c.name.lower() for c in self.columns], [hive_type(c.type) for c in self.columns])

    def as_columns(self, names: Sequence[str], types: Sequence[str]) -> str:
        """The query with its columns renamed and cast to Hive types, by position."""
        inner = ", ".join(f"c{n}" for n in range(len(names)))
        items = ", ".join(
            f"CAST(c{n} AS {duckdb_type(kind)}) AS {exp.to_identifier(name, quoted=True).sql('duckdb')}"
            for n, (name, kind) in enumerate(zip(names, types, strict=True))
        )
        return f"SELECT {items} FROM ({self.sql}) AS q({inner})"


def hive_type(trino: str) -> str:
    """A Trino type as Glue writes it."""
    head = trino.split("(")[0]
    if trino.endswith("with time zone") or head in {"time", "interval day to second", "json"}:
        raise QueryFailed("NOT_SUPPORTED", f"Unsupported Hive type: {trino}")
    if head in {"varchar", "unknown", "char"}:
        return "string"
    if head == "timestamp":
        return "timestamp"
    if head in {"array", "map", "row"}:
        return str(exp.DataType.build(trino, dialect="trino").sql("hive")).lower().replace(", ", ",").replace(": ", ":")
    return {"integer": "int", "real": "float", "varbinary": "binary"}.get(head, trino)


def bind_parameters(sql: str, parameters: Sequence[str]) -> str:
    """Puts execution parameters in the places of ``?``: they are SQL expressions as text, by the API's definition.

    Raises:
        QueryFailed: INVALID_PARAMETER_USAGE: too many or too few; SYNTAX_ERROR: one that is not an expression.
    """
    if not parameters and "?" not in sql:
        return sql
    places = [t for t in sqlglot.tokenize(sql, read="trino") if t.token_type == sqlglot.TokenType.PLACEHOLDER]
    if len(places) != len(parameters):
        words = f"line 1:1: Incorrect number of parameters: expected {len(places)} but found {len(parameters)}"
        raise QueryFailed("INVALID_PARAMETER_USAGE", words)
    for place, text in zip(reversed(places), reversed(parameters), strict=True):
        value = parse_query(f"SELECT {text}").selects
        if len(value) != 1:
            raise QueryFailed("SYNTAX_ERROR", f"line 1:1: not one expression: {text}")
        sql = f"{sql[: place.start]}({text}){sql[place.end + 1 :]}"
    return sql
