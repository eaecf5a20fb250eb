"""Metrics in log lines (embedded metric format), as CloudWatch Logs extracts them.

Source: CloudWatch user guide, "Specification: Embedded metric format".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch import cloudwatch_backends

from smartroute_runbook.standins.account import ACCOUNT, REGION

__all__ = ["data_of", "take_line"]


def take_line(line: str) -> int:
    """Publishes the metrics of a log line; how many there were: 0 where it is not a document of the format."""
    data = list(data_of(line))
    for namespace, datum in data:
        cloudwatch_backends[ACCOUNT][REGION].put_metric_data(namespace, [datum])
    return len(data)


def data_of(line: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Namespace and datum of each metric in each of its sets of dimensions; what the format does not allow is left out.

    A member that a directive names and the root lacks, or has of another type, makes CloudWatch ignore the metric.
    """
    document = _document(line)
    try:
        moment = datetime.fromtimestamp(document["_aws"]["Timestamp"] / 1000, UTC).replace(tzinfo=None)
        directives = list(document["_aws"]["CloudWatchMetrics"])
    except (KeyError, TypeError):
        return
    for directive in directives:
        for names in directive["Dimensions"]:
            if any(not isinstance(document.get(name), str) or not document[name] for name in names):
                continue
            dimensions = [{"Name": name, "Value": document[name]} for name in names]
            for metric in directive["Metrics"]:
                value = document.get(metric["Name"])
                values = value if isinstance(value, list) else [value]
                numbers = [float(one) for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
                if len(numbers) == len(values):
                    yield (
                        directive["Namespace"],
                        {
                            "MetricName": metric["Name"],
                            "Unit": metric.get("Unit", "None"),
                            "Values": numbers,
                            "Dimensions": dimensions,
                            "Timestamp": moment,
                        },
                    )


def _document(line: str) -> Mapping[str, Any]:
    try:
        document = json.loads(line)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
