"""Alarms that are evaluated over the published metrics, with metric math, actions and history.

Windows are rolling and end at the moment of evaluation. Source of the rules: CloudWatch user guide, "Alarm evaluation".
"""

from __future__ import annotations

import ast
import json
import re
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch import cloudwatch_backends
from moto.sns import sns_backends

from smartroute_runbook.standins.account import ACCOUNT, REGION

from .metric_math import DataPoint, EvaluationWindow, Series, calculate

__all__ = ["AlarmEvaluator", "Metrics", "evaluated", "series_of"]

HELD_SECONDS = 3.0  # how long a state set by hand stays, before the next evaluation takes it back
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, limit: value > limit,
    "GreaterThanOrEqualToThreshold": lambda value, limit: value >= limit,
    "LessThanThreshold": lambda value, limit: value < limit,
    "LessThanOrEqualToThreshold": lambda value, limit: value <= limit,
}
_Dimensions = Sequence[Mapping[str, str]]


class Metrics:
    """Moto's data points by metric and time; moto itself keeps one long list."""

    def __init__(self) -> None:
        self._read = 0
        self._points: dict[tuple[Any, ...], list[DataPoint]] = {}
        self._times: dict[tuple[Any, ...], list[float]] = {}  # of the points that are sorted by time
        self._lock = threading.Lock()

    def points(self, metric: Mapping[str, Any], start: float, end: float, unit: str | None = None) -> list[DataPoint]:
        """The points of exactly this namespace, name and set of dimensions in [start, end), by time."""
        with self._lock:
            self._take_in()
            key = _key(metric["Namespace"], metric["MetricName"], metric.get("Dimensions", ()))
            key = (*key, unit) if unit else key
            points = self._points.get(key, [])
            if key not in self._times:
                points.sort(key=lambda point: point.time)
                self._times[key] = [point.time for point in points]
            times = self._times[key]
            return points[bisect_left(times, start) : bisect_left(times, end)]

    def _take_in(self) -> None:
        published = cloudwatch_backends[ACCOUNT][REGION].metric_data
        if len(published) < self._read:  # moto was reset
            self._read = 0
            self._points.clear()
            self._times.clear()
        fresh = published[self._read :]  # others append meanwhile: count what was taken, not what is there
        self._read += len(fresh)
        for datum in fresh:
            key = _key(datum.namespace, datum.name, [{"Name": d.name, "Value": d.value} for d in datum.dimensions])
            point = _point(datum)
            self._points.setdefault(key, []).append(point)
            self._points.setdefault((*key, datum.unit), []).append(point)
            self._times.pop(key, None)
            self._times.pop((*key, datum.unit), None)


def _key(namespace: str, name: str, dimensions: _Dimensions) -> tuple[Any, ...]:
    return namespace, name, tuple(sorted((d["Name"], d["Value"]) for d in dimensions))


def _point(datum: Any) -> DataPoint:
    moment = datum.timestamp if datum.timestamp.tzinfo else datum.timestamp.replace(tzinfo=UTC)
    if hasattr(datum, "value"):
        return DataPoint(moment.timestamp(), datum.value, 1, datum.value, datum.value)
    return DataPoint(moment.timestamp(), datum.sum, datum.sample_count, datum.min, datum.max, single=False)


def series_of(queries: Sequence[Mapping[str, Any]], metrics: Metrics, window: EvaluationWindow) -> dict[str, Series]:
    """Every query of a GetMetricData or an alarm, by id; expressions may use those of other expressions."""
    series: dict[str, Series] = {}
    for query in queries:
        if "MetricStat" in query:
            stat = query["MetricStat"]
            own = EvaluationWindow(
                window.start, int(stat["Period"]), window.count * window.period // int(stat["Period"])
            )
            end = own.start + own.count * own.period
            points = metrics.points(stat["Metric"], own.start, end, stat.get("Unit"))
            series[query["Id"]] = own.split(points, stat["Stat"])
    waiting = [query for query in queries if "Expression" in query]
    while waiting:
        ready = [q for q in waiting if not any(_uses(q, other["Id"]) for other in waiting if other is not q)]
        for query in ready or waiting[:1]:
            series[query["Id"]] = calculate(query["Expression"], series, window)
            waiting.remove(query)
    return series


