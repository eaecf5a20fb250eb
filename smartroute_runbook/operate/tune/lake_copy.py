"""One Redshift view as a table of the lake: unloaded, proven equal by both engines, and only then what readers see.

Each copy has a folder of its own, and the table's location is moved to it in one call: a query on Athena reads the old
copy or the new one, never parts of both. The copy before the newest stays, for queries that have begun to read it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.engines.quoting import literal, qualified
from smartroute_runbook.errors import UsageError, VerificationFailed
from smartroute_runbook.lake.bucket import lake_bucket, run_output
from smartroute_runbook.lake.files import DataFile, data_files, split
from smartroute_runbook.lake.ranged import RangedFile
from smartroute_runbook.prove.encoding import Field
from smartroute_runbook.prove.spec import TableSpec
from smartroute_runbook.prove.tables import tables_equal

if TYPE_CHECKING:
    import pyarrow as pa

    from smartroute_runbook.runs.run import Run

__all__ = ["CopiedView", "copied", "copy_of"]

_SERDE = "org.apache.hadoop.hive.ql.io.parquet"
_AT_ONCE = 1_000
"""Objects that S3 deletes in one call (DeleteObjects, S3 API reference)."""
Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CopiedView:
    """A materialized view, and what it was made of.

    Attributes:
        view: its name in the Redshift schema.
        loaded: how many partitions the ledger has and when the last was loaded: another load, another copy.
    """

    view: str
    loaded: str


def copy_of(run: Run, name: str) -> CopiedView | None:
    """What a table of the published database is a copy of; None where there is no such table."""
    noted = (_table(run, name) or {}).get("Parameters")
    return None if noted is None else CopiedView(noted.get("view", ""), noted.get("loaded", ""))


def copied(run: Run, name: str, source: CopiedView, role: str) -> None:
    """Copy a view into the lake as the table ``name``, or renew that copy.

    Raises:
        UsageError: the view has no row, or a column that Athena cannot read of a file.
        VerificationFailed: the copy is not equal to the view; the table still shows the copy before.
        ServiceError: an engine or AWS refused; likewise.
    """
    bucket, folder = lake_bucket(run), f"{run.settings.publish.prefix}/{name}"
    version = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
    location = f"s3://{bucket}/{folder}/{version}/"
    _unload(run, source.view, location, role)
    files = data_files(run, location)
    columns = _columns(run, source.view, files)
    # Under the view's own name, as both sides of a proof have one; nobody knows of it yet.
    _put_table(run, source.view, location, columns, source)
    before = _table(run, name)
    try:
        _prove(run, source.view, columns, sum(file.size for file in files))
        _put_table(run, name, location, columns, source)
    finally:
        run.clients.boto("glue").delete_table(DatabaseName=run.settings.publish.database, Name=source.view)
    _forget_older(run, bucket, folder, {location, before["StorageDescriptor"]["Location"] if before else location})


def _unload(run: Run, view: str, location: str, role: str) -> None:
    schema = run.settings.redshift.schema_name
    query = f"SELECT * FROM {qualified(schema, view)}"  # noqa: S608  (quoted by engines.quoting)
    with run.redshift() as redshift:
        redshift.execute(f"REFRESH MATERIALIZED VIEW {qualified(schema, view)}")
        redshift.execute(f"UNLOAD ({literal(query)}) TO {literal(location)} IAM_ROLE {literal(role)} FORMAT AS PARQUET")


def _columns(run: Run, view: str, files: Sequence[DataFile]) -> Columns:
    """Columns with Athena's types, from what UNLOAD wrote: the types of a file are those that Athena will read."""
    import pyarrow.parquet as pq

    schemas = []
    for file in files:
        with explained(f"Reading {file.address}"):
            source = RangedFile(run.clients.boto("s3"), *split(file.address), file.size)
            schemas.append(pq.read_schema(source))
    if not schemas:
        raise UsageError(f"The view {view} has no rows: there is nothing to publish")
    return tuple((field.name, _athena_type(view, field)) for field in schemas[0])


