"""One message to the alerts' topic on a day: what a decision to stay and a rollback leave to be looked at again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from .reconcile import Resource
from .run import Run

__all__ = ["ROLE", "Message", "scheduled"]

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
    account = str(run.clients.boto("sts").get_caller_identity()["Account"])
    topic = f"arn:aws:sns:{run.settings.aws.region}:{account}:{run.settings.alarms.topic}"
    yield _topic(run, topic)
    yield _role(run, topic, account)
    yield _schedule(run, message, topic, f"arn:aws:iam::{account}:role/{ROLE}")


def _topic(run: Run, arn: str) -> Resource:
    sns, name = run.clients.boto("sns"), run.settings.alarms.topic
    try:
        sns.get_topic_attributes(TopicArn=arn)
        before: dict[str, Any] | None = {"arn": arn}
    except sns.exceptions.NotFoundException:
        before = None
    why = "who wants to be told subscribes to it; the alarms of week 4 use the same"
    return Resource(f"topic {name}", before, {"arn": arn}, lambda: sns.create_topic(Name=name), why)


def _role(run: Run, topic: str, account: str) -> Resource:
    iam = run.clients.boto("iam")
    source = {"StringEquals": {"aws:SourceAccount": account}}
    trusted = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": ["sns:Publish"], "Resource": [topic]}
    after = {
        "trust": {"Version": "2012-10-17", "Statement": [{**trusted, "Condition": source}]},
        "policy": {"Version": "2012-10-17", "Statement": [allowed]},
    }
    try:
        before: dict[str, Any] | None = {"trust": iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]}
    except iam.exceptions.NoSuchEntityException:
        before = None
    if before is not None:
        names = iam.list_role_policies(RoleName=ROLE)["PolicyNames"]
        if names == ["publish"]:
            before["policy"] = iam.get_role_policy(RoleName=ROLE, PolicyName="publish")["PolicyDocument"]

    def make() -> None:
        if before is None:
            iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(after["trust"]))
        else:
            iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(after["trust"]))
        iam.put_role_policy(RoleName=ROLE, PolicyName="publish", PolicyDocument=json.dumps(after["policy"]))

    return Resource(f"role {ROLE}", before, after, make, "publishes to this topic and nothing else")


def _schedule(run: Run, message: Message, topic: str, role: str) -> Resource:
    scheduler = run.clients.boto("scheduler")
    target = {"Arn": topic, "RoleArn": role, "Input": message.text}
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
