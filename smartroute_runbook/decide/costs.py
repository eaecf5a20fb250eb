"""What a month costs, as results: clusters, the plan's loads, alternatives, what moves them, shapes of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smartroute_runbook.prices import Price, PriceBook
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.handover import QueryRates
from smartroute_runbook.views import Bars, Lines, Note, Series, Table, View

from .economics import Band
from .figures import Dispute

__all__ = ["Alternative", "Cluster", "Costs", "Scenario", "Sensitivity", "ShapeCost"]

SHAPES_SHOWN = 8


@dataclass(frozen=True)
class Cluster:
    """A provisioned cluster, US dollars a month: compute, managed storage, and the break-even in queries a day."""

    name: str
    compute: float
    storage: float
    usd_month: float
    break_even: Band


@dataclass(frozen=True)
class Scenario:
    """One load: the plan's figure for Athena, Athena as measured, and the chosen cluster, US dollars a month."""

    name: str
    queries_day: float
    plan_usd: tuple[float, ...]
    athena: Band
    redshift: float

    @property
    def cheaper(self) -> str:
        """Which side costs less, or that the band is too wide to tell."""
        if self.athena.p90 < self.redshift:
            return "Athena"
        return "Redshift" if self.athena.p10 > self.redshift else "undecided"


@dataclass(frozen=True)
class Alternative:
    """Another way to serve today's workload, US dollars a month."""

    name: str
    usd_month: float
    note: str


@dataclass(frozen=True)
class Sensitivity:
    """How far one assumption moves the break-even (queries a day)."""

    factor: str
    low: str
    high: str
    at_low: float
    at_high: float


@dataclass(frozen=True)
class ShapeCost:
    """What queries of one shape cost: a day's number, megabytes billed each, US dollars a month and a query.

    Attributes:
        name: of the dashboard's query; empty for what no dashboard asks.
    """

    name: str
    shape: str
    queries_day: float
    mean_mb: float
    usd_month: float
    usd_query: float


