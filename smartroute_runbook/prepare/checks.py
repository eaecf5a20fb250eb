"""What must be true before week 1, read one thing at a time; each check says ok, note or fail and what to do."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Literal

from smartroute_runbook.errors import UsageError
from smartroute_runbook.lake import read_table
from smartroute_runbook.lake.partitions import places
from smartroute_runbook.prices import price_book
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.run import Run

from .network import kms_key_arn, security_group_id, subnets, vpc_id
from .roles import lake_locations

__all__ = [
    "Said", "State", "bucket", "credentials", "history", "key", "network", "node", "offer", "quota", "tables",
    "versions", "workgroup",
]  # fmt: skip

State = Literal["ok", "note", "fail"]
Said = Iterator[tuple[State, str, str]]
LIBRARIES = ("boto3", "pyathena", "redshift-connector", "sqlglot", "pyarrow", "papermill")


def versions(run: Run) -> Said:  # noqa: ARG001
    """Python and the libraries that carry the data."""
    yield "ok", f"Python {platform.python_version()}, " + ", ".join(f"{n} {version(n)}" for n in LIBRARIES), ""


def node(run: Run) -> Said:
    """The node type and number against the price book."""
    chosen = run.settings.redshift
    node = price_book().node(chosen.node_type, chosen.nodes)
    price_text = f"{chosen.nodes} x {node.name}: ${node.usd.normalize():f} a node-hour as of {node.as_of}"
    yield "note" if node.unsure else "ok", price_text, "Check the price on AWS's page" if node.unsure else ""
    if grown := run.settings.tuning.nodes:
        price_book().node(chosen.node_type, grown)
    if chosen.nodes == 1:
        yield (
            "note",
            "a single node",
            "Not for production, no elastic resize, no concurrency scaling (management guide)",
        )


def credentials(run: Run) -> Said:
    """Who calls."""
    who = run.clients.boto("sts").get_caller_identity()
    yield "ok", f"account {who['Account']} as {who['Arn']}", ""


def tables(run: Run) -> Said:
    """The tables in Glue, what they are, where they lie; those of a kind that is not carried fail."""
    for name in run.settings.athena.tables:
        try:
            table = read_table(run, name)
            places(run, table)  # a partition that no engine can tell is told here
        except UsageError as error:
            yield "fail", error.what, str(error).removeprefix(error.what).lstrip(". ") or "Name another table"
            continue
        by = f"partitioned by {', '.join(table.keys)}" if table.keys else "without partitions"
        kind = "an Iceberg table" if table.kind == "iceberg" else table.format
        yield "ok", f"{table.database}.{name}: {kind}, {by}, at {table.location}", ""


def workgroup(run: Run) -> Said:
    """The dashboards' workgroup: enabled, with an output, publishing metrics."""
    athena, name = run.clients.boto("athena"), run.settings.athena.workgroup
    try:
        group = athena.get_work_group(WorkGroup=name)["WorkGroup"]
    except athena.exceptions.InvalidRequestException:
        raise UsageError(f"There is no workgroup '{name}'", hint="Correct athena.workgroup") from None
    settings = group["Configuration"]
    if group["State"] != "ENABLED":
        yield "fail", f"workgroup {name} is {group['State']}", "Enable it"
    if not settings.get("ResultConfiguration", {}).get("OutputLocation"):
        yield "fail", f"workgroup {name} has no output location", "Set one: the audit's queries need it"
    if not settings.get("PublishCloudWatchMetricsEnabled"):
        yield "note", f"workgroup {name} publishes no metrics", "Turn it on: the plan's alarms on Athena need them"
    cutoff = settings.get("BytesScannedCutoffPerQuery")
    cutoff_text = f"cuts a query at {cutoff / 1024**3:,.0f} GiB" if cutoff else "has no cut-off"
    enforced = (
        "enforces its settings" if settings.get("EnforceWorkGroupConfiguration") else "does not enforce its settings"
    )
    yield "ok", f"workgroup {name} {enforced}, {cutoff_text}", ""


def history(run: Run) -> Said:
    """Whether the query history can be read."""
    group = run.settings.athena.workgroup
    found = run.clients.boto("athena").list_query_executions(WorkGroup=group, MaxResults=50)
    ids = found["QueryExecutionIds"]
    if not ids:
        yield "fail", f"workgroup {group} has no query history", "Name the dashboards' workgroup in athena.workgroup"
        return
    run.clients.boto("athena").batch_get_query_execution(QueryExecutionIds=ids[:1])
    yield "ok", f"readable; {'more than ' if found.get('NextToken') else ''}{plural(len(ids), 'execution')}", ""


