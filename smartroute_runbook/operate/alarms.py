"""The plan's four alarms, on metrics that exist, in their own units; and one for a Redshift that falls behind.

The plan's words and AWS's metrics differ: no metric holds a cost, Athena's times are milliseconds, Redshift's are
microseconds and averages. Source: Athena user guide "query-metrics-viewing", Redshift management guide
"metrics-listing".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from smartroute_runbook.metrics import LAG, NAMESPACE, dimensions
from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB, TB, price_book
from smartroute_runbook.runs.plan import plan
from smartroute_runbook.runs.reconcile import Reconciled, Resource

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["SetAlarms", "definitions"]

_WHY = {
    "athena-cost-day": "no metric holds a cost: bytes processed, 10 MB at least a query, at $5 a TB",
    "athena-latency": "TotalExecutionTime is in milliseconds",
    "redshift-cpu": "look at the WLM queues first: busy is what a cluster is for",
    "redshift-latency": "QueryDuration is in microseconds, a 5-minute average; short queries are those below 10 s",
    "redshift-freshness": "by what sync publishes; it fires too when nobody runs sync any more",
}


def _metric(identifier: str, state: str, workgroup: str, statistic: str) -> dict[str, Any]:
    values = {"QueryState": state, "QueryType": "DML", "WorkGroup": workgroup}
    dimensions = [{"Name": name, "Value": value} for name, value in values.items()]
    metric = {"Namespace": "AWS/Athena", "MetricName": "ProcessedBytes", "Dimensions": dimensions}
    return {"Id": identifier, "MetricStat": {"Metric": metric, "Period": 86400, "Stat": statistic}, "ReturnData": False}


def _titles(run: Run) -> dict[str, str]:
    own = {"redshift-freshness": f"Redshift more than {run.settings.alarms.lag_minutes} minutes behind the lake"}
    return {name: str(alarm["title"]) for name, alarm in plan()["alarms"].items()} | own


def _freshness(run: Run) -> dict[str, Any]:
    """The table that is farthest behind; an hour without a figure is as bad as a late one."""
    tables = run.settings.athena.tables
    metrics = [
        {"Namespace": NAMESPACE, "MetricName": LAG, "Dimensions": dimensions(run.settings.redshift.cluster, table)}
        for table in tables
    ]
    asked: list[dict[str, Any]] = [
        {"Id": f"lag{n}", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Maximum"}, "ReturnData": False}
        for n, metric in enumerate(metrics)
    ]
    worst = f"MAX([{','.join(one['Id'] for one in asked)}])"
    return {
        "ComparisonOperator": "GreaterThanThreshold",
        "ActionsEnabled": True,
        "EvaluationPeriods": 2,
        "Threshold": run.settings.alarms.lag_minutes * 60.0,
        "TreatMissingData": "breaching",
        "Metrics": [*asked, {"Id": "worst", "Expression": worst, "Label": "seconds behind", "ReturnData": True}],
    }


def definitions(run: Run) -> dict[str, dict[str, Any]]:
    """PutMetricAlarm parameters by name; thresholds are the plan's and the parameters', in the metric's unit."""
    limits = {name: float(alarm["threshold"]) for name, alarm in plan()["alarms"].items()}
    group, cluster = run.settings.athena.workgroup, run.settings.redshift.cluster
    over = {"ComparisonOperator": "GreaterThanThreshold", "ActionsEnabled": True}
    athena = [
        {"Name": n, "Value": v} for n, v in (("QueryState", "SUCCEEDED"), ("QueryType", "DML"), ("WorkGroup", group))
    ]
    least, price = BILLED_MINIMUM_MB * MB, price_book()["athena"].usd
    usd = f"{price}*(MAX([FILL(bytes,0),{least}*FILL(queries,0)])+FILL(cancelled,0))/{TB}"
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
        "redshift-freshness": _freshness(run),
    }


class SetAlarms(Reconciled):
    """The plan's alarms and the one on freshness, and the topic that they notify."""

    id = "week4.alarms"
    needs = "week3.compared"
    undo = "delete the alarms"

    def resources(self, run: Run) -> Iterator[Resource]:
        """One alarm each, by what makes it fire and whom it tells."""
        cloudwatch, prefix = run.clients.boto("cloudwatch"), f"{run.settings.redshift.cluster}-"
        there = {a["AlarmName"]: a for a in cloudwatch.describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]}
        topic, titles = run.settings.alarms.topic, _titles(run)
        for name, wanted in definitions(run).items():
            now = there.get(prefix + name)
            after = _said({**wanted, "AlarmActions": [topic]})
            make = partial(_put, run, prefix + name, titles[name], wanted)
            why = f"{titles[name]}: {_WHY[name]}"
            yield Resource(f"alarm {prefix}{name}", now and _said(now), after, make, why)


def _put(run: Run, name: str, title: str, wanted: Mapping[str, Any]) -> None:
    topic = run.clients.boto("sns").create_topic(Name=run.settings.alarms.topic)["TopicArn"]
    run.clients.boto("cloudwatch").put_metric_alarm(
        AlarmName=name, AlarmDescription=title, AlarmActions=[topic], **wanted
    )


def _said(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """What makes an alarm fire, and whom it tells: comparable between a definition and what CloudWatch describes."""
    keys = (
        "MetricName",
        "Statistic",
        "ExtendedStatistic",
        "Period",
        "Threshold",
        "EvaluationPeriods",
        "TreatMissingData",
    )
    said = {key: alarm[key] for key in keys if alarm.get(key) is not None}
    dimensions = {d["Name"]: d["Value"] for d in alarm.get("Dimensions", ())}
    math = [metric["Expression"] for metric in alarm.get("Metrics", ()) if metric.get("Expression")]
    said |= ({"Dimensions": dimensions} if dimensions else {}) | ({"Expression": math[0]} if math else {})
    return said | {"notifies": [arn.rpartition(":")[2] for arn in alarm.get("AlarmActions", ())]}
