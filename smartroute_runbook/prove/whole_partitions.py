"""Partitions that differ as a whole: missing, loaded twice, or under another name. No row is fetched for these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from .differences import Cell, Difference
from .encoding import Field
from .fingerprint import Group
from .locate import moved_cells
from .reasons import Reason
from .spec import Partition

__all__ = ["Key", "Prints", "classify"]

Key = tuple[Partition, int]
Prints = Mapping[Key, Group]
MIN_WHOLE_PARTITION_ROWS = 50  # a partition that one side lacks is reported as a whole from this size


def classify(
    partitions: Sequence[Field], control: Prints, candidate: Prints
) -> tuple[list[Difference], set[Partition]]:
    """Differences of whole partitions, and the partitions that they explain: no row of these needs to be fetched."""
    left, right = _by_partition(control), _by_partition(candidate)
    differences: list[Difference] = []
    explained: set[Partition] = set()
    names = [field.name for field in partitions]

    def add(part: Partition, reason: Reason, rows: tuple[int, int], cells: tuple[Cell, ...] = ()) -> None:
        differences.append(Difference(dict(zip(names, part, strict=True)), reason, rows, cells))
        explained.add(part)

    elsewhere = {_total(groups): part for part, groups in right.items() if part not in left}
    for part, groups in left.items():
        target = elsewhere.get(_total(groups)) if part not in right else None
        if target is not None:
            add(part, "moved", (_rows(groups), _rows(groups)), moved_cells(names, part, target))
            explained.add(target)
        elif part not in right and _rows(groups) >= MIN_WHOLE_PARTITION_ROWS and names:
            add(part, "missing", (_rows(groups), 0))
        elif part in right and (times := _multiple(groups, right[part])):
            add(part, "doubled", (_rows(groups), _rows(groups) * times))
        elif part in right and (times := _multiple(right[part], groups)):
            add(part, "doubled", (_rows(right[part]) * times, _rows(right[part])))
    for part, groups in right.items():
        if part not in left and part not in explained and _rows(groups) >= MIN_WHOLE_PARTITION_ROWS and names:
            add(part, "extra", (0, _rows(groups)))
    return differences, explained


def _by_partition(prints: Prints) -> dict[Partition, dict[int, Group]]:
    groups: dict[Partition, dict[int, Group]] = defaultdict(dict)
    for (part, bucket), group in prints.items():
        groups[part][bucket] = group
    return dict(groups)


def _total(groups: Mapping[int, Group]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*(group[:3] for group in groups.values()), strict=True))


def _rows(groups: Mapping[int, Group]) -> int:
    return sum(group.rows for group in groups.values())


def _multiple(small: Mapping[int, Group], large: Mapping[int, Group]) -> int:
    """How many times over one side holds the other, when it is a whole number above one; else 0."""
    times, rest = divmod(_rows(large), _rows(small) or 1)
    if rest or times < 2 or small.keys() != large.keys():
        return 0
    return times if all(large[n][:3] == tuple(times * x for x in small[n][:3]) for n in small) else 0
