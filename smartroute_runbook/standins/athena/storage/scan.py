"""Tables as DuckDB relations over mirrored files, and the bytes that Athena would have read for a plan."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow.parquet as pq
from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.s3 import ObjectInfo, Objects

from .catalog import HIVE_NULL, Catalog, GluePartition, GlueTable
from .other_formats import READABLE, as_parquet

__all__ = ["Footer", "Mounted", "ParquetScanner", "duckdb_type"]


@dataclass(frozen=True)
class Footer:
    """Of a Parquet footer: compressed bytes of each top-level column, rows, and a key of its schema.

    ``whole``: bytes of a file that is read whole.
    """

    bytes: dict[str, int]
    rows: int
    schema: tuple[tuple[str, str], ...]
    whole: int = 0


@dataclass
class Mounted:
    """The files behind the relations of one query, by local path."""

    footers: dict[str, Footer] = field(default_factory=dict)


class ParquetScanner:
    """Makes relations of tables. Footers are kept by ETag, so each file is opened once for them."""

    def __init__(self, objects: Objects, catalog: Catalog) -> None:
        self._objects, self._catalog = objects, catalog
        self._footers: dict[tuple[str, str], tuple[tuple[str, str], Footer]] = {}
        self._lock = threading.Lock()

    def relation(self, connection: duckdb.DuckDBPyConnection, table: GlueTable, mounted: Mounted) -> str:
        """A DuckDB SELECT with the table's columns, its partition keys and the hidden ``$path``."""
        _readable(table)
        hive: dict[Footer | tuple[Any, ...], list[str]] = defaultdict(list)
        branches = []
        for partition in self._catalog.partitions(table):
            of, parquet = table.of(partition), _readable(table.of(partition))
            for info in partition.objects:
                path = self._objects.local(info.bucket, info.key)
                if not parquet:
                    path = as_parquet(of, path, info.etag)
                footer = self._footer(info, path)
                if not parquet:  # a text file is read whole, whatever is asked of it
                    footer = Footer({}, footer.rows, footer.schema, info.size)
                mounted.footers[str(path)] = footer
                if _is_hive(table, partition, info, path) and not _holds_keys(table, footer):
                    hive[footer.schema].append(str(path))
                else:
                    branches.append(_select(connection, table, [str(path)], partition.values, _uri(info)))
        branches += [_select(connection, table, paths, None, None) for paths in hive.values()]
        return "\nUNION ALL ".join(branches) or _nothing(table)

    def scanned(self, connection: duckdb.DuckDBPyConnection, sql: str, mounted: Mounted) -> int:
        """Compressed bytes of the column chunks that a query reads, of the files left after partition pruning.

        DuckDB's optimised plan lists files and columns; the sizes are those of the Parquet footers. Columns that
        only a filter uses count, as on Athena; footers and row groups skipped by statistics do not.
        """
        if not mounted.footers:
            return 0
        quoted = sql.replace("'", "''")
        row = connection.execute(f"SELECT json_serialize_plan('{quoted}', optimize := true)").fetchone()
        plan = json.loads(row[0]) if row else {}
        if plan.get("error"):
            return sum(footer.whole + sum(footer.bytes.values()) for footer in mounted.footers.values())
        total = 0
        for scan in _scans(plan):
            names = scan["names"]
            read = {names[c["index"]].lower() for c in scan.get("column_indexes", ()) if c["index"] < len(names)}
            for path in scan["function_data"]["files"]:
                footer = mounted.footers.get(path)
                total += footer.whole + sum(footer.bytes.get(name, 0) for name in read) if footer else 0
        return total

    def _footer(self, info: ObjectInfo, path: Path) -> Footer:
        cached, state = self._footers.get((info.bucket, info.key)), (info.etag, path.name)
        if cached and cached[0] == state:
            return cached[1]
        try:
            footer = _read_footer(path)
        except (OSError, ValueError) as error:
            raise QueryFailed("HIVE_BAD_DATA", f"Malformed Parquet file: {_uri(info)}: {error}") from error
        with self._lock:
            self._footers[info.bucket, info.key] = (state, footer)
        return footer


