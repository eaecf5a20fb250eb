"""Texts cut out of others may end in a blank: with an end mark beside them each is a group of its own.

``GROUP BY k`` becomes ``GROUP BY k, k || '|'``: rows of one group agree in ``k`` with its blanks, so that ``k`` may be
shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from smartroute_runbook.translate.blank_ends import cut_at_a_blank, some_end_in_blank
from smartroute_runbook.translate.compared import compared
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import VARCHAR, result_types, type_of

from .base import AWS, Lowering, rule
from .trees import text, typed, wrap
from .windows import same_window

__all__ = ["require_uncut"]

SETS = (exp.Rollup, exp.Cube, exp.GroupingSets)
OF_ROWS = (exp.AggFunc, exp.Window, exp.Query)
COUNTED = (exp.Count, exp.ApproxDistinct)
HINT = "cut it in a subquery and put a mark at its end: substr(x, 1, 3) || '|'"


@rule(
    "cut-texts",
    exp.Group,
    exp.Window,
    exp.Distinct,
    exp.ApproxDistinct,
    exp.Select,
    exp.Union,
    exp.Except,
    exp.Intersect,
    why="a text that is cut at a blank is one group with the text without it on Redshift; with an end mark it is not",
    source=AWS + "r_Character_types.html",
)
def _cut_texts(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.Group):
        return _group(node, lower)
    if isinstance(node, exp.Window):
        return _window(node, lower)
    if isinstance(node, exp.Select):
        return _distinct_rows(node, lower)
    if isinstance(node, exp.SetOperation):
        _set_operation(node)
        return None
    if isinstance(node, exp.ApproxDistinct):
        return None if not _cut([node.this]) else lower(_counted(node, lower))
    return _distinct(node, lower)


def _cut(keys: Iterable[exp.Expression | None]) -> list[exp.Expression]:
    """The keys that are texts cut out of others, and have no mark yet."""
    named = [key for key in keys if key is not None]
    there = {key.sql() for key in named}
    return [
        key
        for key in named
        if type_of(key).name == "varchar"
        and not _ends_in_constant(key)
        and cut_at_a_blank(key)
        and not some_end_in_blank(key)
        and _marked(key).sql() not in there
    ]


def _ends_in_constant(key: exp.Expression) -> bool:
    """Whether a constant is behind the text, as a mark is: whatever was cut is not its end."""
    key = key.unnest()
    if isinstance(key, exp.DPipe):
        return _ends_in_constant(key.expression)
    if isinstance(key, exp.Concat):
        return _ends_in_constant(key.expressions[-1])
    return key.is_string and key.name.strip(" ") != "" and not key.name.endswith(" ")


def _marked(key: exp.Expression) -> exp.Expression:
    return typed(exp.DPipe(this=wrap(key.copy()), expression=typed(text("|"), VARCHAR)), VARCHAR)


def _group(node: exp.Group, lower: Lowering) -> exp.Expression | None:
    if not (cut := _cut(compared(node))):
        return None
    if any(isinstance(key, SETS) for key in node.expressions) or set(node.args) - {"expressions"}:
        raise Refusal("cut-texts", f"{athena(cut[0])} may end in a blank, in grouping sets", HINT)
    for key in node.expressions:
        lower.taken(key)
    made = exp.Group(expressions=[*(key.copy() for key in node.expressions), *map(_marked, cut)])
    made.parent = node.parent  # positions are those of its SELECT
    return lower(made)


def _window(node: exp.Window, lower: Lowering) -> exp.Expression | None:
    keys: Sequence[exp.Expression] = node.args.get("partition_by") or ()
    if not (cut := _cut(keys)):
        return None
    made = same_window(node, node.this.copy())
    made.set("partition_by", [*(key.copy() for key in keys), *map(_marked, cut)])
    for part in (node.this, *keys, node.args.get("order"), node.args.get("spec")):
        if part is not None:
            lower.taken(part)
    return lower(made)


def _distinct(node: exp.Distinct, lower: Lowering) -> exp.Expression | None:
    if isinstance(node.parent, COUNTED) and len(node.expressions) == 1 and _cut(node.expressions):
        lower.taken(node.expressions[0])
        made = exp.Distinct(expressions=[_marked(node.expressions[0])])
        made.parent = node.parent
        return lower(made)
    require_uncut(node.expressions if not isinstance(node.parent, COUNTED) else ())
    return None


def require_uncut(texts: Iterable[exp.Expression]) -> None:
    """Distinct texts that are shown can have no mark.

    Raises:
        Refusal: one of them is cut out of another text.
    """
    if cut := _cut(texts):
        raise Refusal("cut-texts", f"{athena(cut[0])} may end in a blank, among DISTINCT texts", HINT)


def _counted(node: exp.ApproxDistinct, lower: Lowering) -> exp.Expression:
    for part in (node.this, node.args.get("accuracy")):
        if part is not None:
            lower.taken(part)
    accuracy = node.args.get("accuracy")
    return typed(exp.ApproxDistinct(this=_marked(node.this), accuracy=accuracy and accuracy.copy()), type_of(node))


def _distinct_rows(node: exp.Select, lower: Lowering) -> exp.Expression | None:
    """SELECT DISTINCT is a GROUP BY of all that it shows."""
    if not node.args.get("distinct") or node.args["distinct"].args.get("on") or not (cut := _cut(_shown(node))):
        return None
    values = [each.unalias() for each in node.expressions]
    constant = [value for value in values if value.find(exp.Column) is None]
    if (
        node.args.get("group")
        or any(value.is_star or value.find(*OF_ROWS) for value in values)
        or any(value.find(exp.Func) for value in constant)
    ):
        raise Refusal("cut-texts", f"{athena(cut[0])} may end in a blank, among DISTINCT rows", HINT)
    made = lower.same(node)
    keys = [(value, each.unalias()) for value, each in zip(values, made.expressions, strict=True)]
    marks = [exp.DPipe(this=wrap(key.copy()), expression=text("|")) for value, key in keys if _cut([value])]
    plain = [key.copy() for value, key in keys if value.find(exp.Column) is not None]
    made.set("distinct", None)
    made.set("group", exp.Group(expressions=[*plain, *marks]))
    return made


def _shown(query: exp.Expression) -> list[exp.Expression]:
    """The values of a query's rows, those behind a star by what they stand for."""
    kinds = [kind for kind in result_types(query) if kind.name == "varchar"]
    branches = [query.unnest()]
    while any(isinstance(each, exp.SetOperation) for each in branches):
        branches = [
            side for each in branches
            for side in ((each.left.unnest(), each.right.unnest()) if isinstance(each, exp.SetOperation) else (each,))
        ]  # fmt: skip
    values = [value.unalias() for each in branches for value in getattr(each, "selects", ()) if not value.is_star]
    return [*values, *(source for kind in kinds for source in kind.sources)]


def _set_operation(node: exp.SetOperation) -> None:
    """Rows that are compared with others have no key that a mark could stand beside."""
    if isinstance(node, exp.Union) and node.args.get("distinct") is False:
        return
    if cut := _cut(_shown(node)):
        raise Refusal("cut-texts", f"{athena(cut[0])} may end in a blank, among rows that are compared", HINT)
