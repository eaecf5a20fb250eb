"""The lake's bucket, and what the runbook puts into it beside the tables."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from smartroute_runbook.errors import UsageError

from .files import split
from .tables import described

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["lake_bucket", "run_output"]


def lake_bucket(run: Run) -> str:
    """The bucket of the first table; where that one is carried no more, of the others, if they lie in one.

    Raises:
        UsageError: the first table is not carried, and nothing else says which bucket it was.
    """
    first, *others = run.settings.athena.tables
    try:
        return split(described(run, first).location)[0]
    except UsageError:  # it is named where it is loaded and proven, and holds back no other
        buckets = set()
        for name in others:
            with contextlib.suppress(UsageError):
                buckets.add(split(described(run, name).location)[0])
        if len(buckets) != 1:
            raise
        return buckets.pop()


def run_output(run: Run) -> str:
    """Where the migration workgroup puts results: beside the exports, not in the dashboards' expiring bucket."""
    return f"s3://{lake_bucket(run)}/{run.settings.load.staging}/athena-results/"