def _athena_type(view: str, field: pa.Field) -> str:
    from pyarrow import types

    kind = field.type
    if types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if types.is_timestamp(kind):
        return "timestamp"
    names = {
        "int16": "smallint", "int32": "int", "int64": "bigint", "float": "float", "double": "double", "bool": "boolean",
        "string": "string", "date32[day]": "date",
    }  # fmt: skip
    if str(kind) not in names:
        raise UsageError(
            f"Column '{field.name}' of view {view} is unloaded as {kind}",
            expected="a number, a text, a boolean, a date or a timestamp",
            hint="Name the other views in publish.tables",
        )  # fmt: skip
    return names[str(kind)]


def _prove(run: Run, view: str, columns: Columns, size: int) -> None:
    """Both engines, row by row: a view that Redshift refreshed since it was unloaded differs, and is not published."""
    settings = run.settings
    fields = tuple(Field(column, kind) for column, kind in columns)
    spec = TableSpec(settings.publish.database, view, fields, lake_bytes=size, schema=settings.redshift.schema_name)
    athena, budget = run.athena(settings.athena.migration_workgroup, run_output(run)), settings.proof.budget_usd
    with run.redshift() as redshift, run.progress(f"Proving the copy of {view}", 1.0) as line:
        proof = tables_equal(
            athena, redshift, spec, budget_usd=Decimal(str(budget)),
            progress=lambda what, share: line.update(share, what),
        )  # fmt: skip
    if not proof.equal:
        raise VerificationFailed(
            f"The copy of {view} in the lake is {proof.verdict}: {proof.control_rows:,} rows there, "
            f"{proof.candidate_rows:,} in Redshift",
            expected="equal", hint="It was refreshed meanwhile: publish again when no load is running",
        )  # fmt: skip


def _put_table(run: Run, name: str, location: str, columns: Columns, source: CopiedView) -> None:
    """Create the table, or move it: one call, after which every new query reads the new copy."""
    glue, database = run.clients.boto("glue"), run.settings.publish.database
    table: dict[str, Any] = {
        "Name": name,
        "Description": f"A copy of Redshift's view {source.view}; smartroute-runbook tune publish renews it",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "EXTERNAL": "TRUE", "classification": "parquet", "view": source.view, "loaded": source.loaded,
        },
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns],
            "Location": location,
            "InputFormat": f"{_SERDE}.MapredParquetInputFormat",
            "OutputFormat": f"{_SERDE}.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": f"{_SERDE}.serde.ParquetHiveSerDe"},
        },
    }  # fmt: skip
    with explained(f"Making table {database}.{name}"):
        try:
            glue.create_table(DatabaseName=database, TableInput=table)
        except glue.exceptions.AlreadyExistsException:
            glue.update_table(DatabaseName=database, TableInput=table)


def _table(run: Run, name: str) -> dict[str, Any] | None:
    glue = run.clients.boto("glue")
    try:
        found: dict[str, Any] = glue.get_table(DatabaseName=run.settings.publish.database, Name=name)["Table"]
    except glue.exceptions.EntityNotFoundException:
        return None
    return found


def _forget_older(run: Run, bucket: str, folder: str, keep: Collection[str]) -> None:
    """Delete every copy but those at the locations to keep, with what copies that failed have left."""
    s3, here = run.clients.boto("s3"), f"s3://{bucket}/"
    with explained(f"Deleting older copies in s3://{bucket}/{folder}"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{folder}/")
        keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
        gone = [{"Key": key} for key in keys if f"{here}{key.rpartition('/')[0]}/" not in keep]
        for start in range(0, len(gone), _AT_ONCE):
            s3.delete_objects(Bucket=bucket, Delete={"Objects": gone[start : start + _AT_ONCE], "Quiet": True})
