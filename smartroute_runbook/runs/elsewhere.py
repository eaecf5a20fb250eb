"""What other runs of the same store say of the one dashboard that they share.

``rollback`` without a run's name is recorded in the newest run: the one that cut over then knows nothing of it.
"""

from __future__ import annotations

from datetime import datetime

from smartroute_runbook.errors import RunbookError, VerificationFailed

from .journal import Journal
from .known_runs import runs
from .store import Store
from .switching import ENDS

__all__ = ["went_back_elsewhere"]


def went_back_elsewhere(store: Store, environment: str, own: str, since: datetime) -> tuple[str, datetime] | None:
    """The other run in which the dashboard left Redshift last, and when, where that was after a moment; None for none.

    Args:
        store: of all the runs.
        environment: whose dashboard it is.
        own: the run that asks; its own journal says more.
        since: when what was signed in it was first signed.

    Raises:
        VerificationFailed: another run's journal is damaged: a rollback may stand where it is.
    """
    begun = {key.partition("/journal/")[0] for key in store.keys("") if "/journal/" in key}
    for run_id in sorted(begun - set(runs(store)) - {own}):
        raise _damaged(run_id)
    last: tuple[str, datetime] | None = None
    for run_id in runs(store, environment):
        if run_id == own:
            continue
        try:
            for entry in Journal(store, f"{run_id}/journal").of(*ENDS):
                left = entry.body.get("to") == "athena" and str(entry.body.get("before", "")).startswith("redshift")
                at = datetime.fromisoformat(entry.at)
                if left and at > (last[1] if last else since):
                    last = run_id, at
        except (RunbookError, ValueError) as error:
            raise _damaged(run_id) from error
    return last


def _damaged(run_id: str) -> VerificationFailed:
    return VerificationFailed(
        f"The journal of run '{run_id}' cannot be read: whether the dashboard went back in it is not known",
        hint="smartroute-runbook verify says what is wrong; restore it from a backup",
    )
