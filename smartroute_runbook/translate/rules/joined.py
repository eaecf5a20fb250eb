"""Aggregates that join texts."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.constant_keys import is_constant
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import BIGINT, type_of

from .base import AWS, Lowering, rule
from .blanks import compares_values
from .cut_texts import require_uncut
from .trees import binary, call, number, text, typed, when, wrap


@rule(
    "listagg",
    exp.GroupConcat,
    why="Redshift's LISTAGG leaves empty texts out; with the separator in front of each text none is empty",
    source=AWS + "r_LISTAGG.html",
)
def listagg(node: exp.GroupConcat, lower: Lowering) -> exp.Expression | None:
    if node.args.get("on_overflow") is not None:
        raise Refusal("listagg", "LISTAGG ... ON OVERFLOW", "cut the text before it is joined")
    return _joined(node.this, node.args.get("separator"), node, lower)


def _joined(
    subject: exp.Expression, separator: exp.Expression | None, node: exp.Expression, lower: Lowering
) -> exp.Expression:
    """The texts of a group joined as Athena joins them, empty ones too; NULL when there is none."""
    keys = None
    if isinstance(subject, exp.Order):
        sorted_by = [key for key in subject.expressions if not is_constant(key.this)]  # a constant sorts nothing
        compares_values(lower, *(key.this for key in sorted_by))
        for key in subject.expressions:
            lower.taken(key)
        keys, subject = lower.all(sorted_by) or None, subject.this
        if keys is None and not is_constant(subject):
            _tell_of_order(lower)
    distinct = isinstance(subject, exp.Distinct)
    if isinstance(subject, exp.Distinct):
        if len(subject.expressions) != 1:
            raise Refusal("listagg", f"{athena(node)} joins several values", "join one value")
        subject = subject.expressions[0]
    if separator is not None and not separator.is_string:
        raise Refusal("listagg", f"the separator of {athena(node)} is not constant", "write it as text")
    between = separator.name if separator is not None else ""
    value = lower(subject)
    if distinct:
        compares_values(lower, subject)
        require_uncut([subject])
    if between and may_be_empty(subject):
        value = exp.DPipe(this=text(between), expression=wrap(value))
        if (
            distinct and keys is not None
        ):  # the order is of the distinct values themselves: the same with a mark in front
            keys = [exp.Ordered(this=value.copy(), desc=key.args.get("desc"), nulls_first=key.args.get("nulls_first"))
                    for key in keys]  # fmt: skip
        made = call("LISTAGG", exp.Distinct(expressions=[value]) if distinct else value)
        return call("SUBSTRING", _ordered(made, keys), len(between) + 1)
    return _ordered(call("LISTAGG", exp.Distinct(expressions=[value]) if distinct else value, between), keys)


def _tell_of_order(lower: Lowering) -> None:
    lower.note("array-join", "the order of the joined values is not given", "order them by a column")


def _ordered(made: exp.Expression, keys: list[exp.Expression] | None) -> exp.Expression:
    return made if keys is None else exp.WithinGroup(this=made, expression=exp.Order(expressions=keys))


def may_be_empty(node: exp.Expression) -> bool:
    """Whether a text may be empty, as far as the schema and the expression tell."""
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return not node.name
    if isinstance(node, exp.Cast) and type_of(node.this).name not in ("varchar", "null", "unknown"):
        return False
    return "no empty text" not in type_of(node).known


@rule(
    "array-join",
    exp.ArrayToString,
    why="Redshift has no arrays to join; LISTAGG joins the values of a group",
    source=AWS + "r_LISTAGG.html",
)
def _array_join(node: exp.ArrayToString, lower: Lowering) -> exp.Expression | None:
    inner, filling = _gathered(node.this), node.args.get("null")
    if inner is None:
        return None
    if type_of(node.this).of[0].name != "varchar":
        raise Refusal("array-join", f"{athena(node)} joins values that are not text", "cast them to varchar")
    if filling is not None:
        inner = _filled(inner, filling, node)
    counted = binary(exp.GT, exp.Count(this=exp.Star()), number(0))
    filled = exp.Coalesce(this=_joined(inner, node.expression, node, lower), expressions=[text("")])
    if not isinstance(inner, exp.Order):
        _tell_of_order(lower)
    return when((counted, filled))


def _gathered(array: exp.Expression) -> exp.Expression | None:
    """What a group's array is made of, with its order and DISTINCT; None when it is made in another way."""
    if isinstance(array, exp.ArrayAgg):
        return array.this
    inner = array.this.this if isinstance(array, (exp.ArraySort, exp.ArrayDistinct)) else None
    if inner is None or not isinstance(array.this, exp.ArrayAgg) or isinstance(inner, exp.Order):
        return None
    if isinstance(array, exp.ArrayDistinct):
        return inner if isinstance(inner, exp.Distinct) else typed(exp.Distinct(expressions=[inner]), type_of(inner))
    nulls = array.args.get("nulls_first")
    if array.expression is not None or (nulls is not None and nulls.this):
        return None  # sorted by a lambda
    value = inner.expressions[0] if isinstance(inner, exp.Distinct) else inner
    key = typed(exp.Ordered(this=value.copy(), nulls_first=False), type_of(value))
    return typed(exp.Order(this=inner, expressions=[key]), type_of(value))


