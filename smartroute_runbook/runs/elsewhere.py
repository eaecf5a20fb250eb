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


def went_back_elsewhere(store: Store, environment: str, own: str, since: datetime) -> tuple[str, str] | None:
    """The other run in which the dashboard left Redshift after a moment, and when (ISO, UTC); None for none.

    Args:
        store: of all the runs.
        environment: whose dashboard it is.
        own: the run that asks; its own journal says more.
        since: when what was signed in it was signed.

    Raises:
        VerificationFailed: another run's journal is damaged.
    """
    for run_id in reversed(runs(store, environment)):
        if run_id == own:
            continue
        try:
            ends = list(Journal(store, f"{run_id}/journal").of(*ENDS))
            for entry in reversed(ends):
                left = entry.body.get("to") == "athena" and str(entry.body.get("before", "")).startswith("redshift")
                if left and datetime.fromisoformat(entry.at) > since:
                    return run_id, entry.at
        except (RunbookError, ValueError) as error:  # a rollback may stand where it is damaged
            raise VerificationFailed(
                f"The journal of run '{run_id}' cannot be read: whether the dashboard went back in it is not known",
                hint="smartroute-runbook verify says what is wrong; restore it from a backup",
            ) from error
    return None
