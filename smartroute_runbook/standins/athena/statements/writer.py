"""UNLOAD, CREATE TABLE AS and INSERT: a query's rows as objects in S3, under Athena's limits."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

import duckdb
from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.s3 import Objects, split_uri

__all__ = ["PARTITION_LIMIT", "require_empty", "write"]

PARTITION_LIMIT = 100
"""Open writers of one CTAS, INSERT INTO or UNLOAD (Athena user guide, "Work around the 100 partition limit")."""

_FORMATS = {"PARQUET": "parquet", "JSON": "json", "TEXTFILE": "csv"}
_CODECS = {
    "PARQUET": {"SNAPPY", "GZIP", "ZSTD", "NONE", "UNCOMPRESSED"},
    "JSON": {"GZIP", "NONE"},
    "TEXTFILE": {"GZIP", "NONE"},
}


def require_empty(objects: Objects, location: str) -> None:
    """Athena writes only where nothing is.

    Raises:
        QueryFailed: HIVE_PATH_ALREADY_EXISTS.
    """
    bucket, key = split_uri(location)
    try:
        existing = objects.list(bucket, key if not key or key.endswith("/") else key + "/")
    except FileNotFoundError as error:
        raise QueryFailed(
            "PERMISSION_DENIED", f"The S3 location does not exist or is not accessible: {location}"
        ) from error
    if existing:
        raise QueryFailed("HIVE_PATH_ALREADY_EXISTS", f"Target directory for table is not empty: {location}")


def write(
    connection: duckdb.DuckDBPyConnection,
    objects: Objects,
    sql: str,
    location: str,
    keys: Sequence[str] = (),
    file_format: str = "PARQUET",
    compression: str = "",
) -> tuple[list[str], int]:
    """Write a query's rows below a location.

    Args:
        connection: where ``sql`` runs.
        objects: where the objects go.
        sql: DuckDB SQL; the partition columns are its last.
        location: ``s3://`` folder.
        keys: partition columns.
        file_format: PARQUET, JSON or TEXTFILE.
        compression: codec; default: SNAPPY for Parquet, GZIP for text.

    Returns:
        The addresses written, and the number of rows.

    Raises:
        QueryFailed: more than 100 partitions, or a format that is not rehearsable.
    """
    kind = file_format.upper()
    codec = (compression or ("SNAPPY" if kind == "PARQUET" else "GZIP")).upper()
    if kind not in _FORMATS or codec not in _CODECS[kind]:
        raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: format {kind} with compression {codec}", 1)
    folder = Path(tempfile.mkdtemp(prefix="athena-write-"))
    try:
        if keys:
            _check_partitions(connection, sql, keys)
        rows = _copy(connection, sql, folder, keys, _FORMATS[kind], "UNCOMPRESSED" if codec == "NONE" else codec)
        return _upload(objects, folder, location), rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_partitions(connection: duckdb.DuckDBPyConnection, sql: str, keys: Sequence[str]) -> None:
    names = ", ".join(exp.to_identifier(key, quoted=True).sql("duckdb") for key in keys)
    limited = f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM ({sql}) LIMIT {PARTITION_LIMIT + 1})"
    row = connection.execute(limited).fetchone()
    if row and row[0] > PARTITION_LIMIT:
        raise QueryFailed(
            "HIVE_TOO_MANY_OPEN_PARTITIONS",
            f"Exceeded limit of {PARTITION_LIMIT} open writers for partitions/buckets",
        )


def _copy(
    connection: duckdb.DuckDBPyConnection, sql: str, folder: Path, keys: Sequence[str], kind: str, codec: str
) -> int:
    stamp = uuid.uuid4().hex
    options = [f"FORMAT {kind}", f"COMPRESSION {codec}"]
    if kind == "csv":
        options += ["HEADER false", "DELIMITER '\x01'"]
    if keys:
        names = ", ".join(exp.to_identifier(key, quoted=True).sql("duckdb") for key in keys)
        options += [f"PARTITION_BY ({names})", f"FILENAME_PATTERN '{stamp}_{{i}}'", "OVERWRITE_OR_IGNORE"]
    target = folder / "out" if keys else folder / f"{stamp}.{kind}"
    row = connection.execute(f"COPY ({sql}) TO '{target}' ({', '.join(options)})").fetchone()
    return int(row[0]) if row else 0


def _upload(objects: Objects, folder: Path, location: str) -> list[str]:
    bucket, prefix = split_uri(location if location.endswith("/") else location + "/")
    root = folder / "out" if (folder / "out").is_dir() else folder
    addresses = []
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        # Athena's files carry no extension; Hive escapes the partition values as DuckDB does.
        name = path.relative_to(root).with_suffix("").as_posix()
        objects.put(bucket, prefix + name, path)
        addresses.append(f"s3://{bucket}/{prefix}{unquote(name) if '%' in name and '=' not in name else name}")
    return addresses
