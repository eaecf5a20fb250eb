"""What the watch saw, round by round: each is kept as soon as it was taken, and none is ever changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from smartroute_runbook.api.routing import CANDIDATE, Route
from smartroute_runbook.canonical import canonical

from .rules import Round, Seen

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Asked", "Coverage", "Sample", "blind_since", "coverage", "keep", "read"]

_READERS = 16  # a watch of 48 hours has thousands of samples, and S3 answers one at a time
_GAP = 2.5  # rounds without a sample: longer is a gap


@dataclass(frozen=True)
class Asked:
    """One request of a round, as it is kept; ``wrong`` is None where the answers were not compared."""

    query: str
    engine: str
    milliseconds: float
    error: str = ""
    fallback: str = ""
    wrong: str | None = None


@dataclass(frozen=True)
class Sample:
    """One round.

    Attributes:
        at: when it began (ISO, UTC); ``seconds`` is what it took, ``every`` the time from one round to the next.
        route: the parameter's value.
        behind_seconds: see ``rules.Round``; None: not known.
        alarms: those in ALARM; None: not known.
        notes: what could not be looked at, and why.
    """

    at: str
    seconds: float
    every: float
    route: str
    asked: tuple[Asked, ...]
    behind_seconds: float | None = None
    alarms: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    @property
    def begin(self) -> datetime:
        """When it began."""
        return datetime.fromisoformat(self.at)

    def round(self, deadline: float) -> Round:
        """For the rules: what the candidate did not answer within the deadline (seconds) it did not answer."""
        return Round(tuple(_seen(one, deadline) for one in self.asked), self.behind_seconds, self.alarms)

    @property
    def blind(self) -> bool:
        """Whether something that the rules judge by could not be read, or users were elsewhere: it covers no time."""
        return self.route != str(Route(CANDIDATE)) or self.behind_seconds is None or self.alarms is None


def _seen(one: Asked, deadline: float) -> Seen:
    late = f"answered after {one.milliseconds / 1000:.1f} s" if one.milliseconds > deadline * 1000 else ""
    return Seen(one.query, one.milliseconds, one.error or one.fallback or late, one.wrong)


def keep(run: Run, sample: Sample) -> None:
    """Keep a sample under the moment at which it began."""
    run.store.put_new(f"{_folder(run)}{sample.begin:%Y%m%dT%H%M%S%f}.json", canonical(sample))


def read(run: Run, since: datetime) -> list[Sample]:
    """The samples that began at this moment or later, oldest first."""
    name = f"{since.astimezone(UTC):%Y%m%dT%H%M%S%f}.json"
    keys = sorted(key for key in run.store.keys(_folder(run)) if key.rpartition("/")[2] >= name)
    with ThreadPoolExecutor(_READERS, "samples") as pool:
        return [found for data in pool.map(run.store.get, keys) if (found := _sample(data)) is not None]


def _sample(data: bytes) -> Sample | None:
    """A kept sample; None for one of another form."""
    try:
        fields: dict[str, Any] = json.loads(data)
        asked = tuple(Asked(**one) for one in fields.pop("asked"))
        lists = {name: tuple(fields[name]) for name in ("alarms", "notes") if fields.get(name) is not None}
        return Sample(**{**fields, **lists, "asked": asked})
    except (ValueError, KeyError, TypeError):
        return None


def _folder(run: Run) -> str:
    return f"{run.id}/watch/"


@dataclass(frozen=True)
class Coverage:
    """How much of the time was watched.

    Attributes:
        seconds: watched.
        gaps: from and to (ISO, UTC) where more than two rounds are missing, or rounds could not be judged.
    """

    seconds: float
    gaps: tuple[tuple[str, str], ...]


def coverage(samples: Sequence[Sample]) -> Coverage:
    """The time that samples cover: a round until the next one, where that follows in its time and could be judged."""
    seconds, gaps = 0.0, list[tuple[str, str]]()
    for this, following in zip_longest(samples, samples[1:]):
        own = 0.0 if this.blind else this.seconds
        if following is None:
            seconds += own
            continue
        until_next = (following.begin - this.begin).total_seconds()
        if this.blind or until_next > _GAP * this.every + this.seconds:
            seconds += own
            since = gaps.pop()[0] if this.blind and gaps and gaps[-1][1] == this.at else this.at
            gaps.append((since, following.at))
        else:
            seconds += max(0.0, until_next)
    return Coverage(seconds, tuple(gaps))


def blind_since(samples: Sequence[Sample]) -> Sample | None:
    """The first of the rounds at the end that could not be judged; None where the last one could be."""
    first = None
    for one in reversed(samples):
        if not one.blind:
            break
        first = one
    return first
