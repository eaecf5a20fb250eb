"""``sync`` by the hour: a schedule of EventBridge Scheduler that invokes a Lambda function with this package in it.

The function comes from a container image: as a zip the package's libraries (pyarrow, numpy) are larger than the 250 MB
that Lambda takes (Lambda quotas). docs/keep-fresh.md says how the image is made. The runbook makes the schedule and its
role, and arms the alarm on freshness once a scheduled ``sync`` was seen to end well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.errors import Refused
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.roles import Role
from smartroute_runbook.runs.scheduled import trusting_schedules

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["ROLE", "ScheduleSync"]

ROLE = "smartroute-sync"
_EVERY_HOUR = "cron(16 * * * ? *)"
"""A minute after hours are closed (``load.settle_minutes`` is 15), in UTC."""


class ScheduleSync(Reconciled):
    """The schedule and its role; nothing where ``load.sync_function`` names no function."""

    id: ClassVar[str] = "week4.schedule-sync"
    needs: ClassVar[str | None] = "week3.compared"
    undo: ClassVar[str] = f"delete the schedule and the role {ROLE}; the function is not the runbook's"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """The schedule, then its role."""
        return (
            f"aws scheduler delete-schedule --name {_name(run)}",
            f"aws iam delete-role-policy --role-name {ROLE} --policy-name invoke",
            f"aws iam delete-role --role-name {ROLE}",
        )

    def resources(self, run: Run) -> Iterator[Resource]:
        """Role, then schedule.

        Raises:
            Refused: there is no such function: the schedule would fail each hour unnoticed.
        """
        if run.settings.load.sync_function is None:
            return
        function = _function(run)
        allowed = {"Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": [function]}
        role = Role(
            ROLE,
            trusting_schedules(run),
            {"invoke": {"Version": "2012-10-17", "Statement": [allowed]}},
            "SmartRoute: starts the hourly sync",
        )
        yield from role.resources(
            run, trusted="only this account's schedules may take it on", allowed="starts this function, nothing else"
        )
        yield _schedule(run, function)


def _function(run: Run) -> str:
    """The function's ARN, after it was found."""
    name, functions = run.settings.load.sync_function, run.clients.boto("lambda")
    try:
        return str(functions.get_function_configuration(FunctionName=name)["FunctionArn"])
    except functions.exceptions.ResourceNotFoundException:
        raise Refused(
            f"There is no Lambda function {name}",
            expected="the one that load.sync_function names, with this package in its image",
            hint="Make it as docs/keep-fresh.md says, or leave load.sync_function empty and run sync by cron",
        ) from None


def _schedule(run: Run, function: str) -> Resource:
    scheduler, name = run.clients.boto("scheduler"), _name(run)
    role = f"arn:aws:iam::{run.clients.caller().account}:role/{ROLE}"
    payload = json.dumps({"environment": run.environment, "run_id": run.id})
    target: dict[str, Any] = {"Arn": function, "RoleArn": role, "Input": payload}
    after = {"at": _EVERY_HOUR, "state": "ENABLED", "target": target, "retries": 0}
    try:
        schedule = scheduler.get_schedule(Name=name)
        before: dict[str, Any] | None = {
            "at": schedule["ScheduleExpression"],
            "state": schedule.get("State", "ENABLED"),
            "target": {key: schedule["Target"].get(key) for key in target},
            "retries": schedule["Target"].get("RetryPolicy", {}).get("MaximumRetryAttempts"),
        }
    except scheduler.exceptions.ResourceNotFoundException:
        before = None

    def make() -> None:
        put = scheduler.create_schedule if before is None else scheduler.update_schedule
        put(
            Name=name,
            ScheduleExpression=_EVERY_HOUR,
            ScheduleExpressionTimezone="UTC",
            State="ENABLED",
            Target={**target, "RetryPolicy": {"MaximumRetryAttempts": 0}},
            FlexibleTimeWindow={"Mode": "OFF"},
            Description="SmartRoute: load what is new into Redshift",
        )

    why = "each hour's rows, a minute after the hour is closed; the next run makes up for one that failed"
    return Resource(f"schedule {name}", before, after, make, why)


def _name(run: Run) -> str:
    return f"{run.settings.redshift.cluster}-sync"
