"""Queries on both engines at the same time, with their count and bytes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from smartroute_runbook.engines.interface import Engine, Rows
from smartroute_runbook.sqlfacts.athena_billing import BILLED_MINIMUM_MB, MB

from .encoding import Dialect
from .spec import dialect_of

__all__ = ["EnginePair"]


class EnginePair:
    """Control and candidate, queried together or one by one.

    Attributes:
        queries: run so far, on both together.
        bytes_scanned: by the control, as it reports them.
        bytes_billed: the same with Athena's minimum for each query that scans.
    """

    def __init__(self, control: Engine, candidate: Engine) -> None:
        self.engines = (control, candidate)
        self.queries = self.bytes_scanned = self.bytes_billed = 0

    def query(self, sql: Callable[[Dialect], str]) -> tuple[Rows, Rows]:
        """One query, written for each dialect, on both engines."""
        with ThreadPoolExecutor(2) as pool:
            left, right = (pool.submit(engine.query, sql(dialect_of(engine))) for engine in self.engines)
            answers = left.result(), right.result()
        for answer in answers:
            self._count(answer)
        return answers

    def query_one(self, side: int, sql: Callable[[Dialect], str]) -> Rows:
        """One query on the control (0) or the candidate (1)."""
        answer = self.engines[side].query(sql(dialect_of(self.engines[side])))
        self._count(answer)
        return answer

    def _count(self, answer: Rows) -> None:
        self.queries += 1
        self.bytes_scanned += answer.bytes_scanned
        self.bytes_billed += max(answer.bytes_scanned, BILLED_MINIMUM_MB * MB) if answer.bytes_scanned else 0
