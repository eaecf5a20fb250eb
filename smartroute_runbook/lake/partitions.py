"""The partitions of a table: registered in Glue or projected, each with all the places where its files lie."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from smartroute_runbook.canonical import canonical
from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import UsageError
from smartroute_runbook.quantities import plural

from .files import DataFile, Listing, split
from .reading import Reading, by_place, format_of, own_reading
from .tables import SourceTable
from .values import Values, name_of, order, typed

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

Columns = tuple[tuple[str, str], ...]

__all__ = ["Registered", "RegisteredPlace", "locations", "places", "registered", "registrations", "source_digest"]


@dataclass(frozen=True)
class RegisteredPlace:
    """One registration of a partition.

    Attributes:
        location: of its files, with a slash at the end.
        own: how its files are read, where that is not how the table's are: a partition has a descriptor of its own.
        columns: of that descriptor, where they go by place and are not the table's.
        format: of its files.
    """

    location: str
    own: Reading = ()
    columns: Columns = ()
    format: str = ""


@dataclass(frozen=True)
class Registered:
    """One partition: its values, every place registered for them, and the files that Athena reads there.

    A value may be registered more than once (``month=9`` and ``month=09``): Athena reads all of it, a folder that is
    registered twice twice.
    """

    table: str
    name: str
    values: Values
    places: tuple[RegisteredPlace, ...]
    files: tuple[DataFile, ...]

    @property
    def locations(self) -> tuple[str, ...]:
        """Where its files lie."""
        return tuple(place.location for place in self.places)

    @property
    def parquet(self) -> tuple[DataFile, ...]:
        """Its files that are read as Parquet."""
        if all(place.format == "parquet" for place in self.places):
            return self.files
        folders = tuple(f"s3://{'/'.join(split(place.location))}" for place in self.places if place.format == "parquet")
        return tuple(file for file in self.files if file.address.startswith(folders))

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(file.size for file in self.files)


def source_digest(table: SourceTable, files: Sequence[DataFile], places: Sequence[RegisteredPlace] = ()) -> str:
    """The state of a partition: its files by name, size and ETag, and columns and SerDe under which they are read.

    A column that is added, dropped or changes its type makes it another state; their order does where it decides which
    value is whose. So do another delimiter, another header, and what a partition's own descriptor says.
    """
    # The digest of [columns, files, ...], put together from texts: a year of one table has thousands of partitions.
    own = [[place.location, place.own, place.columns] for place in places if place.own or place.columns]
    # Of several registrations Athena reads each, also where they are of one folder: its rows count twice.
    several = [place.location for place in places] if len(places) > 1 else []
    columns = _columns_text(table.columns, by_place(table.reading))
    named = json.dumps(sorted(map(list, files)), separators=(",", ":"), ensure_ascii=False)
    more = [canonical(one).decode() for one in (table.version, table.reading, own, several) if one]
    return sha256(f"[{','.join((columns, named, *more))}]".encode()).hexdigest()


_DROPPED = "Athena refuses every query that lists it: remove it from Glue (ALTER TABLE ... DROP PARTITION)"


@lru_cache(256)
def _columns_text(columns: tuple[tuple[str, str], ...], ordered: bool) -> str:
    return canonical(columns if ordered else sorted(columns)).decode()


def locations(run: Run, table: SourceTable) -> dict[Values, list[str]]:
    """Where each partition's files lie, by value, in order; raises as :func:`places` does."""
    return {values: [place.location for place in several] for values, several in places(run, table).items()}


def places(run: Run, table: SourceTable) -> dict[Values, tuple[RegisteredPlace, ...]]:
    """Every registration of each partition, by value, in order.

    Raises:
        UsageError: a registered value is none of its column's type: Athena refuses every query that lists it; or two
            values are one to Redshift.
    """
    if not table.keys or table.kind == "iceberg":
        return {(): (RegisteredPlace(table.location.rstrip("/") + "/", format=table.format),)}
    by_value: dict[Values, list[RegisteredPlace]] = {}
    if table.projection:  # an enum of 1 and 01 computes one whole number twice, as two registrations would
        for values, at in table.projection.partitions():
            by_value.setdefault(values, []).append(RegisteredPlace(at, format=table.format))
        _require_distinct(table, by_value)
        return {values: tuple(several) for values, several in by_value.items()}
    for values, place in registrations(run, table):
        by_value.setdefault(values, []).append(place)
    _require_distinct(table, by_value)
    return {
        values: tuple(sorted(by_value[values], key=lambda place: place.location))
        for values in sorted(by_value, key=order)
    }


