"""A table as Glue describes it: what it is, its columns, its partition columns; and what is not carried, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import UsageError, did_you_mean
from smartroute_runbook.quantities import plural

from .columns import LONGEST_NAME, Carried, nested, obstacles
from .files import split
from .layout import Layout, layout_of
from .projection import Projection, projection_of
from .reading import SERDES, Reading, format_of, reading_of
from .values import HIVE_NULL, KINDS, kind_of, typed

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["LEDGER", "Kind", "SourceTable", "describe", "described", "read_table", "read_tables"]

#: The table in Redshift that lists what is loaded.
LEDGER = "migration_ledger"
Kind = Literal["files", "list", "view", "link", "iceberg", "delta", "hudi"]


@dataclass(frozen=True)
class SourceTable:
    """A table of the control: columns with Athena types; partition columns are not in its files.

    Attributes:
        kind: ``files`` for a Hive table over files of any format that Athena reads; ``list`` where the location holds
            the files' addresses; ``link`` for a link to a table of another database.
        format: ``parquet``, ``orc``, ``csv``, ``json``, ... as its SerDe says; '' when unknown.
        projection: how its partitions are computed, when they are not registered.
        layout: which partition columns tell the day.
        version: of an Iceberg table, the metadata file that is its present state.
        carried: how its nested columns are carried, by ``load.nested``.
        reading: how its files are read besides, see ``reading.py``; nothing for plain Parquet.
        restored: whether Athena reads objects of S3 Glacier while they are restored.
    """

    database: str
    name: str
    columns: tuple[tuple[str, str], ...]
    partition_columns: tuple[tuple[str, str], ...]
    location: str
    kind: Kind = "files"
    format: str = "parquet"
    projection: Projection | None = None
    layout: Layout = field(default_factory=Layout)
    version: str = ""
    carried: Carried = "super"
    reading: Reading = ()
    restored: bool = False

    @property
    def as_json(self) -> tuple[str, ...]:
        """Names of the columns that cross as JSON text."""
        return tuple(name for name, kind in self.columns if nested(kind))

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the partition columns."""
        return tuple(name for name, _ in self.partition_columns)

    @property
    def all_columns(self) -> tuple[tuple[str, str], ...]:
        """File columns, then partition columns: the order of every export and of the Redshift table."""
        return self.columns + self.partition_columns


def read_table(run: Run, name: str) -> SourceTable:
    """A table as Glue describes it, when it can be carried.

    Raises:
        UsageError: there is no such table, or it is of a kind that is not carried: which, and what to do.
    """
    table = described(run, name)
    for reason, hint in obstacles(table.all_columns, table.carried):
        raise UsageError(f"Table {table.database}.{name} {reason}", hint=hint)
    return table


def described(run: Run, name: str) -> SourceTable:
    """A table of a kind that can be carried, whatever its columns have become since it was.

    Raises:
        UsageError: there is no such table, or it is of a kind that is not carried.
    """
    table = describe(run, name)
    for reason, hint in _obstacles(table):
        raise UsageError(f"Table {table.database}.{name} {reason}", hint=hint)
    return table


def read_tables(run: Run) -> tuple[SourceTable, ...]:
    """All tables of ``athena.tables``."""
    return tuple(read_table(run, name) for name in run.settings.athena.tables)


def describe(run: Run, name: str) -> SourceTable:
    """A table of any kind.

    Raises:
        UsageError: there is none of that name.
    """
    glue, database = run.clients.boto("glue"), run.settings.athena.database
    with explained(f"Reading table {database}.{name} from Glue"):
        try:
            raw: dict[str, Any] = glue.get_table(DatabaseName=database, Name=name)["Table"]
        except glue.exceptions.EntityNotFoundException:
            pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
            known = [table["Name"] for page in pages for table in page["TableList"]]
            raise UsageError(f"Glue has no table {database}.{name}", hint=did_you_mean(name, known)) from None
    return _described(run, database, raw)


def _described(run: Run, database: str, raw: Mapping[str, Any]) -> SourceTable:
    descriptor, parameters = raw.get("StorageDescriptor") or {}, raw.get("Parameters") or {}
    keys = tuple((str(key["Name"]).lower(), str(key["Type"]).lower()) for key in raw.get("PartitionKeys") or ())
    columns = tuple((str(c["Name"]).lower(), _type(c)) for c in descriptor.get("Columns") or ())
    location = str(descriptor.get("Location") or "")
    projection = projection_of(parameters, keys, location)
    table = SourceTable(
        database, str(raw["Name"]), columns, keys, location, _kind(raw, descriptor, parameters),
        format_of(descriptor), projection, version=str(parameters.get("metadata_location", "")),
        carried=run.settings.load.nested, reading=reading_of(descriptor, parameters),
        restored=str(parameters.get("read_restored_glacier_objects", "")).lower() == "true",
    )  # fmt: skip
    layout = projection.layout if projection and projection.layout.columns else _layout(run, table)
    return SourceTable(**{**vars(table), "layout": layout})


