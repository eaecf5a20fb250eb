"""The lake as it is: tables from Glue, their registered days, and the files behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from smartroute_runbook.canonical import digest
from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import ServiceError, UsageError, did_you_mean

from .scope import Scope, pinned
from .sql import counts_sql

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = [
    "Batch",
    "Day",
    "Partition",
    "SourceTable",
    "first_day",
    "lake_bucket",
    "lake_state",
    "partition_counts",
    "read_days",
    "read_partitions",
    "read_table",
    "source_of",
]

DAY_KEYS = ("year", "month", "day")


@dataclass(frozen=True)
class SourceTable:
    """A table of the control: columns with Athena types; partition columns are not in its files."""

    database: str
    name: str
    columns: tuple[tuple[str, str], ...]
    partition_columns: tuple[tuple[str, str], ...]
    location: str

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the partition columns."""
        return tuple(name for name, _ in self.partition_columns)

    @property
    def all_columns(self) -> tuple[tuple[str, str], ...]:
        """File columns, then partition columns: the order of every export and of the Redshift table."""
        return self.columns + self.partition_columns


@dataclass(frozen=True)
class Partition:
    """One registered partition: what is loaded, noted and corrected as one.

    ``source`` is the digest of its files' names, sizes and ETags: another digest means other data.
    """

    table: str
    name: str
    values: tuple[int, ...]
    rows: int
    files: int
    bytes: int
    source: str

    @property
    def date(self) -> str:
        """Its day."""
        return date(*self.values[:3]).isoformat()


@dataclass(frozen=True)
class Day:
    """The partitions of one day of one table, summed up."""

    table: str
    date: str
    partitions: int
    rows: int
    files: int
    bytes: int
    source: str


@dataclass(frozen=True)
class Batch:
    """Partitions of one day of one table that are exported and loaded as one: all of them, or those that changed."""

    table: str
    date: str
    partitions: tuple[Partition, ...]

    @property
    def rows(self) -> int:
        """Rows as Athena counted them."""
        return sum(part.rows for part in self.partitions)

    @property
    def source(self) -> str:
        """The state of the files that are meant."""
        return digest([[part.name, part.source] for part in self.partitions])


def split(address: str) -> tuple[str, str]:
    """Bucket and key of ``s3://bucket/key``."""
    match = re.fullmatch(r"s3://([^/]+)/?(.*)", address)
    if not match:
        raise ServiceError(f"'{address}' is no S3 address")
    return match[1], match[2]


