"""The groups of rows that both sides are compared by, at one number of buckets a partition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .fingerprint import Group
from .isolated import IsolatedRow, find_isolated
from .spec import Partition
from .whole_partitions import Key, Prints

__all__ = ["GROUPS", "Level", "order", "power_of_two", "rows_of"]

NO_ROWS = Group(0, 0, 0)

GROUPS = (1_024, 32_768)  # groups a side returns, about; the upper end bounds the client's memory


@dataclass(frozen=True)
class Level:
    """The groups of both sides, in one number of buckets a partition."""

    prints: Sequence[Prints]
    buckets: int

    def differing(self) -> list[Key]:
        """Groups that are not the same on both sides."""
        control, candidate = self.prints
        return [key for key in {*control, *candidate} if control.get(key) != candidate.get(key)]

    def split_isolated(self, bad: Sequence[Key]) -> tuple[list[IsolatedRow], list[Key]]:
        """The rows that alone differ in their group, and the groups in which several rows differ."""
        isolated, several = [], []
        for key in sorted(bad, key=lambda key: (order(key[0]), key[1])):
            row = find_isolated(*key, self.buckets, *(side.get(key, NO_ROWS) for side in self.prints))
            isolated.append(row) if row else several.append(key)
        return isolated, several

    def size(self, key: Key) -> int:
        """Rows that are fetched for a group, on the side that has more."""
        return max(side.get(key, NO_ROWS).rows for side in self.prints)


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
