"""Publish the translated queries beside the dashboard's own, where its API finds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..canonical import digest
from ..clients import explained
from ..errors import VerificationFailed
from ..steps import Action, Change, Outcome, Proposal
from ..views import Table, View

if TYPE_CHECKING:
    from ..run import Run

__all__ = ["PublishQueries", "Published"]


@dataclass(frozen=True)
class Published:
    """The queries as they lie in S3: name, object, digest of the SQL."""

    queries: tuple[tuple[str, str, str], ...]

    def view(self) -> View:
        """One row a query."""
        return View("Redshift queries published", (Table(("query", "object", "digest"), self.queries),), "good")


class PublishQueries:
    """Put the Redshift text of each query where the dashboard reads it; the Athena text stays as it is.

    Args:
        queries: Redshift SQL by name.
        bucket: the lake's bucket.
    """

    id = "week4.publish-queries"

    def __init__(self, queries: Mapping[str, str], bucket: str) -> None:
        self.queries, self.bucket = dict(sorted(queries.items())), bucket

    def _key(self, run: Run, name: str) -> str:
        return f"{run.settings.dashboard.published_queries}/redshift/{name}.sql"

    def _is(self, run: Run, name: str) -> str | None:
        s3 = run.clients.boto("s3")
        with explained(f"Reading query {name}"):
            try:
                return str(s3.get_object(Bucket=self.bucket, Key=self._key(run, name))["Body"].read().decode())
            except s3.exceptions.NoSuchKey:
                return None

    def propose(self, run: Run) -> Proposal:
        """Compare with what is published."""
        changes = []
        for name, sql in self.queries.items():
            now = self._is(run, name)
            action: Action = "create" if now is None else "none" if now == sql else "modify"
            changes.append(
                Change(f"s3://{self.bucket}/{self._key(run, name)}", action, now and digest(now)[:12], digest(sql)[:12])
            )
        return Proposal(self.id, tuple(changes), "delete these objects; the dashboard's Athena queries are not touched")

    def apply(self, run: Run, proposal: Proposal) -> Outcome:  # noqa: ARG002
        """Write them."""
        for name, sql in self.queries.items():
            with explained(f"Publishing query {name}"):
                run.clients.boto("s3").put_object(Bucket=self.bucket, Key=self._key(run, name), Body=sql.encode())
        return Outcome(self.id, "applied", {"published": sorted(self.queries)})

    def verify(self, run: Run) -> Published:
        """Read them back."""
        rows = []
        for name, sql in self.queries.items():
            if self._is(run, name) != sql:
                raise VerificationFailed(f"Query {name} is not published as translated", hint="Run the step again")
            rows.append((name, f"s3://{self.bucket}/{self._key(run, name)}", digest(sql)[:12]))
        return Published(tuple(rows))
