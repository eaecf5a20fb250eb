"""Constants among the keys of ORDER BY and GROUP BY: they sort and part nothing, and Redshift refuses them.

"Neither constants nor constant expressions can be used as substitutes for column names" in a window, and "Amazon
Redshift doesn't support string literals in ORDER BY clauses":
https://docs.aws.amazon.com/redshift/latest/dg/c_Window_functions.html
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

__all__ = ["group_by_columns", "is_constant", "order_by_columns"]

# What may differ by row, or is no key of its own: COUNT(*) and ROW_NUMBER() OVER () name no column either.
ANYTHING: Final = (exp.Column, exp.Star, exp.AggFunc, exp.Window, exp.Query, exp.Rand, exp.Anonymous, exp.Uuid,
                   exp.Placeholder, exp.Parameter, exp.Rollup, exp.Cube, exp.GroupingSets, exp.Tuple)  # fmt: skip
BY_ROW: Final = (exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead, exp.Rank, exp.DenseRank,
                 exp.PercentRank, exp.CumeDist)  # fmt: skip


def group_by_columns(node: exp.Group) -> None:
    """Takes constants out of the keys of a GROUP BY, unless it has no others; changes the tree."""
    keys = [key for key in node.expressions if _is_place(key) or not is_constant(key)]
    if keys or any(node.args.get(part) for part in ("rollup", "cube", "grouping_sets")):
        node.set("expressions", keys)


def order_by_columns(node: exp.Order) -> None:
    """Takes constants out of the keys of an ORDER BY, and with the last of them the ORDER BY; changes the tree."""
    around = node.parent
    if not isinstance(around, (exp.Query, exp.Window)):
        return
    places = isinstance(around, exp.Query)
    keys = [key for key in node.expressions if (places and _is_place(key.this)) or not is_constant(key.this)]
    if keys:
        node.set("expressions", keys)
    elif places or _needs_no_order(around):
        node.pop()


def _is_place(key: exp.Expression) -> bool:
    inner = key.unnest()  # parentheses are not read
    return isinstance(inner, exp.Literal) and bool(inner.is_int)


def is_constant(key: exp.Expression) -> bool:
    """Whether a key is the same for all rows."""
    return not isinstance(key, ANYTHING) and key.find(*ANYTHING) is None


def _needs_no_order(window: exp.Expression) -> bool:
    """Whether a window where all rows tie is one without an order: of an aggregate all rows, or in any order."""
    if window.args.get("spec") is not None:
        return False
    call = window.this.this if isinstance(window.this, exp.Filter) else window.this
    return isinstance(call, (exp.RowNumber, exp.Ntile)) or (
        isinstance(call, exp.AggFunc) and not isinstance(call, BY_ROW)
    )
