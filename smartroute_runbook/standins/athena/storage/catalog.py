"""Glue as Athena sees it: databases, tables, views, and only those partitions that are registered."""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from moto.backends import get_backend

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.s3 import ObjectInfo, Objects, split_uri

from .projection import is_projected, projected

__all__ = ["HIVE_NULL", "PARQUET", "Catalog", "GlueColumn", "GluePartition", "GlueTable"]

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"  # how a partition whose value is NULL is registered
PARQUET: dict[str, Any] = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}


@dataclass(frozen=True)
class GlueColumn:
    """A column with its Hive type (``bigint``, ``string``, ``decimal(10,2)``, ``array<string>``)."""

    name: str
    type: str
    comment: str = ""


@dataclass(frozen=True)
class GluePartition:
    """One registered partition (or, with no values, a whole unpartitioned table) and its objects.

    ``descriptor`` is its own, where files are read otherwise than the table's.
    """

    values: tuple[str, ...]
    location: str
    objects: tuple[ObjectInfo, ...]
    descriptor: dict[str, Any] | None = None


@dataclass(frozen=True)
class GlueTable:
    """A table or a view; ``view`` is the view's Trino SQL, None for a table."""

    database: str
    name: str
    columns: tuple[GlueColumn, ...]
    keys: tuple[GlueColumn, ...]
    location: str
    view: str | None
    raw: dict[str, Any]

    @property
    def fields(self) -> tuple[GlueColumn, ...]:
        """All columns, partition keys last, in the order of ``SELECT *``."""
        return self.columns + self.keys

    @property
    def serde(self) -> str:
        """Last word of the SerDe's class, such as ``ParquetHiveSerDe``."""
        info = self.raw.get("StorageDescriptor", {}).get("SerdeInfo") or {}
        return str(info.get("SerializationLibrary", "")).rpartition(".")[2]

    def of(self, partition: GluePartition) -> GlueTable:
        """The table as the files of one partition are read: under the partition's own SerDe and options."""
        if partition.descriptor is None:
            return self
        return replace(self, raw={**self.raw, "StorageDescriptor": partition.descriptor})


class Catalog:
    """The Glue Data Catalog of this process, read and written through moto's backend."""

    def __init__(self, objects: Objects, account: str, region: str) -> None:
        self._objects, self._account, self._region = objects, account, region

    @property
    def glue(self) -> Any:
        """Moto's Glue backend (looked up each time: a reset of moto replaces it)."""
        return get_backend("glue")[self._account][self._region]

    def create_table(self, database: str, name: str, table: dict[str, Any]) -> None:
        """Add a table or view; ``default`` comes to be with its first one."""
        if database == "default" and database not in self.glue.databases:
            self.glue.create_database(database, {"Name": database})
        self.glue.create_table(database, name, table)

    def databases(self) -> list[str]:
        """Names, sorted; ``default`` is always there, as in an AWS account that has used Athena."""
        return sorted({"default", *self.glue.databases})

    def tables(self, database: str) -> list[GlueTable]:
        """All tables and views of a database, by name."""
        if database not in self.databases():
            raise QueryFailed("SCHEMA_NOT_FOUND", f"line 1:1: Schema '{database}' does not exist")
        entry = self.glue.databases.get(database)
        return [_table(database, entry.tables[name].as_dict()) for name in sorted(entry.tables)] if entry else []

    def find(self, database: str, name: str) -> GlueTable | None:
        """A table or view, or None. Names are lower case in Glue."""
        database, name = database.lower(), name.lower()
        entry = self.glue.databases.get(database)
        if entry is None or name not in entry.tables:
            return None
        return _table(database, entry.tables[name].as_dict())

    def get(self, database: str, name: str) -> GlueTable:
        """A table or view.

        Raises:
            QueryFailed: SCHEMA_NOT_FOUND or TABLE_NOT_FOUND.
        """
        if database.lower() not in self.databases():
            raise QueryFailed("SCHEMA_NOT_FOUND", f"line 1:1: Schema '{database.lower()}' does not exist")
        table = self.find(database, name)
        if table is None:
            where = f"awsdatacatalog.{database.lower()}.{name.lower()}"
            raise QueryFailed("TABLE_NOT_FOUND", f"line 1:1: Table '{where}' does not exist")
        return table

    def partitions(self, table: GlueTable) -> list[GluePartition]:
        """The registered partitions with their objects; an unpartitioned table is one partition."""
        if not table.keys:
            return [GluePartition((), table.location, tuple(self.objects_at(table.location)))]
        if is_projected(table.raw.get("Parameters") or {}):
            return self._projected(table)
        entry = self.glue.databases[table.database].tables[table.name]
        rows = [partition.as_dict() for partition in tuple(entry.partitions.values())]
        if not rows:
            return []
        places = [str((row.get("StorageDescriptor") or {}).get("Location") or "") for row in rows]
        return [
            GluePartition(tuple(str(v) for v in row["Values"]), place, objects, _own_descriptor(table, row))
            for row, place, objects in zip(rows, places, self._objects_of(places), strict=True)
        ]

    def computes_partitions(self, table: GlueTable) -> bool:
        """Whether they are not registered but computed from the table's properties, and from the time."""
        return bool(table.keys) and is_projected(table.raw.get("Parameters") or {})

    def registered(self, table: GlueTable) -> list[Any]:
        """The partitions as moto holds them: one that is changed is replaced."""
        return list(self.glue.databases[table.database].tables[table.name].partitions.values())

    def buckets(self, table: GlueTable) -> list[str]:
        """Where files of the table lie, and those of its registered partitions."""
        places = [
            (one.partition_input.get("StorageDescriptor") or {}).get("Location") for one in self.registered(table)
        ]
        return sorted({split_uri(place)[0] for place in (table.location, *places) if place})

    def _projected(self, table: GlueTable) -> list[GluePartition]:
        """The computed partitions that have objects."""
        keys = tuple(key.name for key in table.keys)
        computed = list(projected(table.raw.get("Parameters") or {}, keys, table.location))
        objects = self._objects_of([place for _, place in computed])
        partitions = (
            GluePartition(values, place, files) for (values, place), files in zip(computed, objects, strict=True)
        )
        return [partition for partition in partitions if partition.objects]

    def _objects_of(self, places: list[str]) -> Iterator[tuple[ObjectInfo, ...]]:
        """Objects below each of many locations, with one listing a bucket and common prefix."""
        listings: dict[str, tuple[list[str], list[ObjectInfo]]] = {}
        for place in places:
            bucket, key = _folder(place)
            if bucket not in listings:
                mine = [_folder(p)[1] for p in places if _folder(p)[0] == bucket]
                listing = self._objects.list(bucket, _common_prefix(min(mine), max(mine)))
                listings[bucket] = ([info.key for info in listing], listing)
            names, listing = listings[bucket]
            start, end = bisect_left(names, key), bisect_left(names, key + "\U0010ffff")
            yield tuple(info for info in listing[start:end] if _is_data(info, key))

    def objects_at(self, location: str) -> list[ObjectInfo]:
        """Data objects below a location: not empty, not hidden (``_`` or ``.`` names), as Hive reads folders."""
        bucket, key = _folder(location)
        try:
            return [info for info in self._objects.list(bucket, key) if _is_data(info, key)]
        except FileNotFoundError:
            raise QueryFailed(
                "PERMISSION_DENIED", f"Access denied when writing to or listing location: {location}"
            ) from None

    def add_partition(self, table: GlueTable, values: tuple[str, ...], location: str = "") -> bool:
        """Register a partition; False when it is registered already."""
        place = location or _hive_path(table, values)
        descriptor = {**table.raw["StorageDescriptor"], "Location": place}
        entry = self.glue.get_table(table.database, table.name)
        if str(list(values)) in entry.partitions:
            return False
        entry.create_partition({"Values": list(values), "StorageDescriptor": descriptor, "Parameters": {}})
        return True

    def discover(self, table: GlueTable) -> list[tuple[str, ...]]:
        """Hive-style folders below the table's location, as partition values; what MSCK REPAIR TABLE finds."""
        _, root = _folder(table.location)
        partitions: dict[tuple[str, ...], None] = {}
        for info in self.objects_at(table.location):
            pairs = [part.partition("=") for part in info.key[len(root) :].split("/")[: len(table.keys)]]
            if [name for name, _, _ in pairs] == [key.name for key in table.keys] and all(sep for _, sep, _ in pairs):
                partitions[tuple(unquote(value) for _, _, value in pairs)] = None
        return list(partitions)


