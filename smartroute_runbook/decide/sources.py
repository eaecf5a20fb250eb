"""The figures of each source for the same full days: the history, CloudWatch's metrics, Cost Explorer's bill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from smartroute_runbook.prices import TB, book_of
from smartroute_runbook.runs.run import Run

from .workload import Workload

__all__ = ["Source", "cloudwatch", "cost_explorer", "harvested"]

NAMESPACE = "AWS/Athena"
METRICS = ("ProcessedBytes", "TotalExecutionTime", "QueryQueueTime")


@dataclass(frozen=True)
class Source:
    """The figures of one source for the same full days; None where it has none.

    Attributes:
        queries: data queries, any outcome.
        terabytes: scanned, decimal.
        usd: US dollars.
        total_ms: mean of the total execution time of successful queries.
        queue_ms: mean of the time in the queue of successful queries.
        said: why there are no figures, or what the figures are.
    """

    name: str
    state: Literal["read", "refused", "not read", "no data"]
    queries: float | None = None
    terabytes: float | None = None
    usd: float | None = None
    total_ms: float | None = None
    queue_ms: float | None = None
    said: str = ""


def harvested(run: Run, workload: Workload) -> tuple[Source, Source]:
    """The dashboards' queries, and the runbook's own in the same workgroup."""
    usd_mb = book_of(run).usd("athena") * 1e6 / TB
    dates = {day.date for day in workload.full_days}

    def source(name: str, days: Any, description: str) -> Source:
        full_days = [day for day in days if day.date in dates]
        billed, scanned = sum(day.billed_mb for day in full_days), sum(day.scanned_bytes for day in full_days)
        queries = float(sum(day.queries for day in full_days))
        return Source(name, "read", queries, round(scanned / TB, 9), round(billed * usd_mb, 6), said=description)

    group = run.settings.athena.workgroup
    return (
        source("harvest", workload.days, f"query history of {group}; $ at the price book, 10 MB a query at least"),
        source("runbook's own", workload.own, "queries of the runbook in the same workgroup, left out of the harvest"),
    )


# ---- CloudWatch --------------------------------------------------------------------------------------------------


def cloudwatch(run: Run, first: date, after: date) -> Source:
    """Sums and means over the days, of every query state and type that the workgroup publishes."""
    client, group = run.clients.boto("cloudwatch"), run.settings.athena.workgroup
    pages = client.get_paginator("list_metrics").paginate(
        Namespace=NAMESPACE, Dimensions=[{"Name": "WorkGroup", "Value": group}]
    )
    metrics = [metric for page in pages for metric in page["Metrics"] if _documented(metric)]
    if not metrics:
        return Source("CloudWatch", "no data", said=f"workgroup {group} publishes no metrics: turn them on")
    queries = [query for number, metric in enumerate(metrics) for query in _queries(number, metric)]
    values = _metric_values(client, queries, first, after)
    counts: dict[str, float] = {}
    sums: dict[str, float] = {}
    for number, metric in enumerate(metrics):
        name, state = metric["MetricName"], _dimensions(metric)["QueryState"]
        if name == "ProcessedBytes" or state == "SUCCEEDED":
            sums[name] = sums.get(name, 0.0) + values[f"s{number}"]
        if name == "TotalExecutionTime":
            counts[state] = counts.get(state, 0.0) + values[f"n{number}"]
    succeeded = counts.get("SUCCEEDED", 0.0) or 1.0
    return Source(
        "CloudWatch",
        "read",
        queries=sum(counts.values()),
        terabytes=round(sums.get("ProcessedBytes", 0.0) / TB, 9),
        total_ms=round(sums.get("TotalExecutionTime", 0.0) / succeeded, 3),
        queue_ms=round(sums.get("QueryQueueTime", 0.0) / succeeded, 3),
        said=f"{NAMESPACE}, workgroup {group}, DML; bytes as scanned, no minimum",
    )


def _dimensions(metric: dict[str, Any]) -> dict[str, str]:
    return {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}


def _documented(metric: dict[str, Any]) -> bool:
    """The triple of dimensions that Athena's user guide documents; other sets would count a query twice."""
    dimensions = _dimensions(metric)
    return (
        metric["MetricName"] in METRICS
        and set(dimensions) == {"QueryState", "QueryType", "WorkGroup"}
        and dimensions["QueryType"] == "DML"
    )


def _queries(number: int, metric: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for letter, statistic in (("s", "Sum"), ("n", "SampleCount")):
        identity = {key: metric[key] for key in ("Namespace", "MetricName", "Dimensions")}
        yield {"Id": f"{letter}{number}", "MetricStat": {"Metric": identity, "Period": 86_400, "Stat": statistic}}


def _metric_values(client: Any, queries: list[dict[str, Any]], first: date, after: date) -> dict[str, float]:
    """The sum over all days of each query."""
    edges = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, after)]
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=edges[0], EndTime=edges[1]
    )
    values = dict.fromkeys((query["Id"] for query in queries), 0.0)
    for page in pages:
        for result in page["MetricDataResults"]:
            values[result["Id"]] += sum(result["Values"])
    return values


# ---- Cost Explorer -----------------------------------------------------------------------------------------------


def cost_explorer(run: Run, first: date, after: date) -> Source:
    """Amazon Athena's unblended cost over the days, by usage type, of the whole account."""
    ask: dict[str, Any] = {
        "TimePeriod": {"Start": first.isoformat(), "End": after.isoformat()},
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost", "UsageQuantity"],
        "Filter": {"Dimensions": {"Key": "SERVICE", "Values": ["Amazon Athena"]}},
        "GroupBy": [{"Type": "DIMENSION", "Key": "USAGE_TYPE"}],
    }
    usd: dict[str, float] = {}
    quantity: dict[str, float] = {}
    while True:
        answer = run.clients.boto("ce").get_cost_and_usage(**ask)
        for group in (group for period in answer["ResultsByTime"] for group in period["Groups"]):
            kind = group["Keys"][0]
            usd[kind] = usd.get(kind, 0.0) + float(group["Metrics"]["UnblendedCost"]["Amount"])
            quantity[kind] = quantity.get(kind, 0.0) + float(group["Metrics"]["UsageQuantity"]["Amount"])
        if not answer.get("NextPageToken"):
            break
        ask["NextPageToken"] = answer["NextPageToken"]
    if not usd:
        return Source("Cost Explorer", "no data", said="no Athena cost in these days (it lags up to a day)")
    scans = [kind for kind in usd if "DataScanned" in kind]
    kinds = "; ".join(f"{kind} ${usd[kind]:,.4f}" for kind in sorted(usd))
    return Source(
        "Cost Explorer",
        "read",
        terabytes=round(sum(quantity[kind] for kind in scans), 9) if scans else None,
        usd=round(sum(usd.values()), 6),
        said=f"unblended, the whole account, as billed: {kinds}",
    )
