"""CloudWatch: metric math, percentiles, alarms that evaluate, composite alarms, alarm history."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch import cloudwatch_backends

from smartroute_runbook.standins.api.operations import ApiError, Call, operation, plane

from .alarms import AlarmEvaluator, holds, series_of
from .metric_math import EvaluationWindow, MathError, calculate, statistic

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
    given = dict(call.params)
    _check_alarm(given)
    before = _backend(call).alarms.get(given["AlarmName"])
    answer = call.original()
    alarm = _backend(call).alarms[given["AlarmName"]]
    alarm.definition = given
    alarm.evaluation_window = given.get("EvaluationWindow")
    if before is None or before.rule is not None:
        alarm.state_value = "INSUFFICIENT_DATA"
    else:
        alarm.state_value, alarm.history = before.state_value, before.history
    verb = "created" if before is None else "updated"
    _alarms().note(alarm.name, "ConfigurationUpdate", f'Alarm "{alarm.name}" {verb}')
    return answer


def _check_alarm(given: Mapping[str, Any]) -> None:
    metrics, periods = given.get("Metrics", []), int(given["EvaluationPeriods"])
    if bool(metrics) == ("MetricName" in given):
        raise ApiError("InvalidParameterCombination", "Give either MetricName or Metrics")
    if int(given.get("DatapointsToAlarm", 1)) > periods:
        raise _invalid("DatapointsToAlarm must not be greater than EvaluationPeriods")
    if "MetricName" in given and ("Statistic" in given) == ("ExtendedStatistic" in given):
        raise ApiError("InvalidParameterCombination", "Give either Statistic or ExtendedStatistic")
    if "Threshold" not in given and "ThresholdMetricId" not in given:
        raise _invalid("Threshold or ThresholdMetricId is required")
    if "ThresholdMetricId" in given:
        raise NotImplementedError("anomaly detection alarms")
    period = int(given.get("Period", 0)) or max(
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
    given, held = call.params, _backend(call)
    try:
        holds(given["AlarmRule"], {alarm.name: alarm.state_value for alarm in tuple(held.alarms.values())})
    except ValueError as error:
        raise _invalid(f"AlarmRule: {error}") from None
    alarm = held.put_metric_alarm(
        name=given["AlarmName"],
        namespace="",
        metric_name="",
        comparison_operator="",
        evaluation_periods=1,
        period=60,
        threshold=0.0,
        statistic="",
        description=given.get("AlarmDescription", ""),
        dimensions=[],
        alarm_actions=given.get("AlarmActions", []),
        ok_actions=given.get("OKActions", []),
        insufficient_data_actions=given.get("InsufficientDataActions", []),
        actions_enabled=given.get("ActionsEnabled", True),
        rule=given["AlarmRule"],
        tags=given.get("Tags", []),
    )
    alarm.alarm_rule, alarm.state_value = given["AlarmRule"], "INSUFFICIENT_DATA"
    _alarms().note(alarm.name, "ConfigurationUpdate", f'Alarm "{alarm.name}" created')


@operation("cloudwatch")
def describe_alarms(call: Call) -> Any:
    """DescribeAlarms, evaluated at this moment."""
    _alarms().evaluate()
    given, held = call.params, list(_backend(call).alarms.values())
    kinds = given.get("AlarmTypes", ["MetricAlarm"])
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "AlarmNames": lambda alarm, wanted: alarm.name in wanted,
        "AlarmNamePrefix": lambda alarm, wanted: alarm.name.startswith(wanted),
        "StateValue": lambda alarm, wanted: alarm.state_value == wanted,
        "ActionPrefix": lambda alarm, wanted: any(a.startswith(wanted) for a in alarm.alarm_actions),
    }
    shown = [alarm for alarm in held if all(test(alarm, given[key]) for key, test in tests.items() if key in given)]
    return {
        "MetricAlarms": [alarm for alarm in shown if alarm.rule is None and "MetricAlarm" in kinds],
        "CompositeAlarms": [alarm for alarm in shown if alarm.rule is not None and "CompositeAlarm" in kinds],
    }


@operation("cloudwatch")
def set_alarm_state(call: Call) -> Any:
    """SetAlarmState: actions are sent; the next evaluation takes the state back, as on AWS."""
    given = call.params
    alarm = _backend(call).alarms.get(given["AlarmName"])
    if alarm is None:
        raise ApiError("ResourceNotFound", f"No alarm {given['AlarmName']}", 404)
    _alarms().hold(alarm, given["StateValue"], given["StateReason"])


@operation("cloudwatch")
def describe_alarm_history(call: Call) -> Any:
    """DescribeAlarmHistory, newest first."""
    given = call.params
    wanted, kind = given.get("AlarmName"), given.get("HistoryItemType")
    items = [i for i in _alarms().history if wanted in (None, i["AlarmName"]) and kind in (None, i["HistoryItemType"])]
    newest_first = given.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    return {"AlarmHistoryItems": (items[::-1] if newest_first else items)[: int(given.get("MaxRecords") or 100)]}


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
    """ListMetrics: each metric once (moto tells one a datum), 500 a page."""
    given = call.params
    wanted = [(item["Name"], item.get("Value")) for item in given.get("Dimensions", [])]
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for datum in tuple(_backend(call).metric_data):
        named = {dimension.name: dimension.value for dimension in datum.dimensions}
        if given.get("Namespace", datum.namespace) != datum.namespace:
            continue
        if given.get("MetricName", datum.name) != datum.name:
            continue
        if all(name in named and value in (None, named[name]) for name, value in wanted):
            dimensions = [{"Name": name, "Value": value} for name, value in sorted(named.items())]
            shown = {"Namespace": datum.namespace, "MetricName": datum.name, "Dimensions": dimensions}
            found[datum.namespace, datum.name, *sorted(named.items())] = shown
    start = int(given.get("NextToken") or 0)
    page = [found[key] for key in sorted(found)][start : start + 500]
    return {"Metrics": page, **({"NextToken": str(start + 500)} if start + 500 < len(found) else {})}


@operation("cloudwatch")
def get_metric_data(call: Call) -> Any:
    """GetMetricData, periods aligned to the clock, metric math and percentiles included."""
    given = call.params
    queries, start, end = given["MetricDataQueries"], _epoch(given["StartTime"]), _epoch(given["EndTime"])
    if start >= end:
        raise _invalid("The parameter EndTime must be greater than StartTime.")
    if any(("MetricStat" in query) == ("Expression" in query) for query in queries):
        raise _invalid("Each MetricDataQuery needs either MetricStat or Expression.")
    periods = [int(q["MetricStat"]["Period"]) for q in queries if "MetricStat" in q]
    period = max(periods or [60])
    aligned = math.floor(start / period) * period
    window = EvaluationWindow(aligned, period, math.ceil((end - aligned) / period))
    series = _math(lambda: series_of(queries, _alarms().metrics, window))
    newest_first = given.get("ScanBy", "TimestampDescending") == "TimestampDescending"
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
    given = call.params
    start, end, period = _epoch(given["StartTime"]), _epoch(given["EndTime"]), int(given["Period"])
    if start >= end:
        raise ApiError("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
    names, extended = given.get("Statistics", []), given.get("ExtendedStatistics", [])
    if not names and not extended:
        raise ApiError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
    points = _alarms().metrics.points(given, start, end, given.get("Unit"))
    groups: dict[float, list[Any]] = {}
    for point in points:
        groups.setdefault(math.floor(point.time / period) * period, []).append(point)
    shown = []
    for moment, group in groups.items():
        datapoint = {name: statistic(name, group) for name in _STATISTICS if name in names}
        more = {name: _math(lambda name=name, group=group: statistic(name, group)) for name in extended}
        more = {name: value for name, value in more.items() if value is not None}
        stamp = {"Timestamp": datetime.fromtimestamp(moment, UTC), "Unit": given.get("Unit", "None")}
        shown.append({**stamp, **datapoint, **({"ExtendedStatistics": more} if more else {})})
    return {"Label": given["MetricName"], "Datapoints": shown}


def _epoch(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