def bucket(run: Run) -> Said:
    """The lake's region, and whether its policy lets COPY read by presigned URLs."""
    s3 = run.clients.boto("s3")
    for bucket in sorted({bucket for bucket, _ in lake_locations(run).values()}):
        region = s3.get_bucket_location(Bucket=bucket).get("LocationConstraint") or "us-east-1"
        if region != run.settings.aws.region:
            hint = "COPY of Parquet needs the bucket in the cluster's region: set aws.region, or copy the lake"
            yield "fail", f"{bucket} is in {region}, not in {run.settings.aws.region}", hint
        objections = list(_objections(s3, bucket))
        for statement in objections:
            hint = "COPY of Parquet reads by presigned URLs, valid an hour: leave Redshift out of this statement"
            yield "fail", f"the policy of {bucket} may deny them in statement {statement}", hint
        if region == run.settings.aws.region and not objections:
            yield "ok", f"{bucket} is in {region}; its policy does not stand in COPY's way", ""


def _objections(s3: Any, bucket: str) -> Iterator[str]:
    """Statements that deny presigned URLs or requests from elsewhere than a VPC endpoint."""
    from botocore.exceptions import ClientError

    try:
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        return
    for number, statement in enumerate(policy["Statement"], 1):
        words = json.dumps(statement.get("Condition", {})).lower()
        keys = ("aws:sourcevpce", "aws:sourcevpc", "s3:signatureage", "s3:authtype")
        if statement["Effect"] == "Deny" and any(key in words for key in keys):
            yield str(statement.get("Sid", number))


def network(run: Run) -> Said:
    """VPC, subnets, the Lambda's security group, the way to S3."""
    names, vpc = run.settings.network, vpc_id(run)
    ec2 = run.clients.boto("ec2")
    found = ec2.describe_subnets(SubnetIds=sorted(subnets(run).values()))["Subnets"]
    zones = {subnet["AvailabilityZone"] for subnet in found}
    if len(zones) < 2:
        yield (
            "note",
            f"all subnets are in {', '.join(zones)}",
            "Two zones let the cluster be moved or restored elsewhere",
        )
    if security_group_id(run, names.lambda_security_group) is None:
        yield "fail", f"no security group '{names.lambda_security_group}'", "Correct network.lambda_security_group"
    service = f"com.amazonaws.{run.settings.aws.region}.s3"
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "service-name", "Values": [service]}]
    if not ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]:
        hint = "Enhanced VPC routing sends COPY through the VPC: make a gateway endpoint, or see that a NAT leads to S3"
        yield "note", f"{names.vpc} has no endpoint for S3", hint
    yield "ok", f"{names.vpc} with {plural(len(found), 'subnet')} in {plural(len(zones), 'zone')}", ""


def key(run: Run) -> Said:
    """The KMS key."""
    yield "ok", kms_key_arn(run), ""


def offer(run: Run) -> Said:
    """Whether the node type is offered here."""
    chosen = run.settings.redshift
    redshift = run.clients.boto("redshift")
    pages = redshift.get_paginator("describe_orderable_cluster_options").paginate(NodeType=chosen.node_type)
    zones = {z["Name"] for page in pages for o in page["OrderableClusterOptions"] for z in o["AvailabilityZones"]}
    if zones:
        yield "ok", f"{chosen.node_type} is offered in {', '.join(sorted(zones))}", ""
    else:
        yield "fail", f"{chosen.node_type} is not offered here", "Name another redshift.node_type"


def quota(run: Run) -> Said:
    """Redshift's nodes of the account, Athena's data queries at once and how long each may take (Service Quotas)."""
    nodes = _quota(run, "redshift", "nodes", "region")
    if nodes is None:
        yield "note", "no quota of nodes is told", "Look at Service Quotas, Amazon Redshift"
    elif nodes < run.settings.redshift.nodes:
        yield "fail", f"{plural(nodes, 'node is', 'nodes are')} allowed", "Ask for more in Service Quotas"
    else:
        yield "ok", f"{plural(nodes, 'Redshift node is', 'Redshift nodes are')} allowed", ""
    active, minutes = _quota(run, "athena", "active", "dml"), _quota(run, "athena", "dml", "timeout")
    if active is None or minutes is None:
        yield "note", "Athena's quotas of data queries are not told", "Look at Service Quotas, Amazon Athena"
    elif active <= run.settings.load.parallel:
        yield "fail", f"{plural(active, 'data query')} may run at once", "Lower load.parallel, or ask for more"
    else:
        yield (
            "ok",
            f"{plural(active, 'data query')} may run at once in Athena, each at most {plural(minutes, 'minute')}",
            "",
        )


def _quota(run: Run, service: str, *words: str) -> float | None:
    """The first quota whose name holds all words."""
    pages = run.clients.boto("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode=service)
    quotas = ((quota["QuotaName"].lower(), quota["Value"]) for page in pages for quota in page["Quotas"])
    return next((float(value) for name, value in quotas if all(word in name for word in words)), None)
