"""Whether the lake has begun: a made-up one, all of whose days are still to come, is read to its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from smartroute_runbook.errors import UsageError
from smartroute_runbook.lake import Values, described, registered
from smartroute_runbook.lake.partitions import places, registrations
from smartroute_runbook.lake.tables import SourceTable

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["all_to_come"]


def all_to_come(run: Run, today: date) -> bool:
    """Whether partitions have a day, and every one of them, of every table, a day after ``today``.

    The first other one is the answer: of a year of hours one page of Glue is read.
    """
    dated = False
    for name in run.settings.athena.tables:
        for day in _days(run, name):
            if day <= today:
                return False
            dated = True
    return dated


def _days(run: Run, name: str) -> Iterator[date]:
    """The days of a table's partitions; none of one that cannot be read, which is named where it is loaded."""
    try:
        table = described(run, name)
        if table.layout.columns:
            yield from (begin.date() for values in _values(run, table) if (begin := table.layout.begin(values)))
    except UsageError:
        return


def _values(run: Run, table: SourceTable) -> Iterator[Values]:
    if table.projection:  # computed: those that have files
        yield from (part.values for part in registered(run, table))
    elif not table.keys or table.kind == "iceberg":
        yield from places(run, table)
    else:
        yield from (values for values, _ in registrations(run, table))
