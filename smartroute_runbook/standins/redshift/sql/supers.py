"""What is refused of a SUPER: a text function reads its JSON here, quotes and all, where Redshift reads the value."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .types import SUPER, of

__all__ = ["check_supers"]

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
        SqlError: 0A000, not rehearsable.
    """
    for node in tree.find_all(*_OF_TEXTS, exp.Anonymous, exp.Binary):
        if _takes_texts(node) and any(of(part) == SUPER for part in node.iter_expressions()):
            raise SqlError("0A000", "not rehearsable: a SUPER as a text; cast it (x.a::varchar)")
    for node in tree.find_all(exp.Bracket):
        if of(node.this) == SUPER and any(isinstance(key.unnest(), exp.Neg) for key in node.expressions):
            raise SqlError("0A000", "not rehearsable: an element of a SUPER at a negative place")


def _takes_texts(node: exp.Expression) -> bool:
    """Whether a call reads texts, or a comparison has one on a side."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower() in _CALLED
    if isinstance(node, _OF_TEXTS):
        return True
    kinds = [of(node.left), of(node.right)]
    return isinstance(node, exp.Predicate) and any(kind is not None and kind.text for kind in kinds)
