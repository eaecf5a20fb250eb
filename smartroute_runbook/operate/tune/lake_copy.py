"""One Redshift view as a table of the lake: unloaded, proven equal by both engines, and only then what readers see.

Each copy has a folder of its own, and the table's location is moved to it in one call: a query on Athena reads the old
copy or the new one, never parts of both. The copy before the newest stays, for queries that have begun to read it. The
table notes a digest of what was proven, its definition and its files: who changes either is noticed.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from smartroute_runbook.canonical import digest
from smartroute_runbook.engines.clients import explained
from smartroute_runbook.engines.quoting import literal, qualified
from smartroute_runbook.errors import UsageError, VerificationFailed
from smartroute_runbook.lake.bucket import lake_bucket, run_output
from smartroute_runbook.lake.files import DataFile, data_files, split
from smartroute_runbook.lake.ranged import RangedFile
from smartroute_runbook.prove.encoding import Field
from smartroute_runbook.prove.spec import TableSpec
from smartroute_runbook.prove.tables import tables_equal
from smartroute_runbook.quantities import plural

if TYPE_CHECKING:
    import pyarrow as pa

    from smartroute_runbook.runs.run import Run

__all__ = ["CopiedView", "copied", "copy_of", "delete_table"]

_SERDE = "org.apache.hadoop.hive.ql.io.parquet"
_AT_ONCE = 1_000
"""Objects that S3 deletes in one call (DeleteObjects, S3 API reference)."""
_VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CopiedView:
    """A materialized view, and what it was made of.

    Attributes:
        view: its name in the Redshift schema.
        loaded: how many partitions the ledger has and when the last was loaded: another load, another copy.
        as_proven: whether the table and its files are those that were proven.
    """

    view: str
    loaded: str
    as_proven: bool = True


def copy_of(run: Run, name: str) -> CopiedView | None:
    """What a table of the published database is a copy of; None where there is no such table.

    Raises:
        UsageError: the table is somebody else's: it would be replaced.
    """
    table = _table(run, name)
    if table is None:
        return None
    noted = table.get("Parameters", {})
    if "view" not in noted:
        database = run.settings.publish.database
        raise UsageError(
            f"Glue table {database}.{name} was not made by the runbook", expected="none, or a copy of a view",
            hint="Drop or rename it, or name another publish.database",
        )  # fmt: skip
    files = data_files(run, _place(table)) if _place(table).startswith("s3://") else []
    return CopiedView(noted["view"], noted.get("loaded", ""), noted.get("proven") == _state(table, files))


def copied(run: Run, name: str, source: CopiedView, role: str) -> None:
    """Copy a view into the lake as the table ``name``, or renew that copy.

    Raises:
        UsageError: the view has no row and was never copied, or a column that Athena cannot read of a file.
        VerificationFailed: the copy is not equal to the view, or another one was published meanwhile; the table still
            shows the copy before.
        ServiceError: an engine or AWS refused; likewise.
    """
    bucket, folder = lake_bucket(run), f"{run.settings.publish.prefix}/{name}"
    version = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
    location, before = f"s3://{bucket}/{folder}/{version}/", _table(run, name)
    with _dropped_if_it_fails(run, bucket, f"{folder}/{version}/"):
        _unload(run, source.view, location, role)
        files = data_files(run, location)
        columns, rows = _columns(run, source, files, before)
        # Under the view's own name, as both sides of a proof have one; nobody knows of it yet.
        _put_table(run, source.view, location, columns, source, files)
        try:
            _prove(run, source.view, columns, sum(file.size for file in files) if rows else 0)
            for table, place in ((source.view, location), (name, _place(before))):
                if _place(_table(run, table)) != place:
                    raise VerificationFailed(
                        f"Somebody else publishes {name} at the same time", expected="one at a time",
                        hint="Propose it again when that has ended",
                    )  # fmt: skip
        finally:
            delete_table(run, source.view)
    _put_table(run, name, location, columns, source, files)
    if before is not None:
        _forget_older(run, bucket, folder, {version}, _place(before).removeprefix(f"s3://{bucket}/{folder}/"))


def _place(table: dict[str, Any] | None) -> str:
    return str(table.get("StorageDescriptor", {}).get("Location", "")) if table else ""


def _state(table: dict[str, Any], files: Sequence[DataFile]) -> str:
    """A digest of all that decides what a table's readers get."""
    stored = table.get("StorageDescriptor", {})
    columns = [[one["Name"], one.get("Type")] for one in stored.get("Columns", ())]
    keys = [one["Name"] for one in table.get("PartitionKeys") or ()]
    serde = stored.get("SerdeInfo", {}).get("SerializationLibrary")
    how = [stored.get("Location"), stored.get("InputFormat"), serde, table.get("TableType")]
    return digest([columns, keys, how, [list(file) for file in files]])


