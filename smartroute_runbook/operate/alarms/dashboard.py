"""The alarm on what users of the dashboard wait, by what the deployed API publishes of each request.

Redshift's own latency is an average of queries; this is the 95th percentile of requests, whichever engine answered.
"""

from __future__ import annotations

from smartroute_runbook.api.request_metrics import LATENCY, NAMESPACE, dashboard_dimensions
from smartroute_runbook.environment.settings import Settings

from .definition import Alarm, over

__all__ = ["dashboard_latency"]


def dashboard_latency(settings: Settings) -> Alarm:
    """``dashboard.slow_seconds`` of the 95th percentile; a night without requests is no fault.

    Source: CloudWatch user guide, "Setting alarms on metrics created with the embedded metric format".
    """
    seconds = settings.dashboard.slow_seconds
    return Alarm(
        "dashboard-latency",
        f"The dashboard's 95th percentile is over {seconds:g} s",
        "in milliseconds, of every request of a user; three of four periods of 5 minutes",
        "see in the graphs which engine is slow; 'smartroute-runbook switch athena' where it is Redshift and it stays",
        {
            **over(seconds * 1000, periods=3, of=4, missing="notBreaching"),
            "Namespace": NAMESPACE,
            "MetricName": LATENCY,
            "Dimensions": dashboard_dimensions(settings.dashboard.engine_parameter),
            "Period": 300,
            "ExtendedStatistic": "p95",
        },
    )
