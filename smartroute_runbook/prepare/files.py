"""The tables' files as they lie in S3, against what Glue says of them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from smartroute_runbook.runs.run import Run

from .roles import lake_locations

__all__ = ["Inventory", "files_of", "inventory"]

#: Redshift loads files of 1 MB to 1 GB best (developer guide, c_best-practices-use-multiple-files.md).
SMALL = 1024**2
#: Footers read a table: all files of a small lake, an even sample of a large one.
FOOTERS = 400

# What a Glue type is called in a Parquet file; anything else is compared by its own name.
_GLUE = {"string": "string", "bigint": "int64", "int": "int32", "double": "double", "float": "float", "boolean": "bool"}


@dataclass(frozen=True)
class Inventory:
    """One table: its files and partitions.

    Attributes:
        unregistered: partition paths with files but not in Glue: Athena does not see them.
        empty: partition paths in Glue without a file.
        small: files under 1 MiB.
        footers: files whose schema was read.
        mismatched: file and how its columns differ from Glue's, in names, types or order.
        codecs: compression codecs met, with the number of files.
        days: bytes a day, by ISO date.
    """

    table: str
    files: int
    bytes: int
    partitions: int
    unregistered: tuple[str, ...]
    empty: tuple[str, ...]
    small: int
    footers: int
    mismatched: tuple[tuple[str, str], ...]
    codecs: tuple[tuple[str, int], ...]
    days: tuple[tuple[str, int], ...]
    hours: tuple[str, ...]


def inventory(run: Run, table: str) -> Inventory:
    """List a table's files and partitions and read file footers (ranges of a few kilobytes each).

    Raises:
        UsageError: Glue has no such table.
    """
    bucket, prefix = lake_locations(run)[table]
    glue, database = run.clients.boto("glue"), run.settings.athena.database
    described = glue.get_table(DatabaseName=database, Name=table)["Table"]
    keys = [key["Name"] for key in described.get("PartitionKeys", ())]
    files = dict(files_of(run, bucket, prefix))
    folders = {name.removeprefix(f"{prefix}/").rpartition("/")[0] for name in files}
    registered = _registered(run, table, keys)
    wanted = [(c["Name"], _GLUE.get(c["Type"], c["Type"])) for c in described["StorageDescriptor"]["Columns"]]
    sampled = sorted(files)[:: max(1, len(files) // FOOTERS)]
    s3 = run.clients.boto("s3")
    with ThreadPoolExecutor(8) as pool:
        footers = list(pool.map(lambda name: _footer(s3, bucket, name, files[name], wanted), sampled))
    codecs = [codec for codec, _ in footers]
    days: dict[str, int] = {}
    for name, size in files.items():
        day = _day(name)
        if day:
            days[day] = days.get(day, 0) + size
    return Inventory(
        table=table,
        files=len(files),
        bytes=sum(files.values()),
        partitions=len(registered),
        unregistered=tuple(sorted(folders - registered)),
        empty=tuple(sorted(registered - folders)),
        small=sum(size < SMALL for size in files.values()),
        footers=len(footers),
        mismatched=tuple((name, why) for name, (_, why) in zip(sampled, footers, strict=True) if why),
        codecs=tuple((codec, codecs.count(codec)) for codec in sorted(set(codecs))),
        days=tuple(sorted(days.items())),
        hours=tuple(sorted(registered)),
    )


def files_of(run: Run, bucket: str, prefix: str) -> Iterator[tuple[str, int]]:
    """Key and size of each file that Athena reads below a prefix."""
    pages = run.clients.boto("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    for page in pages:
        for entry in page.get("Contents", ()):
            # Athena does not read empty objects, nor names that begin with a dot or an underscore.
            if entry["Size"] and entry["Key"].rpartition("/")[2][0] not in "._":
                yield entry["Key"], entry["Size"]


def _registered(run: Run, table: str, keys: list[str]) -> set[str]:
    glue, database = run.clients.boto("glue"), run.settings.athena.database
    pages = glue.get_paginator("get_partitions").paginate(
        DatabaseName=database, TableName=table, ExcludeColumnSchema=True
    )
    return {
        "/".join(f"{key}={value}" for key, value in zip(keys, entry["Values"], strict=True))
        for page in pages
        for entry in page["Partitions"]
    }


def _day(name: str) -> str | None:
    parts = dict(re.findall(r"(year|month|day)=(\d+)", name))
    return f"{int(parts['year']):04}-{int(parts['month']):02}-{int(parts['day']):02}" if len(parts) == 3 else None


def _footer(s3: Any, bucket: str, key: str, size: int, wanted: list[tuple[str, str]]) -> tuple[str, str]:
    """Codec of a file, and how its columns differ from the wanted ones (empty: not at all)."""
    try:
        source = pa.PythonFile(_Ranges(s3, bucket, key, size), mode="r")
        metadata: Any = pq.ParquetFile(source)
    except (pa.ArrowInvalid, OSError) as error:
        return "unreadable", f"is no Parquet file: {str(error).splitlines()[0]}"
    has = [(field.name, _plain(field.type)) for field in metadata.schema_arrow]
    codec = metadata.metadata.row_group(0).column(0).compression if metadata.metadata.num_row_groups else "none"
    return codec, _difference(has, wanted)


def _plain(kind: pa.DataType) -> str:
    return str(kind.value_type if pa.types.is_dictionary(kind) else kind)


def _difference(has: list[tuple[str, str]], wanted: list[tuple[str, str]]) -> str:
    if has == wanted:
        return ""
    names, expected = [name for name, _ in has], [name for name, _ in wanted]
    if sorted(names) != sorted(expected):
        lacking, extra = sorted(set(expected) - set(names)), sorted(set(names) - set(expected))
        return "; ".join(
            f"{word} {', '.join(found)}" for word, found in (("lacks", lacking), ("has besides", extra)) if found
        )
    types = dict(wanted)
    wrong = [f"{name} is {kind}, not {types[name]}" for name, kind in has if types[name] != kind]
    return "; ".join(wrong) or f"column order is {', '.join(names)}"


class _Ranges(io.RawIOBase):
    """An S3 object as a file that reads only the ranges it is asked for."""

    def __init__(self, s3: Any, bucket: str, key: str, size: int) -> None:
        self._s3, self._bucket, self._key, self._size, self._at = s3, bucket, key, size, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + {0: 0, 1: self._at, 2: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def size(self) -> int:
        return self._size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        end = self._size if count < 0 else min(self._at + count, self._size)
        if end <= self._at:
            return b""
        wanted = f"bytes={self._at}-{end - 1}"
        data: bytes = self._s3.get_object(Bucket=self._bucket, Key=self._key, Range=wanted)["Body"].read()
        self._at += len(data)
        return data
