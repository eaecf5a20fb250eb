"""What applying the profile's advice was worth: before against after, query by query.

A query is called faster or slower only where all of its warm runs of one profile lie on one side of all of the other's.
Were both alike, that would happen once in 462 by chance (2 of the 924 ways to split twelve runs in two sixes).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from smartroute_runbook.declared import measured
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.reconcile import Verified
from smartroute_runbook.views import STAND_IN_TIMES, Folded, Note, Part, Table, Tone, View

from .plans import moved_by, parsed
from .profiling import Profile, QueryProfile, profile

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

    from .dashboard_queries import DashboardQueries

__all__ = ["QueryGain", "Tuned", "measure_again"]

Change = Literal["faster", "slower", "no difference", "not told"]
EXPECTATION = "Latency and cost are as the business expects"
"""The point of the gate's checklist that a slower query speaks against."""
_NAMES = {"unsorted": "unsorted, %", "stats_off": "statistics off, %", "skew_rows": "fullest over emptiest slice"}
_TONES: dict[Change, Tone] = {"faster": "good", "slower": "bad", "no difference": "plain", "not told": "warn"}


@dataclass(frozen=True)
class QueryGain:
    """One query, before and after.

    Attributes:
        change: ``not told`` where one profile has the engine's own times and the other those of the client.
        before, after: fastest, median and slowest warm run, milliseconds.
        moved: joins that move rows between nodes, before and after.
    """

    name: str
    change: Change
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    moved: tuple[int, int]


@dataclass(frozen=True)
class Tuned:
    """Before against after.

    Attributes:
        applied: tables and what was made of them, as they were read after the step.
        tables: table, what, before, after.
        left: advice that still stands.
    """

    evidence_name: ClassVar[str] = "tuned"
    evidence_version: ClassVar[int] = 1

    rehearsal: bool
    applied: tuple[str, ...]
    queries: tuple[QueryGain, ...]
    tables: tuple[tuple[str, str, str, str], ...]
    left: tuple[str, ...] = ()

    @property
    def against(self) -> dict[str, str]:
        """Queries that became slower; a stand-in's times say nothing."""
        slower = [one.name for one in self.queries if one.change == "slower"]
        if self.rehearsal or not slower or not self.applied:
            return {}
        return {EXPECTATION: f"slower since the tables were tuned: {', '.join(slower)}"}

    def view(self) -> View:
        """One row a query, one a table's number that changed."""
        parts: list[Part] = [Note(f"**{STAND_IN_TIMES}**", "warn")] if self.rehearsal else []
        rows = tuple(
            (one.name, one.change, _times(one.before), _times(one.after), f"{one.moved[0]} to {one.moved[1]}")
            for one in self.queries
        )
        columns = ("query", "result", "before, ms [fastest, slowest]", "after, ms", "joins that move rows")
        note = "Faster and slower only where every warm run of one lies on one side of every warm run of the other."
        parts.append(Table(columns, rows, "Before against after", note, tuple(_TONES[q.change] for q in self.queries)))
        if self.tables:
            parts.append(Table(("table", "what", "before", "after"), self.tables, "The tables"))
        if self.left:
            parts.append(
                Folded(
                    f"{plural(len(self.left), 'finding still stands', 'findings still stand')}",
                    tuple(Note(one) for one in self.left),
                )
            )
        counts = Counter(one.change for one in self.queries)
        words = {
            "faster": "faster", "slower": "slower", "no difference": "as fast as before",
            "not told": "timed in two ways, which tells nothing",
        }  # fmt: skip
        counted = ", ".join(f"{plural(counts[kind], 'query')} {word}" for kind, word in words.items() if counts[kind])  # type: ignore[index]
        what = (
            f"{plural(len(self.applied), 'change')} of tables applied" if self.applied else "Nothing was to be applied"
        )
        return View(
            f"{what}; {counted or 'no query measured'}",
            tuple(parts),
            "warn" if self.against else "good",
        )


@measured("measure.measure_again", Tuned)
def measure_again(run: Run, queries: DashboardQueries, before: Profile, applied: Verified) -> Tuned:
    """Profile again, after ``ApplyAdvice`` was done.

    Args:
        run: the run.
        queries: those that were profiled.
        before: their profile before.
        applied: what the step read back: while it is the same, what was measured is read back too.
    """
    with run.redshift() as redshift:
        after = profile(redshift, queries.redshift, run.settings.redshift.schema_name, rehearsal=run.rehearsal)
    return compared(before, after, tuple(applied.resources))


def compared(before: Profile, after: Profile, applied: tuple[str, ...]) -> Tuned:
    """Two profiles of the same queries."""
    earlier = {one.name: one for one in before.queries}
    gains = tuple(_gain(earlier[one.name], one) for one in after.queries if one.name in earlier)
    left = tuple(f"{one.where}: {one.why}" for one in after.advice)
    return Tuned(after.rehearsal, applied, gains, tuple(_tables(before, after)), left)


def _gain(before: QueryProfile, after: QueryProfile) -> QueryGain:
    change: Change = "no difference"
    if len({timing.source for timing in (*before.warm, *after.warm)}) > 1:  # the way to the engine takes time too
        change = "not told"
    elif after.elapsed[2] < before.elapsed[0]:
        change = "faster"
    elif after.elapsed[0] > before.elapsed[2]:
        change = "slower"
    moved = (len(moved_by(parsed(before.plan))), len(moved_by(parsed(after.plan))))
    return QueryGain(after.name, change, before.elapsed, after.elapsed, moved)


def _tables(before: Profile, after: Profile) -> list[tuple[str, str, str, str]]:
    earlier = {one.name: one for one in before.tables}
    rows = []
    for table in after.tables:
        was = earlier.get(table.name)
        if was is None:
            continue
        pairs = [("distribution", was.distribution, table.distribution)]
        pairs.append(("sort key", ", ".join(was.sort) or "none", ", ".join(table.sort) or "none"))
        pairs += [(title, _number(was.numbers[name]), _number(table.numbers[name])) for name, title in _NAMES.items()]
        rows += [(table.name, what, one, other) for what, one, other in pairs if one != other]
    return rows


def _number(value: float | None) -> str:
    return "not told" if value is None else f"{value:,.1f}"


def _times(times: tuple[float, float, float]) -> str:
    fastest, middle, slowest = times
    return f"{middle:,.1f} [{fastest:,.1f}, {slowest:,.1f}]"
