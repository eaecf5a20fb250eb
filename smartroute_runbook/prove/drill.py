"""From differing groups to differing rows: what to fetch, how much of it, and what to do when it would be too much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from .both import Both
from .fingerprint import (
    Group,
    Partition,
    TableSpec,
    columns_sql,
    fetch_sql,
    fingerprint_sql,
    groups,
    partition_of,
    sample_sql,
)
from .locate import Difference, FetchedRow, locate, settle, single_hash

__all__ = ["GROUPS", "Drill", "Key", "Prints", "differing", "order", "power_of_two", "rows_of"]

Key = tuple[Partition, int]
Prints = Mapping[Key, Group]
Sides = list[list[FetchedRow]]
NONE = Group(0, 0, 0)

GROUPS = (1_024, 16_384)  # groups a side returns, about; the upper end bounds the client's memory
FETCHED_ROWS = 20_000  # rows fetched a side to name differences, at most
CROWDED = 5_000  # rows that one partition's differences may fetch before it is looked at more finely
NAMED = (500, 4_000)  # partitions and hashes in one query, at most: Athena takes 262,144 bytes of SQL
SAMPLE = 200  # rows fetched of a partition in which everything differs


class Drill:
    """The way down in one table.

    Attributes:
        rows_read: rows of the control read on the way.
        unlocated: differing groups whose rows were not fetched.
    """

    def __init__(self, both: Both, spec: TableSpec, prints: Sequence[Prints], buckets: int) -> None:
        self.both, self.spec, self.prints, self.buckets = both, spec, prints, buckets
        self.sizes = rows_of(prints[0])
        self.rows_read = self.unlocated = 0
        self.left, self.hashes = FETCHED_ROWS, NAMED[1]

    def down(self, bad: Sequence[Key]) -> list[Difference]:
        """The differences behind the differing groups: all of them, or a sample when ``unlocated`` is not 0."""
        found, settled = settle(self.spec.partitions, *self.prints)
        bad = [key for key in bad if key[0] not in settled]
        crowded = self._crowded(bad)
        calm = [key for key in bad if key[0] not in crowded]
        rows, skipped = self._rows(self.prints, self.buckets, calm)
        if crowded:
            more, left_over = self._finer(crowded)
            rows, skipped = _joined(rows, more), skipped + left_over
        if skipped:
            self.unlocated = len(skipped)
            part = min({key[0] for key in skipped}, key=lambda part: self.sizes.get(part, 0))
            fetched = {row.partition for side in rows for row in side}
            if part not in fetched:
                rows = _joined(rows, self._sample(part))
        return found + locate(self.spec.columns, self.spec.partitions, *rows)

    def _crowded(self, bad: Sequence[Key]) -> list[Partition]:
        """Partitions with so many differences that whole groups would have to be fetched for them."""
        sizes: dict[Partition, int] = defaultdict(int)
        for size, key, _ in self._plans(self.prints, self.buckets, bad):
            sizes[key[0]] += size
        return sorted((part for part, size in sizes.items() if size > CROWDED), key=order)[: NAMED[0]]

    def _finer(self, crowded: Sequence[Partition]) -> tuple[Sides, list[Key]]:
        """The crowded partitions in smaller groups; those in which everything differs are left over."""
        finer = max(self.buckets, power_of_two(GROUPS[1] // len(crowded)))
        self._read(crowded)
        answers = self.both.ask(lambda d: fingerprint_sql(self.spec, d, finer, tuple(crowded)))
        prints = [{(part, n): group for part, n, group in groups(self.spec, rows)} for rows in answers]
        return self._rows(prints, finer, differing(*prints))

    def _rows(self, prints: Sequence[Prints], buckets: int, bad: Sequence[Key]) -> tuple[Sides, list[Key]]:
        """The rows behind differing groups, and the groups that were too much."""
        whole: dict[Partition, list[int]] = defaultdict(list)
        single: dict[Partition, list[int]] = defaultdict(list)
        plans = self._plans(prints, buckets, bad)
        total: dict[Partition, int] = defaultdict(int)
        for size, key, _ in plans:
            total[key[0]] += size
        skipped = []
        for size, key, value in plans:
            full = len({*whole, *single, key[0]}) > NAMED[0] or (value is not None and not self.hashes)
            if full or size > self.left or total[key[0]] > CROWDED:
                skipped.append(key)
                continue
            self.left -= size
            if value is None:
                whole[key[0]].append(key[1])
            else:
                single[key[0]].append(value)
                self.hashes -= 1
        if not whole and not single:
            return [[], []], skipped
        rows = self._fetch(buckets, whole, single)
        again = _unexplained(prints, buckets, single, rows)
        if again:
            kept = [[r for r in side if r.hashes[0] % buckets not in again.get(r.partition, ())] for side in rows]
            rows = _joined(kept, self._fetch(buckets, again, {}))
        return rows, skipped

    def _plans(self, prints: Sequence[Prints], buckets: int, bad: Sequence[Key]) -> list[tuple[int, Key, int | None]]:
        """For each differing group the rows to fetch, and the hash of the only differing row if it can be told."""
        plans = []
        for key in bad:
            left, right = (side.get(key, NONE) for side in prints)
            value = single_hash(left, right, key[1], buckets)
            size = max(left.rows, right.rows) if value is None else abs(left.rows - right.rows)
            plans.append((size, key, value))
        return sorted(plans, key=lambda plan: (plan[0], order(plan[1][0]), plan[1][1]))

    def _sample(self, part: Partition) -> Sides:
        """Rows of a partition in which everything differs: matched on both sides by the columns that agree."""
        sums = [rows.rows[0] for rows in self.both.ask(lambda d: columns_sql(self.spec, d, part))]
        agreeing = [field for field, a, b in zip(self.spec.columns, *sums, strict=True) if a == b]
        self._read([part])
        if not agreeing:
            return [[], []]
        one_in = max(1, max(rows_of(side).get(part, 0) for side in self.prints) // SAMPLE)
        self._read([part])
        answers = self.both.ask(lambda d: sample_sql(self.spec, d, part, agreeing, one_in))
        return [[self._row(row) for row in rows.rows[: 5 * SAMPLE]] for rows in answers]

    def _fetch(
        self, buckets: int, whole: Mapping[Partition, Sequence[int]], single: Mapping[Partition, Sequence[int]]
    ) -> Sides:
        self._read([*{*whole, *single}])
        answers = self.both.ask(lambda d: fetch_sql(self.spec, d, buckets, whole, single))
        return [[self._row(row) for row in rows.rows] for rows in answers]

    def _row(self, row: Sequence[Any]) -> FetchedRow:
        width = len(self.spec.partitions)
        first, second = (int(value) for value in row[width : width + 2])
        return FetchedRow(partition_of(self.spec, row), (first, second), tuple(row[width + 2 :]))

    def _read(self, partitions: Sequence[Partition]) -> None:
        self.rows_read += sum(self.sizes.get(part, 0) for part in partitions)


def differing(control: Prints, candidate: Prints) -> list[Key]:
    """Groups that are not the same on both sides."""
    return [key for key in {*control, *candidate} if control.get(key) != candidate.get(key)]


def rows_of(side: Prints) -> dict[Partition, int]:
    """Rows per partition."""
    rows: dict[Partition, int] = defaultdict(int)
    for (part, _), group in side.items():
        rows[part] += group.rows
    return dict(rows)


def order(partition: Sequence[Any]) -> tuple[tuple[bool, bool, Any], ...]:
    """Sorts partitions that may hold NULL or values of several types."""
    return tuple((value is None, isinstance(value, str), 0 if value is None else value) for value in partition)


def power_of_two(n: int) -> int:
    """The largest power of two that is not above ``n``; 1 for less."""
    return 1 << max(0, n.bit_length() - 1)


def _unexplained(
    prints: Sequence[Prints], buckets: int, single: Mapping[Partition, Sequence[int]], rows: Sides
) -> dict[Partition, list[int]]:
    """Groups whose fetched rows do not account for the difference of their sums: several rows differ there."""
    excess: dict[tuple[Partition, int], int] = defaultdict(int)
    for sign, side in zip((1, -1), rows, strict=True):
        for row in side:
            excess[row.partition, row.hashes[0]] += sign
    again: dict[Partition, list[int]] = defaultdict(list)
    for part, hashes in single.items():
        for value in hashes:
            left, right = (side.get((part, value % buckets), NONE).rows for side in prints)
            if excess[part, value] != left - right:
                again[part].append(value % buckets)
    return dict(again)


def _joined(first: Sides, second: Sides) -> Sides:
    return [a + b for a, b in zip(first, second, strict=True)]
