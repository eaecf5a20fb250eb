"""Rules of texts: trailing blanks, patterns, positions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import macro, spelled
from .types import of

__all__ = ["TEXT_RULES", "group_by_trimmed", "is_text", "part_of_text", "sets_trimmed", "trimmed"]


def trimmed(node: exp.Expression) -> exp.Expression:
    """Without trailing blanks: they do not count in comparisons (r_Character_types)."""
    if isinstance(node, exp.Literal):
        return exp.Literal.string(node.name.rstrip(" ")) if node.is_string else node
    return exp.Anonymous(this="rtrim", expressions=[node, exp.Literal.string(" ")])


def is_text(node: exp.Expression | None) -> bool:
    """Whether a node is known to be text."""
    kind = of(node)
    return kind is not None and kind.text


def compare(node: exp.Expression) -> exp.Expression:
    """= <> < > of texts ignore trailing blanks."""
    if isinstance(node.parent, exp.Update):  # an assignment
        return node
    if is_text(node.this) and is_text(node.expression):
        for key in ("this", "expression"):
            side = node.args[key]
            node.set(key, trimmed(side.copy()))
    return node


def member(node: exp.Expression) -> exp.Expression:
    """IN of texts ignores trailing blanks."""
    if is_text(node.this) and not node.args.get("query"):
        node.set("this", trimmed(node.this.copy()))
        node.set("expressions", [trimmed(each.copy()) if is_text(each) else each for each in node.expressions])
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
    """GROUP BY and SELECT DISTINCT of text columns: 'a' and 'a ' are one group."""
    keys = _text_keys(select)
    parts = [*select.expressions, *(select.args.get(key) for key in ("group", "having", "order", "qualify"))]
    for part in parts if keys else []:
        for column in list(part.find_all(exp.Column)) if isinstance(part, exp.Expression) else []:
            inside = column.find_ancestor(exp.AggFunc, exp.Query)
            if column.sql() not in keys or inside is not select:
                continue
            short = trimmed(column.copy())
            if column is part and part.arg_key == "expressions":
                short.meta["rs"] = of(column)
                short = exp.alias_(short, column.name, quoted=True)
            short.meta["rs"] = of(column)
            column.replace(short)


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


def concatenate(node: exp.Expression) -> exp.Expression:
    """|| of what is no text yet."""
    for key in ("this", "expression"):
        node.set(key, spelled(node.args[key]))
    return node


def _text_keys(select: exp.Select) -> set[str]:
    """The text columns that rows are grouped by."""
    if group := select.args.get("group"):
        targets = [_grouped(select, key) for key in group.expressions]
    elif select.args.get("distinct"):
        targets = [each.unalias() for each in select.expressions]
    else:
        targets = []
    return {target.sql() for target in targets if isinstance(target, exp.Column) and is_text(target)}


def _grouped(select: exp.Select, key: exp.Expression) -> exp.Expression:
    """What a GROUP BY item means: a position, an alias or an expression."""
    if isinstance(key, exp.Literal) and not key.is_string and int(key.name) <= len(select.expressions):
        found: exp.Expression = select.expressions[int(key.name) - 1].unalias()
        return found
    return key


def like(node: exp.Expression) -> exp.Expression:
    """The default escape of LIKE is a backslash (r_patternmatching_condition_like)."""
    if isinstance(node.parent, exp.Escape):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))


def similar(node: exp.Expression) -> exp.Expression:
    """SIMILAR TO: % and _ besides a regular expression's signs; a backslash, or what ESCAPE names, escapes them."""
    if isinstance(node.parent, exp.Escape):
        return node
    escape = "\\"
    if isinstance(node, exp.Escape):
        if not isinstance(node.this, exp.SimilarTo):
            return node
        node, escape = node.this, node.expression.name
    if not isinstance(node.expression, exp.Literal):
        raise SqlError("0A000", "not rehearsable: SIMILAR TO a pattern that is no constant")
    pattern = exp.Literal.string(_whole_text(node.expression.name, escape))
    return exp.Anonymous(this="regexp_full_match", expressions=[node.this.copy(), pattern])


