"""From an AWS call to the permissions it takes: action, resource and condition. Pure.

Action names and what can be scoped are those of AWS's service authorization reference. A call may take more
than its own action: Athena reads Glue and S3 as its caller, a managed password is made as its caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

ACCOUNT, REGION = "123456789012", "us-east-1"
LAKE, RESULTS = f"smartroute-data-lake-{ACCOUNT}", f"smartroute-athena-results-{ACCOUNT}"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:redshift!smartroute-analytics-*"
#: Where objects may be touched: the longest that fits a key stands for it.
PREFIXES = (
    "processed/vehicles", "analytics/delay_metrics", "analytics/crowding_metrics", "staging/redshift",
    "dashboard/queries", "results",
)  # fmt: skip
#: Actions that AWS cannot scope to a resource.
UNSCOPED = {
    "ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcEndpoints",
    "redshift:DescribeClusters", "redshift:DescribeClusterParameterGroups", "redshift:DescribeClusterSubnetGroups",
    "redshift:DescribeLoggingStatus", "redshift:DescribeOrderableClusterOptions", "servicequotas:ListServiceQuotas",
    "redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:CancelStatement",
    "redshift-data:ListStatements", "cloudwatch:ListMetrics", "cloudwatch:GetMetricData", "cloudwatch:PutMetricData",
    "cloudwatch:GetMetricStatistics", "redshift:DescribeClusterSnapshots",
    "ce:GetCostAndUsage", "pricing:GetProducts",
}  # fmt: skip
#: Calls that need no permission.
FREE = {("sts", "GetCallerIdentity")}
_S3 = {
    "ListObjectsV2": "ListBucket", "HeadObject": "GetObject", "GetBucketEncryption": "GetEncryptionConfiguration",
    "ListObjects": "ListBucket", "HeadBucket": "ListBucket",
}  # fmt: skip
_PREFIX = {"cloudwatch": "cloudwatch", "service-quotas": "servicequotas"}


@dataclass(frozen=True, order=True)
class Need:
    """One permission; ``condition`` as (operator, key, value), ``why`` the call that takes it."""

    action: str
    resource: str
    condition: tuple[str, str, str] = ("", "", "")
    why: str = ""


def arn(service: str, rest: str) -> str:
    """An ARN of the account and region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def action_of(service: str, operation: str) -> str:
    """The IAM action of an API operation; empty for what takes none."""
    if (service, operation) in FREE:
        return ""
    return f"{_PREFIX.get(service, service)}:{_S3.get(operation, operation) if service == 's3' else operation}"


def needs(service: str, operation: str, given: Mapping[str, Any], workgroups: Iterable[str]) -> list[Need]:
    """What a call takes.

    Args:
        service: botocore's name.
        operation: the API's name.
        given: its parameters.
        workgroups: Athena's workgroups used so far: calls about an execution do not name theirs.
    """
    if (service, operation) in FREE:
        return []
    action = action_of(service, operation)
    why = f"{service}:{operation}"
    if action in UNSCOPED:
        own = [Need(action, "*", _CONDITIONS.get(action, ("", "", "")), why)]
    else:
        found = _RESOURCES[service](operation, given, tuple(workgroups))
        condition = _CONDITIONS.get(action, ("", "", ""))
        own = [Need(action, resource, condition, why) for resource in found]
    return own + _implied(action, given)


def _athena(_operation: str, given: Mapping[str, Any], workgroups: tuple[str, ...]) -> list[str]:
    named = given.get("WorkGroup") or given.get("Name")
    return [arn("athena", f"workgroup/{group}") for group in ([named] if named else workgroups)]


