"""The state of an alarm: of a metric alarm over its last periods, of a composite alarm by its rule.

Windows are rolling and end at the moment of evaluation. Source of the rules: CloudWatch user guide, "Alarm evaluation".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .datapoints import EvaluationWindow
from .metrics import Metrics, series_of

__all__ = ["evaluated", "judge", "rule_holds"]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, limit: value > limit,
    "GreaterThanOrEqualToThreshold": lambda value, limit: value >= limit,
    "LessThanThreshold": lambda value, limit: value < limit,
    "LessThanOrEqualToThreshold": lambda value, limit: value <= limit,
}


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
    state = judge(
        [None if value is None else bool(breaching(value, limit)) for value in values],
        int(alarm.get("DatapointsToAlarm", periods)),
        alarm.get("TreatMissingData", "missing"),
        before,
    )
    shown = ", ".join("no data" if value is None else f"{value:g}" for value in values)
    return state, f"Threshold {alarm['ComparisonOperator']} {limit:g}: the last {periods} datapoints are [{shown}]"


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


def judge(breaches: Sequence[bool | None], to_alarm: int, missing: str, before: str) -> str:
    """The state by TreatMissingData: ``to_alarm`` breaching periods make an ALARM; None is a period without data."""
    if missing in ("breaching", "notBreaching"):
        filled = [missing == "breaching" if breach is None else breach for breach in breaches]
        return "ALARM" if sum(filled) >= to_alarm else "OK"
    present = [breach for breach in breaches if breach is not None]
    if sum(present) >= to_alarm:
        return "ALARM"
    if not present:
        return before if missing == "ignore" else "INSUFFICIENT_DATA"
    return "OK"


def rule_holds(rule: str, states: Mapping[str, str]) -> bool:
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