@dataclass(frozen=True)
class Costs:
    """All costs of the decision.

    Attributes:
        cluster: the chosen cluster, from the parameters.
        clusters: 1, 2 and 4 nodes of its type.
        today: Athena, a month of the measured workload.
        curve: Athena's month over queries a day, for the break-even chart.
        dual_month: a month of both engines at once, as in weeks 2 to 4.
    """

    evidence_name: ClassVar[str] = QueryRates.evidence_name
    evidence_version: ClassVar[int] = QueryRates.evidence_version

    cluster: Cluster
    clusters: tuple[Cluster, ...]
    queries_day: float
    mean_mb: Band
    today: Band
    scenarios: tuple[Scenario, ...]
    curve: tuple[tuple[float, Band], ...]
    alternatives: tuple[Alternative, ...]
    sensitivity: tuple[Sensitivity, ...]
    disputes: tuple[Dispute, ...]
    dual_month: float
    prices: tuple[Price, ...]
    shapes: tuple[ShapeCost, ...] = ()

    def view(self) -> View:
        """Break-even first, then scenarios, alternatives, what moves them, and the plan's figures corrected."""
        even = self.cluster.break_even
        title = (
            f"Costs: break-even of {self.cluster.name} at {plural(even.p50, 'query')} a day, today "
            f"{self.queries_day:,.0f}"
        )
        summary = (
            f"Today's workload costs **${self.today}** a month on Athena, {self.mean_mb.p50:,.1f} MB billed a query "
            f"(p50 of days drawn anew). "
            f"{self.cluster.name} costs **${self.cluster.usd_month:,.2f}** a month at any load it can carry; "
            f"while both run (weeks 2 to 4), ${self.dual_month:,.2f} a month."
        )
        return View(
            title,
            (
                Note(summary),
                self._shapes(),
                self._chart(),
                self._clusters(),
                self._scenarios(),
                Table(
                    ("way", "$/month", "what to know"),
                    tuple((a.name, f"{a.usd_month:,.2f}", a.note) for a in self.alternatives),
                    "Alternatives for today's workload, cheapest first",
                ),
                self._tornado(),
                Table(
                    ("the plan says", "corrected", "why", "source"),
                    tuple((d.plan, d.corrected, d.why, d.source) for d in self.disputes),
                    "The plan's figures, corrected",
                ),
                *PriceBook("", self.prices).view().parts,
            ),
        )

    def _shapes(self) -> Table:
        """The dashboard's queries by name, the dashboard as a whole, and all other queries."""
        named, other = [s for s in self.shapes if s.name], [s for s in self.shapes if not s.name]
        total = sum(s.usd_month for s in self.shapes) or 1.0

        def row(what: str, some: list[ShapeCost]) -> tuple[object, ...]:
            queries, usd = sum(s.queries_day for s in some), sum(s.usd_month for s in some)
            each = sum(s.queries_day * s.mean_mb for s in some) / (queries or 1)
            price = sum(s.queries_day * s.usd_query for s in some) / (queries or 1)
            return what, f"{queries:,.1f}", f"{each:,.1f}", f"{price:.6f}", f"{usd:,.2f}", f"{usd / total:.1%}"

        rows = [row(s.name, [s]) for s in named]
        rows += [row(f"the dashboard ({plural(len(named), 'query')})", named)] if named else []
        rows += [row(f"shape {s.shape}", [s]) for s in other[:SHAPES_SHOWN]]
        rows += [row(f"{plural(len(other), 'shape')} beside the dashboard's", other)] if other else []
        columns = ("what asks", "queries a day", "MB billed each", "$ a query", "$/month", "share")
        note = f"Other shapes: the {min(len(other), SHAPES_SHOWN)} dearest." if other else ""
        return Table(columns, tuple(rows), "Athena's cost by dashboard query and by shape", note)

    def _chart(self) -> Lines:
        today, even = self.queries_day, self.cluster.break_even.p50
        points = sorted([*self.curve, (today, self.today)], key=lambda point: point[0])
        x = tuple(queries for queries, _ in points)
        middle, low, high = zip(*((b.p50, b.p10, b.p90) for _, b in points), strict=True)
        return Lines(
            f"Athena costs as much as {self.cluster.name} at {plural(even, 'query')} a day; today it is {today:,.0f}",
            "queries a day",
            "US$ a month",
            (
                Series("Athena (p10 to p90)", x, middle, low, high),
                Series("today", (today,), (self.today.p50,)),
                Series("break-even", (even,), (self.cluster.usd_month,)),
            ),
            marks=tuple((c.name, c.usd_month) for c in self.clusters),
            log_x=True,
            log_y=True,
        )

    def _clusters(self) -> Table:
        rows = tuple(
            (c.name, f"{c.compute:,.2f}", f"{c.storage:,.2f}", f"{c.usd_month:,.2f}", str(c.break_even))
            for c in self.clusters
        )
        return Table(
            ("cluster", "compute", "storage", "$/month", "break-even, queries a day (p10 to p90)"), rows, "Clusters"
        )

    def _scenarios(self) -> Table:
        rows = tuple(
            (s.name, f"{s.queries_day:,.0f}", _range(s.plan_usd), str(s.athena), f"{s.redshift:,.2f}", s.cheaper)
            for s in self.scenarios
        )
        note = "Athena at the measured bytes a query; Redshift with the ad hoc share kept on Athena."
        columns = ("load", "queries a day", "plan: Athena $/month", "Athena $/month", "Redshift $/month", "cheaper")
        return Table(columns, rows, "The plan's loads", note)

    def _tornado(self) -> Bars:
        factors = tuple(s.factor for s in self.sensitivity)
        low = Series("low", factors, tuple(s.at_low for s in self.sensitivity))
        high = Series("high", factors, tuple(s.at_high for s in self.sensitivity))
        marks = (("as measured", self.cluster.break_even.p50),)
        title = "What moves the break-even"
        if self.sensitivity:
            most = max(self.sensitivity, key=lambda one: abs(one.at_high - one.at_low))
            ends = sorted((most.at_low, most.at_high))
            title = f"{most.factor} moves the break-even most: {ends[0]:,.0f} to {plural(ends[1], 'query')} a day"
        return Bars(title, "assumption", "queries a day", (low, high), marks)


def _range(values: tuple[float, ...]) -> str:
    return " to ".join(f"{value:,.0f}" for value in values)
