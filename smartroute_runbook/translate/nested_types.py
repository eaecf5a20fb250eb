"""The types of arrays and maps: what makes them, and what a part of them is."""

from __future__ import annotations

from sqlglot import exp

from .argument_types import is_text, needs, unify
from .model import Refusal
from .text import athena
from .types import BIGINT, UNKNOWN, VARCHAR, Type, type_of

__all__ = ["array", "array_agg", "element", "map_of", "same_array", "series", "split"]


def split(node: exp.Expression) -> Type:
    """SPLIT and REGEXP_EXTRACT_ALL: an array of text."""
    return Type("array", of=(needs(is_text, VARCHAR)(node),))


def array_agg(node: exp.Expression) -> Type:
    """ARRAY_AGG: an array of what stands within DISTINCT and ORDER BY."""
    subject = node.this
    while isinstance(subject, (exp.Order, exp.Distinct)):
        subject = subject.this if isinstance(subject, exp.Order) else subject.expressions[0]
    return Type("array", of=(type_of(subject),))


def same_array(node: exp.Expression) -> Type:
    """ARRAY_SORT and ARRAY_DISTINCT: the array's type."""
    return type_of(node.this)


def array(node: exp.Expression) -> Type:
    """ARRAY[...]: of the common type of its elements."""
    return Type("array", of=(unify(node, *node.expressions),))


def series(node: exp.Expression) -> Type:
    """SEQUENCE of whole numbers, or of days; of moments it is refused."""
    start = type_of(node.args.get("start"))
    if start.name == "date":
        return Type("array", of=(start,))
    if not start.integer:
        raise Refusal("unnest", f"{athena(node)} makes an array of {start}", "join a table of numbers or days")
    return Type("array", of=(BIGINT,))


def map_of(node: exp.Expression) -> Type:
    """MAP(keys, values): of the elements of both arrays."""
    return Type("map", of=tuple(type_of(node.args.get(part)).inner() for part in ("keys", "values")))


def element(node: exp.Expression) -> Type:
    """What a subscript of an array or a map gives."""
    kind = type_of(node.this)
    if kind.name not in ("array", "map"):
        return UNKNOWN
    return kind.inner()
