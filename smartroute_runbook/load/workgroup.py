"""The Athena workgroup that exports go through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..clients import explained
from ..errors import VerificationFailed
from ..steps import Action, Change, Outcome, Proposal
from ..views import Table, View

if TYPE_CHECKING:
    from ..run import Run

__all__ = ["MigrationWorkgroup", "Workgroup"]


@dataclass(frozen=True)
class Workgroup:
    """A workgroup as it is."""

    name: str
    configuration: tuple[tuple[str, str], ...]

    def view(self) -> View:
        """Its configuration."""
        return View(f"Workgroup {self.name} is ready", (Table(("setting", "value"), self.configuration),))


class MigrationWorkgroup:
    """A workgroup of its own: the dashboards' one enforces its output and cuts every scan at 10 GB."""

    id = "week2.migration-workgroup"

    def _is(self, run: Run) -> dict[str, Any] | None:
        athena = run.clients.boto("athena")
        with explained("Reading the migration workgroup"):
            try:
                group = athena.get_work_group(WorkGroup=run.settings.athena.migration_workgroup)["WorkGroup"]
            except athena.exceptions.InvalidRequestException:
                return None
        return {name: group.get("Configuration", {}).get(name) for name in self._wanted(run)}

    @staticmethod
    def _wanted(run: Run) -> dict[str, Any]:
        return {
            "EnforceWorkGroupConfiguration": False,
            "PublishCloudWatchMetricsEnabled": True,
            "BytesScannedCutoffPerQuery": run.settings.athena.migration_scan_limit_gb * 1024**3,
        }

    def propose(self, run: Run) -> Proposal:
        """Create it, or set what differs."""
        name, now, wanted = run.settings.athena.migration_workgroup, self._is(run), self._wanted(run)
        action: Action = "create" if now is None else "none" if now == wanted else "modify"
        change = Change(
            f"Athena workgroup {name}", action, now, wanted, "UNLOAD needs its own output and a higher cut-off"
        )
        return Proposal(self.id, (change,), f"aws athena delete-work-group --work-group {name}")

    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Create or update."""
        athena, name, wanted = run.clients.boto("athena"), run.settings.athena.migration_workgroup, self._wanted(run)
        with explained("Making the migration workgroup"):
            if proposal.changes[0].action == "create":
                athena.create_work_group(
                    Name=name, Configuration=wanted, Description="SmartRoute migration to Redshift"
                )
            else:
                athena.update_work_group(WorkGroup=name, ConfigurationUpdates=wanted)
        return Outcome(self.id, "applied", {"workgroup": name})

    def verify(self, run: Run) -> Workgroup:
        """Read it back."""
        now, wanted = self._is(run), self._wanted(run)
        if now != wanted:
            raise VerificationFailed(
                f"Workgroup {run.settings.athena.migration_workgroup} is {now}", expected=str(wanted)
            )
        return Workgroup(run.settings.athena.migration_workgroup, tuple(sorted((k, str(v)) for k, v in wanted.items())))
