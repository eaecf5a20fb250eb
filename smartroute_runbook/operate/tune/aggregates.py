"""Redshift's aggregates back in the lake: exploration reads a few megabytes of them instead of the tables' gigabytes.

Each materialized view that week 3 made becomes a table of a Glue database of its own. They are not partitioned: an
aggregate is smaller than the 10 MB that Athena bills for any query, so that reading a part of it would save nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, cast

from smartroute_runbook.engines.quoting import literal, qualified
from smartroute_runbook.errors import Refused, RunbookError, ServiceError, UsageError, explained
from smartroute_runbook.lake.beside import require_beside_tables
from smartroute_runbook.lake.bucket import lake_bucket
from smartroute_runbook.lake.encryption import default_key
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.roles import Role, trusting_redshift
from smartroute_runbook.runs.steps import Outcome, Proposal, Step, applied_by_do

from .lake_copy import CopiedView, copied, copy_of, delete_table
from .own_prefixes import require_apart

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["PublishAggregates", "publish_anew"]

_POLICY = "write-published"
_VIEW = re.compile(r"mv_(?P<query>.+)_[0-9a-f]{8}")  # as translate.materialize names them


class PublishAggregates(Reconciled):
    """Role, its place on the cluster, the Glue database, then a table for each view.

    A view that cannot be copied holds back no other.
    """

    id: ClassVar[str] = "week4.publish-aggregates"
    needs: ClassVar[str | None] = "week3.compared"
    undo: ClassVar[str] = "delete the Glue database with its tables, then their files, and take the role away"

    def __init__(self) -> None:
        self._failed: dict[str, RunbookError] = {}

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """The database first: nobody finds the files any more. Then files and role."""
        settings, account = run.settings, run.clients.caller().account
        cluster, role = settings.redshift.cluster, settings.publish.role
        arn = f"arn:aws:iam::{account}:role/{role}"
        return (
            f"aws glue delete-database --name {settings.publish.database}",
            f"aws s3 rm s3://{lake_bucket(run)}/{settings.publish.prefix}/ --recursive",
            f"aws redshift modify-cluster-iam-roles --cluster-identifier {cluster} --remove-iam-roles '[\"{arn}\"]'",
            f"aws iam delete-role-policy --role-name {role} --policy-name {_POLICY}",
            f"aws iam delete-role --role-name {role}",
        )

    def resources(self, run: Run) -> Iterator[Resource]:
        """All of it, in this order.

        Raises:
            Refused: Redshift has no view to publish.
            UsageError: the prefix lies in a table, two views would be one table, or a table is somebody else's.
        """
        require_beside_tables(run, "publish.prefix", run.settings.publish.prefix)
        require_apart(run)
        if run.settings.publish.database == run.settings.athena.database:
            raise UsageError(
                "publish.database is the lake's own database", expected="another name",
                hint="To undo the step its database is deleted with all that is in it",
            )  # fmt: skip
        bucket, sources = lake_bucket(run), _sources(run)
        arn = f"arn:aws:iam::{run.clients.caller().account}:role/{run.settings.publish.role}"
        role = Role(
            run.settings.publish.role,
            trusting_redshift(run),
            {_POLICY: _policy(run, bucket)},
            "Redshift writes aggregates into SmartRoute's lake",
        )
        yield from role.resources(
            run,
            trusted="only Redshift may take it on, for this cluster's users; the boundary caps what it may ever do",
            allowed="writes below the prefix of the published tables; reads no table, deletes nothing",
        )
        status = _association(run, arn)
        yield Resource(
            f"cluster {run.settings.redshift.cluster}: role {run.settings.publish.role}",
            status and {"status": status}, {"status": "in-sync"}, lambda: _associate(run, arn), "UNLOAD names it",
        )  # fmt: skip
        yield _database(run)
        for left in _left_over(run):
            yield Resource(
                f"Glue table {run.settings.publish.database}.{left}", {"of": "a copy that was killed"}, {},
                lambda name=left: delete_table(run, name),  # type: ignore[misc]
                "deleted: a copy is proven under its view's name, and then the table moves to it",
            )  # fmt: skip
        for name, source in sources.items():
            now = copy_of(run, name)
            yield Resource(
                f"Glue table {run.settings.publish.database}.{name}", now and vars(now), vars(source),
                lambda name=name, source=source: self._copy(run, name, source, arn),  # type: ignore[misc]
                "proven equal to the view before anybody reads it",
            )  # fmt: skip

    def _copy(self, run: Run, name: str, source: CopiedView, role: str) -> None:
        try:
            with explained(f"Copying {source.view}"):
                copied(run, name, source, role)
        except RunbookError as error:
            self._failed[name] = error

    @applied_by_do
    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Make what the proposal changes.

        Raises:
            RunbookError: a view could not be copied: each that could is.
        """
        self._failed.clear()
        outcome = super().apply(run, proposal)
        if len(self._failed) > 1:
            failures = "; ".join(f"{name}: {error.what}" for name, error in self._failed.items())
            raise ServiceError(
                f"{plural(len(self._failed), 'view')} could not be copied: "
                f"{failures}", expected="each equal to its copy",
                hint="Their tables show the copies before; propose the step again to see what is left",
            )  # fmt: skip
        for error in self._failed.values():
            raise error
        return outcome


def publish_anew(run: Run) -> tuple[str, ...]:
    """After a load: the tables of the lake whose views have other rows now, where ``publish.after_sync`` is set.

    Returns:
        What was made or renewed.

    Raises:
        RunbookError: as the step's; the load is done, and each table shows its copy before.
    """
    if not run.settings.publish.after_sync:
        return ()
    return tuple(run.do(cast(Step[Any], PublishAggregates())).outcome.facts)


