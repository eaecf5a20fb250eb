"""A Redshift cluster of a rehearsal: status changes take a moment, and its endpoint is the rehearsal's own server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from moto.redshift import models

from smartroute_runbook.standins.api.operations import plane

__all__ = ["ManagedCluster"]


class ManagedCluster(models.Cluster):  # type: ignore[misc]
    """A cluster that shows a transient status for a while after each change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._status, self._transient, self._until = "available", "", 0.0
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
        self.begin("creating")

    def begin(self, transient: str, then: Callable[[], None] | None = None) -> None:
        """Shows a transient status for ``settle_seconds`` of the control plane, then runs ``then``."""
        self._transient, self._until, self._then = transient, time.monotonic() + plane().settle_seconds, then
        if transient in ("pausing", "rebooting", "deleting"):
            plane().disconnect()

    @property
    def status(self) -> str:
        """The cluster's status now."""
        if time.monotonic() < self._until:
            return self._transient
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


models.Cluster = ManagedCluster  # moto's backend makes its clusters by this name
