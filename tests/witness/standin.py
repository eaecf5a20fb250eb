"""The Athena stand-in asked in this process, without AWS's API: types, and values as Athena shows them."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from smartroute_runbook.standins.athena.errors import QueryFailed, failure_of
from smartroute_runbook.standins.athena.results import ResultColumn, render, trino_type
from smartroute_runbook.standins.athena.sql.compile import compile_query
from smartroute_runbook.standins.athena.sql.dialect import parse_query
from smartroute_runbook.standins.athena.sql.duckdb_setup import prepare
from smartroute_runbook.standins.athena.storage.catalog import GlueColumn, GlueTable

from .trino.answers import Refusal
from .trino.queries import TABLES, columns, creation


class Tables:
    """A catalog of the tables that the witness's queries read."""

    def get(self, database: str, name: str) -> GlueTable:
        """One of them.

        Raises:
            QueryFailed: TABLE_NOT_FOUND.
        """
        if name.lower() not in TABLES or database.lower() != "lab":
            where = f"awsdatacatalog.{database}.{name}"
            raise QueryFailed("TABLE_NOT_FOUND", f"line 1:1: Table '{where}' does not exist")
        fields = tuple(GlueColumn(column, of) for column, of in columns(name.lower()).items())
        return GlueTable("lab", name.lower(), fields, (), "", None, {})


class StandIn:
    """One DuckDB that speaks Trino, with the witness's tables, or with others that the caller makes in it.

    Args:
        catalog: of tables that are in ``connection`` under their own names.
        database: which an unqualified name is in.
    """

    def __init__(self, catalog: Any = None, database: str = "lab") -> None:
        self.connection = duckdb.connect(":memory:", config={"threads": 1})
        self._catalog, self._database = catalog or Tables(), database
        prepare(self.connection)
        for statement in creation() if catalog is None else ():  # as Trino takes them, with DuckDB's names of types
            self.connection.execute(statement.replace("timestamp(3)", "timestamp_ms").replace("lab.", ""))

    def run(self, sql: str) -> tuple[list[str], list[list[Any]]]:
        """Types and rows of texts.

        Raises:
            Refusal: the query failed; its name is the error's code, or ``not rehearsable``.
        """
        try:
            compiled = compile_query(parse_query(sql), self._database, self._catalog, lambda table: table.name)
            rows: pa.Table = self.connection.execute(compiled.sql).to_arrow_table()
            described = self.connection.description
            columns = [
                ResultColumn(name, trino_type(str(given[1])) if kind == "unknown" else kind, zone)
                for name, kind, zone, given in zip(
                    compiled.names, compiled.types, compiled.zones, described, strict=True
                )
            ]
            shown = render(self.connection, rows, columns)
        except QueryFailed as failed:
            raise Refusal("not rehearsable" if "not rehearsable" in failed.message else failed.code) from failed
        except duckdb.Error as error:
            failed = failure_of(error)
            raise Refusal("not rehearsable" if "not rehearsable" in failed.message else failed.code) from error
        except Exception as error:  # a defect of the stand-in: the engine names it so
            raise Refusal(f"defect {type(error).__name__}") from error
        return [column.type for column in columns], [list(row.values()) for row in shown.to_pylist()]
