"""Where the cluster lives and who may reach it: the subnet group and the security group."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any, ClassVar

from smartroute_runbook.errors import UsageError
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.run import Run

__all__ = ["SecurityGroup", "SubnetGroup", "kms_key_arn", "security_group_id", "tags", "vpc_id"]


def tags(run: Run) -> list[dict[str, str]]:
    """The tags of everything that the runbook makes."""
    return [{"Key": "project", "Value": "smartroute"}, {"Key": "environment", "Value": run.environment}]


def vpc_id(run: Run) -> str:
    """The VPC whose Name tag is ``network.vpc``.

    Raises:
        UsageError: there is none, or more than one.
    """
    name = run.settings.network.vpc
    vpcs = run.clients.boto("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [name]}])["Vpcs"]
    if len(vpcs) != 1:
        raise UsageError(
            f"{len(vpcs)} VPCs are tagged Name={name}",
            expected="exactly one",
            hint="Correct network.vpc in the parameters",
        )
    return str(vpcs[0]["VpcId"])


def subnets(run: Run) -> dict[str, str]:
    """Subnet ids by the names in ``network.subnets``, all in the VPC.

    Raises:
        UsageError: one is missing.
    """
    names = run.settings.network.subnets
    filters = [{"Name": "tag:Name", "Values": list(names)}, {"Name": "vpc-id", "Values": [vpc_id(run)]}]
    described = run.clients.boto("ec2").describe_subnets(Filters=filters)["Subnets"]
    ids = {_name(subnet): str(subnet["SubnetId"]) for subnet in described}
    missing = [name for name in names if name not in ids]
    if missing:
        raise UsageError(f"No subnet is tagged Name={missing[0]}", hint="Correct network.subnets in the parameters")
    return ids


def security_group_id(run: Run, name: str) -> str | None:
    """The id of a security group of the VPC by its group name, or None."""
    group = _group(run, name)
    return str(group["GroupId"]) if group else None


def kms_key_arn(run: Run) -> str:
    """The ARN of the key behind ``network.kms_key``.

    Raises:
        UsageError: there is no such key, or it cannot be used.
    """
    kms = run.clients.boto("kms")
    name = run.settings.network.kms_key
    try:
        key = kms.describe_key(KeyId=name)["KeyMetadata"]
    except kms.exceptions.NotFoundException:
        raise UsageError(f"There is no KMS key '{name}'", hint="Correct network.kms_key in the parameters") from None
    if not key.get("Enabled", True):
        raise UsageError(f"KMS key '{name}' is {key['KeyState']}", expected="an enabled key")
    return str(key["Arn"])


def _name(thing: dict[str, Any]) -> str:
    return next((tag["Value"] for tag in thing.get("Tags", ()) if tag["Key"] == "Name"), "")


def _group(run: Run, name: str) -> dict[str, Any] | None:
    filters = [{"Name": "group-name", "Values": [name]}, {"Name": "vpc-id", "Values": [vpc_id(run)]}]
    groups = run.clients.boto("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
    return groups[0] if groups else None


class SubnetGroup(Reconciled):
    """The cluster's subnets: two availability zones, so that it can be moved or restored."""

    id: ClassVar[str] = "week1.subnet-group"
    needs: ClassVar[str | None] = "week1.cluster"
    undo: ClassVar[str] = "delete the subnet group; nothing uses it before the cluster"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """Delete the group."""
        name = shlex.quote(run.settings.network.subnet_group)
        return (f"aws redshift delete-cluster-subnet-group --cluster-subnet-group-name {name}",)

    def resources(self, run: Run) -> Iterable[Resource]:
        """The subnet group, by the names of its subnets."""
        redshift, name = run.clients.boto("redshift"), run.settings.network.subnet_group
        ids = subnets(run)
        wanted = {"vpc": run.settings.network.vpc, "subnets": sorted(ids)}
        before = self._before(run, ids)

        def make() -> None:
            if before is None:
                redshift.create_cluster_subnet_group(
                    ClusterSubnetGroupName=name,
                    Description="SmartRoute analytics",
                    SubnetIds=sorted(ids.values()),
                    Tags=tags(run),
                )
            else:
                redshift.modify_cluster_subnet_group(ClusterSubnetGroupName=name, SubnetIds=sorted(ids.values()))

        yield Resource(f"subnet group {name}", before, wanted, make, "a private cluster needs subnets of the VPC")

    def _before(self, run: Run, ids: dict[str, str]) -> dict[str, Any] | None:
        redshift, name = run.clients.boto("redshift"), run.settings.network.subnet_group
        try:
            groups = redshift.describe_cluster_subnet_groups(ClusterSubnetGroupName=name)["ClusterSubnetGroups"]
        except redshift.exceptions.ClusterSubnetGroupNotFoundFault:
            return None
        names = {number: name for name, number in ids.items()}
        group = groups[0]
        vpc = run.settings.network.vpc if group["VpcId"] == vpc_id(run) else group["VpcId"]
        there = (subnet["SubnetIdentifier"] for subnet in group["Subnets"])
        return {"vpc": vpc, "subnets": sorted(names.get(number, number) for number in there)}


