"""The plan's own figures beside the corrected ones, each with why and source."""

from __future__ import annotations

from dataclasses import dataclass

from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.prices import BILLED_MINIMUM_MB, PriceBook
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.plan import plan

from .economics import Band, athena_month, break_even
from .workload import Workload

__all__ = ["Dispute", "disputes"]


@dataclass(frozen=True)
class Dispute:
    """One figure of the plan and what stands against it."""

    plan: str
    corrected: str
    why: str
    source: str


def disputes(
    node_month: float, book: PriceBook, settings: Settings, workload: Workload, even: Band
) -> tuple[Dispute, ...]:
    """Every cost figure of the plan that does not hold.

    Args:
        node_month: US dollars a month of one node of the chosen type.
        book: the prices.
        settings: the parameters.
        workload: the measured workload.
        even: break-even of two nodes over the measured workload, queries a day.
    """
    figures = plan()["figures"]
    node, usd_tb = book[settings.redshift.node_type], book.usd("athena")
    hours = settings.decision.node_hours_month
    days = hours / 24
    priced = f"{node.source}; {node.as_of:%Y-%m-%d}"
    athena = f"{book['athena'].source}; {book['athena'].as_of:%Y-%m-%d}"

    def nodes(count: int, figure: str) -> Dispute:
        return Dispute(
            f"{plural(count, 'node')}: ${_amount(figures[figure]['plan'])} a month",
            f"${count * node_month:,.2f} a month",
            f"${node.usd.normalize():f} is the price of a node-hour, taken for a month's; a month has "
            f"{plural(hours, 'hour')}",
            priced,
        )

    def at_plan(mb: float) -> float:
        return float(break_even(2 * node_month, mb, usd_tb, days))

    million = figures["athena_million_queries_month"]
    floor = float(athena_month(million["queries_day"], BILLED_MINIMUM_MB, usd_tb, days))
    measured = float(athena_month(million["queries_day"], workload.mean_mb, usd_tb, days))
    implied = {
        name: figures[name]["plan"] / figures[name]["queries_day"] / usd_tb * 1e6
        for name in ("athena_few_queries_day", "athena_many_queries_day")
    }
    return (
        nodes(1, "cluster_month_one_node"),
        nodes(2, "cluster_month_two_nodes"),
        nodes(4, "cluster_month_four_nodes"),
        Dispute(
            f"break-even at {_amount(figures['break_even_queries_day']['plan'])} queries a day",
            f"{plural(even, 'query')} a day, as measured; {at_plan(100):,.0f} at 100 MB, {at_plan(10):,.0f} at 10 MB",
            "it depends on the bytes a query is billed for, which the plan does not say",
            athena,
        ),
        Dispute(
            "$1.20 a day for 2-3k queries, $120 for 200k",
            f"{workload.mean_mb:,.1f} MB billed a query, as measured",
            f"the two figures imply {implied['athena_few_queries_day']:,.0f} and "
            f"{implied['athena_many_queries_day']:,.0f} MB a query",
            athena,
        ),
        Dispute(
            f"Athena at 1M queries a day: ${_amount(million['plan'])} a month, 'uneconomical'",
            f"${measured:,.0f} as measured; ${floor:,.0f} at the 10 MB minimum",
            "small tables are billed the minimum; what ends first is Athena's start rate (20 a second), not the price",
            f"{athena}; Athena user guide, service limits",
        ),
        Dispute(
            f"savings of ${_amount(figures['savings_month']['plan'])} a month at 1M queries a day",
            f"${measured - 2 * node_month:,.0f} at most, as measured",
            "leaves out storage, concurrency scaling, both engines running, ad hoc queries; assumes two nodes carry it",
            athena,
        ),
        Dispute(
            "auto-scaling up to 4 nodes",
            "a provisioned cluster keeps its node count",
            "elastic resize is a call or a schedule; concurrency scaling adds transient clusters (one free hour a day)",
            "Redshift management guide, managing cluster operations; developer guide, concurrency scaling",
        ),
    )


def _amount(value: float | tuple[float, ...]) -> str:
    return " to ".join(f"{v:,.0f}" for v in value) if isinstance(value, tuple) else f"{value:,.0f}"