def _own_descriptor(table: GlueTable, partition: dict[str, Any]) -> dict[str, Any] | None:
    """A partition's storage descriptor, where it names another SerDe or other options than the table's."""
    own, tables = partition.get("StorageDescriptor") or {}, table.raw.get("StorageDescriptor") or {}
    return own if own.get("SerdeInfo") and own["SerdeInfo"] != tables.get("SerdeInfo") else None


def _hive_path(table: GlueTable, values: tuple[str, ...]) -> str:
    steps = "".join(f"{key.name}={value}/" for key, value in zip(table.keys, values, strict=True))
    return f"{table.location.rstrip('/')}/{steps}"


def _folder(location: str) -> tuple[str, str]:
    bucket, key = split_uri(location)
    return bucket, key if not key or key.endswith("/") else key + "/"


def _common_prefix(a: str, b: str) -> str:
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return a[:n]


def _is_data(info: ObjectInfo, root: str) -> bool:
    if info.size == 0 or info.storage in ("GLACIER", "DEEP_ARCHIVE"):  # Athena passes over what is archived
        return False
    return not any(part[:1] in {"_", "."} for part in info.key[len(root) :].split("/"))


def _table(database: str, raw: dict[str, Any]) -> GlueTable:
    descriptor = raw.get("StorageDescriptor") or {}
    columns, keys = (
        tuple(GlueColumn(f["Name"].lower(), _type(f.get("Type", "string")), f.get("Comment", "")) for f in fields or ())
        for fields in (descriptor.get("Columns"), raw.get("PartitionKeys"))
    )
    view = _view_sql(raw) if raw.get("TableType") == "VIRTUAL_VIEW" else None
    return GlueTable(database, raw["Name"], columns, keys, str(descriptor.get("Location") or ""), view, raw)


def _type(text: str) -> str:
    """A Hive type with all of its numbers: ``decimal`` alone is ``decimal(10,0)`` (Hive, LanguageManual Types)."""
    return re.sub(r"\bdecimal\b(?!\s*[(:])", "decimal(10,0)", text.lower())


def _view_sql(raw: dict[str, Any]) -> str:
    """Athena keeps a view as ``/* Presto View: <base64 JSON> */``; plain SQL is accepted too."""
    text = str(raw.get("ViewOriginalText", "")).strip()
    if text.startswith("/* Presto View:"):
        text = json.loads(base64.b64decode(text[len("/* Presto View:") : -2].strip()))["originalSql"]
    return text
