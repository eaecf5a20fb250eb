"""Products of decimals, which DuckDB computes in 64 bits where both factors fit in them, and overflows."""

from __future__ import annotations

from sqlglot import exp

from .build import cast
from .types import decimal, decimal_of, kind

__all__ = ["multiply"]

_NARROW = 18  # digits that DuckDB keeps in 64 bits


def multiply(node: exp.Mul) -> exp.Expr:
    """The product with one factor wide enough that DuckDB computes it in 128 bits, as Trino does beyond 18 digits."""
    if kind(node.type) != "decimal":
        return node
    left, right = decimal_of(node.left.type), decimal_of(node.right.type)
    if left and right and max(left[0], right[0]) <= _NARROW < left[0] + right[0]:
        node.set("this", cast(node.left, decimal(_NARROW + 1, left[1])))
    return node
