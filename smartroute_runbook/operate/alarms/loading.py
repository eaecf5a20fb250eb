"""Alarms on what ``sync`` publishes: how far Redshift is behind the lake, and whether its loads fail."""

from __future__ import annotations

from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.metrics import FAILED_LOADS, LAG, NAMESPACE, cluster_dimensions, dimensions
from smartroute_runbook.quantities import plural

from .definition import Alarm, metric_query, over

__all__ = ["redshift_failed_loads", "redshift_freshness"]


def redshift_freshness(settings: Settings) -> Alarm:
    """The table that is farthest behind; an hour without a figure is as bad as a late one."""
    cluster, minutes = settings.redshift.cluster, settings.alarms.lag_minutes
    asked = [
        metric_query(f"lag{n}", NAMESPACE, LAG, dimensions(cluster, table), period=3600, stat="Maximum")
        for n, table in enumerate(settings.athena.tables)
    ]
    worst = f"MAX([{','.join(one['Id'] for one in asked)}])"
    return Alarm(
        "redshift-freshness",
        f"Redshift more than {plural(minutes, 'minute')} behind the lake",
        "by what sync publishes, in seconds, twice in a row by the hour; it fires too when nobody runs sync any more",
        "read the last output of the scheduled 'smartroute-runbook sync', and run it by hand",
        {
            **over(minutes * 60.0, periods=2, missing="breaching"),
            "Metrics": [*asked, {"Id": "worst", "Expression": worst, "Label": "seconds behind", "ReturnData": True}],
        },
    )


def redshift_failed_loads(settings: Settings) -> Alarm:
    """A ``sync`` that did not load all it should, within the last hour."""
    return Alarm(
        "redshift-failed-loads",
        "A load into Redshift failed",
        "by what sync publishes: 1 for one that did not load all it should; silence is the freshness alarm's",
        "run 'smartroute-runbook sync' by hand: it names each day that fails, and why; what was loaded stays",
        {
            **over(0.0, periods=1, missing="notBreaching"),
            "Namespace": NAMESPACE,
            "MetricName": FAILED_LOADS,
            "Dimensions": cluster_dimensions(settings.redshift.cluster),
            "Period": 3600,
            "Statistic": "Maximum",
        },
    )
