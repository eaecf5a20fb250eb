"""Redshift's calendars and limits: snapshot schedules, scheduled actions, usage limits, node offers."""

from __future__ import annotations

import re
import uuid
from typing import Any

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

from .cluster_checks import NODE_RANGES, backend, cluster_named

__all__: list[str] = []

_SCHEDULE = re.compile(r"(rate\(\d+ hours?\)|cron\(.+\))")


def _held(call: Call, name: str) -> dict[str, dict[str, Any]]:
    store: dict[str, dict[str, Any]] = backend(call).__dict__.setdefault(name, {})
    return store


@operation("redshift")
def create_snapshot_schedule(call: Call) -> Any:
    """CreateSnapshotSchedule."""
    given = call.params
    name = given.get("ScheduleIdentifier") or f"schedule-{uuid.uuid4().hex[:12]}"
    definitions = given.get("ScheduleDefinitions", [])
    if not definitions or not all(_SCHEDULE.fullmatch(item) for item in definitions):
        raise ApiError("InvalidSchedule", f"Schedule definitions must be rate(N hours) or cron(...): {definitions}")
    if name in _held(call, "schedules"):
        raise ApiError("SnapshotScheduleAlreadyExists", f"Snapshot schedule {name} already exists")
    schedule = {
        "ScheduleIdentifier": name,
        "ScheduleDefinitions": definitions,
        "ScheduleDescription": given.get("ScheduleDescription", ""),
        "Tags": given.get("Tags", []),
    }
    if not given.get("DryRun"):
        _held(call, "schedules")[name] = schedule
    return _shown(call, schedule)


@operation("redshift")
def describe_snapshot_schedules(call: Call) -> Any:
    """DescribeSnapshotSchedules, of all or of a cluster."""
    wanted, cluster = call.params.get("ScheduleIdentifier"), call.params.get("ClusterIdentifier")
    shown = [_shown(call, item) for key, item in tuple(_held(call, "schedules").items()) if wanted in (None, key)]
    if cluster:
        shown = [s for s in shown if any(a["ClusterIdentifier"] == cluster for a in s["AssociatedClusters"])]
    return {"SnapshotSchedules": shown}


@operation("redshift")
def modify_snapshot_schedule(call: Call) -> Any:
    """ModifySnapshotSchedule."""
    schedule = _schedule(call)
    schedule["ScheduleDefinitions"] = call.params["ScheduleDefinitions"]
    return _shown(call, schedule)


@operation("redshift")
def delete_snapshot_schedule(call: Call) -> Any:
    """DeleteSnapshotSchedule, refused while a cluster uses it."""
    schedule = _schedule(call)
    if _shown(call, schedule)["AssociatedClusters"]:
        raise ApiError("InvalidClusterSnapshotScheduleState", "The schedule is associated with a cluster.")
    del _held(call, "schedules")[schedule["ScheduleIdentifier"]]


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
    if name not in _held(call, "schedules"):
        raise ApiError("SnapshotScheduleNotFound", f"Snapshot schedule {name} not found.")
    return _held(call, "schedules")[name]


def _shown(call: Call, schedule: dict[str, Any]) -> dict[str, Any]:
    users = [
        {"ClusterIdentifier": cluster.cluster_identifier, "ScheduleAssociationState": "ACTIVE"}
        for cluster in tuple(backend(call).clusters.values())
        if cluster.snapshot_schedule_identifier == schedule["ScheduleIdentifier"]
    ]
    return {**schedule, "AssociatedClusters": users, "AssociatedClusterCount": len(users)}


@operation("redshift")
def create_usage_limit(call: Call) -> Any:
    """CreateUsageLimit: one per cluster, feature, period."""
    given = call.params
    cluster_named(call)
    kind = {"spectrum": "data-scanned", "cross-region-datasharing": "data-scanned"}.get(given["FeatureType"], "time")
    if given["LimitType"] != kind:
        raise ApiError("InvalidUsageLimit", f"LimitType for {given['FeatureType']} must be {kind}.")
    if int(given["Amount"]) <= 0:
        raise ApiError("InvalidUsageLimit", "Amount must be positive.")
    limit = {
        "UsageLimitId": str(uuid.uuid4()),
        "Period": "monthly",
        "BreachAction": "log",
        "Tags": [],
        **{key: given[key] for key in ("ClusterIdentifier", "FeatureType", "LimitType", "Amount")},
        **{key: given[key] for key in ("Period", "BreachAction", "Tags") if key in given},
    }
    same = ("ClusterIdentifier", "FeatureType", "Period")
    for other in tuple(_held(call, "usage_limits").values()):
        if all(other[key] == limit[key] for key in same):
            raise ApiError("UsageLimitAlreadyExists", "A usage limit for this feature and period exists.")
    _held(call, "usage_limits")[limit["UsageLimitId"]] = limit
    return limit


