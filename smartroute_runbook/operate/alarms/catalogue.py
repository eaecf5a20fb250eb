"""Every alarm, and which of them are a reason to leave Redshift."""

from __future__ import annotations

from smartroute_runbook.environment.settings import Settings

from .athena import athena_cost_day, athena_latency
from .dashboard import dashboard_latency
from .definition import Alarm, AlarmName
from .loading import redshift_failed_loads, redshift_freshness
from .redshift import (
    redshift_connections,
    redshift_cpu,
    redshift_disk,
    redshift_health,
    redshift_latency,
    redshift_queue_wait,
)

__all__ = ["LEAVE_REDSHIFT", "alarms"]

LEAVE_REDSHIFT: frozenset[AlarmName] = frozenset({"redshift-latency", "redshift-health", "dashboard-latency"})
"""What sends a dashboard under watch back to Athena: users wait, or soon will. A busy cluster wants nodes, queues want
tuning, disks and connections want somebody; how fresh the tables are is a rule of the watch itself."""

_ALL = (
    athena_cost_day,
    athena_latency,
    redshift_cpu,
    redshift_latency,
    redshift_queue_wait,
    redshift_disk,
    redshift_health,
    redshift_connections,
    redshift_freshness,
    redshift_failed_loads,
    dashboard_latency,
)


def alarms(settings: Settings) -> tuple[Alarm, ...]:
    """All alarms of an environment: the plan's four first on either engine, then what the plan lacks."""
    return tuple(make(settings) for make in _ALL)
