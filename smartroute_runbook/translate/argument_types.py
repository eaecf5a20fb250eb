"""What the arguments of a Trino expression must be: of one common type, or of one kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlglot import exp

from .model import Invalid, Refusal
from .text import athena
from .types import NULL, Type, common, type_of

__all__ = ["Signature", "clash", "is_moment", "is_number", "is_text", "needs", "unify"]

Signature = Callable[[exp.Expression], Type]


# Types of which it is known what takes them; whether a function takes another is for Athena to say.
PLAIN: Final = frozenset({"boolean", "tinyint", "smallint", "integer", "bigint", "real", "double", "decimal", "varchar",
                          "date", "timestamp", "timestamptz"})  # fmt: skip


def clash(node: exp.Expression, *kinds: Type) -> Invalid:
    """The finding that a node does not take these types."""
    shown = ", ".join(dict.fromkeys(map(str, kinds)))
    return Invalid("type-mismatch", f"{athena(node)} does not take {shown}", "Athena rejects it; cast one side")


def unify(node: exp.Expression, *parts: exp.Expression | None) -> Type:
    """The common type of several parts.

    Raises:
        Invalid: there is none.
    """
    result = NULL
    for part in parts:
        if part is None:
            continue
        both = common(result, type_of(part))
        if both is None:
            raise clash(node, result, type_of(part))
        result = both
    return result


def needs(test: Callable[[Type], bool], result: Type | None = None) -> Signature:
    """A function whose first argument must pass a test; the result is given, or the argument's own type."""

    def check(node: exp.Expression) -> Type:
        subject = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
        subject = subject.this if isinstance(subject, exp.Order) else subject
        kind = type_of(subject)
        if not (kind.open or test(kind)):
            if kind.nested or kind.name not in PLAIN:
                raise Refusal(
                    "type", f"{athena(node)} of {kind} is not known for Redshift", "turn it into text or numbers"
                )
            raise clash(node, kind)
        return kind if result is None else result

    return check


def is_number(kind: Type) -> bool:
    """Any number."""
    return kind.numeric


def is_text(kind: Type) -> bool:
    """Varchar or char."""
    return kind.name in ("varchar", "char")


def is_moment(kind: Type) -> bool:
    """date, timestamp or timestamp with time zone."""
    return kind.moment
