"""Rules of texts: patterns, positions, joining."""

from __future__ import annotations

import re
from collections.abc import Callable
from string import ascii_lowercase, ascii_uppercase

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import cast, macro, spelled
from .types import of

__all__ = ["TEXT_RULES", "part_of_text"]


def concatenate(node: exp.Expression) -> exp.Expression:
    """|| of what is no text yet."""
    for key in ("this", "expression"):
        node.set(key, spelled(node.args[key]))
    return node


def like(node: exp.Expression) -> exp.Expression:
    """The default escape of LIKE is a backslash; ILIKE folds ASCII only (r_patternmatching_condition_like)."""
    made = node
    if isinstance(node, exp.ILike):
        made = exp.Like(this=_folded(node.this), expression=_folded(node.expression), negate=node.args.get("negate"))
    if isinstance(node.parent, exp.Escape):
        return made
    return exp.Escape(this=made.copy(), expression=exp.Literal.string("\\"))


def _folded(node: exp.Expression) -> exp.Expression:
    """A text with its ASCII letters in lower case."""
    letters = [exp.Literal.string(alphabet) for alphabet in (ascii_uppercase, ascii_lowercase)]
    return exp.Anonymous(this="translate", expressions=[node.copy(), *letters])


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


def found(node: exp.Expression) -> exp.Expression:
    """STRPOS is an INTEGER (r_STRPOS)."""
    return cast(node.copy(), "INTEGER")


def upper(node: exp.Expression) -> exp.Expression:
    """The sharp s stays what it is, as in PostgreSQL."""
    return macro("capital", node.this.copy())


TEXT_RULES: dict[type[exp.Expression], Callable[[exp.Expression], exp.Expression]] = {
    exp.DPipe: concatenate,
    exp.Escape: similar,
    exp.GroupConcat: listagg,
    exp.ILike: like,
    exp.Like: like,
    exp.Upper: upper,
    exp.WithinGroup: sorted_once,
    exp.RegexpLike: regexp_like,
    exp.SimilarTo: similar,
    exp.SplitPart: field,
    exp.StrPosition: found,
    exp.Substring: part_of_text,
}
