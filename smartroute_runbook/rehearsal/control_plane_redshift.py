"""Redshift clusters: they take a moment, keep a managed secret, and lead to the rehearsal's own wire server."""

from __future__ import annotations

import json
import re
import secrets
import string
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.iam import iam_backends
from moto.kms import kms_backends
from moto.redshift import models, redshift_backends
from moto.secretsmanager import secretsmanager_backends

from .control_plane import Call, Refusal, operation, plane

__all__ = ["NODE_RANGES", "Cluster", "cluster_named", "managed_credentials"]

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
# What create_cluster and modify_cluster keep as given, beyond what moto knows.
_KEPT = {
    "ManualSnapshotRetentionPeriod": "manual_snapshot_retention_period",
    "MaintenanceTrackName": "maintenance_track_name",
    "DefaultIamRoleArn": "default_iam_role_arn",
    "MasterPasswordSecretKmsKeyId": "master_password_secret_kms_key_id",
    "KmsKeyId": "kms_key_id",
    "IpAddressType": "ip_address_type",
}


class Cluster(models.Cluster):  # type: ignore[misc]
    """A cluster that settles: it shows a transient status until its time has passed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._status, self._passing, self._until = "available", "", 0.0
        self._then: Callable[[], None] | None = None
        super().__init__(*args, **kwargs)
        self.manual_snapshot_retention_period = -1
        self.maintenance_track_name = "current"
        self.default_iam_role_arn: str | None = None
        self.master_password_secret_arn: str | None = None
        self.master_password_secret_kms_key_id: str | None = None
        self.ip_address_type = "ipv4"
        self.snapshot_schedule_identifier: str | None = None
        self.snapshot_schedule_state: str | None = None
        self.pending_reboot: set[str] = set()
        self.pending: dict[str, Any] = {}
        self.cluster_namespace_arn = (
            f"arn:aws:redshift:{self.region}:{self.account_id}:namespace:{self.unique_cluster_id}"
        )
        self.settle("creating")

    def settle(self, passing: str, then: Callable[[], None] | None = None) -> None:
        """Shows ``passing`` for the control plane's settling time; ``then`` runs when it has passed."""
        self._passing, self._until, self._then = passing, time.monotonic() + plane().settle_seconds, then

    @property
    def status(self) -> str:
        """The cluster's status now."""
        if time.monotonic() < self._until:
            return self._passing
        then, self._then = self._then, None
        if then is not None:
            then()
        return self._status

    @status.setter
    def status(self, value: str) -> None:
        self._status = value

    @property
    def cluster_availability_status(self) -> str:
        """Available, Unavailable, Modifying, Paused, as DescribeClusters words it."""
        words = {"available": "Available", "paused": "Paused", "creating": "Modifying", "modifying": "Available"}
        return words.get(self.status, "Modifying")

    @property
    def endpoint(self) -> dict[str, Any] | None:
        """The wire server, once there is a cluster to connect to."""
        if self.status == "creating":
            return None
        return {"Address": plane().redshift_host, "Port": plane().redshift_port or self.port}

    @property
    def vpc_id(self) -> str | None:
        """The VPC of the subnet group."""
        group = self.redshift_backend.subnet_groups.get(self.cluster_subnet_group_name)
        return group.vpc_id if group else None

    @property
    def cluster_nodes(self) -> list[dict[str, str]]:
        """Leader and compute nodes; a single node shares both roles."""
        if self.number_of_nodes == 1:
            return [{"NodeRole": "SHARED", "PrivateIPAddress": "127.0.0.1"}]
        roles = ["LEADER", *(f"COMPUTE-{index}" for index in range(self.number_of_nodes))]
        return [{"NodeRole": role, "PrivateIPAddress": "127.0.0.1"} for role in roles]

    @property
    def pending_modified_values(self) -> dict[str, Any]:
        """What a resize under way will change."""
        return self.pending

    @property
    def cluster_parameter_group_status_list(self) -> list[dict[str, Any]]:
        """The parameter group and what of it waits for a reboot."""
        waiting = sorted(self.pending_reboot)
        return [
            {
                "ParameterGroupName": name,
                "ParameterApplyStatus": "pending-reboot" if waiting else "in-sync",
                "ClusterParameterStatusList": [
                    {"ParameterName": item, "ParameterApplyStatus": "pending-reboot"} for item in waiting
                ],
            }
            for name in self.cluster_parameter_group_name
        ]


