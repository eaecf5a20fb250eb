"""What the audit costs, before it asks Athena anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smartroute_runbook.errors import explained
from smartroute_runbook.lake import read_tables, registered
from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB, TB, price_book
from smartroute_runbook.quantities import plural, size, usd
from smartroute_runbook.runs.run import Run
from smartroute_runbook.views import Note, View

from .findings import FACTS

__all__ = ["AuditPrice", "audit_price", "price_of"]

#: Queries that an audit asks of the plan's table, and of one with declared roles.
QUERIES, OF_ROLES = 5, 2


@dataclass(frozen=True)
class AuditPrice:
    """What the audit's queries cost at most, before they run."""

    queries: int
    bytes: int
    usd: float
    tables: str = FACTS

    def view(self) -> View:
        """One line."""
        over = f"over {size(self.bytes)} of {self.tables}" if self.tables else "of the files alone"
        summary = f"{plural(self.queries, 'query')} {over}: at most {usd(self.usd)}."
        return View("Before the audit", (Note(summary),))


def audit_price(run: Run) -> AuditPrice:
    """What the audit costs at most: every query over every byte of the tables whose rows are looked at."""
    with explained("Listing files"):
        sizes = {table.name: sum(part.bytes for part in registered(run, table)) for table in read_tables(run)}
    return price_of(run, sizes)


def price_of(run: Run, sizes: Mapping[str, int]) -> AuditPrice:
    """The plan's table by its own queries, each table with roles by two; the others by their files alone."""
    roles = run.settings.audit.roles
    asked = {name: QUERIES for name in sizes if name == FACTS} | dict.fromkeys(roles, OF_ROLES)
    scanned = sum(count * max(sizes.get(name, 0), BILLED_MINIMUM_MB * MB) for name, count in asked.items())
    usd = round(scanned / TB * price_book().usd("athena"), 6)
    return AuditPrice(sum(asked.values()), sum(sizes.get(name, 0) for name in asked), usd, ", ".join(asked))
