"""Identity policies evaluated: for COPY and UNLOAD, and for IAM's policy simulator.

An explicit Deny wins, then one Allow must match, and where there is a permissions boundary one of it too. Organisation,
session and resource policies are not evaluated. Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy
elements: Condition operators".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from moto.iam import iam_backends
from moto.redshift import redshift_backends

from smartroute_runbook.standins.account import ACCOUNT, REGION

__all__ = ["allows", "boundary_of", "decision", "missing_keys", "policies_of", "s3_access_check"]

Context = Mapping[str, Sequence[str]]
_Test = Callable[[str, str], bool]


def _like(value: str, pattern: str) -> bool:
    return fnmatchcase(value, pattern.replace("[", "[[]"))


_OPERATORS: dict[str, _Test] = {
    "StringEquals": lambda value, pattern: value == pattern,
    "StringEqualsIgnoreCase": lambda value, pattern: value.lower() == pattern.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda value, pattern: value.lower() == pattern.lower(),
    "NumericEquals": lambda value, pattern: float(value) == float(pattern),
    "NumericLessThanEquals": lambda value, pattern: float(value) <= float(pattern),
    "NumericGreaterThanEquals": lambda value, pattern: float(value) >= float(pattern),
}


def decision(
    documents: Sequence[str | Mapping[str, Any]],
    action: str,
    resource: str,
    context: Context | None,
    boundary: Sequence[str | Mapping[str, Any]] = (),
) -> str:
    """``allowed``, ``explicitDeny`` or ``implicitDeny``.

    Args:
        documents: the policies, as text or parsed.
        action: such as ``s3:GetObject``.
        resource: an ARN, or ``*``.
        context: values of condition keys; None takes every condition as met.
        boundary: the permissions boundary: what it does not allow is not allowed. None given: there is none.

    Raises:
        NotImplementedError: a condition operator that is not here.
    """
    effects = {s["Effect"] for s in _statements(documents) if _matches(s, action, resource, context)}
    own = "explicitDeny" if "Deny" in effects else "allowed" if "Allow" in effects else "implicitDeny"
    if not boundary or own == "explicitDeny":
        return own
    cap = decision(boundary, action, resource, context)
    return own if cap == "allowed" else cap


def missing_keys(documents: Sequence[str | Mapping[str, Any]], context: Context) -> list[str]:
    """Condition keys that the policies ask for and the context does not have."""
    names = {key.lower() for key in context}
    conditions = (statement.get("Condition", {}).values() for statement in _statements(documents))
    return sorted({key for keys in conditions for test in keys for key in test if key.lower() not in names})


def policies_of(arn: str) -> list[str]:
    """The identity policies of a role or user, inline and managed; KeyError if there is none such."""
    iam = iam_backends[ACCOUNT]["aws"]
    owners = {owner.arn: owner for owner in (*iam.get_roles(), *tuple(iam.users.values()))}
    owner = owners[arn]
    inline = owner.policies.values() if isinstance(owner.policies, dict) else owner.policies
    managed = owner.managed_policies.values()
    return [_text(document) for document in (*inline, *map(_in_force, managed))]


def _in_force(policy: Any) -> Any:
    """The document of a managed policy's default version."""
    return next(one.document for one in policy.versions if one.version_id == policy.default_version_id)


def boundary_of(arn: str) -> list[str]:
    """The permissions boundary of a role, as a list of one document; empty where it has none.

    Raises:
        KeyError: the policy that is named as its boundary does not exist.
    """
    iam = iam_backends[ACCOUNT]["aws"]
    named = {role.arn: role.permissions_boundary_arn for role in iam.get_roles()}.get(arn)
    return [_text(_in_force(iam.managed_policies[named]))] if named else []


def allows(role_arn: str, action: str, resource: str) -> bool:
    """Whether the role's own policies and its boundary allow an action on a resource, conditions taken as met."""
    try:
        documents, boundary = policies_of(role_arn), boundary_of(role_arn)
    except KeyError:
        return False
    return decision(documents, action, resource, None, boundary) == "allowed"


