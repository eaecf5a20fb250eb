"""A query's rows as Athena delivers them: text by Trino's formats, CSV in S3, pages over the API."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv
from sqlglot import exp

from smartroute_runbook.standins.athena.sql.build import minutes_of

from .nested_text import shows

__all__ = ["Output", "ResultColumn", "column_info", "csv_bytes", "render", "spilled", "trino_type"]

SPILL = 8_000_000  # bytes


@dataclass(frozen=True)
class ResultColumn:
    """A result column, its Trino type in lower case such as ``decimal(38,1)``, and its zone if it has one."""

    name: str
    type: str
    zone: str = ""


@dataclass(frozen=True)
class Output:
    """What a statement gave: text rows (an Arrow table of strings), or none; ``utility`` rows have no header."""

    columns: tuple[ResultColumn, ...] = ()
    rows: pa.Table | None = None
    utility: bool = False
    update_count: int | None = None
    manifest: tuple[str, ...] | None = None
    bytes_scanned: int = 0

    @classmethod
    def text(cls, names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Output:
        """The output of SHOW, DESCRIBE and the like: strings only."""
        arrays = [pa.array([row[n] for row in rows], pa.string()) for n in range(len(names))]
        table = pa.Table.from_arrays(arrays, names=[f"c{n}" for n in range(len(names))])
        return cls(tuple(ResultColumn(name, "string") for name in names), table, utility=True)


_DUCKDB = {
    "tinyint": "tinyint", "smallint": "smallint", "integer": "integer", "bigint": "bigint", "hugeint": "bigint",
    "ubigint": "bigint", "uinteger": "bigint", "usmallint": "integer", "utinyint": "smallint", "float": "real",
    "double": "double", "boolean": "boolean", "varchar": "varchar", "date": "date", "blob": "varbinary",
    "timestamp": "timestamp(3)", "timestamp_ns": "timestamp(3)", "timestamp_ms": "timestamp(3)",
    "timestamp_s": "timestamp(3)", "timestamp with time zone": "timestamp(3) with time zone",
    "time": "time(3)", "interval": "interval day to second", "\"null\"": "unknown", "null": "unknown", "json": "json",
}  # fmt: skip


def trino_type(duckdb_type: str) -> str:
    """Trino's name of a DuckDB type."""
    text = duckdb_type.lower()
    if text.endswith("[]"):
        return f"array({trino_type(text[:-2])})"
    if text.startswith("struct("):
        return "row"
    if text.startswith("map("):
        return "map"
    return _DUCKDB.get(text, text)


_PRECISION = {
    "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "real": 17, "double": 17, "timestamp": 3,
    "timestamp with time zone": 3, "varchar": 2147483647, "varbinary": 1073741824,
}  # fmt: skip


def column_info(column: ResultColumn) -> dict[str, Any]:
    """A column as GetQueryResults describes it."""
    numbers = [int(n) for n in re.findall(r"\d+", column.type)] if "(" in column.type else []
    head = re.sub(r"\(.*?\)", "", column.type).strip() if not column.type.startswith(("array", "row", "map")) else ""
    head = head or re.split(r"\W", column.type)[0]
    decimal = head == "decimal"
    return {
        "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": column.name, "Label": column.name,
        "Type": "float" if head == "real" else head,
        "Precision": numbers[0] if (decimal or head in {"varchar", "char"}) and numbers else _PRECISION.get(head, 0),
        "Scale": numbers[1] if decimal and len(numbers) > 1 else 0,
        "Nullable": "UNKNOWN", "CaseSensitive": head in {"varchar", "char", "string"},
    }  # fmt: skip


def render(connection: duckdb.DuckDBPyConnection, rows: pa.Table, columns: Sequence[ResultColumn]) -> pa.Table:
    """Every value as the text that Athena shows (Arrow strings; null stays null)."""
    names = [f"c{n}" for n in range(len(columns))]
    rows = rows.rename_columns(names)
    nested = {n for n, c in enumerate(columns) if c.type.split("(")[0] in {"array", "row", "map", "varbinary"}}
    plain = [n for n in range(len(columns)) if n not in nested]
    texts: dict[int, Any] = {n: _shown(rows.column(n), columns[n].type) for n in nested}
    if plain:
        items = ", ".join(f"{_text_sql(names[n], columns[n])} AS {names[n]}" for n in plain)
        connection.register("rows_to_render", rows.select([names[n] for n in plain]))
        shown = connection.execute(f"SELECT {items} FROM rows_to_render").to_arrow_table()
        connection.unregister("rows_to_render")
        texts |= {n: shown.column(names[n]) for n in plain}
    return pa.Table.from_arrays([texts[n] for n in range(len(columns))], names=names)


def _shown(values: pa.ChunkedArray, kind: str) -> pa.Array:
    show = shows(kind)
    return pa.array([None if value is None else show(value) for value in values.to_pylist()], pa.string())


def _text_sql(name: str, column: ResultColumn) -> str:
    kind = column.type
    if kind in {"double", "real"}:
        return f"trino_double_text({name})"
    if kind.endswith("with time zone"):
        zone = exp.Literal.string(column.zone or "UTC").sql("duckdb")
        wall = f"timezone({zone}, {name})"
        if minutes := minutes_of(column.zone):
            wall = f"trino_plus_minutes(timezone('UTC', {name}), {minutes})"
        return f"trino_timestamp_text({wall}, {_digits(kind)}) || ' ' || {zone}"
    if kind.startswith("timestamp"):
        return f"trino_timestamp_text({name}, {_digits(kind)})"
    if kind.startswith("time("):
        return f"trino_time_text({name}, {_digits(kind)})"
    if kind.startswith("decimal("):
        return decimal_text(f"CAST({name} AS {kind})", *map(int, re.findall(r"\d+", kind)))
    if kind == "interval year to month":
        return f"trino_months_text({name})"
    if kind.startswith("interval"):
        return f"trino_interval_text({name})"
    if kind.startswith("char("):
        return f"rpad({name}, {kind[5:-1]}, ' ')"
    return f"CAST({name} AS VARCHAR)"


def decimal_text(value: str, precision: int, scale: int) -> str:
    """SQL of a decimal's text; DuckDB writes no nought before a point where no digit can stand there."""
    text = f"CAST({value} AS VARCHAR)"
    return f"regexp_replace({text}, '^(-?)\\.', '\\10.')" if precision == scale else text


def _digits(kind: str) -> str:
    return kind.partition("(")[2].partition(")")[0] or "3"


def spilled(output: Output, path: Path) -> Output:
    """The same output, its rows mapped from a file when they are many."""
    if output.rows is None or output.rows.nbytes < SPILL:
        return output
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, output.rows.schema) as writer:
        writer.write_table(output.rows)
    return replace(output, rows=pa.ipc.open_file(pa.memory_map(str(path))).read_all())


def csv_bytes(columns: Sequence[ResultColumn], rows: pa.Table) -> bytes:
    """Athena's result file: every value quoted, NULL as nothing between the commas."""
    body = io.BytesIO()
    header = ",".join('"' + column.name.replace('"', '""') + '"' for column in columns) + "\n"
    body.write(header.encode())
    options = pacsv.WriteOptions(include_header=False, quoting_style="all_valid")
    pacsv.write_csv(rows, body, options)
    return body.getvalue()
