"""A row that differs alone in its group is told by the group's sums: no table has to be read again to find it.

When one distinct row is in excess in a group, once or several times, each difference of sums divided by the difference
of the row counts is a property of that row: both halves of its digest, its whole numbers, and the digest of its other
columns. What these others hold is looked up by that digest, in their columns alone. The row put together must have the
digest that the sums gave (120 bits); what only looked like one row does not pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .differences import FetchedRow
from .encoding import Field, parted
from .fingerprint import MASKED, Group
from .reference import DIGITS, digest_halves, number_value, row_digest
from .spec import Partition

__all__ = ["Alone", "alone_in", "put_together", "unexplained"]

HALF = 1 << 4 * DIGITS


@dataclass(frozen=True)
class Alone:
    """The only distinct row by which a group differs.

    Attributes:
        excess: how many times more the control has it; negative when the candidate has it more often.
        hashes: both halves of its digest.
        others: half of the digest of the columns that are no whole numbers; 0 without such.
        numbers: the whole numbers, None for NULL, in the order of the encoding.
    """

    partition: Partition
    bucket: int
    excess: int
    hashes: tuple[int, int]
    others: int
    numbers: tuple[int | None, ...]


def alone_in(part: Partition, bucket: int, buckets: int, control: Group, candidate: Group) -> Alone | None:
    """The row that accounts for the difference of two groups; None when it cannot be one row."""
    excess = control.rows - candidate.rows
    if not excess:
        return None
    width = max(len(control.numbers), len(candidate.numbers))
    sums = [(*side[1:5], *(side.numbers or (0,) * width)) for side in (control, candidate)]
    found = []
    for a, b in zip(*sums, strict=True):
        value, rest = divmod(a - b, excess)
        if rest:
            return None
        found.append(value)
    first, second, others, known, *values = found
    if not all(0 <= half < HALF for half in (first, second, others)) or first % buckets != bucket:
        return None
    if width > MASKED or not 0 <= known < 1 << width or any(v and not known >> n & 1 for n, v in enumerate(values)):
        return None
    numbers = [value if known >> n & 1 else None for n, value in enumerate(values)]
    return Alone(part, bucket, excess, (first, second), others, tuple(numbers))


def put_together(fields: Sequence[Field], row: Alone, others: Sequence[Any]) -> FetchedRow | None:
    """The row with all its values, or None when they do not have the digest that was found.

    Args:
        fields: the table's columns, in the order of the values wanted.
        row: what the sums told.
        others: the values of the columns that are no whole numbers, in the order of the encoding.
    """
    whole, rest = parted(fields)
    try:
        told = {f.name: None if n is None else number_value(f, n) for f, n in zip(whole, row.numbers, strict=True)}
        values = told | {field.name: value for field, value in zip(rest, others, strict=True)}
        if digest_halves(row_digest(fields, values)) != row.hashes:
            return None
    except (ArithmeticError, ValueError):
        return None
    return FetchedRow(row.partition, row.hashes, tuple(values[field.name] for field in fields))


def unexplained(rows: Sequence[Alone]) -> list[Alone]:
    """Rows that no row of the other side explains: by one other number, or by another partition.

    Only for these it matters whether the other side has the same row too, less often.
    """
    sharing: Mapping[Any, list[Alone]] = defaultdict(list)
    for row in rows:
        for mark in _marks(row):
            sharing[mark].append(row)
    partners: Mapping[int, list[Alone]] = defaultdict(list)
    for group in sharing.values():
        if len(group) > 1:
            for row in group:
                partners[id(row)] += [other for other in group if other is not row]

    def explained(row: Alone) -> bool:
        """Each the only candidate of the other: then the pair is certain."""
        mine = partners[id(row)]
        return len(mine) == 1 and mine[0].excess == -row.excess and len(partners[id(mine[0])]) == 1

    return [row for row in rows if not explained(row)]


def _marks(row: Alone) -> list[Any]:
    """What a row shares with one that it may have become."""
    numbers = row.numbers
    without = [(row.partition, row.others, n, numbers[:n], numbers[n + 1 :]) for n in range(len(numbers))]
    return [row.hashes, *without]
