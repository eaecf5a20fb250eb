"""What a run shows of itself: its banner, a step that was done, the switches; and progress that nobody sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Folded, Note, Part, Table, View

from .plan import WEEKS, week_of
from .steps import Outcome

__all__ = ["Banner", "Done", "Finished", "HeadLine", "Silent"]


@dataclass(frozen=True)
class Done:
    """A step that was applied, and what was read afterwards."""

    outcome: Outcome
    verified: Any
    unrecorded: tuple[str, ...] = ()

    def view(self) -> View:
        """One line that says both; what was done and read is below it."""
        outcome, verified = self.outcome.view(), self.verified.view()
        missing = tuple(Note(f"**Not recorded:** {what}", "bad") for what in self.unrecorded)
        tone = verified.tone if verified.tone != "plain" else outcome.tone
        title = f"{outcome.title}, and verified: {getattr(self.verified, 'short', verified.title)}"
        below = tuple(part for folded in (*outcome.parts, *verified.parts) for part in _opened(folded))
        folded = (Folded("What was done, and what was read", below),) if below else ()
        return View(title, (*missing, *folded), tone)


def _opened(part: Part) -> tuple[Part, ...]:
    """What stands behind a fold, with the fold's words above it."""
    return (Note(f"**{part.summary}**"), *part.parts) if isinstance(part, Folded) else (part,)


@dataclass(frozen=True)
class Finished:
    """A week that came to its end: the journal's head, and the day to look again after a decision to stay."""

    week: str
    head: str
    stay: str = ""
    notes: tuple[str, ...] = ()

    def view(self) -> View:
        """One sentence."""
        title = f"Week {self.week}" if self.week != "rollback" else "The rollback"
        stay = f" The decision is to stay on Athena: look again on {self.stay}." if self.stay else ""
        head = (Note(f"Journal head: {self.head}.{stay}"),) if self.head else ()
        return View(f"{title} is finished", (*(Note(note, "warn") for note in self.notes), *head), "good")


@dataclass(frozen=True)
class HeadLine:
    """Where a run is.

    Attributes:
        where: region, account and caller, as the week that was begun last was told by AWS.
        week: ``1`` to ``4`` or ``rollback``; '' before any was begun.
        step: the step that was begun last; '' before any.
        athena_usd: what Athena's scans of this run cost so far.
        next_action: what to do next.
    """

    rehearsal: bool
    environment: str
    where: str
    run_id: str
    week: str
    step: str
    athena_usd: float
    next_action: str = ""

    @property
    def words(self) -> str:
        """One line."""
        kind = "REHEARSAL" if self.rehearsal else f"PRODUCTION ({self.environment})"
        if not self.rehearsal and self.environment == "production":
            kind = "PRODUCTION"
        step = f", at {self.step}" if self.step else ""
        parts = [f"**{kind}**", self.where, f"run {self.run_id}", f"{_week(self.week)}{step}"]
        parts.append(f"Athena's scans so far ${self.athena_usd:,.2f}")
        return " · ".join(part for part in parts if part)

    @property
    def notes(self) -> tuple[Note, ...]:
        """The line, production in the stronger tone, and what to do next."""
        line = Note(self.words, "warn" if self.rehearsal else "bad")
        return (line, Note(f"**Next:** {self.next_action}")) if self.next_action else (line,)


def _week(week: str) -> str:
    if week not in WEEKS:
        return "no week begun"
    title = week_of(week)["title"]
    return title if week == "rollback" else f"week {week} of 4: {title}"


@dataclass(frozen=True)
class Banner:
    """What is run, where, under which name, as whom.

    Attributes:
        head: where the run is.
        again: asks for it anew; a page that stays open rewrites the banner in place.
    """

    title: str
    goal: str
    run_id: str
    environment: str
    where: str
    rehearsal: bool
    limits: int = 0
    known: str = ""
    place: str = ""
    notes: tuple[str, ...] = ()
    head: HeadLine | None = None
    again: Callable[[], HeadLine] | None = None

    def view(self) -> View:
        """One line says where this is, production in the stronger tone; the rest is folded."""
        rows = (
            ("run", f"{self.run_id} ({self.known})" if self.known else self.run_id), ("environment", self.environment),
            ("AWS", self.place), ("record", self.where),
        )  # fmt: skip
        words = "AWS is a stand-in on this machine: times and costs say nothing about AWS."
        known = f" It differs in {plural(self.limits, 'known way')}, listed at the end of the sealed notebook."
        parts: list[Part] = [*self.head.notes] if self.head else []
        parts += [Note(note, "warn") for note in self.notes]
        parts.append(Note(self.goal))
        parts += [Note(words + known if self.limits else words)] if self.rehearsal else []
        parts.append(Folded("This run", (Table(("", ""), tuple(row for row in rows if row[1])),)))
        return View(self.title, tuple(parts))


class Silent:
    """Progress that nobody sees; ``present.Progress`` shows it."""

    def __init__(self, label: str, total: float | None = None, unit: str = "") -> None:
        self.label, self.total, self.unit = label, total, unit

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, done: float, note: str = "") -> None:
        """So many units are finished."""
