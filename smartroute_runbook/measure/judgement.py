"""What is agreed on before an experiment, and the verdict over it as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from smartroute_runbook.errors import UsageError
from smartroute_runbook.views import Note, Part, Table, Tone, View

__all__ = ["Judgement", "Limits", "Metric", "Outcome"]

Outcome = Literal["better", "no worse", "worse", "inconclusive", "no data"]

_TONES: Mapping[str, Tone] = {"better": "good", "no worse": "good", "worse": "bad", "no data": "bad"}


@dataclass(frozen=True)
class Limits:
    """What counts, agreed on before the experiment.

    Attributes:
        tolerance: how much slower is still the same, as a share: 0.1 is ten per cent.
        confidence: of the whole experiment; shared by its metrics.
        critical: the metrics that may not be worse; empty means all.
    """

    tolerance: float = 0.10
    confidence: float = 0.95
    critical: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse limits that decide nothing."""
        if not 0 < self.tolerance < 10:
            raise UsageError(f"A tolerance of {self.tolerance} is not possible", expected="a share such as 0.1")
        if not 0.5 <= self.confidence < 1:
            raise UsageError(f"A confidence of {self.confidence} is not possible", expected="0.5 or more, below 1")


@dataclass(frozen=True)
class Metric:
    """One comparison.

    Attributes:
        ratio: candidate over control (Hodges-Lehmann); below 1 is faster. None without data.
        low, high: its confidence interval; None when there are too few samples for one.
        bound: its one-sided upper bound, which "no worse" compares with the tolerance.
        p_value: of the signed rank of blocks, two-sided.
        detectable: the smallest slowdown that so many samples would have caught in 99 of 100 experiments, as a ratio.
        control_count, candidate_count: samples on each side.
    """

    name: str
    outcome: Outcome
    ratio: float | None
    low: float | None
    high: float | None
    bound: float | None
    p_value: float | None
    detectable: float | None
    control_count: int
    candidate_count: int
    critical: bool = True


@dataclass(frozen=True)
class Judgement:
    """The verdict over all metrics.

    ``fail`` when a critical metric is worse or has no data, ``inconclusive`` when a critical one cannot be told or
    another is worse, else ``pass``. ``block_length`` is the samples that were taken together.
    """

    verdict: Literal["pass", "inconclusive", "fail"]
    limits: Limits
    metrics: tuple[Metric, ...]
    block_length: int = 2

    def view(self) -> View:
        """One row a metric."""
        rows = tuple(
            (
                m.name,
                m.outcome,
                _times(m.ratio),
                f"{_times(m.low)} to {_times(m.high)}" if m.low else "-",
                _times(m.bound),
                "-" if m.p_value is None else f"{m.p_value:.2g}",
                _times(m.detectable),
                f"{m.control_count} / {m.candidate_count}",
            )
            for m in self.metrics
        )
        tones: tuple[Tone, ...] = tuple(_TONES.get(m.outcome, "warn") for m in self.metrics)
        note = (
            f"Ratio: candidate over control. Worse: interval above 1 and ratio above {1 + self.limits.tolerance:.2f}; "
            f"no worse: one-sided bound at most {1 + self.limits.tolerance:.2f}. "
            f"{self.limits.confidence:.0%} for all metrics together."
        )
        columns = ("metric", "outcome", "ratio", "interval", "bound", "p", "would catch", "samples")
        tone: Tone = {"pass": "good", "inconclusive": "warn", "fail": "bad"}[self.verdict]  # type: ignore[assignment]
        parts: tuple[Part, ...] = (Table(columns, rows, tones=tones, note=note), *self._advice())
        return View(f"Verdict: {self.verdict}", parts, tone)

    def _advice(self) -> tuple[Note, ...]:
        open_ones = [m.name for m in self.metrics if m.outcome == "inconclusive"]
        if not open_ones:
            return ()
        return (Note(f"More rounds would settle: {', '.join(open_ones)}.", "warn"),)


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}x"
