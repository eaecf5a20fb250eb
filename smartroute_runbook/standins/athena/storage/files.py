"""The files of a table, listed once for as long as neither Glue nor S3 holds anything else.

A dashboard asks its tables hundreds of times, and a year of one is 9,000 objects. What is compared is what moto holds:
the very partitions and objects, which it replaces when they change.
"""

from __future__ import annotations

import operator
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from smartroute_runbook.standins.s3 import ObjectInfo, Objects

from .catalog import Catalog, GluePartition, GlueTable

__all__ = ["TableFile", "TableFiles", "TablesFiles"]


class TableFile(NamedTuple):
    """A file of a table, and the local one that holds what is read."""

    partition: GluePartition
    info: ObjectInfo
    path: Path


class TableFiles(NamedTuple):
    """All files of a table; ``key`` is another one as soon as anything is that a relation is made of."""

    files: Sequence[TableFile]
    key: Hashable


@dataclass(frozen=True)
class _State:
    """What Glue and S3 held when a table was listed."""

    table: str
    registered: Sequence[object]
    held: Mapping[str, Sequence[object]]
    mirror: int

    def is_still(self, other: _State) -> bool:
        """Whether it is the same: partition by partition and object by object."""
        return (
            (self.table, self.mirror, self.held.keys()) == (other.table, other.mirror, other.held.keys())
            and _same(self.registered, other.registered)
            and all(_same(held, other.held[bucket]) for bucket, held in self.held.items())
        )


def _same(some: Sequence[object], others: Sequence[object]) -> bool:
    return len(some) == len(others) and all(map(operator.is_, some, others))


class TablesFiles:
    """Lists tables. May be used from any thread."""

    def __init__(self, objects: Objects, catalog: Catalog) -> None:
        self._objects, self._catalog = objects, catalog
        self._known: dict[tuple[str, str], tuple[_State, TableFiles]] = {}

    def of(self, table: GlueTable) -> TableFiles:
        """The table's files as they are now."""
        place = (table.database, table.name)
        if self._catalog.computes_partitions(table) or not self._objects.quiet():
            return self._listed(table)
        try:
            known = self._known.get(place)
            state = self._state(table, known[0].held if known else self._catalog.buckets(table))
            if known and known[0].is_still(state):
                return known[1]
            state = self._state(table, self._catalog.buckets(table))  # before the listing: what comes meanwhile is seen
        except (FileNotFoundError, ValueError):  # no such bucket, no S3 URI: the listing says so
            return self._listed(table)
        found = self._listed(table)
        self._known[place] = (state, found)
        return found

    def _state(self, table: GlueTable, buckets: Iterable[str]) -> _State:
        held = {bucket: self._objects.held(bucket) for bucket in buckets}
        return _State(repr(table.raw), self._catalog.registered(table), held, self._objects.cleared)

    def _listed(self, table: GlueTable) -> TableFiles:
        files = [
            TableFile(partition, info, self._objects.local(info.bucket, info.key))
            for partition in self._catalog.partitions(table)
            for info in partition.objects
        ]
        # The path too: a fault of S3 puts another file in the place of what an ETag names.
        read = tuple((f.partition.values, f.info, str(f.path), repr(f.partition.descriptor)) for f in files)
        return TableFiles(files, (repr(table.raw), read))
