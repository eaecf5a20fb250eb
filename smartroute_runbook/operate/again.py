"""After a rollback: one message to the alarms' topic on the day of the next attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast

from smartroute_runbook.errors import RunbookError
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.scheduled import ROLE, Message, scheduled
from smartroute_runbook.runs.steps import Outcome, Proposal, Step
from smartroute_runbook.runs.switching import gone_back
from smartroute_runbook.views import Note, View

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["NextAttempt", "TryAgain", "next_attempt", "try_again"]

SCHEDULE = "smartroute-try-again"


class TryAgain(Reconciled):
    """One message to the alarms' topic, ``dashboard.try_again_days`` after the dashboard went back last."""

    id: ClassVar[str] = "rollback.try-again"
    needs: ClassVar[str | None] = "week1.decision"  # whoever decided to migrate is reminded to try again
    undo: ClassVar[str] = f"delete the schedule {SCHEDULE} and, if nothing else uses it, the role {ROLE}"

    def resources(self, run: Run) -> Iterable[Resource]:
        """Topic, role, schedule; none where the dashboard never went back."""
        back = gone_back(run.journal.entries())
        if back is None:
            return
        went = datetime.fromisoformat(back.ended or back.at).astimezone(UTC)
        on = (went + timedelta(days=run.settings.dashboard.try_again_days)).date()
        text = (
            f"SmartRoute: the dashboard went back to Athena on {went.date()} (run {run.id}, {run.environment}). Is the "
            f"cause found and mended? Then try again: 'smartroute-runbook status' says how."
        )
        why = "Redshift keeps its data, and what is proven stays proven: only week 4 is done again"
        yield from scheduled(run, Message(SCHEDULE, on, text, "SmartRoute: try the cut-over again", why))


@dataclass(frozen=True)
class NextAttempt:
    """When the cut-over is tried again, as far as that could be proposed or scheduled: a rollback ends without it."""

    result: Proposal | Outcome | None
    why: str = ""

    def view(self) -> View:
        """The proposal, or what was made of it."""
        if self.result is None:
            return View("The next attempt is not scheduled", (Note(self.why, "warn"),), "warn")
        return self.result.view()


def next_attempt(run: Run) -> NextAttempt:
    """Propose the message: the topic, the role and the schedule as they are and as they shall be."""
    return _forgiving(lambda: run.propose(cast(Step[Any], TryAgain())))


def try_again(run: Run) -> NextAttempt:
    """Schedule the message as it was proposed, where the run has decided to migrate."""
    return _forgiving(lambda: run.do(cast(Step[Any], TryAgain())).outcome)


def _forgiving(act: Callable[[], Proposal | Outcome]) -> NextAttempt:
    try:
        return NextAttempt(act())
    except (RunbookError, OSError) as error:
        return NextAttempt(None, str(error))
