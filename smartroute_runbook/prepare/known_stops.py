"""The list of stops that exist, which the audit holds the data against: GTFS ``stops.txt`` (``audit.stops``)."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from smartroute_runbook.errors import UsageError
from smartroute_runbook.files import read_text

__all__ = ["known_stops"]


def known_stops(path: Path) -> set[str]:
    """Every ``stop_id`` of the file.

    Raises:
        UsageError: it cannot be read, or has no such column.
    """
    try:
        table = csv.DictReader(io.StringIO(read_text(path, "The list of stops")))
        if "stop_id" in (table.fieldnames or ()):
            return {row["stop_id"] for row in table}
    except csv.Error:
        pass
    raise UsageError(
        f"The list of stops {path} has no column stop_id", expected="GTFS stops.txt, with a column stop_id"
    )
