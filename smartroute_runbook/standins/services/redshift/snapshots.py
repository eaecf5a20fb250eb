"""Redshift's snapshots: their retention, one by one and in batches. They hold no rows."""

from __future__ import annotations

from typing import Any

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

from .cluster_checks import available_cluster, backend

__all__: list[str] = []


@operation("redshift")
def create_cluster_snapshot(call: Call) -> Any:
    """CreateClusterSnapshot of a cluster that is available."""
    cluster = available_cluster(call)
    days = _days(call, cluster.manual_snapshot_retention_period)
    answer = call.original()
    snapshot = backend(call).snapshots[call.params["SnapshotIdentifier"]]
    snapshot.manual_snapshot_retention_period = days
    return answer


@operation("redshift")
def modify_cluster_snapshot(call: Call) -> Any:
    """ModifyClusterSnapshot."""
    snapshot = _manual(call, call.params["SnapshotIdentifier"])
    snapshot.manual_snapshot_retention_period = _days(call, -1)
    return {"Snapshot": snapshot}


@operation("redshift")
def batch_modify_cluster_snapshots(call: Call) -> Any:
    """BatchModifyClusterSnapshots: what cannot be changed is listed as an error, the rest is changed."""
    days = _days(call, -1)

    def change(name: str) -> None:
        _manual(call, name).manual_snapshot_retention_period = days

    return _each(call.params["SnapshotIdentifierList"], change)


@operation("redshift")
def batch_delete_cluster_snapshots(call: Call) -> Any:
    """BatchDeleteClusterSnapshots."""

    def delete(name: str) -> None:
        _manual(call, name)
        backend(call).delete_cluster_snapshot(name)

    return _each([item["SnapshotIdentifier"] for item in call.params["Identifiers"]], delete)


def _each(names: list[str], act: Any) -> dict[str, Any]:
    modified, errors = [], []
    for name in names:
        try:
            act(name)
            modified.append(name)
        except ApiError as error:
            failure = {"FailureCode": error.code, "FailureReason": error.message}
            errors.append({"SnapshotIdentifier": name, **failure})
    return {"Resources": modified, "Errors": errors}


def _manual(call: Call, name: str) -> Any:
    snapshot = backend(call).snapshots.get(name)
    if snapshot is None:
        raise ApiError("ClusterSnapshotNotFound", f"Snapshot {name} not found.", 404)
    if snapshot.snapshot_type != "manual":
        raise ApiError("InvalidClusterSnapshotState", f"{name} is not a manual snapshot.")
    return snapshot


def _days(call: Call, default: int) -> int:
    days = int(call.params.get("ManualSnapshotRetentionPeriod", default))
    if days != -1 and not 1 <= days <= 3653:
        raise ApiError("InvalidRetentionPeriodFault", "The retention period must be -1 or between 1 and 3653 days.")
    return days
