"""Trailing blanks: no part of a text wherever Redshift compares it with another (r_Character_types).

NULLIF, CASE, DECODE, IN, ANY, GROUP BY, DISTINCT, set operations and windows compare too; JOIN ... USING, which does as
well, is not modelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from .calls import macro, plain, text
from .types import of

__all__ = ["BLANK_RULES", "group_by_trimmed", "is_text", "sets_trimmed", "trimmed"]

_SETS = (exp.Tuple, exp.Cube, exp.Rollup, exp.GroupingSets)


def trimmed(node: exp.Expression) -> exp.Expression:
    """Without trailing blanks: they do not count in comparisons (r_Character_types)."""
    if isinstance(node, exp.Literal):
        return exp.Literal.string(node.name.rstrip(" ")) if node.is_string else node
    if isinstance(node, exp.Column):  # hardly one ends in a blank, and to see that costs a seventh of rtrim
        return macro("trimmed", node)
    return plain("rtrim", node, text(" "))


def is_text(node: exp.Expression | None) -> bool:
    """Whether a node is known to be text."""
    kind = of(node)
    return kind is not None and kind.text


def compare(node: exp.Expression) -> exp.Expression:
    """= <> < > of texts ignore trailing blanks."""
    if isinstance(node.parent, exp.Update):  # an assignment
        return node
    if isinstance(node.expression, exp.Any | exp.All) and is_text(node.this):
        _trim_results(node.expression.this)
        node.set("this", trimmed(node.this.copy()))
    elif is_text(node.this) and is_text(node.expression):
        for key in ("this", "expression"):
            side = node.args[key]
            node.set(key, trimmed(side.copy()))
    return node


def member(node: exp.Expression) -> exp.Expression:
    """IN of texts ignores trailing blanks, also those that a subquery gives."""
    if is_text(node.this):
        _trim_results(node.args.get("query"))
        node.set("this", trimmed(node.this.copy()))
        node.set("expressions", [trimmed(each.copy()) if is_text(each) else each for each in node.expressions])
    return node


def _trim_results(query: exp.Expression | None) -> None:
    """Takes the trailing blanks off the texts that a query gives, one column wide."""
    for branch in _branches(query) if query is not None else ():
        if len(branch.expressions) == 1 and is_text(value := branch.expressions[0].unalias()):
            value.replace(trimmed(value.copy()))


def null_if(node: exp.Expression) -> exp.Expression:
    """NULLIF compares as = does, and gives the text as it is (r_NULLIF_function)."""
    if not (is_text(node.this) and is_text(node.expression)):
        return node
    equal = exp.EQ(this=trimmed(node.this.copy()), expression=trimmed(node.expression.copy()))
    return exp.Case(ifs=[exp.If(this=equal, true=exp.Null())], default=node.this.copy())


def chosen(node: exp.Expression) -> exp.Expression:
    """CASE text WHEN text compares as = does (r_CASE_function)."""
    if is_text(node.this):
        node.set("this", trimmed(node.this.copy()))
        for branch in node.args["ifs"]:
            if is_text(branch.this):
                branch.set("this", trimmed(branch.this.copy()))
    return node


def decoded(node: exp.Expression) -> exp.Expression:
    """DECODE(text, search, result, ...) compares as = does (r_DECODE_expression)."""
    subject, *pairs = node.expressions
    if is_text(subject):
        searched = [trimmed(each.copy()) if at % 2 == 0 and at + 1 < len(pairs) and is_text(each) else each
                    for at, each in enumerate(pairs)]  # fmt: skip
        node.set("expressions", [trimmed(subject.copy()), *searched])
    return node


def between(node: exp.Expression) -> exp.Expression:
    """BETWEEN of texts ignores trailing blanks."""
    if is_text(node.this):
        for key in ("this", "low", "high"):
            node.set(key, trimmed(node.args[key].copy()))
    return node


def distinct(node: exp.Expression) -> exp.Expression:
    """COUNT(DISTINCT text) ignores trailing blanks; LISTAGG(DISTINCT text, separator) joins whole texts."""
    if isinstance(node.parent, exp.GroupConcat):
        _distinct_joined(node, node.parent)
    elif isinstance(node.parent, exp.AggFunc):
        node.set("expressions", [trimmed(each.copy()) if is_text(each) else each for each in node.expressions])
    return node


def _distinct_joined(node: exp.Distinct, around: exp.GroupConcat) -> None:
    """Texts are joined as they are; that some differ in trailing blanks only is not modelled here."""
    value, *separator = node.expressions
    if separator:
        around.set("separator", separator[0])
    node.set("expressions", [value])


def group_by_trimmed(select: exp.Select) -> None:
    """GROUP BY and SELECT DISTINCT of texts: 'a' and 'a ' are one group, which shows one of its texts."""
    if group := select.args.get("group"):
        _group(select, group)
    elif (distinct := select.args.get("distinct")) and not distinct.args.get("on"):
        values = [each.unalias() for each in select.expressions]
        if any(is_text(each) for each in values) and not any(each.is_star for each in select.expressions):
            keys = [trimmed(each.copy()) if is_text(each) else each.copy() for each in values]
            distinct.set("on", exp.Tuple(expressions=keys))


def _group(select: exp.Select, group: exp.Group) -> None:
    """Groups by texts without their blanks, and shows the least text of each group, or that of grouping sets."""
    meant = [_meant(select, each) for each in _listed(group.expressions)]
    keys = {key.sql() for key in meant if is_text(key) and _varies(key) and not _ends_without_blank(key)}
    sets = any(isinstance(each, _SETS) for each in group.expressions)
    if keys and not sets:
        group.set("expressions", [_meant(select, each).copy() for each in group.expressions])
    parts = [*select.expressions, *(select.args.get(key) for key in ("group", "having", "order", "qualify"))]
    for part in parts if keys else []:
        for node in list(part.walk()) if isinstance(part, exp.Expression) else []:
            if not _varies(node) or node.sql() not in keys or _around(node) is not select:
                continue
            if part is group and not any(node is key for key in _listed(group.expressions)):
                continue  # a part of another key, which is compared as a whole
            made = trimmed(node.copy()) if sets or part is group else exp.Min(this=node.copy())
            made.meta["rs"] = of(node)
            if node is part and node.arg_key == "expressions":
                made = exp.alias_(made, node.output_name or "?column?", quoted=True)
                made.meta["rs"] = of(node)
            node.replace(made)


def sets_trimmed(tree: exp.SetOperation) -> None:
    """UNION, INTERSECT and EXCEPT compare rows: in their text columns trailing blanks do not count (r_UNION)."""
    branches = [branch for branch in _branches(tree) if not branch.is_star]
    for branch in branches if tree.args.get("distinct") else []:
        for projection in list(branch.expressions):
            value = projection.unalias()
            if is_text(value) and not value.meta.get("trimmed"):
                short = trimmed(value.copy())
                short.meta.update(rs=of(value), trimmed=True)
                named = exp.alias_(short, projection.alias_or_name or "?column?", quoted=True)
                named.meta["rs"] = of(value)
                projection.replace(named)


def _branches(tree: exp.Expression) -> Iterator[exp.Select]:
    """The SELECTs that a set operation combines."""
    if isinstance(tree, exp.SetOperation):
        yield from _branches(tree.this)
        yield from _branches(tree.expression)
    elif isinstance(tree, exp.Subquery):
        yield from _branches(tree.this)
    elif isinstance(tree, exp.Select):
        yield tree


def _around(node: exp.Expression) -> exp.Expression | None:
    """The aggregate or the query that a node stands in; GROUPING and window functions see groups, not rows."""
    around = node.find_ancestor(exp.AggFunc, exp.Query)
    while isinstance(around, exp.AggFunc) and (
        isinstance(around, exp.Grouping) or (around.arg_key == "this" and isinstance(around.parent, exp.Window))
    ):
        around = around.find_ancestor(exp.AggFunc, exp.Query)
    return around


def _listed(keys: list[exp.Expression]) -> Iterator[exp.Expression]:
    """The keys of a GROUP BY, also those in grouping sets."""
    for each in keys:
        if isinstance(each, exp.Paren):
            yield each.this
        elif isinstance(each, _SETS):
            yield from _listed(each.expressions)
        else:
            yield each


def _varies(node: exp.Expression) -> bool:
    return isinstance(node, exp.Column | exp.Func | exp.DPipe)


def _ends_without_blank(node: exp.Expression) -> bool:
    """Whether it can be seen that no value ends in a blank: a formatted time, or a text with a constant behind it."""
    if isinstance(node, exp.DPipe):
        return _ends_without_blank(node.expression)
    if isinstance(node, exp.Literal):
        return node.is_string and node.name[-1:] not in {"", " "}
    formatted = isinstance(node, exp.Anonymous) and node.name == "strftime"
    return formatted and _ends_without_blank(node.expressions[1])


def _meant(select: exp.Select, key: exp.Expression) -> exp.Expression:
    """What a GROUP BY item means: a position, the name of a result or an expression."""
    if isinstance(key, exp.Literal) and not key.is_string and int(key.name) <= len(select.expressions):
        found: exp.Expression = select.expressions[int(key.name) - 1].unalias()
        return found
    if key.meta.get("of_result"):
        return next((each.unalias() for each in select.expressions if each.alias.lower() == key.name.lower()), key)
    return key


BLANK_RULES: dict[type[exp.Expression], Callable[[exp.Expression], exp.Expression]] = {
    exp.Between: between,
    exp.Case: chosen,
    exp.DecodeCase: decoded,
    exp.Distinct: distinct,
    exp.EQ: compare,
    exp.GT: compare,
    exp.GTE: compare,
    exp.In: member,
    exp.LT: compare,
    exp.LTE: compare,
    exp.NEQ: compare,
    exp.Nullif: null_if,
}
