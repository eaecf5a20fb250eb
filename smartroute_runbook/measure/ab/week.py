"""The week as a cell shows it: how far it is, what it says, and at its end the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.measure.dashboard_queries import DashboardQueries
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import STAND_IN_TIMES, Folded, Lines, Note, Part, Series, Table, Tone, View

from .classes import ClassTimes, FailureCount, class_table, failure_table
from .criteria import criteria_table, spanned
from .epochs import Interval
from .kept import changed_meanwhile
from .money import Money
from .planning import key_of
from .registration import current
from .verdict import WeekVerdict

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["DifferingPair", "ExperimentWeek", "LinePoint"]

EXPECTATION = "Latency and cost are as the business expects"
"""The point of the gate's checklist that an open verdict speaks against."""
SAME_RESULT = "Every query gives the same result on both engines"
"""The point that queries speak against whose answers never had a row to compare."""
LEAST_DAYS = 5
"""Different days that a week has at least: at weekends nobody may look at a dashboard."""


@dataclass(frozen=True)
class DifferingPair:
    """A pair whose answers differ: the query, its text with its parameters, both digests, and the first rows."""

    query: str
    text: str
    began: str
    why: str
    digests: tuple[str, str]
    rows: tuple[str, str]


@dataclass(frozen=True)
class LinePoint:
    """One point of the growing line: pairs so far, and both 95th percentiles so far in seconds, with intervals."""

    pairs: int
    control: Interval | None
    candidate: Interval | None


