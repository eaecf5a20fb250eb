"""IAM's policy simulator and boundaries, and the rotation of a cluster's managed secret."""

from __future__ import annotations

import json
import secrets
from typing import Any

from moto.iam import iam_backends
from moto.redshift import redshift_backends
from moto.secretsmanager import secretsmanager_backends

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

from .iam_policy import boundary_of, decision, missing_keys, policies_of

__all__: list[str] = []


@operation("iam")
def simulate_custom_policy(call: Call) -> Any:
    """SimulateCustomPolicy: identity policies only."""
    return _simulated(call, list(call.params["PolicyInputList"]), [])


@operation("iam")
def simulate_principal_policy(call: Call) -> Any:
    """SimulatePrincipalPolicy: a role's or user's own policies and those given."""
    arn = call.params["PolicySourceArn"]
    try:
        policies, boundary = policies_of(arn), boundary_of(arn)
    except KeyError:
        raise ApiError("NoSuchEntity", f"The entity {arn} cannot be found.", 404) from None
    return _simulated(call, [*policies, *call.params.get("PolicyInputList", [])], boundary)


def _simulated(call: Call, documents: list[str], boundary: list[str]) -> dict[str, Any]:
    params = call.params
    for absent in ("ResourcePolicy", "OrderedOrganizationPolicyInputList"):
        if params.get(absent):
            raise NotImplementedError(f"simulation with {absent}")
    boundary = list(params.get("PermissionsBoundaryPolicyInputList") or boundary)
    for document in (*documents, *boundary):
        _check(document)
    context = {item["ContextKeyName"]: item["ContextKeyValues"] for item in params.get("ContextEntries", [])}
    results = [
        {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": decision(documents, action, resource, context, boundary),
            "MatchedStatements": [],
            "MissingContextValues": missing_keys(documents, context),
        }
        for action in params["ActionNames"]
        for resource in params.get("ResourceArns", ["*"])
    ]
    return {"EvaluationResults": results, "IsTruncated": False}


def _check(document: str) -> None:
    try:
        statements = json.loads(document)["Statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise ApiError("MalformedPolicyDocument", f"Syntax errors in policy: {error}") from None
    for statement in [statements] if isinstance(statements, dict) else statements:
        if statement.get("Effect") not in ("Allow", "Deny") or not {"Action", "NotAction"} & set(statement):
            raise ApiError("MalformedPolicyDocument", "A statement needs Effect, Action and Resource.")


@operation("iam")
def create_role(call: Call) -> Any:
    """CreateRole: a boundary that does not exist is refused."""
    return _bounded(call)


@operation("iam")
def put_role_permissions_boundary(call: Call) -> Any:
    """PutRolePermissionsBoundary, likewise."""
    return _bounded(call)


def _bounded(call: Call) -> Any:
    boundary = call.params.get("PermissionsBoundary")
    # moto keeps AWS's own policies apart: they exist, whatever they are called
    if boundary and ":iam::aws:" not in boundary and boundary not in iam_backends[call.account]["aws"].managed_policies:
        raise ApiError("NoSuchEntity", f"Scope ARN: {boundary} does not exist or is not attachable.", 404)
    return call.original()


@operation("secretsmanager")
def rotate_secret(call: Call) -> Any:
    """RotateSecret: a managed secret gets a new password at once; others go moto's way."""
    store = secretsmanager_backends[call.account][call.region]
    name = call.params["SecretId"]
    clusters = tuple(redshift_backends[call.account][call.region].clusters.values())
    if name not in {getattr(cluster, "master_password_secret_arn", None) for cluster in clusters}:
        return call.original()
    secret = json.loads(store.get_secret_value(name, "", "AWSCURRENT")["SecretString"])
    secret["password"] = f"Aa1{secrets.token_urlsafe(24)}"
    answer = store.put_secret_value(name, json.dumps(secret), None, None, ["AWSCURRENT"])
    return answer if isinstance(answer, str) else json.dumps(answer)
