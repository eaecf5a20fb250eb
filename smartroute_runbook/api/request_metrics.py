"""One request as CloudWatch's embedded metric format: a line of the log, and no call of AWS.

CloudWatch takes metrics out of JSON lines that a Lambda function prints. Dimensions are the dashboard, named by its
engine parameter, and the engine that answered; the query, the status and whether an answer was cached are kept in the
log line alone, where a metric for each would cost.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import time

from .app import Response

__all__ = ["FAILURES", "LATENCY", "NAMESPACE", "dashboard_dimensions", "metric_line"]

NAMESPACE = "SmartRoute/Dashboard"
LATENCY = "Latency"
"""Milliseconds from the request to its response."""
FAILURES = "Failures"
"""1 for a request that no engine answered, 0 for one that was answered."""


def dashboard_dimensions(parameter: str) -> list[dict[str, str]]:
    """The dimensions of a dashboard, as CloudWatch's API takes them.

    Args:
        parameter: the name of the SSM parameter that its API reads.
    """
    return [{"Name": "Dashboard", "Value": parameter}]


def metric_line(parameter: str, response: Response, milliseconds: float) -> str | None:
    """The line to print; None where no user asked a query: an operator's request, or one that was refused.

    Args:
        parameter: as for ``dashboard_dimensions``.
        response: what was answered.
        milliseconds: that it took.
    """
    if not response.query:
        return None
    metrics = [{"Name": LATENCY, "Unit": "Milliseconds"}, {"Name": FAILURES, "Unit": "Count"}]
    directive = {"Namespace": NAMESPACE, "Dimensions": [["Dashboard"], ["Dashboard", "Engine"]], "Metrics": metrics}
    return json.dumps(
        {
            "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
            "Dashboard": parameter,
            "Engine": response.engine or "none",
            LATENCY: round(milliseconds, 3),
            FAILURES: int(response.status >= 500),
            "Query": response.query,
            "Status": response.status,
        }
    )
