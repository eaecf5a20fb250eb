"""One message to the alerts' topic on a day: what a decision to stay and a rollback leave to be looked at again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from .reconcile import Resource
from .roles import Role
from .run import Run
from .topics import topic, topic_arn

__all__ = ["ROLE", "Message", "scheduled", "trusting_schedules"]

ROLE = "smartroute-reminder"


@dataclass(frozen=True)
class Message:
    """A message of EventBridge Scheduler, at 9:00 UTC.

    Attributes:
        schedule: its name; one that exists is changed.
        on: the day.
        text: what the topic's receivers read.
        description: of the schedule.
        why: of the proposal.
    """

    schedule: str
    on: date
    text: str
    description: str
    why: str


def scheduled(run: Run, message: Message) -> Iterable[Resource]:
    """Topic, role and schedule."""
    account, receivers = run.clients.caller().account, topic_arn(run)
    yield topic(run)
    yield from _role(run, receivers)
    yield _schedule(run, message, receivers, f"arn:aws:iam::{account}:role/{ROLE}")


def trusting_schedules(run: Run) -> dict[str, Any]:
    """The trust of a role that this account's schedules may take on.

    EventBridge Scheduler sends the account and the ARN of the schedule's group, never of the schedule (EventBridge
    Scheduler user guide, "Confused deputy prevention").
    """
    account = run.clients.caller().account
    source = {
        "StringEquals": {
            "aws:SourceAccount": account,
            "aws:SourceArn": f"arn:aws:scheduler:{run.settings.aws.region}:{account}:schedule-group/default",
        }
    }
    trusted = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [{**trusted, "Condition": source}]}


def _role(run: Run, receivers: str) -> Iterable[Resource]:
    allowed = {"Effect": "Allow", "Action": ["sns:Publish"], "Resource": [receivers]}
    role = Role(
        ROLE,
        trusting_schedules(run),
        {"publish": {"Version": "2012-10-17", "Statement": [allowed]}},
        "SmartRoute: sends a message to the alerts' topic",
    )
    return role.resources(
        run, trusted="only this account's schedules may take it on", allowed="publishes to this topic, nothing else"
    )


def _schedule(run: Run, message: Message, receivers: str, role: str) -> Resource:
    scheduler = run.clients.boto("scheduler")
    target = {"Arn": receivers, "RoleArn": role, "Input": message.text}
    after = {"at": f"at({message.on}T09:00:00)", "target": target}
    try:
        found = scheduler.get_schedule(Name=message.schedule)
        held = {key: found["Target"].get(key) for key in ("Arn", "RoleArn", "Input")}
        before: dict[str, Any] | None = {"at": found["ScheduleExpression"], "target": held}
    except scheduler.exceptions.ResourceNotFoundException:
        before = None

    def make() -> None:
        put = scheduler.create_schedule if before is None else scheduler.update_schedule
        put(
            Name=message.schedule,
            ScheduleExpression=after["at"],
            Target=after["target"],
            FlexibleTimeWindow={"Mode": "OFF"},
            Description=message.description,
        )

    return Resource(f"reminder {message.schedule}", before, after, make, message.why)
