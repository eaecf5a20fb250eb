"""What a query costs on each engine: Athena by bytes scanned, Redshift as its share of a cluster that runs anyway."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB, TB
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Note, Table

__all__ = ["Bill", "Rates"]

_DAY = 24


@dataclass(frozen=True)
class Rates:
    """Prices in US dollars, with where and when they were read.

    Attributes:
        usd_per_tb: Athena, per terabyte scanned.
        cluster_usd_hour: the candidate's cluster, all nodes; None when it is not known.
    """

    usd_per_tb: Decimal = Decimal(5)
    cluster_usd_hour: Decimal | None = None
    source: str = "Athena: US$ 5 per TB scanned, 10 MB at least a query"


@dataclass(frozen=True)
class Bill:
    """Bytes and dollars per query.

    Attributes:
        queries: name, bytes scanned (mean), megabytes billed, US dollars a run, in the queries' order.
        break_even_day: runs a day of this mix at which the cluster costs no more than Athena; None when unknown.
    """

    queries: tuple[tuple[str, int, int, Decimal], ...]
    rates: Rates
    break_even_day: int | None

    @staticmethod
    def of(scanned: dict[str, int], rates: Rates) -> Bill:
        """The bill of bytes scanned per query."""
        rows = []
        for name, count in scanned.items():
            megabytes = max(BILLED_MINIMUM_MB, -(-count // MB))
            rows.append((name, count, megabytes, rates.usd_per_tb * megabytes * MB / TB))
        total = sum((row[3] for row in rows), Decimal(0))
        known = rates.cluster_usd_hour is not None and total
        day = int((rates.cluster_usd_hour or 0) * _DAY / (total / len(rows))) if known else None
        return Bill(tuple(rows), rates, day)

    def parts(self) -> tuple[Table | Note, ...]:
        """A table, and where the cluster would break even."""
        rows = tuple(
            (name, f"{count / MB:.2f}", megabytes, f"{usd:.6f}") for name, count, megabytes, usd in self.queries
        )
        columns = ("query", "MB scanned", "MB billed", "$ a run")
        table = Table(columns, rows, title="Cost a run on Athena", note=self.rates.source)
        if self.break_even_day is None:
            return (table,)
        hour = self.rates.cluster_usd_hour
        return table, Note(
            f"A run adds nothing to a cluster that is up. At ${hour} an hour the cluster costs no more than Athena "
            f"from **{plural(self.break_even_day, 'run')} a day** of this mix on, if it can serve them."
        )
