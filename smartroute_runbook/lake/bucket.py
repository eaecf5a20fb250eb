"""The lake's bucket, and what the runbook puts into it beside the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .files import split
from .tables import described

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["lake_bucket", "run_output"]


def lake_bucket(run: Run) -> str:
    """The bucket of the first table."""
    return split(described(run, run.settings.athena.tables[0]).location)[0]


def run_output(run: Run) -> str:
    """Where the migration workgroup puts results: beside the exports, not in the dashboards' expiring bucket."""
    return f"s3://{lake_bucket(run)}/{run.settings.load.staging}/athena-results/"
