"""The topic that alarms, reminders and budgets tell."""

from __future__ import annotations

from typing import Any

from .reconcile import Resource
from .run import Run

__all__ = ["topic", "topic_arn"]


def topic_arn(run: Run) -> str:
    """The ARN of the topic of ``alarms.topic``, whether it exists or not."""
    account = run.clients.caller().account
    return f"arn:aws:sns:{run.settings.aws.region}:{account}:{run.settings.alarms.topic}"


def topic(run: Run) -> Resource:
    """The topic, made where it is missing."""
    sns, name, arn = run.clients.boto("sns"), run.settings.alarms.topic, topic_arn(run)
    try:
        sns.get_topic_attributes(TopicArn=arn)
        before: dict[str, Any] | None = {"arn": arn}
    except sns.exceptions.NotFoundException:
        before = None
    why = "who wants to be told subscribes to it; alarms, reminders and budgets use the same"
    return Resource(f"topic {name}", before, {"arn": arn}, lambda: sns.create_topic(Name=name), why)
