"""What a query guarantees about its result: an order, a limit, or nothing that can be compared."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from smartroute_runbook.errors import UsageError

from .encoding import Dialect

__all__ = ["OrderKey", "Shape", "shape_of", "without_limit"]

MOVING = {
    "random": "random()", "rand": "rand()", "uuid": "uuid()", "now": "now()", "getdate": "getdate()",
    "sysdate": "sysdate", "arbitrary": "arbitrary()", "any_value": "any_value()", "current_timestamp": "the clock",
    "current_time": "the clock", "localtimestamp": "the clock", "current_date": "the clock",
}  # fmt: skip


@dataclass(frozen=True)
class OrderKey:
    """A key of ORDER BY that is an output column: its position, direction, and where NULLs go."""

    column: int
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True)
class Shape:
    """What a query's text guarantees about its result.

    Attributes:
        order: the leading keys of its ORDER BY that are output columns.
        ordered: whether it has an ORDER BY.
        whole_order: whether ``order`` holds all its keys.
        limit: rows at most, or None.
        moving: what makes two runs of it differ (random values, the clock), or "".
    """

    order: tuple[OrderKey, ...] = ()
    ordered: bool = False
    whole_order: bool = True
    limit: int | None = None
    moving: str = ""


def shape_of(sql: str, dialect: Dialect) -> Shape:
    """Read a query.

    Raises:
        UsageError: it is not one query.
    """
    tree = _parsed(sql, dialect)
    outputs = tree.selects
    order = tree.args.get("order")
    keys: list[OrderKey] = []
    whole = True
    for item in order.expressions if order else ():
        position = _position(item.this, outputs)
        if position is None:
            whole = False
            break
        keys.append(OrderKey(position, bool(item.args.get("desc")), bool(item.args.get("nulls_first"))))
    limit = tree.args.get("limit")
    count = limit.args.get("expression") or limit.args.get("count") if limit else None
    rows = int(count.name) if isinstance(count, exp.Literal) else None
    return Shape(tuple(keys), order is not None, whole, rows, _moving(tree))


def without_limit(sql: str, dialect: Dialect, most: int) -> str:
    """The query with its limit raised to ``most`` rows, to see what its limit cut off."""
    tree = _parsed(sql, dialect).copy()
    return str(tree.limit(most).sql(dialect=dialect))


def _parsed(sql: str, dialect: Dialect) -> exp.Query:
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        raise UsageError(f"A query does not parse as {dialect}: {str(error).splitlines()[0]}") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise UsageError("Only one SELECT can be compared")
    return trees[0]


def _position(key: exp.Expression, outputs: list[exp.Expression]) -> int | None:
    """The output column that a key of ORDER BY names: by number, by alias, or by the same expression."""
    if isinstance(key, exp.Literal) and key.is_int:
        return int(key.name) - 1
    named = key.name.lower() if isinstance(key, exp.Column) and not key.table else ""
    for n, output in enumerate(outputs):
        if (named and output.alias_or_name.lower() == named) or output.unalias() == key:
            return n
    return None


def _moving(tree: exp.Expression) -> str:
    for node in tree.find_all(exp.Func):
        name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
        if name in MOVING:
            return MOVING[name]
    return ""
