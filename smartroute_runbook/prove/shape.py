"""What a query guarantees about its result: an order, a limit, or nothing that can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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

_BY_ORDER = (exp.RowNumber, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)


@dataclass(frozen=True)
class OrderKey:
    """A key of ORDER BY that is an output column: its position, direction, and where NULLs go.

    After a star only the answer knows the position: there ``name`` is the column's, and ``column`` says nothing.
    """

    column: int
    descending: bool = False
    nulls_first: bool = False
    name: str = ""


@dataclass(frozen=True)
class Shape:
    """What a query's text guarantees about its result.

    Attributes:
        order: the leading keys of its ORDER BY that are output columns.
        ordered: whether it has an ORDER BY.
        whole_order: whether ``order`` holds all its keys.
        limit: rows at most, or None.
        moving: what makes two runs of it differ (random values, the clock, rows that nobody ordered), or "".
    """

    order: tuple[OrderKey, ...] = ()
    ordered: bool = False
    whole_order: bool = True
    limit: int | None = None
    moving: str = ""

    def of(self, names: Sequence[str]) -> Shape:
        """The same of an answer with columns of these names: every key has its position."""
        lower = [name.lower() for name in names]
        keys: list[OrderKey] = []
        for key in self.order:
            if key.name and lower.count(key.name) != 1:
                return replace(self, order=tuple(keys), whole_order=False)
            keys.append(replace(key, column=lower.index(key.name), name="") if key.name else key)
        return replace(self, order=tuple(keys))


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
        place = _place(item.this, outputs)
        if place is None:
            whole = False
            break
        position, name = place
        keys.append(OrderKey(position, bool(item.args.get("desc")), bool(item.args.get("nulls_first")), name))
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
    tree = trees[0]
    while isinstance(tree, exp.Subquery) and not any(value for key, value in tree.args.items() if key != "this"):
        tree = tree.this  # brackets around the whole
    return tree


def _place(key: exp.Expression, outputs: list[exp.Expression]) -> tuple[int, str] | None:
    """The output column that a key of ORDER BY names: by number, by alias, or by the same expression.

    Its position, or its name where a star stands for columns that the text does not tell.
    """
    if isinstance(key, exp.Literal) and key.is_int:
        return int(key.name) - 1, ""
    position = _position(key, outputs)
    if not any(output.is_star for output in outputs):
        return None if position is None else (position, "")
    if position is not None:
        named = outputs[position].alias_or_name
        return (-1, named.lower()) if named and not outputs[position].is_star else None
    return (-1, key.name.lower()) if isinstance(key, exp.Column) else None


def _position(key: exp.Expression, outputs: list[exp.Expression]) -> int | None:
    column = key.name.lower() if isinstance(key, exp.Column) else ""
    named = column if column and not key.args.get("table") else ""
    for n, output in enumerate(outputs):
        if named and output.alias_or_name.lower() == named:
            return n
    for n, output in enumerate(outputs):
        value = output.unalias()
        if value == key:
            return n
        # A name without its table is of the only table that has it, so both are one column.
        alone = isinstance(value, exp.Column) and bool(column) and not (value.table and key.args.get("table"))
        if alone and not value.is_star and value.name.lower() == column:
            return n
    return None


def _moving(tree: exp.Query) -> str:
    for node in tree.find_all(exp.Func):
        name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
        if name in MOVING:
            return MOVING[name]
    if next(tree.find_all(exp.TableSample), None) is not None:
        return "TABLESAMPLE"
    for window in tree.find_all(exp.Window):
        call = window.this.this if isinstance(window.this, (exp.IgnoreNulls, exp.RespectNulls)) else window.this
        if isinstance(call, _BY_ORDER) and not (window.args.get("order") or window.args.get("alias")):
            return f"{call.sql_name().lower()}() without ORDER BY"
    for node in tree.find_all(exp.Limit, exp.Fetch, exp.Offset):
        if _arbitrary(node, tree):
            return f"{node.key.upper()} without ORDER BY{'' if node.parent is tree else ' in a subquery'}"
    return ""


def _arbitrary(cut: exp.Expression, tree: exp.Query) -> bool:
    """Whether a part of a query cuts rows that nobody ordered; how many rows the whole may have, ``Shape.limit`` says.

    Whether there is a row at all does not depend on which, and one row is no choice.
    """
    query = cut.parent
    if not isinstance(query, exp.Query) or query.args.get("order"):
        return False
    if query is tree:
        return isinstance(cut, exp.Offset)
    selects = query.selects if isinstance(query, exp.Select) and not query.args.get("group") else ()
    totals = any(isinstance(one.unalias(), exp.AggFunc) for one in selects)
    within = query.parent.parent if isinstance(query.parent, exp.Subquery) else query.parent
    return not totals and not isinstance(within, exp.Exists)
