"""An aggregate split in two: what a materialized view keeps, and what a query adds up over it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlglot import exp

from .model import Refusal
from .text import redshift

__all__ = ["RollUp", "aggregating"]

KEPT: Final = (exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max)
# Functions whose result may change without their arguments changing; of the date-time functions only those that the
# page on incremental refresh names (DATE, DATE_PART, DATE_TRUNC of a timestamp) are taken for constant.
MOVING: Final = frozenset({
    "GETDATE", "SYSDATE", "RANDOM", "TIMEOFDAY", "TO_CHAR", "TO_DATE", "TO_TIMESTAMP", "CONVERT_TIMEZONE", "DATEADD",
    "DATEDIFF", "ADD_MONTHS", "LAST_DAY", "MONTHS_BETWEEN", "NEXT_DAY",
})  # fmt: skip
MOVING_NODES: Final = (exp.CurrentDate, exp.CurrentTimestamp, exp.StrToTime, exp.Rand, exp.AtTimeZone, exp.TimeToStr)


def _decline(why: str) -> Refusal:
    return Refusal("materialize", why)


def aggregating(tree: exp.Expression) -> exp.Select:
    """The only SELECT of a query that reads a table, if it aggregates.

    Raises:
        Refusal: there are several, or it does not aggregate, or it joins.
    """
    tables = [t for t in tree.find_all(exp.Table) if not _is_cte(tree, t)]
    if len(tables) != 1 or not isinstance(tables[0].parent, exp.From):
        raise _decline("it reads several tables: write the join as a view of its own")
    select = tables[0].find_ancestor(exp.Select)
    if select is None or not (select.args.get("group") or any(_own(select, exp.AggFunc))):
        raise _decline("it does not aggregate: there is nothing to keep")
    group = select.args.get("group")
    if any(isinstance(k, (exp.Rollup, exp.Cube, exp.GroupingSets)) for k in (group.expressions if group else ())):
        raise _decline("ROLLUP, CUBE and GROUPING SETS keep several groupings")
    if select.args.get("distinct") or any(_own(select, exp.Subquery)):
        raise _decline("it has DISTINCT or a subquery beside its aggregates")
    return select


def _is_cte(tree: exp.Expression, table: exp.Table) -> bool:
    return not table.db and table.name.lower() in {cte.alias.lower() for cte in tree.find_all(exp.CTE)}


def _own(select: exp.Select, *kinds: type[exp.Expression]) -> Iterator[exp.Expression]:
    """Nodes of a SELECT itself, not of what it reads."""
    for part in (*select.expressions, *(select.args.get(key) for key in ("where", "group", "having", "order"))):
        if part is not None:
            yield from (node for node in part.find_all(*kinds) if node.find_ancestor(exp.Select) is select)


def _moves(node: exp.Expression) -> str:
    """The function that forces a full refresh; empty when none does."""
    calls = (redshift(part).partition("(")[0].upper() for part in node.find_all(exp.Func))
    named = next((name for name in calls if name in MOVING), "")
    return named or next((redshift(part) for part in node.find_all(*MOVING_NODES)), "")


class RollUp:
    """One aggregating SELECT, split.

    Raises:
        Refusal: no view that is refreshed incrementally can serve it.
    """

    def __init__(self, select: exp.Select) -> None:
        self.select = select
        self.keys: dict[str, tuple[str, exp.Expression]] = {}
        self.measures: dict[str, tuple[str, exp.Expression]] = {}
        where = select.args.get("where")
        parts = list(where.this.flatten() if isinstance(where.this, exp.And) else [where.this]) if where else []
        self.inside = [part for part in parts if not _moves(part)]
        self.outside = [part for part in parts if _moves(part)]
        group = select.args.get("group")
        self.groups = [self._group(key) for key in (group.expressions if group else ())]
        for key in self.groups:
            self._key(key)
        for part in self.outside:
            self._columns(part)
        for aggregate in _own(select, exp.AggFunc):
            self._aggregate(aggregate)
        if not self.keys:
            raise _decline("its answer is one row, which the result cache keeps")

    @property
    def definition(self) -> exp.Select:
        """What the view keeps."""
        kept = [*self.keys.values(), *self.measures.values()]
        made = exp.Select(expressions=[exp.alias_(node.copy(), name, quoted=False) for name, node in kept])
        made.set("from_", self.select.args["from_"].copy())
        if self.inside:
            made.set("where", exp.Where(this=exp.and_(*self.inside, dialect="redshift")))
        made.set("group", exp.Group(expressions=[node.copy() for _, node in self.keys.values()]))
        return made

    def over(self, view: str) -> exp.Select:
        """The same SELECT over the view."""
        made = self.select.copy()
        made.set("from_", exp.From(this=exp.to_table(view, dialect="redshift")))
        named = [exp.alias_(self._over(p.unalias()), p.alias_or_name) for p in self.select.expressions]
        made.set("expressions", named)
        outside = [self._over(part) for part in self.outside]
        made.set("where", exp.Where(this=exp.and_(*outside, dialect="redshift")) if outside else None)
        if self.groups:
            made.set("group", exp.Group(expressions=[self._over(key) for key in self.groups]))
        outputs = {projection.alias_or_name.lower() for projection in self.select.expressions}
        for part in ("having", "order"):
            if self.select.args.get(part):
                made.set(part, self._over(self.select.args[part], outputs))
        return made

    # -- what is kept

    def _group(self, key: exp.Expression) -> exp.Expression:
        if isinstance(key, exp.Literal) and key.is_int:
            return self.select.expressions[int(key.name) - 1].unalias()
        return key.unnest()

    def _key(self, node: exp.Expression) -> None:
        """Keeps a key; one that moves is kept as the columns it is made of."""
        if _moves(node):
            self._columns(node)
        elif redshift(node) not in self.keys:
            name = node.name if isinstance(node, exp.Column) else f"key_{len(self.keys) + 1}"
            self.keys[redshift(node)] = (name, node)

    def _columns(self, node: exp.Expression) -> None:
        for column in node.find_all(exp.Column):
            self._key(column)

    def _aggregate(self, node: exp.Expression) -> None:
        if isinstance(node.parent, exp.Window) and node.arg_key == "this":
            return  # computed over the groups, when the query runs
        if not isinstance(node, KEPT):
            raise _decline(f"{node.key.upper()} is recomputed in full on every refresh")
        value = node.this
        if isinstance(value, exp.Distinct):
            if not isinstance(node, exp.Count) or _moves(value):
                raise _decline(f"{redshift(node)} is recomputed in full on every refresh")
            self._key(value.expressions[0])
            return
        if moving := _moves(value):
            raise _decline(f"{moving} inside {node.key.upper()} is a date-time function, which forces a full refresh")
        for kind in (exp.Sum, exp.Count) if isinstance(node, exp.Avg) else (type(node),):
            self._measure(kind(this=value.copy()))

    def _measure(self, node: exp.Expression) -> None:
        text = redshift(node)
        if text in self.measures:
            return
        inner = node.this.this if isinstance(node.this, exp.Cast) else node.this
        taken = {name for name, _ in (*self.keys.values(), *self.measures.values())}
        name = f"{node.key}_{inner.name}" if isinstance(inner, exp.Column) else f"{node.key}_{len(taken) + 1}"
        name = "row_count" if isinstance(inner, exp.Star) else name
        while name in taken:
            name += "_"
        self.measures[text] = (name, node)

    # -- what is added up

    def _over(self, node: exp.Expression, outputs: frozenset[str] | set[str] = frozenset()) -> exp.Expression:
        return node.copy().transform(lambda part: self._replaced(part, outputs))

    def _replaced(self, node: exp.Expression, outputs: frozenset[str] | set[str]) -> exp.Expression:
        text = redshift(node) if isinstance(node, exp.Expression) and not isinstance(node, exp.Identifier) else ""
        if text in self.keys:
            return exp.column(self.keys[text][0])
        if isinstance(node, KEPT) and not (isinstance(node.parent, exp.Window) and node.arg_key == "this"):
            return self._added(node)
        if isinstance(node, exp.Column) and node.name.lower() not in outputs:
            raise _decline(f"it needs {text} of every row")
        return node

    def _added(self, node: exp.Expression) -> exp.Expression:
        if isinstance(node.this, exp.Distinct):
            key = exp.column(self.keys[redshift(node.this.expressions[0])][0])
            return exp.Count(this=exp.Distinct(expressions=[key]))
        if isinstance(node, exp.Avg):
            above, below = self._added(exp.Sum(this=node.this.copy())), self._added(exp.Count(this=node.this.copy()))
            nonzero = exp.Nullif(this=below, expression=exp.Literal.number(0))
            return exp.Paren(this=exp.Div(this=above, expression=nonzero, typed=True, safe=False))
        kept = exp.column(self.measures[redshift(node)][0])
        if isinstance(node, (exp.Min, exp.Max)):
            return type(node)(this=kept)
        total = exp.Sum(this=kept)
        if isinstance(node, exp.Count) and not self.groups:
            return exp.cast(exp.Coalesce(this=total, expressions=[exp.Literal.number(0)]), "bigint", dialect="redshift")
        whole = isinstance(node, exp.Count) or _integers(node.this)
        return exp.cast(total, "bigint", dialect="redshift") if whole else total


def _integers(node: exp.Expression) -> bool:
    """Whether a value certainly is an integer, whose sum stays one."""
    node = node.unnest()
    if isinstance(node, exp.Case):
        values = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")]
        return all(value is None or isinstance(value, exp.Null) or _integers(value) for value in values)
    return isinstance(node, exp.Literal) and node.is_int
