"""A workgroup of the analysts' own on Athena: what one query may read is limited, and what they may do is a policy.

Athena ends a query that reads more than the workgroup's cut-off; what it has read until then is billed (Athena user
guide, "Configure per-query and per-workgroup data usage controls").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.lake.beside import require_beside_tables
from smartroute_runbook.lake.bucket import lake_bucket
from smartroute_runbook.lake.files import split
from smartroute_runbook.lake.tables import described
from smartroute_runbook.prices import MB, TB, book_of
from smartroute_runbook.runs.reconcile import Reconciled, Resource

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["AnalystsWorkgroup", "analyst_policy"]

_GIB = 1024**3
_GLUE = (("database", ""), ("table", "/*"))


class AnalystsWorkgroup(Reconciled):
    """The workgroup. Its settings are enforced: nobody takes another output, or reads more."""

    id: ClassVar[str] = "week4.analysts"
    needs: ClassVar[str | None] = "week3.compared"
    undo: ClassVar[str] = "delete the workgroup with its history; the results stay until their lifecycle rule ends"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """One command."""
        name = run.settings.analysts.workgroup
        return (f"aws athena delete-work-group --work-group {name} --recursive-delete-option",)

    def resources(self, run: Run) -> Iterator[Resource]:
        """The workgroup.

        Raises:
            UsageError: the results' prefix lies in a table: they would be read as its rows.
        """
        settings = run.settings.analysts
        require_beside_tables(run, "analysts.results", settings.results)
        athena, name = run.clients.boto("athena"), settings.workgroup
        configuration: dict[str, Any] = {
            "EnforceWorkGroupConfiguration": True,
            "PublishCloudWatchMetricsEnabled": True,
            "BytesScannedCutoffPerQuery": settings.scan_limit_gb * _GIB,
            "RequesterPaysEnabled": False,
            "ResultConfiguration": {
                "OutputLocation": f"s3://{lake_bucket(run)}/{settings.results}/",
                "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
            },
        }
        try:
            found = athena.get_work_group(WorkGroup=name)["WorkGroup"]
            live = found["Configuration"]
            now = {"State": found.get("State"), **{key: live.get(key) for key in configuration}}
        except athena.exceptions.InvalidRequestException:
            now = None

        def make() -> None:
            if now is None:
                athena.create_work_group(Name=name, Configuration=configuration, Description="SmartRoute's analysts")
                return
            given = {key: value for key, value in configuration.items() if key != "ResultConfiguration"}
            given["ResultConfigurationUpdates"] = configuration["ResultConfiguration"]
            athena.update_work_group(WorkGroup=name, ConfigurationUpdates=given, State="ENABLED")

        dearest = float(book_of(run)["athena"].usd) * settings.scan_limit_gb * _GIB / (TB * MB)
        why = f"a query costs ${dearest:,.2f} at most; the dashboard's own history and bill stay apart"
        yield Resource(f"Athena workgroup {name}", now, {"State": "ENABLED", **configuration}, make, why)


def analyst_policy(run: Run) -> dict[str, Any]:
    """What analysts may do, as a policy to attach to their role or permission set: the runbook attaches nothing.

    They query in their own workgroup, read the lake's tables, and write their own results. They change nothing in the
    catalogue, and ask nothing of Redshift.
    """
    settings, athena, region = run.settings.analysts, run.settings.athena, run.settings.aws.region
    account, bucket = run.clients.caller().account, lake_bucket(run)
    lake, tables = f"arn:aws:s3:::{bucket}", [split(described(run, name).location) for name in athena.tables]
    glue, databases = f"arn:aws:glue:{region}:{account}", (athena.database, run.settings.publish.database)
    tables.append((bucket, run.settings.publish.prefix))  # aggregates of Redshift: `tune publish`
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OwnWorkgroup",
                "Effect": "Allow",
                "Action": [
                    "athena:BatchGetQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults",
                    "athena:GetWorkGroup", "athena:ListQueryExecutions", "athena:StartQueryExecution",
                    "athena:StopQueryExecution",
                ],
                "Resource": f"arn:aws:athena:{region}:{account}:workgroup/{settings.workgroup}",
            },
            {
                "Sid": "ReadTheCatalogue",
                "Effect": "Allow",
                "Action": [
                    "glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables",
                ],
                "Resource": [
                    f"{glue}:catalog", *(f"{glue}:{rest}/{name}{end}" for name in databases for rest, end in _GLUE)
                ],
            },
            {
                "Sid": "ReadTheTables",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": [f"arn:aws:s3:::{inside}/{prefix.rstrip('/')}/*" for inside, prefix in tables],
            },
            {
                "Sid": "OwnResults",
                "Effect": "Allow",
                "Action": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
                "Resource": f"{lake}/{settings.results}/*",
            },
            {
                "Sid": "FindThem",
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
                "Resource": lake,
            },
        ],
    }  # fmt: skip