_SIMILAR = {"%": ".*", "_": ".", ".": "\\.", "^": "\\^", "$": "\\$"}


def _whole_text(pattern: str, escape: str) -> str:
    """A pattern of SIMILAR TO as a regular expression; within brackets its signs stand for themselves."""
    parts, place, listed = ["(?s)"], 0, False
    while place < len(pattern):
        sign = pattern[place]
        if sign == escape and place + 1 < len(pattern):
            place += 1
            parts.append(re.escape(pattern[place]))
        else:
            listed = sign == "[" or (listed and sign != "]")
            parts.append(sign if listed else _SIMILAR.get(sign, sign))
        place += 1
    return "".join(parts)


def regexp_like(node: exp.Expression) -> exp.Expression:
    """~ matches anywhere."""
    return exp.Anonymous(this="regexp_matches", expressions=[node.this.copy(), node.expression.copy()])


def part_of_text(node: exp.Expression) -> exp.Expression:
    """SUBSTRING counts a start before 1 from there, not from the end (r_SUBSTRING)."""
    if (kind := of(node.this)) is not None and kind.base == "binary varying":
        raise SqlError("0A000", "not rehearsable: a part of a VARBYTE")
    size = node.args.get("length") or exp.Literal.number(2_147_483_647)
    start = node.args.get("start") or exp.Literal.number(1)
    return macro("substring_from", node.this.copy(), start.copy(), size.copy())


def field(node: exp.Expression) -> exp.Expression:
    """SPLIT_PART counts from 1, and not from the end (SPLIT_PART)."""
    return macro("part", node.this.copy(), node.args["delimiter"].copy(), node.args["part_index"].copy())


def listagg(node: exp.Expression) -> exp.Expression:
    """LISTAGG without a separator joins with nothing (r_LISTAGG)."""
    if not node.args.get("separator"):
        node.set("separator", exp.Literal.string(""))
    return node


def sorted_once(node: exp.Expression) -> exp.Expression:
    """LISTAGG(DISTINCT x) WITHIN GROUP (ORDER BY x): DuckDB takes only the simplest x for the same in both places."""
    call, keys = node.this, node.expression.expressions
    if not isinstance(call, exp.GroupConcat) or not isinstance(call.this, exp.Distinct) or len(keys) != 1:
        return node
    value = call.this.expressions[0]
    if isinstance(node.parent, exp.Window) or value.sql() != keys[0].this.sql():
        return node
    texts = exp.Filter(
        this=exp.Anonymous(this="list", expressions=[exp.Distinct(expressions=[value.copy()])]),
        expression=exp.Where(this=exp.Not(this=exp.Is(this=exp.paren(value.copy()), expression=exp.Null()))),
    )
    way = exp.Literal.string("DESC" if keys[0].args.get("desc") else "ASC")
    ordered = exp.Anonymous(this="list_sort", expressions=[texts, way])
    return exp.Anonymous(this="array_to_string", expressions=[ordered, call.args["separator"].copy()])


def upper(node: exp.Expression) -> exp.Expression:
    """The sharp s stays what it is, as in PostgreSQL."""
    return macro("capital", node.this.copy())


TEXT_RULES: dict[type[exp.Expression], Callable[[exp.Expression], exp.Expression]] = {
    exp.Between: between,
    exp.DPipe: concatenate,
    exp.Distinct: distinct,
    exp.EQ: compare,
    exp.Escape: similar,
    exp.GT: compare,
    exp.GTE: compare,
    exp.GroupConcat: listagg,
    exp.ILike: like,
    exp.In: member,
    exp.LT: compare,
    exp.LTE: compare,
    exp.Like: like,
    exp.Upper: upper,
    exp.WithinGroup: sorted_once,
    exp.NEQ: compare,
    exp.RegexpLike: regexp_like,
    exp.SimilarTo: similar,
    exp.SplitPart: field,
    exp.Substring: part_of_text,
}
