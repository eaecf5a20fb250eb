"""Batches: partitions that are exported and loaded together, up to a stated size and to what AWS takes in a statement.

One export and one transaction a batch, its ledger with it. Athena bills each query for at least 10 MB, and each costs
seconds; a lake of many small partitions is cheap only in large batches. A batch that fails is halved until the
partitions that fail are alone, so that a bad one holds back no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .source import Batch, Partition

__all__ = ["MOST_PARTITIONS", "batches_of", "halves"]

#: Partitions in one transaction, and bytes of their names: at worst each is a condition of its own, and a statement of
#: the Data API holds 100 kB (Redshift management guide, "data-api").
MOST_PARTITIONS = 2_000
MOST_NAMES = 40_000


def batches_of(table: str, partitions: Sequence[Partition], most_bytes: int) -> Iterator[Batch]:
    """Partitions in order, cut where a batch would exceed the size; a day is not cut unless it alone exceeds it."""
    batch = _Filling()
    for day in _days(partitions):
        if batch.partitions and not batch.takes(day, most_bytes):
            yield Batch(table, tuple(batch.partitions))
            batch = _Filling()
        for part in day:
            if batch.partitions and not batch.takes([part], None):
                yield Batch(table, tuple(batch.partitions))
                batch = _Filling()
            batch.add(part)
    if batch.partitions:
        yield Batch(table, tuple(batch.partitions))


@dataclass
class _Filling:
    """A batch that is being filled, with what it holds counted once."""

    partitions: list[Partition] = field(default_factory=list)
    bytes: int = 0
    names: int = 0

    def takes(self, parts: Sequence[Partition], most_bytes: int | None) -> bool:
        """Whether so many more fit."""
        names = self.names + sum(len(part.name.encode()) for part in parts)
        if len(self.partitions) + len(parts) > MOST_PARTITIONS or names > MOST_NAMES:
            return False
        return most_bytes is None or self.bytes + sum(part.bytes for part in parts) <= most_bytes

    def add(self, part: Partition) -> None:
        self.partitions.append(part)
        self.bytes, self.names = self.bytes + part.bytes, self.names + len(part.name.encode())


def halves(batch: Batch) -> tuple[Batch, Batch]:
    """A batch of several partitions as two."""
    middle = len(batch.partitions) // 2
    return Batch(batch.table, batch.partitions[:middle]), Batch(batch.table, batch.partitions[middle:])


def _days(partitions: Sequence[Partition]) -> Iterator[list[Partition]]:
    day: list[Partition] = []
    for part in partitions:
        if day and part.date != day[0].date:
            yield day
            day = []
        day.append(part)
    if day:
        yield day
