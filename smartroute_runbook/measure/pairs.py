"""Every answer of the candidate against the control's: the experiment is the last place where a wrong one can be seen.

An answer waits until the other side has answered the same slot; then both are compared as week 3 compares answers
(types, declared order, ties, tolerances). Answers that repeat the last ones that were equal are not compared again.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest

from smartroute_runbook.canonical import digest
from smartroute_runbook.engines import Rows
from smartroute_runbook.prove.results import ResultProof, results_equal
from smartroute_runbook.prove.shape import Shape, shape_of
from smartroute_runbook.quantities import plural
from smartroute_runbook.tolerance import Tolerance

__all__ = ["Differing", "PairRules", "Pairs", "alike", "answer_digest", "first_rows", "merged"]

_SHOWN_ROWS = 3

PairRules = Mapping[str, Mapping[str, Tolerance]]
"""By query, the tolerances of its columns."""


@dataclass(frozen=True)
class Differing:
    """Pairs of answers of one query that are not the same.

    Attributes:
        pairs: how many of them differ; ``compared`` in all.
        why: what the first of them differs in.
        digests: of the control's and the candidate's answer of that pair.
        rows: the first differing rows of it, as text: control, candidate.
    """

    query: str
    pairs: int
    compared: int
    why: str
    digests: tuple[str, str]
    rows: tuple[tuple[str, str], ...]


@dataclass
class _Count:
    compared: int = 0
    different: int = 0
    undecided: int = 0
    first: Differing | None = None
    same: tuple[Rows, Rows] | None = None
    reason: str = ""


class Pairs:
    """Answers on their way to their counterpart; safe to use from several threads.

    Args:
        queries: the control's text of each query, which says what its answer promises.
        tolerances: see ``PairRules``.
    """

    def __init__(self, queries: Mapping[str, str], tolerances: PairRules) -> None:
        self._tolerances = tolerances
        self._shapes: dict[str, Shape] = {name: shape_of(sql, "athena") for name, sql in queries.items()}
        self._waiting: dict[tuple[str, int], tuple[int, Rows | None]] = {}
        self._counts = {name: _Count() for name in queries}
        self._lock = threading.Lock()

    def offer(self, query: str, number: int, side: int, answer: Rows | None) -> None:
        """An answer of a side (0 control, 1 candidate) to a slot; None when it failed, which is counted elsewhere."""
        with self._lock:
            waiting = self._waiting.pop((query, number), None)
            if waiting is None:
                self._waiting[query, number] = (side, answer)
                return
            answers = (waiting[1], answer) if waiting[0] < side else (answer, waiting[1])
            if answers[0] is not None and answers[1] is not None:
                self._compare(query, answers[0], answers[1])

    def _compare(self, query: str, control: Rows, candidate: Rows) -> None:
        count = self._counts[query]
        count.compared += 1
        if count.same and alike(count.same[0], control) and alike(count.same[1], candidate):
            return
        tolerances = self._tolerances.get(query)
        proof = results_equal(control, candidate, name=query, tolerances=tolerances, shape=self._shapes[query])
        if proof.verdict in ("equal", "within", "nothing to compare"):
            count.same = (control, candidate)
        elif proof.verdict == "different":
            count.different += 1
            count.first = count.first or _kept(query, proof, control, candidate)
        else:  # a tie at the limit, or a query that promises no particular answer: settled where answers are compared
            count.undecided += 1
            count.reason = count.reason or proof.why

    @property
    def compared(self) -> int:
        """Pairs that were compared."""
        return sum(count.compared for count in self._counts.values())

    def differing(self) -> tuple[Differing, ...]:
        """The queries with pairs that differ."""
        counts = ((name, count) for name, count in self._counts.items() if count.first)
        return tuple(
            Differing(name, count.different, count.compared, first.why, first.digests, first.rows)
            for name, count in counts
            if (first := count.first)
        )

    def undecided(self) -> tuple[str, ...]:
        """What could not be told from pairs, one sentence a query."""
        return tuple(
            f"{name}: {count.undecided} of {plural(count.compared, 'pair')} of answers could not be decided. "
            f"{count.reason}"
            for name, count in self._counts.items()
            if count.undecided
        )


def alike(before: Rows, now: Rows) -> bool:
    """Whether an answer repeats another, its columns too: to Python 1 is TRUE, and a column may have been retyped."""
    return before.columns == now.columns and before.rows == now.rows


def merged(differing: Sequence[Differing]) -> tuple[Differing, ...]:
    """Differing pairs of several experiments, one entry a query."""
    together: dict[str, Differing] = {}
    for one in differing:
        before = together.get(one.query)
        sums = (before.pairs + one.pairs, before.compared + one.compared) if before else (one.pairs, one.compared)
        together[one.query] = replace(before or one, pairs=sums[0], compared=sums[1])
    return tuple(together.values())


def _kept(query: str, proof: ResultProof, control: Rows, candidate: Rows) -> Differing:
    digests = (answer_digest(control), answer_digest(candidate))
    return Differing(query, 1, 1, proof.why, digests, first_rows(control, candidate))


def first_rows(control: Rows, candidate: Rows) -> tuple[tuple[str, str], ...]:
    """The first rows that only one of the answers has, as text: control, candidate."""
    counts = Counter(map(str, control.rows))
    counts.subtract(map(str, candidate.rows))
    only = [
        [row for row in map(str, side.rows) if sign * counts[row] > 0] for sign, side in ((1, control), (-1, candidate))
    ]
    if not any(only):  # the same rows in another order
        only = [list(map(str, side.rows)) for side in (control, candidate)]
    pairs = ((a, b) for a, b in zip_longest(*only, fillvalue="") if a != b)
    return tuple(islice(pairs, _SHOWN_ROWS))


def answer_digest(answer: Rows) -> str:
    """SHA-256 of an answer's rows as text."""
    return digest([[str(value) for value in row] for row in answer.rows])
