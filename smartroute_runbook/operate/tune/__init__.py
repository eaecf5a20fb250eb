"""After the cut-over, each when it is wanted: a queue of the dashboard's own, another size, analysts, the archive."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from smartroute_runbook.runs.reconcile import Reconciled

from .analysts import AnalystsWorkgroup, analyst_policy
from .archive import ArchiveLake
from .queues import TuneQueues
from .resize import Resize

__all__ = ["STEPS", "AnalystsWorkgroup", "ArchiveLake", "Resize", "TuneQueues", "analyst_policy"]

STEPS: Mapping[str, Callable[[], Reconciled]] = {
    "queues": TuneQueues,
    "resize": Resize,
    "analysts": AnalystsWorkgroup,
    "archive": ArchiveLake,
}
"""By the name that ``smartroute-runbook tune`` takes."""
