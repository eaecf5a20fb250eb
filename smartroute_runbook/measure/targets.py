"""What the plan promises users, held against what was measured: the 95th percentile, with an interval of its own.

The percentile of few samples cannot be told, and then nothing is said to be kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from smartroute_runbook.percentiles import percentile_interval
from smartroute_runbook.views import Table, Tone

__all__ = ["Target", "target_table", "targets_of"]

Kept = Literal["kept", "missed", "not enough"]


@dataclass(frozen=True)
class Target:
    """One query's 95th percentile on the candidate against its limit, in seconds; None where it cannot be told."""

    query: str
    limit: float
    p95: float | None
    low: float | None
    high: float | None
    samples: int

    @property
    def outcome(self) -> Kept:
        """``kept`` and ``missed`` only where the whole interval says so."""
        if self.high is not None and self.high <= self.limit:
            return "kept"
        return "missed" if self.low is not None and self.low > self.limit else "not enough"


def targets_of(latencies: Mapping[str, Sequence[float]], limit: float, confidence: float) -> tuple[Target, ...]:
    """Each query's 95th percentile against the limit."""
    found = []
    for query, values in latencies.items():
        interval = percentile_interval(values, confidence=confidence)
        low, p95, high = interval or (None, None, None)
        found.append(Target(query, limit, p95, low, high, len(values)))
    return tuple(found)


def target_table(targets: Sequence[Target], note: str) -> Table:
    """One row a query."""
    tones: dict[Kept, Tone] = {"kept": "good", "missed": "bad", "not enough": "warn"}
    rows = tuple((t.query, t.outcome, _span(t), f"{t.limit:g} s", t.samples) for t in targets)
    columns = ("query", "target", "p95 [interval]", "limit", "samples")
    shown = tuple(tones[target.outcome] for target in targets)
    return Table(columns, rows, title="What users are promised", note=note, tones=shown)


def _span(target: Target) -> str:
    if target.p95 is None or target.low is None or target.high is None:
        return "too few samples"
    return f"{target.p95:.3f} s [{target.low:.3f}, {target.high:.3f}]"
