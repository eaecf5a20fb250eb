"""Tables as DuckDB relations over mirrored files, and the bytes that Athena would have read for a plan."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow.parquet as pq

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.s3 import ObjectInfo, Objects

from .catalog import HIVE_NULL, Catalog, GluePartition, GlueTable
from .file_columns import as_declared, constant, duckdb_type, quoted
from .files import TableFile, TablesFiles
from .mounted import Footer, MountedTable, MountedTables
from .other_formats import READABLE, as_parquet

__all__ = ["Mounted", "ParquetScanner"]

SIZES = 2_000  # of scans that are kept


@dataclass
class Mounted:
    """The relations of one statement by the name of their view, with what each view reads."""

    relations: dict[str, tuple[MountedTable, str]] = field(default_factory=dict)

    @property
    def footers(self) -> dict[str, Footer]:
        """Of the files behind them, by local path."""
        return {path: footer for relation, _ in self.relations.values() for path, footer in relation.footers.items()}


class ParquetScanner:
    """Makes relations of tables. Footers are kept by ETag, so each file is opened once for them."""

    def __init__(self, objects: Objects, catalog: Catalog) -> None:
        self._files = TablesFiles(objects, catalog)
        self._relations = MountedTables()
        self._scanned: dict[Hashable, int] = {}
        self._footers: dict[tuple[str, str], tuple[tuple[str, str], Footer]] = {}
        self._lock = threading.Lock()

    def mount(self, connection: duckdb.DuckDBPyConnection, table: GlueTable, name: str, mounted: Mounted) -> None:
        """Makes a temporary view of a table, until ``release``."""
        _readable(table)
        files, key = self._files.of(table)
        relation = self._relations.mount(
            connection, (table.database, table.name), key, lambda: self._made(connection, table, files, key)
        )
        mounted.relations[name] = (relation, relation.source)
        _view(connection, name, relation.source)

    def release(self, mounted: Mounted) -> None:
        """The statement that had mounted these has ended."""
        for relation, _ in mounted.relations.values():
            self._relations.release(relation)

    def _made(
        self, connection: duckdb.DuckDBPyConnection, table: GlueTable, files: Sequence[TableFile], key: Hashable
    ) -> MountedTable:
        hive: dict[tuple[Any, int], list[str]] = defaultdict(list)
        branches = []
        footers: dict[str, Footer] = {}
        for partition, info, path in files:
            of, parquet = table.of(partition), _readable(table.of(partition))
            if not parquet:
                try:
                    path = as_parquet(of, path, info.etag)  # noqa: PLW2901 - what is read in its place
                except UnicodeDecodeError as error:
                    what = f"not rehearsable: text that is not UTF-8, in {_uri(info)} at byte {error.start:,}"
                    raise QueryFailed("NOT_SUPPORTED", what, 1) from error
            footer = self._footer(info, path)
            if not parquet:  # a text file is read whole, whatever is asked of it
                footer = Footer({}, footer.rows, footer.schema, info.size)
            footers[str(path)] = footer
            if _is_hive(table, partition, info, path) and not _holds_keys(table, footer):
                root = len(str(path)) - len(f"{info.bucket}/{info.key}")  # a table may lie in several buckets
                hive[footer.schema, root].append(str(path))
            else:
                branches.append(_select(connection, table, [str(path)], partition.values, _uri(info)))
        branches += [_select(connection, table, paths, None, "", root) for (_, root), paths in hive.items()]
        return MountedTable(key, "\nUNION ALL ".join(branches) or _nothing(table), footers)

    def scanned(self, connection: duckdb.DuckDBPyConnection, sql: str, mounted: Mounted) -> int:
        """Compressed bytes of the column chunks that a query reads, of the files left after partition pruning.

        DuckDB's optimised plan lists files and columns; the sizes are those of the Parquet footers. Columns that
        only a filter uses count, as on Athena; footers and row groups skipped by statistics do not.
        """
        key = (sql, tuple((name, relation.number) for name, (relation, _) in mounted.relations.items()))
        if key not in self._scanned:
            copied = {name: relation.sql for name, (relation, source) in mounted.relations.items()
                      if source != relation.sql}  # fmt: skip
            for name, files in copied.items():
                _view(connection, name, files)
            try:
                size = _size(connection, sql, mounted.footers)
            finally:
                for name in copied:
                    _view(connection, name, mounted.relations[name][1])
            if len(self._scanned) >= SIZES:
                self._scanned.clear()
            self._scanned[key] = size
        return self._scanned[key]

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


def _view(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> None:
    connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {sql}')


def _size(connection: duckdb.DuckDBPyConnection, sql: str, footers: dict[str, Footer]) -> int:
    if not footers:
        return 0
    row = connection.execute(f"SELECT json_serialize_plan({constant(sql)}, optimize := true)").fetchone()
    plan = json.loads(row[0]) if row else {}
    if plan.get("error"):
        return sum(footer.whole + sum(footer.bytes.values()) for footer in footers.values())
    total = 0
    for scan in _scans(plan):
        names = scan["names"]
        read = {names[c["index"]].lower() for c in scan.get("column_indexes", ()) if c["index"] < len(names)}
        for path in scan["function_data"]["files"]:
            footer = footers.get(path)
            total += footer.whole + sum(footer.bytes.get(name, 0) for name in read) if footer else 0
    return total


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
    uri: str,
    root: int = 0,
) -> str:
    """One branch: files of one schema. With ``values`` None, keys and ``$path`` come from the files' paths.

    Before the bucket's name in those are ``root`` characters.
    """
    described = connection.execute(
        "DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning=false)", [paths[0]]
    ).fetchall()
    types = {row[0].lower(): row[1] for row in described}
    items = [as_declared(f.name, f.type, types.get(f.name)) for f in table.columns]
    options = "hive_partitioning=false"
    if values is None:
        plain = [(quoted(key.name), duckdb_type(key.type).partition("(")[0]) for key in table.keys]  # no lengths there
        kinds = ", ".join(f"{name}: {kind}" for name, kind in plain)
        options = "hive_partitioning=true" + (f", hive_types={{{kinds}}}" if kinds else "") + ", filename=true"
        items += [quoted(key.name) for key in table.keys]
        items.append(f"'s3://' || substr(filename, {root + 1}) AS \"$path\"")
    else:
        constants = zip(table.keys, values, strict=True)
        items += [f"CAST({_value(v)} AS {duckdb_type(key.type)}) AS {quoted(key.name)}" for key, v in constants]
        items.append(f'{constant(uri)} AS "$path"')
    files = ", ".join(constant(path) for path in paths)
    return f"SELECT {', '.join(items)} FROM read_parquet([{files}], {options})"


def _value(value: str) -> str:
    return "NULL" if value == HIVE_NULL else constant(value)


def _nothing(table: GlueTable) -> str:
    nulls = [f"CAST(NULL AS {duckdb_type(f.type)}) AS {quoted(f.name)}" for f in table.fields]
    return f'SELECT {", ".join(nulls)}, CAST(NULL AS VARCHAR) AS "$path" WHERE false'
