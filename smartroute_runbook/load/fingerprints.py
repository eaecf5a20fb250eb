"""Where Athena's fingerprints are kept between a run's proofs: in the staging area, their digests in the journal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.lake import Values

from .source import Partition, lake_bucket

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Fingerprints"]


class Fingerprints:
    """Those of one table. What another run wrote, or what changed since, is not believed: the journal has digests."""

    def __init__(self, run: Run, table: str, partitions: Sequence[Partition]) -> None:
        self._run, self._table = run, table
        self._identity = {part.values: part.source for part in partitions}
        self._bucket = lake_bucket(run)

    @property
    def identity(self) -> Mapping[Values, str]:
        """By partition, the digest of its files and of the table's columns."""
        return self._identity

    def read(self, name: str) -> bytes | None:
        """What this run kept last under a name; None when it is not there any more, or is other bytes."""
        sha256 = self._last(name)
        if not sha256:
            return None
        s3 = self._run.clients.boto("s3")
        with explained("Reading kept fingerprints"):
            try:
                data: bytes = s3.get_object(Bucket=self._bucket, Key=self._key(name))["Body"].read()
            except s3.exceptions.NoSuchKey:
                return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def write(self, name: str, data: bytes) -> None:
        """Keep it; nothing is written when the same is there, or from a run that is only read."""
        sha256 = hashlib.sha256(data).hexdigest()
        if self._run.reading or self._last(name) == sha256:
            return
        with explained("Keeping fingerprints"):
            self._run.clients.boto("s3").put_object(Bucket=self._bucket, Key=self._key(name), Body=data)
        self._run.journal.append("fingerprints", {"table": self._table, "name": name, "sha256": sha256})

    def _last(self, name: str) -> str:
        digests = [entry.body["sha256"] for entry in self._run.journal.of("fingerprints") if entry.body["name"] == name]
        return str(digests[-1]) if digests else ""

    def _key(self, name: str) -> str:
        staging = self._run.settings.load.staging.strip("/")
        return f"{staging}/fingerprints/{self._run.id}/{self._table}/{name}.json.gz"
