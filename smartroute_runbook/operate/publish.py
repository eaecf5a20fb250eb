"""Publish the translated queries beside the dashboard's own, where its API finds them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import Refused, ServiceError
from smartroute_runbook.lake.beside import require_beside_tables
from smartroute_runbook.lake.bucket import lake_bucket
from smartroute_runbook.runs.evidence import read_kept
from smartroute_runbook.runs.reconcile import Reconciled, Resource

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["PublishQueries", "compared_texts", "published_since", "published_text"]


class PublishQueries(Reconciled):
    """Put the Redshift text of each query where the dashboard reads it; the Athena text stays as it is.

    Only texts that week 3 compared, and that its gate holds: another text would reach users unproven.

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
        """One object a query, with its whole text: what is published is read before it is.

        Raises:
            Refused: a text is another than week 3 compared.
            UsageError: the published queries lie in a table: they would be read as its rows.
        """
        compared = compared_texts(run)
        for name, sql in self.queries.items():
            if sql not in compared.get(name, ()):
                raise Refused(
                    f"Query {name} is to be published in a text that week 3 did not compare",
                    expected="the text that gate 'week3.compared' holds", hint="Run week 3 again, read it, then sign",
                )  # fmt: skip
        require_beside_tables(run, "dashboard.published_queries", run.settings.dashboard.published_queries)
        s3, folder = run.clients.boto("s3"), f"{run.settings.dashboard.published_queries}/redshift"
        for name, sql in self.queries.items():
            key = f"{folder}/{name}.sql"
            make = partial(s3.put_object, Bucket=self.bucket, Key=key, Body=sql.encode())
            yield Resource(f"s3://{self.bucket}/{key}", _published(s3, self.bucket, key), sql, make)


def compared_texts(run: Run) -> dict[str, set[str]]:
    """The Redshift texts of each query that the gate of week 3 holds: translated, and over a view.

    Raises:
        VerificationFailed: what it holds was changed, or is gone.
    """
    gate, found = run.last_gate(PublishQueries.needs), dict[str, set[str]]()
    for name in ("dashboardqueries", "aggregates"):
        held = gate.evidence.get(f"{PublishQueries.needs}.{name}") if gate else None
        if held is None:
            continue
        file = f"evidence/{PublishQueries.needs}.{name}-{held[:12]}.json"
        kept = json.loads(read_kept(run.store, run.journal, run.id, file))
        texts = [(one["name"], one["sql"]) for one in kept.get("translations", ())]
        for query, sql in (*texts, *kept.get("templates", {}).items(), *kept.get("serving", {}).items()):
            found.setdefault(query, set()).add(sql)
    return found


def _published(s3: Any, bucket: str, key: str) -> str | None:
    try:
        return str(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode(errors="backslashreplace"))
    except s3.exceptions.NoSuchKey:
        return None


def published_text(run: Run, query: str, engine: str) -> str | None:
    """A query's text as the dashboard's API finds it for an engine; None where there is none.

    Raises:
        ServiceError: S3 or Glue did not answer, or what is published is no text.
    """
    s3 = run.clients.boto("s3")
    key = f"{run.settings.dashboard.published_queries}/{engine}/{query}.sql"
    with explained(f"Reading the published query {query}"):
        try:
            return str(s3.get_object(Bucket=lake_bucket(run), Key=key)["Body"].read().decode())
        except s3.exceptions.NoSuchKey:
            return None
        except UnicodeDecodeError as error:
            raise ServiceError(
                f"The published query {key} is not text in UTF-8: {error.reason} at byte {error.start}",
                hint="Write the query's text to this object again",
            ) from None


def published_since(run: Run, since: datetime) -> list[tuple[str, str]]:
    """Texts that were published for either engine since a moment: when (ISO, UTC), and where.

    Raises:
        ServiceError: S3 or Glue did not answer.
    """
    found: list[Any] = []
    since = since.replace(microsecond=0)  # S3 tells whole seconds
    with explained("Reading the published queries"):
        pages = run.clients.boto("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=lake_bucket(run), Prefix=f"{run.settings.dashboard.published_queries}/"):
            found += [one for one in page.get("Contents", ()) if one["LastModified"] >= since]
    return [(one["LastModified"].isoformat(), f"{one['Key']} was published") for one in found]
