"""Which texts may end in a blank: what a schema says of columns, and what a query itself shows of its expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from sqlglot import exp

from .carried import sources_of, with_sources
from .types import Type, type_of

__all__ = ["cut_at_a_blank", "ends_in_blank", "kind_may_end_in_blank", "may_end_in_blank", "some_end_in_blank"]

CASED: Final = (exp.Lower, exp.Upper)  # what changes no blank
CHOICES: Final = (exp.Coalesce, exp.Greatest, exp.Least)
CUTTING: Final = (exp.Substring, exp.SplitPart, exp.RegexpExtract, exp.Reverse)
REPLACING: Final = (exp.Replace, exp.RegexpReplace)
JOINING: Final = (exp.DPipe, exp.Concat)
# What gives one of the values of its first argument.
PICKING: Final = (exp.Min, exp.Max, exp.AnyValue, exp.ArgMin, exp.ArgMax, exp.FirstValue, exp.LastValue, exp.NthValue,
                  exp.Window, exp.Filter, exp.IgnoreNulls, exp.Try, exp.Lag, exp.Lead,
                  exp.Nullif)  # fmt: skip
STANDING_FOR: Final = (exp.Column, exp.Subquery, exp.Select, exp.SetOperation)
BLANK: Final = 32
MAY_END: Final = "may_end_in_blank"
CUT_AT: Final = "cut_at_a_blank"


def may_end_in_blank(node: exp.Expression) -> bool:
    """Whether a text may end in a blank, unless the schema or the expression itself says that none does."""
    node = node.unnest()
    if MAY_END not in node.meta:
        node.meta[MAY_END] = False  # what asks for itself, as a recursive query may
        node.meta[MAY_END] = _may_end(node)
    return bool(node.meta[MAY_END])


def _may_end(node: exp.Expression) -> bool:
    if isinstance(node, exp.Literal):
        return bool(node.name.endswith(" "))
    if isinstance(node, CASED):
        return may_end_in_blank(node.this)
    if isinstance(node, exp.Trim):
        return node.expression is not None or node.text("position").upper() == "LEADING"
    if type(node) is exp.Cast and type_of(node.this).name != "varchar":
        return False
    if isinstance(node, CHOICES):
        return any(map(may_end_in_blank, (node.this, *node.expressions)))
    return kind_may_end_in_blank(type_of(node))


def kind_may_end_in_blank(kind: Type) -> bool:
    """Whether a column may hold a text that ends in a blank; of an inner query, by the expressions it stands for."""
    if kind.name != "varchar" or "no trailing blanks" in kind.known:
        return False
    return not kind.sources or any(map(may_end_in_blank, kind.sources))


def ends_in_blank(node: exp.Expression, *, cut: bool = False) -> bool:
    """Whether the query itself shows that a text may end in a blank, of a column by the inner queries it comes from.

    Args:
        node: the text.
        cut: it is cut, and may end within a constant.
    """
    node = node.unalias().unnest()
    key = f"ends_in_blank {cut}"
    if key not in node.meta:
        node.meta[key] = False  # what asks for itself, as a recursive query may
        node.meta[key] = _seen(node, cut=cut)
    return bool(node.meta[key])


def _seen(node: exp.Expression, *, cut: bool) -> bool:
    if isinstance(node, exp.Literal):
        return bool(node.is_string) and (" " in node.name if cut else node.name.endswith(" "))
    if isinstance(node, exp.Chr):
        return any(each.is_int and int(each.name) == BLANK for each in node.expressions)
    if isinstance(node, exp.Trim):
        return may_end_in_blank(node) and ends_in_blank(node.this, cut=cut or _trims_letters(node))
    if isinstance(node, exp.Pad):
        return cut or " " in node.text("fill_pattern") or ends_in_blank(node.this, cut=True)
    if _cuts(node):
        return ends_in_blank(_subject(node), cut=True)
    if isinstance(node, exp.Cast):
        return type_of(node.this).name == "varchar" and ends_in_blank(node.this, cut=cut)
    return any(ends_in_blank(part, cut=cut or isinstance(node, exp.Translate)) for part in _parts(node))


def cut_at_a_blank(node: exp.Expression) -> bool:
    """Whether a text is cut out of one that the query does not show: within it may be a blank, whatever it ends in."""
    node = node.unalias().unnest()
    if CUT_AT not in node.meta:
        node.meta[CUT_AT] = False  # what asks for itself, as a recursive query may
        if _cuts(node) or isinstance(node, exp.Pad):
            node.meta[CUT_AT] = not _subject(node).is_string and not _parted_at_blanks(node)
        else:
            node.meta[CUT_AT] = any(map(cut_at_a_blank, _parts(node)))
    return bool(node.meta[CUT_AT])


def _parts(node: exp.Expression) -> Iterable[exp.Expression]:
    """The texts that may be a text's end."""
    if isinstance(node, STANDING_FOR):
        return sources_of(node)
    if isinstance(node, exp.TimeToStr):
        read: list[exp.Expression | None] = [node.args.get("format")]
    elif isinstance(node, exp.Translate):
        read = [node.this, node.args.get("to")]
    elif isinstance(node, (*CASED, *CHOICES, *JOINING, exp.Format)):
        read = [node.this, node.args.get("expression"), *node.expressions]
    elif isinstance(node, REPLACING):
        read = [node.this, node.args.get("replacement")]
    elif node.name.lower() == "format_datetime" and isinstance(node, exp.Anonymous):
        read = node.expressions[1:]
    else:
        read = list(_chosen(node))
    return [each for each in read if isinstance(each, exp.Expression)]


