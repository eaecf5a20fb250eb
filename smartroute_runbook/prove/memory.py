"""The control's fingerprints, kept with the identity of the files that they were made of.

A partition's fingerprint is a function of its files, of the columns and of the encoding. Where none of them changed,
Athena need not read the partition again; its rows are counted all the same, and the candidate is always read anew.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from smartroute_runbook.canonical import digest

from .encoding import VERSION
from .fingerprint import Group
from .spec import Partition, TableSpec
from .whole_partitions import Prints

__all__ = ["Memory", "Recalled", "keep", "recall"]


class Memory(Protocol):
    """Where fingerprints are kept, and what the files of each partition are now."""

    @property
    def identity(self) -> Mapping[Partition, str]:
        """By partition, a digest of its files' names, sizes and ETags."""
        ...

    def read(self, name: str) -> bytes | None:
        """What was kept under a name; None for nothing, or for what cannot be trusted."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Keep it."""
        ...


@dataclass(frozen=True)
class Recalled:
    """What is known already: groups by partition, in so many buckets."""

    buckets: int = 0
    groups: Mapping[Partition, Mapping[int, Group]] = field(default_factory=dict)

    def rows(self, partition: Partition) -> int | None:
        """Rows of a partition; None where nothing is known of it."""
        known = self.groups.get(partition)
        return None if known is None else sum(group.rows for group in known.values())

    def prints(self, partitions: Iterable[Partition]) -> Prints:
        """The groups of some partitions."""
        return {(part, n): group for part in partitions for n, group in self.groups[part].items()}


def recall(memory: Memory | None, spec: TableSpec, buckets: int) -> Recalled:
    """The groups of partitions whose files are the same; none when they were made in far fewer or more buckets."""
    data = memory.read(_name(spec)) if memory is not None else None
    if memory is None or data is None:
        return Recalled()
    remembered = json.loads(gzip.decompress(data))
    if not buckets <= 4 * remembered["buckets"] <= 16 * buckets:
        return Recalled()
    known = {_text(part): part for part in memory.identity}
    groups = {
        known[text]: {int(row[0]): Group(row[1], row[2], row[3], row[4], row[5], tuple(row[6:])) for row in rows}
        for text, (identity, rows) in remembered["partitions"].items()
        if text in known and memory.identity[known[text]] == identity
    }
    return Recalled(int(remembered["buckets"]), groups)


def keep(memory: Memory | None, spec: TableSpec, buckets: int, prints: Prints) -> None:
    """Keep the groups of every partition whose files are known."""
    if memory is None:
        return
    rows: dict[Partition, list[list[int]]] = {}
    for (part, bucket), group in prints.items():
        rows.setdefault(part, []).append([bucket, *group[:5], *group.numbers])
    partitions = {_text(part): [identity, rows.get(part, [])] for part, identity in memory.identity.items()}
    text = json.dumps({"buckets": buckets, "partitions": partitions}, separators=(",", ":"))
    memory.write(_name(spec), gzip.compress(text.encode(), 1, mtime=0))


def _name(spec: TableSpec) -> str:
    columns = [[field.name, field.type] for field in (*spec.columns, *spec.partitions)]
    return digest([VERSION, spec.database, spec.table, columns])[:32]


def _text(part: Partition) -> str:
    return json.dumps([None if value is None else [type(value).__name__, str(value)] for value in part])
