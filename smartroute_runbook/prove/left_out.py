"""What a comparison does not cover; part of its verdict."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NOT_BEGUN", "NOT_CLOSED", "OUTSIDE", "LeftOut"]

NOT_BEGUN, NOT_CLOSED, OUTSIDE = "not begun", "not closed yet", "outside the window"


@dataclass(frozen=True)
class LeftOut:
    """Partitions of one table with rows that are neither loaded nor compared.

    Attributes:
        why: ``outside the window`` of the parameters, ``not closed yet``: still being written; or ``not begun``: dated
            after now, by a wrong clock or year.
        first: the name of the first one.
    """

    table: str
    why: str
    partitions: int
    rows: int
    first: str

    @property
    def alarming(self) -> bool:
        """Whether it was not decided: partitions that are dated after now."""
        return self.why == NOT_BEGUN

    @property
    def words(self) -> str:
        """What is left out."""
        return f"{self.table}: {self.rows:,} rows in {self.partitions:,} partitions {self.why} (first: {self.first})"
