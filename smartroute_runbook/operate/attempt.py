"""One attempt to point the dashboard at an engine: its requests are kept as they are made, so that a kill loses few."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from smartroute_runbook.api.routing import CANDIDATE, CONTROL, Route
from smartroute_runbook.canonical import canonical
from smartroute_runbook.errors import LeaseHeld, RunbookError
from smartroute_runbook.runs.lease import hold
from smartroute_runbook.runs.switching import Attempt, attempts, counted, folder_of, requests_of

from .dashboard import Answer, engine_parameter

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["AttemptLog", "Taken", "end_killed", "note_interrupted"]


@dataclass(frozen=True)
class Taken:
    """One request of an attempt.

    Attributes:
        at: when it was asked (seconds, monotonic); ``wall`` is the same moment in UTC.
        asked: the engine that was asked for; '' as users ask.
        wrong: how the candidate's answer differs from the control's; '' for not at all, or not compared.
    """

    at: float
    answer: Answer
    asked: str = ""
    wrong: str = ""
    wall: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))

    @property
    def row(self) -> list[Any]:
        """As it is kept."""
        a = self.answer
        return [self.wall, a.query, self.asked, a.engine, round(a.milliseconds, 1), a.error, a.fallback, self.wrong]


class AttemptLog:
    """The journal's and the store's part of an attempt.

    Args:
        run: whose journal and store.
        to: the engine.
        share: percent of the requests it shall get.
        before: the route that was set.
        forgiving: going back does not stop because it cannot be recorded; ``unrecorded`` then says what could not.
    """

    def __init__(self, run: Run, to: str, share: int, before: str, *, forgiving: bool = False) -> None:
        self._run, self.forgiving = run, forgiving
        self.id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}"
        self._begun = {"attempt": self.id, "to": to, "share": share, "before": before}
        self._started = time.monotonic()
        self._chunks = 0
        self._rows: list[list[Any]] = []
        self.unrecorded: list[str] = []

    def begin(self) -> None:
        """Note that it begins: what was begun stays known whatever follows."""
        self._started = time.monotonic()
        self._write(lambda: self._run.journal.append("switching", self._begun))

    def keep(self, taken: Sequence[Taken]) -> None:
        """Keep requests, durably."""
        rows = [one.row for one in taken]
        if not rows:
            return
        self._rows += rows
        self._chunks += 1
        key = f"{folder_of(self._run.id, self.id)}{self._chunks:06d}.json"
        self._write(lambda: self._run.store.put_new(key, canonical(rows)))

    def end(
        self, kind: Literal["switched", "switch-failed"], left: str, seconds: float | None = None, **more: Any
    ) -> dict[str, Any]:
        """Note how it ended, with all its requests counted; returns what was noted.

        Args:
            kind: of the entry.
            left: the parameter's value.
            seconds: until every query was answered by the engine; by default since the beginning.
            more: further facts, such as ``why`` and ``begun``.
        """
        took = time.monotonic() - self._started if seconds is None else seconds
        facts = {**self._begun, "left": left, "seconds": round(took, 3), **counted(self._rows), **more}
        self._write(lambda: self._run.journal.append(kind, facts))
        return facts

    def _write(self, write: Any) -> None:
        try:
            write()
        except (RunbookError, OSError) as error:
            if not self.forgiving:
                raise
            self.unrecorded.append(str(error))


def note_interrupted(run: Run, *, sure: bool) -> tuple[Attempt, ...]:
    """Note what is known of attempts that were killed, and send back whom one of them left on the candidate.

    Also after its last write: it had not seen what users get, and what allowed it may not hold any more.

    Args:
        run: the run.
        sure: nobody else is at work on this run (its lease is held, or free); else an attempt that kept a request
            within the last ``dashboard.trial_seconds`` is taken to be alive.
    """
    dead = [one for one in attempts(run.journal.entries()).switches if one.outcome == "no end"]
    noted = []
    for one in dead:
        rows = requests_of(run.store, run.id, one.id)
        last = datetime.fromisoformat(rows[-1][0] if rows else one.at)
        if not sure and (datetime.now(UTC) - last).total_seconds() < run.settings.dashboard.trial_seconds:
            continue
        parameter = engine_parameter(run)
        left, version = parameter.versioned()
        moved = one.to.startswith(CANDIDATE) and left.engine == CANDIDATE
        if moved or left.until is not None:
            version = parameter.write(left := Route(CONTROL))
        elif left == Route(CONTROL):
            version = 0  # who set it is not known: somebody may have gone back since
        began = datetime.fromisoformat(one.at)
        body = {"attempt": one.id, "to": one.to, "left": str(left), "version": version, **counted(rows)}
        body |= {"seconds": round((last - began).total_seconds(), 3), "why": "it was killed, or its machine was"}
        run.journal.append("switch-interrupted", body)
        noted.append(one)
    return tuple(noted)


def end_killed(run: Run) -> None:
    """Note attempts that were killed before anything is measured or signed again; one that may be alive is left."""
    if any(one.outcome == "no end" for one in run.switches().switches):
        note_interrupted(run, sure=_nobody_at_work(run))


def _nobody_at_work(run: Run) -> bool:
    """Whether an attempt without an end is dead: its process held the run's lease, and nobody does any more."""
    try:
        with hold(run.store, f"{run.id}/lease", "going back"):
            return True
    except LeaseHeld:
        return False
