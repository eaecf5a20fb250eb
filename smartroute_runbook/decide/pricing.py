"""What a month costs: clusters, the plan's loads, alternatives and shapes, priced over the measured workload."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import UsageError
from smartroute_runbook.prices import PriceBook, book_of
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.plan import plan
from smartroute_runbook.runs.query_history import shape_of
from smartroute_runbook.runs.run import Run

from .alternatives import alternatives, cluster_of, sensitivity
from .costs import Cluster, Costs, Scenario, ShapeCost
from .economics import Floats, athena_month, band, mean_mb_samples
from .figures import disputes
from .workload import Workload

__all__ = ["costs", "price"]

CURVE = tuple(round(float(x)) for x in np.geomspace(1_000, 2_000_000, 25))


def costs(run: Run, workload: Workload) -> Costs:
    """Price the workload with the price book and the run's parameters.

    Raises:
        UsageError: the node type is unknown, or Redshift does not offer so many nodes of it.
    """
    return price(workload, run.settings, book_of(run), _names(run))


def _names(run: Run) -> dict[str, str]:
    """The dashboard's queries by their shape; none where the runbook does not know them."""
    try:
        return {shape_of(sql): name for name, sql in run.queries.items()}
    except UsageError:
        return {}


def price(workload: Workload, settings: Settings, book: PriceBook, names: Mapping[str, str] | None = None) -> Costs:
    """Price the workload; pure.

    Args:
        workload: what was measured.
        settings: the parameters.
        book: the prices.
        names: names of the dashboard's queries by their shape.
    """
    redshift, hours = settings.redshift, settings.decision.node_hours_month
    samples, usd_tb, days = mean_mb_samples(workload), book.usd("athena"), hours / 24
    book.node(redshift.node_type, redshift.nodes)
    sizes = sorted({1, 2, 4, redshift.nodes})
    clusters = {nodes: cluster_of(settings, book, redshift.node_type, nodes, samples) for nodes in sizes}
    cluster, today = clusters[redshift.nodes], athena_month(workload.queries_day, samples, usd_tb, days)
    return Costs(
        cluster=cluster,
        clusters=tuple(clusters.values()),
        queries_day=round(workload.queries_day, 2),
        mean_mb=band(samples),
        today=band(today),
        scenarios=_scenarios(workload, settings, samples, usd_tb, cluster),
        curve=tuple((float(q), band(athena_month(q, samples, usd_tb, days))) for q in CURVE),
        alternatives=alternatives(workload, settings, book, float(np.median(today)), samples),
        sensitivity=sensitivity(workload, settings, cluster, usd_tb),
        disputes=disputes(clusters[1].compute, book, settings, workload, clusters[2].break_even),
        dual_month=round(cluster.usd_month + float(np.median(today)), 2),
        prices=book.prices,
        shapes=_shapes(workload, names or {}, float(np.median(today)), days),
    )


def _scenarios(
    workload: Workload, settings: Settings, samples: Floats, usd_tb: float, cluster: Cluster
) -> tuple[Scenario, ...]:
    rules, figures = settings.decision, plan()["figures"]
    loads = [("today", workload.queries_day, "athena_phase3_month")]
    for name in ("light", "medium", "heavy"):
        users = figures[f"athena_{name}_month"]["users"]
        loads.append((f"{name}: {plural(users, 'user')}", users * rules.queries_per_user_day, f"athena_{name}_month"))
    scenarios = []
    for name, queries_day, figure in loads:
        month = athena_month(queries_day, samples, usd_tb, rules.node_hours_month / 24)
        redshift = cluster.usd_month + rules.adhoc_share * float(np.median(month))
        promised = figures[figure]["plan"]
        plan_usd = tuple(float(v) for v in (promised if isinstance(promised, tuple) else [promised]))
        scenarios.append(Scenario(name, round(queries_day, 2), plan_usd, band(month), round(redshift, 2)))
    return tuple(scenarios)


def _shapes(workload: Workload, names: Mapping[str, str], month: float, days: float) -> tuple[ShapeCost, ...]:
    """The month's price split by the bytes that each shape is billed for."""
    paid = max(sum(shape.billed_mb for shape in workload.shapes), 1)
    queries = max(sum(shape.queries for shape in workload.shapes), 1)
    return tuple(
        ShapeCost(
            names.get(shape.shape, ""),
            shape.shape,
            round(workload.queries_day * shape.queries / queries, 2),
            shape.mean_mb,
            round(month * shape.billed_mb / paid, 2),
            round(month * shape.billed_mb / paid / max(workload.queries_day * shape.queries / queries * days, 1e-9), 8),
        )
        for shape in workload.shapes
    )
