"""What the journal says of the dashboard's switches: every attempt, also those that failed or never ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from smartroute_runbook.views import Note, Table, Tone, View

from .journal import Entry

__all__ = ["ENDS", "Attempt", "Outcome", "Switches", "attempts", "serving"]

Outcome = Literal["switched", "went back", "not begun", "interrupted", "no end"]

#: Kinds of entries that end an attempt. ``switched``: it did what was asked. ``switch-failed``: it did not, and says
#: where the dashboard was left. ``switch-interrupted``: written by a later command about one that was killed.
ENDS = ("switched", "switch-failed", "switch-interrupted")
_TONES: Mapping[Outcome, Tone] = {"switched": "good", "no end": "bad", "interrupted": "bad", "went back": "bad"}


@dataclass(frozen=True)
class Attempt:
    """One attempt to point the dashboard at an engine.

    Attributes:
        at: when it began (ISO, UTC).
        to: the engine that it was for, with its share of the requests where that is not all of them.
        seconds: until every query was answered by it, or until the attempt was given up.
        requests: that were asked meanwhile; ``failed`` of them had no answer, ``wrong`` another than the control's.
        outcome: how it ended; ``no end``: the process that began it was killed, or is still at work.
        left: the parameter's value when it ended.
        why: the first thing that went wrong; '' for nothing.
        ended: when it ended (ISO, UTC); '' for no end.
    """

    at: str
    to: str
    seconds: float
    requests: int
    failed: int
    wrong: int
    outcome: Outcome
    left: str
    why: str = ""
    id: str = ""
    ended: str = ""

    @property
    def row(self) -> tuple[str | float, ...]:
        """As a row of a table."""
        return self.at, self.to, self.outcome, self.seconds, self.requests, self.failed, self.wrong, self.left, self.why


@dataclass(frozen=True)
class Switches:
    """Every attempt of a run, oldest first."""

    evidence_name: ClassVar[str] = "switches"
    evidence_version: ClassVar[int] = 2

    switches: tuple[Attempt, ...]

    def view(self) -> View:
        """One row an attempt."""
        names = ("at", "to", "outcome", "seconds", "requests", "failed", "wrong", "left at", "why")
        tones = tuple(_TONES.get(one.outcome, "plain") for one in self.switches)
        parts: list[Any] = [Table(names, tuple(one.row for one in self.switches), tones=tones)]
        if any(one.outcome == "no end" for one in self.switches):
            said = (
                "An attempt without an end is still at work, or was killed: the next command notes what is known of it."
            )
            parts.append(Note(said, "bad"))
        return View("Switches of the dashboard", tuple(parts))


def attempts(entries: Iterable[Entry]) -> Switches:
    """The attempts that a journal holds."""
    found: dict[str, Attempt] = {}
    for entry in entries:
        body = entry.body
        if entry.kind == "switching":
            key = str(body.get("attempt") or entry.n)
            found[key] = Attempt(entry.at, _to(body), 0.0, 0, 0, 0, "no end", "?", id=key)
        elif entry.kind in ENDS:
            key = str(body.get("attempt") or next(reversed(found), entry.n))
            began = found.get(key)
            found[key] = _ended(entry, began.at if began else entry.at, began.to if began else _to(body), key)
    return Switches(tuple(found.values()))


def _ended(entry: Entry, at: str, to: str, key: str) -> Attempt:
    body = entry.body
    outcome: Outcome = "switched"
    if entry.kind == "switch-interrupted":
        outcome = "interrupted"
    elif entry.kind == "switch-failed":
        outcome = "went back" if body.get("begun", True) else "not begun"
    return Attempt(
        at,
        to,
        float(body.get("seconds", 0)),
        int(body.get("requests", 0)),
        int(body.get("failed_requests", 0)),
        int(body.get("wrong_answers", 0)),
        outcome,
        str(body.get("left", body.get("to", "?"))),
        str(body.get("why", "")),
        key,
        entry.at,
    )


def _to(body: Mapping[str, Any]) -> str:
    share = body.get("share", 100)
    return str(body.get("to", "?")) + (f" ({share} %)" if share != 100 else "")


def serving(entries: Iterable[Entry]) -> Entry | None:
    """The last entry that tells which engine the dashboard was left with; None when it was never switched."""
    ended = [entry for entry in entries if entry.kind in ENDS]
    return ended[-1] if ended else None
