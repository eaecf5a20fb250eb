"""The lake as it is: tables from Glue, their registered days, and the files behind them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ..canonical import digest
from ..clients import explained
from ..errors import ServiceError, UsageError, did_you_mean
from .sql import counts_sql, day_filter

if TYPE_CHECKING:
    from ..run import Run

__all__ = ["Day", "SourceTable", "lake_bucket", "lake_state", "read_days", "read_table", "source_of"]

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
    def all_columns(self) -> tuple[tuple[str, str], ...]:
        """File columns, then partition columns: the order of every export and of the Redshift table."""
        return self.columns + self.partition_columns


@dataclass(frozen=True)
class Day:
    """One day of one table: what is exported, loaded and proven as one.

    ``source`` is the digest of the files' names, sizes and ETags: another digest means other data.
    """

    table: str
    date: str
    partitions: int
    rows: int
    files: int
    bytes: int
    source: str

    @property
    def parts(self) -> dict[str, int]:
        """Values of year, month and day."""
        day = date.fromisoformat(self.date)
        return {"year": day.year, "month": day.month, "day": day.day}


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
    bucket, prefix = split(location.rstrip("/") + "/")
    with explained(f"Listing {location}"):
        pages = run.clients.boto("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        found = [
            (f"s3://{bucket}/{o['Key']}", int(o["Size"]), str(o["ETag"])) for p in pages for o in p.get("Contents", ())
        ]
    return [entry for entry in found if entry[1] and not re.search(r"/[._][^/]*$", entry[0])]


def _locations(run: Run, table: SourceTable, day: Mapping[str, int] | None = None) -> list[tuple[str, str]]:
    """(date, location) of every registered partition."""
    glue = run.clients.boto("glue")
    wanted = {"Expression": " AND ".join(f"{key} = {int(value)}" for key, value in day.items())} if day else {}
    with explained(f"Reading the partitions of {table.name}"):
        pages = glue.get_paginator("get_partitions").paginate(
            DatabaseName=table.database, TableName=table.name, **wanted
        )
        found = [
            (p["Values"], p["StorageDescriptor"]["Location"].rstrip("/") + "/")
            for page in pages
            for p in page["Partitions"]
        ]
    return [(date(*(int(v) for v in values[:3])).isoformat(), location) for values, location in found]


def read_days(run: Run, table: SourceTable) -> list[Day]:
    """All registered days within ``load.first_day`` and ``load.last_day``, oldest first."""
    partitions = _locations(run, table)
    by_folder: dict[str, list[tuple[str, int, str]]] = {}
    for entry in _listing(run, table.location):
        by_folder.setdefault(entry[0].rpartition("/")[0] + "/", []).append(entry)
    files: dict[str, list[tuple[str, int, str]]] = {}
    count: dict[str, int] = {}
    for day, location in partitions:
        inside = by_folder.get(location)
        files.setdefault(day, []).extend(_listing(run, location) if inside is None else inside)
        count[day] = count.get(day, 0) + 1
    counted = run.athena().query(counts_sql(table.database, table.name, DAY_KEYS, "athena")).rows
    rows = {date(int(y), int(m), int(d)).isoformat(): int(n) for y, m, d, n in counted}
    first, last = run.settings.load.first_day or "0000", run.settings.load.last_day or "9999"
    return [
        Day(table.name, day, count[day], rows.get(day, 0), len(found), sum(f[1] for f in found), digest(sorted(found)))
        for day, found in sorted(files.items())
        if first <= day <= last
    ]


def source_of(run: Run, table: SourceTable, day: Day) -> str:
    """The digest of the day's files as they are now."""
    found = [entry for _, location in _locations(run, table, day.parts) for entry in _listing(run, location)]
    return digest(sorted(found))


def lake_state(run: Run, table: SourceTable) -> str:
    """The digest of all files of a table as they are now: another digest means that something arrived or changed."""
    return digest(sorted(_listing(run, table.location)))


def partition_counts(run: Run, table: SourceTable, day: Day) -> int:
    """Rows of a day as Athena counts them now."""
    sql = counts_sql(table.database, table.name, DAY_KEYS, "athena", day_filter(day.parts))
    found = run.athena().query(sql).rows
    return int(found[0][-1]) if found else 0
