"""How far two engines may differ in one result column and still count as equal."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EXACT", "Tolerance"]


@dataclass(frozen=True)
class Tolerance:
    """Two numbers agree when ``|a - b| <= max(absolute, relative * max(|a|, |b|))``.

    Attributes:
        relative: a share of the larger magnitude; 0 means none.
        absolute: in the unit of the column; 0 means none.
    """

    relative: float = 0.0
    absolute: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether the values must be the same."""
        return self.relative == 0 and self.absolute == 0

    def wider(self, other: Tolerance) -> Tolerance:
        """What allows whatever either of the two allows."""
        return Tolerance(max(self.relative, other.relative), max(self.absolute, other.absolute))

    def allows(self, a: float, b: float) -> bool:
        """Whether two finite numbers agree within this tolerance."""
        return a == b or abs(a - b) <= max(self.absolute, self.relative * max(abs(a), abs(b)))


EXACT = Tolerance()
