"""What exploration saves by reading a published aggregate: bytes that Athena scans over the lake, and at most of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import UsageError
from smartroute_runbook.lake.bucket import lake_bucket, run_output
from smartroute_runbook.lake.files import data_files
from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB
from smartroute_runbook.query_parameters import Unbindable, with_defaults
from smartroute_runbook.translate.materialize import slug
from smartroute_runbook.views import Note, Table, View

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Exploration", "Saved", "exploration"]


_LEAST = BILLED_MINIMUM_MB * MB


@dataclass(frozen=True)
class Saved:
    """One published table.

    Attributes:
        lake_bytes: what Athena scanned for the dashboard's query over the lake.
        copy_bytes: of the copy's files: no question to it reads more.
    """

    table: str
    lake_bytes: int
    copy_bytes: int

    @property
    def factor(self) -> float | None:
        """How many times fewer bytes are billed, each query at its minimum; None where neither is above it."""
        lake, copy = max(self.lake_bytes, _LEAST), max(self.copy_bytes, _LEAST)
        return lake / copy if max(lake, copy) > _LEAST else None


@dataclass(frozen=True)
class Exploration:
    """Each table that was published and whose query the dashboard has."""

    tables: tuple[Saved, ...]

    def view(self) -> View:
        """One row a table."""
        rows = tuple(
            (one.table, one.lake_bytes, one.copy_bytes, f"{one.factor:,.1f}" if one.factor else "nothing yet")
            for one in self.tables
        )
        names = ("published table", "bytes over the lake", "bytes of the whole copy", "times cheaper")
        note = Note(
            f"Athena bills {BILLED_MINIMUM_MB} MB for a query at least: below that a copy saves time alone.",
        )
        return View("What a question costs over the lake, and over the copy", (Table(names, rows), note))


def exploration(run: Run) -> Exploration:
    """Ask Athena each query of the dashboard that a published table serves.

    Raises:
        ServiceError: Athena, Glue or S3 did not answer.
    """
    glue, texts = run.clients.boto("glue"), _texts(run)
    with explained("Reading the published tables"):
        pages = glue.get_paginator("get_tables").paginate(DatabaseName=run.settings.publish.database)
        tables = [table for page in pages for table in page["TableList"]]
    athena, saved = run.athena(run.settings.athena.migration_workgroup, run_output(run)), []
    for table in sorted(tables, key=lambda one: str(one["Name"])):
        if (text := texts.get(table["Name"])) is None:
            continue
        files = data_files(run, table["StorageDescriptor"]["Location"])
        saved.append(Saved(table["Name"], athena.query(text).bytes_scanned, sum(file.size for file in files)))
    return Exploration(tuple(saved))


def _texts(run: Run) -> dict[str, str]:
    """The dashboard's queries on Athena, by the name of the table that would serve each."""
    s3, folder = run.clients.boto("s3"), f"{run.settings.dashboard.published_queries}/athena/"
    bucket, found = lake_bucket(run), {}
    with explained("Reading the dashboard's queries"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder):
            for one in page.get("Contents", ()):
                name = one["Key"].removeprefix(folder).removesuffix(".sql")
                text = s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read().decode().strip("; \n")
                try:
                    found[slug(name)] = with_defaults(text)
                except Unbindable as error:
                    raise UsageError(
                        f"s3://{bucket}/{one['Key']}: {error}", hint="docs/dashboard-api.md has the forms"
                    ) from None
    return found
