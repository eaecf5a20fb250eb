"""The step that makes the alarms, and the topic that they tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.metrics import NAMESPACE, SCHEDULED, cluster_dimensions
from smartroute_runbook.prices import price_book
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.topics import topic, topic_arn

from .catalogue import alarms
from .comparing import comparable
from .definition import Alarm

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["SetAlarms", "definitions", "scheduled_sync_seen"]


_SEEN_DAYS = 14
_NOT_ARMED = (
    "NOT ARMED: no scheduled sync was seen to end well, and without one this alarm would fire for ever. Schedule it, "
    "wait for it, and set the alarms again. "
)


def definitions(run: Run) -> dict[str, dict[str, Any]]:
    """PutMetricAlarm parameters by the alarms' short names; freshness tells nobody until a schedule was seen to run."""
    topics, seen = [topic_arn(run)], scheduled_sync_seen(run)
    return {
        alarm.name: {
            "AlarmDescription": alarm.description(run.settings.alarms.runbook),
            "ActionsEnabled": seen or alarm.name != "redshift-freshness",
            "AlarmActions": topics,
            "OKActions": topics,
            **alarm.fires,
        }
        for alarm in alarms(run.settings)
    }


def scheduled_sync_seen(run: Run) -> bool:
    """Whether a schedule started a ``sync`` that ended well, within the last two weeks.

    Raises:
        ServiceError: CloudWatch did not answer.
    """
    now = datetime.now(UTC)
    with explained("Reading whether sync runs by a schedule"):
        points = run.clients.boto("cloudwatch").get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=SCHEDULED,
            Dimensions=cluster_dimensions(run.settings.redshift.cluster),
            StartTime=now - timedelta(days=_SEEN_DAYS),
            EndTime=now + timedelta(minutes=1),
            Period=86400,
            Statistics=["Sum"],
        )["Datapoints"]
    return any(one["Sum"] > 0 for one in points)


class SetAlarms(Reconciled):
    """The plan's four alarms and what they lack, and the topic that they tell when they fire and when they are calm."""

    id = "week4.alarms"
    needs = "week3.compared"
    undo = "delete the alarms; the topic may have other users"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """All alarms at once."""
        names = " ".join(_prefix(run) + alarm.name for alarm in alarms(run.settings))
        return (f"aws cloudwatch delete-alarms --alarm-names {names}",)

    def resources(self, run: Run) -> Iterator[Resource]:
        """The topic; then one alarm each, by all that makes it fire, what it says and whom it tells."""
        yield topic(run)
        cloudwatch, prefix = run.clients.boto("cloudwatch"), _prefix(run)
        pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
        there = {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}
        wanted = definitions(run)
        for alarm in alarms(run.settings):
            name, definition = prefix + alarm.name, wanted[alarm.name]
            now = there.get(name)
            make = partial(cloudwatch.put_metric_alarm, AlarmName=name, **definition)
            note = "" if definition["ActionsEnabled"] else _NOT_ARMED
            yield Resource(
                f"alarm {name}",
                now and comparable(now),
                comparable(definition),
                make,
                f"{note}{alarm.title}: {alarm.why}",
                _usd_month(alarm),
            )


def _prefix(run: Run) -> str:
    return f"{run.settings.redshift.cluster}-"


def _usd_month(alarm: Alarm) -> Any:
    return alarm.metrics * price_book()["cloudwatch-alarm"].usd
