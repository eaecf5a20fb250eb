"""Publish the translated queries beside the dashboard's own, where its API finds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smartroute_runbook.canonical import digest
from smartroute_runbook.engines.clients import explained
from smartroute_runbook.runs.reconcile import Reconciled, Resource

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["PublishQueries", "published_text"]


class PublishQueries(Reconciled):
    """Put the Redshift text of each query where the dashboard reads it; the Athena text stays as it is.

    Args:
        queries: Redshift SQL by name.
        bucket: the lake's bucket.
    """

    id = "week4.publish-queries"
    needs = "week3.compared"
    undo = "delete these objects; the dashboard's Athena queries are not touched"

    def __init__(self, queries: Mapping[str, str], bucket: str) -> None:
        self.queries, self.bucket = dict(sorted(queries.items())), bucket

    def resources(self, run: Run) -> Iterator[Resource]:
        """One object a query, by the digest of its text."""
        s3, folder = run.clients.boto("s3"), f"{run.settings.dashboard.published_queries}/redshift"
        for name, sql in self.queries.items():
            key = f"{folder}/{name}.sql"
            make = partial(s3.put_object, Bucket=self.bucket, Key=key, Body=sql.encode())
            yield Resource(f"s3://{self.bucket}/{key}", _published(s3, self.bucket, key), digest(sql)[:12], make)


def _published(s3: Any, bucket: str, key: str) -> str | None:
    try:
        return digest(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())[:12]
    except s3.exceptions.NoSuchKey:
        return None


def published_text(run: Run, query: str, engine: str) -> str | None:
    """A query's text as the dashboard's API finds it for an engine; None where there is none.

    Raises:
        ServiceError: S3 or Glue did not answer.
    """
    s3 = run.clients.boto("s3")
    key = f"{run.settings.dashboard.published_queries}/{engine}/{query}.sql"
    with explained(f"Reading the published query {query}"):
        try:
            return str(s3.get_object(Bucket=_bucket(run), Key=key)["Body"].read().decode())
        except s3.exceptions.NoSuchKey:
            return None


def _bucket(run: Run) -> str:
    """The lake's bucket, by the location of its first table."""
    athena = run.settings.athena
    table = run.clients.boto("glue").get_table(DatabaseName=athena.database, Name=athena.tables[0])["Table"]
    return urlsplit(str(table["StorageDescriptor"]["Location"])).netloc
