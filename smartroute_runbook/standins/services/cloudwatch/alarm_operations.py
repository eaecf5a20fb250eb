"""CloudWatch's operations on alarms: metric alarms that are evaluated, composite alarms, their history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

from .alarm_rules import rule_holds
from .datapoints import EvaluationWindow
from .metric_math import calculate
from .shared import alarm_evaluator, backend, computed, invalid

__all__: list[str] = []


@operation("cloudwatch")
def put_metric_alarm(call: Call) -> Any:
    """PutMetricAlarm: checked as far as it can be before data come; a new alarm has INSUFFICIENT_DATA."""
    params = dict(call.params)
    _check_alarm(params)
    before = backend(call).alarms.get(params["AlarmName"])
    answer = call.original()
    alarm = backend(call).alarms[params["AlarmName"]]
    alarm.definition = params
    alarm.evaluation_window = params.get("EvaluationWindow")
    if before is None or before.rule is not None:
        alarm.state_value = "INSUFFICIENT_DATA"
    else:
        alarm.state_value, alarm.history = before.state_value, before.history
    verb = "created" if before is None else "updated"
    alarm_evaluator().note(alarm.name, "ConfigurationUpdate", f'Alarm "{alarm.name}" {verb}')
    return answer


def _check_alarm(params: Mapping[str, Any]) -> None:
    metrics, periods = params.get("Metrics", []), int(params["EvaluationPeriods"])
    if bool(metrics) == ("MetricName" in params):
        raise ApiError("InvalidParameterCombination", "Give either MetricName or Metrics")
    if int(params.get("DatapointsToAlarm", 1)) > periods:
        raise invalid("DatapointsToAlarm must not be greater than EvaluationPeriods")
    if "MetricName" in params and ("Statistic" in params) == ("ExtendedStatistic" in params):
        raise ApiError("InvalidParameterCombination", "Give either Statistic or ExtendedStatistic")
    if "Threshold" not in params and "ThresholdMetricId" not in params:
        raise invalid("Threshold or ThresholdMetricId is required")
    if "ThresholdMetricId" in params:
        raise NotImplementedError("anomaly detection alarms")
    period = int(params.get("Period", 0)) or max(
        [int(m["MetricStat"]["Period"]) for m in metrics if "MetricStat" in m] or [60]
    )
    if period * periods > 7 * 86400 or (period < 3600 and period * periods > 86400):
        raise invalid("The alarm's evaluation range is more than a day, or a week with periods of an hour or more")
    if metrics:
        _check_math(metrics)


def _check_math(metrics: list[Mapping[str, Any]]) -> None:
    if sum(bool(metric.get("ReturnData", True)) for metric in metrics) != 1:
        raise invalid("Exactly one element of the metrics list should return data")
    known: dict[str, Any] = {metric["Id"]: {0.0: 1.0} for metric in metrics}
    for metric in metrics:
        if "Expression" in metric:
            computed(calculate, metric["Expression"], known, EvaluationWindow(0.0, 60, 1))


@operation("cloudwatch")
def put_composite_alarm(call: Call) -> Any:
    """PutCompositeAlarm."""
    params, cloudwatch = call.params, backend(call)
    try:
        rule_holds(params["AlarmRule"], {alarm.name: alarm.state_value for alarm in tuple(cloudwatch.alarms.values())})
    except ValueError as error:
        raise invalid(f"AlarmRule: {error}") from None
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
    alarm_evaluator().note(alarm.name, "ConfigurationUpdate", f'Alarm "{alarm.name}" created')


@operation("cloudwatch")
def describe_alarms(call: Call) -> Any:
    """DescribeAlarms, evaluated at this moment."""
    alarm_evaluator().evaluate()
    params, alarms = call.params, list(backend(call).alarms.values())
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
    alarm = backend(call).alarms.get(params["AlarmName"])
    if alarm is None:
        raise ApiError("ResourceNotFound", f"No alarm {params['AlarmName']}", 404)
    alarm_evaluator().hold(alarm, params["StateValue"], params["StateReason"])


@operation("cloudwatch")
def describe_alarm_history(call: Call) -> Any:
    """DescribeAlarmHistory, newest first."""
    params = call.params
    name, kind = params.get("AlarmName"), params.get("HistoryItemType")
    history = alarm_evaluator().history
    items = [i for i in history if name in (None, i["AlarmName"]) and kind in (None, i["HistoryItemType"])]
    newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    return {"AlarmHistoryItems": (items[::-1] if newest_first else items)[: int(params.get("MaxRecords") or 100)]}
