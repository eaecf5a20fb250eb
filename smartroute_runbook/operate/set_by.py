"""Whether this run knows who set the dashboard's parameter last, by the version that SSM gives each value.

A rollback needs SSM alone, so it may be in no record, or in one that this run does not read: that of another folder, or
of the run from which this one was copied. What was measured and signed before it says nothing of now. SSM counts the
values of a parameter from 1. Source: Systems Manager user guide, "Working with parameter versions in Parameter Store".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartroute_runbook.api.routing import CANDIDATE, Route
from smartroute_runbook.errors import StaleProposal
from smartroute_runbook.runs.switching import ENDS

from .dashboard import engine_parameter

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["note_setting", "require_known_setting", "settings_of_others"]

_SEEN = "dashboard-seen"


def note_setting(run: Run) -> None:
    """Note a value that this run does not know of, so that its gate is shown with it.

    What an attempt of its own left that was killed is none: the next attempt ends it, and nobody need sign again.

    Raises:
        ServiceError: SSM did not answer.
    """
    route, version = engine_parameter(run).versioned()
    killed = any(one.outcome == "no end" for one in run.switches().switches)
    if not _knows(run, route, version) and not (killed and route.engine == CANDIDATE):
        run.record(_SEEN, {"route": str(route), "version": version})


def settings_of_others(run: Run) -> tuple[tuple[str, int], ...]:
    """Values that somebody else set, each with its version, as they were noted."""
    return tuple((str(entry.body["route"]), int(entry.body["version"])) for entry in run.journal.of(_SEEN))


def require_known_setting(run: Run) -> None:
    """Go on only where the value is one that this run set, or that was shown to its gate.

    Raises:
        StaleProposal: somebody else set it since.
    """
    route, version = engine_parameter(run).versioned()
    if not _knows(run, route, version):
        raise StaleProposal(
            f"Somebody else set the dashboard's parameter to {route} (version {version}) since this run knew of it",
            expected="no other value since the points before the cut-over were measured",
            hint="Ask who, and why; then measure anew (week 4), read the evidence, then sign",
        )


def _knows(run: Run, route: Route, version: int) -> bool:
    """By its number, and as what it was: a parameter that is made anew counts from 1 again.

    A run of an older release has no versions, and nobody can tell.
    """
    entries = [entry.body for entry in run.journal.of(*ENDS, _SEEN) if entry.body.get("version")]
    known = {(body["version"], body.get("left", body.get("route"))) for body in entries}
    return not known or (version, str(route)) in known
