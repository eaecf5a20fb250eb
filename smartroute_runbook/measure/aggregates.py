"""Materialized views for the dashboard's repeated aggregates: made, and the queries over them proven equal again.

STV_MV_INFO tells whether Redshift refreshes a view incrementally (``state`` 1) or recomputes it (0). Source: Redshift
developer guide, "STV_MV_INFO", "Refreshing a materialized view".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from smartroute_runbook.canonical import VOLATILE
from smartroute_runbook.declared import measured
from smartroute_runbook.engines import Engine
from smartroute_runbook.errors import UsageError
from smartroute_runbook.prove.queries import queries_equal
from smartroute_runbook.prove.results import ResultProof
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.handover import QueryRates
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.translate.materialize import MaterializedView, ViewPlan, propose_views
from smartroute_runbook.views import Note, Part, Table, Tone, View

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

from .dashboard_queries import DashboardQueries

__all__ = ["Aggregates", "MaterializeAggregates", "dashboard_texts", "materialized", "plan_views"]

WORTH = 0.5  # a view that keeps more of its table's rows than this share saves too little to be kept fresh
INCREMENTAL = {"refresh": "incremental", "auto_refresh": True}


def plan_views(run: Run, queries: DashboardQueries) -> ViewPlan:
    """Which views would serve the dashboard's queries, the most frequent by week 1's measured workload first.

    Where week 1 has kept no workload, the plan says so and has them by name.
    """
    try:
        shapes = run.kept(QueryRates).shapes
    except UsageError as missing:
        return replace(propose_views(queries.translations), note=f"How often each is asked is not known. {missing}")
    return propose_views(queries.translations, {one.name: round(one.queries_day) for one in shapes if one.name})


class MaterializeAggregates(Reconciled):
    """Create the planned views. A name carries the digest of its definition: another definition is another view."""

    id = "week3.materialize"
    needs = "week2.loaded"
    undo = "DROP MATERIALIZED VIEW of each, in Redshift; the queries go on over the tables"

    def undo_commands(self, run: Run) -> tuple[str, ...]:  # noqa: ARG002 - the views carry their names
        """One statement a view."""
        return tuple(f"DROP MATERIALIZED VIEW {view.name};" for view in self.plan.views)

    def __init__(self, plan: ViewPlan) -> None:
        self.plan = plan

    def resources(self, run: Run) -> Iterator[Resource]:
        """One view each: whether it is there, and whether Redshift refreshes it incrementally."""
        with run.redshift() as redshift:
            there = _there(redshift)
        for view in self.plan.views:
            now = there.get(view.name.rpartition(".")[2])
            why = f"serves {view.query}" + (f", asked {plural(view.runs, 'time')} a day" if view.runs else "")
            yield Resource(f"materialized view {view.name}", now, INCREMENTAL, partial(_create, run, view), why)


def _there(redshift: Engine) -> dict[str, dict[str, Any]]:
    rows = redshift.query("SELECT name, state, autorefresh FROM stv_mv_info").rows
    kinds = {0: "full", 1: "incremental"}
    return {
        str(name).strip(): {
            "refresh": kinds.get(int(state), f"impossible (state {state})"),
            "auto_refresh": str(auto).strip() in ("t", "True", "1"),
        }
        for name, state, auto in rows
    }


def _create(run: Run, view: MaterializedView) -> None:
    with run.redshift() as redshift:
        redshift.execute(view.create)


@dataclass(frozen=True)
class Aggregates:
    """What each view is worth: rows it keeps beside its table's, and whether the query over it still agrees."""

    evidence_name: ClassVar[str] = "aggregates"
    evidence_version: ClassVar[int] = 1

    queries: tuple[tuple[str, str, int, int, str], ...]
    serving: Mapping[str, str]
    disagreeing: tuple[str, ...]
    details: tuple[ResultProof, ...] = field(default=(), metadata=VOLATILE)

    @property
    def blocks(self) -> tuple[str, ...]:
        """A query that answers otherwise over its view blocks its gate."""
        return tuple(f"query {name} answers otherwise over its view" for name in self.disagreeing)

    def over(self, redshift: Mapping[str, str]) -> dict[str, str]:
        """The dashboard's Redshift queries, those that a view serves over their view."""
        return {**redshift, **self.serving}

    def view(self) -> View:
        """One row a view; what differs, in full."""
        tones: tuple[Tone, ...] = tuple("bad" if row[0] in self.disagreeing else "good" for row in self.queries)
        names = ("query", "over its view", "rows in the view", "rows in the table", "why")
        parts: list[Part] = [Table(names, self.queries, tones=tones)] if self.queries else []
        for proof in self.details:
            parts += () if proof.agrees else proof.view().parts
        if not parts:
            parts.append(Note("No query is served by a view."))
        parts.append(Note(f"A view with more than {WORTH:.0%} of its table's rows is proven, and not used."))
        title = (
            f"{len(self.serving)} of {plural(len(self.queries), 'query')} are served by a view, with the same answers"
        )
        return View(title, tuple(parts), "bad" if self.blocks else "good")


@measured("measure.materialized", Aggregates)
def materialized(run: Run, queries: DashboardQueries, plan: ViewPlan) -> Aggregates:
    """Refresh each view, run Athena's query and the one over the view, and compare the answers.

    Raises:
        ServiceError: a view is not there, or an engine refused a query.
    """
    sources = {one.name: one for one in queries.translations}
    rows, proofs = [], []
    with run.redshift() as redshift:
        for view in plan.views:
            one = sources[view.query]
            redshift.execute(f"REFRESH MATERIALIZED VIEW {view.name}")
            asked, _ = queries.compared(view.query)  # the view holds what was loaded; Athena is asked for no more
            proof = queries_equal(run.athena(), redshift, asked, view.sql, name=view.query, tolerances=one.tolerances)
            kept, whole = _rows(redshift, view.name), _rows(redshift, view.table)
            rows.append((view.query, str(proof.verdict), kept, whole, proof.why))
            proofs.append(replace(proof, name=view.query))
    worth = {name for name, _, kept, whole, _ in rows if kept <= WORTH * whole}
    agreeing = {proof.name for proof in proofs if proof.proven}
    serving = {view.query: view.sql for view in plan.views if view.query in worth & agreeing}
    return Aggregates(tuple(rows), serving, tuple(p.name for p in proofs if not p.agrees), tuple(proofs))


def dashboard_texts(run: Run, queries: DashboardQueries) -> dict[str, str]:
    """The Redshift texts to publish: over views where ``dashboard.over_views`` says so and week 3 proved them."""
    if not run.settings.dashboard.over_views:
        return queries.published
    over = run.once(materialized, queries, plan_views(run, queries)).over(queries.redshift)
    return {**over, **queries.templates}  # a view holds what its query's defaults ask for


def _rows(engine: Engine, table: str) -> int:
    sql = exp.select(exp.Count(this=exp.Star())).from_(exp.to_table(table, dialect="redshift"))
    return int(engine.query(sql.sql("redshift")).rows[0][0])
