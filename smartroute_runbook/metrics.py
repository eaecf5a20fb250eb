"""The metrics that the runbook publishes itself: how fresh Redshift is, by cluster and table."""

from __future__ import annotations

__all__ = ["AGE", "BACKLOG", "LAG", "NAMESPACE", "dimensions"]

NAMESPACE = "SmartRoute/Redshift"
#: Seconds from the end of the last partition before which nothing is missing to the lake's last closed one.
LAG = "LagSeconds"
#: Seconds from that end to now.
AGE = "AgeSeconds"
#: Closed partitions that are not loaded as they are.
BACKLOG = "BacklogPartitions"


def dimensions(cluster: str, table: str) -> list[dict[str, str]]:
    """CloudWatch's dimensions of one table."""
    return [{"Name": "ClusterIdentifier", "Value": cluster}, {"Name": "Table", "Value": table}]
