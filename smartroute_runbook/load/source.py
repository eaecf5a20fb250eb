"""The lake as the load and the proof see it: partitions with their rows, days, and batches of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlglot import exp

from smartroute_runbook.canonical import digest
from smartroute_runbook.errors import UsageError
from smartroute_runbook.lake import (
    Registered,
    SourceTable,
    Value,
    Values,
    read_table,
    read_tables,
    registered,
)
from smartroute_runbook.lake.bucket import lake_bucket
from smartroute_runbook.lake.files import Listing
from smartroute_runbook.lake.partitions import places, source_digest
from smartroute_runbook.lake.values import kind_of, name_of, order
from smartroute_runbook.prove.left_out import NO_DAY, NOT_BEGUN, NOT_CLOSED, OUTSIDE, LeftOut
from smartroute_runbook.quantities import plural

from .scope import AFTER, INSIDE, Scope, pinned
from .sql import counts_sql

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = [
    "Batch",
    "Day",
    "LeftOut",
    "Partition",
    "SourceTable",
    "lake_bucket",
    "lake_state",
    "partition_counts",
    "read_days",
    "read_lake",
    "read_partitions",
    "read_table",
    "read_tables",
    "source_of",
    "state_of",
]

WHOLE = "whole"  # the day of what has none: a table without partitions, a partition that is not a day
_CLOCK_SKEW = timedelta(hours=1)  # a partition that begins later than this after now has a wrong clock


@dataclass(frozen=True)
class Partition:
    """One partition: what is loaded, noted and corrected as one.

    Attributes:
        values: typed, in the order of the partition columns; none for a table that is not partitioned.
        source: the digest of its files' names, sizes and ETags and of the table's columns: another one, other data.
        date: its day (ISO); its month, or its own name, where it has no day; ``whole`` for an unpartitioned table.
    """

    table: str
    name: str
    values: Values
    rows: int
    files: int
    bytes: int
    source: str
    date: str = WHOLE
    begin: datetime | None = None
    end: datetime | None = None


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
    """Partitions of one table that are exported and loaded as one: one day, several, or part of one."""

    table: str
    partitions: tuple[Partition, ...]

    @property
    def days(self) -> tuple[str, ...]:
        """Its days, in order."""
        return tuple(dict.fromkeys(part.date for part in self.partitions))

    @property
    def date(self) -> str:
        """Its day, or its first and last one."""
        days = self.days
        return days[0] if len(days) == 1 else f"{days[0]}..{days[-1]}"

    @property
    def rows(self) -> int:
        """Rows as Athena counted them."""
        return sum(part.rows for part in self.partitions)

    @property
    def bytes(self) -> int:
        """Bytes of its files."""
        return sum(part.bytes for part in self.partitions)

    @property
    def source(self) -> str:
        """The state of the files in scope."""
        return digest([[part.name, part.source] for part in self.partitions])


def read_lake(run: Run, table: SourceTable, scope: Scope) -> tuple[list[Partition], tuple[LeftOut, ...]]:
    """The partitions in scope, in order, with their files and rows as they are now; and what is left out."""
    there = registered(run, table)  # first: a partition that cannot be read is named with its place
    counted = partition_counts(run, table, None)
    there = _holding(run, table, there, counted)
    partitions: list[Partition] = []
    others: dict[str, list[Partition]] = {}
    now = datetime.now(UTC)
    for one in there:
        part = _partition(table, one, counted.get(one.values, 0))
        place = scope.place(table.layout, one.values)
        if place == INSIDE:
            partitions.append(part)
        elif part.rows or part.files:
            others.setdefault(_why(scope, place, part, now), []).append(part)
    left = tuple(
        LeftOut(table.name, why, len(parts), sum(part.rows for part in parts), parts[0].name)
        for why, parts in sorted(others.items())
    )
    return partitions, left


def _holding(run: Run, table: SourceTable, there: list[Registered], counted: Mapping[Values, int]) -> list[Registered]:
    """The partitions, once more when Athena counted rows in one that was registered meanwhile.

    Raises:
        UsageError: it reads rows of partitions that nothing lists: they would be neither loaded nor compared.
    """
    if counted.keys() <= {one.values for one in there}:
        return there
    there = registered(run, table)
    if unlisted := sorted(counted.keys() - {one.values for one in there}, key=order):
        raise UsageError(
            f"Athena counts {plural(counted[unlisted[0]], 'row')} of {table.name} in partition "
            f"{name_of(table.keys, unlisted[0])}, which is not listed",
            expected="the partitions that Glue registers, or the table's properties compute",
            hint="Run again; if it stays, compare the partition's value in Glue with what Athena's SELECT shows of it",
        )
    return there


def _why(scope: Scope, place: str, part: Partition, now: datetime) -> str:
    """Why a partition is not in scope: by the parameters, or by its own values."""
    if place != AFTER or (scope.last is not None and part.date > scope.last):
        return OUTSIDE
    if part.begin is None:
        return NO_DAY
    return NOT_BEGUN if part.begin > now + _CLOCK_SKEW else NOT_CLOSED


def _partition(table: SourceTable, one: Registered, rows: int) -> Partition:
    begin = table.layout.begin(one.values)
    day = begin.date().isoformat() if begin else one.name if table.keys else WHOLE
    source = source_digest(table, one.files, one.places)
    end = table.layout.end(one.values)
    return Partition(table.name, one.name, one.values, rows, len(one.files), one.bytes, source, day, begin, end)


def read_partitions(run: Run, table: SourceTable, scope: Scope) -> list[Partition]:
    """The partitions in scope, in order, with their files and rows as they are now."""
    return read_lake(run, table, scope)[0]


def read_days(run: Run, table: SourceTable, scope: Scope | None = None) -> list[Day]:
    """The days in scope, oldest first; by default those up to the run's read point."""
    return days_of(table, read_partitions(run, table, scope or pinned(run)))


