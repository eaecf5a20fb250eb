"""What an alarm is: by what it fires, and what whoever hears it does first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from smartroute_runbook.runs.plan import plan

__all__ = ["Alarm", "AlarmName", "metric_query", "of_plan", "over"]

AlarmName = Literal[
    "athena-cost-day",
    "athena-latency",
    "redshift-cpu",
    "redshift-latency",
    "redshift-queue-wait",
    "redshift-disk",
    "redshift-health",
    "redshift-connections",
    "redshift-freshness",
    "redshift-failed-loads",
    "dashboard-latency",
]


@dataclass(frozen=True)
class Alarm:
    """One alarm.

    Attributes:
        name: after the cluster's name and a dash in CloudWatch.
        title: when it fires.
        why: what the metric is, and what its unit.
        first: what whoever hears it does first.
        fires: parameters of PutMetricAlarm by which it fires.
    """

    name: AlarmName
    title: str
    why: str
    first: str
    fires: Mapping[str, Any]

    @property
    def metrics(self) -> int:
        """How many metrics it reads: what it costs."""
        return sum("MetricStat" in one for one in self.fires.get("Metrics", ())) or 1

    def description(self, runbook: str) -> str:
        """What a receiver reads; at most 1,024 characters (API reference, "PutMetricAlarm")."""
        return f"{self.title}. First: {self.first}. Runbook: {runbook}#{self.name}"


def of_plan(name: AlarmName) -> tuple[str, float]:
    """Title and threshold of one of the plan's alarms, in the plan's unit."""
    one = plan()["alarms"][name]
    return str(one["title"]), float(one["threshold"])


def over(threshold: float, *, periods: int, of: int | None = None, missing: str) -> dict[str, Any]:
    """Fires while more than ``threshold`` in ``periods`` of the last ``of`` periods.

    Args:
        threshold: in the metric's unit.
        periods: bad ones that it takes.
        of: periods that are looked at; by default as many as it takes.
        missing: TreatMissingData: what a period without data is.
    """
    return {
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": threshold,
        "EvaluationPeriods": of or periods,
        "DatapointsToAlarm": periods,
        "TreatMissingData": missing,
    }


def metric_query(
    identifier: str, namespace: str, name: str, dimensions: Sequence[Mapping[str, str]], *, period: int, stat: str
) -> dict[str, Any]:
    """A metric that an expression of the same alarm reads; ``period`` in seconds."""
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": [dict(one) for one in dimensions]}
    stats = {"Metric": metric, "Period": period, "Stat": stat}
    return {"Id": identifier, "MetricStat": stats, "ReturnData": False}
