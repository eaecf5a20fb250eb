"""The Athena workgroup that exports go through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from smartroute_runbook.lake.beside import require_beside_tables
from smartroute_runbook.runs.reconcile import Reconciled, Resource

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
        require_beside_tables(run, "load.staging", run.settings.load.staging)
        athena, name = run.clients.boto("athena"), run.settings.athena.migration_workgroup
        intended = {
            "EnforceWorkGroupConfiguration": False,
            "PublishCloudWatchMetricsEnabled": True,
            "BytesScannedCutoffPerQuery": run.settings.athena.migration_scan_limit_gb * 1024**3,
        }
        try:
            configuration = athena.get_work_group(WorkGroup=name)["WorkGroup"].get("Configuration", {})
            now = {key: configuration.get(key) for key in intended}
        except athena.exceptions.InvalidRequestException:
            now = None

        def make() -> None:
            if now is None:
                athena.create_work_group(
                    Name=name, Configuration=intended, Description="SmartRoute migration to Redshift"
                )
            else:
                athena.update_work_group(WorkGroup=name, ConfigurationUpdates=intended)

        why = "UNLOAD needs an output of its own and a higher cut-off"
        yield Resource(f"Athena workgroup {name}", now, intended, make, why)
