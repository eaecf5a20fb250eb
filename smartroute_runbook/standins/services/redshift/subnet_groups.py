"""Redshift subnet groups whose subnets can be changed: moto can only make and delete them."""

from __future__ import annotations

from typing import Any

from moto.redshift import models

from smartroute_runbook.standins.api.operations import Call, operation

from .cluster_checks import backend

__all__: list[str] = []


@operation("redshift")
def modify_cluster_subnet_group(call: Call) -> Any:
    """ModifyClusterSubnetGroup: the subnets are replaced by those that are given."""
    held, given = backend(call), call.params
    name = given["ClusterSubnetGroupName"]
    old = held.describe_cluster_subnet_groups(name)[0]
    description, subnets = given.get("Description", old.description), list(given["SubnetIds"])
    changed = models.SubnetGroup(held.ec2_backend, name, description, subnets, call.region, old.tags)
    held.subnet_groups[name] = changed
    return {"ClusterSubnetGroup": changed}
