"""How far two engines may differ in one result column and still count as equal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal

__all__ = ["EXACT", "Tolerance"]

_DIGITS = Context(prec=60)  # more than the difference of two numbers of 38 digits has


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

    def allows(self, a: float | Decimal, b: float | Decimal) -> bool:
        """Whether two finite numbers agree within this tolerance, as they are written: 1.01 and 1.02 are 0.01 apart."""
        if a == b:
            return True
        x, y = float(a), float(b)
        if abs(x - y) > 2 * self.absolute + (2 * self.relative + 1e-12) * max(abs(x), abs(y)):
            return False  # clearly: most of the pairs that are tried
        a, b = _written(a), _written(b)
        size = max(a.copy_abs(), b.copy_abs())
        allowed = max(_written(self.absolute), _DIGITS.multiply(_written(self.relative), size))
        return _DIGITS.subtract(a, b).copy_abs() <= allowed


def _written(number: float | Decimal) -> Decimal:
    return number if isinstance(number, Decimal) else Decimal(repr(float(number)))


EXACT = Tolerance()
