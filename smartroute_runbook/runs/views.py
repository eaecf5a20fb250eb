"""What a run shows of itself: its banner, a step that was done, the switches; and progress that nobody sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smartroute_runbook.views import Note, Table, View

from .steps import Outcome

__all__ = ["Banner", "Done", "Finished", "Silent"]


@dataclass(frozen=True)
class Done:
    """A step that was applied, and what was read afterwards."""

    outcome: Outcome
    verified: Any
    unrecorded: tuple[str, ...] = ()

    def view(self) -> View:
        """Outcome first, then what was verified."""
        outcome, verified = self.outcome.view(), self.verified.view()
        parts = (*outcome.parts, Note(f"**Verified.** {verified.title}"), *verified.parts)
        missing = tuple(Note(f"**Not recorded:** {what}", "bad") for what in self.unrecorded)
        return View(outcome.title, (*missing, *parts), verified.tone if verified.tone != "plain" else outcome.tone)


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
class Banner:
    """What is run, where, under which name, as whom."""

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

    def view(self) -> View:
        """One table; where this is, is said first, and production in the stronger tone."""
        rows = (
            ("run", f"{self.run_id} ({self.known})" if self.known else self.run_id), ("environment", self.environment),
            ("AWS", self.place), ("record", self.where),
        )  # fmt: skip
        said = "**REHEARSAL.** AWS is a stand-in on this machine: times and costs say nothing about AWS."
        known = f" It differs in {self.limits} known ways, listed at the end of the sealed notebook."
        real = f"**{self.environment.upper()}.** This is AWS: {self.place or 'the account is not known'}."
        first = Note(said + known if self.limits else said, "warn") if self.rehearsal else Note(real, "bad")
        notes = (Note(note, "warn") for note in self.notes)
        return View(self.title, (first, *notes, Note(self.goal), Table(("", ""), tuple(r for r in rows if r[1]))))


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
