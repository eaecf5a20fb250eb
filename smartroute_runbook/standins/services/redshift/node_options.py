"""Which node types and counts Redshift offers, for new clusters and for a resize."""

from __future__ import annotations

from typing import Any

from smartroute_runbook.standins.api.operations import Call, operation

from .cluster_checks import NODE_RANGES, cluster_named

__all__: list[str] = []


@operation("redshift")
def describe_orderable_cluster_options(call: Call) -> Any:
    """DescribeOrderableClusterOptions."""
    node_type = call.params.get("NodeType")
    zones = [{"Name": f"{call.region}{letter}"} for letter in "ab"]
    options = [
        {"ClusterVersion": "1.0", "ClusterType": kind, "NodeType": node, "AvailabilityZones": zones}
        for node, (low, _) in NODE_RANGES.items()
        if node_type in (None, node)
        for kind in (("single-node", "multi-node") if low == 1 else ("multi-node",))
    ]
    return {"OrderableClusterOptions": options}


@operation("redshift")
def describe_node_configuration_options(call: Call) -> Any:
    """DescribeNodeConfigurationOptions for resize-cluster: what an elastic resize reaches."""
    if call.params["ActionType"] != "resize-cluster":
        raise NotImplementedError(f"DescribeNodeConfigurationOptions with ActionType {call.params['ActionType']}")
    cluster = cluster_named(call)
    now = cluster.number_of_nodes
    reachable = [
        n for n in range(max(2, -(-now // 4)), now * 2 + 1) if n != now and n <= NODE_RANGES[cluster.node_type][1]
    ]
    options = [{"NodeType": cluster.node_type, "NumberOfNodes": n, "Mode": "standard"} for n in reachable]
    return {"NodeConfigurationOptionList": options if now > 1 else []}
