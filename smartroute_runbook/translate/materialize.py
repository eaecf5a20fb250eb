"""Materialized views for repeated aggregates, within what Redshift can refresh incrementally.

A view keeps sums, counts, minima and maxima by everything that the query groups by, counts distinctly or filters by the
clock; the query then adds them up. What would force a full recomputation on each refresh is declined with its reason.
Limits: https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-refresh.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import sqlglot

from smartroute_runbook.canonical import VOLATILE, digest
from smartroute_runbook.views import Code, Folded, Note, Part, Table, View

from .model import Refusal
from .rollup import RollUp, aggregating
from .statements import quoted_name
from .text import redshift
from .translation import Translation

__all__ = ["Declined", "MaterializedView", "ViewPlan", "propose_views", "slug"]

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
        table: the table it is made of.
    """

    name: str
    query: str
    runs: int
    create: str
    sql: str
    table: str


@dataclass(frozen=True)
class Declined:
    """A query that no incremental view can serve, and why."""

    query: str
    runs: int
    why: str


@dataclass(frozen=True)
class ViewPlan:
    """What is proposed and what is declined, the most frequent queries first; ``note`` says what was not known."""

    views: tuple[MaterializedView, ...]
    declined: tuple[Declined, ...]
    note: str = field(default="", metadata=VOLATILE)

    def view(self) -> View:
        """The statements, and the reasons against."""
        named = tuple((one.query, one.name, one.runs or None) for one in self.views)
        parts: list[Part] = [Table(("query", "view", "asked, times a day"), named)] if named else []
        for one in self.views:
            texts = (Note("The view:"), Code(one.create), Note("The query over it:"), Code(one.sql))
            parts.append(Folded(f"{one.query}: what is created, and the query over it", texts))
        if self.note:
            parts.append(Note(self.note, "warn"))
        if self.views:
            parts.append(Note(POLICY))
        if self.declined:
            rest = tuple((d.query, d.runs, d.why) for d in self.declined)
            parts.append(Table(("query", "asked, times a day", "why not"), rest, "No incremental view"))
        many = "view" if len(self.views) == 1 else "views"
        return View(f"{len(self.views)} materialized {many} proposed", tuple(parts) or (Note("No query to look at."),))


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


def slug(name: str) -> str:
    """A query's name, which may be any file's, as a part of a name that needs no quotation marks: 100 bytes at most."""
    return re.sub("[^a-z0-9_]+", "_", name.lower()).strip("_")[:100] or "query"


def _proposed(translation: Translation, runs: int) -> MaterializedView:
    tree = sqlglot.parse_one(translation.sql or "", read="redshift")
    select = aggregating(tree)
    rolled = RollUp(select)
    table = select.args["from_"].this
    definition = redshift(rolled.definition, pretty=True)
    plain = f"mv_{slug(translation.name)}_{digest(definition)[:8]}"  # another definition is another view
    name = f"{quoted_name(table.db)}.{plain}" if table.db else plain
    over = rolled.over(name)
    if select is tree:
        tree = over
    else:
        select.replace(over)
    create = f"CREATE MATERIALIZED VIEW {name} AUTO REFRESH YES AS\n{definition}"
    read = f"{quoted_name(table.db)}.{quoted_name(table.name)}" if table.db else quoted_name(table.name)
    return MaterializedView(name, translation.name, runs, create, redshift(tree, pretty=True), read)
