"""CloudWatch: metric math, percentiles, alarms that evaluate, composite alarms, alarm history."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch import cloudwatch_backends

from smartroute_runbook.standins.api.operations import ApiError, Call, operation, plane

from .alarm_rules import rule_holds
from .alarms import AlarmEvaluator
from .metric_math import EvaluationWindow, MathError, calculate, statistic
from .metrics import series_of

__all__: list[str] = []

_STATISTICS = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")


def _alarms() -> AlarmEvaluator:
    alarms: AlarmEvaluator = plane().alarms
    return alarms


def _backend(call: Call) -> Any:
    return cloudwatch_backends[call.account][call.region]


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationError", message)


@operation("cloudwatch")
def put_metric_alarm(call: Call) -> Any:
    """PutMetricAlarm: checked as far as it can be before data come; a new alarm has INSUFFICIENT_DATA."""
    params = dict(call.params)
    _check_alarm(params)
    before = _backend(call).alarms.get(params["AlarmName"])
    answer = call.original()
    alarm = _backend(call).alarms[params["AlarmName"]]
    alarm.definition = params
    alarm.evaluation_window = params.get("EvaluationWindow")
    if before is None or before.rule is not None:
        alarm.state_value = "INSUFFICIENT_DATA"
    else:
        alarm.state_value, alarm.history = before.state_value, before.history
    verb = "created" if before is None else "updated"
    _alarms().note(alarm.name, "ConfigurationUpdate", f'Alarm "{alarm.name}" {verb}')
    return answer


def _check_alarm(params: Mapping[str, Any]) -> None:
    metrics, periods = params.get("Metrics", []), int(params["EvaluationPeriods"])
    if bool(metrics) == ("MetricName" in params):
        raise ApiError("InvalidParameterCombination", "Give either MetricName or Metrics")
    if int(params.get("DatapointsToAlarm", 1)) > periods:
        raise _invalid("DatapointsToAlarm must not be greater than EvaluationPeriods")
    if "MetricName" in params and ("Statistic" in params) == ("ExtendedStatistic" in params):
        raise ApiError("InvalidParameterCombination", "Give either Statistic or ExtendedStatistic")
    if "Threshold" not in params and "ThresholdMetricId" not in params:
        raise _invalid("Threshold or ThresholdMetricId is required")
    if "ThresholdMetricId" in params:
        raise NotImplementedError("anomaly detection alarms")
    period = int(params.get("Period", 0)) or max(
        [int(m["MetricStat"]["Period"]) for m in metrics if "MetricStat" in m] or [60]
    )
    if period * periods > 7 * 86400 or (period < 3600 and period * periods > 86400):
        raise _invalid("The alarm's evaluation range is more than a day, or a week with periods of an hour or more")
    if metrics:
        _check_math(metrics)


def _check_math(metrics: list[Mapping[str, Any]]) -> None:
    if sum(bool(metric.get("ReturnData", True)) for metric in metrics) != 1:
        raise _invalid("Exactly one element of the metrics list should return data")
    known: dict[str, Any] = {metric["Id"]: {0.0: 1.0} for metric in metrics}
    for metric in metrics:
        if "Expression" in metric:
            _math(lambda metric=metric: calculate(metric["Expression"], known, EvaluationWindow(0.0, 60, 1)))


def _math(work: Any) -> Any:
    try:
        return work()
    except MathError as error:
        raise _invalid(str(error)) from None


@operation("cloudwatch")
def put_composite_alarm(call: Call) -> Any:
    """PutCompositeAlarm."""
    params, cloudwatch = call.params, _backend(call)
    try:
        rule_holds(params["AlarmRule"], {alarm.name: alarm.state_value for alarm in tuple(cloudwatch.alarms.values())})
    except ValueError as error:
        raise _invalid(f"AlarmRule: {error}") from None
    alarm = cloudwatch.put_metric_alarm(
        name=params["AlarmName"],
        namespace="",
        metric_name="",
        comparison_operator="",
        evaluation_periods=1,
        period=60,
        threshold=0.0,
        statistic="",
        description=params.get("AlarmDescription", ""),
        dimensions=[],
        alarm_actions=params.get("AlarmActions", []),
        ok_actions=params.get("OKActions", []),
        insufficient_data_actions=params.get("InsufficientDataActions", []),
        actions_enabled=params.get("ActionsEnabled", True),
        rule=params["AlarmRule"],
        tags=params.get("Tags", []),
    )
    alarm.alarm_rule, alarm.state_value = params["AlarmRule"], "INSUFFICIENT_DATA"
    _alarms().note(alarm.name, "ConfigurationUpdate", f'Alarm "{alarm.name}" created')


@operation("cloudwatch")
def describe_alarms(call: Call) -> Any:
    """DescribeAlarms, evaluated at this moment."""
    _alarms().evaluate()
    params, alarms = call.params, list(_backend(call).alarms.values())
    kinds = params.get("AlarmTypes", ["MetricAlarm"])
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "AlarmNames": lambda alarm, value: alarm.name in value,
        "AlarmNamePrefix": lambda alarm, value: alarm.name.startswith(value),
        "StateValue": lambda alarm, value: alarm.state_value == value,
        "ActionPrefix": lambda alarm, value: any(a.startswith(value) for a in alarm.alarm_actions),
    }
    selected = [
        alarm for alarm in alarms if all(test(alarm, params[key]) for key, test in tests.items() if key in params)
    ]
    return {
        "MetricAlarms": [alarm for alarm in selected if alarm.rule is None and "MetricAlarm" in kinds],
        "CompositeAlarms": [alarm for alarm in selected if alarm.rule is not None and "CompositeAlarm" in kinds],
    }


@operation("cloudwatch")
def set_alarm_state(call: Call) -> Any:
    """SetAlarmState: actions are sent; the next evaluation takes the state back, as on AWS."""
    params = call.params
    alarm = _backend(call).alarms.get(params["AlarmName"])
    if alarm is None:
        raise ApiError("ResourceNotFound", f"No alarm {params['AlarmName']}", 404)
    _alarms().hold(alarm, params["StateValue"], params["StateReason"])


@operation("cloudwatch")
def describe_alarm_history(call: Call) -> Any:
    """DescribeAlarmHistory, newest first."""
    params = call.params
    name, kind = params.get("AlarmName"), params.get("HistoryItemType")
    items = [i for i in _alarms().history if name in (None, i["AlarmName"]) and kind in (None, i["HistoryItemType"])]
    newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    return {"AlarmHistoryItems": (items[::-1] if newest_first else items)[: int(params.get("MaxRecords") or 100)]}


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


@operation("cloudwatch")
def list_metrics(call: Call) -> Any:
    """ListMetrics: each metric once (moto lists one a datum), 500 a page."""
    params = call.params
    filters = [(item["Name"], item.get("Value")) for item in params.get("Dimensions", [])]
    metrics: dict[tuple[Any, ...], dict[str, Any]] = {}
    for datum in tuple(_backend(call).metric_data):
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
        raise _invalid("The parameter EndTime must be greater than StartTime.")
    if any(("MetricStat" in query) == ("Expression" in query) for query in queries):
        raise _invalid("Each MetricDataQuery needs either MetricStat or Expression.")
    periods = [int(q["MetricStat"]["Period"]) for q in queries if "MetricStat" in q]
    period = max(periods or [60])
    aligned = math.floor(start / period) * period
    window = EvaluationWindow(aligned, period, math.ceil((end - aligned) / period))
    series = _math(lambda: series_of(queries, _alarms().metrics, window))
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
    points = _alarms().metrics.points(params, start, end, params.get("Unit"))
    groups: dict[float, list[Any]] = {}
    for point in points:
        groups.setdefault(math.floor(point.time / period) * period, []).append(point)
    datapoints = []
    for moment, group in groups.items():
        datapoint = {name: statistic(name, group) for name in _STATISTICS if name in names}
        more = {name: _math(lambda name=name, group=group: statistic(name, group)) for name in extended}
        more = {name: value for name, value in more.items() if value is not None}
        stamp = {"Timestamp": datetime.fromtimestamp(moment, UTC), "Unit": params.get("Unit", "None")}
        datapoints.append({**stamp, **datapoint, **({"ExtendedStatistics": more} if more else {})})
    return {"Label": params["MetricName"], "Datapoints": datapoints}


def _epoch(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
