"""What a comparison does not cover; part of its verdict."""

from __future__ import annotations

from dataclasses import dataclass

from smartroute_runbook.quantities import plural

__all__ = ["NOT_BEGUN", "NOT_CLOSED", "NO_DAY", "OUTSIDE", "LeftOut"]

NOT_BEGUN, NOT_CLOSED, OUTSIDE = "not begun", "not closed yet", "outside the window"
NO_DAY = "that are no day and come after the read point"


@dataclass(frozen=True)
class LeftOut:
    """Partitions of one table with rows that are neither loaded nor compared.

    Attributes:
        why: ``outside the window`` of the parameters, ``not closed yet``: still being written; ``not begun``: dated
            after now, by a wrong clock or year; or no day at all, and sorted after the read point: it never closes.
        first: the name of the first one.
    """

    table: str
    why: str
    partitions: int
    rows: int
    first: str

    @property
    def alarming(self) -> bool:
        """Whether it was not decided: partitions that are dated after now, or that no day will close."""
        return self.why in (NOT_BEGUN, NO_DAY)

    @property
    def words(self) -> str:
        """What is left out."""
        return (
            f"{self.table}: {plural(self.rows, 'row')} in {plural(self.partitions, 'partition')} {self.why} "
            f"(first: {self.first})"
        )
