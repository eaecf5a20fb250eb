"""Redshift's cluster operations: create, modify, resize, pause, with a managed secret."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.redshift import redshift_backends
from moto.secretsmanager import secretsmanager_backends

from smartroute_runbook.standins.api.operations import ApiError, Call, operation, plane

from .cluster import ManagedCluster
from .cluster_checks import (
    available_cluster,
    backend,
    check_neighbours,
    check_nodes,
    check_password,
    check_port,
    check_roles,
    cluster_named,
)

__all__ = ["managed_credentials"]

# What create_cluster and modify_cluster keep as given, beyond what moto knows.
_KEPT = {
    "ManualSnapshotRetentionPeriod": "manual_snapshot_retention_period",
    "MaintenanceTrackName": "maintenance_track_name",
    "DefaultIamRoleArn": "default_iam_role_arn",
    "MasterPasswordSecretKmsKeyId": "master_password_secret_kms_key_id",
    "KmsKeyId": "kms_key_id",
    "IpAddressType": "ip_address_type",
}


def managed_credentials(account: str, region: str, identifier: str) -> tuple[str, str] | None:
    """Master user and password of a cluster as they are now, or None when there is no such cluster."""
    cluster = redshift_backends[account][region].clusters.get(identifier)
    if cluster is None:
        return None
    arn = getattr(cluster, "master_password_secret_arn", None)
    if not arn:
        return str(cluster.master_username), str(cluster.master_user_password)
    value = secretsmanager_backends[account][region].get_secret_value(arn, "", "AWSCURRENT")
    secret = json.loads(value["SecretString"])
    return str(secret["username"]), str(secret["password"])


@operation("redshift")
def create_cluster(call: Call) -> Any:
    """CreateCluster, with Redshift's own checks of what it is given."""
    params = call.params
    check_nodes(params)
    check_password(params)
    check_neighbours(call)
    if params.get("Encrypted") is False:
        raise ApiError("InvalidParameterValue", "Unencrypted clusters cannot be created: Encrypted must be true.")
    check_port(params)
    answer = call.original()
    cluster = backend(call).clusters[params["ClusterIdentifier"]]
    cluster.encrypted = True
    if "ClusterParameterGroupName" not in params:
        cluster.cluster_parameter_group_name = ["default.redshift-2.0"]
    for name, attribute in _KEPT.items():
        if name in params:
            setattr(cluster, attribute, params[name])
    if params.get("ManageMasterPassword"):
        _manage_password(call, cluster)
    if "SnapshotScheduleIdentifier" in params:
        cluster.snapshot_schedule_identifier = params["SnapshotScheduleIdentifier"]
        cluster.snapshot_schedule_state = "ACTIVE"
    return answer


@operation("redshift")
def modify_cluster(call: Call) -> Any:
    """ModifyCluster; a change of nodes is a resize."""
    cluster, params = available_cluster(call), call.params
    if "NodeType" in params or "NumberOfNodes" in params:
        return {"Cluster": _resize(cluster, params)}
    if params.get("Encrypted") is False:
        raise ApiError("InvalidParameterValue", "An encrypted cluster cannot be changed to unencrypted here.")
    group = params.get("ClusterParameterGroupName")
    if group:
        backend(call).describe_cluster_parameter_groups(group)
    call.original()
    if group:
        cluster.cluster_parameter_group_name = [group]
        cluster.pending_reboot |= set(backend(call).parameter_groups[group].__dict__.get("set_values", {}))
    for name, attribute in _KEPT.items():
        if name in params:
            setattr(cluster, attribute, params[name])
    if params.get("ManageMasterPassword") is True and not cluster.master_password_secret_arn:
        _manage_password(call, cluster)
    elif params.get("ManageMasterPassword") is False:
        cluster.master_password_secret_arn = None
    cluster.begin("modifying")
    return {"Cluster": cluster}


@operation("redshift")
def delete_cluster(call: Call) -> Any:
    """DeleteCluster; the managed secret goes with it."""
    cluster = cluster_named(call)
    answer = call.original()
    if cluster.master_password_secret_arn:
        store = secretsmanager_backends[call.account][call.region]
        store.delete_secret(cluster.master_password_secret_arn, None, True)
    cluster.begin("deleting")
    return answer


@operation("redshift")
def modify_cluster_iam_roles(call: Call) -> Any:
    """ModifyClusterIamRoles."""
    cluster, params = cluster_named(call), call.params
    removed = set(params.get("RemoveIamRoles", []))
    check_roles(call, params.get("AddIamRoles", []))
    roles = [*cluster.iam_roles_arn, *params.get("AddIamRoles", [])]
    cluster.iam_roles_arn = [role for role in dict.fromkeys(roles) if role not in removed]
    if "DefaultIamRoleArn" in params:
        if params["DefaultIamRoleArn"] not in cluster.iam_roles_arn:
            raise ApiError("InvalidParameterValue", "The default IAM role must be associated with the cluster.")
        cluster.default_iam_role_arn = params["DefaultIamRoleArn"]
    cluster.begin("modifying")
    return {"Cluster": cluster}


