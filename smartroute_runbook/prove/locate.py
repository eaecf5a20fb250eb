"""Which rows differ, and how: rows that one side has more often than the other, paired and explained.

Everything here is pure: rows in, differences out. Rows are multisets; a row is identified by its hash, never by a key.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .differences import Cell, Difference, FetchedRow, shown
from .encoding import Field
from .reasons import Reason, reason_for, same
from .spec import Partition

__all__ = ["locate", "moved_cells"]


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
    differences: list[Difference] = []
    moved, control, candidate = _match(*only, lambda row: row.hashes)
    for left, right in moved:
        cells = moved_cells(names, left.partition, right.partition)
        differences.append(_difference(fields, names, left, "moved", (1, 1), cells))
    pairs: list[tuple[FetchedRow, FetchedRow]] = []
    for n in range(len(fields)):
        more, control, candidate = _match(control, candidate, _without(n))
        pairs += more
    # A row that the other side has too, only less often, is not an altered row unless it is so in one column alone.
    alone = [[row for row in side if not all(count[_key(row)] for count in counts)] for side in (control, candidate)]
    often = [[row for row in side if all(count[_key(row)] for count in counts)] for side in (control, candidate)]
    more, *alone = _closest(*alone)
    for left, right in pairs + more:
        cells = _cells(fields, left, right)
        differences.append(_difference(fields, names, left, _main(cells), (1, 1), cells))
    for side, rows in enumerate(often):
        for row, times in _counted(rows):
            least = min(count[_key(row)] for count in counts)
            sizes = (least + times, least) if side == 0 else (least, least + times)
            differences.append(_difference(fields, names, row, "doubled", sizes))
    for row, times in _counted(alone[0]):
        differences.append(_difference(fields, names, row, "missing", (times, 0)))
    for row, times in _counted(alone[1]):
        differences.append(_difference(fields, names, row, "extra", (0, times)))
    return differences


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


def moved_cells(names: Sequence[str], left: Partition, right: Partition) -> tuple[Cell, ...]:
    """The partition columns that differ for rows that are the same otherwise."""
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
