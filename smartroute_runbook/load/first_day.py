"""The oldest day of the lake."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from smartroute_runbook.errors import UsageError
from smartroute_runbook.lake import described, registered
from smartroute_runbook.lake.partitions import places

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["first_day"]


def first_day(run: Run) -> date | None:
    """The oldest day of any table's partitions; None when none has a day."""
    begins = [begin for name in run.settings.athena.tables for begin in _begins(run, name)]
    return min(begins).date() if begins else None


def _begins(run: Run, name: str) -> list[datetime]:
    """When a table's partitions begin; nothing of one that cannot be read, which is named where it is loaded."""
    try:
        table = described(run, name)
        if not table.layout.columns:
            return []
        values = [part.values for part in registered(run, table)] if table.projection else list(places(run, table))
    except UsageError:
        return []
    return [begin for one in values if (begin := table.layout.begin(one))]
