"""What Redshift takes for text without a cast: arguments of text functions, and + between texts.

A number, a date or a timestamp where a text function wants a text is one (r_SUBSTRING: what is no text is treated like
one; r_STRPOS, SPLIT_PART and r_REPEAT print it); ``firstname + ' ' + lastname`` joins (r_NVL2 prints it).
"""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .types import TEXT, of

__all__ = ["require_types", "take_for_texts"]

_COMPARING = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Ordered)

_OF_TEXT = (
    exp.StrPosition, exp.Repeat, exp.Left, exp.Right, exp.SplitPart, exp.Replace, exp.Upper, exp.Lower, exp.Reverse,
    exp.Trim,
)  # fmt: skip
_CALLS = frozenset({"replicate", "translate", "initcap", "lpad", "rpad"})
_AS_TEXT = ("smallint", "integer", "bigint", "numeric", "real", "double precision", "date", "timestamp", "time")
_VARBYTE = "binary varying"


def require_types(tree: exp.Expression) -> None:
    """Raises where a query sorts or compares by a column that an inner query gives as a constant text, uncast.

    No page of AWS's says it; users report it (github.com/OHDSI/SqlRender/issues/66, dbt-expectations/issues/99).

    Raises:
        SqlError: XX000: its type is unknown.
    """
    for node in tree.find_all(*_COMPARING):
        for side in (node.this, node.args.get("expression")):
            kind = of(side)
            if isinstance(side, exp.Column) and kind and kind.constant and not side.meta.get("of_result"):
                hint = f"CAST it to VARCHAR where {side.name} is selected"
                raise SqlError("XX000", 'failed to find conversion function from "unknown" to text', hint=hint)


def take_for_texts(tree: exp.Expression) -> None:
    """Casts what a text function is given, and turns + between texts into ||; wants the types (:mod:`infer`).

    Raises:
        SqlError: 0A000: a part of a VARBYTE.
    """
    for node in reversed(list(tree.walk())):
        if isinstance(node, _OF_TEXT):
            _cast(node.this, node.key)
        elif isinstance(node, exp.Anonymous) and node.name.lower() in _CALLS and node.expressions:
            _cast(node.expressions[0], node.name)
        elif isinstance(node, exp.Substring) and _base(node.this) == _VARBYTE:
            raise SqlError("0A000", "not rehearsable: SUBSTRING of a VARBYTE")
        elif isinstance(node, exp.Add) and _joins(node):
            joined = exp.DPipe(this=node.this.copy(), expression=node.expression.copy())
            joined.meta["rs"] = TEXT
            node.replace(joined)


def _base(node: exp.Expression) -> str:
    kind = of(node)
    return kind.base if kind is not None else ""


def _cast(node: exp.Expression, function: str) -> None:
    if _base(node) == _VARBYTE:
        raise SqlError("0A000", f"not rehearsable: {function.upper()} of a VARBYTE")
    if _base(node).startswith(_AS_TEXT):
        made = exp.Cast(this=node.copy(), to=exp.DataType.build("varchar"))
        made.meta["rs"] = TEXT
        node.replace(made)


def _joins(node: exp.Add) -> bool:
    """Whether both sides are texts; two constants are numbers to PostgreSQL, whatever they hold."""
    sides = (node.this, node.expression)
    texts = all((kind := of(side)) is not None and kind.text for side in sides)
    return texts and not all(isinstance(side, exp.Literal) for side in sides)
