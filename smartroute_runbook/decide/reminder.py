"""After a decision to stay: a reminder by e-mail or chat on the date that the decision names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.scheduled import ROLE, Message, scheduled

from .decision import Decision

__all__ = ["Reminder", "next_steps"]

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
        text = f"SmartRoute: Phase 3 was extended. Look at the move to Redshift again (decided in run {run.id})."
        description, why = "SmartRoute: look again whether to migrate", "a decision to stay is looked at again"
        yield from scheduled(run, Message(SCHEDULE, self._on, text, description, why))
