"""Where two tables differ: rows that one side has more often than the other, paired and explained.

Everything here is pure: fingerprints and rows in, differences out. Rows are multisets; a row is identified by its
hash, never by a key.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .encoding import Field
from .fingerprint import Group, Partition
from .reasons import Reason, reason_for, same

__all__ = ["Cell", "Difference", "FetchedRow", "locate", "settle", "single_hash"]

Key = tuple[Partition, int]
WHOLE = 50  # rows from which a partition that one side lacks is spoken of as a whole
Prints = Mapping[Key, Group]


@dataclass(frozen=True)
class Cell:
    """One differing column of one row."""

    column: str
    control: Any
    candidate: Any
    reason: Reason

    def __str__(self) -> str:
        return f"{self.column}: {self.control!r} -> {self.candidate!r} ({self.reason})"


@dataclass(frozen=True)
class Difference:
    """One located difference.

    Attributes:
        partition: values of the partition columns.
        reason: ``missing`` (only in the control), ``extra`` (only in the candidate), ``doubled`` (in both, more often
            in one), ``moved`` (in another partition), or what happened to the columns in ``cells``.
        rows: how many rows of each side this speaks of: (control, candidate).
        row: the row as the side that has it shows it (the control's when both do); None for a whole partition.
    """

    partition: Mapping[str, Any]
    reason: Reason
    rows: tuple[int, int]
    cells: tuple[Cell, ...] = ()
    row: Mapping[str, Any] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the differing columns."""
        return tuple(cell.column for cell in self.cells)

    def __str__(self) -> str:
        where = "/".join(f"{name}={value}" for name, value in self.partition.items()) or "table"
        what = "; ".join(map(str, self.cells))
        if not what:
            what = "the whole partition" if self.row is None else repr(dict(self.row))
        return f"{where}: {self.reason}, rows {self.rows[0]} -> {self.rows[1]}: {what}"


@dataclass(frozen=True)
class FetchedRow:
    """A row with the two halves of its hash and the values of its columns, in the order of the specification."""

    partition: Partition
    hashes: tuple[int, int]
    values: tuple[Any, ...]


def settle(partitions: Sequence[Field], control: Prints, candidate: Prints) -> tuple[list[Difference], set[Partition]]:
    """Differences that speak of whole partitions, which no row needs to be fetched for, and these partitions."""
    left, right = _by_partition(control), _by_partition(candidate)
    found: list[Difference] = []
    settled: set[Partition] = set()
    names = [field.name for field in partitions]

    def add(part: Partition, reason: Reason, rows: tuple[int, int], cells: tuple[Cell, ...] = ()) -> None:
        found.append(Difference(dict(zip(names, part, strict=True)), reason, rows, cells))
        settled.add(part)

    elsewhere = {_total(groups): part for part, groups in right.items() if part not in left}
    for part, groups in left.items():
        target = elsewhere.get(_total(groups)) if part not in right else None
        if target is not None:
            add(part, "moved", (_rows(groups), _rows(groups)), _moved_cells(names, part, target))
            settled.add(target)
        elif part not in right and _rows(groups) >= WHOLE and names:
            add(part, "missing", (_rows(groups), 0))
        elif part in right and (times := _multiple(groups, right[part])):
            add(part, "doubled", (_rows(groups), _rows(groups) * times))
        elif part in right and (times := _multiple(right[part], groups)):
            add(part, "doubled", (_rows(right[part]) * times, _rows(right[part])))
    for part, groups in right.items():
        if part not in left and part not in settled and _rows(groups) >= WHOLE and names:
            add(part, "extra", (0, _rows(groups)))
    return found, settled


def single_hash(control: Group, candidate: Group, bucket: int, buckets: int) -> int | None:
    """The first hash of the only row by which two groups differ, read from the difference of their sums.

    Right when one distinct row is in excess, once or several times; None when it cannot be that.
    """
    excess = control.rows - candidate.rows
    first, second = control.first - candidate.first, control.second - candidate.second
    if not excess or first % excess or second % excess:
        return None
    value = first // excess
    possible = 0 <= value < 1 << 60 and value % buckets == bucket and 0 <= second // excess < 1 << 60
    return value if possible else None


def locate(
    fields: Sequence[Field], partitions: Sequence[Field], control: Iterable[FetchedRow], candidate: Iterable[FetchedRow]
) -> list[Difference]:
    """Pair the rows that one side has more often than the other."""
    sides = (list(control), list(candidate))
    counts = [Counter(map(_key, side)) for side in sides]
    seen = {_key(row): row for side in reversed(sides) for row in side}
    names = [field.name for field in partitions]
    only: tuple[list[FetchedRow], list[FetchedRow]] = ([], [])
    for key in sorted(seen, key=str):
        left, right = counts[0][key], counts[1][key]
        if left != right:
            only[0 if left > right else 1].extend([seen[key]] * abs(left - right))
    return _explain(fields, names, only, counts)


RowKey = tuple[Partition, tuple[int, int]]


def _explain(
    fields: Sequence[Field],
    names: Sequence[str],
    only: tuple[list[FetchedRow], list[FetchedRow]],
    counts: Sequence[Mapping[RowKey, int]],
) -> list[Difference]:
    found: list[Difference] = []
    moved, control, candidate = _match(*only, lambda row: row.hashes)
    for left, right in moved:
        cells = _moved_cells(names, left.partition, right.partition)
        found.append(_difference(fields, names, left, "moved", (1, 1), cells))
    pairs: list[tuple[FetchedRow, FetchedRow]] = []
    for n in range(len(fields)):
        more, control, candidate = _match(control, candidate, _without(n))
        pairs += more
    # A row that the other side has too, only less often, is no altered row unless it is so in one column alone.
    alone = [[row for row in side if not all(count[_key(row)] for count in counts)] for side in (control, candidate)]
    often = [[row for row in side if all(count[_key(row)] for count in counts)] for side in (control, candidate)]
    more, *alone = _closest(*alone)
    for left, right in pairs + more:
        cells = _cells(fields, left, right)
        found.append(_difference(fields, names, left, _main(cells), (1, 1), cells))
    for side, rows in enumerate(often):
        for row, times in _counted(rows):
            least = min(count[_key(row)] for count in counts)
            sizes = (least + times, least) if side == 0 else (least, least + times)
            found.append(_difference(fields, names, row, "doubled", sizes))
    for row, times in _counted(alone[0]):
        found.append(_difference(fields, names, row, "missing", (times, 0)))
    for row, times in _counted(alone[1]):
        found.append(_difference(fields, names, row, "extra", (0, times)))
    return found


def _counted(rows: Sequence[FetchedRow]) -> list[tuple[FetchedRow, int]]:
    times = Counter(map(_key, rows))
    return [(row, times[key]) for key, row in {_key(row): row for row in rows}.items()]


def _key(row: FetchedRow) -> RowKey:
    return row.partition, row.hashes


Pairs = tuple[list[tuple[FetchedRow, FetchedRow]], list[FetchedRow], list[FetchedRow]]


def _match(control: list[FetchedRow], candidate: list[FetchedRow], key: Callable[[FetchedRow], Any]) -> Pairs:
    """Pairs with the same key, and what is left of both sides."""
    waiting: dict[Any, list[FetchedRow]] = defaultdict(list)
    for row in candidate:
        waiting[key(row)].append(row)
    pairs, left = [], []
    for row in control:
        others = waiting.get(key(row))
        if others:
            pairs.append((row, others.pop(0)))
        else:
            left.append(row)
    return pairs, left, [row for rows in waiting.values() for row in rows]


def _without(n: int) -> Callable[[FetchedRow], Any]:
    return lambda row: (row.partition, row.values[:n], row.values[n + 1 :])


CLOSEST_PAIRS = 1_000_000  # comparisons of whole rows, about a second


def _closest(control: list[FetchedRow], candidate: list[FetchedRow]) -> Pairs:
    """Pairs of one partition that agree in at least half of their columns, each with the one most alike."""
    if len(control) * len(candidate) > CLOSEST_PAIRS:
        return [], control, candidate
    pairs, left, right = [], [], list(candidate)
    for row in control:
        best, score = -1, (len(row.values) + 1) // 2 - 1
        for n, other in enumerate(right):
            if other.partition == row.partition:
                alike = sum(map(same, row.values, other.values))
                if alike > score:
                    best, score = n, alike
        if best < 0:
            left.append(row)
        else:
            pairs.append((row, right.pop(best)))
    return pairs, left, right


def _cells(fields: Sequence[Field], left: FetchedRow, right: FetchedRow) -> tuple[Cell, ...]:
    triples = zip(fields, left.values, right.values, strict=True)
    differing = [(field, a, b) for field, a, b in triples if not same(a, b)]
    swapped = {
        field.name
        for field, a, b in differing
        for other, c, d in differing
        if field.name != other.name and same(a, d) and same(b, c)
    }
    return tuple(
        Cell(field.name, shown(a), shown(b), "swapped" if field.name in swapped else reason_for(field, a, b))
        for field, a, b in differing
    )


def _moved_cells(names: Sequence[str], left: Partition, right: Partition) -> tuple[Cell, ...]:
    return tuple(Cell(name, a, b, "moved") for name, a, b in zip(names, left, right, strict=True) if a != b)


def _main(cells: Sequence[Cell]) -> Reason:
    reasons = {cell.reason for cell in cells}
    return reasons.pop() if len(reasons) == 1 else "value"


def _difference(
    fields: Sequence[Field],
    names: Sequence[str],
    row: FetchedRow,
    reason: Reason,
    rows: tuple[int, int],
    cells: tuple[Cell, ...] = (),
) -> Difference:
    values = {field.name: shown(value) for field, value in zip(fields, row.values, strict=True)}
    return Difference(dict(zip(names, row.partition, strict=True)), reason, rows, cells, values)


def shown(value: Any) -> Any:
    """The value as evidence can hold it: JSON knows neither NaN nor bytes."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return bytes(value).hex() if isinstance(value, (bytes, bytearray, memoryview)) else value


def _by_partition(prints: Prints) -> dict[Partition, dict[int, Group]]:
    found: dict[Partition, dict[int, Group]] = defaultdict(dict)
    for (part, bucket), group in prints.items():
        found[part][bucket] = group
    return dict(found)


def _total(groups: Mapping[int, Group]) -> Group:
    return Group(*(sum(column) for column in zip(*groups.values(), strict=True)))


def _rows(groups: Mapping[int, Group]) -> int:
    return sum(group.rows for group in groups.values())


def _multiple(small: Mapping[int, Group], large: Mapping[int, Group]) -> int:
    """How many times over one side holds the other, when it is a whole number above one; else 0."""
    times, rest = divmod(_rows(large), _rows(small) or 1)
    if rest or times < 2 or small.keys() != large.keys():
        return 0
    return times if all(tuple(large[n]) == tuple(times * x for x in small[n]) for n in small) else 0