@operation("redshift")
def resize_cluster(call: Call) -> Any:
    """ResizeCluster: elastic unless ``Classic``; the new size shows when the resize is over."""
    return {"Cluster": _resize(available_cluster(call), call.params)}


@operation("redshift")
def describe_resize(call: Call) -> Any:
    """DescribeResize of the resize under way, or of the last one."""
    cluster = cluster_named(call)
    status = cluster.status
    last = getattr(cluster, "last_resize", None)
    if last is None:
        message = f"There is no resize for cluster {cluster.cluster_identifier}."
        raise ApiError("ResizeNotFound", message)
    return {**last, "Status": "IN_PROGRESS" if status == "resizing" else "SUCCEEDED"}


@operation("redshift")
def reboot_cluster(call: Call) -> Any:
    """RebootCluster: parameters that wait for a reboot take effect."""
    cluster = available_cluster(call)
    cluster.begin("rebooting", cluster.pending_reboot.clear)
    return {"Cluster": cluster}


@operation("redshift")
def pause_cluster(call: Call) -> Any:
    """PauseCluster."""
    cluster = available_cluster(call)
    answer = call.original()
    cluster.begin("pausing")
    return answer


@operation("redshift")
def resume_cluster(call: Call) -> Any:
    """ResumeCluster."""
    cluster = cluster_named(call)
    if cluster.status != "paused":
        raise ApiError("InvalidClusterState", "You can resume a cluster only when it is paused.")
    answer = call.original()
    cluster.begin("resuming")
    return answer


@operation("redshift")
def get_cluster_credentials_with_iam(call: Call) -> Any:
    """GetClusterCredentialsWithIAM: a temporary user that the wire server knows until it expires."""
    cluster_named(call)
    seconds = int(call.params.get("DurationSeconds", 900))
    if not 900 <= seconds <= 3600:
        raise ApiError("InvalidParameterValue", "Token duration must be between 900 and 3600 seconds")
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    user, password = "IAM:rehearsal", secrets.token_urlsafe(32)
    plane().temporary[user] = (password, expires)
    return {"DbUser": user, "DbPassword": password, "Expiration": expires, "NextRefreshTime": expires}


@operation("redshift")
def get_cluster_credentials(call: Call) -> Any:
    """GetClusterCredentials, remembered for the wire server."""
    answer = call.original()
    credentials = answer.result
    plane().temporary[credentials["DbUser"]] = (credentials["DbPassword"], credentials["Expiration"])
    return answer


def _manage_password(call: Call, cluster: ManagedCluster) -> None:
    letters = string.ascii_letters + string.digits
    password = "Aa1" + "".join(secrets.choice(letters) for _ in range(29))
    store = secretsmanager_backends[call.account][call.region]
    secret = store.create_secret(
        name=f"redshift!{cluster.cluster_identifier}-{cluster.master_username}",
        secret_binary=None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
        secret_string=json.dumps({"username": cluster.master_username, "password": password}),
        description=f"Secret associated with Redshift cluster {cluster.cluster_identifier}",
        kms_key_id=call.params.get("MasterPasswordSecretKmsKeyId"),
        tags=[{"Key": "aws:secretsmanager:owningService", "Value": "redshift"}],
    )
    arn = secret["ARN"] if isinstance(secret, dict) else json.loads(secret)["ARN"]
    cluster.master_user_password, cluster.master_password_secret_arn = password, arn


def _resize(cluster: ManagedCluster, params: Mapping[str, Any]) -> ManagedCluster:
    node_type = params.get("NodeType", cluster.node_type)
    nodes = int(params.get("NumberOfNodes", cluster.number_of_nodes))
    check_nodes(
        {"NodeType": node_type, "NumberOfNodes": nodes, "ClusterType": "single-node" if nodes == 1 else "multi-node"}
    )
    elastic = not params.get("Classic", False)
    if elastic and 1 in (nodes, cluster.number_of_nodes) and nodes != cluster.number_of_nodes:
        raise ApiError("InvalidParameterCombination", "Elastic resize is not available from or to a single node.")
    if (
        elastic
        and node_type == cluster.node_type
        and not cluster.number_of_nodes / 4 <= nodes <= cluster.number_of_nodes * 2
    ):
        message = (
            f"Elastic resize from {cluster.number_of_nodes} nodes reaches a quarter to double of them, not {nodes}."
        )
        raise ApiError("InvalidParameterValue", message)
    cluster.pending = {"NodeType": node_type, "NumberOfNodes": nodes}
    cluster.last_resize = {
        "TargetNodeType": node_type,
        "TargetNumberOfNodes": nodes,
        "TargetClusterType": "multi-node" if nodes > 1 else "single-node",
        "ResizeType": "ElasticResize" if elastic else "ClassicResize",
    }

    def done() -> None:
        cluster.node_type, cluster.number_of_nodes, cluster.pending = node_type, nodes, {}

    cluster.begin("resizing", done)
    return cluster
