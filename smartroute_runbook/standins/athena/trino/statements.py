"""Athena's statements in the form in which Trino takes them: queries as they are, what writes as CREATE TABLE AS.

DDL in Hive's grammar, SHOW and DESCRIBE are Athena's own and not Trino's: they stay the stand-in's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryCancelled, QueryFailed
from smartroute_runbook.standins.athena.results import Output
from smartroute_runbook.standins.athena.statements import dispatch
from smartroute_runbook.standins.athena.statements.insert_unload import (
    inner_query,
    split_unload,
    target,
    with_properties,
)
from smartroute_runbook.standins.athena.statements.query import Context, bind_parameters
from smartroute_runbook.standins.athena.statements.writer import require_empty
from smartroute_runbook.standins.s3 import split_uri

from .client import TrinoAnswer
from .lake import CATALOG, STAGING, TrinoLake, literal
from .values import output

__all__ = ["TrinoRun", "classify"]

_QUERIES = {"", "SELECT", "WITH", "VALUES", "TABLE"}
_CHECKED = _QUERIES | {"INSERT", "UNLOAD", "CREATE"}
_KINDS = {"CREATE": ("DDL", "CREATE_TABLE_AS_SELECT"), "INSERT": ("DML", "INSERT"), "UNLOAD": ("DML", "UNLOAD")}
_PROPERTIES = ("partitioned_by", "bucketed_by", "bucket_count")
_CODECS = ("compression", "write_compression", "parquet_compression", "orc_compression")


def classify(sql: str, lake: TrinoLake) -> tuple[str, str]:
    """StatementType and SubstatementType; what the stand-in's parser refuses is Trino's to refuse.

    Raises:
        QueryFailed: SYNTAX_ERROR.
    """
    try:
        return dispatch.classify(sql)
    except QueryFailed as failed:
        text = dispatch.without_comments(sql)
        word = dispatch.first_word(text)
        if word not in _CHECKED:
            raise
        if refused := lake.refused(split_unload(text)[0] if word == "UNLOAD" else text):
            raise refused from failed
        return _KINDS.get(word, ("DML", "SELECT"))


@dataclass(frozen=True)
class TrinoRun:
    """One execution's way to Trino.

    Args:
        lake: where it runs.
        context: the catalogue, the objects and the workgroup's settings.
        scan_limit: bytes that it may read; 0 for any.
        stopped: whether it is to end.
        read: told the figures of each statement that has ended.
    """

    lake: TrinoLake
    context: Context
    scan_limit: int = 0
    stopped: Callable[[], bool] = lambda: False
    read: Callable[[TrinoAnswer], None] = lambda _: None

    def run(self, sql: str, parameters: tuple[str, ...]) -> Output:
        """Carry out a statement.

        Raises:
            QueryFailed: it fails, or it is not rehearsable.
            QueryCancelled: stopped, or over the workgroup's scan limit.
        """
        text = dispatch.without_comments(sql.strip().rstrip(";").rstrip())
        word = dispatch.first_word(text)
        if word == "EXECUTE":
            return self.run(*dispatch.prepared(text, self.context))
        if word in _QUERIES:
            answer = self._ask(bind_parameters(text, parameters))
            return output(answer.columns, answer.rows)
        if word == "INSERT":
            return Output(update_count=self._ask(bind_parameters(text, parameters)).update_count)
        if word == "EXPLAIN":
            rows = self._ask(bind_parameters(text, parameters)).rows
            return Output.text(["Query Plan"], [[line] for row in rows for line in str(row[0]).splitlines()])
        if word == "UNLOAD":
            return self._unload(text, parameters)
        if word == "CREATE" and re.match(r"CREATE\s+(OR\s+REPLACE\s+)?VIEW\b", text, re.IGNORECASE):
            self._ask(text)
            return Output()
        if word == "CREATE" and (table := _created_as(text)) is not None:
            return self._create_table_as(text, table, parameters)
        return dispatch.run(sql, parameters, self.context)

    def _unload(self, sql: str, parameters: tuple[str, ...]) -> Output:
        """UNLOAD: the files of an external table that is made at its place and forgotten."""
        text, location, properties = split_unload(sql)
        if "format" not in properties:
            raise QueryFailed("INVALID_TABLE_PROPERTY", "line 1:1: format must be specified for UNLOAD")
        require_empty(self.context.objects, location)
        table = f'{STAGING}.unload."{self.context.execution_id}"'
        self.lake.ask(f"CREATE SCHEMA IF NOT EXISTS {STAGING}.unload")
        try:
            self._write(table, STAGING, bind_parameters(text, parameters), location, properties)
        finally:
            self.lake.ask(f"DROP TABLE IF EXISTS {table}")
        return Output(manifest=tuple(self._files(location)))

    def _create_table_as(self, sql: str, table: exp.Expr, parameters: tuple[str, ...]) -> Output:
        context, properties = self.context, with_properties(sql)
        database, name = target(table, context)
        location = properties.get("external_location")
        if location and context.enforced:
            raise QueryFailed(
                "INVALID_TABLE_PROPERTY",
                "The Create Table As Select query failed because it was submitted with an 'external_location' property"
                " to an Athena Workgroup that enforces a centralized output location for all queries.",
            )
        if str(properties.get("table_type", "HIVE")).upper() != "HIVE":
            raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: tables of type {properties['table_type']}", 1)
        if context.catalog.find(database, name):
            words = f"line 1:1: Table 'awsdatacatalog.{database}.{name}' already exists"
            if re.match(r"CREATE\s+TABLE\s+IF\s+NOT\s+EXISTS\b", sql, re.IGNORECASE):
                return Output()
            raise QueryFailed("TABLE_ALREADY_EXISTS", words)
        location = str(location or f"{context.output_folder}/tables/{context.execution_id}").rstrip("/") + "/"
        require_empty(context.objects, location)
        made = f'{CATALOG}."{database}"."{name}"'
        answer = self._write(made, CATALOG, bind_parameters(inner_query(sql), parameters), location, properties)
        kept = context.catalog.glue.get_table(database, name).as_dict()
        kept["Parameters"]["classification"] = str(properties.get("format", "PARQUET")).lower()
        return Output(update_count=answer.update_count, manifest=tuple(self._files(location)))

    def _write(self, table: str, catalog: str, sql: str, location: str, properties: dict[str, Any]) -> TrinoAnswer:
        kind = str(properties.get("format", "PARQUET")).upper()
        given = {"format": literal(kind), "external_location": literal(location)}
        given |= {name: _property(properties[name]) for name in _PROPERTIES if name in properties}
        if "field_delimiter" in properties:
            given["textfile_field_separator"] = literal(str(properties["field_delimiter"]))
        codec = next((str(properties[name]) for name in _CODECS if name in properties), "")
        codec = codec or ("SNAPPY" if kind == "PARQUET" else "GZIP")
        listed = ", ".join(f"{name} = {value}" for name, value in given.items())
        return self._ask(sql, f"CREATE TABLE {table} WITH ({listed}) AS", {f"{catalog}.compression_codec": codec})

    def _ask(self, sql: str, head: str = "", session: dict[str, str] | None = None) -> TrinoAnswer:
        limited = {"query_max_scan_physical_bytes": f"{self.scan_limit}B"} if self.scan_limit else {}
        how = {"session": {**(session or {}), **limited}, "stopped": self.stopped}
        database = self.context.database
        answer = self.lake.ask_below(head, sql, database, **how) if head else self.lake.ask(sql, database, **how)
        self.read(answer)
        if self.scan_limit and answer.bytes_read > self.scan_limit:  # Trino itself looks once a second
            raise QueryCancelled("Bytes scanned limit was exceeded")
        return answer

    def _files(self, location: str) -> list[str]:
        bucket, key = split_uri(location.rstrip("/") + "/")
        return [f"s3://{bucket}/{info.key}" for info in self.context.objects.list(bucket, key)]


def _created_as(sql: str) -> exp.Expr | None:
    """The table of a CREATE TABLE that takes its rows from a query."""
    head = re.match(
        r'CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?((?:["`]?[\w$-]+["`]?\s*\.\s*){0,2}["`]?[\w$-]+["`]?)',
        sql,
        re.IGNORECASE,
    )
    if head is None:
        return None
    try:
        inner_query(sql)
    except QueryFailed:
        return None
    return exp.to_table(head[1].replace("`", '"'), dialect="trino")


def _property(value: Any) -> str:
    if isinstance(value, list):
        return f"ARRAY[{', '.join(literal(str(one).lower()) for one in value)}]"
    return str(value)
