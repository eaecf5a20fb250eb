"""Athena's alarms. Metrics, dimensions and units: Athena user guide, "query-metrics-viewing".

After the cut-over only what stays on Athena feeds them: analysts, and the dashboard where it went back.
"""

from __future__ import annotations

from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB, TB, price_book

from .definition import Alarm, metric_query, of_plan, over

__all__ = ["athena_cost_day", "athena_latency"]

_NAMESPACE = "AWS/Athena"


def athena_cost_day(settings: Settings) -> Alarm:
    """The plan's $50 a day: no metric holds a cost, so it is computed from the bytes."""
    title, threshold = of_plan("athena-cost-day")
    succeeded, cancelled = _queries(settings, "SUCCEEDED"), _queries(settings, "CANCELED")
    least, price = BILLED_MINIMUM_MB * MB, price_book()["athena"].usd
    usd = f"{price}*(MAX([FILL(bytes,0),{least}*FILL(queries,0)])+FILL(cancelled,0))/{TB}"
    return Alarm(
        "athena-cost-day",
        title,
        f"no metric holds a cost: bytes processed, {BILLED_MINIMUM_MB} MB at least a query, at ${price} a TB",
        "find the queries that scan most in the workgroup's history, and whether the dashboard went back to Athena",
        {
            **over(threshold, periods=1, missing="notBreaching"),
            "Metrics": [
                metric_query("bytes", _NAMESPACE, "ProcessedBytes", succeeded, period=86400, stat="Sum"),
                metric_query("cancelled", _NAMESPACE, "ProcessedBytes", cancelled, period=86400, stat="Sum"),
                metric_query("queries", _NAMESPACE, "ProcessedBytes", succeeded, period=86400, stat="SampleCount"),
                {"Id": "usd", "Expression": usd, "Label": "US dollars a day", "ReturnData": True},
            ],
        },
    )


def athena_latency(settings: Settings) -> Alarm:
    """The plan's 5 s, of the 95th percentile."""
    title, threshold = of_plan("athena-latency")
    return Alarm(
        "athena-latency",
        title,
        "TotalExecutionTime is in milliseconds; the 95th percentile in 2 of 3 periods of 5 minutes",
        "look at QueryQueueTime of the same queries: waiting wants capacity or other hours, running wants other SQL",
        {
            **over(threshold * 1000, periods=2, of=3, missing="notBreaching"),
            "Namespace": _NAMESPACE,
            "MetricName": "TotalExecutionTime",
            "Dimensions": _queries(settings, "SUCCEEDED"),
            "Period": 300,
            "ExtendedStatistic": "p95",
        },
    )


def _queries(settings: Settings, state: str) -> list[dict[str, str]]:
    values = {"QueryState": state, "QueryType": "DML", "WorkGroup": settings.athena.workgroup}
    return [{"Name": name, "Value": value} for name, value in values.items()]