@dataclass(frozen=True)
class ExperimentWeek:
    """What the week has measured so far.

    Attributes:
        registration: its number; ``id`` its digest.
        day, days: how far; ``rounds_done`` of ``rounds`` are whole.
        pairs, planned, void: counts.
        compared, different, undecided: pairs of answers; ``differing`` are the first that differ.
        unproven: queries, and their pairs, of which no answer was proven the same: without a row, tied at a LIMIT, not
            answered by one engine, or not asked at all.
        line: p95 as it grew.
        before_after: the plan's promise and what was measured, one sentence.
        verdict: None until the last round, except for a wrong answer.
        more_rounds: how many more would settle what is open; None where that is not known.
        lag_p99: seconds that the generator itself was late by.
    """

    evidence_name: ClassVar[str] = "experiment"
    evidence_version: ClassVar[int] = 3

    registration: int
    id: str
    rehearsal: bool
    names: tuple[str, str]
    verdict_blocks: bool
    day: int
    days: int
    rounds_done: int
    rounds: int
    pairs: int
    planned: int
    void: int
    compared: int
    different: int
    undecided: tuple[tuple[str, int, str], ...]
    unproven: tuple[tuple[str, int], ...]
    differing: tuple[DifferingPair, ...]
    p95: Interval | None
    p95_limit: float | None
    line: tuple[LinePoint, ...]
    classes: tuple[ClassTimes, ...]
    failures: tuple[FailureCount, ...]
    money: Money
    before_after: str
    verdict: WeekVerdict | None
    more_rounds: int | None
    lag_p99: float

    @property
    def finished(self) -> bool:
        """Whether every registered pair was asked."""
        return self.pairs == self.planned

    @property
    def blocks(self) -> tuple[str, ...]:
        """Why nobody may sign: a wrong answer, a week under way, a verdict that says no."""
        reasons = []
        if self.different:
            queries = ", ".join(dict.fromkeys(one.query for one in self.differing))
            reasons.append(
                f"{self.names[1]} answered otherwise in {self.different:,} of "
                f"{plural(self.compared, 'pair')}: {queries}"
            )
        if not self.finished:
            reasons.append(f"{self.headline}: run 'smartroute-runbook experiment run'")
        if self.verdict and self.verdict.kind == "worse" and self.verdict_blocks:
            missed = [c.name for c in self.verdict.criteria if c.outcome == "missed" and not c.advisory]
            reasons.append(f"{self.names[1]} is worse than registered in: {'; '.join(missed)}")
        return tuple(reasons)

    def amiss(self, run: Run, beside: Mapping[str, Any]) -> tuple[str, ...]:
        """Why a gate must not be shown this: its registration holds no more, or is of other queries than are shown."""
        held, queries = current(run), beside.get(DashboardQueries.evidence_name)
        if held is None or held.id != self.id:
            return (f"the experiment's registration {self.registration} does not hold in this run: read it again",)
        if isinstance(queries, DashboardQueries) and held.key != key_of(run, queries):
            return ("the experiment was registered with other parameters or texts than are shown: register it anew",)
        return tuple(
            f"while the experiment was measured {what}: withdraw it, and register it anew"
            for what in changed_meanwhile(run.journal, held)
        )

    @property
    def against(self) -> dict[str, str]:
        """What a signature must give a reason for: not enough to decide, or an expectation that was missed."""
        if self.verdict is None:
            return {}
        missed = [c for c in self.verdict.criteria if c.advisory and c.outcome == "missed"]
        reasons = [f"{c.name}: {c.candidate}, agreed {c.limit}" for c in missed]
        if self.days < LEAST_DAYS:
            days = plural(self.days, "day")
            reasons.append(f"it was measured on {days}, the plan wants a week")
        if self.verdict.kind == "not enough":
            reasons.insert(0, self.not_enough)
        if self.verdict.kind == "worse" and not self.verdict_blocks:
            reasons.insert(0, "the verdict is worse, and experiment.verdict_blocks is false")
        against = {EXPECTATION: "; ".join(reasons)} if reasons else {}
        if self.unproven:
            against[SAME_RESULT] = f"no answer of the week proves it for {', '.join(name for name, _ in self.unproven)}"
        return against

    @property
    def not_enough(self) -> str:
        """How much is missing."""
        more = f": about {plural(self.more_rounds, 'more round')} are needed" if self.more_rounds else ""
        return f"not enough to decide{more}"

    @property
    def headline(self) -> str:
        """How far it is, and what it says so far."""
        answers = f"{self.different:,} ANSWERS DIFFER" if self.different else "no answer differed"
        far = f"day {self.day} of {self.days}, " if not self.finished else f"{self.days} day{'s' * (self.days > 1)}, "
        shown_p95 = "p95 not told yet"
        if self.p95:
            shown_p95 = f"p95 {spanned(self.p95.value, self.p95.low, self.p95.high)}"
        return f"{far}{plural(self.pairs, 'pair')}, {answers}, {shown_p95}"

    def view(self) -> View:
        """The headline, the line, the verdict, and why."""
        parts: list[Part] = [Note(f"**{STAND_IN_TIMES}**", "warn")] if self.rehearsal else []
        parts += [
            Note(self.before_after),
            *self._answers(),
            *([self._chart()] if any(point.candidate for point in self.line) else []),
            *self._judged(),
        ]
        names = dict(zip(("control", "candidate"), self.names, strict=True))
        parts += failure_table(self.failures, names)
        spent = f"This week's part on {self.names[0]}: ${self.money.spent:.4f}."
        blocks = f", judged by {plural(self.verdict.blocks, 'block')} of whole epochs" if self.verdict else ""
        how = (
            f"Latency counts from the scheduled start; the generator itself was late by {1000 * self.lag_p99:.1f} ms "
            f"(p99), {plural(self.void, 'pair is', 'pairs are')} void{blocks}. Registration "
            f"{self.registration}, {self.id[:12]}."
        )
        folded: tuple[Part, ...] = (
            class_table(self.classes, names), Note(f"{self.money.source} {spent}"), Note(how),
        )  # fmt: skip
        parts.append(Folded("Where the time goes, what was billed, how it was measured", folded))
        return View(f"{self._title()}: {self.headline}", tuple(parts), self._tone())

    def _judged(self) -> list[Part]:
        if self.verdict is None:
            note = f"{self.rounds_done} of {plural(self.rounds, 'round')} kept. The verdict comes with the last one"
            return [Note(f"{note}: whoever looks every day would find something by chance.")]
        every = self.verdict.criteria
        missed = "; ".join(c.name for c in every if c.outcome == "missed" and c.name != "answers")
        first = tuple(c for c in every if not c.query or c.outcome == "missed")
        parts: list[Part] = [Note(f"**Missed:** {missed}.", "bad")] if missed else []
        parts.append(criteria_table(first, self.names, "Held against what was registered"))
        if queries := tuple(c for c in every if c.query):
            counts = ", ".join(f"{n} {outcome}" for outcome, n in Counter(c.outcome for c in queries).items())
            table = criteria_table(queries, self.names, "Query by query")
            parts.append(Folded(f"Query by query: {counts}", (table,)))
        if self.verdict.kind == "not enough":
            note = self.not_enough
            parts.append(Note(f"**{note[0].upper()}{note[1:]}.** Whoever accepts it says why.", "warn"))
        return parts

    def _title(self) -> str:
        if self.different:
            return "Answers differ"
        if self.verdict is None:
            return "A/B week"
        kinds = {"worse": "Worse than agreed", "not enough": "Not enough to decide", "differs": "Answers differ"}
        return kinds.get(self.verdict.kind, "As agreed")

    def _tone(self) -> Tone:
        if self.different or (self.verdict and self.verdict.kind == "worse"):
            return "bad"
        return "good" if self.verdict and self.verdict.kind == "pass" else "warn"

    def _answers(self) -> list[Part]:
        parts: list[Part] = []
        if self.differing:
            rows = tuple(
                (one.query, one.began[:19], one.why, *(text[:12] for text in one.digests), *one.rows)
                for one in self.differing
            )
            columns = ("query", "when", "why", *(f"{n}'s {what}" for what in ("digest", "rows") for n in self.names))
            tones: tuple[Tone, ...] = tuple("bad" for _ in rows)
            counts = f"{self.different:,} of {plural(self.compared, 'pair')} differ; the first {len(rows)} are shown"
            note = f"{counts}, their texts are in the evidence."
            names = ", ".join(dict.fromkeys(one.query for one in self.differing))
            parts.append(Note(f"**{names}: answers differ.** {self.differing[0].why}", "bad"))
            parts.append(Table(columns, rows, "Answers differ", note, tones))
        for query, count in self.unproven:
            none = (
                f"of {plural(count, 'pair')} none has rows that are proven the same" if count else "it was never asked"
            )
            warning = f"{query}: {none}. Whoever accepts it says why."
            parts.append(Note(warning, "warn"))
        for query, count, why in self.undecided:
            parts.append(Note(f"{query}: {plural(count, 'pair')} could not be decided. {why}", "warn"))
        return parts

    def _chart(self) -> Lines:
        series = []
        for side, name in zip(("candidate", "control"), reversed(self.names), strict=True):
            points = [(point.pairs, getattr(point, side)) for point in self.line]
            bounded = [(pairs, one) for pairs, one in points if one is not None and one.high is not None]
            if bounded:
                x, y = tuple(pairs for pairs, _ in bounded), tuple(round(one.value, 4) for _, one in bounded)
                low, high = (tuple(round(getattr(one, end), 4) for _, one in bounded) for end in ("low", "high"))
                series.append(Series(name + (" (stand-in)" if self.rehearsal else ""), x, y, low, high))
        marks = (("agreed", self.p95_limit),) if self.p95_limit is not None else ()
        last = ", ".join(f"{one.name} {one.y[-1]:,.3g} s" for one in series)
        title = f"95th percentile so far: {last} (95% interval, up to the slowest while samples are few)"
        return Lines(title, "pairs", "seconds", tuple(series), marks, log_y=True)
