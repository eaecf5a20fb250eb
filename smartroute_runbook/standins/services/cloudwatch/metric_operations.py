"""CloudWatch's operations on metrics and dashboards: metric math, percentiles, checked dashboard bodies."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

from .datapoints import EvaluationWindow, statistic
from .metrics import series_of
from .shared import alarm_evaluator, backend, computed, invalid

__all__: list[str] = []

_STATISTICS = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")


@operation("cloudwatch")
def list_metrics(call: Call) -> Any:
    """ListMetrics: each metric once (moto lists one a datum), 500 a page."""
    params = call.params
    filters = [(item["Name"], item.get("Value")) for item in params.get("Dimensions", [])]
    metrics: dict[tuple[Any, ...], dict[str, Any]] = {}
    for datum in tuple(backend(call).metric_data):
        dimension_values = {dimension.name: dimension.value for dimension in datum.dimensions}
        if params.get("Namespace", datum.namespace) != datum.namespace:
            continue
        if params.get("MetricName", datum.name) != datum.name:
            continue
        if all(name in dimension_values and value in (None, dimension_values[name]) for name, value in filters):
            dimensions = [{"Name": name, "Value": value} for name, value in sorted(dimension_values.items())]
            entry = {"Namespace": datum.namespace, "MetricName": datum.name, "Dimensions": dimensions}
            metrics[datum.namespace, datum.name, *sorted(dimension_values.items())] = entry
    start = int(params.get("NextToken") or 0)
    page = [metrics[key] for key in sorted(metrics)][start : start + 500]
    return {"Metrics": page, **({"NextToken": str(start + 500)} if start + 500 < len(metrics) else {})}


@operation("cloudwatch")
def get_metric_data(call: Call) -> Any:
    """GetMetricData, periods aligned to the clock, metric math and percentiles included."""
    params = call.params
    queries, start, end = params["MetricDataQueries"], _epoch(params["StartTime"]), _epoch(params["EndTime"])
    if start >= end:
        raise invalid("The parameter EndTime must be greater than StartTime.")
    if any(("MetricStat" in query) == ("Expression" in query) for query in queries):
        raise invalid("Each MetricDataQuery needs either MetricStat or Expression.")
    periods = [int(q["MetricStat"]["Period"]) for q in queries if "MetricStat" in q]
    period = max(periods or [60])
    aligned = math.floor(start / period) * period
    window = EvaluationWindow(aligned, period, math.ceil((end - aligned) / period))
    series = computed(series_of, queries, alarm_evaluator().metrics, window)
    newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = []
    for query in queries:
        if query.get("ReturnData", True):
            items = sorted(series[query["Id"]].items(), reverse=newest_first)
            results.append(
                {
                    "Id": query["Id"],
                    "Label": query.get("Label") or _label(query),
                    "Timestamps": [datetime.fromtimestamp(moment, UTC) for moment, _ in items],
                    "Values": [value for _, value in items],
                    "StatusCode": "Complete",
                }
            )
    return {"MetricDataResults": results}


def _label(query: Mapping[str, Any]) -> str:
    return str(query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"])


@operation("cloudwatch")
def get_metric_statistics(call: Call) -> Any:
    """GetMetricStatistics, percentiles included."""
    params = call.params
    start, end, period = _epoch(params["StartTime"]), _epoch(params["EndTime"]), int(params["Period"])
    if start >= end:
        raise ApiError("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
    names, extended = params.get("Statistics", []), params.get("ExtendedStatistics", [])
    if not names and not extended:
        raise ApiError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
    points = alarm_evaluator().metrics.points(params, start, end, params.get("Unit"))
    groups: dict[float, list[Any]] = {}
    for point in points:
        groups.setdefault(math.floor(point.time / period) * period, []).append(point)
    datapoints = []
    for moment, group in groups.items():
        datapoint = {name: statistic(name, group) for name in _STATISTICS if name in names}
        more = {name: computed(statistic, name, group) for name in extended}
        more = {name: value for name, value in more.items() if value is not None}
        stamp = {"Timestamp": datetime.fromtimestamp(moment, UTC), "Unit": params.get("Unit", "None")}
        datapoints.append({**stamp, **datapoint, **({"ExtendedStatistics": more} if more else {})})
    return {"Label": params["MetricName"], "Datapoints": datapoints}


def _epoch(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@operation("cloudwatch")
def put_dashboard(call: Call) -> Any:
    """PutDashboard: refuses a body that has no widgets, or one of no known type, or outside the grid of 24 columns.

    Source: CloudWatch API reference, "Dashboard Body Structure and Syntax".
    """
    try:
        widgets = json.loads(call.params["DashboardBody"])["widgets"]
    except (ValueError, KeyError, TypeError):
        raise _wrong_dashboard("/widgets", "Should have required property 'widgets'") from None
    for n, widget in enumerate(widgets):
        if widget.get("type") not in ("metric", "text", "log", "alarm", "explorer", "custom"):
            raise _wrong_dashboard(f"/widgets/{n}/type", "Should be equal to one of the allowed values")
        if not isinstance(widget.get("properties"), dict):
            raise _wrong_dashboard(f"/widgets/{n}", "Should have required property 'properties'")
        if widget.get("x", 0) + widget.get("width", 6) > 24:
            raise _wrong_dashboard(f"/widgets/{n}/width", "Should be <= 24")
    return call.original()


def _wrong_dashboard(path: str, why: str) -> ApiError:
    return ApiError("InvalidParameterInput", f"The field DashboardBody is not valid: {path}: {why}")
