"""What a rule is, and the walk that applies rules: source tree in, Redshift tree out.

The source tree is never changed. A node goes to the rules of its class in order of registration; the first that
answers decides. Without an answer it is copied with its children translated, if its class means the same on both
engines (``SAME``); otherwise it is refused. Nothing passes because nobody thought of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sqlglot import exp

from smartroute_runbook.tolerance import EXACT, Tolerance
from smartroute_runbook.translate.carried import boundary, carried, inner_call
from smartroute_runbook.translate.hints import function_name, instead_of
from smartroute_runbook.translate.model import Change, Problem, Refusal
from smartroute_runbook.translate.text import athena, redshift, shortened
from smartroute_runbook.translate.types import Type, type_of

from .arguments import Reading, require_known_parts
from .sizes import Sizes
from .trees import cast, decimal_cast, rounded_cast

__all__ = [
    "AWS",
    "FLOATING",
    "RULES",
    "SAME",
    "TRINO",
    "Lowering",
    "Rule",
    "rule",
]

AWS: Final = "https://docs.aws.amazon.com/redshift/latest/dg/"
TRINO: Final = "https://trino.io/docs/current/"
_PLACE: Final = "place"  # in a source node's meta, which its copies keep
FLOATING: Final = Tolerance(relative=1e-9)  # sums of doubles depend on the order of the rows
ENOUGH: Final = 20  # reasons to refuse a query, after which nobody reads on
Apply = Callable[[Any, "Lowering"], exp.Expression | None]


@dataclass(frozen=True)
class Rule:
    """One trap and its way out.

    Attributes:
        id: its name in reports and in `--improve`.
        why: what goes wrong when the text is left as it is.
        source: the page that says so.
        nodes: the classes of nodes it looks at.
        apply: gives the Redshift form, or None when the trap is not there; raises `Refusal` when there is no way out.
    """

    id: str
    why: str
    source: str
    nodes: tuple[type[exp.Expression], ...]
    apply: Apply


RULES: Final[list[Rule]] = []


def rule(id: str, *nodes: type[exp.Expression], why: str, source: str) -> Callable[[Apply], Apply]:  # noqa: A002
    """Registers a rule."""

    def register(function: Apply) -> Apply:
        RULES.append(Rule(id, why, source, nodes, function))
        return function

    return register


# Classes that mean the same on both engines whatever stands below them.
SAME: Final = frozenset({
    exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset,
    exp.With,
    exp.CTE, exp.Subquery, exp.Table, exp.TableAlias, exp.Alias, exp.Identifier, exp.Column, exp.Star, exp.Distinct,
    exp.Tuple, exp.Rollup, exp.Cube, exp.GroupingSets, exp.Union, exp.Intersect, exp.Except, exp.Literal, exp.Null,
    exp.Boolean,
    exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE,
    exp.Between, exp.In, exp.And, exp.Or, exp.Not, exp.Is, exp.Exists, exp.Any, exp.All, exp.Case, exp.If,
    exp.Coalesce, exp.Nullif,
    exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance,
    exp.VariancePop,
    exp.LogicalAnd, exp.LogicalOr, exp.Window, exp.WindowSpec, exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank,
    exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Grouping,
    exp.Round, exp.Ceil, exp.Floor, exp.Abs, exp.Sign, exp.Length, exp.Lower, exp.Upper, exp.Reverse, exp.CurrentDate,
    exp.Var, exp.Translate, exp.Placeholder, exp.Pi,
})  # fmt: skip


@dataclass
class Lowering:
    """The walk over one query.

    Attributes:
        improve: rules whose better but different answer is wanted.
        off: rules that are switched off (for the tests that prove each rule necessary).
    """

    improve: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    loosened: dict[int, Tolerance] = field(default_factory=dict)
    unnamed: int = 0
    sizes: Sizes = field(default_factory=Sizes)
    _reading: Reading | None = None

    def __call__(self, node: exp.Expression) -> exp.Expression:
        """The Redshift form of a source node."""
        if self._reading is not None:
            self._reading.hand_on(node)
        if len(self.problems) >= ENOUGH:
            return exp.Null()
        made = self._lowered(node)
        for wanted in (boundary(node), node.meta.get("coerce")):
            if wanted is not None:
                made = self._coerced(node, made, wanted)
        if self.sizes.of(made) > self.sizes.most:
            return self._too_long(node)
        return made

    def _too_long(self, node: exp.Expression) -> exp.Expression:
        """A part whose text would be repeated in itself again and again is left as it is, and refused."""
        why = f"{shortened(athena(node))} repeats its inner parts in Redshift's form until no text can hold it"
        problem = Problem("size", why, "compute the inner part in a subquery, and name it")
        if not any(each.rule == "size" for each in self.problems):
            self.problems.append(problem)
        return exp.Null()

    def _coerced(self, node: exp.Expression, made: exp.Expression, wanted: Type) -> exp.Expression:
        """A value cast where its two types would part."""
        by = _boundary_rule(_parting(node, wanted))
        if by.id in self.off:
            return made
        name = "double precision" if wanted.name == "double" else wanted.name
        if wanted.name == "decimal":
            fewer = carried(node).scale > wanted.scale
            return self._record(by, node, rounded_cast(made, wanted) if fewer else decimal_cast(made, wanted))
        return self._record(by, node, cast(made, name))

    def _lowered(self, node: exp.Expression) -> exp.Expression:
        try:
            for candidate in _rules_of(type(node)):
                if candidate.id not in self.off:
                    made = self._applied(candidate, node)
                    if made is not None:
                        return self._record(candidate, node, made)
            if type(node) not in SAME:
                self._no_counterpart(node)
            require_known_parts(node)
        except Refusal as refusal:
            if refusal.problem not in self.problems:
                self.problems.append(refusal.problem)
            return node.copy()
        return self.same(node)

    def _applied(self, by: Rule, node: exp.Expression) -> exp.Expression | None:
        """What a rule makes of a node.

        Raises:
            Refusal: it has no way out, or left a part of the node unread.
        """
        around, self._reading = self._reading, Reading(node)
        try:
            made = by.apply(node, self)
            if made is not None:
                self._reading.require_all_read()
            return made
        finally:
            self._reading.end()
            self._reading = around

    def same(self, node: exp.Expression) -> exp.Expression:
        """A copy with the children translated."""
        require_known_parts(node)
        made = type(node)(**{key: self._value(value) for key, value in node.args.items() if _kept(key, value)})
        made.comments = list(node.comments) if node.comments else None
        return made

    def all(self, nodes: Iterable[exp.Expression]) -> list[exp.Expression]:
        """The Redshift forms of several nodes."""
        return [self(node) for node in nodes]

    def taken(self, node: exp.Expression) -> None:
        """A rule has put a whole node into what it makes, without handing it to the walk."""
        if self._reading is not None:
            self._reading.hand_on(node)

    def note(self, rule_id: str, why: str, hint: str) -> None:
        """Something that the reader of the result should know."""
        remark = Problem(rule_id, why, hint)
        if remark not in self.notes:
            self.notes.append(remark)

    def loosen(self, node: exp.Expression, tolerance: Tolerance) -> None:
        """The value of a source node, or of a copy of it, may differ between the engines by this much."""
        self.loosened[_place(node)] = self.tolerance_of(node).wider(tolerance)

    def tolerance_of(self, node: exp.Expression) -> Tolerance:
        """By how much the value of a source node may differ between the engines, its parts apart."""
        return self.loosened.get(_place(node), EXACT)

    @staticmethod
    def mark_places(tree: exp.Expression) -> None:
        """Give each node of a source tree a number that its copies keep: rules translate copies of what they repeat."""
        for place, node in enumerate(tree.walk()):
            node.meta[_PLACE] = place

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if isinstance(value, (exp.DataType, exp.Var)):
            return value.copy()
        return self(value) if isinstance(value, exp.Expression) else value

    def _record(self, by: Rule, node: exp.Expression, made: exp.Expression) -> exp.Expression:
        if not made.comments and node.comments:
            made.comments = list(node.comments)
        if self.problems or isinstance(node, exp.DPipe):  # nobody reads changes of a refused query
            return made
        before, after = athena(node), redshift(made)
        if before != after:
            change = Change(by.id, by.why, before, after, by.source)
            if change not in self.changes:
                self.changes.append(change)
        return made

    def _no_counterpart(self, node: exp.Expression) -> None:
        name = function_name(node).upper()
        raise Refusal("unknown", f"no counterpart of {name} is known for Redshift", instead_of(node))


def _place(node: exp.Expression) -> int:
    """What a source node and its copies have in common; of what a rule made, itself."""
    return int(node.meta.get(_PLACE, id(node)))


def _kept(key: str, value: Any) -> bool:
    return value is not None and key != "windows"  # named windows are written out where they are used


# What a report says where the walk casts, by the type that is cast to.
BOUNDARIES: Final = {
    "integer": "sum-bigint",
    "real": "real-width",
    "average": "avg-real",
    "decimal": "mixed-decimals",
    "null": "first-null",
}


def _parting(node: exp.Expression, wanted: Type) -> str:
    """In which way a node's two types part."""
    if type_of(node).name == "null":
        return "null"
    if wanted.name == "real" and inner_call(node) is exp.Avg:
        return "average"
    return "integer" if wanted.integer else wanted.name


@cache
def _boundary_rule(kind: str) -> Rule:
    return next(each for each in RULES if each.id == BOUNDARIES[kind])


_BY_CLASS: dict[type[exp.Expression], tuple[Rule, ...]] = {}


def _rules_of(kind: type[exp.Expression]) -> tuple[Rule, ...]:
    if kind not in _BY_CLASS:
        _BY_CLASS[kind] = tuple(r for r in RULES if kind in r.nodes)
    return _BY_CLASS[kind]
