"""Redshift's scheduled actions: stored and described, never run."""

from __future__ import annotations

from typing import Any

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

from .cluster_checks import stored

__all__: list[str] = []


@operation("redshift")
def create_scheduled_action(call: Call) -> Any:
    """CreateScheduledAction: stored and described, never run."""
    name = call.params["ScheduledActionName"]
    if name in stored(call, "scheduled_actions"):
        raise ApiError("ScheduledActionAlreadyExists", f"Scheduled action {name} already exists.")
    action = {**call.params, "State": "DISABLED" if call.params.get("Enable") is False else "ACTIVE"}
    stored(call, "scheduled_actions")[name] = action
    return action


@operation("redshift")
def describe_scheduled_actions(call: Call) -> Any:
    """DescribeScheduledActions."""
    name = call.params.get("ScheduledActionName")
    actions = stored(call, "scheduled_actions")
    if name and name not in actions:
        raise ApiError("ScheduledActionNotFound", f"Scheduled action {name} not found.")
    return {"ScheduledActions": [item for key, item in tuple(actions.items()) if name in (None, key)]}


@operation("redshift")
def delete_scheduled_action(call: Call) -> Any:
    """DeleteScheduledAction."""
    if stored(call, "scheduled_actions").pop(call.params["ScheduledActionName"], None) is None:
        raise ApiError("ScheduledActionNotFound", "Scheduled action not found.")