def _glue(operation: str, given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
    database = given["DatabaseName"]
    table = "*" if operation == "GetTables" else given.get("TableName") or given["Name"]
    return [arn("glue", rest) for rest in ("catalog", f"database/{database}", f"table/{database}/{table}")]


def _s3(operation: str, given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
    bucket = f"arn:aws:s3:::{given['Bucket']}"
    if "Key" not in given:
        return [bucket]
    fitting = [prefix for prefix in PREFIXES if given["Key"].startswith(f"{prefix}/")]
    if not fitting:
        raise SystemExit(f"s3:{operation} outside the known prefixes: {given['Key']}")
    return [f"{bucket}/{fitting[0]}/*"]


def _redshift(operation: str, given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
    if "UsageLimit" in operation:
        return [arn("redshift", "usagelimit:*")]
    if operation == "CreateClusterSnapshot":
        return [arn("redshift", f"snapshot:{given['ClusterIdentifier']}/*")]
    if operation == "ModifyClusterSnapshotSchedule":
        return [arn("redshift", f"cluster:{given['ClusterIdentifier']}")]
    for key, kind in (
        ("ClusterIdentifier", "cluster"), ("ParameterGroupName", "parametergroup"),
        ("ClusterSubnetGroupName", "subnetgroup"), ("ScheduleIdentifier", "snapshotschedule"),
    ):  # fmt: skip
        if key in given:
            return [arn("redshift", f"{kind}:{given[key]}")]
    raise SystemExit(f"No resource for redshift:{operation} {given}")


def _ec2(operation: str, _given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
    kinds = ("security-group/*", "vpc/*") if operation == "CreateSecurityGroup" else ("security-group/*",)
    return [arn("ec2", kind) for kind in kinds]


def _iam(operation: str, given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
    if operation == "SimulatePrincipalPolicy":
        return [given["PolicySourceArn"]]
    return [f"arn:aws:iam::{ACCOUNT}:role/{given['RoleName']}"]


def _named(service: str, *keys: str, before: str = "") -> Any:
    def resources(_operation: str, given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
        value = next(str(given[key]) for key in keys if key in given)
        return [value if value.startswith("arn:") else arn(service, f"{before}{value.lstrip('/')}")]

    return resources


def _alarm(_operation: str, given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
    name = given.get("AlarmName") or f"{given['AlarmNamePrefix']}*"
    return [arn("cloudwatch", f"alarm:{re.sub('^smartroute-analytics-.*', 'smartroute-analytics-*', name)}")]


_RESOURCES: dict[str, Any] = {
    "athena": _athena, "glue": _glue, "s3": _s3, "redshift": _redshift, "ec2": _ec2, "iam": _iam, "cloudwatch": _alarm,
    "kms": lambda *_: [KEY],
    "redshift-data": lambda *_: [arn("redshift", "cluster:smartroute-analytics")],
    "secretsmanager": lambda *_: [SECRET],
    "sns": _named("sns", "TopicArn", "Name"),
    "ssm": _named("ssm", "Name", before="parameter/"),
    "scheduler": _named("scheduler", "Name", before="schedule/default/"),
}  # fmt: skip
_TAGGED = ("StringEquals", "aws:ResourceTag/project", "smartroute")
_OWN = ("StringEquals", "redshift-data:statement-owner-iam-userid", "${aws:userid}")
_CONDITIONS = {
    "kms:DescribeKey": ("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/smartroute"),
    "redshift-data:DescribeStatement": _OWN,
    "redshift-data:GetStatementResult": _OWN,
    "redshift-data:CancelStatement": _OWN,
    "cloudwatch:PutMetricData": ("StringEquals", "cloudwatch:namespace", "SmartRoute/Redshift"),
    "ec2:AuthorizeSecurityGroupIngress": _TAGGED,
    "ec2:RevokeSecurityGroupIngress": _TAGGED,
}
_VIA_S3 = ("StringEquals", "kms:ViaService", f"s3.{REGION}.amazonaws.com")


def _pass(role: str, service: str, why: str) -> Need:
    where = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    return Need("iam:PassRole", where, ("StringEquals", "iam:PassedToService", service), why)


def _implied(action: str, given: Mapping[str, Any]) -> list[Need]:
    """What AWS does in the caller's name for this action, and what ends it when somebody presses Ctrl-C."""
    why = f"taken by {action}"
    found = _TAKEN[action](given, why) if action in _TAKEN else []
    if given.get("Tags") and action.startswith("redshift:Create"):
        found += [Need("redshift:CreateTags", r, why=why) for r in _redshift(action.partition(":")[2], given, ())]
    if action == "athena:StartQueryExecution":
        found += [Need("athena:StopQueryExecution", g, why=f"Ctrl-C after {action}") for g in _athena("", given, ())]
    if action in ("redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement"):
        found.append(Need("redshift-data:CancelStatement", "*", _OWN, f"Ctrl-C after {action}"))
    if given.get("Tags") and action == "iam:CreateRole":
        found.append(Need("iam:TagRole", _iam("", given, ())[0], why=why))
    return found


def _query(given: Mapping[str, Any], why: str) -> list[Need]:
    tables = ("catalog", "database/smartroute_analytics", "table/smartroute_analytics/*")
    out = f"{LAKE}/staging/redshift/*" if "migration" in str(given.get("WorkGroup")) else f"{RESULTS}/results/*"
    buckets = sorted({LAKE, out.split("/")[0]})
    wanted = [
        *((f"glue:{a}", arn("glue", t)) for a in ("GetDatabase", "GetTable", "GetPartitions") for t in tables),
        *(("s3:GetObject", f"arn:aws:s3:::{LAKE}/{prefix}/*") for prefix in PREFIXES[:3]),
        *((f"s3:{a}", f"arn:aws:s3:::{out}") for a in ("PutObject", "GetObject", "AbortMultipartUpload")),
        *((f"s3:{a}", f"arn:aws:s3:::{b}") for a in ("ListBucket", "GetBucketLocation") for b in buckets),
    ]
    return [Need(action, resource, why=why) for action, resource in wanted] + _encrypted(given, why)


def _encrypted(_given: Mapping[str, Any], why: str) -> list[Need]:
    return [Need(f"kms:{a}", KEY, _VIA_S3, why) for a in ("Decrypt", "GenerateDataKey")]


def _cluster(_given: Mapping[str, Any], why: str) -> list[Need]:
    via = ("StringEquals", "kms:ViaService", f"redshift.{REGION}.amazonaws.com")
    linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/redshift.amazonaws.com/AWSServiceRoleForRedshift"
    named = ("StringEquals", "iam:AWSServiceName", "redshift.amazonaws.com")
    managed = ("CreateSecret", "TagResource", "DescribeSecret", "RotateSecret")
    return [
        _pass("smartroute-redshift-copy", "redshift.amazonaws.com", why),
        Need("kms:CreateGrant", KEY, via, why),
        Need("iam:CreateServiceLinkedRole", linked, named, why),
        *(Need(f"secretsmanager:{a}", SECRET, why=why) for a in managed),
    ]


_MADE = ("StringEquals", "ec2:CreateAction", "CreateSecurityGroup")
_TAKEN: dict[str, Callable[[Mapping[str, Any], str], list[Need]]] = {
    "athena:StartQueryExecution": _query,
    "s3:PutObject": _encrypted,
    "s3:GetObject": lambda _, why: [Need("kms:Decrypt", KEY, _VIA_S3, why)],
    "redshift:CreateCluster": _cluster,
    "redshift:ModifyClusterIamRoles": lambda _, why: [_pass("smartroute-redshift-copy", "redshift.amazonaws.com", why)],
    "redshift-data:ExecuteStatement": lambda _, why: [Need("secretsmanager:GetSecretValue", SECRET, why=why)],
    "scheduler:CreateSchedule": lambda _, why: [_pass("smartroute-reminder", "scheduler.amazonaws.com", why)],
    "scheduler:UpdateSchedule": lambda _, why: [_pass("smartroute-reminder", "scheduler.amazonaws.com", why)],
    "ec2:CreateSecurityGroup": lambda _, why: [Need("ec2:CreateTags", arn("ec2", "security-group/*"), _MADE, why)],
}


def _covers(broad: Need, need: Need) -> bool:
    """Whether another permission of the same action and condition reaches this one's resource too."""
    same = (broad.action, broad.condition) == (need.action, need.condition) and broad.resource != need.resource
    return same and fnmatchcase(need.resource.replace("*", "x"), broad.resource)


def policy(permissions: Iterable[Need]) -> dict[str, Any]:
    """The smallest policy document that allows these: actions of one resource and condition in one statement."""
    by_place: dict[tuple[str, tuple[str, str, str]], set[str]] = {}
    wanted = sorted(set(permissions))
    for need in (one for one in wanted if not any(_covers(other, one) for other in wanted)):
        by_place.setdefault((need.resource, need.condition), set()).add(need.action)
    by_actions: dict[tuple[tuple[str, ...], tuple[str, str, str]], list[str]] = {}
    for (resource, condition), actions in sorted(by_place.items()):
        by_actions.setdefault((tuple(sorted(actions)), condition), []).append(resource)
    statements = []
    for number, ((actions, condition), resources) in enumerate(sorted(by_actions.items()), 1):
        statement: dict[str, Any] = {
            "Sid": f"S{number}",
            "Effect": "Allow",
            "Action": list(actions),
            "Resource": resources,
        }
        if condition[0]:
            statement["Condition"] = {condition[0]: {condition[1]: condition[2]}}
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def allows(document: Mapping[str, Any], need: Need) -> bool:
    """Whether a policy allows a permission under its condition (each condition is taken as met by its own calls)."""
    wanted = {need.condition[0]: {need.condition[1]: need.condition[2]}} if need.condition[0] else {}
    return any(
        need.action in statement["Action"]
        and statement.get("Condition", {}) in ({}, wanted)
        and any(fnmatchcase(need.resource.replace("*", "x"), pattern) for pattern in statement["Resource"])
        for statement in document["Statement"]
    )
