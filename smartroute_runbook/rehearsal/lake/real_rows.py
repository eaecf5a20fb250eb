"""Real ``vehicles`` rows of a user: read from Parquet, checked, and split by hour."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from smartroute_runbook.errors import UsageError, did_you_mean

from .tables import PARTITION_KEYS, TABLES, LakePartition

__all__ = ["read_real_rows"]

_SCHEMA = TABLES["vehicles"].schema
_MILLISECONDS = 10**11  # an epoch in seconds stays below this until the year 5138


def read_real_rows(path: Path, notes: list[str]) -> Iterator[tuple[LakePartition, pa.Table]]:
    """The rows of a Parquet file or folder, each once, in the file's order, as tables of one hour each.

    An hour may come more than once. Hours are those of the columns (or folders) ``year month day hour`` where the
    data has them, else the UTC hour of ``batch_timestamp``, which may count milliseconds or seconds. Values are not
    changed.

    Args:
        path: a Parquet file, or a folder with ``*.parquet`` files in it at any depth.
        notes: receives what is unusual about the rows.

    Raises:
        UsageError: no such file, not Parquet, a column missing or of another type.
    """
    dataset = _open(path)
    columns = _check(dataset.schema, path)
    has_keys = all(key in dataset.schema.names for key in PARTITION_KEYS)
    names = [*columns, *(PARTITION_KEYS if has_keys else ())]
    warned = False
    for record in dataset.to_batches(columns=names, batch_size=1 << 17, batch_readahead=1, fragment_readahead=1):
        table = pa.Table.from_batches([record])
        if not table.num_rows:
            continue
        keys = _keys(table, path) if has_keys else _hours(table["batch_timestamp"], path)
        if not warned and _in_seconds(table["batch_timestamp"]):
            warned = True
            notes.append(
                "`batch_timestamp` counts seconds in these rows, not milliseconds as the table's description says; "
                "the values are kept as they are."
            )
        yield from _by_hour(table.select(columns).cast(_SCHEMA), keys)


def _open(path: Path) -> ds.Dataset:
    if not path.exists():
        raise UsageError(f"No lake at {path}", expected="a Parquet file or a folder with Parquet files")
    files = [str(path)] if path.is_file() else [str(file) for file in sorted(path.rglob("*.parquet"))]
    if not files:
        raise UsageError(f"{path} holds no *.parquet file", expected="a Parquet file or a folder with Parquet files")
    try:
        partitioning = ds.partitioning(flavor="hive") if path.is_dir() else None
        return ds.dataset(files, format="parquet", partitioning=partitioning, partition_base_dir=str(path))
    except (pa.ArrowInvalid, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(
            f"{path} cannot be read as Parquet: {reason}", expected="Parquet with snappy, zstd or gzip"
        ) from error


def _check(schema: pa.Schema, path: Path) -> list[str]:
    """The columns of ``vehicles``, all there and of their types (any integer width, plain or dictionary text)."""
    for expected in _SCHEMA:
        if expected.name not in schema.names:
            raise UsageError(
                f"{path} has no column '{expected.name}'",
                expected=f"the columns of vehicles: {', '.join(_SCHEMA.names)}",
                hint=did_you_mean(expected.name, schema.names),
            )
        actual = schema.field(expected.name).type
        plain = actual.value_type if pa.types.is_dictionary(actual) else actual
        text = pa.types.is_string(plain) or pa.types.is_large_string(plain)
        if pa.types.is_null(actual):  # a column without any value
            continue
        if text if pa.types.is_string(expected.type) else pa.types.is_integer(actual):
            continue
        kind = "string" if pa.types.is_string(expected.type) else "bigint (any integer)"
        raise UsageError(f"Column '{expected.name}' of {path} is {actual}", expected=kind)
    return list(_SCHEMA.names)


def _in_seconds(stamps: pa.ChunkedArray) -> bool:
    largest = pc.max(stamps).as_py()
    return largest is not None and int(largest) < _MILLISECONDS


def _keys(table: pa.Table, path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    columns = []
    for key in PARTITION_KEYS:
        column = table[key]
        if not pa.types.is_integer(column.type):
            raise UsageError(f"Column '{key}' of {path} is {column.type}", expected="int")
        if column.null_count:
            raise UsageError(f"Column '{key}' of {path} has rows without a value", expected="an hour for every row")
        columns.append(column.to_numpy().astype(np.int64))
    return np.stack(columns, axis=1)


def _hours(stamps: pa.ChunkedArray, path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    if stamps.null_count:
        raise UsageError(f"batch_timestamp of {path} has rows without a value", expected="an hour for every row")
    values = stamps.to_numpy().astype(np.int64)
    seconds = np.where(values >= _MILLISECONDS, values // 1000, values)
    when = pa.array(seconds).cast(pa.timestamp("s"))
    parts = (pc.year(when), pc.month(when), pc.day(when), pc.hour(when))
    return np.stack([part.to_numpy() for part in parts], axis=1)


def _by_hour(
    table: pa.Table, keys: np.ndarray[tuple[int, int], np.dtype[np.int64]]
) -> Iterator[tuple[LakePartition, pa.Table]]:
    hours, where = np.unique(keys, axis=0, return_inverse=True)
    for number, hour in enumerate(hours.tolist()):
        rows = np.flatnonzero(where.reshape(-1) == number)
        yield LakePartition(*hour), table.take(pa.array(rows))
