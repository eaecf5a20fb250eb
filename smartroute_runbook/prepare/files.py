"""The tables' files as they lie in S3, against what Glue says of them: by Athena's own rules, not by ours."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from smartroute_runbook.lake import DataFile, Registered, SourceTable, data_files, read_table, registered
from smartroute_runbook.lake.files import split
from smartroute_runbook.lake.parquet import FileReading, reading_of
from smartroute_runbook.lake.ranged import RangedFile
from smartroute_runbook.runs.run import Run

__all__ = ["Inventory", "inventory"]

#: Redshift loads files of 1 MB to 1 GB best (developer guide, c_best-practices-use-multiple-files.md).
SMALL = 1024**2
#: Footers read a table: all files of a small lake, an even sample of a large one.
FOOTERS = 400
_CLOCK_SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class Inventory:
    """One table: its files and partitions.

    Attributes:
        unregistered: folders below the table's location with files that belong to no partition: Athena sees none.
        empty: partitions in Glue without a file.
        small: files under 1 MiB.
        footers: files whose schema was read; none that are not Parquet, as their partition's descriptor says.
        mismatched: file and why Athena cannot read it as Glue describes it.
        evolved: files that Athena reads, though their columns are not Glue's: some lack, more, other order, narrower.
        codecs: compression codecs met, with the number of files.
        days: bytes a day, by ISO date.
        hours: names of its partitions.
        several: partitions that are registered more than once; Athena reads all of their locations.
        dateless: partitions that are no day, though the table's others are.
        not_begun: partitions with files that are dated after now: a wrong clock or year.
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
    evolved: tuple[tuple[str, str], ...] = ()
    several: tuple[str, ...] = ()
    dateless: tuple[str, ...] = ()
    not_begun: tuple[str, ...] = ()


def inventory(run: Run, table: str) -> Inventory:
    """List a table's files and partitions and read file footers (one range of each).

    Raises:
        UsageError: Glue has no such table, or it is of a kind that is not carried.
    """
    source = read_table(run, table)
    parts = registered(run, source)
    files = sorted({file for part in parts for file in part.files})
    parquet = sorted({file for part in parts for file in part.parquet})
    sampled = parquet[:: max(1, len(parquet) // FOOTERS)]
    s3 = run.clients.boto("s3")
    with ThreadPoolExecutor(8) as pool:
        readings = list(pool.map(lambda file: _reading(s3, source, file), sampled))
    named = [(_short(source, file), one) for file, one in zip(sampled, readings, strict=True)]
    codecs = Counter(one.codec for one in readings)
    return Inventory(
        table=table,
        files=len(files),
        bytes=sum(file.size for file in files),
        partitions=len(parts),
        unregistered=_unregistered(run, source, parts),
        empty=tuple(part.name for part in parts if not part.files),
        small=sum(file.size < SMALL for file in files),
        footers=len(sampled),
        mismatched=tuple((name, one.refused) for name, one in named if one.refused),
        evolved=tuple((name, one.evolved) for name, one in named if one.evolved and not one.refused),
        codecs=tuple(sorted(codecs.items())),
        days=_days(source, parts),
        hours=tuple(part.name for part in parts),
        several=tuple(part.name for part in parts if len(part.locations) > 1),
        dateless=tuple(part.name for part in parts if source.layout.columns and not source.layout.begin(part.values)),
        not_begun=tuple(part.name for part in parts if part.files and _after_now(source, part)),
    )


def _after_now(source: SourceTable, part: Registered) -> bool:
    begin = source.layout.begin(part.values)
    return begin is not None and begin > datetime.now(UTC) + _CLOCK_SKEW


def _short(source: SourceTable, file: DataFile) -> str:
    return file.address.removeprefix(source.location.rstrip("/") + "/")


def _unregistered(run: Run, source: SourceTable, parts: list[Registered]) -> tuple[str, ...]:
    """Folders with files of no partition, below the table's own location."""
    if not source.keys:
        return ()
    known = tuple(place for part in parts for place in part.locations)
    held = {file.address for part in parts for file in part.files}
    strays = {file.address.rpartition("/")[0] for file in data_files(run, source.location) if file.address not in held}
    root = source.location.rstrip("/") + "/"
    return tuple(sorted(f"{folder}/".removeprefix(root).rstrip("/") for folder in strays if f"{folder}/" not in known))


def _days(source: SourceTable, parts: list[Registered]) -> tuple[tuple[str, int], ...]:
    days: Counter[str] = Counter()
    for part in parts:
        begin = source.layout.begin(part.values)
        if begin is not None:
            days[begin.date().isoformat()] += part.bytes
    return tuple(sorted(days.items()))


def _reading(s3: Any, source: SourceTable, file: DataFile) -> FileReading:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return reading_of(source, pq.ParquetFile(RangedFile(s3, *split(file.address), file.size)))
    except (pa.ArrowException, OSError) as error:
        return FileReading("unreadable", f"is not a Parquet file: {str(error).splitlines()[0]}")