class SecurityGroup(Reconciled):
    """Who may open the cluster's port: the dashboard's Lambda, by its security group, and no address range."""

    id: ClassVar[str] = "week1.security-group"
    needs: ClassVar[str | None] = "week1.cluster"
    undo: ClassVar[str] = "delete the security group; before that, take it off the cluster"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """Look the group's id up, and delete it."""
        named = f"--filters Name=group-name,Values={shlex.quote(run.settings.network.security_group)}"
        query = "--query 'SecurityGroups[].GroupId' --output text"
        return (f'aws ec2 delete-security-group --group-id "$(aws ec2 describe-security-groups {named} {query})"',)

    def resources(self, run: Run) -> Iterable[Resource]:
        """The security group with its ingress rules, by names."""
        name, source = run.settings.network.security_group, run.settings.network.lambda_security_group
        if security_group_id(run, source) is None:
            raise UsageError(
                f"There is no security group '{source}' in the VPC",
                expected="the security group of the dashboard's Lambda",
                hint="Correct network.lambda_security_group in the parameters",
            )
        group = _group(run, name)
        wanted = {"vpc": run.settings.network.vpc, "ingress": [f"tcp {run.settings.redshift.port} from {source}"]}
        before = None
        if group is not None:
            rules = sorted(rule for permission in group["IpPermissions"] for rule in _rules(run, permission))
            before = {"vpc": run.settings.network.vpc, "ingress": rules}
        why = "the port is open to the dashboard's Lambda only, by group and not by address"
        yield Resource(f"security group {name}", before, wanted, lambda: self._make(run, group), why)

    def _make(self, run: Run, group: dict[str, Any] | None) -> None:
        ec2, network, port = run.clients.boto("ec2"), run.settings.network, run.settings.redshift.port
        if group is None:
            made = ec2.create_security_group(
                GroupName=network.security_group,
                Description="SmartRoute analytics cluster",
                VpcId=vpc_id(run),
                TagSpecifications=[{"ResourceType": "security-group", "Tags": tags(run)}],
            )
            group = {"GroupId": made["GroupId"], "IpPermissions": []}
        source = security_group_id(run, network.lambda_security_group)
        wanted = f"tcp {port} from {network.lambda_security_group}"
        # A permission lists many sources: the wrong ones go one by one, so that what is right stays open meanwhile.
        for single in (s for permission in group["IpPermissions"] for s in _singles(permission)):
            if _rules(run, single) != [wanted]:
                ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[single])
        there = [rule for permission in group["IpPermissions"] for rule in _rules(run, permission)]
        if wanted not in there:
            rule = {
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "UserIdGroupPairs": [{"GroupId": source, "Description": "dashboard"}],
            }
            ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])


_SOURCES = ("UserIdGroupPairs", "IpRanges", "Ipv6Ranges", "PrefixListIds")


def _singles(permission: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """A permission once for each of its sources."""
    ports: dict[str, Any] = {key: permission[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in permission}
    for kind in _SOURCES:
        for source in permission.get(kind, ()):
            yield {**ports, kind: [source]}


def _rules(run: Run, permission: dict[str, Any]) -> list[str]:
    """A permission in words, one a source."""
    low, high = permission.get("FromPort", "all"), permission.get("ToPort", "all")
    ports = f"{permission['IpProtocol']} {low if low == high else f'{low}-{high}'}"
    groups = [_group_name(run, pair["GroupId"]) for pair in permission.get("UserIdGroupPairs", ())]
    ranges = [entry["CidrIp"] for entry in permission.get("IpRanges", ())]
    ranges += [entry["CidrIpv6"] for entry in permission.get("Ipv6Ranges", ())]
    ranges += [entry["PrefixListId"] for entry in permission.get("PrefixListIds", ())]
    return [f"{ports} from {source}" for source in groups + ranges]


def _group_name(run: Run, group_id: str) -> str:
    groups = run.clients.boto("ec2").describe_security_groups(Filters=[{"Name": "group-id", "Values": [group_id]}])
    return str(groups["SecurityGroups"][0]["GroupName"]) if groups["SecurityGroups"] else group_id
