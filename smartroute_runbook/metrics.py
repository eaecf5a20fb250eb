"""The metrics that the runbook publishes: how fresh Redshift is, and whether its loads succeed."""

from __future__ import annotations

__all__ = ["AGE", "BACKLOG", "FAILED_LOADS", "LAG", "NAMESPACE", "SCHEDULED", "cluster_dimensions", "dimensions"]

NAMESPACE = "SmartRoute/Redshift"
#: Seconds from the end of the last partition before which nothing is missing to the lake's last closed one.
LAG = "LagSeconds"
#: Seconds from that end to now.
AGE = "AgeSeconds"
#: Closed partitions that are not loaded as they are.
BACKLOG = "BacklogPartitions"
#: 1 for a ``sync`` that ended without having loaded all it should, 0 for one that did; by cluster.
FAILED_LOADS = "FailedLoads"
#: 1 for each ``sync`` that a schedule started and that ended well; by cluster.
SCHEDULED = "ScheduledSyncs"


def cluster_dimensions(cluster: str) -> list[dict[str, str]]:
    """CloudWatch's dimensions of the cluster."""
    return [{"Name": "ClusterIdentifier", "Value": cluster}]


def dimensions(cluster: str, table: str) -> list[dict[str, str]]:
    """CloudWatch's dimensions of one table."""
    return [*cluster_dimensions(cluster), {"Name": "Table", "Value": table}]
