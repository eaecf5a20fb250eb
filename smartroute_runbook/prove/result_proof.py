"""The result of comparing two query results: verdict, reason, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from smartroute_runbook.canonical import VOLATILE
from smartroute_runbook.quantities import plural
from smartroute_runbook.tolerance import Tolerance
from smartroute_runbook.views import Note, Part, Table, Tone, View

from .differences import Difference

__all__ = ["Deviation", "Drift", "ResultProof", "Verdict"]

Verdict = Literal["equal", "within", "tie", "different", "not comparable", "nothing to compare"]


@dataclass(frozen=True)
class Drift:
    """A column whose type or name differs though its values may not."""

    column: str
    control: str
    candidate: str


@dataclass(frozen=True)
class Deviation:
    """The largest distance within tolerance of one column, and what was allowed."""

    column: str
    absolute: float
    relative: float
    allowed: Tolerance


@dataclass(frozen=True)
class ResultProof:
    """The answer for one query.

    Attributes:
        verdict: ``equal``; ``within`` the stated tolerances; ``tie``: different rows, all of them equal in the keys at
            which LIMIT cuts; ``different``; ``not comparable``: the query promises no particular answer;
            ``nothing to compare``: neither engine answers with a row.
        why: one sentence.
        differences: differing rows, at most 50.
        settled: for a tie, whether the rows beyond the limit were compared too.
    """

    name: str
    verdict: Verdict
    why: str
    control_rows: int
    candidate_rows: int
    differences: tuple[Difference, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    drift: tuple[Drift, ...] = ()
    settled: bool = False
    milliseconds: tuple[float, float] = field(default=(0.0, 0.0), metadata=VOLATILE)

    @property
    def agrees(self) -> bool:
        """Whether nothing speaks against the candidate."""
        return self.proven or self.verdict == "nothing to compare"

    @property
    def proven(self) -> bool:
        """Whether rows were compared, and the candidate may stand in for the control."""
        return self.verdict in ("equal", "within") or (self.verdict == "tie" and self.settled)

    @property
    def blocks(self) -> tuple[str, ...]:
        """What keeps a gate shut."""
        return () if self.agrees else (f"query {self.name} is {self.verdict}",)

    def view(self) -> View:
        """The verdict, then what differs."""
        unsure = self.agrees or self.verdict in ("tie", "not comparable")
        tone: Tone = "good" if self.proven else "warn" if unsure else "bad"
        counts = f"{plural(self.control_rows, 'row')} on Athena, {self.candidate_rows:,} on Redshift. {self.why}"
        parts: list[Part] = [Note(counts, tone)]
        if self.differences:
            rows = tuple((item.reason, item.rows[0], item.rows[1], _what(item)) for item in self.differences)
            parts.append(Table(("reason", "Athena rows", "Redshift rows", "what"), rows, "Differing rows"))
        if self.deviations:
            near = tuple(
                (item.column, item.absolute, item.relative, item.allowed.absolute, item.allowed.relative)
                for item in self.deviations
            )
            names = ("column", "largest distance", "relative", "allowed", "allowed relative")
            parts.append(Table(names, near, "Within tolerance"))
        if self.drift:
            types = tuple((item.column, item.control, item.candidate) for item in self.drift)
            parts.append(Table(("column", "Athena type", "Redshift type"), types, "Types that differ"))
        return View(f"{self.name}: {self.verdict}", tuple(parts), tone)


def _what(item: Difference) -> str:
    return "; ".join(map(str, item.cells)) or repr(dict(item.row or {}))
