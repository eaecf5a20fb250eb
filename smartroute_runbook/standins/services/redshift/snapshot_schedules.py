"""Redshift's snapshot schedules, and the clusters that use them."""

from __future__ import annotations

import re
import uuid
from typing import Any

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

from .cluster_checks import backend, cluster_named, stored

__all__: list[str] = []

_SCHEDULE = re.compile(r"(rate\(\d+ hours?\)|cron\(.+\))")


@operation("redshift")
def create_snapshot_schedule(call: Call) -> Any:
    """CreateSnapshotSchedule."""
    params = call.params
    name = params.get("ScheduleIdentifier") or f"schedule-{uuid.uuid4().hex[:12]}"
    definitions = params.get("ScheduleDefinitions", [])
    if not definitions or not all(_SCHEDULE.fullmatch(item) for item in definitions):
        raise ApiError("InvalidSchedule", f"Schedule definitions must be rate(N hours) or cron(...): {definitions}")
    if name in stored(call, "schedules"):
        raise ApiError("SnapshotScheduleAlreadyExists", f"Snapshot schedule {name} already exists")
    schedule = {
        "ScheduleIdentifier": name,
        "ScheduleDefinitions": definitions,
        "ScheduleDescription": params.get("ScheduleDescription", ""),
        "Tags": params.get("Tags", []),
    }
    if not params.get("DryRun"):
        stored(call, "schedules")[name] = schedule
    return _described(call, schedule)


@operation("redshift")
def describe_snapshot_schedules(call: Call) -> Any:
    """DescribeSnapshotSchedules, of all or of a cluster."""
    identifier, cluster = call.params.get("ScheduleIdentifier"), call.params.get("ClusterIdentifier")
    schedules = [
        _described(call, item) for key, item in tuple(stored(call, "schedules").items()) if identifier in (None, key)
    ]
    if cluster:
        schedules = [s for s in schedules if any(a["ClusterIdentifier"] == cluster for a in s["AssociatedClusters"])]
    return {"SnapshotSchedules": schedules}


@operation("redshift")
def modify_snapshot_schedule(call: Call) -> Any:
    """ModifySnapshotSchedule."""
    schedule = _schedule(call)
    schedule["ScheduleDefinitions"] = call.params["ScheduleDefinitions"]
    return _described(call, schedule)


@operation("redshift")
def delete_snapshot_schedule(call: Call) -> Any:
    """DeleteSnapshotSchedule, refused while a cluster uses it."""
    schedule = _schedule(call)
    if _described(call, schedule)["AssociatedClusters"]:
        raise ApiError("InvalidClusterSnapshotScheduleState", "The schedule is associated with a cluster.")
    del stored(call, "schedules")[schedule["ScheduleIdentifier"]]


@operation("redshift")
def modify_cluster_snapshot_schedule(call: Call) -> Any:
    """ModifyClusterSnapshotSchedule: associates a schedule or, with DisassociateSchedule, none."""
    cluster = cluster_named(call)
    if call.params.get("DisassociateSchedule"):
        cluster.snapshot_schedule_identifier = cluster.snapshot_schedule_state = None
    else:
        cluster.snapshot_schedule_identifier = _schedule(call)["ScheduleIdentifier"]
        cluster.snapshot_schedule_state = "ACTIVE"


def _schedule(call: Call) -> dict[str, Any]:
    name = call.params["ScheduleIdentifier"]
    if name not in stored(call, "schedules"):
        raise ApiError("SnapshotScheduleNotFound", f"Snapshot schedule {name} not found.")
    return stored(call, "schedules")[name]


def _described(call: Call, schedule: dict[str, Any]) -> dict[str, Any]:
    users = [
        {"ClusterIdentifier": cluster.cluster_identifier, "ScheduleAssociationState": "ACTIVE"}
        for cluster in tuple(backend(call).clusters.values())
        if cluster.snapshot_schedule_identifier == schedule["ScheduleIdentifier"]
    ]
    return {**schedule, "AssociatedClusters": users, "AssociatedClusterCount": len(users)}
