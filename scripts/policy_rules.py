"""From an AWS call to the permissions it takes: action, resource and condition. Pure.

Action names and what can be scoped are those of AWS's service authorization reference. A call may take more
than its own action: Athena reads Glue and S3 as its caller, a managed password is made as its caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from policy_document import Condition, Need, allows, policy

__all__ = [
    "ACCOUNT",
    "LAKE",
    "REGION",
    "RESULTS",
    "UNSCOPED",
    "Need",
    "action_of",
    "allows",
    "arn",
    "boundary",
    "needs",
    "policy",
]

ACCOUNT, REGION = "123456789012", "us-east-1"
LAKE, RESULTS = f"smartroute-data-lake-{ACCOUNT}", f"smartroute-athena-results-{ACCOUNT}"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/smartroute-boundary"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:smartroute-alerts"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:redshift!smartroute-analytics-*"
SYNC_FUNCTION = "smartroute-sync"
PUBLISHED = "smartroute_published"
#: Where objects may be touched: the longest that fits a key stands for it.
PREFIXES = (
    "processed/vehicles", "analytics/delay_metrics", "analytics/crowding_metrics", "staging/redshift",
    "dashboard/queries", "results", "published",
)  # fmt: skip
#: Actions that AWS cannot scope to a resource.
UNSCOPED = {
    "ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcEndpoints",
    "redshift:DescribeClusters", "redshift:DescribeClusterParameterGroups", "redshift:DescribeClusterSubnetGroups",
    "redshift:DescribeLoggingStatus", "redshift:DescribeOrderableClusterOptions", "servicequotas:ListServiceQuotas",
    "redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:CancelStatement",
    "redshift-data:ListStatements", "cloudwatch:ListMetrics", "cloudwatch:GetMetricData", "cloudwatch:PutMetricData",
    "cloudwatch:GetMetricStatistics", "redshift:DescribeClusterSnapshots",
    "cloudfront:ListDistributions", "cloudfront:ListCachePolicies",
    "ce:GetCostAndUsage", "pricing:GetProducts", "redshift:DescribeNodeConfigurationOptions",
}  # fmt: skip
#: Calls that need no permission.
FREE = {("sts", "GetCallerIdentity")}
_S3 = {
    "ListObjectsV2": "ListBucket", "HeadObject": "GetObject", "GetBucketEncryption": "GetEncryptionConfiguration",
    "ListObjects": "ListBucket", "HeadBucket": "ListBucket",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration", "DeleteObjects": "DeleteObject",
}  # fmt: skip
_PREFIX = {"cloudwatch": "cloudwatch", "service-quotas": "servicequotas"}


def arn(service: str, rest: str) -> str:
    """An ARN of the account and region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def action_of(service: str, operation: str) -> str:
    """The IAM action of an API operation; empty for what takes none."""
    if (service, operation) in FREE:
        return ""
    if service == "budgets":  # two actions for all of its operations
        return "budgets:ViewBudget" if operation.startswith("Describe") else "budgets:ModifyBudget"
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
    places = ["*"] if action in UNSCOPED else _RESOURCES[service](operation, given, tuple(workgroups))
    conditions = (_OURS,) if service == "s3" else _CONDITIONS.get(action, ())
    return [Need(action, resource, conditions, why) for resource in places] + _implied(action, given)


def _athena(_operation: str, given: Mapping[str, Any], workgroups: tuple[str, ...]) -> list[str]:
    named = given.get("WorkGroup") or given.get("Name")
    return [arn("athena", f"workgroup/{group}") for group in ([named] if named else workgroups)]


