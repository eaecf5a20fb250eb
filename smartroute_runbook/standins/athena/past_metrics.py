"""CloudWatch metrics of executions before the rehearsal began: one statistic set a day, state and metric.

CloudWatch keeps months of AWS/Athena metrics (15 months by the hour); a day's sum and count are all that a comparison
with the history needs. Executions of the day on which the rehearsal begins are left out: that day goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from .execution import PastExecution

__all__ = ["STATES", "past_metrics"]

#: The dimension QueryState is spelt otherwise than the API's state (Athena user guide, "query-metrics-viewing").
STATES = {"SUCCEEDED": "SUCCEEDED", "FAILED": "FAILED", "CANCELLED": "CANCELED"}


def past_metrics(executions: Iterable[PastExecution], before: date) -> list[dict[str, Any]]:
    """Metric data as PutMetricData takes them, for the days before ``before`` (UTC)."""
    days: dict[tuple[date, str, str, str], list[PastExecution]] = defaultdict(list)
    for one in executions:
        day = one.submitted.astimezone(UTC).date()
        if day < before:
            days[day, one.workgroup, one.statement_type, STATES[one.state]].append(one)
    return [datum for key, of_day in days.items() for datum in _data(*key, of_day)]


def _data(day: date, group: str, kind: str, state: str, executions: list[PastExecution]) -> list[dict[str, Any]]:
    dimensions = {"QueryState": state, "QueryType": kind, "WorkGroup": group}
    values: dict[str, tuple[list[int], str]] = {
        "ProcessedBytes": ([one.bytes_scanned for one in executions], "Bytes"),
        "TotalExecutionTime": ([one.engine_ms + one.queue_ms for one in executions], "Milliseconds"),
        "EngineExecutionTime": ([one.engine_ms for one in executions], "Milliseconds"),
        "QueryQueueTime": ([one.queue_ms for one in executions], "Milliseconds"),
    }
    return [
        {
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            "Unit": unit,
            "Timestamp": datetime.combine(day, time(12)),
            "StatisticValues": {
                "SampleCount": len(some),
                "Sum": sum(some),
                "Minimum": min(some),
                "Maximum": max(some),
            },
        }
        for name, (some, unit) in values.items()
    ]
