"""An IAM role as resources: who may take it on and what caps it, then all that it may do.

A role that the runbook makes carries the permissions boundary of ``aws.permissions_boundary``: whoever may make roles
and write their policies would otherwise be an administrator (IAM user guide, "Permissions boundaries for IAM
entities"). The boundary goes onto the role before anything else is changed: week 1's policy allows the rest only while
it is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .reconcile import Resource
from .run import Run

__all__ = ["Role", "trusting_redshift"]


@dataclass(frozen=True)
class Role:
    """A role with inline policies only.

    Attributes:
        name: of the role, in the account of the credentials.
        trust: who may take it on.
        policies: documents by name; no other inline policy, and none attached, stays on the role.
        tags: as IAM takes them.
    """

    name: str
    trust: Mapping[str, Any]
    policies: Mapping[str, Mapping[str, Any]]
    description: str
    tags: tuple[dict[str, str], ...] = ()

    def resources(self, run: Run, *, trusted: str, allowed: str) -> Iterator[Resource]:
        """Trust and boundary, then permissions.

        Args:
            run: whose account and parameters.
            trusted: why it is trusted so, in words.
            allowed: why it may do so much.
        """
        iam = run.clients.boto("iam")
        before = self._trust(iam)
        boundary = run.settings.aws.boundary_in(run.clients.caller().account)
        after = {"trust": self.trust, "boundary": boundary or (before or {}).get("boundary")}
        yield Resource(
            f"role {self.name}: trust and boundary", before, after, lambda: self._make(iam, before, after), trusted
        )
        wanted = {"policies": self.policies, "attached": []}
        held = None if before is None else self._permissions(iam)
        yield Resource(f"role {self.name}: permissions", held, wanted, lambda: self._allow(iam, held or {}), allowed)

    def _trust(self, iam: Any) -> dict[str, Any] | None:
        try:
            role = iam.get_role(RoleName=self.name)["Role"]
        except iam.exceptions.NoSuchEntityException:
            return None
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return {"trust": role["AssumeRolePolicyDocument"], "boundary": boundary}

    def _permissions(self, iam: Any) -> dict[str, Any] | None:
        names = [n for page in _pages(iam, "list_role_policies", self.name) for n in page["PolicyNames"]]
        attached = [
            entry["PolicyArn"]
            for page in _pages(iam, "list_attached_role_policies", self.name)
            for entry in page["AttachedPolicies"]
        ]
        if not names and not attached:
            return None
        found = {n: iam.get_role_policy(RoleName=self.name, PolicyName=n)["PolicyDocument"] for n in names}
        return {"policies": found, "attached": sorted(attached)}

    def _make(self, iam: Any, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
        trust, boundary = json.dumps(self.trust), after["boundary"]
        if before is None:
            capped = {"PermissionsBoundary": boundary} if boundary else {}
            tagged = {"Tags": list(self.tags)} if self.tags else {}
            iam.create_role(
                RoleName=self.name,
                AssumeRolePolicyDocument=trust,
                Description=self.description,
                **capped,
                **tagged,
            )
            return
        if boundary != before["boundary"]:
            iam.put_role_permissions_boundary(RoleName=self.name, PermissionsBoundary=boundary)
        if before["trust"] != self.trust:
            iam.update_assume_role_policy(RoleName=self.name, PolicyDocument=trust)

    def _allow(self, iam: Any, before: dict[str, Any]) -> None:
        for arn in before.get("attached", ()):
            iam.detach_role_policy(RoleName=self.name, PolicyArn=arn)
        for policy in before.get("policies", ()):
            if policy not in self.policies:
                iam.delete_role_policy(RoleName=self.name, PolicyName=policy)
        for policy, document in self.policies.items():
            iam.put_role_policy(RoleName=self.name, PolicyName=policy, PolicyDocument=json.dumps(document))


def trusting_redshift(run: Run) -> dict[str, Any]:
    """Who may take on a role for COPY or UNLOAD: Redshift, and only for users of this cluster.

    Redshift sends the ARN of the database user as ``sts:ExternalId`` (Redshift management guide, "Restricting access to
    IAM roles"), so that another cluster, or another account's, cannot make Redshift use the role. That guide says of no
    ``aws:SourceArn`` or ``aws:SourceAccount`` that they are sent then: a condition on a key that is not sent would
    refuse every COPY, so they are left out. Which users of the cluster may use the role is told in the database
    (``GRANT ASSUMEROLE``).
    """
    cluster, account = run.settings.redshift.cluster, run.clients.caller().account
    users = f"arn:aws:redshift:{run.settings.aws.region}:{account}:dbuser:{cluster}/*"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "redshift.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringLike": {"sts:ExternalId": users}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _pages(iam: Any, operation: str, role: str) -> Any:
    return iam.get_paginator(operation).paginate(RoleName=role)