def _glue(operation: str, given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
    if operation.endswith("Database"):
        database = given.get("Name") or given["DatabaseInput"]["Name"]
        return [arn("glue", rest) for rest in ("catalog", f"database/{database}")]
    database = given["DatabaseName"]
    named = given.get("TableName") or given.get("Name") or given.get("TableInput", {}).get("Name")
    table = "*" if operation == "GetTables" or database == PUBLISHED else named
    return [arn("glue", rest) for rest in ("catalog", f"database/{database}", f"table/{database}/{table}")]


def _s3(operation: str, given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
    bucket = f"arn:aws:s3:::{given['Bucket']}"
    objects = given.get("Delete", {}).get("Objects")
    key = given.get("Key") or (objects and objects[0]["Key"])
    if key is None:
        return [bucket]
    fitting = [prefix for prefix in PREFIXES if key.startswith(f"{prefix}/")]
    if not fitting:
        raise SystemExit(f"s3:{operation} outside the known prefixes: {key}")
    return [f"{bucket}/{fitting[0]}/*"]


def _redshift(operation: str, given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
    if operation == "GetClusterCredentials":
        cluster = given["ClusterIdentifier"]
        return [
            arn("redshift", f"{kind}:{cluster}/{given[key]}")
            for kind, key in (("dbuser", "DbUser"), ("dbname", "DbName"))
        ]
    if "ResourceName" in given:  # of tags: an ARN
        return [given["ResourceName"]]
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
    if "PolicyArn" in given and "RoleName" not in given:
        return [given["PolicyArn"]]
    return [f"arn:aws:iam::{ACCOUNT}:role/{given['RoleName']}"]


def _named(service: str, *keys: str, before: str = "") -> Any:
    def resources(_operation: str, given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
        value = next(str(given[key]) for key in keys if key in given)
        return [value if value.startswith("arn:") else arn(service, f"{before}{value.lstrip('/')}")]

    return resources


def _alarm(_operation: str, given: Mapping[str, Any], _workgroups: tuple[str, ...]) -> list[str]:
    if "DashboardName" in given:  # of no region
        return [f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{given['DashboardName']}"]
    name = given.get("AlarmName") or f"{given['AlarmNamePrefix']}*"
    return [arn("cloudwatch", f"alarm:{re.sub('^smartroute-analytics-.*', 'smartroute-analytics-*', name)}")]


def _cloudfront(operation: str) -> str:
    kind = "cache-policy" if operation.endswith("CachePolicy") else "distribution"
    return f"arn:aws:cloudfront::{ACCOUNT}:{kind}/*"


def _budget_of(given: Mapping[str, Any]) -> str:
    return str(given.get("BudgetName") or given["Budget"]["BudgetName"])


_RESOURCES: dict[str, Any] = {
    "athena": _athena, "glue": _glue, "s3": _s3, "redshift": _redshift, "ec2": _ec2, "iam": _iam, "cloudwatch": _alarm,
    "cloudfront": lambda operation, *_: [_cloudfront(operation)],
    "budgets": lambda _, given, __: [f"arn:aws:budgets::{ACCOUNT}:budget/{_budget_of(given)}"],
    "lambda": _named("lambda", "FunctionName", before="function:"),
    "kms": lambda *_: [KEY],
    "redshift-data": lambda *_: [arn("redshift", "cluster:smartroute-analytics")],
    "secretsmanager": lambda *_: [SECRET],
    "sns": _named("sns", "TopicArn", "Name"),
    "ssm": _named("ssm", "Name", before="parameter/"),
    "scheduler": _named("scheduler", "Name", before="schedule/default/"),
}  # fmt: skip
_TAGGED: Condition = (("StringEquals", "aws:ResourceTag/project", "smartroute"),)
_OWN: Condition = (("StringEquals", "redshift-data:statement-owner-iam-userid", "${aws:userid}"),)
#: Buckets of this account: a bucket's name is free again once it is deleted (IAM user guide, "aws:ResourceAccount").
_OURS = ("StringEquals", "aws:ResourceAccount", ACCOUNT)
#: The key by its alias (KMS developer guide, "kms:ResourceAliases").
_ALIAS = ("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/smartroute")
#: What a role may ever do is capped: without this, whoever writes a role's policies may do everything. On these actions
#: AWS gives the key (service authorization reference, IAM): the boundary asked for, or the one that the role has.
_CAPPED: Condition = (("StringEquals", "iam:PermissionsBoundary", BOUNDARY),)
_CONDITIONS: dict[str, Condition] = {
    "kms:DescribeKey": (_ALIAS,),
    "iam:CreateRole": _CAPPED,
    "iam:PutRolePermissionsBoundary": _CAPPED,
    "iam:PutRolePolicy": _CAPPED,
    "iam:DeleteRolePolicy": _CAPPED,
    "iam:DetachRolePolicy": _CAPPED,
    "redshift-data:DescribeStatement": _OWN,
    "redshift-data:GetStatementResult": _OWN,
    "redshift-data:CancelStatement": _OWN,
    "cloudwatch:PutMetricData": (("StringEquals", "cloudwatch:namespace", "SmartRoute/Redshift"),),
    "ec2:AuthorizeSecurityGroupIngress": _TAGGED,
    "ec2:RevokeSecurityGroupIngress": _TAGGED,
}


def _key(action: str, services: str, why: str, *more: tuple[str, str, str]) -> Need:
    """A use of the key that a service makes in the caller's name, and only through that service."""
    via = ("StringEquals", "kms:ViaService", f"{services}.{REGION}.amazonaws.com")
    return Need(f"kms:{action}", KEY, tuple(sorted((*more, _ALIAS, via))), why)


def _pass(role: str, service: str, why: str) -> Need:
    where = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    return Need("iam:PassRole", where, (("StringEquals", "iam:PassedToService", service),), why)


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
        found += [Need("secretsmanager:GetSecretValue", SECRET, why=why), _key("Decrypt", "secretsmanager", why)]
        found += [_grant(service, why) for service in ("redshift", "redshift-data")]
    if given.get("Tags") and action == "iam:CreateRole":
        found.append(Need("iam:TagRole", _iam("", given, ())[0], why=why))
    return found


def _query(given: Mapping[str, Any], why: str) -> list[Need]:
    published = PUBLISHED in str(given.get("QueryString"))  # a copy is proven by itself
    database, prefixes = (PUBLISHED, PREFIXES[6:7]) if published else ("smartroute_analytics", PREFIXES[:3])
    tables = ("catalog", f"database/{database}", f"table/{database}/*")
    out = f"{LAKE}/staging/redshift/*" if "migration" in str(given.get("WorkGroup")) else f"{RESULTS}/results/*"
    buckets = sorted({LAKE, out.split("/")[0]})
    wanted = [
        *((f"glue:{a}", arn("glue", t), ()) for a in ("GetDatabase", "GetTable", "GetPartitions") for t in tables),
        *(("s3:GetObject", f"arn:aws:s3:::{LAKE}/{prefix}/*", (_OURS,)) for prefix in prefixes),
        *((f"s3:{a}", f"arn:aws:s3:::{out}", (_OURS,)) for a in ("PutObject", "GetObject", "AbortMultipartUpload")),
        *((f"s3:{a}", f"arn:aws:s3:::{b}", (_OURS,)) for a in ("ListBucket", "GetBucketLocation") for b in buckets),
    ]
    return [Need(*one, why=why) for one in wanted] + _encrypted(given, why)


def _encrypted(_given: Mapping[str, Any], why: str) -> list[Need]:
    return [_key(a, "s3", why) for a in ("Decrypt", "GenerateDataKey")]


def _grant(service: str, why: str) -> Need:
    """A grant to AWS itself, never to a person (KMS developer guide, "kms:GrantIsForAWSResource").

    Redshift makes one for the cluster, and one for statements of the Data API, whose text and results are kept under
    the cluster's key (Redshift management guide, "Using AWS KMS with the Amazon Redshift Data API").
    """
    return _key("CreateGrant", service, why, ("Bool", "kms:GrantIsForAWSResource", "true"))


def _cluster(_given: Mapping[str, Any], why: str) -> list[Need]:
    linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/redshift.amazonaws.com/AWSServiceRoleForRedshift"
    named = (("StringEquals", "iam:AWSServiceName", "redshift.amazonaws.com"),)
    managed = ("CreateSecret", "TagResource", "DescribeSecret", "RotateSecret")
    return [
        _pass("smartroute-redshift-copy", "redshift.amazonaws.com", why),
        *(_grant(service, why) for service in ("redshift", "secretsmanager")),
        # the secret's text is encrypted in the caller's name (Secrets Manager user guide, "Secret encryption")
        *(_key(a, "secretsmanager", why) for a in ("Decrypt", "GenerateDataKey")),
        Need("iam:CreateServiceLinkedRole", linked, named, why),
        *(Need(f"secretsmanager:{a}", SECRET, why=why) for a in managed),
    ]


def _passed_to_schedule(given: Mapping[str, Any], why: str) -> Need:
    return _pass(given["Target"]["RoleArn"].rpartition("/")[2], "scheduler.amazonaws.com", why)


_MADE: Condition = (("StringEquals", "ec2:CreateAction", "CreateSecurityGroup"),)
_TAKEN: dict[str, Callable[[Mapping[str, Any], str], list[Need]]] = {
    "athena:StartQueryExecution": _query,
    "s3:PutObject": _encrypted,
    "s3:GetObject": lambda _, why: [_key("Decrypt", "s3", why)],
    "secretsmanager:GetSecretValue": lambda _, why: [_key("Decrypt", "secretsmanager", why)],
    "redshift:CreateCluster": _cluster,
    "redshift:ModifyClusterIamRoles": lambda given, why: [
        _pass(role.rpartition("/")[2], "redshift.amazonaws.com", why) for role in given.get("AddIamRoles", ())
    ],
    "scheduler:CreateSchedule": lambda given, why: [_passed_to_schedule(given, why)],
    "scheduler:UpdateSchedule": lambda given, why: [_passed_to_schedule(given, why)],
    "ec2:CreateSecurityGroup": lambda _, why: [Need("ec2:CreateTags", arn("ec2", "security-group/*"), _MADE, why)],
}


def boundary() -> dict[str, Any]:
    """The most that any role of the runbook may ever do.

    Read the lake and the staging area, write aggregates, tell the alerts' topic, start the hourly ``sync``.
    """
    folders, why, published = PREFIXES[:4], "roles of the runbook", f"arn:aws:s3:::{LAKE}/{PREFIXES[6]}/*"
    return policy(
        [
            *(Need("s3:GetObject", f"arn:aws:s3:::{LAKE}/{prefix}/*", (_OURS,), why) for prefix in folders),
            *(Need(f"s3:{a}", f"arn:aws:s3:::{LAKE}", (_OURS,), why) for a in ("GetBucketLocation", "ListBucket")),
            *(Need(f"s3:{a}", published, (_OURS,), why) for a in ("PutObject", "AbortMultipartUpload")),
            *(_key(a, "s3", why) for a in ("Decrypt", "GenerateDataKey")),
            Need("sns:Publish", TOPIC, why=why),
            Need("lambda:InvokeFunction", arn("lambda", f"function:{SYNC_FUNCTION}"), why=why),
        ]
    )
