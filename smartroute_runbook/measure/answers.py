"""Do the dashboard's queries give the same answers on both engines?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.canonical import VOLATILE, digest
from smartroute_runbook.declared import measured
from smartroute_runbook.prove.queries import queries_equal
from smartroute_runbook.prove.results import ResultProof
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Note, Part, Table, Tone, View

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

from .dashboard_queries import DashboardQueries

__all__ = ["Answers", "compare_answers"]


@dataclass(frozen=True)
class Answers:
    """One verdict a query: name, verdict, rows on Athena and on Redshift, and why; over which rows, in words.

    Attributes:
        texts: digest of the texts that were compared, of both engines.
    """

    evidence_name: ClassVar[str] = "answers"
    evidence_version: ClassVar[int] = 2

    queries: tuple[tuple[str, str, int, int, str], ...]
    disagreeing: tuple[str, ...]
    covered: str = ""
    texts: str = ""
    details: tuple[ResultProof, ...] = field(default=(), metadata=VOLATILE)

    def amiss(self, _run: Run, beside: Mapping[str, Any]) -> tuple[str, ...]:
        """Why a gate must not be shown this: the queries beside it are others than were compared."""
        queries = beside.get(DashboardQueries.evidence_name)
        if not isinstance(queries, DashboardQueries) or digest(queries.pairs) == self.texts:
            return ()
        return ("the answers that were compared are of other texts than the queries shown: compare them again",)

    @property
    def empty(self) -> tuple[str, ...]:
        """Queries that neither engine answers with a row: they prove nothing."""
        return tuple(name for name, verdict, *_ in self.queries if verdict == "nothing to compare")

    @property
    def blocks(self) -> tuple[str, ...]:
        """A query whose answers do not agree blocks its gate."""
        return tuple(f"query {name} does not give the same answer" for name in self.disagreeing)

    def view(self) -> View:
        """One row a query; what differs, in full."""
        tones: tuple[Tone, ...] = tuple(
            "bad" if row[0] in self.disagreeing else "warn" if row[0] in self.empty else "good" for row in self.queries
        )
        names = ("query", "verdict", "Athena rows", "Redshift rows", "why")
        parts: list[Part] = [Note(f"Both engines were read over {self.covered}.")] if self.covered else []
        parts.append(Table(names, self.queries, tones=tones))
        for proof in self.details:
            parts += () if proof.agrees else proof.view().parts
        right = len(self.queries) - len(self.disagreeing) - len(self.empty)
        title = f"{right} of {plural(len(self.queries), 'query')} give the same answer on both engines"
        if self.empty:
            title += f"; {len(self.empty)} without a row: nothing to compare ({', '.join(self.empty)})"
        tone: Tone = "bad" if self.blocks else "warn" if self.empty else "good"
        return View(title, tuple(parts), tone)


@measured("measure.compare_answers", Answers)
def compare_answers(run: Run, queries: DashboardQueries) -> Answers:
    """Run every translated query on both engines over the same rows and compare the answers. Changes nothing."""
    control = run.athena()
    details = []
    with run.redshift() as redshift, run.progress("Comparing answers", len(queries.pairs), "queries") as line:
        for one in queries.translations:
            if one.sql is None:
                continue
            texts = queries.compared(one.name)
            proof = queries_equal(control, redshift, *texts, name=one.name, tolerances=one.tolerances)
            if one.name in queries.pinned:
                proof = replace(proof, why=f"{proof.why} {queries.pinned[one.name].said}".strip())
            details.append(proof)
            line.update(len(details), one.name)
    rows = tuple((p.name, str(p.verdict), p.control_rows, p.candidate_rows, p.why) for p in details)
    return Answers(
        rows, tuple(p.name for p in details if not p.agrees), queries.covered, digest(queries.pairs), tuple(details)
    )
