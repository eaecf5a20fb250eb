"""SUPER among other types: its names, its comparisons, and what is refused of it.

A text function reads its JSON here, quotes and all, where Redshift reads the value.
"""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import plain
from .types import FLOATS, INTEGERS, SUPER, named, of

__all__ = ["check_supers", "fold_names", "type_dynamically"]

_OF_TEXTS = (
    exp.DPipe, exp.Concat, exp.Like, exp.ILike, exp.SimilarTo, exp.Upper, exp.Lower, exp.Initcap, exp.Length,
    exp.ByteLength, exp.Substring, exp.Left, exp.Right, exp.Trim, exp.Pad, exp.Replace, exp.Reverse, exp.Repeat,
    exp.SplitPart, exp.StrPosition, exp.RegexpReplace, exp.RegexpSubstr, exp.RegexpLike, exp.Translate, exp.MD5,
    exp.SHA, exp.SHA2, exp.GroupConcat,
)  # fmt: skip
_CALLED = frozenset({
    "ascii", "btrim", "char_length", "character_length", "charindex", "concat", "crc32", "initcap", "left",
    "len", "length", "lower", "lpad", "ltrim", "octet_length", "quote_ident", "quote_literal", "regexp_count",
    "regexp_instr", "regexp_replace", "regexp_substr", "repeat", "replace", "replicate", "reverse", "right",
    "rpad", "rtrim", "soundex", "split_part", "strpos", "strtol", "substr", "substring", "textlen", "to_date",
    "to_number", "to_timestamp", "translate", "trim", "upper",
})  # fmt: skip


def check_supers(tree: exp.Expression) -> None:
    """Refuses parts of a SUPER among texts, without a cast, and places that are negative.

    Raises:
        SqlError: 0A000, not rehearsable, or beside a RIGHT or FULL JOIN.
    """
    for select in tree.find_all(exp.Select):
        sides = {str(join.args.get("side") or "").upper() for join in select.args.get("joins") or ()}
        parts = select.find_all(exp.Column, exp.Dot) if sides & {"RIGHT", "FULL"} else ()
        if any(of(part) == SUPER and part.find_ancestor(exp.Select) is select for part in parts):
            raise SqlError("0A000", "SUPER is not supported in RIGHT and FULL joins")  # limitations-super
    for node in tree.find_all(*_OF_TEXTS, exp.Anonymous, exp.Binary):
        if _takes_texts(node) and any(of(part) == SUPER for part in node.iter_expressions()):
            raise SqlError("0A000", "not rehearsable: a SUPER as a text; cast it (x.a::varchar)")
    for node in tree.find_all(exp.Bracket):
        if of(node.this) == SUPER and any(isinstance(key.unnest(), exp.Neg) for key in node.expressions):
            raise SqlError("0A000", "not rehearsable: an element of a SUPER at a negative place")
    for node in tree.find_all(exp.Ordered, exp.In, exp.Between):
        if of(node.this) == SUPER:
            raise SqlError("0A000", "not rehearsable: a SUPER in ORDER BY, IN or BETWEEN; cast it (x.a::int)")


def _takes_texts(node: exp.Expression) -> bool:
    """Whether a call reads texts, or a comparison has one on a side."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower() in _CALLED
    if isinstance(node, _OF_TEXTS):
        return True
    kinds = [of(node.left), of(node.right)]
    return (
        isinstance(node, exp.Predicate)
        and not isinstance(node.parent, exp.Update)
        and any(kind is not None and kind.text for kind in kinds)
    )


def fold_names(tree: exp.Expression) -> None:
    """Names of attributes in small letters, quoted or not: so they are looked for (super-configurations)."""
    for node in tree.find_all(exp.Dot, exp.Column):
        if of(node) == SUPER and isinstance(name := node.args.get("expression") or node.this, exp.Identifier):
            name.set("this", name.name.lower())


_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_NUMBERS = frozenset({*INTEGERS, *FLOATS, "numeric"})


def type_dynamically(tree: exp.Expression) -> None:
    """A SUPER compared with a number, by what it holds: of another type it is not equal, and not comparable.

    Source: query-super, "Dynamic typing".
    """
    for node in list(tree.find_all(*_COMPARED)):
        left, right = of(node.left), of(node.right)
        sides = [side for side, kind in ((node.left, left), (node.right, right)) if kind == SUPER]
        other = right if left == SUPER else left
        if len(sides) != 1 or isinstance(node.parent, exp.Update) or other is None or other.base not in _NUMBERS:
            continue
        if sides[0].find(exp.Query) or node.find(exp.Query):
            raise SqlError("0A000", "not rehearsable: a SUPER compared with a subquery; cast it (x.a::int)")
        held = plain("json_type", sides[0].copy())
        differs = exp.Null() if not isinstance(node, exp.EQ | exp.NEQ) else exp.Boolean(this=isinstance(node, exp.NEQ))
        cases = [exp.If(this=exp.Is(this=node.left.copy(), expression=exp.Null()), true=exp.Null()),
                 exp.If(this=exp.Is(this=node.right.copy(), expression=exp.Null()), true=exp.Null())]  # fmt: skip
        for types, number in ((("UBIGINT", "BIGINT"), "numeric(38,0)"), (("DOUBLE",), "double precision")):
            by_number = node.copy()
            by_number.set("this" if left == SUPER else "expression", _number(sides[0], number))
            cases.append(exp.If(this=held.copy().isin(*types), true=by_number))
        node.replace(exp.Paren(this=exp.Case(ifs=cases, default=differs)))


def _number(node: exp.Expression, kind: str) -> exp.Expression:
    """A number that a SUPER holds, its type as the casts of a text have it."""
    made = exp.Cast(this=node.copy(), to=exp.DataType.build(named(kind).duckdb, dialect="duckdb"))
    made.to.meta["rs"] = made.meta["rs"] = named(kind)
    return made
