"""One line of the verdict: what was agreed, what was measured, and whether it is met, missed, or cannot be told yet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from smartroute_runbook.views import Table, Tone

__all__ = ["Criterion", "Outcome", "Thresholds", "criteria_table", "milliseconds", "spanned"]

Outcome = Literal["met", "missed", "open", "told"]
_LONG = 0.1  # seconds; shorter times are told in milliseconds
_TONES: dict[Outcome, Tone] = {"met": "good", "missed": "bad", "open": "warn", "told": "plain"}


@dataclass(frozen=True)
class Thresholds:
    """What counts, agreed on before the first sample.

    Attributes:
        p95_seconds: what the candidate's 95th percentile may take; the plan wants 1. None holds nothing against it.
        expected_seconds: what half of its answers take at most; the plan expects 0.5. A miss takes a reason.
        failures: the share of requests that may fail.
        usd_month: what the candidate may cost a month; None where nobody has said. A miss takes a reason.
        tolerance: how much slower is still the same, as a share.
        effect, power: a slowdown by this share is caught with this chance.
        confidence: of the whole verdict, shared by all that is tested against the control.
    """

    p95_seconds: float | None = 1.0
    expected_seconds: float | None = 0.5
    failures: float = 0.01
    usd_month: float | None = None
    tolerance: float = 0.1
    effect: float = 0.2
    power: float = 0.95
    confidence: float = 0.95

    @property
    def edge(self) -> float:
        """The tolerance as a logarithm."""
        return math.log1p(self.tolerance)


@dataclass(frozen=True)
class Criterion:
    """One line.

    Attributes:
        name: what it is about.
        outcome: ``met`` and ``missed`` only where the whole interval says so; ``told`` is for information.
        control, candidate: what was measured, in words.
        limit: what was agreed, in words.
        advisory: a miss takes a written reason, and stops nobody.
        more: by how much the rounds must grow until it could be told, as a factor; None where that is not known.
        query: which query it is about; '' for all requests.
    """

    name: str
    outcome: Outcome
    control: str
    candidate: str
    limit: str
    advisory: bool = False
    more: float | None = None
    query: str = ""


def criteria_table(criteria: tuple[Criterion, ...], names: tuple[str, str], title: str) -> Table:
    """One row a criterion."""
    rows = tuple((c.name, c.outcome, c.control, c.candidate, c.limit) for c in criteria)
    note = "Met and missed only where the whole interval says so; open: not enough samples to tell."
    columns = ("what", "outcome", *names, "agreed")
    return Table(columns, rows, title, note, tuple(_TONES[c.outcome] for c in criteria))


def spanned(value: float, low: float, high: float | None) -> str:
    """A time with its interval, in one unit: 0.41 s [0.38, 0.47]; ``?`` for an end that is not known."""
    unit, factor, digits = ("s", 1.0, 2) if value >= _LONG else ("ms", 1000.0, 1)
    top = "?" if high is None else f"{factor * high:.{digits}f}"
    return f"{factor * value:.{digits}f} {unit} [{factor * low:.{digits}f}, {top}]"


def milliseconds(seconds: float) -> str:
    """Seconds as users read them: 0.41 s, 12 ms."""
    return f"{seconds:.2f} s" if seconds >= _LONG else f"{1000 * seconds:.1f} ms"
