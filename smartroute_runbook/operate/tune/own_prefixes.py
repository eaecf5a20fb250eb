"""What the runbook keeps in the lake's bucket lies apart: one prefix expires, another is deleted to undo a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartroute_runbook.engines.s3_paths import overlapping
from smartroute_runbook.errors import UsageError
from smartroute_runbook.lake.bucket import lake_bucket

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["require_apart"]


def require_apart(run: Run) -> None:
    """Refuse prefixes of which one lies in another: published queries, published tables, exports, results, the record.

    Raises:
        UsageError: two overlap; nothing was written.
    """
    settings, bucket = run.settings, lake_bucket(run)
    prefixes = {
        "publish.prefix": settings.publish.prefix,
        "dashboard.published_queries": settings.dashboard.published_queries,
        "load.staging": settings.load.staging,
        "analysts.results": settings.analysts.results,
    }
    places = {name: f"{bucket}/{prefix}" for name, prefix in prefixes.items()}
    store = settings.record.store
    if store and store.startswith("s3://"):
        places["record.store"] = store.removeprefix("s3://")
    for name, place in places.items():
        others = {other: where for other, where in places.items() if other != name}
        if found := overlapping(place, others):
            raise UsageError(
                f"{name} and {found} overlap: {place} and {places[found]}", expected="prefixes beside each other",
                hint="What is in one expires, or is deleted to undo a step, with all that lies below it",
            )  # fmt: skip
