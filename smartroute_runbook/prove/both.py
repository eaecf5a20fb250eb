"""Both engines asked at the same time, with what it cost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ..engines import Engine, Rows
from .encoding import Dialect
from .spec import dialect_of

__all__ = ["Both"]


class Both:
    """Control and candidate.

    Attributes:
        queries: asked so far, on both together.
        bytes_scanned: by the control, as it reports them.
    """

    def __init__(self, control: Engine, candidate: Engine) -> None:
        self.engines = (control, candidate)
        self.queries = self.bytes_scanned = 0

    def ask(self, sql: Callable[[Dialect], str]) -> tuple[Rows, Rows]:
        """One query, written for each dialect, on both engines."""
        with ThreadPoolExecutor(2) as pool:
            left, right = (pool.submit(engine.query, sql(dialect_of(engine))) for engine in self.engines)
            answers = left.result(), right.result()
        self.queries += 2
        self.bytes_scanned += sum(rows.bytes_scanned for rows in answers)
        return answers

    def ask_one(self, side: int, sql: Callable[[Dialect], str]) -> Rows:
        """One query on the control (0) or the candidate (1)."""
        answer = self.engines[side].query(sql(dialect_of(self.engines[side])))
        self.queries += 1
        self.bytes_scanned += answer.bytes_scanned
        return answer
