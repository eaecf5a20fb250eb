"""The cluster: private, encrypted, its password managed, TLS required, everything logged."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

from smartroute_runbook.errors import Refused
from smartroute_runbook.runs.plan import gate_items
from smartroute_runbook.runs.proposal import Proposal
from smartroute_runbook.runs.queues import AT_FIRST, WLM, tuned, with_parameter
from smartroute_runbook.runs.reconcile import Reconciled, Resource, differences
from smartroute_runbook.runs.run import Run

from .cluster_state import describe, monthly, pending_reboot, wait_available
from .network import kms_key_arn, security_group_id, tags
from .roles import role_arn

__all__ = ["ClusterStep"]

FAMILY = "redshift-1.0"
PARAMETERS = {"require_ssl": "true", "enable_user_activity_logging": "true"}
LOGS = ["connectionlog", "userlog", "useractivitylog"]
#: What cannot be changed on a cluster without replacing or resizing it.
FIXED = (
    "node_type",
    "nodes",
    "database",
    "master_user",
    "port",
    "subnet_group",
    "kms_key",
    "encrypted",
    "managed_password",
)


class ClusterStep(Reconciled):
    """Parameter group, cluster, audit log."""

    id: ClassVar[str] = "week1.cluster"
    needs: ClassVar[str | None] = "week1.cluster"
    undo: ClassVar[str] = "delete the cluster with a final snapshot; the lake and Athena are not touched"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """A final snapshot, then the cluster and its parameter group go."""
        name, group = run.settings.redshift.cluster, shlex.quote(run.settings.redshift.parameter_group)
        return (
            f"aws redshift delete-cluster --cluster-identifier {name} --final-cluster-snapshot-identifier {name}-final",
            f"aws redshift wait cluster-deleted --cluster-identifier {name}",
            f"aws redshift delete-cluster-parameter-group --parameter-group-name {group}",
        )

    def propose(self, run: Run) -> Proposal:
        """The same, with what is signed of the cluster in words."""
        made, name = super().propose(run), f"cluster {run.settings.redshift.cluster}"
        after = next(change.after for change in made.changes if change.resource == name)
        facts = (("reachable from the internet", "public"), ("encrypted", "encrypted"))
        words = [f"{what}: {'yes' if after[key] else 'no'}" for what, key in facts]
        words.append(f"password kept by Secrets Manager: {'yes' if after['managed_password'] else 'no'}")
        return replace(made, says={gate_items("week1.cluster")[2]: "; ".join(words)})

    def resources(self, run: Run) -> Iterable[Resource]:
        """The parameter group, the cluster, what waits for a reboot, the audit log."""
        redshift, name = run.clients.boto("redshift"), run.settings.redshift.parameter_group
        parameters = self._parameters(run)
        wanted = {"family": FAMILY, **PARAMETERS, WLM: self._queues(run, parameters)}
        why = "TLS only, activity logged, dashboards first"
        yield Resource(f"parameter group {name}", parameters, wanted, lambda: self._tune(run, parameters), why)

        cluster = describe(run)
        before, after = (self._state(run, cluster) if cluster else None), self._wanted(run)
        identifier = run.settings.redshift.cluster
        why = "private, encrypted, its password kept and rotated by Secrets Manager"

        def make() -> None:
            self._create(run) if before is None else self._modify(run, before, after)

        yield Resource(f"cluster {identifier}", before, after, make, why, monthly(run))

        waiting = pending_reboot(cluster) if cluster else []
        yield Resource(
            f"cluster {identifier}: parameters",
            {"wait for a reboot": waiting or "none"},
            {"wait for a reboot": "none"},
            lambda: self._reboot(run),
            "static parameters take effect on a reboot: about a minute without the cluster" if waiting else "",
        )

        def log() -> None:
            redshift.enable_logging(ClusterIdentifier=identifier, LogDestinationType="cloudwatch", LogExports=LOGS)

        yield Resource(
            f"audit log of {identifier}",
            self._logging(run) if cluster else None,
            {"to": "cloudwatch", "logs": LOGS},
            log,
            "who connected, and what was run",
        )

    # ---- reading -------------------------------------------------------------------------------------------------

    def _parameters(self, run: Run) -> dict[str, Any] | None:
        redshift, name = run.clients.boto("redshift"), run.settings.redshift.parameter_group
        try:
            group = redshift.describe_cluster_parameter_groups(ParameterGroupName=name)["ParameterGroups"][0]
        except redshift.exceptions.ClusterParameterGroupNotFoundFault:
            return None
        pages = redshift.get_paginator("describe_cluster_parameters").paginate(ParameterGroupName=name)
        values = {p["ParameterName"]: p.get("ParameterValue", "") for page in pages for p in page["Parameters"]}
        found: dict[str, Any] = {"family": group["ParameterGroupFamily"]}
        found |= {key: values.get(key, "") for key in PARAMETERS}
        found[WLM] = json.loads(values.get(WLM) or "[]")
        return found

    def _queues(self, run: Run, parameters: dict[str, Any] | None) -> list[dict[str, Any]]:
        """Week 1's own; those of ``week4.queues`` stay where it has set them."""
        now, later = (parameters or {}).get(WLM), tuned(run.settings)
        return later if now == later else AT_FIRST

    def _wanted(self, run: Run) -> dict[str, Any]:
        redshift, network = run.settings.redshift, run.settings.network
        return {
            "node_type": redshift.node_type,
            "nodes": redshift.nodes,
            "database": redshift.database,
            "master_user": redshift.master_user,
            "managed_password": True,
            "encrypted": True,
            "kms_key": kms_key_arn(run),
            "public": False,
            "enhanced_vpc_routing": True,
            "subnet_group": network.subnet_group,
            "security_groups": [network.security_group],
            "parameter_group": redshift.parameter_group,
            "roles": [redshift.copy_role],
            "tags": {tag["Key"]: tag["Value"] for tag in tags(run)},
        }

    def _state(self, run: Run, cluster: dict[str, Any]) -> dict[str, Any]:
        known = security_group_id(run, run.settings.network.security_group)
        groups = [group["VpcSecurityGroupId"] for group in cluster["VpcSecurityGroups"]]
        ours = {tag["Key"] for tag in tags(run)}
        return {
            "node_type": cluster["NodeType"],
            "nodes": cluster["NumberOfNodes"],
            "database": cluster["DBName"],
            "master_user": cluster["MasterUsername"],
            "managed_password": bool(cluster.get("MasterPasswordSecretArn")),
            "encrypted": cluster["Encrypted"],
            "kms_key": cluster.get("KmsKeyId"),
            "public": cluster["PubliclyAccessible"],
            "enhanced_vpc_routing": cluster["EnhancedVpcRouting"],
            "subnet_group": cluster["ClusterSubnetGroupName"],
            "security_groups": [run.settings.network.security_group if g == known else g for g in groups],
            "parameter_group": cluster["ClusterParameterGroups"][0]["ParameterGroupName"],
            "roles": [arn.rpartition("/")[2] for arn in _roles(run, cluster)],
            "tags": {tag["Key"]: tag["Value"] for tag in cluster["Tags"] if tag["Key"] in ours},
        }

    def _logging(self, run: Run) -> dict[str, Any] | None:
        status = run.clients.boto("redshift").describe_logging_status(ClusterIdentifier=run.settings.redshift.cluster)
        if not status["LoggingEnabled"]:
            return None
        return {"to": status.get("LogDestinationType", "s3"), "logs": status.get("LogExports", [])}

    # ---- making --------------------------------------------------------------------------------------------------

    def _tune(self, run: Run, before: dict[str, Any] | None) -> None:
        redshift, name = run.clients.boto("redshift"), run.settings.redshift.parameter_group
        if before is None:
            redshift.create_cluster_parameter_group(
                ParameterGroupName=name,
                ParameterGroupFamily=FAMILY,
                Description="SmartRoute analytics",
                Tags=tags(run),
            )
        elif before["family"] != FAMILY:
            raise Refused(
                f"Parameter group '{name}' is of family {before['family']}", expected=FAMILY, hint="Name another"
            )
        values = [{"ParameterName": key, "ParameterValue": value} for key, value in PARAMETERS.items()]
        values += with_parameter(self._queues(run, before))
        redshift.modify_cluster_parameter_group(ParameterGroupName=name, Parameters=values)

    def _create(self, run: Run) -> None:
        settings, network = run.settings.redshift, run.settings.network
        group, role = security_group_id(run, network.security_group), role_arn(run)
        if group is None or role is None:
            missing = "week1.security-group" if group is None else "week1.copy-role"
            raise Refused(f"{missing} has not been done", hint="Do it first")
        size: dict[str, Any] = {"ClusterType": "single-node"}
        if settings.nodes > 1:
            size = {"ClusterType": "multi-node", "NumberOfNodes": settings.nodes}
        key = kms_key_arn(run)
        run.clients.boto("redshift").create_cluster(
            ClusterIdentifier=settings.cluster,
            NodeType=settings.node_type,
            **size,
            DBName=settings.database,
            Port=settings.port,
            MasterUsername=settings.master_user,
            ManageMasterPassword=True,
            MasterPasswordSecretKmsKeyId=key,
            Encrypted=True,
            KmsKeyId=key,
            PubliclyAccessible=False,
            EnhancedVpcRouting=True,
            ClusterSubnetGroupName=network.subnet_group,
            VpcSecurityGroupIds=[group],
            ClusterParameterGroupName=settings.parameter_group,
            IamRoles=[role],
            AutomatedSnapshotRetentionPeriod=settings.snapshot_days,
            Tags=tags(run),
        )
        wait_available(run)

    def _modify(self, run: Run, before: dict[str, Any], after: dict[str, Any]) -> None:
        changed = differences(before, after)
        fixed = [name for name in changed if name in FIXED]
        if fixed:
            raise Refused(
                f"Cluster '{run.settings.redshift.cluster}' has {', '.join(f'{n} {before[n]}' for n in fixed)}",
                expected=", ".join(f"{n} {after[n]}" for n in fixed),
                hint="The runbook neither resizes nor replaces a cluster: resize it by hand, or correct the parameters",
            )
        redshift, name = run.clients.boto("redshift"), run.settings.redshift.cluster
        wait_available(run)
        values: dict[str, dict[str, Any]] = {
            "public": {"PubliclyAccessible": False},
            "enhanced_vpc_routing": {"EnhancedVpcRouting": True},
            "security_groups": {"VpcSecurityGroupIds": [security_group_id(run, run.settings.network.security_group)]},
            "parameter_group": {"ClusterParameterGroupName": run.settings.redshift.parameter_group},
        }
        # One change a call: a change of the parameter group may come with no other (ModifyCluster, API reference).
        for field in (field for field in changed if field in values):
            redshift.modify_cluster(ClusterIdentifier=name, **values[field])
            wait_available(run)
        if "roles" in changed:
            self._associate(run)
        if "tags" in changed:
            arn = f"arn:aws:redshift:{run.settings.aws.region}:{_account(run)}:cluster:{name}"
            redshift.create_tags(ResourceName=arn, Tags=tags(run))

    def _associate(self, run: Run) -> None:
        redshift, name, role = run.clients.boto("redshift"), run.settings.redshift.cluster, role_arn(run)
        there = _roles(run, describe(run) or {"IamRoles": []})
        redshift.modify_cluster_iam_roles(
            ClusterIdentifier=name,
            AddIamRoles=[role] if role not in there else [],
            RemoveIamRoles=[arn for arn in there if arn != role],
        )
        wait_available(run)

    def _reboot(self, run: Run) -> None:
        # A cluster made just now, with its group already set, has nothing that waits.
        if pending_reboot(wait_available(run)):
            run.clients.boto("redshift").reboot_cluster(ClusterIdentifier=run.settings.redshift.cluster)
            wait_available(run)


def _roles(run: Run, cluster: dict[str, Any]) -> list[str]:
    """The roles on the cluster but the one with which ``week4.publish-aggregates`` writes: that stays where it is."""
    arns = [entry["IamRoleArn"] for entry in cluster["IamRoles"]]
    return [arn for arn in arns if arn.rpartition("/")[2] != run.settings.publish.role]


def _account(run: Run) -> str:
    return str(run.clients.boto("sts").get_caller_identity()["Account"])