@operation("redshift")
def describe_usage_limits(call: Call) -> Any:
    """DescribeUsageLimits."""
    keys = ("UsageLimitId", "ClusterIdentifier", "FeatureType")
    limits = _held(call, "usage_limits").values()
    return {
        "UsageLimits": [item for item in limits if all(call.params.get(key, item[key]) == item[key] for key in keys)]
    }


@operation("redshift")
def modify_usage_limit(call: Call) -> Any:
    """ModifyUsageLimit."""
    limit = _limit(call)
    limit.update({key: call.params[key] for key in ("Amount", "BreachAction") if key in call.params})
    return limit


@operation("redshift")
def delete_usage_limit(call: Call) -> Any:
    """DeleteUsageLimit."""
    del _held(call, "usage_limits")[_limit(call)["UsageLimitId"]]


def _limit(call: Call) -> dict[str, Any]:
    name = call.params["UsageLimitId"]
    if name not in _held(call, "usage_limits"):
        raise ApiError("UsageLimitNotFound", f"Usage limit {name} not found.")
    return _held(call, "usage_limits")[name]


@operation("redshift")
def create_scheduled_action(call: Call) -> Any:
    """CreateScheduledAction: kept and described, never fired."""
    name = call.params["ScheduledActionName"]
    if name in _held(call, "scheduled_actions"):
        raise ApiError("ScheduledActionAlreadyExists", f"Scheduled action {name} already exists.")
    action = {**call.params, "State": "DISABLED" if call.params.get("Enable") is False else "ACTIVE"}
    _held(call, "scheduled_actions")[name] = action
    return action


@operation("redshift")
def describe_scheduled_actions(call: Call) -> Any:
    """DescribeScheduledActions."""
    wanted = call.params.get("ScheduledActionName")
    actions = _held(call, "scheduled_actions")
    if wanted and wanted not in actions:
        raise ApiError("ScheduledActionNotFound", f"Scheduled action {wanted} not found.")
    return {"ScheduledActions": [item for key, item in tuple(actions.items()) if wanted in (None, key)]}


@operation("redshift")
def delete_scheduled_action(call: Call) -> Any:
    """DeleteScheduledAction."""
    if _held(call, "scheduled_actions").pop(call.params["ScheduledActionName"], None) is None:
        raise ApiError("ScheduledActionNotFound", "Scheduled action not found.")


@operation("redshift")
def describe_orderable_cluster_options(call: Call) -> Any:
    """DescribeOrderableClusterOptions."""
    wanted = call.params.get("NodeType")
    zones = [{"Name": f"{call.region}{letter}"} for letter in "ab"]
    options = [
        {"ClusterVersion": "1.0", "ClusterType": kind, "NodeType": node, "AvailabilityZones": zones}
        for node, (low, _) in NODE_RANGES.items()
        if wanted in (None, node)
        for kind in (("single-node", "multi-node") if low == 1 else ("multi-node",))
    ]
    return {"OrderableClusterOptions": options}


@operation("redshift")
def describe_node_configuration_options(call: Call) -> Any:
    """DescribeNodeConfigurationOptions for resize-cluster: what an elastic resize reaches."""
    if call.params["ActionType"] != "resize-cluster":
        raise NotImplementedError(f"DescribeNodeConfigurationOptions with ActionType {call.params['ActionType']}")
    cluster = cluster_named(call)
    now = cluster.number_of_nodes
    reachable = [
        n for n in range(max(2, -(-now // 4)), now * 2 + 1) if n != now and n <= NODE_RANGES[cluster.node_type][1]
    ]
    options = [{"NodeType": cluster.node_type, "NumberOfNodes": n, "Mode": "standard"} for n in reachable]
    return {"NodeConfigurationOptionList": options if now > 1 else []}
