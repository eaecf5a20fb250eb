"""Every part of a construct is read, or the translation fails.

Two doors. A node that is copied may only have parts that are known to mean the same (``KEPT``). A node that a rule
takes apart is watched while the rule works (``Reading``): each argument that somebody wrote must have been asked for,
and each node below it handed on, copied, or taken apart in the same way. Nothing has to be listed for that.
"""

from __future__ import annotations

from typing import Any, Final

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena

__all__ = ["Reading", "require_known_parts"]

QUERY: Final = "with_ order limit offset"
OPERATORS: Final = (exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.And,
                    exp.Or, exp.Is, exp.Nullif)  # fmt: skip
LISTS: Final = (exp.Tuple, exp.Rollup, exp.Cube, exp.GroupingSets, exp.Group, exp.Order, exp.Distinct, exp.Grouping)
# What a copied node may consist of besides `this`.
KEPT: Final[dict[type[exp.Expression], frozenset[str]]] = {
    kind: frozenset(parts.split())
    for kind, parts in {
        **dict.fromkeys(OPERATORS, "expression"), **dict.fromkeys(LISTS, "expressions"),
        exp.Select: f"{QUERY} expressions from_ where group having distinct joins windows",
        exp.Subquery: f"{QUERY} alias joins", exp.Union: f"{QUERY} expression distinct",
        exp.Intersect: f"{QUERY} expression distinct", exp.Except: f"{QUERY} expression distinct",
        exp.With: "expressions recursive", exp.CTE: "alias", exp.Table: "alias db catalog joins",
        exp.TableAlias: "columns", exp.Join: "on side kind using", exp.Column: "table db catalog",
        exp.Identifier: "quoted", exp.Alias: "alias", exp.Literal: "is_string", exp.Ordered: "desc nulls_first",
        exp.Limit: "expression", exp.Offset: "expression",
        exp.Window: "partition_by order spec alias over", exp.WindowSpec: "kind start start_side end end_side",
        exp.In: "expressions query", exp.Between: "low high", exp.Case: "ifs default", exp.If: "true",
        exp.Div: "expression typed safe", exp.Coalesce: "expressions", exp.Round: "decimals", exp.Count: "big_int",
        exp.Lag: "offset", exp.Lead: "offset", exp.NthValue: "offset", exp.Translate: "from_ to",
    }.items()
}  # fmt: skip
# Flags that sqlglot's reader sets by itself, and parts that are in the type of the node: nobody has to ask for them.
SILENT: Final[dict[type[exp.Expression], frozenset[str]]] = {
    kind: frozenset(parts.split())
    for kind, parts in {
        exp.Literal: "is_string", exp.Div: "typed safe", exp.Window: "over", exp.ConcatWs: "safe coalesce",
        exp.Count: "big_int", exp.Cast: "to", exp.TryCast: "to safe", exp.RegexpExtract: "null_if_pos_overflow",
        exp.Bracket: "safe returns_list_for_maps", exp.Encode: "charset",
    }.items()
}  # fmt: skip
NOTHING: Final[frozenset[str]] = frozenset()


def _written(value: Any) -> bool:
    """Whether somebody wrote this part, rather than left it at its default."""
    return value is not None and value is not False and value not in ("", [])


def require_known_parts(node: exp.Expression) -> None:
    """Refuses to copy a node with a part whose meaning on Redshift nobody thought of.

    Raises:
        Refusal: there is one.
    """
    known = KEPT.get(type(node), NOTHING)
    for part, value in node.args.items():
        if part != "this" and part not in known and (_written(value) or (part == "all" and value is not None)):
            raise _unread(node, part)


# How people call what sqlglot has another word for.
WORDS: Final = {
    ("join", "method"): "NATURAL or ASOF",
    ("table", "version"): "FOR TIMESTAMP AS OF, or FOR VERSION AS OF",
    ("distinct", "on"): "DISTINCT ON",
    ("split", "limit"): "the limit",
}
HINTS: Final = {
    ("join", "method"): "name the columns: JOIN ... USING (a, b)",
    ("table", "version"): "keep a column with the time of each version, and filter on it",
    ("distinct", "on"): "ROW_NUMBER() OVER (PARTITION BY ... ORDER BY ...) = 1 in a subquery",
}


def _unread(node: exp.Expression, part: str) -> Refusal:
    shown, place = athena(node), (node.key, part)
    what = WORDS.get(place) or WORDS.get(("", part)) or part.strip("_").upper()
    return Refusal(
        "syntax", f"{what} in {shown} has no known counterpart", HINTS.get(place, f"write {shown} without it")
    )


class _Parts(dict[str, Any]):
    """A node's arguments, which remember what was asked for."""

    __slots__ = ("asked", "reading", "whole")

    def __init__(self, parts: dict[str, Any], reading: Reading) -> None:
        super().__init__(parts)
        self.asked: set[str] = set()
        self.whole = False
        self.reading = reading

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return self.reading.follow(dict.get(self, key, default))

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return self.reading.follow(dict.__getitem__(self, key))

    def items(self) -> Any:
        self.whole = True
        return dict.items(self)

    def values(self) -> Any:
        self.whole = True
        return dict.values(self)


class Reading:
    """One rule at work on one node: which parts it asked for, in that node and in those below that it took apart."""

    __slots__ = ("handed", "node", "paused", "watched")

    def __init__(self, node: exp.Expression) -> None:
        self.node = node
        self.watched: dict[int, exp.Expression] = {}
        self.handed: set[int] = set()
        self.paused = False
        self._watch(node)

    def _watch(self, node: exp.Expression) -> None:
        if type(node.args) is dict:
            self.watched[id(node)] = node
            node.args = _Parts(node.args, self)

    def follow(self, value: Any) -> Any:
        """Watches what was asked for."""
        if self.paused:
            return value
        if isinstance(value, exp.Expression):
            self._watch(value)
        elif type(value) is list:
            for each in value:
                if isinstance(each, exp.Expression):
                    self._watch(each)
        return value

    def hand_on(self, node: exp.Expression) -> None:
        """The walk takes a node over: it is watched by the rule that gets it."""
        self.handed.add(id(node))
        if type(node.args) is not dict:
            self._let_go(node)

    def _let_go(self, node: exp.Expression) -> None:
        """Stops watching a node and what was reached through it."""
        parts = node.args
        if type(parts) is dict or parts.reading is not self:
            return
        node.args = dict.copy(parts)
        self.watched.pop(id(node), None)
        for value in node.args.values():
            for each in value if type(value) is list else (value,):
                if isinstance(each, exp.Expression):
                    self._let_go(each)

    def end(self) -> dict[int, tuple[exp.Expression, _Parts]]:
        """Takes the watch off; what was asked for of each node."""
        seen = {}
        for key, node in self.watched.items():
            seen[key] = (node, node.args)
            node.args = dict.copy(node.args)
        return seen

    def require_all_read(self) -> None:
        """Raises for a part that the rule left unread.

        Raises:
            Refusal: there is one.
        """
        seen = self.end()
        self._require(self.node, seen)

    def _require(self, node: exp.Expression, seen: dict[int, tuple[exp.Expression, _Parts]]) -> None:
        if id(node) in self.handed:
            return
        entry = seen.get(id(node))
        if entry is None:
            raise _unread(node, "this")
        parts = entry[1]
        if parts.whole:
            return
        silent = SILENT.get(type(node), NOTHING)
        for part, value in node.args.items():
            if part in silent or not _written(value):
                continue
            if part not in parts.asked:
                raise _unread(node, part)
            for each in value if type(value) is list else (value,):
                if isinstance(each, exp.Expression):
                    self._require(each, seen)