models.Cluster = Cluster  # moto's backend makes its clusters by this name


def backend(call: Call) -> Any:
    """Moto's Redshift of the caller's account and region."""
    return redshift_backends[call.account][call.region]


def cluster_named(call: Call) -> Cluster:
    """The cluster that the call names; ClusterNotFound if there is none."""
    found: Cluster = backend(call).describe_clusters(call.params["ClusterIdentifier"])[0]
    return found


def settled(call: Call) -> Cluster:
    """The same, refused while it is not ``available``, as Redshift refuses changes then."""
    cluster = cluster_named(call)
    if cluster.status != "available":
        message = f"There is an operation running on the Cluster. Status: {cluster.status}. Please try again later."
        raise Refusal("InvalidClusterState", message)
    return cluster


def managed_credentials(account: str, region: str, identifier: str) -> tuple[str, str] | None:
    """Master user and password of a cluster as they are now, or None when there is no such cluster."""
    cluster = redshift_backends[account][region].clusters.get(identifier)
    if cluster is None:
        return None
    arn = getattr(cluster, "master_password_secret_arn", None)
    if not arn:
        return str(cluster.master_username), str(cluster.master_user_password)
    value = secretsmanager_backends[account][region].get_secret_value(arn, "", "AWSCURRENT")
    held = json.loads(value["SecretString"])
    return str(held["username"]), str(held["password"])


@operation("redshift")
def create_cluster(call: Call) -> Any:
    """CreateCluster, with Redshift's own checks of what it is given."""
    given = call.params
    _check_nodes(given)
    _check_password(given)
    _check_neighbours(call)
    if given.get("Encrypted") is False:
        raise Refusal("InvalidParameterValue", "Unencrypted clusters cannot be created: Encrypted must be true.")
    if "Port" in given and not any(int(given["Port"]) in ports for ports in _PORTS):
        raise Refusal("InvalidParameterValue", f"Port {given['Port']}: valid are 5431-5455 and 8191-8215.")
    answer = call.original()
    cluster = backend(call).clusters[given["ClusterIdentifier"]]
    cluster.encrypted = True
    if "ClusterParameterGroupName" not in given:
        cluster.cluster_parameter_group_name = ["default.redshift-2.0"]
    for name, attribute in _KEPT.items():
        if name in given:
            setattr(cluster, attribute, given[name])
    if given.get("ManageMasterPassword"):
        _manage_password(call, cluster)
    if "SnapshotScheduleIdentifier" in given:
        cluster.snapshot_schedule_identifier = given["SnapshotScheduleIdentifier"]
        cluster.snapshot_schedule_state = "ACTIVE"
    return answer


@operation("redshift")
def modify_cluster(call: Call) -> Any:
    """ModifyCluster; a change of nodes settles as a resize."""
    cluster, given = settled(call), call.params
    if "NodeType" in given or "NumberOfNodes" in given:
        return {"Cluster": _resize(cluster, given)}
    if given.get("Encrypted") is False:
        raise Refusal("InvalidParameterValue", "An encrypted cluster cannot be changed to unencrypted here.")
    group = given.get("ClusterParameterGroupName")
    if group:
        backend(call).describe_cluster_parameter_groups(group)
    call.original()
    if group:
        cluster.cluster_parameter_group_name = [group]
        cluster.pending_reboot |= set(backend(call).parameter_groups[group].__dict__.get("set_values", {}))
    for name, attribute in _KEPT.items():
        if name in given:
            setattr(cluster, attribute, given[name])
    if given.get("ManageMasterPassword") is True and not cluster.master_password_secret_arn:
        _manage_password(call, cluster)
    elif given.get("ManageMasterPassword") is False:
        cluster.master_password_secret_arn = None
    cluster.settle("modifying")
    return {"Cluster": cluster}


@operation("redshift")
def delete_cluster(call: Call) -> Any:
    """DeleteCluster; the managed secret goes with it."""
    cluster = cluster_named(call)
    answer = call.original()
    if cluster.master_password_secret_arn:
        store = secretsmanager_backends[call.account][call.region]
        store.delete_secret(cluster.master_password_secret_arn, None, True)
    cluster.settle("deleting")
    return answer


