"""The cluster's alarms. Metrics, dimensions and units: Redshift management guide, "metrics-listing".

https://docs.aws.amazon.com/redshift/latest/mgmt/metrics-listing.html
"""

from __future__ import annotations

from typing import Any

from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.metrics import cluster_dimensions
from smartroute_runbook.quantities import plural

from .definition import Alarm, metric_query, of_plan, over

__all__ = [
    "redshift_connections",
    "redshift_cpu",
    "redshift_disk",
    "redshift_health",
    "redshift_latency",
    "redshift_queue_wait",
]

_NAMESPACE = "AWS/Redshift"


def redshift_cpu(settings: Settings) -> Alarm:
    """The plan's 80%: for 15 minutes, over all nodes with the leader's."""
    title, threshold = of_plan("redshift-cpu")
    return Alarm(
        "redshift-cpu",
        title,
        "in per cent, over all nodes with the leader's; three periods of 5 minutes",
        "look at the WLM queues: busy is what a cluster is for, and only waiting queries want more nodes",
        {**over(threshold, periods=3, missing="missing"), **_metric(settings, "CPUUtilization", "Average", 300)},
    )


def redshift_latency(settings: Settings) -> Alarm:
    """The plan's 1 s, of what Redshift calls short: queries below 10 s."""
    title, threshold = of_plan("redshift-latency")
    return Alarm(
        "redshift-latency",
        title,
        "QueryDuration is in microseconds, a 5-minute average; short queries are those below 10 s",
        "look at what changed since it was fast: loads, keys, views, the queries' texts; then at the WLM queues",
        {
            **over(threshold * 1_000_000, periods=3, of=4, missing="notBreaching"),
            **_metric(settings, "QueryDuration", "Average", 300, latency="short"),
        },
    )


def redshift_queue_wait(settings: Settings) -> Alarm:
    """What queries wait together in the dashboard's queue (priority high) or in the default one (normal).

    WLMQueueWaitTime is in milliseconds, a total of 5 minutes, by cluster and QueryPriority, QueueName or wlmid. The
    priorities are names that AWS gives; the queues have none.
    """
    names = {"high": "HIGH", "normal": "NORMAL"}
    asked = [
        metric_query(
            name, _NAMESPACE, "WLMQueueWaitTime", _where(settings, QueryPriority=priority), period=300, stat="Sum"
        )
        for name, priority in names.items()
    ]
    worst = {"Id": "worst", "Expression": f"MAX([{','.join(names)}])", "Label": "milliseconds", "ReturnData": True}
    seconds = settings.alarms.queue_seconds
    return Alarm(
        "redshift-queue-wait",
        f"Redshift queries wait more than {seconds:g} s together in 5 minutes",
        "WLMQueueWaitTime is in milliseconds, the total of a queue in 5 minutes; three periods of four",
        "find in sys_query_history what holds the queue; then concurrency scaling, other hours for loads, more nodes",
        {**over(seconds * 1000, periods=3, of=4, missing="notBreaching"), "Metrics": [*asked, worst]},
    )


def redshift_disk(settings: Settings) -> Alarm:
    """Room that is left on the cluster's disks."""
    percent = settings.alarms.disk_percent
    return Alarm(
        "redshift-disk",
        f"Redshift's disks are more than {percent:g}% full",
        "PercentageDiskSpaceUsed, in per cent; three periods of 5 minutes",
        "find large temporary tables and tables that grow in svv_table_info; a full cluster stops loading",
        {
            **over(percent, periods=3, missing="missing"),
            **_metric(settings, "PercentageDiskSpaceUsed", "Average", 300),
        },
    )


def redshift_health(settings: Settings) -> Alarm:
    """AWS's own query of the cluster, once a minute; five minutes without a good one, or without any."""
    fires = over(1, periods=5, missing="breaching") | {"ComparisonOperator": "LessThanThreshold"}
    return Alarm(
        "redshift-health",
        "Redshift is not healthy, or silent, for 5 minutes",
        "HealthStatus is 1 for healthy; below 1, and no figure at all, is not",
        "'smartroute-runbook switch athena' where users wait; then the cluster's events and AWS's health page",
        {**fires, **_metric(settings, "HealthStatus", "Minimum", 60)},
    )


def redshift_connections(settings: Settings) -> Alarm:
    """Sessions, before AWS refuses more: 500 on the smaller node types (management guide, "Quotas and limits")."""
    most = settings.alarms.connections
    return Alarm(
        "redshift-connections",
        f"Redshift has more than {plural(most, 'connection')}",
        "DatabaseConnections, a count; the most in each of three periods of 5 minutes",
        "find in stv_sessions who holds them: an API that opens one a request, or a pool that never closes",
        {**over(float(most), periods=3, missing="missing"), **_metric(settings, "DatabaseConnections", "Maximum", 300)},
    )


def _where(settings: Settings, **more: str) -> list[dict[str, str]]:
    own = [{"Name": name, "Value": value} for name, value in more.items()]
    return [*cluster_dimensions(settings.redshift.cluster), *own]


def _metric(settings: Settings, name: str, statistic: str, period: int, **more: str) -> dict[str, Any]:
    return {
        "Namespace": _NAMESPACE,
        "MetricName": name,
        "Dimensions": _where(settings, **more),
        "Statistic": statistic,
        "Period": period,
    }