def registrations(run: Run, table: SourceTable) -> Iterator[tuple[Values, RegisteredPlace]]:
    """What Glue registers of a table, in Glue's order, a page at a time: who has seen enough may stop.

    Raises:
        UsageError: as :func:`places` does, once it comes to that partition.
    """
    pages = (
        run.clients.boto("glue")
        .get_paginator("get_partitions")
        .paginate(DatabaseName=table.database, TableName=table.name, ExcludeColumnSchema=not by_place(table.reading))
    )
    with explained(f"Reading the partitions of {table.name}"):
        for page in pages:
            for partition in page["Partitions"]:
                place = _place(table, partition)
                yield _values(table, partition["Values"], place.location), place


def _require_distinct(table: SourceTable, partitions: Iterable[Values]) -> None:
    """Redshift compares texts without the blanks at their end: what it deletes of one such partition it would of both.

    It groups without them too, and which of the texts it then shows is not documented: such a partition's rows could
    not be counted under its own name, even where there is no other.
    Source: Redshift developer guide, "Character types", "Significance of trailing blanks".
    """
    known: dict[Values, Values] = {}
    for values in partitions:
        short = tuple(value.rstrip(" ") if isinstance(value, str) else value for value in values)
        if (other := known.setdefault(short, values)) != values:
            both = " and ".join(f"'{name_of(table.keys, one)}'" for one in (other, values))
            raise UsageError(
                f"Partitions {both} of {table.name} differ in blanks at the end, which Redshift takes for one value",
                hint="Move one's files to the other's folder, and remove it from Glue (ALTER TABLE ... DROP PARTITION) "
                "or from the properties that compute it",
            )
    for short, values in known.items():
        if short != values:
            raise UsageError(
                f"Partition '{name_of(table.keys, values)}' of {table.name} ends in blanks, without which Redshift "
                "groups and compares: its rows could not be counted under its own name",
                hint="Register its files under a value without them, and remove it from Glue (ALTER TABLE ... DROP "
                "PARTITION) or from the properties that compute it",
            )


def _place(table: SourceTable, partition: Mapping[str, Any]) -> RegisteredPlace:
    descriptor = partition.get("StorageDescriptor") or {}
    values = ", ".join(partition["Values"])
    if len(partition["Values"]) != len(table.partition_columns):
        raise UsageError(
            f"Partition ({values}) of {table.name} has {plural(len(partition['Values']), 'value')}",
            expected=f"{len(table.partition_columns)}: {', '.join(name for name, _ in table.partition_columns)}",
            hint=_DROPPED,
        )
    if not descriptor.get("Location"):
        raise UsageError(f"Partition ({values}) of {table.name} has no location in Glue", hint=_DROPPED)
    location = str(descriptor["Location"]).rstrip("/") + "/"
    if not descriptor.get("SerdeInfo"):
        return RegisteredPlace(location, format=table.format)
    reading = own_reading(table.reading, descriptor, partition.get("Parameters") or {})
    columns = tuple((str(c["Name"]).lower(), str(c.get("Type", "")).lower()) for c in descriptor.get("Columns") or ())
    own_columns = columns if by_place(reading) and columns != table.columns else ()
    return RegisteredPlace(location, reading if reading != table.reading else (), own_columns, format_of(descriptor))


def _values(table: SourceTable, texts: Sequence[str], location: str) -> Values:
    values = []
    for (name, kind), text in zip(table.partition_columns, texts, strict=True):
        try:
            values.append(typed(kind, text))
        except ValueError:
            raise UsageError(
                f"Partition {name}={text} of {table.name} ({location}) is no {kind}",
                hint=_DROPPED,
            ) from None
    return tuple(values)


def registered(run: Run, table: SourceTable) -> list[Registered]:
    """Every partition with its files as they are now, in order: one reading of Glue, one listing of S3.

    Projected partitions without a file are left out: they are computed, not there.
    """
    there = places(run, table)
    if table.kind == "iceberg":
        return [Registered(table.name, name_of((), ()), (), there[()], ())]
    wanted = [place.location for several in there.values() for place in several]
    if table.projection and all(place.startswith(table.location.rstrip("/")) for place in wanted):
        wanted = [table.location]
    listing = Listing(run, wanted)
    partitions = []
    for values, several in there.items():
        files = sorted({file for place in several for file in listing.below(place.location)})
        if files or not table.projection:
            partitions.append(Registered(table.name, name_of(table.keys, values), values, several, tuple(files)))
    return partitions