def _filled(inner: exp.Expression, filling: exp.Expression, node: exp.Expression) -> exp.Expression:
    """The values with a text in place of NULL.

    Raises:
        Refusal: distinct values, of which the text may be another one.
    """
    value = inner.this if isinstance(inner, exp.Order) else inner
    if isinstance(value, exp.Distinct) or not filling.is_string:
        raise Refusal("array-join", f"{athena(node)} writes NULL among distinct values", "COALESCE the value itself")
    kept = typed(exp.Coalesce(this=value.copy(), expressions=[filling.copy()]), type_of(value))
    if not isinstance(inner, exp.Order):
        return kept
    return typed(exp.Order(this=kept, expressions=inner.expressions), type_of(value))


@rule(
    "array-count",
    exp.ArraySize,
    why="how many values a group's array has is counted without making it; of no rows it is NULL",
    source=AWS + "r_COUNT.html",
)
def _array_count(node: exp.ArraySize, lower: Lowering) -> exp.Expression | None:
    array = node.this
    if isinstance(array, exp.RegexpExtractAll):
        for part in (array.expression, array.args.get("group")):  # each match has one of every group
            if part is not None:
                lower.taken(part)
        return lower(typed(exp.RegexpCount(this=array.this.copy(), expression=array.expression.copy()), BIGINT))
    condition = array.expression.this if isinstance(array, exp.Filter) else None
    inner = _gathered(array.this if isinstance(array, exp.Filter) else array)
    if inner is None:
        return None
    value = inner.this if isinstance(inner, exp.Order) else inner
    if isinstance(inner, exp.Order):
        lower.taken(inner)
    if not isinstance(value, exp.Distinct):
        lower.taken(value)
        rows = exp.Count(this=exp.Star()) if condition is None else exp.Count(this=when((lower(condition), number(1))))
        return exp.Nullif(this=rows, expression=number(0))
    if condition is not None or len(value.expressions) != 1:
        raise Refusal("array-count", f"{athena(node)} counts distinct values of some rows", "filter in a subquery")
    compares_values(lower, value.expressions[0])
    made = lower(value.expressions[0])
    nulls = exp.Max(this=when((exp.Is(this=wrap(made), expression=exp.Null()), number(1)), default=number(0)))
    return exp.Paren(this=exp.Add(this=exp.Count(this=exp.Distinct(expressions=[made.copy()])), expression=nulls))


@rule(
    "contains-part",
    exp.ArrayContains,
    why="whether one of a text's parts is a word is asked of the text, with its delimiter at both ends",
    source=AWS + "r_STRPOS.html",
)
def _contains_part(node: exp.ArrayContains, lower: Lowering) -> exp.Expression | None:
    parts, word = node.this, node.expression
    if not isinstance(parts, exp.Split):
        return None
    mark = parts.expression
    if not (mark.is_string and len(mark.name) == 1 and word.is_string and mark.name not in word.name):
        hint = "write delimiter and word as texts, one letter the one, without it the other"
        raise Refusal("contains-part", f"{athena(node)} looks for what may be no part", hint)
    subject = exp.DPipe(
        this=exp.DPipe(this=text(mark.name), expression=wrap(lower(parts.this))), expression=text(mark.name)
    )
    found = call("STRPOS", subject, f"{mark.name}{word.name}{mark.name}")
    return exp.Paren(this=binary(exp.GT, found, number(0)))
