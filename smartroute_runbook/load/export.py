"""Export a batch: UNLOAD into an empty prefix, check every file's schema, write the manifest that COPY will read."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import ServiceError, VerificationFailed
from smartroute_runbook.lake import DataFile, data_files
from smartroute_runbook.lake.bucket import run_output
from smartroute_runbook.lake.files import split
from smartroute_runbook.lake.ranged import RangedFile
from smartroute_runbook.quantities import plural

from .source import Batch, SourceTable, lake_bucket, partition_counts, source_of
from .sql import batch_filter, unload_sql

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Export", "export_batch"]

_PARQUET = {
    "bigint": ("INT64", None), "int": ("INT32", None), "integer": ("INT32", None), "double": ("DOUBLE", None),
    "string": ("BYTE_ARRAY", "String"), "varchar": ("BYTE_ARRAY", "String"), "boolean": ("BOOLEAN", None),
    "float": ("FLOAT", None), "date": ("INT32", "Date"), "char": ("BYTE_ARRAY", "String"),
    "binary": ("BYTE_ARRAY", None), "varbinary": ("BYTE_ARRAY", None), "smallint": ("INT32", None),
    "tinyint": ("INT32", None), "real": ("FLOAT", None),
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
    folder = batch.date if re.fullmatch(r"[\d.-]+", batch.date) else "undated"
    once = f"{batch.source[:12]}-{uuid.uuid4().hex[:8]}"
    base = f"s3://{lake_bucket(run)}/{run.settings.load.staging}/{table.name}/{folder}/{once}"
    if source_of(run, table, batch) != batch.source:
        raise ServiceError(
            f"{table.name} {batch.date} changed since it was read", hint="Run the step again: it reads anew"
        )
    counted = partition_counts(run, table, where)
    rows = {part.name: counted.get(part.values, 0) for part in batch.partitions}
    columns = [name for name, _ in table.all_columns]
    listed = _unload(run, unload_sql(table.database, table.name, columns, where, f"{base}/data/", table.as_json))
    if source_of(run, table, batch) != batch.source:
        raise ServiceError(f"{table.name} {batch.date} changed while it was exported", hint="Run the step again")
    files_by_address = {file.address: file for file in data_files(run, f"{base}/data/")}
    entries, size, exported = _entries(run, table, [_there(files_by_address, file) for file in listed])
    if exported != sum(rows.values()):
        raise VerificationFailed(
            f"The export of {table.name} {batch.date} holds {plural(exported, 'row')}",
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


def _there(files_by_address: Mapping[str, DataFile], address: str) -> DataFile:
    if address not in files_by_address:
        raise ServiceError(f"{address} is not there, though Athena says it wrote it", hint="Run the step again")
    return files_by_address[address]


def _entries(run: Run, table: SourceTable, files: list[DataFile]) -> tuple[list[dict[str, Any]], int, int]:
    """Manifest entries with their lengths (columnar COPY needs them), all bytes and all rows."""
    entries, size, rows = [], 0, 0
    for file in files:
        source = RangedFile(run.clients.boto("s3"), *split(file.address), file.size)
        try:
            with explained(f"Reading {file.address}"):
                footer = pq.ParquetFile(source).metadata
        except (pa.ArrowException, OSError) as error:
            raise ServiceError(
                f"{file.address} is not a readable Parquet file: {error}", hint="Run the step again"
            ) from error
        _check(table, file.address, footer)
        entries.append({"url": file.address, "mandatory": True, "meta": {"content_length": file.size}})
        size, rows = size + file.size, rows + footer.num_rows
    return entries, size, rows


def _check(table: SourceTable, file: str, footer: Any) -> None:
    """COPY pairs Parquet columns by position: every name, type and place must be the table's."""
    actual = [
        (c.name, c.physical_type, str(c.logical_type))
        for c in (footer.schema.column(i) for i in range(footer.num_columns))
    ]
    columns = table.all_columns
    if footer.num_columns != len(footer.schema.to_arrow_schema()):
        raise VerificationFailed(f"{file} has columns with parts", expected="flat columns")
    names = [name for name, _, _ in actual]
    if names != [name for name, _ in columns]:
        raise VerificationFailed(f"{file} has columns {', '.join(names)}", expected=", ".join(n for n, _ in columns))
    for (name, kind), (_, physical, logical) in zip(columns, actual, strict=True):
        expected = _PARQUET.get("string" if name in table.as_json else kind.split("(")[0])
        if expected and (physical != expected[0] or (expected[1] and expected[1] not in logical)):
            raise VerificationFailed(f"{file}: column '{name}' is {physical} {logical}", expected=f"{kind}")
