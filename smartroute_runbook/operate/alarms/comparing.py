"""An alarm as CloudWatch describes it against how it shall be: over all that makes it fire, and whom it tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["comparable"]

_PLAIN = (
    "AlarmDescription",
    "Namespace",
    "MetricName",
    "Statistic",
    "ExtendedStatistic",
    "Unit",
    "Period",
    "ComparisonOperator",
    "Threshold",
    "ThresholdMetricId",
    "EvaluationPeriods",
    "EvaluateLowSampleCountPercentile",
)


def comparable(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """The same form for PutMetricAlarm's parameters and DescribeAlarms' answer.

    What AWS fills in is filled in: all periods must be bad, missing data are missing, actions are sent (API reference,
    "PutMetricAlarm"). Order of dimensions and of receivers says nothing; the order of metrics neither.
    """
    compared = {key: alarm[key] for key in _PLAIN if alarm.get(key) not in (None, "")}
    compared |= {
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "ActionsEnabled": alarm.get("ActionsEnabled", True),
    }
    compared |= {key: sorted(alarm.get(key) or ()) for key in ("AlarmActions", "OKActions", "InsufficientDataActions")}
    if alarm.get("Dimensions"):
        compared["Dimensions"] = _dimensions(alarm["Dimensions"])
    if alarm.get("Metrics"):
        compared["Metrics"] = {one["Id"]: _query(one) for one in alarm["Metrics"]}
    return compared


def _query(one: Mapping[str, Any]) -> dict[str, Any]:
    compared = {key: one[key] for key in ("Expression", "Label", "Period") if one.get(key) not in (None, "")}
    compared["ReturnData"] = one.get("ReturnData") is not False
    if one.get("MetricStat"):
        stat, metric = one["MetricStat"], one["MetricStat"]["Metric"]
        compared |= {key: stat[key] for key in ("Period", "Stat", "Unit") if stat.get(key) is not None}
        compared |= {"Namespace": metric["Namespace"], "MetricName": metric["MetricName"]}
        compared["Dimensions"] = _dimensions(metric.get("Dimensions") or ())
    return compared


def _dimensions(given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in sorted(given, key=lambda one: one["Name"])}
