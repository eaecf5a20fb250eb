"""From differing groups to differing rows: what is told by sums, what to fetch, and what to do when it is too much."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .alone import Alone, alone_in, put_together, unexplained
from .both import Both
from .differences import Difference, FetchedRow
from .encoding import Dialect, Field, parted
from .fingerprint import Group, columns_sql, fetch_sql, fingerprint_sql, groups, lookup_sql, sample_sql
from .locate import locate
from .passes import in_pieces, longest
from .settle import Key, Prints, settle
from .spec import Partition, TableSpec, dialect_of, partition_of

__all__ = ["GROUPS", "Drill", "Key", "Level", "Prints", "order", "power_of_two", "rows_of"]

Sides = list[list[FetchedRow]]
NONE = Group(0, 0, 0)

GROUPS = (1_024, 32_768)  # groups a side returns, about; the upper end bounds the client's memory
FETCHED_ROWS = 20_000  # rows fetched a side to name differences, at most
CROWDED = 5_000  # rows that one partition's differences may fetch before it is looked at more finely
NAMED = (500, 4_000)  # partitions and hashes that are named at all; statements are cut to what engines take
SAMPLE = 200  # rows fetched of a partition in which everything differs


@dataclass(frozen=True)
class Level:
    """The groups of both sides, in one number of buckets a partition."""

    prints: Sequence[Prints]
    buckets: int

    def differing(self) -> list[Key]:
        """Groups that are not the same on both sides."""
        control, candidate = self.prints
        return [key for key in {*control, *candidate} if control.get(key) != candidate.get(key)]

    def told(self, bad: Sequence[Key]) -> tuple[list[Alone], list[Key]]:
        """The rows that are told by the sums of their group, and the groups in which several rows differ."""
        alone, several = [], []
        for key in sorted(bad, key=lambda key: (order(key[0]), key[1])):
            row = alone_in(*key, self.buckets, *(side.get(key, NONE) for side in self.prints))
            alone.append(row) if row else several.append(key)
        return alone, several

    def size(self, key: Key) -> int:
        """Rows that are fetched for a group, on the side that has more."""
        return max(side.get(key, NONE).rows for side in self.prints)


class Drill:
    """The way down in one table.

    Attributes:
        rows_read: rows of either side read on the way, in whatever columns.
        unlocated: differing groups whose rows were not fetched.
    """

    def __init__(self, both: Both, spec: TableSpec, level: Level) -> None:
        self.both, self.spec, self.level = both, spec, level
        self.sizes = [rows_of(side) for side in level.prints]
        self.rows_read = [0, 0]
        self.unlocated, self.left = 0, FETCHED_ROWS

    def down(self, bad: Sequence[Key]) -> list[Difference]:
        """The differences behind the differing groups: all of them, or a sample when ``unlocated`` is not 0."""
        found, settled = settle(self.spec.partitions, *self.level.prints)
        levels = [self.level]
        told = [self.level.told([key for key in bad if key[0] not in settled])]
        crowded = self._crowded(told[0][1])
        if crowded:
            alone, several = told[0]
            told[0] = (
                [row for row in alone if row.partition not in crowded],
                [key for key in several if key[0] not in crowded],
            )
            levels.append(self._finer(crowded))
            told.append(levels[1].told(levels[1].differing()))
        rows, failed, skipped = self._alone([row for alone, _ in told for row in alone])
        for level, (alone, several) in zip(levels, told, strict=True):
            again = [(row.partition, row.bucket) for row in alone if id(row) in failed]
            more, left_over = self._fetched(level, [*several, *again])
            rows, skipped = _joined(rows, more), skipped + left_over
        if skipped:
            self.unlocated = len(skipped)
            part = min({key[0] for key in skipped}, key=lambda part: self.sizes[0].get(part, 0))
            known = max(sum(row.partition == part for row in side) for side in rows)
            if known < sum(key[0] == part for key in skipped):
                sample = self._sample(part)
                if any(sample):  # in place of the few rows known: a row must not be counted twice
                    rows = _joined([[row for row in side if row.partition != part] for side in rows], sample)
        return found + locate(self.spec.columns, self.spec.partitions, *rows)

    def _crowded(self, several: Sequence[Key]) -> list[Partition]:
        """Partitions with so many differences that too many rows would have to be fetched for them."""
        sizes: dict[Partition, int] = defaultdict(int)
        for key in several:
            sizes[key[0]] += self.level.size(key)
        return sorted((part for part, size in sizes.items() if size > CROWDED), key=order)[: NAMED[0]]

    def _finer(self, crowded: Sequence[Partition]) -> Level:
        """The crowded partitions in smaller groups."""
        buckets = max(self.level.buckets, power_of_two(GROUPS[1] // 2 // len(crowded)))
        self._read(crowded)
        prints: list[dict[Key, Group]] = [{}, {}]

        def written(some: Sequence[Partition], dialect: Dialect) -> str:
            return fingerprint_sql(self.spec, dialect, buckets, tuple(some))

        for some in in_pieces(crowded, written, self.both.engines):
            for side, rows in zip(prints, self.both.ask(lambda d: written(some, d)), strict=True):  # noqa: B023
                side.update({(part, n): group for part, n, group in groups(self.spec, rows)})
        return Level(prints, buckets)

    def _alone(self, alone: Sequence[Alone]) -> tuple[Sides, set[int], list[Key]]:
        """Rows told by sums, put together; the identities of those that failed; and the groups that were too much."""
        near = sorted({row.partition for row in alone}, key=order)[: NAMED[0]]
        taken = [row for row in alone if row.partition in near][: NAMED[1]]
        kept = set(map(id, taken))
        skipped = [(row.partition, row.bucket) for row in alone if id(row) not in kept]
        asked = unexplained(taken)
        texts, present = self._looked_up(taken, {row.hashes[0] for row in asked})
        known = set(map(id, asked))
        rows: Sides = [[], []]
        failed: set[int] = set()
        for row in taken:
            values = texts.get((row.partition, row.others))
            whole = None if values is None else put_together(self.spec.columns, row, values)
            candidate = present[row.partition, row.hashes[0]] if id(row) in known else max(0, -row.excess)
            control = candidate + row.excess
            if whole is None or control < 0 or control + candidate > FETCHED_ROWS:
                failed.add(id(row))
                continue
            rows[0] += [whole] * control
            rows[1] += [whole] * candidate
        return rows, failed, skipped

    def _looked_up(
        self, rows: Sequence[Alone], hashes: set[int]
    ) -> tuple[dict[tuple[Partition, int], tuple[Any, ...]], Counter[tuple[Partition, int]]]:
        """What the other columns hold by partition and digest, and how often the candidate has the rows asked for.

        The candidate is asked first, because it does not bill by bytes: most texts of a row are in other rows too.
        """
        present: Counter[tuple[Partition, int]] = Counter()
        others = parted(self.spec.columns)[1]
        if not others:
            texts: dict[tuple[Partition, int], tuple[Any, ...]] = {(row.partition, 0): () for row in rows}
        else:
            texts = {}
        for side in (1, 0):
            wanted = [row for row in rows if (row.partition, row.others) not in texts]
            if side == 1 and hashes:
                wanted = list(rows)
            if not wanted:
                continue
            named = hashes if side == 1 else set()
            self._read(sorted({row.partition for row in wanted}, key=order), side)
            width = len(self.spec.partitions)
            for some in in_pieces(wanted, lambda some, d: self._lookup(some, named, d), [self.both.engines[side]]):  # noqa: B023
                if not others and not named & {row.hashes[0] for row in some}:
                    continue
                answer = self.both.ask_one(side, lambda d: self._lookup(some, named, d))  # noqa: B023
                for row in answer.rows:
                    part = partition_of(self.spec, row)
                    if others:
                        texts.setdefault((part, int(row[width])), tuple(row[width + 1 : width + 1 + len(others)]))
                    if named and row[-2] is not None:
                        present[part, int(row[-2])] = max(present[part, int(row[-2])], int(row[-1]))
        return texts, present

    def _lookup(self, rows: Sequence[Alone], named: set[int], dialect: Dialect) -> str:
        parts = sorted({row.partition for row in rows}, key=order)
        hashes = {row.hashes[0] for row in rows} & named
        return lookup_sql(self.spec, dialect, parts, {row.others for row in rows}, hashes)

    def _fetched(self, level: Level, bad: Sequence[Key]) -> tuple[Sides, list[Key]]:
        """All rows of some groups, and the groups that were too much."""
        whole: dict[Partition, list[int]] = defaultdict(list)
        total: dict[Partition, int] = defaultdict(int)
        for key in bad:
            total[key[0]] += level.size(key)
        skipped = []
        for key in sorted(bad, key=lambda key: (level.size(key), order(key[0]), key[1])):
            size = level.size(key)
            if len({*whole, key[0]}) > NAMED[0] or size > self.left or total[key[0]] > CROWDED:
                skipped.append(key)
                continue
            self.left -= size
            whole[key[0]].append(key[1])
        if not whole:
            return [[], []], skipped
        self._read([*whole])
        named = [(part, bucket) for part, numbers in whole.items() for bucket in sorted(numbers)]
        fetched: Sides = [[], []]
        for some in in_pieces(named, lambda some, d: self._fetch(level, some, d), self.both.engines):
            answers = self.both.ask(lambda d: self._fetch(level, some, d))  # noqa: B023
            fetched = _joined(fetched, [[self._row(row) for row in rows.rows] for rows in answers])
        return fetched, skipped

    def _fetch(self, level: Level, named: Sequence[Key], dialect: Dialect) -> str:
        whole: dict[Partition, list[int]] = defaultdict(list)
        for part, bucket in named:
            whole[part].append(bucket)
        return fetch_sql(self.spec, dialect, level.buckets, whole)

    def _sample(self, part: Partition) -> Sides:
        """Rows of a partition in which everything differs: matched on both sides by the columns that agree."""
        self._read([part])
        agreeing: list[Field] = []
        engines = self.both.engines
        for some in in_pieces(self.spec.columns, lambda fields, d: columns_sql(self.spec, d, part, fields), engines):
            asked = self.both.ask(lambda d: columns_sql(self.spec, d, part, some))  # noqa: B023
            sums = [rows.rows[0] for rows in asked]
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
        answers = self.both.ask(lambda d: sampled(by, d))
        return [[self._row(row) for row in rows.rows[: 5 * SAMPLE]] for rows in answers]

    def _row(self, row: Sequence[Any]) -> FetchedRow:
        width = len(self.spec.partitions)
        first, second = (int(value) for value in row[width : width + 2])
        return FetchedRow(partition_of(self.spec, row), (first, second), tuple(row[width + 2 :]))

    def _read(self, partitions: Sequence[Partition], *sides: int) -> None:
        for side in sides or (0, 1):
            self.rows_read[side] += sum(self.sizes[side].get(part, 0) for part in partitions)


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


def _joined(first: Sides, second: Sides) -> Sides:
    return [a + b for a, b in zip(first, second, strict=True)]
