"""Everything that must be true before week 1, each as one line: ok, or what to do."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

from ..errors import RunbookError, UsageError, explained
from ..prices import price_book
from ..run import Run
from ..settings import Settings
from ..views import Table, View
from .cluster import describe
from .network import kms_key_arn, security_group_id, subnets, vpc_id
from .roles import lake_locations

__all__ = ["Line", "Preflight", "preflight"]

State = Literal["ok", "note", "fail"]
LIBRARIES = ("boto3", "pyathena", "redshift-connector", "sqlglot", "pyarrow", "papermill")


@dataclass(frozen=True)
class Line:
    """One thing looked at: ``note`` does not stop anything, ``fail`` does."""

    name: str
    state: State
    said: str
    hint: str = ""


@dataclass(frozen=True)
class Preflight:
    """All lines."""

    environment: str
    lines: tuple[Line, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing stops week 1."""
        return all(line.state != "fail" for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        """``ready`` and the lines: name, state (ok, note, fail), said, hint."""
        return {"environment": self.environment, "ready": self.ready, "lines": [vars(line) for line in self.lines]}

    def view(self) -> View:
        """One row a line."""
        tones: Any = tuple({"ok": "good", "note": "plain", "fail": "bad"}[line.state] for line in self.lines)
        rows = tuple((line.state, line.name, line.said, line.hint) for line in self.lines)
        failed = sum(line.state == "fail" for line in self.lines)
        title = f"Preflight {self.environment}: " + (f"{failed} to mend" if failed else "ready")
        table = Table(("", "looked at", "found", "what to do"), rows, tones=tones)
        return View(title, (table,), "bad" if failed else "good")


def preflight(run: Run) -> Preflight:
    """Look at everything; one that fails does not keep the others from being looked at."""
    lines: list[Line] = []
    for name, check in CHECKS.items():
        try:
            with explained(name.capitalize()):
                lines += [Line(name, state, said, hint) for state, said, hint in check(run)]
        except RunbookError as error:
            wanted = f"expected {error.expected}. " if error.expected else ""
            hint = error.hint or "Correct the parameters, or ask for the permission that AWS names"
            lines.append(Line(name, "fail", error.what, wanted + hint))
    return Preflight(run.environment, tuple(lines))


Said = Iterator[tuple[State, str, str]]


def _versions(run: Run) -> Said:  # noqa: ARG001
    yield "ok", f"Python {platform.python_version()}, " + ", ".join(f"{n} {version(n)}" for n in LIBRARIES), ""


def _node(run: Run) -> Said:
    chosen = run.settings.redshift
    node = price_book().node(chosen.node_type, chosen.nodes)
    said = f"{chosen.nodes} x {node.name}: ${node.usd.normalize():f} a node-hour as of {node.as_of}"
    yield "note" if node.unsure else "ok", said, "Check the price on AWS's page" if node.unsure else ""
    if chosen.nodes == 1:
        yield (
            "note",
            "a single node",
            "Not for production, no elastic resize, no concurrency scaling (management guide)",
        )


def _credentials(run: Run) -> Said:
    who = run.clients.boto("sts").get_caller_identity()
    yield "ok", f"account {who['Account']} as {who['Arn']}", ""


def _tables(run: Run) -> Said:
    for name, (bucket, prefix) in lake_locations(run).items():
        yield "ok", f"{run.settings.athena.database}.{name} at s3://{bucket}/{prefix}/", ""


def _workgroup(run: Run) -> Said:
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
    said = f"cuts a query at {cutoff / 1024**3:,.0f} GiB" if cutoff else "has no cut-off"
    enforced = (
        "enforces its settings" if settings.get("EnforceWorkGroupConfiguration") else "does not enforce its settings"
    )
    yield "ok", f"workgroup {name} {enforced}, {said}", ""


def _history(run: Run) -> Said:
    group = run.settings.athena.workgroup
    found = run.clients.boto("athena").list_query_executions(WorkGroup=group, MaxResults=50)
    ids = found["QueryExecutionIds"]
    if not ids:
        yield "fail", f"workgroup {group} has no query history", "Name the dashboards' workgroup in athena.workgroup"
        return
    run.clients.boto("athena").batch_get_query_execution(QueryExecutionIds=ids[:1])
    yield "ok", f"readable; {'more than ' if found.get('NextToken') else ''}{len(ids)} executions", ""


def _bucket(run: Run) -> Said:
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


def _network(run: Run) -> Said:
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
    yield "ok", f"{names.vpc} with {len(found)} subnets in {len(zones)} zones", ""


def _key(run: Run) -> Said:
    yield "ok", kms_key_arn(run), ""


def _offer(run: Run) -> Said:
    chosen = run.settings.redshift
    redshift = run.clients.boto("redshift")
    pages = redshift.get_paginator("describe_orderable_cluster_options").paginate(NodeType=chosen.node_type)
    zones = {z["Name"] for page in pages for o in page["OrderableClusterOptions"] for z in o["AvailabilityZones"]}
    if zones:
        yield "ok", f"{chosen.node_type} is offered in {', '.join(sorted(zones))}", ""
    else:
        yield "fail", f"{chosen.node_type} is not offered here", "Name another redshift.node_type"


def _cluster(run: Run) -> Said:
    name = run.settings.redshift.cluster
    cluster = describe(run)
    if cluster is None:
        yield "note", f"there is no cluster '{name}' yet", "Week 1 proposes it"
        return
    yield "ok", f"{name} is {cluster['ClusterStatus']}, {cluster['NumberOfNodes']} x {cluster['NodeType']}", ""
    works = {transport: _reach(run, transport) for transport in ("driver", "data-api")}
    chosen = run.settings.redshift.transport
    for transport, problem in works.items():
        if not problem:
            yield "ok", f"reached by {transport}{' (redshift.transport)' if transport == chosen else ''}", ""
        else:
            other = "data-api" if transport == "driver" else "driver"
            hint = f"Set redshift.transport to {other}" if transport == chosen and not works[other] else ""
            yield "fail" if transport == chosen else "note", f"{transport}: {problem}", hint


def _reach(run: Run, transport: str) -> str:
    """Why the cluster cannot be reached by a transport from here; empty when it can."""
    from ..clients import Clients

    chosen: Settings = run.settings.model_copy(
        update={"redshift": run.settings.redshift.model_copy(update={"transport": transport, "timeout_seconds": 15})}
    )
    try:
        with explained(f"Connecting by {transport}"):
            session = Clients(chosen).redshift()
            session.query("SELECT 1")
            session.close()
    except (TimeoutError, RunbookError) as error:
        return getattr(error, "what", "") or "no answer within 15 s"
    return ""


def _quota(run: Run) -> Said:
    """Redshift's node quota of the account (service quota "Nodes per Region")."""
    pages = run.clients.boto("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="redshift")
    quotas = {q["QuotaName"]: q["Value"] for page in pages for q in page["Quotas"]}
    nodes = next(
        (value for name, value in quotas.items() if "nodes" in name.lower() and "region" in name.lower()), None
    )
    if nodes is None:
        yield "note", "no quota of nodes is told", "Look at Service Quotas, Amazon Redshift"
    elif nodes < run.settings.redshift.nodes:
        yield "fail", f"{nodes:,.0f} nodes are allowed", "Ask for more in Service Quotas"
    else:
        yield "ok", f"{nodes:,.0f} Redshift nodes are allowed", ""


def _lenient(check: Callable[[Run], Said]) -> Callable[[Run], Said]:
    """A check that may be beyond the caller's permissions without stopping anything."""

    def checked(run: Run) -> Said:
        try:
            with explained("Asking"):
                yield from list(check(run))
        except RunbookError as error:
            yield "note", f"cannot be told: {error.what}", ""

    return checked


CHECKS: dict[str, Callable[[Run], Said]] = {
    "versions": _versions,
    "node type": _node,
    "credentials": _credentials,
    "tables in Glue": _tables,
    "Athena workgroup": _workgroup,
    "query history": _history,
    "lake bucket": _bucket,
    "network": _network,
    "KMS key": _key,
    "node offer": _lenient(_offer),
    "node quota": _lenient(_quota),
    "cluster": _cluster,
}
