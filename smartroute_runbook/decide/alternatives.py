"""Other ways to serve today's workload, what each costs a month, and what moves the break-even."""

from __future__ import annotations

import re

from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.prices import BILLED_MINIMUM_MB, PriceBook
from smartroute_runbook.quantities import plural

from .costs import Alternative, Cluster, Sensitivity
from .economics import Floats, band, break_even
from .workload import Workload

__all__ = ["alternatives", "cluster_of", "sensitivity"]

CAPACITY_DPU = 4
SERVERLESS_RPU = 4
_PARTITIONED = re.compile(r"\bwhere\b.*\b(year|month|day|hour)\b", re.IGNORECASE | re.DOTALL)


def cluster_of(settings: Settings, book: PriceBook, node_type: str, nodes: int, samples: Floats) -> Cluster:
    """A cluster's month and its break-even over the measured bytes a query."""
    rules = settings.decision
    compute = nodes * book.usd(node_type) * rules.node_hours_month
    storage = rules.data_gb * book.usd("managed-storage")
    even = break_even(
        compute + storage, samples, book.usd("athena"), rules.node_hours_month / 24, adhoc_share=rules.adhoc_share
    )
    total = round(compute + storage, 2)
    return Cluster(f"{nodes} x {node_type}", round(compute, 2), round(storage, 2), total, band(even))


def alternatives(
    workload: Workload, settings: Settings, book: PriceBook, today: float, samples: Floats
) -> tuple[Alternative, ...]:
    """Ways to serve the measured workload, cheapest first; ``today`` is Athena's month as it is (US dollars)."""
    rules = settings.decision
    hours, adhoc_usd = rules.node_hours_month, rules.adhoc_share * today
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
            (
                f"at best: {len(unfiltered)} of {plural(len(workload.shapes), 'shape')} name no partition; those "
                "at 10 MB each"
            ),
        ),
        (
            f"Athena capacity reservation, {CAPACITY_DPU} DPU",
            CAPACITY_DPU * book.usd("athena-dpu") * hours,
            "no price a byte, own queue; whether 4 DPU carry the peak is to be measured",
        ),
        (
            f"Redshift Serverless, {SERVERLESS_RPU} RPU, all day",
            serverless * hours + storage + adhoc_usd,
            "a dashboard that polls keeps it awake: 60 s minimum; the default base of 128 RPU costs 32 times this",
        ),
        (
            "Redshift Serverless, 8 h a day",
            serverless * hours / 3 + storage + adhoc_usd,
            "only if nothing asks at night",
        ),
    ]
    for nodes, node_type in ((2, "ra3.large"), (2, "rg.xlarge"), (2, "ra3.xlplus")):
        cluster = cluster_of(settings, book, node_type, nodes, samples)
        note = f"break-even {plural(cluster.break_even, 'query')} a day; ad hoc share stays on Athena"
        ways.append((f"Redshift {cluster.name}", cluster.usd_month + adhoc_usd, note))
    return tuple(Alternative(n, round(usd, 2), note) for n, usd, note in sorted(ways, key=lambda way: way[1]))


def sensitivity(workload: Workload, settings: Settings, cluster: Cluster, usd_tb: float) -> tuple[Sensitivity, ...]:
    """How far each assumption moves the break-even, the strongest first."""
    rules, mean = settings.decision, workload.mean_mb
    days, fixed = rules.node_hours_month / 24, cluster.usd_month

    def at(usd: float = fixed, mb: float = mean, adhoc_share: float = rules.adhoc_share, reused: float = 0) -> float:
        return round(float(break_even(usd, mb, usd_tb, days, adhoc_share=adhoc_share, reused=reused)), 2)

    hour = cluster.compute / rules.node_hours_month
    reuse = {r.minutes: r.billed for r in workload.repeats}[60]
    assumptions = [
        Sensitivity("MB billed a query", f"{mean / 2:,.0f}", f"{mean * 2:,.0f}", at(mb=mean / 2), at(mb=mean * 2)),
        Sensitivity("share kept on Athena", "0%", "30%", at(adhoc_share=0), at(adhoc_share=0.3)),
        Sensitivity("result reuse", "none", f"{reuse:.0%} (60 min)", at(), at(reused=min(reuse, 0.99))),
        Sensitivity("concurrency scaling a day", "the free hour", "2 h more", at(), at(usd=fixed + 2 * hour * days)),
        Sensitivity("reserved nodes", "none", "1 year (about -24%)", at(), at(usd=fixed - 0.24 * cluster.compute)),
        Sensitivity(
            "managed storage", "half", "double", at(usd=fixed - cluster.storage / 2), at(usd=fixed + cluster.storage)
        ),
    ]
    return tuple(sorted(assumptions, key=lambda s: -abs(s.at_high - s.at_low)))
