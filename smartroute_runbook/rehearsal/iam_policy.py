"""Whether a role may touch an object: the part of IAM that COPY and UNLOAD meet.

Identity policies only, inline and managed: an explicit Deny wins, then one Allow must match. Conditions, permission
boundaries, session policies and bucket policies are not evaluated; a statement with conditions counts as if they held.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from moto.iam import iam_backends
from moto.redshift import redshift_backends

from .control_plane import ACCOUNT, REGION

__all__ = ["allows", "may_access"]


def allows(role_arn: str, action: str, resource: str) -> bool:
    """Whether the role's own policies allow an action such as ``s3:GetObject`` on a resource's ARN."""
    role = next((role for role in iam_backends[ACCOUNT]["aws"].get_roles() if role.arn == role_arn), None)
    if role is None:
        return False
    effects = [s["Effect"] for s in _statements(role) if _matches(s, action, resource)]
    return "Deny" not in effects and "Allow" in effects


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


def _statements(role: Any) -> Iterator[dict[str, Any]]:
    inline = role.policies.values()
    managed = (policy.document for policy in role.managed_policies.values())
    for document in (*inline, *managed):
        parsed = json.loads(document) if isinstance(document, str) else document
        found = parsed.get("Statement", [])
        yield from [found] if isinstance(found, dict) else found


def _matches(statement: dict[str, Any], action: str, resource: str) -> bool:
    actions, resources = _listed(statement, "Action"), _listed(statement, "Resource")
    act = any(fnmatchcase(action.lower(), pattern.lower()) for pattern in actions)
    if "NotAction" in statement:
        act = not any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(statement, "NotAction"))
    return act and any(fnmatchcase(resource, pattern) for pattern in resources)


def _listed(statement: dict[str, Any], name: str) -> list[str]:
    value = statement.get(name, [])
    return [value] if isinstance(value, str) else list(value)
