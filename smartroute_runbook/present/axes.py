"""Axes of a drawn chart: values to pixels, and the values that stand beside them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Axis", "Categories", "Linear", "Logarithmic", "number"]

_CHARACTER = 6.6  # pixels of a letter at 12 px, on average


def number(value: float) -> str:
    """A value beside an axis: separators, and no more digits than it has."""
    if value == 0:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.6g}"


@dataclass(frozen=True)
class Linear:
    """Equal steps."""

    low: float
    high: float
    start: float
    end: float

    @staticmethod
    def over(values: Iterable[float], start: float, end: float, *, zero: bool = True) -> Linear:
        """An axis that holds these values, and 0 unless stated otherwise, ending at whole steps."""
        finite = [v for v in values if math.isfinite(v)]
        finite += [0.0] if zero or not finite else []
        low, high = min(finite), max(finite)
        if high - low <= 1e-9 * max(abs(low), abs(high)):  # one value: it stands in the middle
            room = abs(high) / 2 or 1.0
            low, high = (low if low == 0 else low - room), high + room
        step = _step(high - low)
        return Linear(math.floor(low / step) * step, math.ceil(high / step - 1e-9) * step, start, end)

    def at(self, value: float) -> float:
        """Where a value is, in pixels."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[tuple[float, str]]:
        """Values at whole steps, and how they read."""
        step = _step(self.high - self.low)
        values = [self.low + n * step for n in range(round((self.high - self.low) / step) + 1)]
        return [(value, number(round(value, 12))) for value in values]


def _step(span: float) -> float:
    """A round step that divides a span into four to eight parts."""
    rough = span / 5
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough * 0.999)


@dataclass(frozen=True)
class Logarithmic:
    """Powers of ten; a value that is not above 0 stands at the low end."""

    low: int
    high: int
    start: float
    end: float

    @staticmethod
    def over(values: Iterable[float], start: float, end: float) -> Logarithmic:
        """An axis over the powers of ten around these values."""
        logs = [math.log10(v) for v in values if v > 0 and math.isfinite(v)] or [0.0]
        low = math.floor(min(logs) + 1e-9)
        return Logarithmic(low, max(math.ceil(max(logs) - 1e-9), low + 1), start, end)

    def at(self, value: float) -> float:
        """Where a value is, in pixels."""
        placed = math.log10(value) if value > 0 else self.low
        return self.start + (max(placed, self.low) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[tuple[float, str]]:
        """The powers of ten; every other one where they are many."""
        step = -(-(self.high - self.low) // 9)
        return [(10.0**n, number(10.0**n)) for n in range(self.low, self.high + 1, step)]


@dataclass(frozen=True)
class Categories:
    """Names at equal distances, each in the middle of its own room."""

    names: tuple[str, ...]
    start: float
    end: float

    @property
    def room(self) -> float:
        """Pixels of one name."""
        return (self.end - self.start) / max(len(self.names), 1)

    def at(self, name: str) -> float:
        """The middle of a name's room."""
        return self.start + (self.names.index(name) + 0.5) * self.room

    def labels(self) -> list[tuple[str, Sequence[str]]]:
        """The names that have room, each on at most three lines; where they are many, every n-th."""
        longest = max((max(map(len, name.split() or [""])) for name in self.names), default=1)
        step = max(1, math.ceil((min(longest, 12) + 1) * _CHARACTER / self.room))
        width = max(4, int(step * self.room / _CHARACTER) - 1)
        labels: list[tuple[str, Sequence[str]]] = []
        for name in self.names[::step]:
            text = textwrap.wrap(name.replace("_", "_ "), width, max_lines=3, placeholder="…")
            labels.append((name, [line.replace("_ ", "_") for line in text] or [""]))
        return labels


Axis = Linear | Logarithmic
