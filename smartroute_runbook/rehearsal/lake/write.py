"""The lake of a rehearsal: three tables as Hive-partitioned Parquet in a folder, ready to be uploaded.

By default the rows are made from the real timetable with the oddities of the real feed; with ``lake_path`` they are
a user's real rows. Either way the two derived tables are computed from the ``vehicles`` rows, hour by hour.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from smartroute_runbook.errors import UsageError
from smartroute_runbook.views import Note, Table, View

from .derived import write_derived
from .generate import generate_hour
from .tables import TABLES, LakePartition
from .timetable import Timetable, local_midnight

__all__ = ["DEFAULT_SHARE", "LakeSummary", "write_lake"]

DEFAULT_SHARE = 0.02
"""Of the trips of a day: about 390,000 rows a weekday. A share of 1 is the whole subway: about 19 million."""

_MOST_OPEN_FILES = 200


@dataclass(frozen=True)
class LakeSummary:
    """What was written.

    Attributes:
        root: the folder; tables below it as in ``tables.TABLES``.
        source: "timetable", or the path of the real rows.
        rows: per table.
        partitions: per table, rows per partition path (``year=2026/month=9/day=21/hour=13``).
        oddities: rows per planted oddity; empty for real rows and for a clean lake.
        bytes: of all files.
        seconds: wall clock.
        notes: what a reader of this lake should know.
    """

    root: Path
    source: str
    rows: Mapping[str, int]
    partitions: Mapping[str, Mapping[str, int]]
    oddities: Mapping[str, int]
    bytes: int
    seconds: float
    notes: tuple[str, ...] = ()

    def view(self) -> View:
        """Rows per table, planted oddities, notes."""
        tables = tuple((name, count, len(self.partitions[name])) for name, count in self.rows.items())
        total = self.rows["vehicles"] or 1
        planted = tuple((name, count, f"{100 * count / total:.2f}%") for name, count in self.oddities.items())
        parts: list[Table | Note] = [Table(("table", "rows", "partitions"), tables, title="The rehearsal's lake")]
        if planted:
            parts.append(Table(("oddity", "rows", "of vehicles"), planted, title="Planted oddities of the real feed"))
        parts += [Note(note) for note in self.notes]
        return View(f"Lake from {self.source}: {self.rows['vehicles']:,} vehicles rows", tuple(parts))


@dataclass
class _Writer:
    """Appends rows to the partitions of ``vehicles``; an hour's file stays open until the hour is done."""

    root: Path
    open: dict[LakePartition, pq.ParquetWriter] = field(default_factory=dict)
    parts: Counter[LakePartition] = field(default_factory=Counter)
    rows: Counter[LakePartition] = field(default_factory=Counter)

    def write(self, partition: LakePartition, table: pa.Table) -> None:
        if partition not in self.open:
            if len(self.open) >= _MOST_OPEN_FILES:
                self.close()
            self.open[partition] = self._new(partition, table.schema)
        self.open[partition].write_table(table)
        self.rows[partition] += table.num_rows

    def _new(self, partition: LakePartition, schema: pa.Schema) -> pq.ParquetWriter:
        folder = self.root / TABLES["vehicles"].prefix / partition.path
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"part-{self.parts[partition]:05d}.parquet"
        self.parts[partition] += 1
        # Without the Arrow schema the files say only what Parquet says, as files written by Spark or Glue do.
        return pq.ParquetWriter(path, schema, compression="snappy", store_schema=False)

    def close(self) -> None:
        for writer in self.open.values():
            writer.close()
        self.open.clear()


def write_lake(
    dest: Path,
    *,
    days: int = 1,
    lake_path: Path | None = None,
    seed: int = 7,
    start: date = date(2026, 9, 21),
    trips_share: float = DEFAULT_SHARE,
    oddities: bool = True,
) -> LakeSummary:
    """Write the lake's three tables below a folder.

    Args:
        dest: a folder; it must not hold a lake already.
        days: local (New York) days to generate, from midnight to midnight; an hour is a partition, in UTC.
        lake_path: a Parquet file, or a folder of them, with the columns of ``vehicles``: its rows are taken as they
            are, each exactly once, instead of generated ones.
        seed: equal seeds give equal rows.
        start: the first day to generate.
        trips_share: the share of the trips to run, 0 < share <= 1.
        oddities: False for a clean lake: every delay known, no row twice, no arrival in the past.

    Raises:
        UsageError: an argument or the file is not usable; the message names column and type.
    """
    began = time.perf_counter()
    if any((dest / table.prefix).exists() for table in TABLES.values()):
        raise UsageError(f"{dest} holds a lake already", expected="an empty folder", hint="Remove it or name another")
    notes: list[str] = []
    counts: Counter[str] = Counter()
    if lake_path is not None:
        from .real_rows import read_real_rows  # pyarrow.dataset loads pandas: half a second that few need

        rows = read_real_rows(lake_path, notes)
    else:
        rows = _generated(_timetable(days, trips_share, seed, oddities), days, start, counts)
    writer = _Writer(dest)
    try:
        for partition, table in rows:
            writer.write(partition, table)
            if lake_path is None:
                writer.close()
    finally:
        writer.close()
    if not writer.rows:
        raise UsageError(f"{lake_path} has no rows", expected="at least one row of vehicles")
    partitions = {"vehicles": {p.path: writer.rows[p] for p in sorted(writer.rows)}} | _derived(dest, writer.rows)
    return LakeSummary(
        root=dest,
        source=str(lake_path or "the timetable"),
        rows={name: sum(by_hour.values()) for name, by_hour in partitions.items()},
        partitions=partitions,
        oddities=dict(counts),
        bytes=sum(path.stat().st_size for path in dest.rglob("*.parquet")),
        seconds=time.perf_counter() - began,
        notes=tuple(notes),
    )


def _timetable(days: int, share: float, seed: int, oddities: bool) -> Timetable:
    if days < 1:
        raise UsageError(f"--days {days} is not possible", expected="1 or more")
    if not 0 < share <= 1:
        raise UsageError(f"A share of {share} of the trips is not possible", expected="more than 0, at most 1")
    return Timetable(share=share, seed=seed, oddities=oddities)


def _generated(
    timetable: Timetable, days: int, start: date, counts: Counter[str]
) -> Iterator[tuple[LakePartition, pa.Table]]:
    hour, end = local_midnight(start), local_midnight(start + timedelta(days=days))
    while hour < end:
        table, planted = generate_hour(timetable, hour)
        counts.update(planted)
        if table.num_rows:
            yield LakePartition(hour.year, hour.month, hour.day, hour.hour), table
        hour += timedelta(hours=1)


def _derived(root: Path, hours: Mapping[LakePartition, int]) -> dict[str, dict[str, int]]:
    rows: dict[str, dict[str, int]] = {"delay_metrics": {}, "crowding_metrics": {}}
    # One thread: sums of doubles must not depend on the order in which threads finish.
    with duckdb.connect(config={"threads": 1}) as connection:
        for partition in sorted(hours):
            for name, count in write_derived(root, partition, connection).items():
                rows[name][partition.path] = count
    return rows
