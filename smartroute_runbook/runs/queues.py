"""Redshift's queues (workload management) as week 1 makes them, and as they are tuned after the cut-over.

Management guide, "Properties for the wlm_json_configuration parameter"; developer guide, "WLM dynamic and static
configuration properties": under automatic WLM all of this is dynamic, no reboot.
"""

from __future__ import annotations

import json
from typing import Any

from smartroute_runbook.environment.settings import Settings

__all__ = ["AT_FIRST", "DASHBOARD", "WLM", "tuned", "with_parameter"]

WLM = "wlm_json_configuration"
DASHBOARD = "dashboard"
"""The queue, the query group that enters it, and the database's group of users that do."""
_AUTOMATIC = {"queue_type": "auto", "auto_wlm": True}
_SHORT = {"short_query_queue": True}

AT_FIRST: list[dict[str, Any]] = [
    {"query_group": [DASHBOARD], "priority": "high", **_AUTOMATIC},
    {"priority": "normal", **_AUTOMATIC},
    _SHORT,
]
"""Dashboards ahead of everything else, short queries ahead of long ones."""


def tuned(settings: Settings) -> list[dict[str, Any]]:
    """The same by user group too, with concurrency scaling, and rules over queries that run too long.

    The queue keeps its name: alarms and graphs are by the names of queues.
    """
    limits = settings.tuning
    dashboard = {
        "query_group": [DASHBOARD],
        "user_group": [DASHBOARD],
        "priority": "high",
        "concurrency_scaling": "auto",
        "rules": [
            _rule("dashboard_slow", limits.dashboard_log_seconds, "log"),
            _rule("dashboard_given_up", limits.dashboard_abort_seconds, "abort"),
        ],
        **_AUTOMATIC,
    }
    others = {"priority": "normal", "rules": [_rule("long", limits.others_log_seconds, "log")], **_AUTOMATIC}
    return [dashboard, others, _SHORT]


def with_parameter(queues: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The parameter of a parameter group that holds these queues."""
    return [{"ParameterName": WLM, "ParameterValue": json.dumps(queues)}]


def _rule(name: str, seconds: int, action: str) -> dict[str, Any]:
    predicate = {"metric_name": "query_execution_time", "operator": ">", "value": seconds}
    return {"rule_name": name, "predicate": [predicate], "action": action}
