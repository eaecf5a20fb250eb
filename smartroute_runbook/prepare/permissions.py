"""May the caller do what each week does? The policies of ``docs/policies``, simulated for the caller by IAM."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from smartroute_runbook.environment.working_folder import shipped
from smartroute_runbook.errors import explained
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.run import Run

from .checks import Said
from .roles import lake_locations

__all__ = ["WEEKS", "boundary", "boundary_policy", "denied", "permissions", "policies", "principal", "tailored"]

#: What the policies were recorded with; each is replaced by what the parameters and the account say.
ACCOUNT, REGION, OPERATOR = "123456789012", "us-east-1", "user/rehearsal"
WEEKS = ("week1", "week2", "week3", "week4", "rollback")


@cache
def policies() -> dict[str, dict[str, Any]]:
    """The policy of each week, as shipped: in the wheel, or in the checkout."""
    return {week: _shipped(week) for week in WEEKS}


@cache
def boundary_policy() -> dict[str, Any]:
    """What caps the roles that the runbook makes, as shipped: an administrator makes it a managed policy."""
    return _shipped("boundary")


def _shipped(name: str) -> dict[str, Any]:
    path = shipped() / "docs" / "policies" / f"{name}.json"
    policy: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return policy


def tailored(run: Run, account: str, caller: str) -> dict[str, dict[str, Any]]:
    """The policies with this account, region, caller, and the names in the parameters.

    Args:
        run: whose parameters.
        account: twelve digits.
        caller: the ARN of the user or role that calls.
    """
    text = json.dumps(policies())
    text = text.replace(f"arn:aws:iam::{ACCOUNT}:{OPERATOR}", caller)
    capped = run.settings.aws.boundary_in(account)
    if capped:
        text = text.replace(f"arn:aws:iam::{ACCOUNT}:policy/smartroute-boundary", capped)
    for old, new in _names(run):
        text = text.replace(old, new)
    text = text.replace(ACCOUNT, account).replace(f":{REGION}:", f":{run.settings.aws.region}:")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found if capped else {week: _uncapped(document) for week, document in found.items()}


def _uncapped(document: dict[str, Any]) -> dict[str, Any]:
    """A policy for roles without a boundary."""
    capped = '"iam:PermissionsBoundary"'
    statements = [
        {key: value for key, value in statement.items() if key != "Condition" or capped not in json.dumps(value)}
        for statement in document["Statement"]
    ]
    return {**document, "Statement": statements}


def _names(run: Run) -> Iterator[tuple[str, str]]:
    """Buckets, prefixes and names of the rehearsal, each with the one of this run; longer names first."""
    settings = run.settings
    lake, prefixes = f"smartroute-data-lake-{ACCOUNT}", {}
    for table, (bucket, prefix) in lake_locations(run).items():
        prefixes[table] = prefix
        yield lake, bucket
        lake = bucket
    for table, folder in (("vehicles", "processed"), ("delay_metrics", "analytics"), ("crowding_metrics", "analytics")):
        if table in prefixes:
            yield f"{lake}/{folder}/{table}/", f"{lake}/{prefixes[table]}/"
    yield f"{lake}/staging/redshift/", f"{lake}/{settings.load.staging.strip('/')}/"
    yield f"{lake}/published/", f"{lake}/{settings.publish.prefix.strip('/')}/"
    group = run.clients.boto("athena").get_work_group(WorkGroup=settings.athena.workgroup)["WorkGroup"]
    output = group["Configuration"].get("ResultConfiguration", {}).get("OutputLocation", "")
    bucket, _, prefix = output.removeprefix("s3://").partition("/")
    if bucket:
        yield f"smartroute-athena-results-{ACCOUNT}/results/", f"{bucket}/{prefix.strip('/')}/".replace("//", "/")
        yield f"smartroute-athena-results-{ACCOUNT}", bucket
    yield ":workgroup/smartroute-analytics", f":workgroup/{settings.athena.workgroup}"
    yield ":workgroup/smartroute-migration", f":workgroup/{settings.athena.migration_workgroup}"
    yield ":cluster:smartroute-analytics", f":cluster:{settings.redshift.cluster}"
    yield "redshift!smartroute-analytics", f"redshift!{settings.redshift.cluster}"
    redshift = settings.redshift
    yield ":dbuser:smartroute-analytics/smartroute_admin", f":dbuser:{redshift.cluster}/{redshift.master_user}"
    yield ":dbname:smartroute-analytics/smartroute", f":dbname:{redshift.cluster}/{redshift.database}"
    yield ":parametergroup:smartroute-analytics", f":parametergroup:{settings.redshift.parameter_group}"
    yield ":subnetgroup:smartroute-redshift", f":subnetgroup:{settings.network.subnet_group}"
    yield ":role/smartroute-redshift-copy", f":role/{settings.redshift.copy_role}"
    yield ":role/smartroute-redshift-publish", f":role/{settings.publish.role}"
    yield ":database/smartroute_published", f":database/{settings.publish.database}"
    yield ":table/smartroute_published/", f":table/{settings.publish.database}/"
    yield ":database/smartroute_analytics", f":database/{settings.athena.database}"
    yield ":table/smartroute_analytics/", f":table/{settings.athena.database}/"
    yield ":smartroute-alerts", f":{settings.alarms.topic}"
    for kind in (":alarm:", ":dashboard/", ":budget/", ":schedule/default/"):
        yield f"{kind}smartroute-analytics", f"{kind}{settings.redshift.cluster}"
    yield ":function:smartroute-sync", f":function:{settings.load.sync_function or 'smartroute-sync'}"
    if settings.network.kms_key.startswith("alias/"):
        yield "alias/smartroute", settings.network.kms_key


def principal(run: Run, arn: str) -> str:
    """The user or role behind a caller's ARN: a session of a role is asked for as its role, path included."""
    session = re.fullmatch(r"arn:(aws[\w-]*):sts::(\d+):assumed-role/([^/]+)/.+", arn)
    if session is None:
        return arn
    from botocore.exceptions import ClientError

    try:
        return str(run.clients.boto("iam").get_role(RoleName=session[3])["Role"]["Arn"])
    except ClientError:  # not allowed to read its own role: right for roles without a path
        return f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}"