def _uses(query: Mapping[str, Any], name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", query["Expression"]) is not None


def evaluated(alarm: Mapping[str, Any], metrics: Metrics, now: float, before: str) -> tuple[str, str]:
    """The state of a metric alarm at a moment (epoch seconds), and why.

    Args:
        alarm: as PutMetricAlarm takes it.
        metrics: what was published.
        now: the moment.
        before: its state until then.
    """
    queries, compared = _queries(alarm)
    period = max([int(q["MetricStat"]["Period"]) for q in queries if "MetricStat" in q] or [60])
    periods = int(alarm["EvaluationPeriods"])
    window = EvaluationWindow(now - periods * period, period, periods)
    series = series_of(queries, metrics, window)[compared]
    values = [series.get(start) for start in window.starts]
    breaching = _COMPARE[alarm["ComparisonOperator"]]
    limit = float(alarm["Threshold"])
    state = _judge(
        [None if value is None else bool(breaching(value, limit)) for value in values],
        int(alarm.get("DatapointsToAlarm", periods)),
        alarm.get("TreatMissingData", "missing"),
        before,
    )
    shown = ", ".join("no data" if value is None else f"{value:g}" for value in values)
    return state, f"Threshold {alarm['ComparisonOperator']} {limit:g}: the last {periods} datapoints are [{shown}]"


class AlarmEvaluator:
    """Evaluates the alarms of this process's moto.

    Attributes:
        clock: the time of evaluation, epoch seconds; another one makes hours pass in a test.
    """

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.time
        self.metrics = Metrics()
        self.history: list[dict[str, Any]] = []
        self._held_until: dict[str, float] = {}
        self._lock = threading.RLock()

    def note(self, name: str, kind: str, summary: str, data: Mapping[str, Any] | None = None) -> None:
        """Adds an entry to the history of an alarm."""
        entry = {
            "AlarmName": name,
            "AlarmType": "MetricAlarm",
            "Timestamp": datetime.now(UTC),
            "HistoryItemType": kind,
            "HistorySummary": summary,
            "HistoryData": json.dumps(data or {}),
        }
        with self._lock:
            self.history.append(entry)

    def evaluate(self, now: float | None = None) -> None:
        """Brings every alarm to the state that its data say, and sends the actions of those that changed."""
        moment = self.clock() if now is None else now
        with self._lock:
            alarms = list(cloudwatch_backends[ACCOUNT][REGION].alarms.values())
            for alarm in sorted(alarms, key=lambda item: item.rule is not None):
                if self._held_until.get(alarm.name, 0.0) <= moment:
                    self._settle(alarm, moment)

    def hold(self, alarm: Any, state: str, reason: str, now: float | None = None) -> None:
        """Sets a state by hand (SetAlarmState)."""
        with self._lock:
            self._held_until[alarm.name] = (self.clock() if now is None else now) + HELD_SECONDS
            self._move(alarm, state, reason)

    def _settle(self, alarm: Any, now: float) -> None:
        if alarm.rule is not None:
            state, reason = self._composite(alarm)
        elif hasattr(alarm, "definition"):
            state, reason = evaluated(alarm.definition, self.metrics, now, alarm.state_value)
        else:
            return
        self._move(alarm, state, reason)

    def _composite(self, alarm: Any) -> tuple[str, str]:
        states = {
            other.name: other.state_value for other in tuple(cloudwatch_backends[ACCOUNT][REGION].alarms.values())
        }
        return ("ALARM" if holds(alarm.rule, states) else "OK"), f"alarm rule: {alarm.rule}"

    def _move(self, alarm: Any, state: str, reason: str) -> None:
        before = alarm.state_value
        if before == state:
            return
        alarm.update_state(reason, "{}", state)
        alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
        data = {"oldState": {"stateValue": before}, "newState": {"stateValue": state, "stateReason": reason}}
        self.note(alarm.name, "StateUpdate", f"Alarm updated from {before} to {state}", data)
        if alarm.actions_enabled:
            self._act(alarm, before, state, reason)

    def _act(self, alarm: Any, before: str, state: str, reason: str) -> None:
        actions = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}.get(state, alarm.insufficient_data_actions)
        message = {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": ACCOUNT,
            "NewStateValue": state,
            "NewStateReason": reason,
            "StateChangeTime": datetime.now(UTC).isoformat(),
            "OldStateValue": before,
            "AlarmArn": alarm.alarm_arn,
        }
        for arn in actions or []:
            if ":sns:" not in arn:
                self.note(alarm.name, "Action", f"Not rehearsable: action {arn}")
                continue
            try:
                subject = f'{state}: "{alarm.name}"'[:100]
                sns_backends[ACCOUNT][REGION].publish(json.dumps(message), arn=arn, subject=subject)
                self.note(alarm.name, "Action", f"Successfully executed action {arn}")
            except Exception as error:  # such as a topic that is gone: AWS notes it in the history too
                self.note(alarm.name, "Action", f"Failed to execute action {arn}: {error}")


