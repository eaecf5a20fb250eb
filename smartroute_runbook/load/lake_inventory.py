"""The inventory of the lake: what will move, and what exporting it costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from smartroute_runbook.declared import measured
from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB, TB, price_book
from smartroute_runbook.prove.left_out import NOT_CLOSED, LeftOut
from smartroute_runbook.quantities import plural, size, usd
from smartroute_runbook.views import Note, Table, View

from .scope import pinned
from .source import Day, SourceTable, days_of, read_lake, read_tables

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Inventory", "inventory"]


@dataclass(frozen=True)
class Inventory:
    """What will move: tables with their days, rows and bytes, and what exporting them costs (US dollars)."""

    evidence_name: ClassVar[str] = "inventory"
    evidence_version: ClassVar[int] = 1

    tables: tuple[SourceTable, ...]
    days: tuple[Day, ...]
    covered: str = "all days"
    left_out: tuple[LeftOut, ...] = ()

    @property
    def usd(self) -> Decimal:
        """One UNLOAD a day and table, each billed for at least 10 MB."""
        billed = sum(max(day.bytes, BILLED_MINIMUM_MB * MB) for day in self.days)
        return billed * price_book()["athena"].usd / TB

    def of(self, table: str) -> tuple[Day, ...]:
        """The days of one table, oldest first."""
        return tuple(day for day in self.days if day.table == table)

    def view(self) -> View:
        """One row a table."""
        rows = []
        for table in self.tables:
            days = self.of(table.name)
            if not days:
                rows.append((table.name, len(table.columns), 0, 0, 0, 0, size(0), "", ""))
                continue
            sums = [sum(getattr(day, what) for day in days) for what in ("partitions", "rows", "files")]
            whole = size(sum(day.bytes for day in days))
            rows.append((table.name, len(table.columns), len(days), *sums, whole, days[0].date, days[-1].date))
        names = ("table", "columns", "days", "partitions", "rows", "files", "size", "first day", "last day")
        price = price_book()["athena"]
        note = (
            f"Exporting all of it with UNLOAD scans it once: about {usd(float(self.usd))} "
            f"at ${price.usd} per {price.unit} ({price.as_of}), at least {BILLED_MINIMUM_MB} MB a query."
        )
        left = [Note(f"**Left out**: {one.words}.", "warn" if one.alarming else "plain") for one in self.left_out]
        moved = f"{plural(sum(day.rows for day in self.days), 'row')}, {size(sum(day.bytes for day in self.days))}"
        title = f"What will move: {moved}, exported for about {usd(float(self.usd))}; {self.covered}"
        return View(title, (Table(names, tuple(rows), note=note), *left))


@measured("load.inventory", Inventory)
def inventory(run: Run) -> Inventory:
    """Read Glue, S3 and Athena's own row counts (a count reads no columns): nothing is changed.

    Raises:
        ServiceError: a table is missing or one of its registered partitions has no location.
    """
    tables = read_tables(run)
    scope = pinned(run)
    days: list[Day] = []
    left: list[LeftOut] = []
    for table in tables:
        partitions, others = read_lake(run, table, scope)
        days += days_of(table, partitions)
        left += [one for one in others if one.why != NOT_CLOSED]
    return Inventory(tables, tuple(days), scope.words, tuple(left))
