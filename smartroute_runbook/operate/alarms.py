"""The plan's four alarms, on metrics that exist, in their own units.

The plan's words and AWS's metrics differ: no metric holds a cost, Athena's times are milliseconds, Redshift's are
microseconds and averages. Source: Athena user guide "query-metrics-viewing", Redshift management guide
"metrics-listing".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..clients import explained
from ..errors import VerificationFailed
from ..plan import plan
from ..steps import Action, Change, Outcome, Proposal
from ..views import Table, View

if TYPE_CHECKING:
    from ..run import Run

__all__ = ["AlarmsVerified", "SetAlarms", "definitions"]

_WHY = {
    "athena-cost-day": "no metric holds a cost: bytes processed, 10 MB at least a query, at $5 a TB",
    "athena-latency": "TotalExecutionTime is in milliseconds",
    "redshift-cpu": "look at the WLM queues first: busy is what a cluster is for",
    "redshift-latency": "QueryDuration is in microseconds, a 5-minute average; short queries are those below 10 s",
}


def _metric(identifier: str, state: str, workgroup: str, statistic: str) -> dict[str, Any]:
    values = {"QueryState": state, "QueryType": "DML", "WorkGroup": workgroup}
    dimensions = [{"Name": name, "Value": value} for name, value in values.items()]
    metric = {"Namespace": "AWS/Athena", "MetricName": "ProcessedBytes", "Dimensions": dimensions}
    return {"Id": identifier, "MetricStat": {"Metric": metric, "Period": 86400, "Stat": statistic}, "ReturnData": False}


def definitions(run: Run) -> dict[str, dict[str, Any]]:
    """PutMetricAlarm parameters by name; thresholds are the plan's, in the metric's unit."""
    limits = {name: float(alarm["threshold"]) for name, alarm in plan()["alarms"].items()}
    group, cluster = run.settings.athena.workgroup, run.settings.redshift.cluster
    over = {"ComparisonOperator": "GreaterThanThreshold", "ActionsEnabled": True}
    athena = [
        {"Name": n, "Value": v} for n, v in (("QueryState", "SUCCEEDED"), ("QueryType", "DML"), ("WorkGroup", group))
    ]
    usd = "5*(MAX([FILL(bytes,0),10000000*FILL(queries,0)])+FILL(cancelled,0))/1000000000000"
    five = {**over, "Period": 300}
    return {
        "athena-cost-day": {
            **over,
            "EvaluationPeriods": 1,
            "Threshold": limits["athena-cost-day"],
            "TreatMissingData": "notBreaching",
            "Metrics": [
                _metric("bytes", "SUCCEEDED", group, "Sum"),
                _metric("cancelled", "CANCELED", group, "Sum"),
                _metric("queries", "SUCCEEDED", group, "SampleCount"),
                {"Id": "usd", "Expression": usd, "Label": "US dollars a day", "ReturnData": True},
            ],
        },
        "athena-latency": {
            **five,
            "Namespace": "AWS/Athena",
            "MetricName": "TotalExecutionTime",
            "Dimensions": athena,
            "ExtendedStatistic": "p95",
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "Threshold": limits["athena-latency"] * 1000,
            "TreatMissingData": "notBreaching",
        },
        "redshift-cpu": {
            **five,
            "Namespace": "AWS/Redshift",
            "MetricName": "CPUUtilization",
            "Dimensions": [{"Name": "ClusterIdentifier", "Value": cluster}],
            "Statistic": "Average",
            "EvaluationPeriods": 3,
            "Threshold": limits["redshift-cpu"],
            "TreatMissingData": "missing",
        },
        "redshift-latency": {
            **five,
            "Namespace": "AWS/Redshift",
            "MetricName": "QueryDuration",
            "Dimensions": [{"Name": "ClusterIdentifier", "Value": cluster}, {"Name": "latency", "Value": "short"}],
            "Statistic": "Average",
            "EvaluationPeriods": 4,
            "DatapointsToAlarm": 3,
            "Threshold": limits["redshift-latency"] * 1_000_000,
            "TreatMissingData": "notBreaching",
        },
    }


@dataclass(frozen=True)
class AlarmsVerified:
    """Alarms as CloudWatch describes them: name, threshold, its unit as the plan has it, where it goes."""

    alarms: tuple[tuple[str, str, float, str], ...]

    def view(self) -> View:
        """One row an alarm."""
        names = ("alarm", "the plan says", "threshold in the metric's unit", "state")
        return View("Alarms in place", (Table(names, self.alarms),), "good")


class SetAlarms:
    """Make the topic and the plan's alarms."""

    id = "week4.alarms"

    def _there(self, run: Run) -> dict[str, dict[str, Any]]:
        prefix = f"{run.settings.redshift.cluster}-"
        with explained("Reading the alarms"):
            found = run.clients.boto("cloudwatch").describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
        return {alarm["AlarmName"].removeprefix(prefix): alarm for alarm in found}

    def propose(self, run: Run) -> Proposal:
        """Compare with what is set."""
        there, changes = self._there(run), []
        for name, wanted in definitions(run).items():
            now = there.get(name)
            action: Action = "create" if now is None else "none" if _same(now, wanted) else "modify"
            before = None if now is None else _brief(now)
            changes.append(Change(f"alarm {name}", action, before, _brief(wanted), _WHY[name]))
        names = " ".join(f"{run.settings.redshift.cluster}-{name}" for name in definitions(run))
        return Proposal(self.id, tuple(changes), f"aws cloudwatch delete-alarms --alarm-names {names}")

    def apply(self, run: Run, proposal: Proposal) -> Outcome:  # noqa: ARG002
        """Put all of them: putting an alarm again changes nothing."""
        with explained("Making the alarm topic"):
            topic = run.clients.boto("sns").create_topic(Name=run.settings.alarms.topic)["TopicArn"]
        for name, wanted in definitions(run).items():
            with explained(f"Setting alarm {name}"):
                run.clients.boto("cloudwatch").put_metric_alarm(
                    AlarmName=f"{run.settings.redshift.cluster}-{name}",
                    AlarmDescription=plan()["alarms"][name]["title"],
                    AlarmActions=[topic],
                    **wanted,
                )
        return Outcome(self.id, "applied", {"topic": topic, "alarms": sorted(definitions(run))})

    def verify(self, run: Run) -> AlarmsVerified:
        """Read them back."""
        there, rows = self._there(run), []
        for name, wanted in definitions(run).items():
            if name not in there or not _same(there[name], wanted) or not there[name].get("AlarmActions"):
                raise VerificationFailed(f"Alarm {name} is not set as defined", hint="Run the step again")
            rows.append((name, plan()["alarms"][name]["title"], wanted["Threshold"], str(there[name]["StateValue"])))
        return AlarmsVerified(tuple(rows))


def _brief(alarm: Mapping[str, Any]) -> str:
    metric = alarm.get("MetricName") or "5 $/TB x ProcessedBytes"
    return f"{metric} {alarm.get('Statistic') or alarm.get('ExtendedStatistic') or 'Sum'} > {alarm['Threshold']:g}"


def _same(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(now.get(key) == value for key, value in wanted.items() if key != "Metrics") and (
        [m.get("Expression") or m["Id"] for m in now.get("Metrics", [])]
        == [m.get("Expression") or m["Id"] for m in wanted.get("Metrics", [])]
    )
