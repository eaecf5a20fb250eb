"""The lake's bucket as an archive: what is only passing through expires, what was replaced is kept a while.

The tables' own objects are never deleted by a rule of the runbook. Standard-IA is read by Athena and Redshift as
before, at a price for each GB read; the Glacier classes but Instant Retrieval are not (Athena user guide, "Query
restored Amazon S3 Glacier objects").
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.lake.beside import require_beside_tables
from smartroute_runbook.lake.bucket import lake_bucket
from smartroute_runbook.lake.files import split
from smartroute_runbook.lake.tables import described
from smartroute_runbook.runs.reconcile import Reconciled, Resource

from .own_prefixes import require_apart

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["ArchiveLake"]

_OURS = "smartroute-"
_KINDS = {f"{_OURS}{kind}" for kind in ("staging", "results", "replaced")}
_INFREQUENT = f"{_OURS}infrequent-"
_INCOMPLETE_DAYS = 7
Rule = dict[str, Any]


class ArchiveLake(Reconciled):
    """One lifecycle rule for each kind of object. Other rules of the bucket stay as they are."""

    id: ClassVar[str] = "week4.archive"
    needs: ClassVar[str | None] = "week3.compared"
    undo: ClassVar[str] = "take the runbook's rules off the bucket; what has expired does not come back"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """The bucket's other rules alone, or none."""
        bucket = lake_bucket(run)
        with explained("Reading the bucket's lifecycle rules"):
            others = [rule for rule in _rules(run, bucket) if not _is_ours(rule["ID"])]
        if not others:
            return (f"aws s3api delete-bucket-lifecycle --bucket {bucket}",)
        given = shlex.quote(json.dumps({"Rules": others}, default=str))
        return (f"aws s3api put-bucket-lifecycle-configuration --bucket {bucket} --lifecycle-configuration {given}",)

    def resources(self, run: Run) -> Iterator[Resource]:
        """The rules.

        Raises:
            UsageError: a prefix whose objects are to expire overlaps a table's, or what is to stay.
        """
        require_apart(run)
        for parameter, prefix in (
            ("load.staging", run.settings.load.staging), ("analysts.results", run.settings.analysts.results),
        ):  # fmt: skip
            require_beside_tables(run, parameter, prefix)
        bucket = lake_bucket(run)
        live = {rule["ID"]: rule for rule in _rules(run, bucket)}
        for rule, why in _wanted(run, bucket):
            name = rule["ID"]
            before = live.get(name)
            yield Resource(
                f"s3://{bucket}: lifecycle rule {name}",
                before and _comparable(before),
                _comparable(rule),
                lambda rule=rule: _put(run, bucket, rule["ID"], rule),  # type: ignore[misc]
                why,
            )
        wanted = {rule["ID"] for rule, _ in _wanted(run, bucket)}
        for name in sorted(name for name in live if _is_ours(name) and name not in wanted):
            yield Resource(
                f"s3://{bucket}: lifecycle rule {name}", _comparable(live[name]), {},
                lambda name=name: _put(run, bucket, name, None),  # type: ignore[misc]
                "taken off: archive.infrequent_days asks for it no more",
            )  # fmt: skip


def _is_ours(name: str) -> bool:
    return name in _KINDS or name.startswith(_INFREQUENT)


def _wanted(run: Run, bucket: str) -> Iterator[tuple[Rule, str]]:
    archive = run.settings.archive
    yield (
        _rule("staging", run.settings.load.staging, Expiration={"Days": archive.staging_days}),
        "exports are loaded once; a repeated load exports anew",
    )
    yield (
        _rule("results", run.settings.analysts.results, Expiration={"Days": archive.results_days}),
        "Athena's results are copies of what it can compute again",
    )
    yield (
        _rule(
            "replaced", "", NoncurrentVersionExpiration={"NoncurrentDays": archive.noncurrent_days},
            AbortIncompleteMultipartUpload={"DaysAfterInitiation": _INCOMPLETE_DAYS},
        ),
        "versions that were replaced or deleted, and uploads that nobody ended, are billed until they go",
    )  # fmt: skip
    if archive.infrequent_days is not None:
        transition = [{"Days": archive.infrequent_days, "StorageClass": "STANDARD_IA"}]
        for name in run.settings.athena.tables:
            inside, prefix = split(described(run, name).location)
            if inside == bucket:
                yield (
                    _rule(f"infrequent-{name}", prefix, Transitions=transition),
                    "old files cost less to keep, and more to read; nothing is deleted",
                )


def _rule(name: str, prefix: str, **actions: Any) -> Rule:
    where = f"{prefix.rstrip('/')}/" if prefix else ""
    return {"ID": f"{_OURS}{name}", "Status": "Enabled", "Filter": {"Prefix": where}, **actions}


def _comparable(rule: Rule) -> Rule:
    return {key: value for key, value in rule.items() if key != "ID"}


def _rules(run: Run, bucket: str) -> list[Rule]:
    s3 = run.clients.boto("s3")
    try:
        return list(s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"])
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            return []
        raise


def _put(run: Run, bucket: str, name: str, rule: Rule | None) -> None:
    """Replace one rule, or take it off: S3 takes a bucket's rules as a whole."""
    s3 = run.clients.boto("s3")
    rules = [one for one in _rules(run, bucket) if one["ID"] != name] + ([rule] if rule else [])
    if rules:
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    else:
        s3.delete_bucket_lifecycle(Bucket=bucket)
