"""Each pair's answers: the control's is the reference, over the same rows; ties and tolerances as declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smartroute_runbook.engines import Rows
from smartroute_runbook.measure.pairs import alike, answer_digest, first_rows
from smartroute_runbook.prove.results import results_equal
from smartroute_runbook.prove.shape import shape_of

from .registration import Question

__all__ = ["Comparer", "Comparison"]


@dataclass(frozen=True)
class Comparison:
    """What comparing a pair said.

    Attributes:
        verdict: as ``prove.result_proof.Verdict``; ``different`` is a veto.
        why: where it says more than the verdict.
        digests, rows: of both answers, only where they differ.
    """

    verdict: str
    why: str = ""
    digests: tuple[str, str] = ("", "")
    rows: tuple[str, str] = ("", "")


class Comparer:
    """Compares pairs of answers; those that repeat the last pair that agreed are not looked at again."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = questions
        self._shapes = [shape_of(one.control, "athena") for one in questions]
        self._same: dict[int, tuple[Rows, Rows, str]] = {}

    def compare(self, question: int, control: Rows, candidate: Rows) -> Comparison:
        """Compare the answers to a question."""
        same = self._same.get(question)
        if same and alike(same[0], control) and alike(same[1], candidate):
            return Comparison(same[2])  # not "equal" whatever it was: two empty answers prove nothing
        one = self._questions[question]
        proof = results_equal(
            control, candidate, name=one.query, tolerances=one.tolerances, shape=self._shapes[question]
        )
        if proof.verdict == "different":
            return self._different(proof.why, control, candidate)
        if proof.verdict in ("equal", "within", "nothing to compare"):
            self._same[question] = (control, candidate, str(proof.verdict))
            return Comparison(str(proof.verdict))
        return Comparison(str(proof.verdict), proof.why)

    def _different(self, why: str, control: Rows, candidate: Rows) -> Comparison:
        rows = first_rows(control, candidate)
        texts = tuple("\n".join(row[side] for row in rows) for side in (0, 1))
        return Comparison(
            "different", why, (answer_digest(control), answer_digest(candidate)), (texts[0], texts[1])
        )  # fmt: skip
