"""To stay is to look again: a reminder by e-mail or chat on the day that the decision names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.run import Run

from .decision import Decision

__all__ = ["Reminder", "next_steps"]

ROLE = "smartroute-reminder"
SCHEDULE = "smartroute-look-again"


def next_steps(decision: Decision, cluster: Sequence[Reconciled]) -> tuple[Reconciled, ...]:
    """What is done after a decision: the cluster's steps, or after one to stay the reminder alone."""
    return tuple(cluster) if decision.verdict == "migrate" else (Reminder(decision),)


class Reminder(Reconciled):
    """After a decision to stay: one message to the alerts' topic on the day of the review; else nothing."""

    id: ClassVar[str] = "week1.reminder"
    needs: ClassVar[str | None] = "week1.cluster"
    undo: ClassVar[str] = f"delete the schedule {SCHEDULE}, the role {ROLE} and, if nothing else uses it, the topic"

    def undo_commands(self, run: Run) -> tuple[str, ...]:  # noqa: ARG002 - the names are the package's
        """The schedule, then its role."""
        return (
            f"aws scheduler delete-schedule --name {SCHEDULE}",
            f"aws iam delete-role-policy --role-name {ROLE} --policy-name publish",
            f"aws iam delete-role --role-name {ROLE}",
        )

    def __init__(self, decision: Decision) -> None:
        self._on = decision.review_on if decision.verdict == "stay" else None

    def resources(self, run: Run) -> Iterable[Resource]:
        """Topic, role, schedule; none when the decision is to migrate."""
        if self._on is None:
            return
        account = str(run.clients.boto("sts").get_caller_identity()["Account"])
        topic = f"arn:aws:sns:{run.settings.aws.region}:{account}:{run.settings.alarms.topic}"
        yield self._topic(run, topic)
        yield self._role(run, topic, account)
        yield self._schedule(run, topic, f"arn:aws:iam::{account}:role/{ROLE}")

    def _topic(self, run: Run, arn: str) -> Resource:
        sns, name = run.clients.boto("sns"), run.settings.alarms.topic
        try:
            sns.get_topic_attributes(TopicArn=arn)
            before: dict[str, Any] | None = {"arn": arn}
        except sns.exceptions.NotFoundException:
            before = None
        why = "who wants to be told subscribes to it; the alarms of week 4 use the same"
        return Resource(f"topic {name}", before, {"arn": arn}, lambda: sns.create_topic(Name=name), why)

    def _role(self, run: Run, topic: str, account: str) -> Resource:
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

    def _schedule(self, run: Run, topic: str, role: str) -> Resource:
        scheduler = run.clients.boto("scheduler")
        text = f"SmartRoute: Phase 3 was extended. Look at the move to Redshift again (decided in run {run.id})."
        after = {"at": f"at({self._on}T09:00:00)", "target": {"Arn": topic, "RoleArn": role, "Input": text}}
        try:
            found = scheduler.get_schedule(Name=SCHEDULE)
            target = {key: found["Target"].get(key) for key in ("Arn", "RoleArn", "Input")}
            before: dict[str, Any] | None = {"at": found["ScheduleExpression"], "target": target}
        except scheduler.exceptions.ResourceNotFoundException:
            before = None

        def make() -> None:
            put = scheduler.create_schedule if before is None else scheduler.update_schedule
            put(
                Name=SCHEDULE,
                ScheduleExpression=after["at"],
                Target=after["target"],
                FlexibleTimeWindow={"Mode": "OFF"},
                Description="SmartRoute: look again whether to migrate",
            )

        return Resource(f"reminder {SCHEDULE}", before, after, make, "a decision to stay is looked at again")
