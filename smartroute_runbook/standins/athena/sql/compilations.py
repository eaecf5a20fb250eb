"""Compiled queries, kept while what they name is as it was: a dashboard sends the same texts all day."""

from __future__ import annotations

from collections.abc import Callable

from smartroute_runbook.standins.athena.storage.catalog import Catalog

from .compile import Compiled, Mount

__all__ = ["Compilations"]

ENTRIES = 500
LONGEST = 20_000  # characters of a text that is kept: the long ones are a proof's, asked once


class Compilations:
    """By text and database; each is used again while Glue has the same tables and views under its names."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Compiled] = {}

    def of(self, sql: str, database: str, catalog: Catalog, mount: Mount, compiled: Callable[[], Compiled]) -> Compiled:
        """The query compiled, with its tables mounted.

        Args:
            sql: its text, with its parameters in place.
            database: where unqualified tables are looked up.
            catalog: Glue.
            mount: makes a table a relation of the DuckDB connection and names it.
            compiled: compiles it anew, mounting its tables.

        Raises:
            QueryFailed: Trino would refuse the query, or it is not rehearsable.
        """
        kept = self._kept.get((sql, database))
        unchanged = kept is not None and all(catalog.find(one.database, one.name) == one for one in kept.read)
        if kept and unchanged and all(mount(table) == name for name, table in kept.relations):
            return kept
        made = compiled()
        if len(sql) <= LONGEST:
            if len(self._kept) >= ENTRIES:
                self._kept.clear()
            self._kept[sql, database] = made
        return made
