"""The tables that queries may read: `database.table` to columns with their Athena types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from smartroute_runbook.errors import UsageError, did_you_mean
from smartroute_runbook.strict_yaml import read_yaml

from .types import Type, parse_type

__all__ = ["Schema"]


# What may be said of a column's values, and how types remember it.
PROPERTIES: Final[Mapping[tuple[str, object], str]] = {
    ("super", True): "super",  # nested, and loaded as SUPER
    ("trailing_blanks", False): "no trailing blanks",
    ("empty_text", False): "no empty text",
    ("unique", True): "unique",
    ("nan", False): "no NaN",
    ("utc", True): "utc",  # texts of moments that name no zone but UTC (Z)
    ("digits", 3): "milliseconds",  # texts of moments with three fraction digits at most
    ("digits", 0): "milliseconds",
}  # fmt: skip


def _column(table: str, column: object, given: object) -> Type:
    """The type of a column, with what is known of its values.

    Raises:
        UsageError: no such type, or no such property.
    """
    if not isinstance(given, Mapping):
        return parse_type(str(given))
    kind = parse_type(str(given.get("type")))
    known = set()
    for key, value in given.items():
        if key == "type":
            continue
        if key not in {name for name, _ in PROPERTIES}:
            allowed = sorted({name for name, _ in PROPERTIES})
            raise UsageError(f"column {table}.{column} has no property '{key}'", hint=did_you_mean(str(key), allowed))
        known |= {PROPERTIES[key, value]} if (key, value) in PROPERTIES else set()
    return replace(kind, known=frozenset(known))


@dataclass(frozen=True)
class Schema:
    """Tables by lower-case `database.table`; each a mapping of lower-case column to type, in the table's order."""

    tables: Mapping[str, Mapping[str, Type]]

    @classmethod
    def of(cls, tables: Mapping[str, Mapping[str, object]]) -> Schema:
        """From plain names and Athena type texts; partition columns are columns.

        A column is a type, or a mapping of `type` and what the data audit says of its values (`PROPERTIES`).

        Raises:
            UsageError: a table is not `database.table`, or a type is not known.
        """
        read = {}
        for name, columns in tables.items():
            if name.count(".") != 1:
                raise UsageError(f"'{name}' is not a table name", expected="database.table")
            if not isinstance(columns, Mapping) or not columns:
                raise UsageError(f"table '{name}' has no columns", expected="a mapping of column to Athena type")
            read[name.lower()] = {str(column).lower(): _column(name, column, kind) for column, kind in columns.items()}
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
