"""What AWS would look at when a call arrives: actions, concrete resources and the context of the request.

Written from the service authorization reference and the state of the stand-ins, without the rules that make the
policies: these take each condition as met by its own call, here it is met or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from smartroute_runbook.engines.clients import SERVICES, Clients
from smartroute_runbook.standins.services.iam_policy import decision

ACCOUNT, REGION = "123456789012", "us-east-1"
Asked = tuple[str, str, dict[str, list[str]]]
FREE = {"sts"}
S3_ACTIONS = {
    "ListObjectsV2": "ListBucket", "HeadObject": "GetObject", "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
}  # fmt: skip
REDSHIFT_PLACES = {
    "ClusterIdentifier": "cluster", "ParameterGroupName": "parametergroup", "ClusterSubnetGroupName": "subnetgroup",
    "ScheduleIdentifier": "snapshotschedule",
}  # fmt: skip


def arn(service: str, rest: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{rest}"


def role_arn(name: str) -> str:
    return arn("iam", f"role/{name}", region="")


class World:
    """The state that contexts are read from, with a client that may do everything."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self.client = client

    def asked(self, service: str, operation: str, given: dict[str, Any]) -> Iterator[Asked]:
        """What AWS asks of the caller's policies for one call."""
        if service not in FREE:
            yield from getattr(self, "_" + service.replace("-", "_"), self._plain)(service, operation, given)

    def _plain(self, service: str, operation: str, given: dict[str, Any]) -> Iterator[Asked]:
        prefix = {"service-quotas": "servicequotas"}.get(service, service)
        named = next((given[key] for key in ("TopicArn", "SecretId", "Name", "AlarmName") if key in given), None)
        place = {"sns": "{}", "ssm": "parameter/{}", "scheduler": "schedule/default/{}", "cloudwatch": "alarm:{}"}
        if named is None or service not in (*place, "secretsmanager"):
            resource = "*"
        elif str(named).startswith("arn:"):
            resource = str(named)
        else:
            resource = arn(service, place[service].format(str(named).lstrip("/")))
        context = {"cloudwatch:namespace": [given["Namespace"]]} if operation == "PutMetricData" else {}
        yield f"{prefix}:{operation}", resource, context
        if operation in ("CreateSchedule", "UpdateSchedule"):
            yield self._passed(given["Target"]["RoleArn"], "scheduler.amazonaws.com")

    def _passed(self, role: str, service: str) -> Asked:
        return "iam:PassRole", role, {"iam:PassedToService": [service]}

    def _s3(self, _service: str, operation: str, given: dict[str, Any]) -> Iterator[Asked]:
        if operation == "DeleteObjects":
            for one in given["Delete"]["Objects"]:
                place = f"arn:aws:s3:::{given['Bucket']}/{one['Key']}"
                yield "s3:DeleteObject", place, {"aws:ResourceAccount": [ACCOUNT]}
            return
        place = f"arn:aws:s3:::{given['Bucket']}" + (f"/{given['Key']}" if "Key" in given else "")
        yield f"s3:{S3_ACTIONS.get(operation, operation)}", place, {"aws:ResourceAccount": [ACCOUNT]}

    def _athena(self, _service: str, operation: str, given: dict[str, Any]) -> Iterator[Asked]:
        ids = given.get("QueryExecutionIds", [given["QueryExecutionId"]] if "QueryExecutionId" in given else [])
        groups = [given.get("WorkGroup") or given.get("Name")] if not ids else []
        for one in ids:
            found = self.client("athena").get_query_execution(QueryExecutionId=one)
            groups.append(found["QueryExecution"]["WorkGroup"])
        for group in groups:
            yield f"athena:{operation}", arn("athena", f"workgroup/{group}"), {}

    def _glue(self, _service: str, operation: str, given: dict[str, Any]) -> Iterator[Asked]:
        if operation.endswith("Database"):
            name = given.get("Name") or given["DatabaseInput"]["Name"]
            for rest in ("catalog", f"database/{name}"):
                yield f"glue:{operation}", arn("glue", rest), {}
            return
        database, made = given["DatabaseName"], given.get("TableInput", {}).get("Name")
        table = given.get("TableName") or given.get("Name") or made or "*"
        for rest in ("catalog", f"database/{database}", f"table/{database}/{table}"):
            yield f"glue:{operation}", arn("glue", rest), {}

    def _cloudfront(self, _service: str, operation: str, _given: dict[str, Any]) -> Iterator[Asked]:
        kind = "cache-policy" if operation.endswith("CachePolicy") else "distribution"
        place = "*" if operation.startswith("List") else f"arn:aws:cloudfront::{ACCOUNT}:{kind}/E1"
        yield f"cloudfront:{operation}", place, {}

    def _ec2(self, _service: str, operation: str, given: dict[str, Any]) -> Iterator[Asked]:
        if operation.startswith("Describe"):
            yield f"ec2:{operation}", "*", {}
        elif operation == "CreateSecurityGroup":
            for rest in ("security-group/sg-new", f"vpc/{given['VpcId']}"):
                yield "ec2:CreateSecurityGroup", arn("ec2", rest), {}
            yield "ec2:CreateTags", arn("ec2", "security-group/sg-new"), {"ec2:CreateAction": ["CreateSecurityGroup"]}
        else:
            group = self.client("ec2").describe_security_groups(GroupIds=[given["GroupId"]])["SecurityGroups"][0]
            tags = {f"aws:ResourceTag/{tag['Key']}": [tag["Value"]] for tag in group.get("Tags", [])}
            yield f"ec2:{operation}", arn("ec2", f"security-group/{given['GroupId']}"), tags

    def _kms(self, _service: str, operation: str, given: dict[str, Any]) -> Iterator[Asked]:
        yield f"kms:{operation}", *self._key(given["KeyId"])

    def _key(self, name: str) -> tuple[str, dict[str, list[str]]]:
        key = self.client("kms").describe_key(KeyId=name)["KeyMetadata"]
        aliases = self.client("kms").list_aliases(KeyId=key["KeyId"])["Aliases"]
        return key["Arn"], {"kms:ResourceAliases": [alias["AliasName"] for alias in aliases]}

    def _iam(self, _service: str, operation: str, given: dict[str, Any]) -> Iterator[Asked]:
        if operation == "SimulatePrincipalPolicy":
            yield "iam:SimulatePrincipalPolicy", given["PolicySourceArn"], {}
            return
        if "RoleName" not in given:
            yield f"iam:{operation}", given["PolicyArn"], {}
            return
        capped = given.get("PermissionsBoundary") or self._boundary(given["RoleName"])
        yield f"iam:{operation}", role_arn(given["RoleName"]), {"iam:PermissionsBoundary": [capped]} if capped else {}
        if given.get("Tags"):
            yield "iam:TagRole", role_arn(given["RoleName"]), {}

    def _boundary(self, role: str) -> str | None:
        iam = self.client("iam")
        try:
            found = iam.get_role(RoleName=role)["Role"]
        except iam.exceptions.NoSuchEntityException:
            return None
        return found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")

    def _redshift(self, _service: str, operation: str, given: dict[str, Any]) -> Iterator[Asked]:
        unscoped = operation.startswith("Describe") and operation not in (
            "DescribeClusterParameters", "DescribeUsageLimits", "DescribeSnapshotSchedules",
        )  # fmt: skip
        place = given.get("ResourceName") or next(
            (arn("redshift", f"{kind}:{given[key]}") for key, kind in REDSHIFT_PLACES.items() if key in given), "*"
        )
        if operation == "GetClusterCredentials":
            for kind, key in (("dbuser", "DbUser"), ("dbname", "DbName")):
                yield (
                    "redshift:GetClusterCredentials",
                    arn("redshift", f"{kind}:{given['ClusterIdentifier']}/{given[key]}"),
                    {},
                )
            return
        if "UsageLimit" in operation:
            place = arn("redshift", "usagelimit:0a1b")
        yield f"redshift:{operation}", "*" if unscoped else place, {}
        if given.get("Tags") and operation.startswith("Create") and operation != "CreateTags":
            yield "redshift:CreateTags", place, {}
        for role in (*given.get("IamRoles", ()), *given.get("AddIamRoles", ())):
            yield self._passed(role, "redshift.amazonaws.com")
        if given.get("KmsKeyId"):
            key, context = self._key(given["KmsKeyId"])
            context |= {"kms:GrantIsForAWSResource": ["true"], "kms:ViaService": [f"redshift.{REGION}.amazonaws.com"]}
            yield "kms:CreateGrant", key, context

    def _redshift_data(self, _service: str, operation: str, given: dict[str, Any]) -> Iterator[Asked]:
        owner = {"redshift-data:statement-owner-iam-userid": ["AIDA1"], "aws:userid": ["AIDA1"]}
        by_statement = "Id" in given
        place = (
            "*" if by_statement or operation == "ListStatements" else arn("redshift", "cluster:smartroute-analytics")
        )
        yield f"redshift-data:{operation}", place, owner if by_statement else {}


class Enforced:
    """Every call of the product's clients is held against policies, as it is made; what is denied fails as on AWS.

    Args:
        world: where contexts come from.
        documents: the caller's policies.
    """

    def __init__(self, world: World, *documents: dict[str, Any]) -> None:
        self.world, self.documents = world, documents
        self.allowed: list[Asked] = []
        self.denied: list[str] = []

    def attach(self, clients: Clients) -> Enforced:
        for service in SERVICES:  # an opened run has made them all
            clients.boto(service).meta.events.register_last("before-parameter-build", self._held)
        return self

    def _held(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        for action, resource, context in self.world.asked(model.service_model.service_name, model.name, params):
            if decision(self.documents, action, resource, context) == "allowed":
                self.allowed.append((action, resource, context))
                continue
            self.denied.append(f"{action} on {resource} with {context}")
            answer = {"Error": {"Code": "AccessDenied", "Message": f"not authorized to perform: {action}"}}
            raise ClientError(answer, model.name)
