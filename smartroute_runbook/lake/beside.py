"""What a run writes lies beside every table: a file inside one would be read as rows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartroute_runbook.engines.s3_paths import overlapping
from smartroute_runbook.errors import UsageError

from .files import split
from .tables import described

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["require_beside_tables"]


def require_beside_tables(run: Run, parameter: str, prefix: str) -> None:
    """Refuse a prefix of the lake's bucket in which a table lies, or which lies in a table.

    Args:
        run: whose tables are asked of Glue.
        parameter: the name of the parameter that gives the prefix.
        prefix: without the bucket.

    Raises:
        UsageError: they overlap; nothing was written.
    """
    locations = {name: described(run, name).location for name in run.settings.athena.tables}
    bucket = split(next(iter(locations.values())))[0]
    if name := overlapping(f"{bucket}/{prefix}", locations):
        raise UsageError(
            f"{parameter} is '{prefix}', where table '{name}' lies", expected="a prefix beside every table",
            hint="Files that are put there would be read as rows of the table",
        )  # fmt: skip
