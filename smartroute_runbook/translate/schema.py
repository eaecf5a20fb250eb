"""The tables that queries may read: `database.table` to columns with their Athena types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from smartroute_runbook.errors import UsageError, did_you_mean
from smartroute_runbook.strict_yaml import read_yaml

from .types import Type, parse_type

__all__ = ["Schema"]


@dataclass(frozen=True)
class Schema:
    """Tables by lower-case `database.table`; each a mapping of lower-case column to type, in the table's order."""

    tables: Mapping[str, Mapping[str, Type]]

    @classmethod
    def of(cls, tables: Mapping[str, Mapping[str, str]]) -> Schema:
        """From plain names and Athena type texts; partition columns are columns.

        Raises:
            UsageError: a table is not `database.table`, or a type is not known.
        """
        read = {}
        for name, columns in tables.items():
            if name.count(".") != 1:
                raise UsageError(f"'{name}' is no table name", expected="database.table")
            if not isinstance(columns, Mapping) or not columns:
                raise UsageError(f"table '{name}' has no columns", expected="a mapping of column to Athena type")
            read[name.lower()] = {str(column).lower(): parse_type(str(kind)) for column, kind in columns.items()}
        return cls(read)

    @classmethod
    def load(cls, path: Path) -> Schema:
        """From a YAML or JSON file.

        Raises:
            UsageError: the file is missing, not YAML, or not a mapping of tables.
        """
        loaded = read_yaml(path, what=f"the schema file {path}")
        if not isinstance(loaded, dict) or not loaded:
            raise UsageError(f"the schema file {path} holds no tables", expected="database.table: {column: type}")
        return cls.of(loaded)

    @cached_property
    def _short(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.tables:
            found.setdefault(name.split(".")[1], []).append(name)
        return found

    def find(self, table: str, database: str = "") -> Mapping[str, Type] | None:
        """The columns of a table; without a database, of the only table of that name."""
        if database:
            return self.tables.get(f"{database}.{table}".lower())
        full = self._short.get(table.lower(), [])
        return self.tables[full[0]] if len(full) == 1 else None

    def suggestion(self, table: str) -> str:
        """A hint for a name that is not here."""
        return did_you_mean(table.lower(), self.tables)
