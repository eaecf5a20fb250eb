"""Where two tables differ: rows of differing buckets paired, and each differing column given a reason.

Everything here is pure: rows in, differences out. Rows are multisets; a row is identified by its hash, never by a key.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from .encoding import Field
from .fingerprint import Group, Partition

__all__ = ["Cell", "Difference", "FetchedRow", "Reason", "locate", "reason_for", "single_hash"]

Reason = Literal[
    "missing",
    "extra",
    "doubled",
    "moved",
    "swapped",
    "zone",
    "scale",
    "trailing-blank",
    "rounding",
    "null-empty",
    "value",
]  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One differing column of one row."""

    column: str
    control: Any
    candidate: Any
    reason: Reason


@dataclass(frozen=True)
class Difference:
    """One located difference.

    Attributes:
        partition: values of the partition columns.
        reason: ``missing`` (only in the control), ``extra`` (only in the candidate), ``doubled`` (in both, more often
            in one), ``moved`` (in another partition), or what happened to the columns in ``cells``.
        rows: how many rows on each side this speaks of: (control, candidate).
        row: the whole row as the side that has it shows it (the control's when both do); empty when not fetched.
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


@dataclass(frozen=True)
class FetchedRow:
    """A row with the two halves of its hash and the values of its columns, in the order of the specification."""

    partition: Partition
    hashes: tuple[int, int]
    values: tuple[Any, ...]


def single_hash(control: Group, candidate: Group, bucket: int, buckets: int) -> int | None:
    """The first hash of the only row by which two groups differ, read from the difference of their sums.

    Exact when one distinct row is in excess (once or several times); None when it cannot be that.
    """
    excess = control.rows - candidate.rows
    first, second = control.first - candidate.first, control.second - candidate.second
    if not excess or first % excess or second % excess:
        return None
    value = first // excess
    return value if 0 <= value < 1 << 60 and value % buckets == bucket and 0 <= second // excess < 1 << 60 else None


def locate(
    fields: Sequence[Field], partitions: Sequence[Field], control: Iterable[FetchedRow], candidate: Iterable[FetchedRow]
) -> list[Difference]:
    """Pair the rows that one side has more often than the other."""
    sides = (list(control), list(candidate))
    counts = [Counter((row.partition, row.hashes) for row in side) for side in sides]
    seen = {(row.partition, row.hashes): row for side in reversed(sides) for row in side}
    names = [field.name for field in partitions]
    found: list[Difference] = []
    only: tuple[list[FetchedRow], list[FetchedRow]] = ([], [])
    for key in sorted(set(counts[0]) | set(counts[1]), key=str):
        left, right = counts[0][key], counts[1][key]
        if left and right and left != right:
            row = seen[key]
            found.append(Difference(_named(names, row.partition), "doubled", (left, right), row=_values(fields, row)))
        elif left != right:
            only[0 if left else 1].extend([seen[key]] * (left + right))
    return found + _pair(fields, names, *only)


def _pair(
    fields: Sequence[Field], names: Sequence[str], control: list[FetchedRow], candidate: list[FetchedRow]
) -> list[Difference]:
    found: list[Difference] = []
    moved = _match(control, candidate, lambda row: row.hashes)
    for left, right in moved:
        cells = tuple(
            Cell(name, a, b, "value")
            for name, a, b in zip(names, left.partition, right.partition, strict=True)
            if a != b
        )
        found.append(Difference(_named(names, left.partition), "moved", (1, 1), cells, _values(fields, left)))
    pairs: list[tuple[FetchedRow, FetchedRow]] = []
    for skipped in range(len(fields)):
        pairs += _match(control, candidate, lambda row, n=skipped: (row.partition, row.values[:n], row.values[n + 1 :]))
    pairs += _closest(control, candidate)
    for left, right in pairs:
        cells = _cells(fields, left, right)
        found.append(Difference(_named(names, left.partition), _main(cells), (1, 1), cells, _values(fields, left)))
    for side, reason in ((control, "missing"), (candidate, "extra")):
        times = Counter((row.partition, row.hashes) for row in side)
        first = {(row.partition, row.hashes): row for row in side}
        for key, n in times.items():
            rows = (n, 0) if reason == "missing" else (0, n)
            found.append(
                Difference(_named(names, first[key].partition), reason, rows, row=_values(fields, first[key]))  # type: ignore[arg-type]
            )
    return found


def _match(control: list[FetchedRow], candidate: list[FetchedRow], key: Any) -> list[tuple[FetchedRow, FetchedRow]]:
    """Take out of both lists the pairs with the same key."""
    waiting: dict[Any, list[FetchedRow]] = defaultdict(list)
    for row in candidate:
        waiting[key(row)].append(row)
    pairs = []
    for row in list(control):
        if waiting.get(key(row)):
            other = waiting[key(row)].pop()
            control.remove(row)
            candidate.remove(other)
            pairs.append((row, other))
    return pairs


def _closest(control: list[FetchedRow], candidate: list[FetchedRow]) -> list[tuple[FetchedRow, FetchedRow]]:
    """Pairs of one partition that agree in more than half of their columns, the most alike first."""
    pairs = []
    for row in list(control):
        best, score = None, len(row.values) // 2
        for other in candidate:
            if other.partition == row.partition:
                same = sum(a == b for a, b in zip(row.values, other.values, strict=True))
                if same > score:
                    best, score = other, same
        if best is not None:
            control.remove(row)
            candidate.remove(best)
            pairs.append((row, best))
    return pairs


def _cells(fields: Sequence[Field], left: FetchedRow, right: FetchedRow) -> tuple[Cell, ...]:
    differing = [
        (field, a, b) for field, a, b in zip(fields, left.values, right.values, strict=True) if not _same(a, b)
    ]
    swapped = {
        field.name
        for field, a, b in differing
        for other, c, d in differing
        if field.name != other.name and _same(a, d) and _same(b, c)
    }
    return tuple(
        Cell(field.name, a, b, "swapped" if field.name in swapped else reason_for(field, a, b))
        for field, a, b in differing
    )


def reason_for(field: Field, control: Any, candidate: Any) -> Reason:
    """The likeliest cause of one differing value."""
    if control is None or candidate is None:
        return "null-empty" if (control or candidate) in ("", None) else "value"
    if isinstance(control, str) and isinstance(candidate, str):
        return "trailing-blank" if control.rstrip(" ") == candidate.rstrip(" ") else "value"
    if isinstance(control, (datetime, date)):
        return _time_reason(control, candidate)
    if isinstance(control, (int, float, Decimal)) and isinstance(candidate, (int, float, Decimal)):
        return _number_reason(field, control, candidate)
    return "value"


def _time_reason(control: Any, candidate: Any) -> Reason:
    seconds = abs((control - candidate).total_seconds())
    if seconds and seconds % 900 == 0 and seconds <= 14 * 3600:
        return "zone"
    return "rounding" if seconds < 1 else "value"


def _number_reason(field: Field, control: Any, candidate: Any) -> Reason:
    a, b = Decimal(control), Decimal(candidate)
    if not (a.is_finite() and b.is_finite()):
        return "value"
    if a and b and (a / b).normalize() in (Decimal(10) ** n for n in range(-6, 7) if n):
        return "scale"
    if field.kind == "integer":
        return "zone" if _epoch_shift(int(a), int(b)) else "value"
    close = abs(a - b) <= Decimal("1e-6") * max(abs(a), abs(b))
    return "rounding" if close or _rounded(a, b) else "value"


def _epoch_shift(a: int, b: int) -> bool:
    """Two instants as epoch seconds or milliseconds (2001 or later), whole quarter hours apart as zones are."""
    for unit in (1, 1000):
        if all(10**9 * unit <= value < 10**10 * unit for value in (a, b)):
            gap = abs(a - b)
            return gap % (900 * unit) == 0 and gap <= 14 * 3600 * unit
    return False


def _rounded(a: Decimal, b: Decimal) -> bool:
    """Whether the one with fewer digits is the other one rounded."""
    shorter, longer = sorted((a, b), key=lambda value: -int(value.normalize().as_tuple().exponent))
    return longer.quantize(Decimal(1).scaleb(int(shorter.normalize().as_tuple().exponent))) == shorter


def _same(a: Any, b: Any) -> bool:
    both_nan = isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b)
    return both_nan or ((a is None) == (b is None) and bool(a == b))


def _main(cells: Sequence[Cell]) -> Reason:
    reasons = {cell.reason for cell in cells}
    return reasons.pop() if len(reasons) == 1 else "value"


def _named(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))


def _values(fields: Sequence[Field], row: FetchedRow) -> dict[str, Any]:
    return {field.name: value for field, value in zip(fields, row.values, strict=True)}
