"""The value of the dashboard's engine parameter: which engine answers, for which share of requests, and until when.

====================================  ==================================================================
``athena``                            every request is asked of Athena
``redshift``                          every request is asked of Redshift
``redshift:10``                       10% of the requests; the others are asked of Athena
``redshift:10@2026-11-28T12:00:00Z``  the same as a trial: it ends by itself at this moment (UTC), and a
                                      request that Redshift does not answer meanwhile is asked of Athena
====================================  ==================================================================

A trial is what makes a cut-over that was killed harmless: nobody has to come back for the dashboard to go back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

__all__ = ["CANDIDATE", "CONTROL", "EngineName", "Route"]

EngineName = Literal["athena", "redshift"]
CONTROL: EngineName = "athena"
CANDIDATE: EngineName = "redshift"

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_FORM = re.compile(r"(athena|redshift)(?::(\d{1,3}))?(?:@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ))?", re.ASCII)


@dataclass(frozen=True)
class Route:
    """Where the dashboard's requests go.

    Attributes:
        engine: the engine that is named.
        share: percent of the requests that it answers, 0 to 100; always 100 for the control.
        until: when a trial of the candidate ends (UTC, whole seconds); None: it does not end by itself.
    """

    engine: EngineName
    share: int = 100
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what has no form."""
        if not 0 <= self.share <= 100:
            raise ValueError(f"a share of {self.share}%, expected 0 to 100")
        if self.engine == CONTROL and (self.share != 100 or self.until):
            raise ValueError(f"{CONTROL} with a share or an end, expected {CONTROL} alone")
        if self.until is not None and (self.until.tzinfo is None or self.until.microsecond):
            raise ValueError(f"a trial until {self.until}, expected whole seconds with a time zone")

    def __str__(self) -> str:
        """The parameter's value."""
        share = f":{self.share}" if self.share != 100 else ""
        until = f"@{self.until.astimezone(UTC).strftime(_MOMENT)}" if self.until else ""
        return f"{self.engine}{share}{until}"

    @classmethod
    def parse(cls, value: str) -> Route:
        """Read a parameter's value.

        Raises:
            ValueError: it is none; says what was expected.
        """
        found = _FORM.fullmatch(value.strip())
        if found is None:
            raise ValueError(f"'{value}', expected athena or redshift, also redshift:SHARE or redshift:SHARE@UNTIL")
        engine, share, until = found.groups()
        moment = datetime.strptime(until, _MOMENT).replace(tzinfo=UTC) if until else None
        return cls(CANDIDATE if engine == CANDIDATE else CONTROL, 100 if share is None else int(share), moment)

    def over(self, now: datetime) -> bool:
        """Whether this was a trial that has ended."""
        return self.until is not None and now >= self.until

    def pick(self, draw: float, now: datetime) -> EngineName:
        """The engine of one request.

        Args:
            draw: a random number from 0 (included) to 1 (excluded), one a request.
            now: with a time zone.
        """
        if self.engine == CONTROL or self.over(now):
            return CONTROL
        return CANDIDATE if draw * 100 < self.share else CONTROL