def s3_access_check(action: str, cluster: str) -> Callable[[str, str, str, str], str | None]:
    """A check of (role, bucket, key, database user) for a cluster: None, or why ``action`` is denied."""

    def check(role_arn: str, bucket: str, key: str, user: str) -> str | None:
        managed = redshift_backends[ACCOUNT][REGION].clusters.get(cluster)
        if managed is None or role_arn not in managed.iam_roles_arn:
            return f"The requested role {role_arn} is not associated to cluster"
        who = f"arn:aws:redshift:{REGION}:{ACCOUNT}:dbuser:{cluster}/{user}"
        if not _trusted(role_arn, who):
            return f"User {who} is not authorized to assume IAM Role {role_arn}"
        if not allows(role_arn, action, f"arn:aws:s3:::{bucket}/{key}"):
            return f"Access Denied: {role_arn} has no {action} on s3://{bucket}/{key}"
        return None

    return check


def _trusted(role_arn: str, user: str) -> bool:
    """Whether a role's trust policy lets Redshift take it on for a database user.

    Redshift sends the user's ARN as ``sts:ExternalId``, and may be named with its region (Redshift management guide,
    "Restricting access to IAM roles", "Restricting an IAM role to an AWS Region").
    """
    role = next((r for r in iam_backends[ACCOUNT]["aws"].get_roles() if r.arn == role_arn), None)
    if role is None:
        return False
    services = {"redshift.amazonaws.com", f"redshift.{REGION}.amazonaws.com"}
    context = {"sts:ExternalId": [user]}
    for statement in _statements([_text(role.assume_role_policy_document)]):
        principal = statement.get("Principal", {})
        named = principal if isinstance(principal, dict) else {}
        ours = bool(services & set(_listed(named, "Service")))
        if ours and statement["Effect"] == "Allow" and _conditions(statement.get("Condition", {}), context):
            return True
    return False


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _statements(documents: Sequence[str | Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for document in documents:
        parsed = json.loads(document) if isinstance(document, str) else document
        statements = parsed.get("Statement", [])
        yield from [statements] if isinstance(statements, dict) else statements


def _matches(statement: Mapping[str, Any], action: str, resource: str, context: Context | None) -> bool:
    if "NotAction" in statement:
        act = not any(_like(action.lower(), pattern.lower()) for pattern in _listed(statement, "NotAction"))
    else:
        act = any(_like(action.lower(), pattern.lower()) for pattern in _listed(statement, "Action"))
    if "NotResource" in statement:
        place = not any(_like(resource, _filled(p, context)) for p in _listed(statement, "NotResource"))
    else:
        place = any(_like(resource, _filled(p, context)) for p in _listed(statement, "Resource"))
    return act and place and (context is None or _conditions(statement.get("Condition", {}), context))


def _conditions(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    known = {key.lower(): list(values) for key, values in context.items()}
    return all(
        _condition(operator, known.get(key.lower()), _listed(test, key), context)
        for operator, test in conditions.items()
        for key in test
    )


def _condition(operator: str, values: list[str] | None, patterns: list[str], context: Context) -> bool:
    quantifier, _, rest = operator.rpartition(":")
    base = rest.removesuffix("IfExists")
    if base == "Null":
        return (values is None) == (patterns[0].lower() == "true")
    negated = base.startswith(("StringNot", "ArnNot", "NumericNot"))
    test = _OPERATORS.get(base.replace("Not", "", 1) if negated else base)
    if test is None:
        raise NotImplementedError(f"the condition operator {operator}")
    if values is None:
        return negated or rest.endswith("IfExists") or quantifier == "ForAllValues"
    matches = [any(test(value, _filled(want, context)) for want in patterns) != negated for value in values]
    return all(matches) if quantifier == "ForAllValues" or negated else any(matches)


def _filled(pattern: str, context: Context | None) -> str:
    """Policy variables such as ``${aws:userid}``; unknown ones match nothing."""
    known = {key.lower(): values[0] for key, values in (context or {}).items() if values}
    return re.sub(r"\$\{([^}]+)\}", lambda name: known.get(name[1].lower(), "*" if context is None else ""), pattern)


def _listed(statement: Mapping[str, Any], name: str) -> list[str]:
    value = statement.get(name, [])
    return list(value) if isinstance(value, list | tuple) else [str(value)]
