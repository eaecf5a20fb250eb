"""From differing groups to differing rows: recovered from sums, fetched, or sampled where they are too many."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from .differences import Difference, FetchedRow
from .encoding import Dialect, Field, parted
from .engine_pair import EnginePair
from .fingerprint import Group, columns_sql, fetch_sql, fingerprint_sql, groups, lookup_sql, sample_sql
from .isolated import IsolatedRow, reconstruct, unexplained
from .level import GROUPS, Level, order, power_of_two, rows_of
from .locate import locate
from .passes import in_pieces, longest
from .reference import normal
from .spec import Partition, TableSpec, dialect_of, partition_of
from .whole_partitions import Key, classify

__all__ = ["Drill"]

Sides = list[list[FetchedRow]]

FETCHED_ROWS = 20_000  # rows fetched a side to name differences, at most
DENSE_PARTITION_ROWS = 5_000  # rows to fetch from which a partition is fingerprinted again in finer groups
MAX_PARTITIONS, MAX_HASHES = 500, 4_000  # named in queries at all; statements are cut to what the engines take
SAMPLE = 200  # rows fetched of a partition in which everything differs


class Drill:
    """The way down in one table.

    Attributes:
        rows_read: rows of either side read on the way, in whatever columns.
        unlocated: differing groups whose rows were not fetched.
    """

    def __init__(self, pair: EnginePair, spec: TableSpec, level: Level) -> None:
        self.pair, self.spec, self.level = pair, spec, level
        self.sizes = [rows_of(side) for side in level.prints]
        self.rows_read = [0, 0]
        self.unlocated, self.left = 0, FETCHED_ROWS

    def down(self, bad: Sequence[Key]) -> list[Difference]:
        """The differences behind the differing groups: all of them, or a sample when ``unlocated`` is not 0."""
        differences, explained = classify(self.spec.partitions, *self.level.prints)
        levels = [self.level]
        splits = [self.level.split_isolated([key for key in bad if key[0] not in explained])]
        dense = self._dense(splits[0][1])
        if dense:
            isolated, several = splits[0]
            splits[0] = (
                [row for row in isolated if row.partition not in dense],
                [key for key in several if key[0] not in dense],
            )
            levels.append(self._finer(dense))
            splits.append(levels[1].split_isolated(levels[1].differing()))
        rows, failed, skipped = self._reconstruct([row for isolated, _ in splits for row in isolated])
        for level, (isolated, several) in zip(levels, splits, strict=True):
            again = [(row.partition, row.bucket) for row in isolated if id(row) in failed]
            more, left_over = self._fetch(level, [*several, *again])
            rows, skipped = _joined(rows, more), skipped + left_over
        if skipped:
            self.unlocated = len(skipped)
            rows = self._with_sample(rows, skipped)
        return differences + locate(self.spec.columns, self.spec.partitions, *rows)

    def _dense(self, several: Sequence[Key]) -> list[Partition]:
        """Partitions with so many differences that too many rows would have to be fetched for them."""
        sizes: dict[Partition, int] = defaultdict(int)
        for key in several:
            sizes[key[0]] += self.level.size(key)
        return sorted((part for part, size in sizes.items() if size > DENSE_PARTITION_ROWS), key=order)[:MAX_PARTITIONS]

    def _finer(self, dense: Sequence[Partition]) -> Level:
        """The dense partitions in smaller groups."""
        buckets = max(self.level.buckets, power_of_two(GROUPS[1] // 2 // len(dense)))
        self._read(dense)
        prints: list[dict[Key, Group]] = [{}, {}]

        def sql(some: Sequence[Partition], dialect: Dialect) -> str:
            return fingerprint_sql(self.spec, dialect, buckets, tuple(some))

        for some in in_pieces(dense, sql, self.pair.engines):
            for side, rows in zip(prints, self.pair.query(lambda d: sql(some, d)), strict=True):  # noqa: B023
                side.update({(part, n): group for part, n, group in groups(self.spec, rows)})
        return Level(prints, buckets)

    def _reconstruct(self, isolated: Sequence[IsolatedRow]) -> tuple[Sides, set[int], list[Key]]:
        """The isolated rows with their values; the ids of those that failed; and the groups beyond the limits."""
        near = sorted({row.partition for row in isolated}, key=order)[:MAX_PARTITIONS]
        taken = [row for row in isolated if row.partition in near][:MAX_HASHES]
        taken_ids = set(map(id, taken))
        skipped = [(row.partition, row.bucket) for row in isolated if id(row) not in taken_ids]
        ambiguous = unexplained(taken)
        texts, present = self._look_up(taken, {row.hashes[0] for row in ambiguous})
        counted = set(map(id, ambiguous))
        rows: Sides = [[], []]
        failed: set[int] = set()
        for row in taken:
            values = texts.get((row.partition, row.others))
            whole = None if values is None else reconstruct(self.spec.columns, row, values)
            candidate = present[row.partition, row.hashes[0]] if id(row) in counted else max(0, -row.excess)
            control = candidate + row.excess
            if whole is None or control < 0 or control + candidate > FETCHED_ROWS:
                failed.add(id(row))
                continue
            rows[0] += [whole] * control
            rows[1] += [whole] * candidate
        return rows, failed, skipped

    def _look_up(
        self, rows: Sequence[IsolatedRow], hashes: set[int]
    ) -> tuple[dict[tuple[Partition, int], tuple[Any, ...]], Counter[tuple[Partition, int]]]:
        """The other columns' values by partition and digest, and how often the candidate has the rows of ``hashes``.

        The candidate is queried first, because it does not bill by bytes: most texts of a row are in other rows too.
        """
        present: Counter[tuple[Partition, int]] = Counter()
        others = parted(self.spec.columns)[1]
        if not others:
            texts: dict[tuple[Partition, int], tuple[Any, ...]] = {(row.partition, 0): () for row in rows}
        else:
            texts = {}
        for side in (1, 0):
            pending = [row for row in rows if (row.partition, row.others) not in texts]
            if side == 1 and hashes:
                pending = list(rows)
            if not pending:
                continue
            counted = hashes if side == 1 else set()
            self._read(sorted({row.partition for row in pending}, key=order), side)
            width = len(self.spec.partitions)
            engine = self.pair.engines[side]
            for some in in_pieces(pending, lambda some, d: self._lookup_sql(some, counted, d), [engine]):  # noqa: B023
                if not others and not counted & {row.hashes[0] for row in some}:
                    continue
                answer = self.pair.query_one(side, lambda d: self._lookup_sql(some, counted, d))  # noqa: B023
                for row in answer.rows:
                    part = partition_of(self.spec, row)
                    if others:
                        values = tuple(map(normal, others, row[width + 1 : width + 1 + len(others)]))
                        texts.setdefault((part, int(row[width])), values)
                    if counted and row[-2] is not None:
                        present[part, int(row[-2])] = max(present[part, int(row[-2])], int(row[-1]))
        return texts, present

    def _lookup_sql(self, rows: Sequence[IsolatedRow], counted: set[int], dialect: Dialect) -> str:
        parts = sorted({row.partition for row in rows}, key=order)
        hashes = {row.hashes[0] for row in rows} & counted
        return lookup_sql(self.spec, dialect, parts, {row.others for row in rows}, hashes)

    def _fetch(self, level: Level, bad: Sequence[Key]) -> tuple[Sides, list[Key]]:
        """All rows of some groups, and the groups beyond the limits."""
        whole: dict[Partition, list[int]] = defaultdict(list)
        total: dict[Partition, int] = defaultdict(int)
        for key in bad:
            total[key[0]] += level.size(key)
        skipped = []
        for key in sorted(bad, key=lambda key: (level.size(key), order(key[0]), key[1])):
            size = level.size(key)
            if len({*whole, key[0]}) > MAX_PARTITIONS or size > self.left or total[key[0]] > DENSE_PARTITION_ROWS:
                skipped.append(key)
                continue
            self.left -= size
            whole[key[0]].append(key[1])
        if not whole:
            return [[], []], skipped
        self._read([*whole])
        keys = [(part, bucket) for part, numbers in whole.items() for bucket in sorted(numbers)]
        fetched: Sides = [[], []]
        for some in in_pieces(keys, lambda some, d: self._fetch_sql(level, some, d), self.pair.engines):
            answers = self.pair.query(lambda d: self._fetch_sql(level, some, d))  # noqa: B023
            fetched = _joined(fetched, [[self._row(row) for row in rows.rows] for rows in answers])
        return fetched, skipped

    def _fetch_sql(self, level: Level, keys: Sequence[Key], dialect: Dialect) -> str:
        whole: dict[Partition, list[int]] = defaultdict(list)
        for part, bucket in keys:
            whole[part].append(bucket)
        return fetch_sql(self.spec, dialect, level.buckets, whole)

    def _with_sample(self, rows: Sides, skipped: Sequence[Key]) -> Sides:
        """Rows with a sample of the smallest partition that was left over, where that shows more than is known."""
        part = min({key[0] for key in skipped}, key=lambda part: self.sizes[0].get(part, 0))
        known = max(sum(row.partition == part for row in side) for side in rows)
        sample = self._sample(part) if known < sum(key[0] == part for key in skipped) else [[], []]
        if not any(sample):
            return rows
        # In place of the few rows known: a row must not be counted twice.
        return _joined([[row for row in side if row.partition != part] for side in rows], sample)

    def _sample(self, part: Partition) -> Sides:
        """Rows of a partition in which everything differs: matched on both sides by the columns that agree."""
        self._read([part])
        agreeing: list[Field] = []
        engines = self.pair.engines
        for some in in_pieces(self.spec.columns, lambda fields, d: columns_sql(self.spec, d, part, fields), engines):
            answers = self.pair.query(lambda d: columns_sql(self.spec, d, part, some))  # noqa: B023
            sums = [rows.rows[0] for rows in answers]
            agreeing += [field for field, a, b in zip(some, *sums, strict=True) if a == b]
        if not agreeing:
            return [[], []]
        one_in = max(1, max(side.get(part, 0) for side in self.sizes) // SAMPLE)

        def sampled(by: Sequence[Field], dialect: Dialect) -> str:
            return sample_sql(self.spec, dialect, part, by, one_in)

        by = next(in_pieces(agreeing, sampled, engines))
        if any(len(sampled(by, dialect_of(engine)).encode()) > longest(engine) for engine in engines):
            return [[], []]
        self._read([part])
        answers = self.pair.query(lambda d: sampled(by, d))
        return [[self._row(row) for row in rows.rows[: 5 * SAMPLE]] for rows in answers]

    def _row(self, row: Sequence[Any]) -> FetchedRow:
        width = len(self.spec.partitions)
        first, second = (int(value) for value in row[width : width + 2])
        return FetchedRow(
            partition_of(self.spec, row), (first, second), tuple(map(normal, self.spec.columns, row[width + 2 :]))
        )

    def _read(self, partitions: Sequence[Partition], *sides: int) -> None:
        for side in sides or (0, 1):
            self.rows_read[side] += sum(self.sizes[side].get(part, 0) for part in partitions)


def _joined(first: Sides, second: Sides) -> Sides:
    return [a + b for a, b in zip(first, second, strict=True)]
