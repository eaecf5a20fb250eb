"""The Athena workgroup that exports go through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from smartroute_runbook.engines.s3_paths import overlapping
from smartroute_runbook.errors import UsageError
from smartroute_runbook.runs.reconcile import Reconciled, Resource

from .source import lake_bucket, read_table

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["MigrationWorkgroup"]


class MigrationWorkgroup(Reconciled):
    """A workgroup of its own: the dashboards' one enforces its output and cuts every scan at 10 GB."""

    id = "week2.migration-workgroup"
    needs = "week1.cluster"
    undo = "delete the workgroup"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """Delete the workgroup with its query history."""
        name = run.settings.athena.migration_workgroup
        return (f"aws athena delete-work-group --work-group {name} --recursive-delete-option",)

    def resources(self, run: Run) -> Iterator[Resource]:
        """The workgroup, by the settings that matter to an export.

        Raises:
            UsageError: the staging area lies in a table: what is exported would be read as its rows.
        """
        _require_staging_beside_tables(run)
        athena, name = run.clients.boto("athena"), run.settings.athena.migration_workgroup
        wanted = {
            "EnforceWorkGroupConfiguration": False,
            "PublishCloudWatchMetricsEnabled": True,
            "BytesScannedCutoffPerQuery": run.settings.athena.migration_scan_limit_gb * 1024**3,
        }
        try:
            configuration = athena.get_work_group(WorkGroup=name)["WorkGroup"].get("Configuration", {})
            now = {key: configuration.get(key) for key in wanted}
        except athena.exceptions.InvalidRequestException:
            now = None

        def make() -> None:
            if now is None:
                athena.create_work_group(
                    Name=name, Configuration=wanted, Description="SmartRoute migration to Redshift"
                )
            else:
                athena.update_work_group(WorkGroup=name, ConfigurationUpdates=wanted)

        why = "UNLOAD needs an output of its own and a higher cut-off"
        yield Resource(f"Athena workgroup {name}", now, wanted, make, why)


def _require_staging_beside_tables(run: Run) -> None:
    prefix = f"{lake_bucket(run)}/{run.settings.load.staging}"
    locations = {name: read_table(run, name).location for name in run.settings.athena.tables}
    if name := overlapping(prefix, locations):
        raise UsageError(
            f"load.staging is '{run.settings.load.staging}', where table '{name}' lies",
            expected="a prefix beside every table",
            hint="Files that are staged there would be read as rows of the table",
        )
