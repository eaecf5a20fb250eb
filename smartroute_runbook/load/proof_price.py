"""What the proof of all tables costs on Athena, shown before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from smartroute_runbook.errors import explained
from smartroute_runbook.lake import registered
from smartroute_runbook.prove.proof import ProofPrice, price
from smartroute_runbook.quantities import size, usd
from smartroute_runbook.views import Note, Table, View

from .source import read_table

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["ProofsPrice", "proof_price"]


@dataclass(frozen=True)
class ProofsPrice:
    """A table's name, bytes of its files and price, each; the budget is of a table."""

    tables: tuple[tuple[str, int, ProofPrice], ...]
    budget_usd: Decimal

    def view(self) -> View:
        """One line, and one row a table."""
        equal = sum((one.usd for *_, one in self.tables), Decimal(0))
        most = sum((one.usd_at_most for *_, one in self.tables), Decimal(0))
        rows = tuple((name, size(b), usd(float(p.usd)), usd(float(p.usd_at_most))) for name, b, p in self.tables)
        table = Table(("table", "files", "when equal", "at most"), rows)
        above = [name for name, _, one in self.tables if one.usd_at_most > self.budget_usd]
        limit = f"A table that may cost more than proof.budget_usd ({usd(float(self.budget_usd))}) is refused"
        note = Note(f"{limit}: {', '.join(above)}.", "warn") if above else Note(f"{limit}; none does.")
        return View(
            f"The proof will cost {usd(float(equal))} when all is equal, at most {usd(float(most))}", (table, note)
        )


def proof_price(run: Run) -> ProofsPrice:
    """List the files of every table and price one proof of each, in one pass. Reads no row."""
    prices = []
    for name in run.settings.athena.tables:
        with explained(f"Listing the files of {name}"):
            total = sum(part.bytes for part in registered(run, read_table(run, name)))
        prices.append((name, total, price(total)))
    return ProofsPrice(tuple(prices), Decimal(str(run.settings.proof.budget_usd)))
