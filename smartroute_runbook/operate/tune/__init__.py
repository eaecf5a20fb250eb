"""After the cut-over, each when it is wanted: queues, another size, analysts, the archive, aggregates."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from smartroute_runbook.runs.reconcile import Reconciled

from .aggregates import PublishAggregates, publish_anew
from .analysts import AnalystsWorkgroup, analyst_policy
from .archive import ArchiveLake
from .exploration import Exploration, exploration
from .front import CacheInFront
from .queues import TuneQueues
from .resize import Resize

__all__ = [
    "STEPS", "AnalystsWorkgroup", "ArchiveLake", "CacheInFront", "Exploration", "PublishAggregates", "Resize",
    "TuneQueues", "analyst_policy", "exploration", "publish_anew",
]  # fmt: skip

STEPS: Mapping[str, Callable[[], Reconciled]] = {
    "queues": TuneQueues,
    "resize": Resize,
    "analysts": AnalystsWorkgroup,
    "archive": ArchiveLake,
    "publish": PublishAggregates,
    "cache": CacheInFront,
}
"""By the name that ``smartroute-runbook tune`` takes."""
