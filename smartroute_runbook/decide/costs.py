"""What a month costs: the plan's scenarios, clusters and alternatives, priced over the measured workload."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ..plan import plan
from ..prices import BILLED_MINIMUM_MB, Price, PriceBook, price_book
from ..run import Run
from ..settings import Settings
from ..views import Bars, Lines, Note, Series, Table, View
from .economics import Band, Floats, athena_month, band, break_even, mean_mb_samples
from .figures import Dispute, disputes
from .workload import Workload

__all__ = ["Alternative", "Cluster", "Costs", "Scenario", "Sensitivity", "costs", "price"]

CAPACITY_DPU = 4
SERVERLESS_RPU = 4
CURVE = tuple(round(float(x)) for x in np.geomspace(1_000, 2_000_000, 25))
_PARTITIONED = re.compile(r"\bwhere\b.*\b(year|month|day|hour)\b", re.IGNORECASE | re.DOTALL)


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
        """Which side costs less, or that the band does not say."""
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
class Costs:
    """All costs of the decision.

    Attributes:
        cluster: the chosen cluster, from the parameters.
        clusters: 1, 2 and 4 nodes of its type.
        today: Athena, a month of the measured workload.
        curve: Athena's month over queries a day, for the break-even chart.
        dual_month: a month of both engines at once, as in weeks 2 to 4.
    """

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

    def view(self) -> View:
        """Break-even first, then scenarios, alternatives, what moves them, and the plan's figures corrected."""
        even = self.cluster.break_even
        title = (
            f"Costs: break-even of {self.cluster.name} at {even.p50:,.0f} queries a day, today {self.queries_day:,.0f}"
        )
        said = (
            f"Today's workload costs **${self.today}** a month on Athena, {self.mean_mb.p50:,.1f} MB billed a query. "
            f"{self.cluster.name} costs **${self.cluster.usd_month:,.2f}** a month at any load it can carry; "
            f"while both run (weeks 2 to 4), ${self.dual_month:,.2f} a month."
        )
        return View(
            title,
            (
                Note(said),
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

    def _chart(self) -> Lines:
        x = tuple(q for q, _ in self.curve)
        middle, low, high = zip(*((b.p50, b.p10, b.p90) for _, b in self.curve), strict=True)
        return Lines(
            "Break-even",
            "queries a day",
            "US$ a month",
            (Series("Athena (p10 to p90)", x, middle, low, high),),
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
        return Bars("What moves the break-even", "assumption", "queries a day", (low, high), marks)


def _range(values: tuple[float, ...]) -> str:
    return " to ".join(f"{value:,.0f}" for value in values)


def costs(run: Run, workload: Workload) -> Costs:
    """Price the workload with the package's price book and the run's parameters.

    Raises:
        UsageError: the node type is unknown, or Redshift does not offer so many nodes of it.
    """
    return price(workload, run.settings, price_book())


def price(workload: Workload, settings: Settings, book: PriceBook) -> Costs:
    """Price the workload; pure."""
    chosen, hours = settings.redshift, settings.decision.node_hours_month
    samples, usd_tb, days = mean_mb_samples(workload), book.usd("athena"), hours / 24
    book.node(chosen.node_type, chosen.nodes)
    sizes = sorted({1, 2, 4, chosen.nodes})
    clusters = {nodes: _cluster(settings, book, chosen.node_type, nodes, samples) for nodes in sizes}
    cluster, today = clusters[chosen.nodes], athena_month(workload.queries_day, samples, usd_tb, days)
    return Costs(
        cluster=cluster,
        clusters=tuple(clusters.values()),
        queries_day=round(workload.queries_day, 2),
        mean_mb=band(samples),
        today=band(today),
        scenarios=_scenarios(workload, settings, samples, usd_tb, cluster),
        curve=tuple((float(q), band(athena_month(q, samples, usd_tb, days))) for q in CURVE),
        alternatives=_alternatives(workload, settings, book, float(np.median(today)), samples),
        sensitivity=_sensitivity(workload, settings, cluster, usd_tb),
        disputes=disputes(clusters[1].compute, book, settings, workload, clusters[2].break_even),
        dual_month=round(cluster.usd_month + float(np.median(today)), 2),
        prices=book.prices,
    )


def _cluster(settings: Settings, book: PriceBook, node_type: str, nodes: int, samples: Floats) -> Cluster:
    rules = settings.decision
    compute = nodes * book.usd(node_type) * rules.node_hours_month
    storage = rules.data_gb * book.usd("managed-storage")
    even = break_even(
        compute + storage, samples, book.usd("athena"), rules.node_hours_month / 24, kept=rules.adhoc_share
    )
    total = round(compute + storage, 2)
    return Cluster(f"{nodes} x {node_type}", round(compute, 2), round(storage, 2), total, band(even))


def _scenarios(
    workload: Workload, settings: Settings, samples: Floats, usd_tb: float, cluster: Cluster
) -> tuple[Scenario, ...]:
    rules, figures = settings.decision, plan()["figures"]
    loads = [("today", workload.queries_day, "athena_phase3_month")]
    for name in ("light", "medium", "heavy"):
        users = figures[f"athena_{name}_month"]["users"]
        loads.append((f"{name}: {users:,} users", users * rules.queries_per_user_day, f"athena_{name}_month"))
    found = []
    for name, queries_day, figure in loads:
        month = athena_month(queries_day, samples, usd_tb, rules.node_hours_month / 24)
        redshift = cluster.usd_month + rules.adhoc_share * float(np.median(month))
        promised = figures[figure]["plan"]
        plan_usd = tuple(float(v) for v in (promised if isinstance(promised, list) else [promised]))
        found.append(Scenario(name, round(queries_day, 2), plan_usd, band(month), round(redshift, 2)))
    return tuple(found)


def _alternatives(
    workload: Workload, settings: Settings, book: PriceBook, today: float, samples: Floats
) -> tuple[Alternative, ...]:
    rules = settings.decision
    hours, kept = rules.node_hours_month, rules.adhoc_share * today
    unfiltered = [s for s in workload.shapes if not _PARTITIONED.search(s.example)]
    paid = max(sum(s.billed_mb for s in workload.shapes), 1)
    floor = sum(max(s.billed_mb - BILLED_MINIMUM_MB * s.queries, 0) for s in unfiltered) / paid
    reuse = {r.minutes: r.billed for r in workload.repeats}
    storage = rules.data_gb * book.usd("managed-storage")
    serverless = SERVERLESS_RPU * book.usd("serverless-rpu")
    ways = [
        ("Athena as it is", today, "measured"),
        (
            "Athena, result reuse 5 min",
            today * (1 - reuse[5]),
            "asked for query by query; answers up to 5 min old; off where a client sets ResultConfiguration",
        ),
        ("Athena, result reuse 60 min", today * (1 - reuse[60]), "answers up to an hour old"),
        (
            "Athena, partition filters",
            today * (1 - floor),
            f"at best: {len(unfiltered)} of {len(workload.shapes)} shapes name no partition; those at 10 MB each",
        ),
        (
            f"Athena capacity reservation, {CAPACITY_DPU} DPU",
            CAPACITY_DPU * book.usd("athena-dpu") * hours,
            "no price a byte, own queue; whether 4 DPU carry the peak is to be measured",
        ),
        (
            f"Redshift Serverless, {SERVERLESS_RPU} RPU, all day",
            serverless * hours + storage + kept,
            "a dashboard that polls keeps it awake: 60 s minimum; the default base of 128 RPU costs 32 times this",
        ),
        ("Redshift Serverless, 8 h a day", serverless * hours / 3 + storage + kept, "only if nothing asks at night"),
    ]
    for nodes, node_type in ((2, "ra3.large"), (2, "rg.xlarge"), (2, "ra3.xlplus")):
        cluster = _cluster(settings, book, node_type, nodes, samples)
        note = f"break-even {cluster.break_even} queries a day; ad hoc share stays on Athena"
        ways.append((f"Redshift {cluster.name}", cluster.usd_month + kept, note))
    return tuple(Alternative(n, round(usd, 2), note) for n, usd, note in sorted(ways, key=lambda way: way[1]))


def _sensitivity(workload: Workload, settings: Settings, cluster: Cluster, usd_tb: float) -> tuple[Sensitivity, ...]:
    rules, mean = settings.decision, workload.mean_mb
    days, fixed = rules.node_hours_month / 24, cluster.usd_month

    def at(usd: float = fixed, mb: float = mean, kept: float = rules.adhoc_share, reused: float = 0) -> float:
        return round(float(break_even(usd, mb, usd_tb, days, kept=kept, reused=reused)), 2)

    hour = cluster.compute / rules.node_hours_month
    reuse = {r.minutes: r.billed for r in workload.repeats}[60]
    found = [
        Sensitivity("MB billed a query", f"{mean / 2:,.0f}", f"{mean * 2:,.0f}", at(mb=mean / 2), at(mb=mean * 2)),
        Sensitivity("share kept on Athena", "0 %", "30 %", at(kept=0), at(kept=0.3)),
        Sensitivity("result reuse", "none", f"{reuse:.0%} (60 min)", at(), at(reused=min(reuse, 0.99))),
        Sensitivity("concurrency scaling a day", "the free hour", "2 h more", at(), at(usd=fixed + 2 * hour * days)),
        Sensitivity("reserved nodes", "none", "1 year (about -24 %)", at(), at(usd=fixed - 0.24 * cluster.compute)),
        Sensitivity(
            "managed storage", "half", "double", at(usd=fixed - cluster.storage / 2), at(usd=fixed + cluster.storage)
        ),
    ]
    return tuple(sorted(found, key=lambda s: -abs(s.at_high - s.at_low)))
