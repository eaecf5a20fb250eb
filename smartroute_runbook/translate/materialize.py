"""Materialized views for repeated aggregates, within what Redshift can refresh incrementally.

A view keeps sums and counts by the query's own keys; the query then reads the view. Everything that would force a full
recomputation on each refresh is declined with its reason. Limits:
https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-refresh-sql-command.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp

from smartroute_runbook.translate.model import Refusal, Translation
from smartroute_runbook.translate.text import redshift
from smartroute_runbook.views import Note, Part, Table, View

__all__ = ["Declined", "MaterializedView", "ViewPlan", "propose_views"]

SUMMED: Final = (exp.Sum, exp.Count, exp.Avg)
MOVING: Final = frozenset({"GETDATE", "SYSDATE", "RANDOM", "TO_TIMESTAMP", "DATE_PART", "DATE_TRUNC", "TIMEOFDAY"})
POLICY: Final = (
    "AUTO REFRESH YES: Redshift refreshes it soon after each load, when the cluster has time; "
    "REFRESH MATERIALIZED VIEW after a load when the dashboard must not wait"
)


@dataclass(frozen=True)
class MaterializedView:
    """A view that one query may read instead of its table.

    Attributes:
        name: the view, in the table's schema.
        query: the query's name.
        runs: how often the workload ran it.
        create: the statement that makes the view.
        sql: the query over the view, with the same result.
    """

    name: str
    query: str
    runs: int
    create: str
    sql: str
    refresh: str = POLICY


@dataclass(frozen=True)
class Declined:
    """A query that no incremental view can serve, and why."""

    query: str
    runs: int
    why: str


@dataclass(frozen=True)
class ViewPlan:
    """What is proposed and what is declined, the most frequent queries first."""

    views: tuple[MaterializedView, ...]
    declined: tuple[Declined, ...]

    def view(self) -> View:
        """The statements, and the reasons against."""
        parts: list[Part] = []
        for one in self.views:
            rows = ((one.query, one.runs, one.create, one.sql),)
            parts.append(Table(("query", "runs", "create", "query over it"), rows, one.name, one.refresh))
        if self.declined:
            rest = tuple((d.query, d.runs, d.why) for d in self.declined)
            parts.append(Table(("query", "runs", "why not"), rest, "No incremental view"))
        return View(f"{len(self.views)} materialized views proposed", tuple(parts) or (Note("No query to look at."),))


def propose_views(translations: Iterable[Translation], runs: Mapping[str, int] | None = None) -> ViewPlan:
    """Proposes views for translated queries.

    Args:
        translations: the queries; those without Redshift text are left out.
        runs: how often each ran in the measured workload, by name.
    """
    counted = runs or {}
    ready = sorted((t for t in translations if t.sql is not None), key=lambda t: (-counted.get(t.name, 0), t.name))
    views, declined = [], []
    for translation in ready:
        number = counted.get(translation.name, 0)
        try:
            views.append(_proposed(translation, number))
        except Refusal as refusal:
            declined.append(Declined(translation.name, number, refusal.problem.why))
    return ViewPlan(tuple(views), tuple(declined))


def _decline(why: str) -> Refusal:
    return Refusal("materialize", why)


def _proposed(translation: Translation, runs: int) -> MaterializedView:
    select = sqlglot.parse_one(translation.sql or "", read="redshift")
    table = _only_table(select)
    _require_incremental(select)
    keys = [key.unnest() for key in select.args["group"].expressions]
    outputs = [p.unalias() for p in select.expressions]
    keys = [outputs[int(k.name) - 1] if isinstance(k, exp.Literal) and k.is_int else k for k in keys]
    columns: dict[str, tuple[str, exp.Expression]] = {}
    for place, key in enumerate(keys, start=1):
        columns[redshift(key)] = (key.name if isinstance(key, exp.Column) else f"key_{place}", key)
    over = _rewritten(select, columns)
    name = f"mv_{translation.name}" if not table.db else f"{table.db}.mv_{translation.name}"
    made = exp.Select(expressions=[exp.alias_(e.copy(), alias) for alias, e in columns.values()])
    made.set("from_", select.args["from_"].copy())
    for part in ("where", "group"):
        if select.args.get(part):
            made.set(part, select.args[part].copy())
    made.set("group", exp.Group(expressions=[key.copy() for key in keys]))
    over.set("from_", exp.From(this=exp.to_table(name)))
    create = f"CREATE MATERIALIZED VIEW {name} AUTO REFRESH YES AS\n{redshift(made, pretty=True)}"
    return MaterializedView(name, translation.name, runs, create, redshift(over, pretty=True))


def _only_table(select: exp.Expression) -> exp.Table:
    if not isinstance(select, exp.Select) or select.args.get("with_"):
        raise _decline("only a plain SELECT ... GROUP BY over a table is served")
    from_ = select.args.get("from_")
    if from_ is None or not isinstance(from_.this, exp.Table) or select.args.get("joins"):
        raise _decline("it reads a subquery or several tables")
    group = select.args.get("group")
    if group is None or any(isinstance(k, (exp.Rollup, exp.Cube, exp.GroupingSets)) for k in group.expressions):
        raise _decline("it has no plain GROUP BY")
    return from_.this


def _require_incremental(select: exp.Expression) -> None:
    for node in select.walk():
        if isinstance(node, exp.Distinct):
            raise _decline("DISTINCT aggregates are recomputed in full on every refresh")
        if isinstance(node, exp.AggFunc) and not isinstance(node, SUMMED):
            raise _decline(f"{node.key.upper()} is recomputed in full on every refresh; only SUM and COUNT are not")
        if isinstance(node, (exp.Window, exp.Subquery)):
            raise _decline(f"{redshift(node)} forces a full refresh")
        moving = isinstance(node, (exp.CurrentDate, exp.CurrentTimestamp, exp.TimestampTrunc, exp.StrToTime, exp.Rand))
        if moving or (isinstance(node, exp.Func) and (node.name or node.key).upper() in MOVING):
            raise _decline(f"{redshift(node)} forces a full refresh")


def _rewritten(select: exp.Expression, columns: dict[str, tuple[str, exp.Expression]]) -> exp.Expression:
    """The query over the view's columns; sums and counts that it needs are added to them."""

    def column(aggregate: exp.Expression, stem: str) -> exp.Expression:
        text = redshift(aggregate)
        if text not in columns:
            columns[text] = (f"{stem}_{len(columns) + 1}", aggregate)
        return exp.column(columns[text][0])

    def replace(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Avg):
            total, many = exp.Sum(this=node.this.copy()), exp.Count(this=node.this.copy())
            nonzero = exp.Nullif(this=column(many, "count"), expression=exp.Literal.number(0))
            return exp.Paren(this=exp.Div(this=column(total, "sum"), expression=nonzero, typed=True, safe=False))
        if isinstance(node, (exp.Sum, exp.Count)):
            return column(node, node.key)
        if redshift(node) in columns and not isinstance(node, exp.Identifier):
            return exp.column(columns[redshift(node)][0])
        return node

    over = select.copy()
    over.set("expressions", [exp.alias_(p.unalias().transform(replace), p.alias_or_name) for p in over.expressions])
    for part in ("having", "order"):
        if over.args.get(part):
            over.set(part, over.args[part].transform(replace))
    if over.args.get("having"):
        over.set("where", exp.Where(this=over.args["having"].this))
    else:
        over.set("where", None)
    over.set("having", None)
    over.set("group", None)
    return over