def read_table(run: Run, name: str) -> SourceTable:
    """A table as Glue describes it.

    Raises:
        UsageError: there is no such table, or it is not partitioned by year, month and day.
    """
    glue, database = run.clients.boto("glue"), run.settings.athena.database
    with explained(f"Reading table {database}.{name} from Glue"):
        try:
            table: dict[str, Any] = glue.get_table(DatabaseName=database, Name=name)["Table"]
        except glue.exceptions.EntityNotFoundException:
            pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
            known = [t["Name"] for page in pages for t in page["TableList"]]
            raise UsageError(f"Glue has no table {database}.{name}", hint=did_you_mean(name, known)) from None
    keys = tuple((key["Name"], key["Type"]) for key in table.get("PartitionKeys", ()))
    if tuple(key for key, _ in keys[:3]) != DAY_KEYS:
        raise UsageError(
            f"Table {name} is partitioned by {', '.join(k for k, _ in keys) or 'nothing'}",
            expected="year, month, day, ...",
        )
    columns = tuple((column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"])
    return SourceTable(database, name, columns, keys, table["StorageDescriptor"]["Location"])


def lake_bucket(run: Run) -> str:
    """The bucket of the first table."""
    return split(read_table(run, run.settings.athena.tables[0]).location)[0]


def _listing(run: Run, location: str) -> list[tuple[str, int, str]]:
    """Address, size and ETag of every file that Athena reads below a location (S3 lists consistently)."""
    bucket, prefix = split(location.rstrip("/") + "/")
    with explained(f"Listing {location}"):
        pages = run.clients.boto("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        found = [
            (f"s3://{bucket}/{o['Key']}", int(o["Size"]), str(o["ETag"])) for p in pages for o in p.get("Contents", ())
        ]
    return [entry for entry in found if entry[1] and not re.search(r"/[._][^/]*$", entry[0])]


def _locations(run: Run, table: SourceTable, day: str = "") -> list[tuple[tuple[int, ...], str]]:
    """(values, location) of every registered partition, or of those of one day."""
    glue = run.clients.boto("glue")
    wanted = {}
    if day:
        parts = zip(DAY_KEYS, date.fromisoformat(day).timetuple()[:3], strict=True)
        wanted["Expression"] = " AND ".join(f"{key} = {value}" for key, value in parts)
    with explained(f"Reading the partitions of {table.name}"):
        pages = glue.get_paginator("get_partitions").paginate(
            DatabaseName=table.database, TableName=table.name, **wanted
        )
        found = [
            (tuple(int(value) for value in p["Values"]), p["StorageDescriptor"]["Location"].rstrip("/") + "/")
            for page in pages
            for p in page["Partitions"]
        ]
    return sorted(found)


def first_day(run: Run) -> date:
    """The oldest registered day of any table.

    Raises:
        UsageError: no table has a partition.
    """
    tables = [read_table(run, name) for name in run.settings.athena.tables]
    days = [date(*values[:3]) for table in tables for values, _ in _locations(run, table)]
    if not days:
        raise UsageError("No table has a registered partition", hint="Register them: MSCK REPAIR TABLE, or a crawler")
    return min(days)


def read_partitions(run: Run, table: SourceTable, scope: Scope) -> list[Partition]:
    """The registered partitions that are meant, in order, with their files and rows as they are now."""
    keys = table.keys
    by_folder: dict[str, list[tuple[str, int, str]]] = {}
    for entry in _listing(run, table.location):
        by_folder.setdefault(entry[0].rpartition("/")[0] + "/", []).append(entry)
    counted = partition_counts(run, table, scope.where(table.partition_columns))
    found = []
    for values, location in _locations(run, table):
        if not scope.holds(keys, values):
            continue
        inside = by_folder.get(location)
        files = _listing(run, location) if inside is None else inside
        name = "/".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
        size = sum(entry[1] for entry in files)
        rows = counted.get(values, 0)
        found.append(Partition(table.name, name, values, rows, len(files), size, digest(sorted(files))))
    return found


def read_days(run: Run, table: SourceTable, scope: Scope | None = None) -> list[Day]:
    """The registered days that are meant, oldest first; by default those up to the run's read point."""
    days: dict[str, list[Partition]] = {}
    for part in read_partitions(run, table, scope or pinned(run)):
        days.setdefault(part.date, []).append(part)
    return [_day(table.name, day, parts) for day, parts in sorted(days.items())]


def _day(table: str, day: str, parts: list[Partition]) -> Day:
    rows, files, size = (sum(getattr(part, what) for part in parts) for what in ("rows", "files", "bytes"))
    return Day(table, day, len(parts), rows, files, size, digest([[part.name, part.source] for part in parts]))


def source_of(run: Run, table: SourceTable, batch: Batch) -> str:
    """The state of a batch's files as they are now."""
    wanted = {part.values: part for part in batch.partitions}
    now = {
        values: digest(sorted(_listing(run, location)))
        for values, location in _locations(run, table, batch.date)
        if values in wanted
    }
    return digest([[part.name, now.get(part.values, "")] for part in batch.partitions])


def lake_state(run: Run, table: SourceTable, scope: Scope) -> str:
    """The digest of the files that are meant, as they are now: another one means that something arrived or changed."""
    known = {location: values for values, location in _locations(run, table)}
    files = _listing(run, table.location)
    return digest(
        sorted(
            entry
            for entry in files
            if (values := known.get(entry[0].rpartition("/")[0] + "/")) is None or scope.holds(table.keys, values)
        )
    )


def partition_counts(run: Run, table: SourceTable, where: exp.Expression | None) -> dict[tuple[int, ...], int]:
    """Rows by partition as Athena counts them now; reads no columns."""
    rows = run.athena().query(counts_sql(table.database, table.name, table.keys, "athena", where)).rows
    return {tuple(int(value) for value in row[:-1]): int(row[-1]) for row in rows}
