"""Batches: partitions that are exported and loaded together, up to a stated size and to what AWS takes in a statement.

One export and one transaction a batch, its ledger with it. Athena bills each query for at least 10 MB, and each costs
seconds; a lake of many small partitions is cheap only in large batches. A batch that fails is halved until the
partitions that fail are alone, so that a bad one holds back no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .source import Batch, Partition

__all__ = ["MOST_PARTITIONS", "batches_of", "halves"]

#: Partitions in one transaction, and bytes of their names: at worst each is a condition of its own, and a statement of
#: the Data API holds 100 kB (Redshift management guide, "data-api").
MOST_PARTITIONS = 2_000
MOST_NAMES = 40_000


def batches_of(table: str, partitions: Sequence[Partition], most_bytes: int) -> Iterator[Batch]:
    """Partitions in order, cut where a batch would exceed the size; a day is not cut unless it alone exceeds it."""
    batch: list[Partition] = []
    for day in _days(partitions):
        if batch and not _fits([*batch, *day], most_bytes):
            yield Batch(table, tuple(batch))
            batch = []
        for part in day:
            if batch and not _fits([*batch, part], None):
                yield Batch(table, tuple(batch))
                batch = []
            batch.append(part)
    if batch:
        yield Batch(table, tuple(batch))


def halves(batch: Batch) -> tuple[Batch, Batch]:
    """A batch of several partitions as two."""
    middle = len(batch.partitions) // 2
    return Batch(batch.table, batch.partitions[:middle]), Batch(batch.table, batch.partitions[middle:])


def _fits(partitions: Sequence[Partition], most_bytes: int | None) -> bool:
    if len(partitions) > MOST_PARTITIONS or sum(len(part.name.encode()) for part in partitions) > MOST_NAMES:
        return False
    return most_bytes is None or sum(part.bytes for part in partitions) <= most_bytes


def _days(partitions: Sequence[Partition]) -> Iterator[list[Partition]]:
    day: list[Partition] = []
    for part in partitions:
        if day and part.date != day[0].date:
            yield day
            day = []
        day.append(part)
    if day:
        yield day