@contextmanager
def _dropped_if_it_fails(run: Run, bucket: str, folder: str) -> Iterator[None]:
    """No table shows the copy yet: its files are nobody's when it fails. Of a copy that was killed the next ones go."""
    try:
        yield
    except Exception:
        with suppress(Exception):  # the failure is what is to be told
            _delete(run, bucket, folder, lambda _key: True)
        raise


def _unload(run: Run, view: str, location: str, role: str) -> None:
    schema = run.settings.redshift.schema_name
    query = f"SELECT * FROM {qualified(schema, view)}"  # noqa: S608  (quoted by engines.quoting)
    with run.redshift() as redshift:
        redshift.execute(f"REFRESH MATERIALIZED VIEW {qualified(schema, view)}")
        redshift.execute(f"UNLOAD ({literal(query)}) TO {literal(location)} IAM_ROLE {literal(role)} FORMAT AS PARQUET")


def _columns(
    run: Run, source: CopiedView, files: Sequence[DataFile], before: dict[str, Any] | None
) -> tuple[Columns, int]:
    """Columns with Athena's types, from what UNLOAD wrote: the types of a file are those that Athena will read; rows.

    UNLOAD may write no file of a view without rows: it has the columns of its copy before.
    """
    import pyarrow.parquet as pq

    footers = []
    for file in files:
        with explained(f"Reading {file.address}"):
            one = pq.ParquetFile(RangedFile(run.clients.boto("s3"), *split(file.address), file.size))
            footers.append((one.schema_arrow, one.metadata.num_rows))
    if footers:
        columns = tuple((field.name, _athena_type(source.view, field)) for field in footers[0][0])
        return columns, sum(rows for _, rows in footers)
    if before is not None and before["Parameters"].get("view") == source.view:
        return tuple((one["Name"], one["Type"]) for one in before["StorageDescriptor"]["Columns"]), 0
    raise UsageError(
        f"The view {source.view} has no rows, and Redshift wrote no file that would name its columns",
        hint="Publish it once it has some; publish.tables names the others",
    )


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
        finer = {column for column, kind in columns if kind == "timestamp"}
        cells = {column for one in proof.differences for column in one.columns}
        raise VerificationFailed(
            f"The copy of {view} in the lake is {proof.verdict}: {plural(proof.control_rows, 'row')} there, "
            f"{proof.candidate_rows:,} in Redshift. " + "; ".join(map(str, proof.differences[:3])),
            expected="equal",
            hint="Athena reads milliseconds of a file, not microseconds: DATE_TRUNC them in the query"
            if cells and cells <= finer
            else "It was refreshed meanwhile: publish again when no load is running",
        )


def _put_table(
    run: Run, name: str, location: str, columns: Columns, source: CopiedView, files: Sequence[DataFile]
) -> None:
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
    table["Parameters"]["proven"] = _state(table, files)
    with explained(f"Making table {database}.{name}"):
        try:
            glue.create_table(DatabaseName=database, TableInput=table)
        except glue.exceptions.AlreadyExistsException:
            glue.update_table(DatabaseName=database, TableInput=table)


def _table(run: Run, name: str) -> dict[str, Any] | None:
    glue = run.clients.boto("glue")
    try:
        table: dict[str, Any] = glue.get_table(DatabaseName=run.settings.publish.database, Name=name)["Table"]
    except glue.exceptions.EntityNotFoundException:
        return None
    return table


def delete_table(run: Run, name: str) -> None:
    """Take a table out of the published database; its files stay."""
    glue = run.clients.boto("glue")
    with explained(f"Deleting table {name}"), suppress(glue.exceptions.EntityNotFoundException):
        glue.delete_table(DatabaseName=run.settings.publish.database, Name=name)


def _forget_older(run: Run, bucket: str, folder: str, ours: Collection[str], before: str) -> None:
    """Delete the copies that were begun before the one which readers had until now; a later one may be under way."""
    oldest = before.partition("/")[0]

    def older(key: str) -> bool:
        version = key.removeprefix(f"{folder}/").partition("/")[0]
        return version < oldest and version not in ours

    if _VERSION.fullmatch(oldest):
        _delete(run, bucket, f"{folder}/", older)


def _delete(run: Run, bucket: str, folder: str, which: Callable[[str], bool]) -> None:
    s3 = run.clients.boto("s3")
    with explained(f"Deleting older copies in s3://{bucket}/{folder}"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder)
        gone = [{"Key": one["Key"]} for page in pages for one in page.get("Contents", ()) if which(one["Key"])]
        for start in range(0, len(gone), _AT_ONCE):
            s3.delete_objects(Bucket=bucket, Delete={"Objects": gone[start : start + _AT_ONCE], "Quiet": True})
