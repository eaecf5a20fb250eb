"""Cells of one column that come from several places: each is cast to the type that all have on Athena."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from smartroute_runbook.translate.types import Type, type_of

__all__ = ["bring", "bring_column"]


def bring(cell: exp.Expression, kind: Type, *, first: bool = False) -> None:
    """Has a cell cast where Redshift would give the column another type.

    Args:
        cell: a value of the column.
        kind: the column's type on Athena.
        first: it is the first of the column: NULL there is a text on Redshift, whatever follows.
    """
    own = type_of(cell)
    unnamed = own.name == "null" and first and not kind.open and not kind.nested
    if unnamed or (not own.open and own != kind and (kind.name == "decimal" or (kind.name == "real" and own.exact))):
        cell.meta["coerce"] = kind


def bring_column(cells: Iterable[exp.Expression], kind: Type) -> None:
    """The same for a whole column, its cells in order."""
    for place, cell in enumerate(cells):
        bring(cell, kind, first=place == 0)
