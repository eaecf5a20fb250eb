"""What somebody may change by hand after week 1, everything that its steps then mend, as AWS calls of an administrator.

Used to record the permissions that mending takes, and to test that the policies allow it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

__all__ = ["change_by_hand"]

CLUSTER, COPY_ROLE, REMINDER_ROLE = "smartroute-analytics", "smartroute-redshift-copy", "smartroute-reminder"


def change_by_hand(client: Callable[[str], Any]) -> None:
    """Change network, roles and cluster.

    Args:
        client: makes a boto3 client for a service; whoever it is may do everything.
    """
    _network(client("ec2"), client("redshift"))
    for role in (COPY_ROLE, REMINDER_ROLE):
        _role(client("iam"), role)
    _cluster(client("redshift"), client("ec2"))


def _network(ec2: Any, redshift: Any) -> None:
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["smartroute-redshift"]}])
    wide = {"IpProtocol": "tcp", "FromPort": 5439, "ToPort": 5439, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=group["SecurityGroups"][0]["GroupId"], IpPermissions=[wide])
    name = "smartroute-redshift"
    subnets = redshift.describe_cluster_subnet_groups(ClusterSubnetGroupName=name)["ClusterSubnetGroups"][0]["Subnets"]
    redshift.modify_cluster_subnet_group(
        ClusterSubnetGroupName=name, SubnetIds=[subnet["SubnetIdentifier"] for subnet in subnets[:1]]
    )


def _role(iam: Any, role: str) -> None:
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    more = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    other = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    attached = iam.create_policy(PolicyName=f"{role}-more", PolicyDocument=more)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role, PolicyArn=attached)
    iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=more)
    iam.update_assume_role_policy(
        RoleName=role, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [other]})
    )
    iam.delete_role_permissions_boundary(RoleName=role)


def _cluster(redshift: Any, ec2: Any) -> None:
    changed = [{"ParameterName": "require_ssl", "ParameterValue": "false"}]
    redshift.modify_cluster_parameter_group(ParameterGroupName=CLUSTER, Parameters=changed)
    found = redshift.describe_clusters(ClusterIdentifier=CLUSTER)["Clusters"][0]
    redshift.modify_cluster_iam_roles(
        ClusterIdentifier=CLUSTER, RemoveIamRoles=[role["IamRoleArn"] for role in found["IamRoles"]]
    )
    default = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["smartroute-dashboard-lambda"]}])
    for change in (
        {"PubliclyAccessible": True},
        {"EnhancedVpcRouting": False},
        {"VpcSecurityGroupIds": [default["SecurityGroups"][0]["GroupId"]]},
        {"AutomatedSnapshotRetentionPeriod": 1},
    ):
        redshift.get_waiter("cluster_available").wait(ClusterIdentifier=CLUSTER, WaiterConfig={"Delay": 1})
        redshift.modify_cluster(ClusterIdentifier=CLUSTER, **change)
    redshift.get_waiter("cluster_available").wait(ClusterIdentifier=CLUSTER, WaiterConfig={"Delay": 1})
    redshift.disable_logging(ClusterIdentifier=CLUSTER)
    redshift.create_snapshot_schedule(ScheduleIdentifier="weekly", ScheduleDefinitions=["rate(168 hours)"])
    redshift.modify_cluster_snapshot_schedule(ClusterIdentifier=CLUSTER, ScheduleIdentifier="weekly")
    limit = redshift.describe_usage_limits(ClusterIdentifier=CLUSTER)["UsageLimits"][0]["UsageLimitId"]
    redshift.modify_usage_limit(UsageLimitId=limit, Amount=5)
    arn = f"arn:aws:redshift:us-east-1:123456789012:cluster:{CLUSTER}"
    redshift.delete_tags(ResourceName=arn, TagKeys=["project"])
