"""Tables as relations, kept while nothing about them changes; those of many files also as one copy in DuckDB's memory.

A lake of a year has thousands of small files, and each costs a query a fraction of a millisecond to open: a dashboard
that asks six queries hundreds of times would spend its time on that alone. What is kept is known by all that a relation
is made of: the table as Glue has it, its partitions, and each object's key, size, ETag and file. How many bytes Athena
scans is always taken from the files.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import duckdb

__all__ = ["SCHEMA", "Footer", "MountedTable", "MountedTables"]

SCHEMA = "copies"
FEWEST_FILES = 8  # of which a copy is worth its making
MOST_ROWS, MOST_BYTES = 2_000_000, 64_000_000  # of a copy: rows, and compressed bytes of its files
ASKED = 2  # times before a copy is made


@dataclass(frozen=True)
class Footer:
    """Of a Parquet footer: compressed bytes of each top-level column, rows, and a key of its schema.

    ``whole``: bytes of a file that is read whole.
    """

    bytes: dict[str, int]
    rows: int
    schema: tuple[tuple[str, str], ...]
    whole: int = 0


@dataclass
class MountedTable:
    """A table over its files.

    Attributes:
        sql: a DuckDB SELECT with the table's columns, its partition keys and the hidden ``$path``.
        footers: of its files, by local path.
        copy: the table in DuckDB's memory that holds the same rows; empty when there is none.
        users: statements that have it mounted.
        asked: how often it was mounted.
        number: its own.
    """

    key: Hashable
    sql: str
    footers: dict[str, Footer]
    copy: str = ""
    users: int = 0
    asked: int = 0
    number: int = field(default_factory=itertools.count().__next__)

    @property
    def source(self) -> str:
        """What to read its rows from: the copy where there is one."""
        return f"SELECT * FROM {self.copy}" if self.copy else self.sql

    def worth_a_copy(self) -> bool:
        """Whether it has many files and is not too large."""
        footers = self.footers.values()
        size = sum(footer.whole + sum(footer.bytes.values()) for footer in footers)
        rows = sum(footer.rows for footer in footers)
        return len(footers) >= FEWEST_FILES and rows <= MOST_ROWS and size <= MOST_BYTES


class MountedTables:
    """The newest relation of each table. May be used from any thread."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], MountedTable] = {}
        self._old: list[MountedTable] = []
        self._lock = threading.Lock()

    def mount(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: tuple[str, str],
        key: Hashable,
        make: Callable[[], MountedTable],
    ) -> MountedTable:
        """The relation of a table, for one statement; to be given back with ``release``.

        Args:
            connection: makes a copy, and drops those that are out of date.
            table: database and name.
            key: all that the relation is made of.
            make: makes it.
        """
        with self._lock:
            relation = self._newest.get(table)
            if relation is None or relation.key != key:
                made = make()
                if relation is not None:
                    self._old.append(relation)
                self._newest[table] = relation = made
            relation.users += 1
            relation.asked += 1
            mine_to_copy = relation.asked == ASKED and relation.worth_a_copy()
            self._drop_old(connection)
            if mine_to_copy:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        if mine_to_copy:
            try:
                _copy(connection, relation)
            except duckdb.InterruptException:  # the statement ends, and gives nothing back
                self.release(relation)
                raise
        return relation

    def release(self, relation: MountedTable) -> None:
        """A statement has ended that had mounted it."""
        with self._lock:
            relation.users -= 1

    def _drop_old(self, connection: duckdb.DuckDBPyConnection) -> None:
        unused = [relation for relation in self._old if not relation.users]
        self._old = [relation for relation in self._old if relation.users]
        for relation in unused:
            if relation.copy:
                connection.execute(f"DROP TABLE IF EXISTS {relation.copy}")


def _copy(connection: duckdb.DuckDBPyConnection, relation: MountedTable) -> None:
    """Copies the rows; others read the files meanwhile.

    A file that cannot be read is left to the queries: Athena fails those that read its bad column, and no other.

    Raises:
        duckdb.InterruptException: the statement was cancelled.
    """
    name = f'{SCHEMA}."t{relation.number}"'
    try:
        connection.execute(f"CREATE TABLE {name} AS {relation.sql}")
    except duckdb.InterruptException:
        raise
    except duckdb.Error:
        return
    relation.copy = name
