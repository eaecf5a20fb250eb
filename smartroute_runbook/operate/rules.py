"""When is a dashboard on Redshift to go back? Rules over samples, with hysteresis; pure: no clock, no AWS.

A rule looks at one bad or good observation a round. It trips when enough of the last rounds were bad, so that one lost
packet moves nobody, and is calm again only after many good ones in a row, so that a fault that comes and goes is one
fault. How long each takes to trip is stated: ``Limits.seconds_to_trip``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from smartroute_runbook.quantities import plural

__all__ = ["Finding", "Judge", "Limits", "Round", "RuleName", "Seen", "Trip", "Window"]

RuleName = Literal["failing query", "outage", "failures", "slow query", "wrong answer", "stale data", "alarm"]


@dataclass(frozen=True)
class Seen:
    """One query in one round.

    Attributes:
        milliseconds: on the client's side.
        failed: why there was no answer by the candidate in time; '' for an answer.
        wrong: how it differs from the control's; '' for not at all; None: not compared in this round.
    """

    query: str
    milliseconds: float
    failed: str = ""
    wrong: str | None = None


@dataclass(frozen=True)
class Round:
    """All that is looked at in one round.

    Attributes:
        behind_seconds: how far the tables may be behind the lake; None: not read in this round.
        alarms: names of those in ALARM that speak of the candidate; None: not read in this round.
    """

    seen: tuple[Seen, ...]
    behind_seconds: float | None = None
    alarms: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Window:
    """Trips at ``bad`` bad rounds of the last ``of``."""

    bad: int
    of: int


@dataclass(frozen=True)
class Limits:
    """What is bad, and how often it must be.

    Where requests fail once in 200 for reasons of their own, each by itself, 48 hours of six queries trip
    ``failing query`` once in some nine thousand times: 34,560 windows, each with a chance of 5 * 0.005 ** 4.

    Attributes:
        slow_milliseconds: a request that takes longer is slow.
        behind_seconds: tables farther behind the lake are stale.
        failing, slow, wrong, stale, alarm: windows of one query, table set or alarm.
        outage: rounds in which at least half of the queries failed, and more than one.
        failures: requests of all queries: a share above ``failures_share`` of the last ``failures_of``.
        calm: good rounds in a row until a rule that tripped is calm again.
    """

    slow_milliseconds: float = 1000.0
    behind_seconds: float = 7200.0
    failing: Window = Window(4, 5)
    outage: Window = Window(2, 2)
    slow: Window = Window(8, 10)
    wrong: Window = Window(2, 2)
    stale: Window = Window(2, 2)
    alarm: Window = Window(2, 2)
    failures_share: float = 0.05
    failures_of: int = 600
    calm: int = 10

    def seconds_to_trip(self, every: float, compare_every: float) -> Mapping[RuleName, float]:
        """Seconds from the first bad observation until a rule trips, by rounds of ``every`` seconds.

        A wrong answer is compared again in the next round. What comes before the first observation is up to one round,
        or up to ``compare_every`` for a wrong answer.
        """
        return {
            "failing query": self.failing.bad * every,
            "outage": self.outage.bad * every,
            "slow query": self.slow.bad * every,
            "wrong answer": compare_every + self.wrong.bad * every,
            "stale data": self.stale.bad * every,
            "alarm": self.alarm.bad * every,
        }


@dataclass(frozen=True)
class Finding:
    """A rule that has tripped: over what (a query, an alarm, or nothing), and what was seen last."""

    rule: RuleName
    subject: str
    why: str

    def __str__(self) -> str:
        """In words."""
        return f"{self.rule}{' ' + self.subject if self.subject else ''}: {self.why}"


class Trip:
    """Counts bad rounds of one thing; trips, and is calm again, see ``Limits``."""

    def __init__(self, window: Window, calm: int) -> None:
        self._window, self._calm = window, calm
        self._last: deque[bool] = deque(maxlen=window.of)
        self._good = 0
        self.tripped = False

    def push(self, bad: bool) -> bool:
        """One more round; whether it is tripped now."""
        self._last.append(bad)
        self._good = 0 if bad else self._good + 1
        if sum(self._last) >= self._window.bad:
            self.tripped = True
        elif self.tripped and self._good >= self._calm:
            self.tripped = False
        return self.tripped


@dataclass
class Judge:
    """Reads rounds in order, and says after each what has tripped."""

    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Nothing was seen yet."""
        self._trips: dict[tuple[RuleName, str], Trip] = {}
        self._why: dict[tuple[RuleName, str], str] = {}
        self._requests: deque[bool] = deque(maxlen=self.limits.failures_of)
        self._failed = 0

    def read(self, one: Round) -> tuple[Finding, ...]:
        """The rules that are tripped after this round."""
        for rule, subject, window, bad, why in self._observations(one):
            key = (rule, subject)
            trip = self._trips.setdefault(key, Trip(window, self.limits.calm))
            if bad:
                self._why[key] = why
            trip.push(bad)
        return tuple(Finding(*key, self._why[key]) for key, trip in self._trips.items() if trip.tripped)

    def _observations(self, one: Round) -> Iterator[tuple[RuleName, str, Window, bool, str]]:
        limits = self.limits
        for seen in one.seen:
            yield "failing query", seen.query, limits.failing, bool(seen.failed), seen.failed
            if not seen.failed:
                slow = seen.milliseconds > limits.slow_milliseconds
                yield "slow query", seen.query, limits.slow, slow, f"{seen.milliseconds:,.0f} ms"
            if seen.wrong is not None:
                yield "wrong answer", seen.query, limits.wrong, bool(seen.wrong), seen.wrong
        failed = sum(bool(seen.failed) for seen in one.seen)
        if one.seen:
            first = next((seen.failed for seen in one.seen if seen.failed), "")
            half = failed > 1 and 2 * failed >= len(one.seen)
            yield "outage", "", limits.outage, half, f"{failed} of {plural(len(one.seen), 'query')} failed: {first}"
            share = self._share(one)
            whole = len(self._requests) == limits.failures_of
            bad = whole and share > limits.failures_share
            yield (
                "failures",
                "",
                Window(1, 1),
                bad,
                f"{share:.1%} of the last {plural(limits.failures_of, 'request')} failed",
            )
        if one.behind_seconds is not None:
            stale = one.behind_seconds > limits.behind_seconds
            yield (
                "stale data",
                "",
                limits.stale,
                stale,
                f"{plural(round(one.behind_seconds / 60), 'minute')} behind the lake",
            )
        if one.alarms is not None:
            known = {subject for rule, subject in self._trips if rule == "alarm"}
            for name in sorted(known | set(one.alarms)):
                yield "alarm", name, limits.alarm, name in one.alarms, "in ALARM"

    def _share(self, one: Round) -> float:
        for seen in one.seen:
            if len(self._requests) == self.limits.failures_of:
                self._failed -= self._requests[0]
            self._requests.append(bool(seen.failed))
            self._failed += bool(seen.failed)
        return self._failed / len(self._requests)
