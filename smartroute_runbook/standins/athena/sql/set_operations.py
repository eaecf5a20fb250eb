"""UNION, INTERSECT and EXCEPT: each column has the type that all branches can be coerced into."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from .build import in_common
from .types import Type, common

__all__ = ["alike", "column_types"]


def column_types(tree: exp.Expr) -> list[Type | None]:
    """The types of a typed query's result columns."""
    branches = [branch.selects for branch in _branches(tree)]
    if len(branches) < 2 or len({len(one) for one in branches}) != 1:
        return [each.type for each in (tree.selects if isinstance(tree, exp.Query) else [])]
    return [common(cell.type for cell in column) for column in zip(*branches, strict=True)]


def alike(tree: exp.SetOperation) -> exp.Expr:
    """Every branch's cells in the column's type, where DuckDB would choose another."""
    if isinstance(tree.parent, exp.SetOperation):
        return tree
    types = column_types(tree)
    for branch in _branches(tree):
        for projection, to in zip(list(branch.expressions), types, strict=False):
            value = projection.unalias()
            made = in_common(value.copy(), to)
            if type(made) is type(value):
                continue
            named = exp.alias_(made, projection.alias_or_name, quoted=True)
            named._type = to
            projection.replace(named)
    return tree


def _branches(tree: exp.Expr) -> Iterator[exp.Select]:
    inner = tree.unnest()
    if isinstance(inner, exp.SetOperation):
        yield from _branches(inner.left)
        yield from _branches(inner.right)
    elif isinstance(inner, exp.Select):
        yield inner
