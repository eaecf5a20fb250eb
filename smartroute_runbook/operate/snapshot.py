"""A manual snapshot before the cut-over: kept by itself, whatever becomes of the cluster and its automated ones."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import ServiceError, VerificationFailed
from smartroute_runbook.runs.steps import Action, Change, Outcome, Proposal, applied_by_do
from smartroute_runbook.views import Table, View

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Snapshot", "TakeSnapshot", "snapshot_name"]

_EVERY = 5.0  # seconds between two looks; the first come sooner


@dataclass(frozen=True)
class Snapshot:
    """A manual snapshot as Redshift describes it."""

    name: str
    state: Mapping[str, Any]

    def view(self) -> View:
        """One row a fact."""
        return View(f"Snapshot {self.name}", (Table(("", ""), tuple(self.state.items())),), "good")


class TakeSnapshot:
    """Take a manual snapshot of the cluster, and wait until it is available. One a run: taken already is done."""

    id = "week4.snapshot"
    needs = "week3.compared"

    def propose(self, run: Run) -> Proposal:
        """What there is, and what shall be."""
        name, snapshot = snapshot_name(run), _described(run)
        after = _wanted(run)
        action: Action = "create" if snapshot is None else "none"
        why = "automated snapshots go with the cluster, and after their days; stored blocks that changed are billed"
        change = Change(f"snapshot {name}", action, snapshot and _state(snapshot), after, why)
        undo = f"aws redshift delete-cluster-snapshot --snapshot-identifier {name}"
        return Proposal(self.id, (change,), undo)

    @applied_by_do
    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Ask for it, and wait.

        Raises:
            ServiceError: Redshift refused, or it is not available within ``redshift.timeout_seconds``.
        """
        name, started = snapshot_name(run), time.monotonic()
        if proposal.changes[0].action == "create":
            with explained(f"Taking snapshot {name}"):
                run.clients.boto("redshift").create_cluster_snapshot(
                    SnapshotIdentifier=name,
                    ClusterIdentifier=run.settings.redshift.cluster,
                    ManualSnapshotRetentionPeriod=run.settings.redshift.manual_snapshot_days,
                )
        _available(run, name, run.settings.redshift.timeout_seconds)
        return Outcome(self.id, "applied", {"snapshot": name, "seconds": round(time.monotonic() - started, 1)})

    def verify(self, run: Run) -> Snapshot:
        """Read it again.

        Raises:
            VerificationFailed: it is not there, not available, or of another cluster.
        """
        name, snapshot = snapshot_name(run), _described(run)
        if snapshot is None:
            raise VerificationFailed(f"There is no snapshot {name}", hint=f"Propose and apply {self.id} again")
        state, wanted = _state(snapshot), _wanted(run)
        if state != wanted:
            raise VerificationFailed(f"Snapshot {name} is {state}", expected=str(wanted))
        return Snapshot(name, state)


def snapshot_name(run: Run) -> str:
    """The run's snapshot. Letters, digits and single hyphens, a letter first (Redshift API, CreateClusterSnapshot)."""
    words = re.sub(r"[^a-z0-9]+", "-", run.id.lower()).strip("-")
    return f"before-cut-over-{words}"[:255].rstrip("-")


def _wanted(run: Run) -> dict[str, Any]:
    return {
        "cluster": run.settings.redshift.cluster,
        "type": "manual",
        "status": "available",
        "kept days": run.settings.redshift.manual_snapshot_days,
    }


def _state(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cluster": snapshot["ClusterIdentifier"],
        "type": snapshot["SnapshotType"],
        "status": snapshot["Status"],
        "kept days": snapshot.get("ManualSnapshotRetentionPeriod", -1),
    }


def _described(run: Run) -> dict[str, Any] | None:
    redshift = run.clients.boto("redshift")
    with explained("Reading the snapshot"):
        try:
            snapshots = redshift.describe_cluster_snapshots(SnapshotIdentifier=snapshot_name(run))["Snapshots"]
        except redshift.exceptions.ClusterSnapshotNotFoundFault:
            return None
    return dict(snapshots[0]) if snapshots else None


def _available(run: Run, name: str, timeout: float) -> None:
    """Wait; a snapshot of two ra3 nodes takes minutes."""
    began, pause = time.monotonic(), 0.1
    with run.progress(f"Snapshot {name}", 100, "%") as line:
        while True:
            snapshot = _described(run) or {}
            status = str(snapshot.get("Status", "missing"))
            if status == "available":
                return
            if status == "failed" or time.monotonic() - began > timeout:
                hint = "Look at it in Redshift's console; propose the step again to go on waiting"
                raise ServiceError(f"Snapshot {name} is {status} after {timeout:g} s", expected="available", hint=hint)
            total = float(snapshot.get("TotalBackupSizeInMegaBytes") or 0)
            line.update(100 * float(snapshot.get("BackupProgressInMegaBytes") or 0) / total if total > 0 else 0.0)
            time.sleep(pause)
            pause = min(_EVERY, pause * 2)