def _readable(table: GlueTable) -> bool:
    """Whether files are Parquet; else they are of a format that is copied.

    Raises:
        QueryFailed: they are of neither.
    """
    parquet = table.serde in {"ParquetHiveSerDe", ""}
    if not parquet and table.serde not in READABLE:
        raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: tables of {table.serde}", 1)
    return parquet


def _read_footer(path: Path) -> Footer:
    meta = pq.read_metadata(path)
    sizes: dict[str, int] = defaultdict(int)
    for group in range(meta.num_row_groups):
        chunks = meta.row_group(group)
        for column in range(chunks.num_columns):
            chunk = chunks.column(column)
            sizes[chunk.path_in_schema.partition(".")[0].lower()] += chunk.total_compressed_size
    schema = tuple((f.name, str(f.type)) for f in meta.schema.to_arrow_schema())
    return Footer(dict(sizes), meta.num_rows, schema)


def _scans(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "LOGICAL_GET" and node.get("name") in {"read_parquet", "parquet_scan"}:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _scans(child)


def _uri(info: ObjectInfo) -> str:
    return f"s3://{info.bucket}/{info.key}"


def _is_hive(table: GlueTable, partition: GluePartition, info: ObjectInfo, path: Path) -> bool:
    """Whether the local path itself spells the partition's values."""
    if not str(path).endswith(f"/{info.bucket}/{info.key}"):
        return False
    if any(value == HIVE_NULL or value.upper() in ("NULL", "") for value in partition.values):  # DuckDB reads NULL
        return False
    steps = dict(step.partition("=")[::2] for step in info.key.split("/")[:-1] if "=" in step)
    return len(steps) == len(table.keys) and all(
        key.name in steps and unquote(steps[key.name]) == value
        for key, value in zip(table.keys, partition.values, strict=True)
    )


def _holds_keys(table: GlueTable, footer: Footer) -> bool:
    """Whether a file has columns of its own that are named as partition columns: Athena does not read them."""
    return not {key.name for key in table.keys}.isdisjoint(name.lower() for name, _ in footer.schema)


def _select(
    connection: duckdb.DuckDBPyConnection,
    table: GlueTable,
    paths: list[str],
    values: tuple[str, ...] | None,
    uri: str | None,
) -> str:
    """One branch: files of one schema. With ``values`` None, keys and ``$path`` come from the files' paths."""
    described = connection.execute(
        "DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning=false)", [paths[0]]
    ).fetchall()
    types = {row[0].lower(): row[1] for row in described}
    items = [_column(f.name, f.type, types.get(f.name)) for f in table.columns]
    options = "hive_partitioning=false"
    if values is None:
        plain = [(_name(key.name), duckdb_type(key.type).partition("(")[0]) for key in table.keys]  # no lengths there
        kinds = ", ".join(f"{name}: {kind}" for name, kind in plain)
        options = "hive_partitioning=true" + (f", hive_types={{{kinds}}}" if kinds else "") + ", filename=true"
        items += [_name(key.name) for key in table.keys]
        # .../mirror/bucket/key: what stands before the bucket is as long in every path of one mirror.
        items.append(f"'s3://' || substr(filename, {_root_length(paths[0], table) + 1}) AS \"$path\"")
    else:
        constants = zip(table.keys, values, strict=True)
        items += [f"CAST({_constant(v)} AS {duckdb_type(key.type)}) AS {_name(key.name)}" for key, v in constants]
        items.append(f'{_text(uri or "")} AS "$path"')
    files = ", ".join(_text(path) for path in paths)
    return f"SELECT {', '.join(items)} FROM read_parquet([{files}], {options})"


def _constant(value: str) -> str:
    return "NULL" if value == HIVE_NULL else _text(value)


def _root_length(path: str, table: GlueTable) -> int:
    bucket = table.location.partition("://")[2].partition("/")[0]
    return path.index(f"/{bucket}/") + 1


def _column(name: str, hive: str, stored: str | None) -> str:
    """A file's column as the table declares it: missing is NULL, narrower is widened, other kinds are bad data.

    Texts are cut to the length that is declared, a CHAR's blanks at the end are none, and bytes without an annotation
    are text where the table says so (Trino, ``ValueDecoders``: bounded varchar, char, binary).
    """
    declared = duckdb_type(hive)
    if stored is None:
        return f"CAST(NULL AS {declared}) AS {_name(name)}"
    if declared == "TIMESTAMP" and _kind(stored) == "timestamp":
        return f"{_milliseconds(name, stored)} AS {_name(name)}"
    if stored == declared:
        return _name(name)
    if {stored, _kind(declared)} <= {"BLOB", "VARCHAR"}:
        column = {"BLOB": f"decode({_name(name)})"}.get(stored, _name(name))
        return f"{_bounded(column, hive) if declared != 'BLOB' else f'encode({column})'} AS {_name(name)}"
    if _kind(stored) != _kind(declared):
        reason = (
            f"Field {name}'s type {stored} in parquet file is incompatible with type {declared} defined in table schema"
        )
        return f"CASE WHEN true THEN error({_text('TRINO:HIVE_BAD_DATA: ' + reason)}) END::{declared} AS {_name(name)}"
    return f"CAST({_name(name)} AS {declared}) AS {_name(name)}"


def _bounded(column: str, hive: str) -> str:
    """A text as a ``varchar(n)`` or ``char(n)`` holds it."""
    base, _, length = hive.rstrip(") ").partition("(")
    if base not in ("varchar", "char") or not length.isdecimal():
        return column
    cut = f"left({column}, {length})"
    return f"rtrim({cut}, ' ')" if base == "char" else cut


def _milliseconds(name: str, stored: str) -> str:
    """Hive timestamps have milliseconds: finer ones are rounded on reading, halves upwards (Trino, Timestamps.round).

    Whether a file has finer ones does not show in its type: DuckDB reads milliseconds as microseconds.
    """
    column = _name(name)
    if stored == "TIMESTAMP WITH TIME ZONE":
        column = f"timezone('UTC', {column})"
    if stored in ("TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP_MS"):
        unit = 1_000_000 if stored == "TIMESTAMP_NS" else 1
        value = f"epoch_ns({column})" if unit > 1 else f"epoch_ms({column})"
    else:
        unit, value = 1_000, f"epoch_us({column})"
    shifted = f"({value} + {unit // 2})"
    floored = f"(({shifted} - (({shifted} % {unit}) + {unit}) % {unit}) // {unit})" if unit > 1 else value
    return f"CASE WHEN isfinite({column}) THEN make_timestamp({floored} * 1000) ELSE {column} END"


def _kind(kind: str) -> str:
    head = kind.split("(")[0]
    if kind.endswith("[]") or head in {"STRUCT", "MAP"}:
        return "nested"
    if head in {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}:
        return "integer"
    if head in {"FLOAT", "DOUBLE", "REAL"}:
        return "floating"
    return "timestamp" if head.startswith("TIMESTAMP") else head


def _nothing(table: GlueTable) -> str:
    nulls = [f"CAST(NULL AS {duckdb_type(f.type)}) AS {_name(f.name)}" for f in table.fields]
    return f'SELECT {", ".join(nulls)}, CAST(NULL AS VARCHAR) AS "$path" WHERE false'


@lru_cache(maxsize=1024)
def duckdb_type(hive: str) -> str:
    """DuckDB's name of a Hive type; Athena's timestamps have milliseconds but DuckDB's microseconds hold them."""
    kind = exp.DataType.build(hive, dialect="hive")
    text = kind.sql("duckdb")
    return {"TEXT": "VARCHAR", "INT": "INTEGER", "REAL": "FLOAT"}.get(text, text.replace("TEXT", "VARCHAR"))


def _name(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("duckdb")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
