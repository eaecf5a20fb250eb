"""The cluster as it is: read, waited for, priced."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

from smartroute_runbook.errors import ServiceError
from smartroute_runbook.prices import book_of
from smartroute_runbook.runs.run import Run

__all__ = ["describe", "monthly", "pending_reboot", "wait_available"]


def describe(run: Run) -> dict[str, Any] | None:
    """The cluster as DescribeClusters tells it, or None."""
    redshift = run.clients.boto("redshift")
    try:
        found = redshift.describe_clusters(ClusterIdentifier=run.settings.redshift.cluster)["Clusters"]
    except redshift.exceptions.ClusterNotFoundFault:
        return None
    cluster: dict[str, Any] = found[0]
    return cluster


def monthly(run: Run) -> Decimal:
    """US dollars a month: nodes and managed storage.

    Raises:
        UsageError: the price book does not know the node type, or so many nodes of it are not offered.
    """
    settings, book = run.settings, book_of(run)
    node = book.node(settings.redshift.node_type, settings.redshift.nodes)
    compute = settings.redshift.nodes * node.usd * Decimal(str(settings.decision.node_hours_month))
    storage = book["managed-storage"].usd * Decimal(str(settings.decision.data_gb))
    return (compute + storage).quantize(Decimal("0.01"))


def wait_available(run: Run) -> dict[str, Any]:
    """Wait until the cluster is available; shows its status and the seconds waited.

    Raises:
        ServiceError: it is not within ``redshift.timeout_seconds``, or it can no longer become so.
    """
    with run.progress("Cluster", None, "s") as line:
        return _awaited(run, line)


def _awaited(run: Run, line: Any) -> dict[str, Any]:
    started, pause = time.monotonic(), 0.2
    while True:
        cluster = describe(run) or {"ClusterStatus": "deleted"}
        status, waited = cluster["ClusterStatus"], time.monotonic() - started
        if status == "available" and cluster.get("Endpoint", {}).get("Address"):
            return cluster
        if status in ("deleted", "deleting", "hardware-failure", "incompatible-network", "incompatible-parameters"):
            raise ServiceError(f"The cluster is {status}", expected="available", hint="See its events in the console")
        line.update(waited, status)
        if waited > run.settings.redshift.timeout_seconds:
            raise ServiceError(
                f"The cluster is still {status} after {waited:,.0f} s",
                expected="available",
                hint="Run the step again: it goes on waiting. redshift.timeout_seconds says how long",
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 15)


def pending_reboot(cluster: dict[str, Any]) -> list[str]:
    """Parameters that take effect with the next reboot only."""
    groups = cluster.get("ClusterParameterGroups", ())
    entries = [entry for group in groups for entry in group.get("ClusterParameterStatusList", ())]
    return sorted(e["ParameterName"] for e in entries if e.get("ParameterApplyStatus") == "pending-reboot")
