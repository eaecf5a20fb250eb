"""An isolated row, the only one that differs in its group: it is recovered from the difference of the group's sums.

When one distinct row is in excess in a group, once or several times, each difference of sums divided by the difference
of the row counts is a property of that row: both halves of its digest, its whole numbers, and the digest of its other
columns. The values of these others are looked up by that digest, reading their columns alone. The reconstructed row
must have the digest that the sums gave (120 bits), so that several rows whose sums look like one row are rejected.
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

__all__ = ["IsolatedRow", "find_isolated", "reconstruct", "unexplained"]

HALF = 1 << 4 * DIGITS


@dataclass(frozen=True)
class IsolatedRow:
    """The only distinct row by which a group differs.

    Attributes:
        excess: how many times more the control has it; negative when the candidate has it more often.
        hashes: both halves of its digest.
        others: half of the digest of the columns that are not whole numbers; 0 without such.
        numbers: the whole numbers, None for NULL, in the order of the encoding.
    """

    partition: Partition
    bucket: int
    excess: int
    hashes: tuple[int, int]
    others: int
    numbers: tuple[int | None, ...]


def find_isolated(part: Partition, bucket: int, buckets: int, control: Group, candidate: Group) -> IsolatedRow | None:
    """The row that accounts for the difference of two groups; None when it cannot be one row."""
    excess = control.rows - candidate.rows
    if not excess:
        return None
    width = max(len(control.numbers), len(candidate.numbers))
    sums = [(*side[1:5], *(side.numbers or (0,) * width)) for side in (control, candidate)]
    quotients = []
    for a, b in zip(*sums, strict=True):
        value, rest = divmod(a - b, excess)
        if rest:
            return None
        quotients.append(value)
    first, second, others, known, *values = quotients
    if not all(0 <= half < HALF for half in (first, second, others)) or first % buckets != bucket:
        return None
    if width > MASKED or not 0 <= known < 1 << width or any(v and not known >> n & 1 for n, v in enumerate(values)):
        return None
    numbers = [value if known >> n & 1 else None for n, value in enumerate(values)]
    return IsolatedRow(part, bucket, excess, (first, second), others, tuple(numbers))


def reconstruct(fields: Sequence[Field], row: IsolatedRow, others: Sequence[Any]) -> FetchedRow | None:
    """The row with all its values, or None when these do not have the digest that the sums gave.

    Args:
        fields: the table's columns, in the order of the values to return.
        row: its digests and whole numbers, from the sums.
        others: the values of the columns that are not whole numbers, in the order of the encoding.
    """
    whole, rest = parted(fields)
    try:
        numbers = {f.name: None if n is None else number_value(f, n) for f, n in zip(whole, row.numbers, strict=True)}
        values = numbers | {field.name: value for field, value in zip(rest, others, strict=True)}
        if digest_halves(row_digest(fields, values)) != row.hashes:
            return None
    except (ArithmeticError, ValueError):
        return None
    return FetchedRow(row.partition, row.hashes, tuple(values[field.name] for field in fields))


def unexplained(rows: Sequence[IsolatedRow]) -> list[IsolatedRow]:
    """Rows that no row of the other side explains: by one other number, or by another partition.

    Only for these it matters whether the other side has the same row too, less often.
    """
    sharing: Mapping[Any, list[IsolatedRow]] = defaultdict(list)
    for row in rows:
        for mark in _marks(row):
            sharing[mark].append(row)
    partners: Mapping[int, list[IsolatedRow]] = defaultdict(list)
    for group in sharing.values():
        if len(group) > 1:
            for row in group:
                partners[id(row)] += [other for other in group if other is not row]

    def explained(row: IsolatedRow) -> bool:
        """Each the only candidate of the other: then the pair is certain."""
        mine = partners[id(row)]
        return len(mine) == 1 and mine[0].excess == -row.excess and len(partners[id(mine[0])]) == 1

    return [row for row in rows if not explained(row)]


def _marks(row: IsolatedRow) -> list[Any]:
    """What a row shares with one that it may have become."""
    numbers = row.numbers
    without = [(row.partition, row.others, n, numbers[:n], numbers[n + 1 :]) for n in range(len(numbers))]
    return [row.hashes, *without]
