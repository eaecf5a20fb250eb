"""Identity policies evaluated: for COPY and UNLOAD, and for IAM's policy simulator.

An explicit Deny wins, then one Allow must match. Permission boundaries, organisation, session and resource policies are
not evaluated. Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators".
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

__all__ = ["allows", "decision", "may_access", "missing_keys", "policies_of"]

Context = Mapping[str, Sequence[str]]
_Test = Callable[[str, str], bool]


def _like(value: str, pattern: str) -> bool:
    return fnmatchcase(value, pattern.replace("[", "[[]"))


_OPERATORS: dict[str, _Test] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "NumericEquals": lambda value, wanted: float(value) == float(wanted),
    "NumericLessThanEquals": lambda value, wanted: float(value) <= float(wanted),
    "NumericGreaterThanEquals": lambda value, wanted: float(value) >= float(wanted),
}


def decision(documents: Sequence[str | Mapping[str, Any]], action: str, resource: str, context: Context | None) -> str:
    """``allowed``, ``explicitDeny`` or ``implicitDeny``.

    Args:
        documents: the policies, as text or parsed.
        action: such as ``s3:GetObject``.
        resource: an ARN, or ``*``.
        context: values of condition keys; None takes every condition as met.

    Raises:
        NotImplementedError: a condition operator that is not here.
    """
    effects = {s["Effect"] for s in _statements(documents) if _matches(s, action, resource, context)}
    return "explicitDeny" if "Deny" in effects else "allowed" if "Allow" in effects else "implicitDeny"


def missing_keys(documents: Sequence[str | Mapping[str, Any]], context: Context) -> list[str]:
    """Condition keys that the policies ask for and the context does not have."""
    given = {key.lower() for key in context}
    conditions = (statement.get("Condition", {}).values() for statement in _statements(documents))
    return sorted({key for keys in conditions for test in keys for key in test if key.lower() not in given})


def policies_of(arn: str) -> list[str]:
    """The identity policies of a role or user, inline and managed; KeyError if there is none such."""
    held = iam_backends[ACCOUNT]["aws"]
    owners = {owner.arn: owner for owner in (*held.get_roles(), *held.users.values())}
    owner = owners[arn]
    inline = owner.policies.values() if isinstance(owner.policies, dict) else owner.policies
    managed = owner.managed_policies.values()
    return [_text(document) for document in (*inline, *(policy.document for policy in managed))]


def allows(role_arn: str, action: str, resource: str) -> bool:
    """Whether the role's own policies allow an action on a resource, conditions taken as met."""
    try:
        documents = policies_of(role_arn)
    except KeyError:
        return False
    return decision(documents, action, resource, None) == "allowed"


def may_access(action: str, cluster: str) -> Callable[[str, str, str], str | None]:
    """A check of (role, bucket, key) for a cluster: None, or why the cluster may not do ``action`` with that role."""

    def check(role_arn: str, bucket: str, key: str) -> str | None:
        held = redshift_backends[ACCOUNT][REGION].clusters.get(cluster)
        if held is None or role_arn not in held.iam_roles_arn:
            return f"The requested role {role_arn} is not associated to cluster"
        if not allows(role_arn, action, f"arn:aws:s3:::{bucket}/{key}"):
            return f"Access Denied: {role_arn} has no {action} on s3://{bucket}/{key}"
        return None

    return check


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _statements(documents: Sequence[str | Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for document in documents:
        parsed = json.loads(document) if isinstance(document, str) else document
        found = parsed.get("Statement", [])
        yield from [found] if isinstance(found, dict) else found


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


def _condition(operator: str, values: list[str] | None, wanted: list[str], context: Context) -> bool:
    quantifier, _, rest = operator.rpartition(":")
    base = rest.removesuffix("IfExists")
    if base == "Null":
        return (values is None) == (wanted[0].lower() == "true")
    negated = base.startswith(("StringNot", "ArnNot", "NumericNot"))
    test = _OPERATORS.get(base.replace("Not", "", 1) if negated else base)
    if test is None:
        raise NotImplementedError(f"the condition operator {operator}")
    if values is None:
        return negated or rest.endswith("IfExists") or quantifier == "ForAllValues"
    held = [any(test(value, _filled(want, context)) for want in wanted) != negated for value in values]
    return all(held) if quantifier == "ForAllValues" or negated else any(held)


def _filled(pattern: str, context: Context | None) -> str:
    """Policy variables such as ``${aws:userid}``; unknown ones match nothing."""
    known = {key.lower(): values[0] for key, values in (context or {}).items() if values}
    return re.sub(r"\$\{([^}]+)\}", lambda name: known.get(name[1].lower(), "*" if context is None else ""), pattern)


def _listed(statement: Mapping[str, Any], name: str) -> list[str]:
    value = statement.get(name, [])
    return list(value) if isinstance(value, list | tuple) else [str(value)]