def _queries(alarm: Mapping[str, Any]) -> tuple[Sequence[Mapping[str, Any]], str]:
    """An alarm's metrics as queries, and the id of the one that is compared."""
    if alarm.get("Metrics"):
        returned = [query["Id"] for query in alarm["Metrics"] if query.get("ReturnData", True)]
        return alarm["Metrics"], returned[-1]
    metric = {"Namespace": alarm["Namespace"], "MetricName": alarm["MetricName"]}
    stat = {
        "Metric": {**metric, "Dimensions": alarm.get("Dimensions", [])},
        "Period": alarm["Period"],
        "Stat": alarm.get("Statistic") or alarm["ExtendedStatistic"],
    }
    return [{"Id": "m", "MetricStat": stat | ({"Unit": alarm["Unit"]} if "Unit" in alarm else {})}], "m"


def _judge(breaches: Sequence[bool | None], to_alarm: int, missing: str, before: str) -> str:
    if missing in ("breaching", "notBreaching"):
        filled = [missing == "breaching" if breach is None else breach for breach in breaches]
        return "ALARM" if sum(filled) >= to_alarm else "OK"
    present = [breach for breach in breaches if breach is not None]
    if sum(present) >= to_alarm:
        return "ALARM"
    if not present:
        return before if missing == "ignore" else "INSUFFICIENT_DATA"
    return "OK"


def holds(rule: str, states: Mapping[str, str]) -> bool:
    """Whether the rule of a composite alarm is true.

    Raises:
        ValueError: it is not a rule, or it names an alarm that is not there.
    """

    def value(match: re.Match[str]) -> str:
        name = match[2].strip().rpartition(":alarm:")[2] or match[2].strip()
        if name not in states:
            raise ValueError(f"the alarm '{name}' does not exist")
        return str(states[name] == match[1])

    text = re.sub(r'\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*"?([^")]+?)"?\s*\)', value, rule)
    for word, python in (("AND", "and"), ("OR", "or"), ("NOT", "not"), ("TRUE", "True"), ("FALSE", "False")):
        text = re.sub(rf"\b{word}\b", python, text)
    try:
        return _truth(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError:
        raise ValueError(f"not an alarm rule: {rule}") from None


def _truth(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _truth(node.operand)
    if isinstance(node, ast.BoolOp):
        parts = [_truth(part) for part in node.values]
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    raise ValueError(f"not an alarm rule: {ast.unparse(node)}")
