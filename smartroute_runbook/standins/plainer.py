"""The same DuckDB query with fewer steps, once both dialects' differences are written out.

A long chain of ``||`` copies its text at each link, and a macro that looks at its arguments for every row is not needed
where they are literals that it would let pass. What a query gives is the same for all rows, NULL and errors included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from sqlglot import exp

__all__ = ["plainer"]


def plainer(tree: exp.Expr) -> exp.Expr:
    """The tree, changed in place."""
    for call in list(tree.find_all(exp.Anonymous)):
        if made := _CALLS.get(str(call.this).lower(), _as_it_is)(call):
            qualified = isinstance(call.parent, exp.Dot)  # a macro in a schema of its own
            (call.parent if qualified and call.parent else call).replace(made)
    for chain in list(tree.find_all(exp.DPipe)):
        if not isinstance(_outer(chain), exp.DPipe):
            _join(chain)
    return tree


def _outer(node: exp.Expr) -> exp.Expr | None:
    """What a node stands in, parentheses apart."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent


def _join(chain: exp.DPipe) -> None:
    """Texts that are never NULL are joined at once: ``concat`` would take NULL for nothing."""
    links = list(_links(chain))
    runs: list[exp.Expr] = []
    for never_null, run in groupby(links, _never_null):
        some = [one.copy() for one in run]
        runs += [exp.Anonymous(this="concat", expressions=some)] if never_null and len(some) > 2 else some
    if len(runs) == len(links):
        return
    made = runs[0]
    for one in runs[1:]:
        made = exp.DPipe(this=made, expression=one)
    chain.replace(exp.Paren(this=made) if len(runs) > 1 else made)


def _links(node: exp.Expr) -> Iterator[exp.Expr]:
    inner = node.unnest()
    if isinstance(inner, exp.DPipe):
        yield from _links(inner.this)
        yield from _links(inner.expression)
    else:
        yield node


def _never_null(node: exp.Expr) -> bool:
    """Whether an expression is a text whatever its row holds."""
    inner = node.unnest()
    if isinstance(inner, exp.Coalesce):
        return _never_null((inner.expressions or [inner.this])[-1])
    if isinstance(inner, exp.Cast):
        counted = isinstance(inner.this.unnest(), exp.Count) and not isinstance(inner, exp.TryCast)
        return counted and inner.to.this in exp.DataType.TEXT_TYPES
    return isinstance(inner, exp.Literal) and bool(inner.is_string)


def _as_it_is(_: exp.Anonymous) -> None:
    return None


def _substring(call: exp.Anonymous) -> exp.Expr | None:
    """From a place that there is, so many characters: DuckDB's own does the same."""
    numbers = [_number(one) for one in call.expressions[1:]]
    if len(numbers) == 2 and numbers[0] and numbers[1] is not None:
        text, *places = (one.copy() for one in call.expressions)
        return exp.Anonymous(this="substr", expressions=[exp.cast(text, "varchar"), *places])
    return None


def _modulo(call: exp.Anonymous) -> exp.Expr | None:
    """By a number that is not zero."""
    if _number(call.expressions[1]):
        left, right = (one.copy() for one in call.expressions)
        return exp.Paren(this=exp.Mod(this=exp.Paren(this=left), expression=right))
    return None


def _number(node: exp.Expr) -> int | None:
    return int(node.name) if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit() else None


_CALLS: dict[str, Callable[[exp.Anonymous], exp.Expr | None]] = {
    "trino_substr": _substring, "substring_from": _substring, "trino_mod": _modulo, "modulo": _modulo,
}  # fmt: skip
