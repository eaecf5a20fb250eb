"""The role with which Redshift reads the lake: only Redshift may take it on, only the lake's prefixes may be read."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any, ClassVar

from smartroute_runbook.errors import UsageError
from smartroute_runbook.lake.encryption import default_key
from smartroute_runbook.lake.files import split
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.roles import Role, trusting_redshift
from smartroute_runbook.runs.run import Run

from .network import tags

__all__ = ["CopyRole", "copy_policy", "lake_locations", "own_prefixes", "role_arn"]

POLICY = "read-lake"


def lake_locations(run: Run) -> dict[str, tuple[str, str]]:
    """Bucket and prefix (without a slash at its end) of each table, from Glue.

    Raises:
        UsageError: a table is missing, or lies outside S3.
    """
    glue, athena = run.clients.boto("glue"), run.settings.athena
    found = {}
    for name in athena.tables:
        try:
            table = glue.get_table(DatabaseName=athena.database, Name=name)["Table"]
        except glue.exceptions.EntityNotFoundException:
            raise UsageError(
                f"Glue has no table '{athena.database}.{name}'", hint="Correct athena.database or athena.tables"
            ) from None
        location = str(table["StorageDescriptor"]["Location"])
        if not location.startswith(("s3://", "s3a://", "s3n://")):
            raise UsageError(f"Table '{name}' lies at {location}", expected="an S3 location")
        bucket, prefix = split(location)
        found[name] = (bucket, prefix.strip("/"))
    return found


def own_prefixes(run: Run) -> dict[str, str]:
    """``bucket/prefix`` of what is written beside the tables, in the lake's bucket, by the parameter that names it."""
    settings, bucket = run.settings, next(iter(lake_locations(run).values()))[0]
    prefixes = {
        "load.staging": settings.load.staging,
        "dashboard.published_queries": settings.dashboard.published_queries,
        "publish.prefix": settings.publish.prefix,
        "analysts.results": settings.analysts.results,
    }
    return {name: f"{bucket}/{prefix.strip('/')}" for name, prefix in prefixes.items()}


def copy_policy(run: Run) -> dict[str, Any]:
    """What the role may do: read the tables' files and what is staged, list no more than that, decrypt through S3.

    All in buckets of this account (``aws:ResourceAccount``): a bucket that is deleted, and made anew by somebody else
    under its name, is not read.
    """
    locations, ours = lake_locations(run), {"StringEquals": {"aws:ResourceAccount": run.clients.caller().account}}
    prefixes = sorted({(bucket, prefix) for bucket, prefix in locations.values()})
    lake = next(iter(locations.values()))[0]
    prefixes.append((lake, run.settings.load.staging.strip("/")))
    statements: list[dict[str, Any]] = [
        {
            "Sid": "ReadFiles",
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": [f"arn:aws:s3:::{bucket}/{prefix}/*" for bucket, prefix in prefixes],
            "Condition": ours,
        }
    ]
    for bucket in sorted({bucket for bucket, _ in prefixes}):
        arn = f"arn:aws:s3:::{bucket}"
        inside = [f"{prefix}/*" for found, prefix in prefixes if found == bucket]
        number = "" if bucket == lake else bucket.replace("-", "").replace(".", "")
        statements += [
            {
                "Sid": f"ListPrefixes{number}",
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": [arn],
                "Condition": {**ours, "StringLike": {"s3:prefix": inside}},
            },
            {
                "Sid": f"Locate{number}",
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation"],
                "Resource": [arn],
                "Condition": ours,
            },
        ]
    key = default_key(run, lake)
    if key:
        via = {"StringEquals": {"kms:ViaService": f"s3.{run.settings.aws.region}.amazonaws.com"}}
        decrypt = {"Sid": "Decrypt", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key], "Condition": via}
        statements.append(decrypt)
    return {"Version": "2012-10-17", "Statement": statements}


def role_arn(run: Run) -> str | None:
    """The ARN of the role, or None when it does not exist."""
    iam = run.clients.boto("iam")
    try:
        return str(iam.get_role(RoleName=run.settings.redshift.copy_role)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        return None


class CopyRole(Reconciled):
    """The role for COPY."""

    id: ClassVar[str] = "week1.copy-role"
    needs: ClassVar[str | None] = "week1.cluster"
    undo: ClassVar[str] = "take the role off the cluster, then delete it"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """The role's policy, then the role."""
        name = shlex.quote(run.settings.redshift.copy_role)
        return (
            f"aws iam delete-role-policy --role-name {name} --policy-name {POLICY}",
            f"aws iam delete-role --role-name {name}",
        )

    def resources(self, run: Run) -> Iterable[Resource]:
        """The role's trust and boundary, then its only policy."""
        role = Role(
            run.settings.redshift.copy_role,
            trusting_redshift(run),
            {POLICY: copy_policy(run)},
            "Redshift reads SmartRoute's lake",
            tuple(tags(run)),
        )
        yield from role.resources(
            run,
            trusted="only Redshift may take it on, for this cluster's users; the boundary caps what it may ever do",
            allowed="reads the tables' files and the staging area; writes and deletes nothing",
        )