@operation("redshift")
def modify_cluster_iam_roles(call: Call) -> Any:
    """ModifyClusterIamRoles."""
    cluster, given = cluster_named(call), call.params
    removed = set(given.get("RemoveIamRoles", []))
    _check_roles(call, given.get("AddIamRoles", []))
    roles = [*cluster.iam_roles_arn, *given.get("AddIamRoles", [])]
    cluster.iam_roles_arn = [role for role in dict.fromkeys(roles) if role not in removed]
    if "DefaultIamRoleArn" in given:
        if given["DefaultIamRoleArn"] not in cluster.iam_roles_arn:
            raise Refusal("InvalidParameterValue", "The default IAM role must be associated with the cluster.")
        cluster.default_iam_role_arn = given["DefaultIamRoleArn"]
    cluster.settle("modifying")
    return {"Cluster": cluster}


@operation("redshift")
def resize_cluster(call: Call) -> Any:
    """ResizeCluster: elastic unless ``Classic``; the new size shows when it has settled."""
    return {"Cluster": _resize(settled(call), call.params)}


@operation("redshift")
def describe_resize(call: Call) -> Any:
    """DescribeResize of the resize under way, or of the last one."""
    cluster = cluster_named(call)
    status = cluster.status
    last = getattr(cluster, "last_resize", None)
    if last is None:
        message = f"There is no resize for cluster {cluster.cluster_identifier}."
        raise Refusal("ResizeNotFound", message)
    return {**last, "Status": "IN_PROGRESS" if status == "resizing" else "SUCCEEDED"}


@operation("redshift")
def reboot_cluster(call: Call) -> Any:
    """RebootCluster: parameters that wait for a reboot take effect."""
    cluster = settled(call)
    cluster.settle("rebooting", cluster.pending_reboot.clear)
    return {"Cluster": cluster}


@operation("redshift")
def pause_cluster(call: Call) -> Any:
    """PauseCluster."""
    cluster = settled(call)
    answer = call.original()
    cluster.settle("pausing")
    return answer


@operation("redshift")
def resume_cluster(call: Call) -> Any:
    """ResumeCluster."""
    cluster = cluster_named(call)
    if cluster.status != "paused":
        raise Refusal("InvalidClusterState", "You can resume a cluster only when it is paused.")
    answer = call.original()
    cluster.settle("resuming")
    return answer


@operation("redshift")
def get_cluster_credentials_with_iam(call: Call) -> Any:
    """GetClusterCredentialsWithIAM: a temporary user that the wire server knows until it expires."""
    cluster_named(call)
    seconds = int(call.params.get("DurationSeconds", 900))
    if not 900 <= seconds <= 3600:
        raise Refusal("InvalidParameterValue", "Token duration must be between 900 and 3600 seconds")
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    user, password = "IAM:rehearsal", secrets.token_urlsafe(32)
    plane().temporary[user] = (password, expires)
    return {"DbUser": user, "DbPassword": password, "Expiration": expires, "NextRefreshTime": expires}


@operation("redshift")
def get_cluster_credentials(call: Call) -> Any:
    """GetClusterCredentials, remembered for the wire server."""
    answer = call.original()
    held = answer.result
    plane().temporary[held["DbUser"]] = (held["DbPassword"], held["Expiration"])
    return answer


def _check_nodes(given: Mapping[str, Any]) -> None:
    node_type = given["NodeType"]
    if node_type not in NODE_RANGES:
        raise Refusal("InvalidParameterValue", f"Invalid node type: {node_type}")
    low, high = NODE_RANGES[node_type]
    nodes = int(given.get("NumberOfNodes", 1))
    single = given.get("ClusterType", "multi-node" if "NumberOfNodes" in given else "single-node") == "single-node"
    if single and nodes != 1:
        raise Refusal("InvalidParameterCombination", "Number of nodes for cluster type single-node must be 1.")
    if not single and nodes < 2:
        message = "Number of nodes for cluster type multi-node must be greater than or equal to 2"
        raise Refusal("InvalidParameterCombination", message)
    if not low <= nodes <= high:
        raise Refusal("InvalidParameterValue", f"Number of nodes for {node_type} must be between {low} and {high}.")


