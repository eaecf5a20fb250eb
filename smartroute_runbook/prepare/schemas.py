"""The schema of all tables as a readable page: types from Glue, meanings from ``dictionary.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smartroute_runbook.data_files import read_data
from smartroute_runbook.errors import explained
from smartroute_runbook.runs.run import Run
from smartroute_runbook.views import Table

__all__ = ["TableSchema", "read_schemas"]


@dataclass(frozen=True)
class TableSchema:
    """A table's columns: name, Glue type, whether it is a partition column, meaning (empty: not documented)."""

    name: str
    columns: tuple[tuple[str, str, bool, str], ...]

    def table(self) -> Table:
        """One row a column."""
        rows = tuple(
            (name, kind, "partition" if partition else "", meaning or "not documented")
            for name, kind, partition, meaning in self.columns
        )
        return Table(("column", "type", "", "meaning"), rows, f"Schema of {self.name}")


def read_schemas(run: Run) -> tuple[TableSchema, ...]:
    """All tables of ``athena.tables``."""
    words: dict[str, dict[str, str]] = read_data(str(__package__), "dictionary.yaml")
    glue, athena = run.clients.boto("glue"), run.settings.athena
    with explained("Reading the tables' schemas"):
        tables = [glue.get_table(DatabaseName=athena.database, Name=name)["Table"] for name in athena.tables]
    return tuple(_schema(table, words.get(table["Name"], {})) for table in tables)


def _schema(table: dict[str, Any], words: dict[str, str]) -> TableSchema:
    columns = [(column, False) for column in table["StorageDescriptor"]["Columns"]]
    columns += [(column, True) for column in table.get("PartitionKeys", ())]
    rows = ((c["Name"], c["Type"], partition, c.get("Comment") or words.get(c["Name"], "")) for c, partition in columns)
    return TableSchema(table["Name"], tuple(rows))
