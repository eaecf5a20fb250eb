"""What differs: cells, rows, whole partitions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .reasons import Reason
from .spec import Partition

__all__ = ["Cell", "Difference", "FetchedRow", "shown"]


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
        rows: how many rows of each side this covers: (control, candidate).
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


def shown(value: Any) -> Any:
    """The value as evidence can hold it: JSON knows neither NaN nor bytes."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return bytes(value).hex() if isinstance(value, (bytes, bytearray, memoryview)) else value