def _chosen(node: exp.Expression) -> Iterator[exp.Expression | None]:
    """The values of which an expression gives one."""
    if isinstance(node, (exp.Case, exp.If)):
        yield from (each.args["true"] for each in node.args.get("ifs") or [node])
        yield from (node.args.get("default"), node.args.get("false"))
    elif isinstance(node, PICKING):
        yield from (node.this, node.args.get("default"))
    elif isinstance(node, CHOICES):
        yield from (node.this, *node.expressions)
    elif isinstance(node, STANDING_FOR):
        yield from sources_of(node)


def _cuts(node: exp.Expression) -> bool:
    """Whether of a text some values end within one of its constants, and others do not."""
    if isinstance(node, exp.Bracket):
        return isinstance(node.this, exp.Split)
    if isinstance(node, exp.Cast):
        return bool(type_of(node.this).name == type_of(node).name == "varchar" and type_of(node).precision)
    return isinstance(node, CUTTING) or (isinstance(node, exp.Trim) and _trims_letters(node))


def _parted_at_blanks(node: exp.Expression) -> bool:
    """Whether a text is a part between blanks, so that none is in it."""
    parted = node.this if isinstance(node, exp.Bracket) else node
    between = parted.args.get("delimiter" if isinstance(parted, exp.SplitPart) else "expression")
    named = isinstance(parted, (exp.SplitPart, exp.Split)) and isinstance(between, exp.Literal)
    return named and between.name == " "


def _trims_letters(node: exp.Trim) -> bool:
    return node.expression is not None and node.text("position").upper() != "LEADING"


def _subject(node: exp.Expression) -> exp.Expression:
    inner: exp.Expression = node.this
    return inner.this if isinstance(inner, exp.Split) else inner


def some_end_in_blank(node: exp.Expression) -> bool:
    """Whether of one expression some values end in a constant's blank and others do not.

    Such a text is cut out of another one, or chosen of several: in no other way does the query itself show that two
    of its values may differ in nothing but blanks.
    """
    parts = list(with_sources([node]))
    return any(ends_in_blank(part) for part in parts if _cuts(part)) or _differ_in_blanks(list(_variants(node, set())))


def _variants(node: exp.Expression, seen: set[int]) -> Iterator[exp.Expression]:
    """The ends that an expression's values may have, NULL left out: of what is joined that of the last part."""
    node = node.unalias().unnest()
    if id(node) in seen or isinstance(node, exp.Null):
        return
    seen.add(id(node))
    if isinstance(node, JOINING):
        parts: list[exp.Expression | None] = [node.expressions[-1] if node.expressions else node.expression]
    else:
        parts = [node.this] if isinstance(node, CASED) else list(_chosen(node))
    inner = [part for part in parts if isinstance(part, exp.Expression)]
    if not inner:
        yield node
    for part in inner:
        yield from _variants(part, seen)


def _differ_in_blanks(variants: list[exp.Expression]) -> bool:
    if all(each.is_string for each in variants):
        texts = sorted({each.name for each in variants}, key=_without_blanks)
        return any(len(list(alike)) > 1 for _, alike in groupby(texts, _without_blanks))
    return len({ends_in_blank(each) for each in variants}) > 1


def _without_blanks(text: str) -> str:
    return text.rstrip(" ")
