"""The partitions of a table: registered in Glue or projected, each with all the places where its files lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartroute_runbook.canonical import digest
from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import UsageError

from .files import DataFile, Listing
from .tables import SourceTable
from .values import Values, name_of, order, typed

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Registered", "locations", "registered", "source_digest"]


@dataclass(frozen=True)
class Registered:
    """One partition: its values, every location registered for them, and the files that Athena reads there.

    A value may be registered more than once (``month=9`` and ``month=09``): Athena reads all of it.
    """

    table: str
    name: str
    values: Values
    locations: tuple[str, ...]
    files: tuple[DataFile, ...]

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(file.size for file in self.files)


def source_digest(table: SourceTable, files: Sequence[DataFile]) -> str:
    """The state of a partition: its files by name, size and ETag, and the columns under which they are read.

    A column that is added, dropped or changes its type makes it another state; their order does not.
    """
    return digest([sorted(table.columns), sorted(map(list, files)), *([table.version] if table.version else [])])


def locations(run: Run, table: SourceTable) -> dict[Values, list[str]]:
    """Where each partition's files lie, by value, in order.

    Raises:
        UsageError: a registered value is none of its column's type: Athena refuses every query that lists it.
    """
    if not table.keys or table.kind == "iceberg":
        return {(): [table.location.rstrip("/") + "/"]}
    if table.projection:
        return {values: [location] for values, location in table.projection.partitions()}
    found: dict[Values, list[str]] = {}
    glue = run.clients.boto("glue")
    with explained(f"Reading the partitions of {table.name}"):
        pages = glue.get_paginator("get_partitions").paginate(
            DatabaseName=table.database, TableName=table.name, ExcludeColumnSchema=True
        )
        for page in pages:
            for partition in page["Partitions"]:
                location = str(partition["StorageDescriptor"]["Location"]).rstrip("/") + "/"
                found.setdefault(_values(table, partition["Values"], location), []).append(location)
    return {values: sorted(set(found[values])) for values in sorted(found, key=order)}


def _values(table: SourceTable, texts: Sequence[str], location: str) -> Values:
    values = []
    for (name, kind), text in zip(table.partition_columns, texts, strict=True):
        try:
            values.append(typed(kind, text))
        except ValueError:
            raise UsageError(
                f"Partition {name}={text} of {table.name} ({location}) is no {kind}",
                hint="Athena refuses every query that lists it: remove it from Glue (ALTER TABLE ... DROP PARTITION)",
            ) from None
    return tuple(values)


def registered(run: Run, table: SourceTable) -> list[Registered]:
    """Every partition with its files as they are now, in order: one reading of Glue, one listing of S3.

    Projected partitions without a file are left out: they are computed, not there.
    """
    places = locations(run, table)
    if table.kind == "iceberg":
        return [Registered(table.name, name_of((), ()), (), (table.location,), ())]
    wanted = [table.location] if table.projection else [place for several in places.values() for place in several]
    if table.projection and not all(place.startswith(table.location.rstrip("/")) for (place,) in places.values()):
        wanted = [place for (place,) in places.values()]
    listing = Listing(run, wanted)
    found = []
    for values, several in places.items():
        files = sorted({file for place in several for file in listing.below(place)})
        if files or not table.projection:
            found.append(Registered(table.name, name_of(table.keys, values), values, tuple(several), tuple(files)))
    return found
