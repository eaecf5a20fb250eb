"""The experiment's registration: all that decides it, kept in the record before its first sample.

Texts, thresholds, arrivals, rounds and seeds stand in it, so that whoever runs the week needs nothing else, and nobody
can choose any of them by what was measured. Samples belong to the digest of one registration; another one begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from smartroute_runbook.canonical import digest
from smartroute_runbook.declared import read_as
from smartroute_runbook.errors import Refused, UsageError
from smartroute_runbook.quantities import plural, usd
from smartroute_runbook.runs.evidence import read_kept
from smartroute_runbook.tolerance import Tolerance
from smartroute_runbook.views import Note, Part, Table, View

from .criteria import Thresholds

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["PlannedRound", "Question", "Registration", "current", "keep", "withdraw"]

NAME = "week3.experiment.registration"
_REGISTERED, _WITHDRAWN = "experiment-registered", "experiment-withdrawn"


@dataclass(frozen=True)
class Question:
    """One text of the mix: a query of the dashboard with one set of parameters.

    Attributes:
        query: the query's name.
        control, candidate: its texts, over the same rows.
        tolerances: of columns; every other one must be exactly equal.
        week: how often it is asked in a week of today's load, all hours together.
    """

    query: str
    control: str
    candidate: str
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    week: float = 0.0


@dataclass(frozen=True)
class PlannedRound:
    """One stretch of arrivals, at its hour.

    Attributes:
        at: seconds from the registration's ``begins`` until it is due.
        hour: of the week in UTC, 0 is Monday's first.
        epochs: arrivals of each of its epochs.
    """

    at: float
    hour: int
    epochs: tuple[int, ...]


@dataclass(frozen=True)
class Registration:
    """What was fixed before the first sample.

    Attributes:
        number: 1, or one more than the one that it replaces; ``why`` it does.
        begins: the first hour (ISO, UTC).
        key: digest of the parameters and texts, by which a changed one is noticed.
        questions: the mix; arrivals name them by their place.
        judged: the queries that are judged one by one; the others have too few arrivals, and are shown.
        power: of each query: pairs planned, and pairs that the wanted power takes.
        load: where the arrivals come from, in words.
        rounds: in the order of time.
        epoch_seconds: on the clock; each epoch begins when the answers of the one before are in.
        paced: whether rounds wait for their hour; else they follow each other at once, and hours are shorter.
        arrivals: SHA-256 of the kept arrivals.
        sessions: connections a side at most.
        answer_seconds: an answer that comes later is none.
        lag_seconds: a pair is void where the generator was later than this by itself.
        result_cache: whether the candidate may answer from its result cache.
        covered: the rows that both engines read, in words.
        usd_estimate: what the control's requests of the week are billed, by the first look.
    """

    evidence_name: ClassVar[str] = "registration"
    evidence_version: ClassVar[int] = 1

    number: int
    begins: str
    why: str
    key: str
    label: str
    seed: int
    questions: tuple[Question, ...]
    judged: tuple[str, ...]
    power: Mapping[str, tuple[int, int]]
    thresholds: Thresholds
    load: str
    rounds: tuple[PlannedRound, ...]
    epoch_seconds: float
    paced: bool
    arrivals: str
    sessions: int
    answer_seconds: float
    lag_seconds: float
    result_cache: bool = False
    verdict_blocks: bool = True
    covered: str = ""
    usd_estimate: float = 0.0

    @cached_property
    def id(self) -> str:
        """Its digest: samples belong to it."""
        return digest(self)

    @property
    def pairs(self) -> int:
        """Arrivals of the whole week: each is asked of both engines."""
        return sum(sum(one.epochs) for one in self.rounds)

    @property
    def days(self) -> int:
        """Days that the rounds are spread over."""
        return len({self.day_of(number) for number in range(len(self.rounds))})

    def day_of(self, number: int) -> int:
        """The day of a round, 1 is the first; compressed weeks count the days that they stand for."""
        first = self.rounds[0].hour // 24
        return (self.rounds[number].hour // 24 - first) % 7 + 1

    def due(self, number: int, epoch: int) -> datetime:
        """When an epoch of a round is due, where rounds wait for their hour."""
        seconds = self.rounds[number].at + epoch * self.epoch_seconds
        return datetime.fromisoformat(self.begins) + timedelta(seconds=seconds)

    def view(self) -> View:
        """What was agreed, what will be asked, and what it can tell."""
        limits, rounds = self.thresholds, len(self.rounds)
        agreed = (
            ("answers", "the control's are the reference; one that differs is a veto"),
            ("p95", _within(limits.p95_seconds)),
            ("typical (median)", f"{_within(limits.expected_seconds)}; the plan expects it, against 2-5 s today"),
            ("latency against the control", f"at most {1 + limits.tolerance:.2f}x, all requests and each judged query"),
            ("failures", f"at most {limits.failures:.2%}, and no more than the control's"),
            ("cost a month", usd(limits.usd_month) if limits.usd_month else "told, no limit was stated"),
            ("confidence", f"{limits.confidence:.0%} of the whole verdict"),
            ("power", f"a slowdown of {limits.effect:.0%} is caught in {limits.power:.0%} of experiments"),
        )
        asked = tuple(
            (name, f"{planned:,}", f"{needed:,}", "yes" if name in self.judged else "shown only")
            for name, (planned, needed) in self.power.items()
        )
        bounds = (
            f"At most {plural(self.pairs, 'pair')} over {plural(self.sessions, 'connection')} a side. An "
            f"answer counts within {self.answer_seconds:g} s; a pair is void where the generator was late by more than "
            f"{self.lag_seconds:g} s. Athena's part costs about {usd(self.usd_estimate)}."
        )
        parts: list[Part] = [
            Table(("what", "agreed"), agreed, "Agreed before the first sample"),
            Table(("query", "pairs planned", "pairs for the power", "judged by itself"), asked, "What will be asked"),
            Note(f"{self.load} {bounds} Seed {self.seed}."),
        ]
        if self.covered:
            parts.append(Note(f"Both engines read {self.covered}."))
        if self.why:
            parts.append(Note(f"It replaces registration {self.number - 1}: {self.why}", "warn"))
        pace = "an hour at its hour" if self.paced else "compressed: the hours follow each other at once"
        title = (
            f"Registered: {plural(self.pairs, 'pair')} in {plural(rounds, 'round')} over "
            f"{plural(self.days, 'day')}, {pace}"
        )
        return View(title, tuple(parts), "good")


def _within(seconds: float | None) -> str:
    return "told, no limit" if seconds is None else f"at most {seconds:g} s"


def current(run: Run) -> Registration | None:
    """The registration that holds now; None where there is none, or it was withdrawn.

    Raises:
        VerificationFailed: what was kept is gone or was changed.
    """
    entries = [e for e in run.journal.entries() if e.kind in (_REGISTERED, _WITHDRAWN)]
    if not entries or entries[-1].kind == _WITHDRAWN:
        return None
    file = str(entries[-1].body["file"])
    return read_as(Registration, read_kept(run.store, run.journal, run.id, file), NAME)


def keep(run: Run, made: Registration) -> None:
    """Keep a registration: from now on it holds.

    Raises:
        Refused: another one holds, or the run is only read.
    """
    if run.reading:
        raise Refused(run.reading, hint="Nothing is registered from here")
    if current(run) is not None:
        raise Refused("An experiment is registered", hint="Withdraw it first, with the reason")
    kept = run.evidence(NAME, made)
    file = kept.file.removeprefix(f"{run.id}/")
    run.record(_REGISTERED, {"number": made.number, "digest": kept.digest, "file": file, "why": made.why})


def withdraw(run: Run, why: str) -> int:
    """End the registration that holds; its samples stay, and count for nothing else. Its number.

    Raises:
        UsageError: there is none, or no reason is given.
    """
    held = current(run)
    if held is None:
        raise UsageError("No experiment is registered", hint="The notebook of week 3 registers it")
    if not why.strip():
        raise UsageError("Why is the registration withdrawn?", expected="a reason, which is kept")
    run.record(_WITHDRAWN, {"number": held.number, "why": why.strip()})
    return held.number


def withdrawn(run: Run) -> tuple[int, str]:
    """The number and the reason of the registration that was withdrawn last; 0 and nothing where none was."""
    last = [entry.body for entry in run.journal.of(_WITHDRAWN)][-1:]
    return (int(last[0]["number"]), str(last[0]["why"])) if last else (0, "")
