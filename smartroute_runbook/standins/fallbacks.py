"""COALESCE that evaluates a fallback only where it is needed, as both engines document.

DuckDB does so too, but for what an expression mentions twice (a division of decimals does, once its rules are written
out): that is computed ahead, for every row, and fails for rows that never ask for it. What is in a CASE is not.
"""

from __future__ import annotations

from sqlglot import exp

__all__ = ["guard_fallbacks"]

_MOST_NODES = 200  # of a value that is written twice: chains of COALESCE would double it at each link
_CANNOT_FAIL = (exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Paren, exp.Neg, exp.Dot)
_GIVES_ANOTHER = {"random", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "nextval"}


def guard_fallbacks(tree: exp.Expr) -> exp.Expr:
    """The tree, changed in place; what a query gives is the same wherever it gave rows."""
    for choice in reversed(list(tree.find_all(exp.Coalesce))):  # the inner ones first
        first: exp.Expr = choice.this
        others: list[exp.Expr] = choice.expressions
        if any(map(_may_fail, others)) and _repeatable(first):
            fallback = (
                others[0] if len(others) == 1 else guard_fallbacks(exp.Coalesce(this=others[0], expressions=others[1:]))
            )
            asked = exp.Is(this=exp.Paren(this=first.copy()), expression=exp.Null())
            choice.set("expressions", [exp.Case(ifs=[exp.If(this=asked, true=fallback.copy())])])
    return tree


def _may_fail(node: exp.Expr) -> bool:
    """Whether it computes anything."""
    inner = node.unnest()
    if isinstance(inner, exp.Cast) and not isinstance(inner.this, exp.Column):  # a column may not fit the type
        inner = inner.this.unnest()
    return any(not isinstance(one, _CANNOT_FAIL) for one in inner.walk())


def _repeatable(node: exp.Expr) -> bool:
    """Whether it is the same, and cheap, when it is written twice."""
    nodes = list(node.walk())
    if len(nodes) > _MOST_NODES:
        return False
    return not any(
        isinstance(one, (exp.Query, exp.Window, exp.AggFunc, exp.Rand, exp.Uuid))
        or (isinstance(one, exp.Anonymous) and str(one.this).lower() in _GIVES_ANOTHER)
        for one in nodes
    )
