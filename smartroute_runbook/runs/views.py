"""What a run shows of itself: its banner, a step that was done, the switches; and progress that nobody sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smartroute_runbook.views import Note, Table, View

from .steps import Outcome

__all__ = ["Banner", "Done", "Silent"]


@dataclass(frozen=True)
class Done:
    """A step that was applied, and what was read afterwards."""

    outcome: Outcome
    verified: Any

    def view(self) -> View:
        """Outcome first, then what was verified."""
        outcome, verified = self.outcome.view(), self.verified.view()
        parts = (*outcome.parts, Note(f"**Verified.** {verified.title}"), *verified.parts)
        return View(outcome.title, parts, verified.tone if verified.tone != "plain" else outcome.tone)


@dataclass(frozen=True)
class Banner:
    """What is run, where, under which name."""

    title: str
    goal: str
    run_id: str
    environment: str
    where: str
    rehearsal: bool
    limits: int = 0

    def view(self) -> View:
        """One table; a rehearsal says so first."""
        rows = (("run", self.run_id), ("environment", self.environment), ("record", self.where))
        said = "**REHEARSAL.** AWS is a stand-in on this machine: times and costs say nothing about AWS."
        known = f" It differs in {self.limits} known ways, listed at the end of the sealed notebook."
        parts: list[Any] = [Note(said + known if self.limits else said, "warn")] if self.rehearsal else []
        return View(self.title, (*parts, Note(self.goal), Table(("", ""), rows)))


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
