"""What the journal says of the dashboard's switches: every attempt, also those that failed or never ended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Literal

from smartroute_runbook.canonical import VOLATILE
from smartroute_runbook.quantities import duration, plural
from smartroute_runbook.views import Note, Table, Tone, View

from .journal import Entry
from .plan import gate_items
from .store import Store

__all__ = [
    "COLUMNS", "ENDS", "Attempt", "Outcome", "Switches", "attempts", "counted", "folder_of", "gone_back", "requests_of",
    "unsettled",
    "with_requests",
]  # fmt: skip

_SHOWN = 20  # kinds of failures that are kept in the journal; the requests themselves are in the store

Outcome = Literal["switched", "went back", "not begun", "interrupted", "no end"]

#: Kinds of entries that end an attempt. ``switched``: it did what was asked. ``switch-failed``: it did not, and says
#: where the dashboard was left. ``switch-interrupted``: written by a later command about one that was killed.
ENDS = ("switched", "switch-failed", "switch-interrupted")
COLUMNS = 8
"""Of a kept request: moment, query, engine asked, engine that answered, milliseconds, error, fallback, wrong."""
_USERS = ("requests", "failed", "answered by the control instead")
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
        users: of the requests that were asked as users ask: how many, failed, answered by the control instead.
        entry: of the journal, with which it ended; 0 for no end.
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
    users: tuple[int, int, int] = (0, 0, 0)
    entry: int = field(default=0, compare=False, metadata=VOLATILE)

    @property
    def row(self) -> tuple[str | float, ...]:
        """As a row of a table."""
        asked = (self.requests, self.failed, self.wrong, self.users_met)
        return self.at, self.to, self.outcome, self.seconds, *asked, self.left_at, self.why

    @property
    def left_at(self) -> str:
        """Where the parameter was left, in words: ``redshift:1@2026-11-30T21:36:02Z`` is a trial of 1%."""
        engine, _, trial = self.left.partition(":")
        share, _, until = trial.partition("@")
        ends = f", until {until.replace('T', ' ').removesuffix('Z')} UTC" if until else ""
        return f"{engine} ({share}%{ends})" if share else self.left

    @property
    def users_met(self) -> str:
        """What users met, in words."""
        requests, failed, instead = self.users
        by_control = f", {instead} answered by athena instead" if instead else ""
        return f"{failed} of {requests} failed{by_control}" if requests else "nobody asked"


@dataclass(frozen=True)
class Switches:
    """Every attempt of a run, oldest first."""

    evidence_name: ClassVar[str] = "switches"
    evidence_version: ClassVar[int] = 3

    switches: tuple[Attempt, ...]

    @property
    def says(self) -> Mapping[str, str]:
        """What was measured for the points of the last gate that it stands for."""
        back = [one for one in self.switches if one.to == "athena" and one.outcome == "switched"]
        if not back:
            return {}
        timed, _, _, stays = gate_items("week4.switched")
        last, answered = back[-1], back[-1].requests - back[-1].failed
        words = (
            f"back on Athena in {duration(last.seconds)}: {last.failed:,} of {plural(last.requests, 'request')} failed"
        )
        return {
            timed: words,
            stays: f"Athena answered {answered:,} of {plural(last.requests, 'request')} when it went back",
        }

    @property
    def _seen(self) -> str:
        if not self.switches:
            return "The dashboard has not been switched"
        failed, asked = (sum(getattr(one, name) for one in self.switches) for name in ("failed", "requests"))
        times = plural(len(self.switches), "time")
        return f"The dashboard was switched {times}: {failed:,} of {plural(asked, 'request')} failed"

    def view(self) -> View:
        """One row an attempt."""
        names: tuple[str, ...] = (
            "at",
            "to",
            "outcome",
            "seconds",
            "requests",
            "failed",
            "wrong",
            "users",
            "left at",
            "why",
        )
        tones = tuple(_TONES.get(one.outcome, "plain") for one in self.switches)
        rows: list[tuple[object, ...]] = [(_moment(one.at), *one.row[1:]) for one in self.switches]
        if not any(one.why for one in self.switches):
            names, rows = names[:-1], [row[:-1] for row in rows]
        parts: list[Any] = [Table(names, tuple(rows), tones=tones)]
        if any(one.outcome == "no end" for one in self.switches):
            words = (
                "An attempt without an end is still at work, or was killed: the next command notes what is known of it."
            )
            parts.append(Note(words, "bad"))
        return View(self._seen, tuple(parts))


def _moment(at: str) -> datetime | str:
    """A moment of the journal, to be shown as every other."""
    try:
        return datetime.fromisoformat(at)
    except ValueError:
        return at


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
        _users(body.get("users")),
        entry.n,
    )


def _users(counts: Any) -> tuple[int, int, int]:
    known = counts if isinstance(counts, Mapping) else {}
    requests, failed, instead = (int(known.get(key, 0)) for key in _USERS)
    return requests, failed, instead


def _to(body: Mapping[str, Any]) -> str:
    share = body.get("share", 100)
    return str(body.get("to", "?")) + (f" ({share}%)" if share != 100 else "")


def gone_back(entries: Iterable[Entry]) -> Attempt | None:
    """The attempt by which the dashboard left Redshift after a cut-over; None where it reads Redshift, or never did."""
    on, back = False, None
    for one in attempts(entries).switches:
        if one.outcome in ("switched", "interrupted") and one.left == "redshift":
            on, back = True, None
        elif on and one.left == "athena":
            on, back = False, one
    return back


def unsettled(entries: Iterable[Entry]) -> str:
    """Why the dashboard does not stay on Redshift: it went back, or a rule of the watch tripped; '' for neither.

    What was signed before says nothing of it: another cut-over does.
    """
    known = list(entries)
    if back := gone_back(known):
        return f"the dashboard went back to Athena ({(back.ended or back.at)[:16]} UTC)"
    tripped = ""
    for entry in known:
        if entry.kind == "watch-tripped":
            tripped = f"a rule of the watch tripped since the cut-over (journal {entry.n})"
        elif (
            entry.kind in ("switched", "switch-interrupted")
            and entry.body.get("left", entry.body.get("to")) == "redshift"
        ):
            tripped = ""
    return tripped


def folder_of(run_id: str, attempt: str) -> str:
    """Where the requests of an attempt are kept."""
    return f"{run_id}/switches/{attempt}/"


def requests_of(store: Store, run_id: str, attempt: str) -> list[list[Any]]:
    """The requests of an attempt as they were kept, oldest first; what a kill cut short is left out."""
    rows: list[list[Any]] = []
    for key in sorted(store.keys(folder_of(run_id, attempt))):
        with suppress(ValueError, KeyError):
            rows += [row for row in json.loads(store.get(key)) if isinstance(row, list) and len(row) == COLUMNS]
    return rows


def with_requests(attempt: Attempt, rows: Sequence[Sequence[Any]]) -> Attempt:
    """An attempt that has no end, with what its requests say: how long it took so far, and what failed."""
    if not rows:
        return attempt
    body = counted(rows)
    last = datetime.fromisoformat(str(rows[-1][0])) - datetime.fromisoformat(attempt.at)
    return replace(
        attempt,
        seconds=round(last.total_seconds(), 3),
        requests=body["requests"],
        failed=body["failed_requests"],
        wrong=body["wrong_answers"],
        users=_users(body["users"]),
    )


def counted(rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Requests, failures and wrong answers of kept rows; each kind of trouble with how often it was."""
    kept = list(rows)
    troubles = Counter(f"{row[1]} ({row[3]}): {row[5] or row[6] or row[7]}" for row in kept if any(row[5:8]))
    users = [row for row in kept if not row[2]]
    met = (len(users), sum(bool(row[5]) for row in users), sum(bool(row[6]) for row in users))
    return {
        "requests": len(kept),
        "failed_requests": sum(bool(row[5]) for row in kept),
        "wrong_answers": sum(bool(row[7]) for row in kept),
        "users": dict(zip(_USERS, met, strict=True)),
        "troubles": [{"what": what, "times": times} for what, times in troubles.most_common(_SHOWN)],
    }