def _sources(run: Run) -> dict[str, CopiedView]:
    """The views by the name of the table that each becomes: that of the query which it serves."""
    schema = run.settings.redshift.schema_name
    ledger = f"SELECT COUNT(*), MAX(loaded_at) FROM {qualified(schema, 'migration_ledger')}"  # noqa: S608  (quoted by engines.quoting)
    with run.redshift() as redshift:
        names = redshift.query(f"SELECT name FROM stv_mv_info WHERE schema = {literal(schema)} ORDER BY name").rows  # noqa: S608  (quoted by engines.quoting)
        partitions, last = redshift.query(ledger).rows[0]
    loaded = f"{plural(partitions, 'partition')}, the last on {last}"
    sources: dict[str, CopiedView] = {}
    for (name,) in names:
        found = _VIEW.fullmatch(str(name).strip())
        if found is None or (run.settings.publish.tables and found["query"] not in run.settings.publish.tables):
            continue
        if found["query"] in sources:
            raise UsageError(
                f"Two views serve the query '{found['query']}': {sources[found['query']].view}, {found[0]}",
                hint="DROP MATERIALIZED VIEW the one that no published query reads",
            )
        sources[found["query"]] = CopiedView(found[0], loaded)
    if lacking := sorted(set(run.settings.publish.tables) - set(sources)):
        raise UsageError(f"publish.tables names {', '.join(lacking)}, which no view serves", expected=_named(sources))
    if not sources:
        raise Refused("Redshift has no aggregate to publish", hint="Week 3 makes them: week3.materialize")
    return sources


def _named(sources: dict[str, CopiedView]) -> str:
    return f"some of {', '.join(sources)}" if sources else "none: Redshift has no materialized view of the runbook's"


def _policy(run: Run, bucket: str) -> dict[str, Any]:
    """UNLOAD lists its destination, which must be empty, and writes (Redshift developer guide, "UNLOAD")."""
    ours = {"StringEquals": {"aws:ResourceAccount": run.clients.caller().account}}
    arn, prefix = f"arn:aws:s3:::{bucket}", run.settings.publish.prefix
    below = {**ours, "StringLike": {"s3:prefix": [f"{prefix}/*"]}}
    statements: list[dict[str, Any]] = [
        {
            "Sid": "Write", "Effect": "Allow", "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
            "Resource": [f"{arn}/{prefix}/*"], "Condition": ours,
        },
        {"Sid": "List", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [arn], "Condition": below},
        {"Sid": "Locate", "Effect": "Allow", "Action": ["s3:GetBucketLocation"], "Resource": [arn], "Condition": ours},
    ]  # fmt: skip
    if key := default_key(run, bucket):
        via = {"StringEquals": {"kms:ViaService": f"s3.{run.settings.aws.region}.amazonaws.com"}}
        actions = ["kms:GenerateDataKey", "kms:Decrypt"]  # both, for an upload in parts
        encrypt = {"Sid": "Encrypt", "Effect": "Allow", "Action": actions, "Resource": [key], "Condition": via}
        statements.append(encrypt)
    return {"Version": "2012-10-17", "Statement": statements}


def _association(run: Run, arn: str) -> str | None:
    """The state of the role on the cluster: ``adding`` until statements may name it, then ``in-sync``."""
    name = run.settings.redshift.cluster
    cluster = run.clients.boto("redshift").describe_clusters(ClusterIdentifier=name)["Clusters"][0]
    return next((one["ApplyStatus"] for one in cluster.get("IamRoles", ()) if one["IamRoleArn"] == arn), None)


def _associate(run: Run, arn: str) -> None:
    redshift, name = run.clients.boto("redshift"), run.settings.redshift.cluster
    if _association(run, arn) is None:
        redshift.modify_cluster_iam_roles(ClusterIdentifier=name, AddIamRoles=[arn])
    end = time.monotonic() + run.settings.redshift.timeout_seconds
    while (status := _association(run, arn)) != "in-sync":
        if time.monotonic() > end:
            raise ServiceError(f"The role {arn} is still {status} on the cluster", expected="in-sync", hint="Try again")
        time.sleep(0.5)


def _tables(run: Run) -> list[dict[str, Any]]:
    glue = run.clients.boto("glue")
    try:
        pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=run.settings.publish.database))
    except glue.exceptions.EntityNotFoundException:
        return []
    return [dict(table) for page in pages for table in page["TableList"]]


def _left_over(run: Run) -> list[str]:
    """Tables under which a copy was being proven when its process was killed: named like their views."""
    return sorted(one["Name"] for one in _tables(run) if one.get("Parameters", {}).get("view") == one["Name"])


def _database(run: Run) -> Resource:
    glue, name = run.clients.boto("glue"), run.settings.publish.database
    wanted = {"Name": name, "Description": "Aggregates of Redshift, published by smartroute-runbook"}
    try:
        live = glue.get_database(Name=name)["Database"]
        now = {key: live.get(key) for key in wanted}
    except glue.exceptions.EntityNotFoundException:
        now = None
    others = [one["Name"] for one in _tables(run) if "view" not in one.get("Parameters", {})]
    if now not in (None, wanted) and others:
        raise UsageError(
            f"Glue database {name} is somebody else's: it has the table {others[0]}", expected="one of its own",
            hint="Name another publish.database: to undo the step it is deleted with all that is in it",
        )  # fmt: skip

    def make() -> None:
        if now is None:
            glue.create_database(DatabaseInput=wanted)
        else:
            glue.update_database(Name=name, DatabaseInput=wanted)

    return Resource(f"Glue database {name}", now, wanted, make, "apart from the lake's own tables")
