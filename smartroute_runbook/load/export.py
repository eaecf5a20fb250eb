"""Export a batch: UNLOAD into an empty prefix, check every file's schema, write the manifest that COPY will read."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import ServiceError, VerificationFailed

from .source import Batch, SourceTable, lake_bucket, partition_counts, source_of, split
from .sql import batch_filter, unload_sql
from .tables import run_output

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Export", "export_batch"]

_PARQUET = {
    "bigint": ("INT64", None), "int": ("INT32", None), "integer": ("INT32", None), "double": ("DOUBLE", None),
    "string": ("BYTE_ARRAY", "String"), "varchar": ("BYTE_ARRAY", "String"), "boolean": ("BOOLEAN", None),
    "float": ("FLOAT", None), "date": ("INT32", "Date"),
}  # fmt: skip


@dataclass(frozen=True)
class Export:
    """A batch in S3, ready for COPY: its manifest, rows (as Athena counted them at the same read point) and bytes."""

    batch: Batch
    manifest: str
    rows: Mapping[str, int]
    files: int
    bytes: int

    @property
    def total(self) -> int:
        """Rows of all its partitions."""
        return sum(self.rows.values())


def export_batch(run: Run, table: SourceTable, batch: Batch) -> Export:
    """UNLOAD one batch. A prefix is used once: what a killed export left behind is never read.

    Raises:
        ServiceError: the batch's files changed while they were exported.
        VerificationFailed: an exported file has other columns than the table.
    """
    where = batch_filter(table.keys, [part.values for part in batch.partitions])
    base = f"s3://{lake_bucket(run)}/{run.settings.load.staging}/{table.name}/{batch.date}/{batch.source[:12]}-{uuid.uuid4().hex[:8]}"
    if source_of(run, table, batch) != batch.source:
        raise ServiceError(
            f"{table.name} {batch.date} changed since it was read", hint="Run the step again: it reads anew"
        )
    counted = partition_counts(run, table, where)
    rows = {part.name: counted.get(part.values, 0) for part in batch.partitions}
    columns = [name for name, _ in table.all_columns]
    listed = _unload(run, unload_sql(table.database, table.name, columns, where, f"{base}/data/"))
    if source_of(run, table, batch) != batch.source:
        raise ServiceError(f"{table.name} {batch.date} changed while it was exported", hint="Run the step again")
    entries, size, exported = _entries(run, table, listed)
    if exported != sum(rows.values()):
        raise VerificationFailed(
            f"The export of {table.name} {batch.date} holds {exported:,} rows",
            expected=f"{sum(rows.values()):,}, as Athena counted them",
            hint="Run the step again",
        )
    manifest = f"{base}/manifest.json"
    bucket, key = split(manifest)
    with explained("Writing a manifest"):
        body = json.dumps({"entries": entries}).encode()
        run.clients.boto("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
    return Export(batch, manifest, rows, len(entries), size)


def _unload(run: Run, sql: str) -> list[str]:
    """Run UNLOAD; the files it wrote, from its own data manifest (not from a listing)."""
    query = run.athena(run.settings.athena.migration_workgroup, run_output(run)).run(sql)
    with explained("Reading the export's manifest"):
        client = run.clients.boto("athena")
        execution = client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        location = execution["Statistics"].get("DataManifestLocation")
        if not location:
            raise ServiceError(f"Athena named no files for export {query}", hint="Run the step again")
        bucket, key = split(location)
        text = run.clients.boto("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return [line.strip() for line in text.splitlines() if line.strip()]


def _entries(run: Run, table: SourceTable, files: list[str]) -> tuple[list[dict[str, Any]], int, int]:
    """Manifest entries with their lengths (columnar COPY needs them), all bytes and all rows."""
    entries, size, rows = [], 0, 0
    for file in files:
        bucket, key = split(file)
        source = _Ranged(run.clients.boto("s3"), bucket, key)
        try:
            with explained(f"Reading {file}"):
                footer = pq.ParquetFile(source).metadata
        except (pa.ArrowException, OSError) as error:
            raise ServiceError(f"{file} is no readable Parquet: {error}", hint="Run the step again") from error
        _check(table, file, footer)
        entries.append({"url": file, "mandatory": True, "meta": {"content_length": source.size}})
        size, rows = size + source.size, rows + footer.num_rows
    return entries, size, rows


def _check(table: SourceTable, file: str, footer: Any) -> None:
    """COPY pairs Parquet columns by position: every name, type and place must be the table's."""
    found = [
        (c.name, c.physical_type, str(c.logical_type))
        for c in (footer.schema.column(i) for i in range(footer.num_columns))
    ]
    wanted = table.all_columns
    names = [name for name, _, _ in found]
    if names != [name for name, _ in wanted]:
        raise VerificationFailed(f"{file} has columns {', '.join(names)}", expected=", ".join(n for n, _ in wanted))
    for (name, kind), (_, physical, logical) in zip(wanted, found, strict=True):
        expected = _PARQUET.get(kind.split("(")[0])
        if expected and (physical != expected[0] or (expected[1] and expected[1] not in logical)):
            raise VerificationFailed(f"{file}: column '{name}' is {physical} {logical}", expected=f"{kind}")


class _Ranged(io.RawIOBase):
    """An S3 object as a seekable file: only the footer's ranges are read."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._bucket, self._key, self._at = client, bucket, key, 0
        with explained(f"Reading s3://{bucket}/{key}"):
            self.size = int(client.head_object(Bucket=bucket, Key=key)["ContentLength"])

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self.size)[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        stop = self.size if size is None or size < 0 else min(self.size, self._at + size)
        if stop <= self._at:
            return b""
        wanted = f"bytes={self._at}-{stop - 1}"
        data: bytes = self._client.get_object(Bucket=self._bucket, Key=self._key, Range=wanted)["Body"].read()
        self._at += len(data)
        return data
