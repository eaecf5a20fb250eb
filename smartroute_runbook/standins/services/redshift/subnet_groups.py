"""Redshift subnet groups that can be modified: moto can only create and delete them."""

from __future__ import annotations

from typing import Any

from moto.redshift import models

from smartroute_runbook.standins.api.operations import Call, operation

from .cluster_checks import backend

__all__: list[str] = []


@operation("redshift")
def modify_cluster_subnet_group(call: Call) -> Any:
    """ModifyClusterSubnetGroup: the subnets are replaced by those that are given."""
    redshift, params = backend(call), call.params
    name = params["ClusterSubnetGroupName"]
    old = redshift.describe_cluster_subnet_groups(name)[0]
    description, subnets = params.get("Description", old.description), list(params["SubnetIds"])
    changed = models.SubnetGroup(redshift.ec2_backend, name, description, subnets, call.region, old.tags)
    redshift.subnet_groups[name] = changed
    return {"ClusterSubnetGroup": changed}