def _check_password(given: Mapping[str, Any]) -> None:
    password, managed = given.get("MasterUserPassword"), given.get("ManageMasterPassword")
    if managed and password:
        message = "MasterUserPassword and ManageMasterPassword cannot be used together."
        raise Refusal("InvalidParameterCombination", message)
    if not managed and not password:
        raise Refusal("InvalidParameterCombination", "Specify MasterUserPassword or ManageMasterPassword.")
    if password and not _strong(password):
        message = (
            "MasterUserPassword needs 8-64 characters, upper and lower case and a digit, none of '\"\\/@ or space."
        )
        raise Refusal("InvalidParameterValue", message)
    if not re.fullmatch(r"[a-z][a-z0-9_+.@-]{0,127}", given["MasterUsername"]):
        raise Refusal("InvalidParameterValue", f"Invalid master user name: {given['MasterUsername']}")


def _strong(password: str) -> bool:
    kinds = (r"[a-z]", r"[A-Z]", r"[0-9]")
    return (
        8 <= len(password) <= 64
        and all(re.search(k, password) for k in kinds)
        and not re.search(r"['\"\\/@ ]", password)
    )


def _check_neighbours(call: Call) -> None:
    given, held = call.params, backend(call)
    if "ClusterSubnetGroupName" in given:
        held.describe_cluster_subnet_groups(given["ClusterSubnetGroupName"])
    if "ClusterParameterGroupName" in given:
        held.describe_cluster_parameter_groups(given["ClusterParameterGroupName"])
    known = {group.id for group in held.ec2_backend.describe_security_groups()}
    for group in given.get("VpcSecurityGroupIds", []):
        if group not in known:
            raise Refusal("InvalidParameterValue", f"The security group {group} does not exist.")
    key = given.get("KmsKeyId")
    if key and not _key_exists(call, key):
        raise Refusal("InvalidParameterValue", f"The KMS key {key} does not exist or is not accessible.")
    _check_roles(call, given.get("IamRoles", []))


def _key_exists(call: Call, key: str) -> bool:
    held = kms_backends[call.account][call.region]
    identifier = held.get_key_id_from_alias(key) if "alias/" in key else held.get_key_id(key)
    return identifier in held.keys


def _check_roles(call: Call, arns: list[str]) -> None:
    roles = {role.arn: role for role in iam_backends[call.account]["aws"].get_roles()}
    for arn in arns:
        if arn not in roles:
            raise Refusal("InvalidParameterValue", f"The IAM role {arn} is not valid.")
        if "redshift.amazonaws.com" not in json.dumps(roles[arn].assume_role_policy_document):
            raise Refusal("InvalidParameterValue", f"The IAM role {arn} does not trust redshift.amazonaws.com.")


def _manage_password(call: Call, cluster: Cluster) -> None:
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


def _resize(cluster: Cluster, given: Mapping[str, Any]) -> Cluster:
    node_type = given.get("NodeType", cluster.node_type)
    nodes = int(given.get("NumberOfNodes", cluster.number_of_nodes))
    _check_nodes(
        {"NodeType": node_type, "NumberOfNodes": nodes, "ClusterType": "single-node" if nodes == 1 else "multi-node"}
    )
    elastic = not given.get("Classic", False)
    if elastic and 1 in (nodes, cluster.number_of_nodes) and nodes != cluster.number_of_nodes:
        raise Refusal("InvalidParameterCombination", "Elastic resize is not available from or to a single node.")
    if (
        elastic
        and node_type == cluster.node_type
        and not cluster.number_of_nodes / 4 <= nodes <= cluster.number_of_nodes * 2
    ):
        message = (
            f"Elastic resize from {cluster.number_of_nodes} nodes reaches a quarter to double of them, not {nodes}."
        )
        raise Refusal("InvalidParameterValue", message)
    cluster.pending = {"NodeType": node_type, "NumberOfNodes": nodes}
    cluster.last_resize = {
        "TargetNodeType": node_type,
        "TargetNumberOfNodes": nodes,
        "TargetClusterType": "multi-node" if nodes > 1 else "single-node",
        "ResizeType": "ElasticResize" if elastic else "ClassicResize",
    }

    def done() -> None:
        cluster.node_type, cluster.number_of_nodes, cluster.pending = node_type, nodes, {}

    cluster.settle("resizing", done)
    return cluster
