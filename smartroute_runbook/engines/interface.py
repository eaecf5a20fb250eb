"""What both engines have in common: send SQL, read small results. Heavy work stays in the engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["USER_AGENT", "Column", "Engine", "Rows", "Spent", "first_line"]

#: In the user agent of every AWS call and the application name of every session of Redshift: CloudTrail and
#: STL_CONNECTION_LOG then distinguish the runbook from others of the same identity.
USER_AGENT = "smartroute-runbook"


@dataclass(frozen=True)
class Column:
    """A result column: its name and the engine's own type name in lower case."""

    name: str
    type: str


@dataclass(frozen=True)
class Spent:
    """The engine's own breakdown of a query's time, milliseconds; None where it gives none.

    Attributes:
        cached: whether an earlier result was the answer.
    """

    queue: float | None = None
    planning: float | None = None
    compilation: float | None = None
    execution: float | None = None
    cached: bool = False


@dataclass(frozen=True)
class Rows:
    """A result: all rows, with what they took (wall clock, milliseconds) and cost (bytes scanned; 0 on Redshift)."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    milliseconds: float
    bytes_scanned: int = 0
    query_id: str = ""
    spent: Spent | None = None

    def scalar(self) -> Any:
        """The only value of a one-row, one-column result."""
        return self.rows[0][0]


class Engine(Protocol):
    """Either engine. ``query`` returns rows; ``execute`` the number of rows affected, or -1 when unknown."""

    name: str

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Run a query."""
        ...

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement."""
        ...


def first_line(error: BaseException) -> str:
    """The first line of an error's message, at most 500 characters."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:500]