def _type(column: Mapping[str, Any]) -> str:
    return str(column.get("Type", "string")).lower().strip()


def _layout(run: Run, table: SourceTable) -> Layout:
    """By the columns alone; where a text may be a date, also by the first page of what is registered."""
    plain = layout_of(table.partition_columns)
    if plain.columns or not any(kind_of(kind) == "text" for _, kind in table.partition_columns):
        return plain
    with explained(f"Reading partitions of {table.name}"):
        page = run.clients.boto("glue").get_partitions(
            DatabaseName=table.database, TableName=table.name, ExcludeColumnSchema=True, MaxResults=100
        )
    some = []
    for partition in page["Partitions"]:
        try:
            some.append(
                tuple(typed(k, v) for (_, k), v in zip(table.partition_columns, partition["Values"], strict=True))
            )
        except ValueError:
            continue
    return layout_of(table.partition_columns, some)


def _kind(raw: Mapping[str, Any], descriptor: Mapping[str, Any], parameters: Mapping[str, Any]) -> Kind:
    if raw.get("TargetTable"):
        return "link"
    if raw.get("TableType") == "VIRTUAL_VIEW":
        return "view"
    declared = str(parameters.get("table_type", "")).upper()
    provider = str(parameters.get("spark.sql.sources.provider", "")).lower()
    if declared == "ICEBERG" or provider == "iceberg":
        return "iceberg"
    if declared == "DELTA" or provider == "delta":
        return "delta"
    if "symlink" in str(descriptor.get("InputFormat", "")).lower():
        return "list"
    return "hudi" if "hudi" in str(descriptor.get("InputFormat", "")).lower() or provider == "hudi" else "files"


#: Why a table of a kind is not carried, and what to do about it.
_KINDS: dict[Kind, tuple[str, str]] = {
    "view": (
        "is a view: it holds no rows of its own",
        "Name the tables it reads in athena.tables; 'smartroute-runbook translate' makes a Redshift view of it",
    ),
    "link": ("is a link to a table elsewhere", "Set athena.database to the database that has the table itself"),
    "list": (
        "is read through a list of its files (SymlinkTextInputFormat): they may change while the list stays",
        "Make a Parquet table of it (CREATE TABLE AS on Athena) and name that one in athena.tables",
    ),
    **{
        kind: (
            f"is a {kind.title()} table, whose files are not all its rows",
            "Make a Parquet table of it (CREATE TABLE AS on Athena) and name that one in athena.tables",
        )
        for kind in ("delta", "hudi")
    },
}


def _obstacles(table: SourceTable) -> Iterable[tuple[str, str]]:
    """Why a table is not carried, and what to do about it."""
    if table.kind in _KINDS:
        yield _KINDS[table.kind]
    if table.restored:
        yield (
            "reads objects of S3 Glacier while they are restored (read_restored_glacier_objects): its rows come and go",
            "Copy what is restored to S3 Standard, and take the property off",
        )
    if table.kind == "iceberg" and not table.version:
        yield "is an Iceberg table without metadata_location in Glue", "Query it once on Athena, or register it again"
    if not table.columns:
        yield "has no columns in Glue", "Describe its columns in Glue: a crawler does, or CREATE EXTERNAL TABLE"
    for name, kind in table.partition_columns:
        if not kind_of(kind):
            yield (
                f"is partitioned by {name}, which is a {kind}",
                f"Expected one of {', '.join(sorted(KINDS))}: declare the column anew with such a type",
            )
    if table.projection:
        yield from ((reason, hint) for reason, hint in table.projection.obstacles)
    yield from _name(table)
    if table.kind == "files":
        if not table.format:
            yield "is in a format that the runbook does not know", f"Expected a SerDe of {', '.join(sorted(SERDES))}"
        yield from _address(table)


def _name(table: SourceTable) -> Iterable[tuple[str, str]]:
    if table.name == LEDGER:
        yield (
            f"has the name of the ledger that the runbook keeps in Redshift, {LEDGER}",
            "Make a table of another name over the same files, and name that one in athena.tables",
        )
    if len(table.name.encode()) > LONGEST_NAME:
        yield (
            f"has a name of {plural(len(table.name.encode()), 'byte')}, and Redshift takes {LONGEST_NAME}",
            "Make a table of a shorter name over the same files, and name that one in athena.tables",
        )


def _address(table: SourceTable) -> Iterable[tuple[str, str]]:
    bucket_only = table.location.startswith(("s3://", "s3a://", "s3n://"))
    if not bucket_only or not split(table.location)[0]:
        yield f"lies at '{table.location}', which is no S3 location", "Correct the table's location in Glue"
    elif HIVE_NULL in table.location:
        yield f"lies in a NULL partition's folder, {table.location}", "Correct the table's location in Glue"
