"""Another number of nodes, as AWS allows it: elastic where it reaches, else refused with the way that is left.

An elastic resize of these node types reaches a quarter to the double of the nodes, never from or to one node, and keeps
the number of slices: after a lasting growth a classic resize spreads the data anew. Source: Redshift management guide,
"Resizing a cluster"; what is offered now, DescribeNodeConfigurationOptions says.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.errors import Refused, ServiceError, UsageError
from smartroute_runbook.prices import book_of
from smartroute_runbook.quantities import duration, plural
from smartroute_runbook.runs.reconcile import Reconciled, Resource

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Resize"]

_ENDED = {"deleting", "hardware-failure", "incompatible-network", "incompatible-parameters"}


class Resize(Reconciled):
    """An elastic resize to ``tuning.nodes``."""

    id: ClassVar[str] = "week4.resize"
    needs: ClassVar[str | None] = "week3.compared"
    undo: ClassVar[str] = "an elastic resize back to redshift.nodes, with the same few minutes"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """Back to the nodes that week 1 made."""
        name, nodes = run.settings.redshift.cluster, run.settings.redshift.nodes
        return (
            f"aws redshift resize-cluster --cluster-identifier {name} --number-of-nodes {nodes} --no-classic",
            f"aws redshift wait cluster-available --cluster-identifier {name}",
        )

    def resources(self, run: Run) -> Iterator[Resource]:
        """The cluster's nodes, with what the new ones cost a month more.

        Raises:
            UsageError: ``tuning.nodes`` is not set.
            Refused: there is no cluster, it is busy, or AWS does not offer this size as an elastic resize.
        """
        wanted, name = run.settings.tuning.nodes, run.settings.redshift.cluster
        if wanted is None:
            raise UsageError(
                "tuning.nodes is not set", expected="the number of nodes to have",
                hint="Set it, such as 4; the alarm on waiting queries says when",
            )  # fmt: skip
        cluster = _cluster(run)
        now, kind = int(cluster["NumberOfNodes"]), str(cluster["NodeType"])
        price = book_of(run).node(kind, wanted)
        if wanted != now:
            _require_offered(run, cluster, wanted)
        more = (wanted - now) * price.usd * Decimal(str(run.settings.decision.node_hours_month))
        yield Resource(
            f"nodes of cluster {name}",
            {"nodes": now, "type": kind},
            {"nodes": wanted, "type": kind},
            lambda: _resize(run, wanted),
            "elastic: for some minutes connections break and queries wait; users who must not go to Athena before",
            more.quantize(Decimal("0.01")),
        )


def _cluster(run: Run) -> dict[str, Any]:
    redshift, name = run.clients.boto("redshift"), run.settings.redshift.cluster
    try:
        return dict(redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0])
    except redshift.exceptions.ClusterNotFoundFault:
        raise Refused(f"There is no cluster '{name}'", hint="Do week1.cluster first") from None


def _require_offered(run: Run, cluster: dict[str, Any], wanted: int) -> None:
    now, kind, name = cluster["NumberOfNodes"], cluster["NodeType"], cluster["ClusterIdentifier"]
    if cluster["ClusterStatus"] != "available":
        raise Refused(f"Cluster '{name}' is {cluster['ClusterStatus']}", expected="available", hint="Wait, then again")
    pages = run.clients.boto("redshift").get_paginator("describe_node_configuration_options")
    options = [
        option
        for page in pages.paginate(ActionType="resize-cluster", ClusterIdentifier=name)
        for option in page["NodeConfigurationOptionList"]
    ]
    offered = sorted({int(one["NumberOfNodes"]) for one in options if one["NodeType"] == kind})
    if wanted not in offered:
        steps = ", ".join(map(str, offered)) or "none"
        raise Refused(
            f"{now} x {kind} cannot become {wanted} by one elastic resize", expected=f"nodes: {steps}",
            hint="Go in steps, or by a classic resize: hours in which the cluster is read only",
        )  # fmt: skip


def _resize(run: Run, nodes: int) -> None:
    redshift, name = run.clients.boto("redshift"), run.settings.redshift.cluster
    redshift.resize_cluster(ClusterIdentifier=name, NumberOfNodes=nodes, Classic=False)
    began, pause, timeout = time.monotonic(), 0.2, run.settings.redshift.timeout_seconds
    with run.progress(f"Resize to {plural(nodes, 'node')}", None, "s") as line:
        while True:
            cluster, waited = _cluster(run), time.monotonic() - began
            status = str(cluster["ClusterStatus"])
            if status == "available" and cluster["NumberOfNodes"] == nodes:
                return
            if status in _ENDED or waited > timeout:
                raise ServiceError(
                    f"The cluster is {status} after {duration(waited)}",
                    expected=f"available, with {plural(nodes, 'node')}",
                    hint="See DescribeResize; propose the step again to see what it has become",
                )  # fmt: skip
            line.update(waited, status)
            time.sleep(pause)
            pause = min(pause * 1.5, 15)
