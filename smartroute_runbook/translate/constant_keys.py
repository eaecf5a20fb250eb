"""Constants among the keys of ORDER BY and GROUP BY: they sort and part nothing, and Redshift refuses them.

"Neither constants nor constant expressions can be used as substitutes for column names" in a window, and "Amazon
Redshift doesn't support string literals in ORDER BY clauses":
https://docs.aws.amazon.com/redshift/latest/dg/c_Window_functions.html
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

__all__ = ["drop_constant_keys"]

# What may differ by row, or is no key of its own.
ANYTHING: Final = (exp.Column, exp.Query, exp.Rand, exp.Anonymous, exp.Uuid, exp.Placeholder, exp.Rollup, exp.Cube,
                   exp.GroupingSets, exp.Tuple)  # fmt: skip
BY_ROW: Final = (exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead, exp.Rank, exp.DenseRank,
                 exp.PercentRank, exp.CumeDist)  # fmt: skip


def drop_constant_keys(tree: exp.Expression) -> None:
    """Takes constants out of the keys of a query, as Athena has it; changes the tree."""
    for order in list(tree.find_all(exp.Order)):
        _order(order)
    for group in tree.find_all(exp.Group):
        keys = [key for key in group.expressions if _is_place(key) or not _constant(key)]
        if keys or any(group.args.get(part) for part in ("rollup", "cube", "grouping_sets")):
            group.set("expressions", keys)


def _order(node: exp.Order) -> None:
    """An order without the constants in it, which sort nothing, and which Redshift refuses: with its last, it goes."""
    around = node.parent
    if not isinstance(around, (exp.Query, exp.Window)):
        return
    places = isinstance(around, exp.Query)
    keys = [key for key in node.expressions if (places and _is_place(key.this)) or not _constant(key.this)]
    if keys:
        node.set("expressions", keys)
    elif places or _needs_no_order(around):
        node.pop()


def _is_place(key: exp.Expression) -> bool:
    return isinstance(key, exp.Literal) and bool(key.is_int)


def _constant(key: exp.Expression) -> bool:
    return not isinstance(key, ANYTHING) and key.find(*ANYTHING) is None


def _needs_no_order(window: exp.Expression) -> bool:
    """Whether a window where all rows tie is one without an order: of an aggregate all rows, or in any order."""
    if window.args.get("spec") is not None:
        return False
    call = window.this.this if isinstance(window.this, exp.Filter) else window.this
    return isinstance(call, (exp.RowNumber, exp.Ntile)) or (
        isinstance(call, exp.AggFunc) and not isinstance(call, BY_ROW)
    )