def days_of(table: SourceTable, partitions: Sequence[Partition]) -> list[Day]:
    """Partitions summed up by day."""
    days: dict[str, list[Partition]] = {}
    for part in partitions:
        days.setdefault(part.date, []).append(part)
    return [_day(table.name, day, parts) for day, parts in sorted(days.items())]


def _day(table: str, day: str, parts: list[Partition]) -> Day:
    rows, files, size = (sum(getattr(part, what) for part in parts) for what in ("rows", "files", "bytes"))
    return Day(table, day, len(parts), rows, files, size, digest([[part.name, part.source] for part in parts]))


def source_of(run: Run, table: SourceTable, batch: Batch) -> str:
    """The state of a batch's files now: where its partitions are registered, under the table's columns."""
    now = read_table(run, table.name)
    registrations = {} if now.kind == "iceberg" else places(run, now)
    there = [registrations.get(part.values, ()) for part in batch.partitions]
    listing = Listing(run, [place.location for several in there for place in several])
    states = []
    for part, several in zip(batch.partitions, there, strict=True):
        files = sorted({file for place in several for file in listing.below(place.location)})
        states.append([part.name, source_digest(now, files, several)])
    return digest(states)


def state_of(partitions: Sequence[Partition]) -> str:
    """The same digest as :func:`lake_state`, of partitions as they were read."""
    return digest([[part.name, part.source] for part in partitions])


def lake_state(run: Run, table: SourceTable, scope: Scope) -> str:
    """The digest of the files in scope, as they are now: another one means that something arrived or changed."""
    table = read_table(run, table.name)
    return digest(
        [
            [part.name, source_digest(table, part.files, part.places)]
            for part in registered(run, table)
            if scope.holds(table.layout, part.values)
        ]
    )


def partition_counts(run: Run, table: SourceTable, where: exp.Expression | None) -> dict[Values, int]:
    """Rows by partition as Athena counts them now; reads no columns."""
    answer = run.athena().query(counts_sql(table.database, table.name, table.keys, "athena", where))
    return {typed_values(table, row[:-1]): int(row[-1]) for row in answer.rows}


def typed_values(table: SourceTable, row: Sequence[object]) -> Values:
    """Partition values of an answer, whatever the driver made of whole numbers and dates."""
    return tuple(_typed(kind, value) for (_, kind), value in zip(table.partition_columns, row, strict=True))


def _typed(kind: str, value: object) -> Value:
    if value is None:
        return None
    if kind_of(kind) == "integer":
        return int(str(value))
    if kind_of(kind) == "date":
        return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    return str(value)
