"""Redshift's checks of a request to create or change a cluster."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from moto.iam import iam_backends
from moto.kms import kms_backends
from moto.redshift import redshift_backends

from smartroute_runbook.standins.api.operations import ApiError, Call

from .cluster import ManagedCluster

__all__ = [
    "NODE_RANGES",
    "available_cluster",
    "backend",
    "check_neighbours",
    "check_nodes",
    "check_password",
    "check_port",
    "check_roles",
    "cluster_named",
    "stored",
]

# Nodes of a multi-node cluster at creation; a lower end of 1 means that a single node is offered too.
# awsdocs/amazon-redshift-management-guide, working-with-clusters.md (2023); the rg rows mirror their ra3 sizes.
NODE_RANGES = {
    "dc2.large": (1, 32),
    "dc2.8xlarge": (2, 128),
    "ra3.large": (1, 16),
    "ra3.xlplus": (1, 16),
    "ra3.4xlarge": (2, 32),
    "ra3.16xlarge": (2, 128),
    "rg.large": (1, 16),
    "rg.xlarge": (1, 16),
    "rg.4xlarge": (2, 32),
    "rg.12xlarge": (2, 128),
}
_PORTS = (range(5431, 5456), range(8191, 8216))


def backend(call: Call) -> Any:
    """Moto's Redshift of the caller's account and region."""
    return redshift_backends[call.account][call.region]


def stored(call: Call, kind: str) -> dict[str, dict[str, Any]]:
    """What moto's Redshift lacks, kept in its backend by kind and name, so that a reset clears it too."""
    items: dict[str, dict[str, Any]] = backend(call).__dict__.setdefault(kind, {})
    return items


def cluster_named(call: Call) -> ManagedCluster:
    """The cluster that the call names; ClusterNotFound if there is none."""
    cluster: ManagedCluster = backend(call).describe_clusters(call.params["ClusterIdentifier"])[0]
    return cluster


def available_cluster(call: Call) -> ManagedCluster:
    """The same, refused while it is not ``available``, as Redshift refuses changes then."""
    cluster = cluster_named(call)
    if cluster.status != "available":
        message = f"There is an operation running on the Cluster. Status: {cluster.status}. Please try again later."
        raise ApiError("InvalidClusterState", message)
    return cluster


def check_port(params: Mapping[str, Any]) -> None:
    """The port is one of those that RG and RA3 clusters may have."""
    if "Port" in params and not any(int(params["Port"]) in ports for ports in _PORTS):
        raise ApiError("InvalidParameterValue", f"Port {params['Port']}: valid are 5431-5455 and 8191-8215.")


def check_nodes(params: Mapping[str, Any]) -> None:
    """Node type and count are offered."""
    node_type = params["NodeType"]
    if node_type not in NODE_RANGES:
        raise ApiError("InvalidParameterValue", f"Invalid node type: {node_type}")
    low, high = NODE_RANGES[node_type]
    nodes = int(params.get("NumberOfNodes", 1))
    single = params.get("ClusterType", "multi-node" if "NumberOfNodes" in params else "single-node") == "single-node"
    if single and nodes != 1:
        raise ApiError("InvalidParameterCombination", "Number of nodes for cluster type single-node must be 1.")
    if not single and nodes < 2:
        message = "Number of nodes for cluster type multi-node must be greater than or equal to 2"
        raise ApiError("InvalidParameterCombination", message)
    if not low <= nodes <= high:
        raise ApiError("InvalidParameterValue", f"Number of nodes for {node_type} must be between {low} and {high}.")


def check_password(params: Mapping[str, Any]) -> None:
    """A password, given or managed, and a master user that Redshift takes."""
    password, managed = params.get("MasterUserPassword"), params.get("ManageMasterPassword")
    if managed and password:
        message = "MasterUserPassword and ManageMasterPassword cannot be used together."
        raise ApiError("InvalidParameterCombination", message)
    if not managed and not password:
        raise ApiError("InvalidParameterCombination", "Specify MasterUserPassword or ManageMasterPassword.")
    if password and not _strong(password):
        message = (
            "MasterUserPassword needs 8-64 characters, upper and lower case and a digit, none of '\"\\/@ or space."
        )
        raise ApiError("InvalidParameterValue", message)
    if not re.fullmatch(r"[a-z][a-z0-9_+.@-]{0,127}", params["MasterUsername"]):
        raise ApiError("InvalidParameterValue", f"Invalid master user name: {params['MasterUsername']}")


def _strong(password: str) -> bool:
    kinds = (r"[a-z]", r"[A-Z]", r"[0-9]")
    return (
        8 <= len(password) <= 64
        and all(re.search(k, password) for k in kinds)
        and not re.search(r"['\"\\/@ ]", password)
    )


def check_neighbours(call: Call) -> None:
    """Subnet group, parameter group, security groups, key and roles are there."""
    params, redshift = call.params, backend(call)
    if "ClusterSubnetGroupName" in params:
        redshift.describe_cluster_subnet_groups(params["ClusterSubnetGroupName"])
    if "ClusterParameterGroupName" in params:
        redshift.describe_cluster_parameter_groups(params["ClusterParameterGroupName"])
    known = {group.id for group in redshift.ec2_backend.describe_security_groups()}
    for group in params.get("VpcSecurityGroupIds", []):
        if group not in known:
            raise ApiError("InvalidParameterValue", f"The security group {group} does not exist.")
    key = params.get("KmsKeyId")
    if key and not _key_exists(call, key):
        raise ApiError("InvalidParameterValue", f"The KMS key {key} does not exist or is not accessible.")
    check_roles(call, params.get("IamRoles", []))


def _key_exists(call: Call, key: str) -> bool:
    kms = kms_backends[call.account][call.region]
    identifier = kms.get_key_id_from_alias(key) if "alias/" in key else kms.get_key_id(key)
    return identifier in kms.keys


def check_roles(call: Call, arns: list[str]) -> None:
    """The roles exist and trust Redshift."""
    roles = {role.arn: role for role in iam_backends[call.account]["aws"].get_roles()}
    for arn in arns:
        if arn not in roles:
            raise ApiError("InvalidParameterValue", f"The IAM role {arn} is not valid.")
        if "redshift.amazonaws.com" not in json.dumps(roles[arn].assume_role_policy_document):
            raise ApiError("InvalidParameterValue", f"The IAM role {arn} does not trust redshift.amazonaws.com.")