def denied(iam: Any, documents: Mapping[str, Mapping[str, Any]], *, caller: str, user_id: str) -> dict[str, list[str]]:
    """What the caller may not do of each policy, as ``action on resource``.

    The policies of the weeks have much in common: what is asked of the same resources under the same conditions is one
    question to the simulator, which answers slowly and not often in a second.

    Raises:
        ClientError: the simulator may not be asked.
    """
    asked: dict[str, dict[str, Any]] = {}
    for document in documents.values():
        for statement in document["Statement"]:
            one = asked.setdefault(_about(statement), {"statement": statement, "actions": set()})
            one["actions"] |= set(statement["Action"])
    refused: dict[str, list[tuple[str, str]]] = {}
    for about, one in asked.items():
        pages = iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=caller,
            ActionNames=sorted(one["actions"]),
            ResourceArns=one["statement"]["Resource"],
            ContextEntries=_context(one["statement"].get("Condition", {}), user_id),
        )
        results = [result for page in pages for result in page["EvaluationResults"]]
        refused[about] = [
            (result["EvalActionName"], result["EvalResourceName"])
            for result in results
            if result["EvalDecision"] != "allowed"
        ]
    return {
        name: [
            f"{action} on {resource}"
            for statement in document["Statement"]
            for action, resource in refused[_about(statement)]
            if action.lower() in map(str.lower, statement["Action"])
        ]
        for name, document in documents.items()
    }


def _about(statement: Mapping[str, Any]) -> str:
    """The resources and conditions of a statement, as one key."""
    return json.dumps([statement["Resource"], statement.get("Condition", {})], sort_keys=True)


def _context(conditions: Mapping[str, Mapping[str, str]], user_id: str) -> list[dict[str, Any]]:
    """The context under which a statement's conditions hold, as the simulator takes it."""
    kinds = {"Bool": "boolean", "ForAnyValue:StringEquals": "stringList"}
    entries = [
        {
            "ContextKeyName": key,
            "ContextKeyValues": [value.replace("${aws:userid}", user_id)],
            "ContextKeyType": kinds.get(operator, "string"),
        }
        for operator, test in conditions.items()
        for key, value in test.items()
    ]
    who = {"ContextKeyName": "aws:userid", "ContextKeyValues": [user_id], "ContextKeyType": "string"}
    return [*entries, who] if entries else []


def boundary(run: Run) -> Said:
    """Whether the policy that caps the roles is there."""
    arn = run.settings.aws.boundary_in(run.clients.caller().account)
    if arn is None:
        yield "note", "roles are made without one (aws.permissions_boundary is null)", _UNCAPPED
        return
    iam = run.clients.boto("iam")
    try:
        iam.get_policy(PolicyArn=arn)
    except iam.exceptions.NoSuchEntityException:
        hint = "An administrator makes it from docs/policies/boundary.json, with your names"
        yield "fail", f"there is no policy {arn}, which caps every role made here", hint
        return
    yield "ok", f"{arn} caps every role made here", ""


_UNCAPPED = "Whoever may make roles and write their policies may do everything: name a boundary"


def permissions(run: Run) -> Said:
    """Each week's policy simulated for the caller; what lacks for week 1 stops it, what lacks later is a note."""
    who = run.clients.boto("sts").get_caller_identity()
    if who["Arn"].endswith(":root"):
        yield "note", "the account's root user may do everything", "Use a role with the policies of docs/permissions.md"
        return
    caller = principal(run, who["Arn"])
    documents, iam = tailored(run, who["Account"], caller), run.clients.boto("iam")
    with explained("Simulating the policies"):
        denials = denied(iam, {week: documents[week] for week in WEEKS}, caller=caller, user_id=who["UserId"])
    for week, lacking in denials.items():
        actions = sum(len(s["Action"]) * len(s["Resource"]) for s in documents[week]["Statement"])
        if not lacking:
            yield "ok", f"{week}: all {plural(actions, 'permission')} (simulated by IAM)", ""
            continue
        some = "; ".join(lacking[:3]) + (f" and {len(lacking) - 3} more" if len(lacking) > 3 else "")
        hint = f"Attach docs/policies/{week}.json with your names" + ("" if week == "week1" else f", before {week}")
        yield ("fail" if week == "week1" else "note"), f"{week}: not allowed {some}", hint
