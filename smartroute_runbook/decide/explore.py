"""What if: the cost model over users, queries, bytes and nodes, with a slider for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smartroute_runbook.prices import BILLED_MINIMUM_MB, book_of
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.run import Run
from smartroute_runbook.views import Control, Lines, Note, Series, Table, View

from .costs import Costs
from .economics import athena_month, break_even
from .triggers import concurrent_users
from .workload import Workload

__all__ = ["Explorer", "explore"]

USERS = (1, 2, 5, 10, 20, 40, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 10_000, 20_000, 50_000)
PER_USER = (1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000, 5000)
MEGABYTES = (10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000)
#: The static table's rows and columns: the plan's loads in queries a day, and sizes around its implied 100 MB.
SHOWN_QUERIES, SHOWN_MB = (2_500, 50_000, 100_000, 200_000, 500_000, 1_000_000), (10, 50, 100, 500, 1000)


@dataclass(frozen=True)
class Explorer:
    """The cost model with where it starts: the measured workload and the chosen cluster.

    Attributes:
        users: dashboard users.
        per_user: queries a user asks a day.
        mb: megabytes billed a query.
        nodes: of the cluster.
        node_month: US dollars a month of one node.
        storage: US dollars a month of managed storage.
        usd_tb: Athena's price of a terabyte scanned.
        days: days a month.
        adhoc_share: share of the queries that stays on Athena after the cut-over.
        sizes: numbers of nodes that Redshift offers of the type.
    """

    users: float
    per_user: float
    mb: float
    nodes: int
    node_type: str
    node_month: float
    storage: float
    usd_tb: float
    days: float
    adhoc_share: float
    sizes: tuple[int, ...]

    @property
    def controls(self) -> tuple[Control, ...]:
        """What can be moved, each starting where it was measured."""
        return (
            Control("users", "Users", _with(USERS, self.users), self.users),
            Control("per_user", "Queries a user a day", _with(PER_USER, self.per_user), self.per_user),
            Control("mb", "MB billed a query", _with(MEGABYTES, self.mb), self.mb),
            Control("nodes", f"Nodes ({self.node_type})", self.sizes, self.nodes),
        )

    def athena(self, users: float, per_user: float, mb: float) -> float:
        """Athena's month in US dollars; a query is billed for 10 MB at least."""
        return float(athena_month(users * per_user, max(mb, BILLED_MINIMUM_MB), self.usd_tb, self.days))

    def redshift(self, nodes: int) -> float:
        """The cluster's month in US dollars, storage included."""
        return nodes * self.node_month + self.storage

    def at(self, users: float, per_user: float, mb: float, nodes: int) -> View:
        """The model with these values."""
        athena, cluster = self.athena(users, per_user, mb), self.redshift(nodes)
        moved = cluster + self.adhoc_share * athena
        even = float(break_even(cluster, mb, self.usd_tb, self.days, adhoc_share=self.adhoc_share))
        cheaper = "Redshift" if moved < athena else "Athena"
        name = f"{nodes} x {self.node_type}"
        title = (
            f"{cheaper} is cheaper by ${abs(moved - athena):,.0f} a month at {plural(users * per_user, 'query')} a day"
        )
        summary = f"{name} breaks even at {plural(even, 'query')} a day, {plural(even / per_user, 'user')}."
        rows = (
            ("stay on Athena", f"{athena:,.2f}"),
            (f"{name}, with {self.adhoc_share:.0%} of the queries kept on Athena", f"{moved:,.2f}"),
            ("of that, the cluster's nodes", f"{cluster - self.storage:,.2f}"),
            ("of that, managed storage", f"{self.storage:,.2f}"),
        )
        return View(
            title,
            (Note(summary), Table(("way", "$/month"), rows), self._chart(title, per_user, mb, nodes, users, even)),
        )

    def _chart(self, title: str, per_user: float, mb: float, nodes: int, users: float, even: float) -> Lines:
        x = tuple(float(u) for u in np.unique(np.round(np.geomspace(1, max(5000, 2 * users, 2 * even / per_user), 24))))
        y = tuple(self.athena(u, per_user, mb) for u in x)
        moved = tuple(self.redshift(nodes) + self.adhoc_share * value for value in y)
        here = Series(f"here: {plural(users, 'user')}", (users,), (self.athena(users, per_user, mb),))
        crossing = Series(
            f"break-even: {plural(even / per_user, 'user')}",
            (even / per_user,),
            (self.athena(even / per_user, per_user, mb),),
        )
        both = (Series("Athena", x, y), Series(f"Redshift {nodes} x {self.node_type}", x, moved), here, crossing)
        return Lines(title, "users", "US$ a month", both, log_x=True, log_y=True)

    def view(self) -> View:
        """What stands in a record: where the model starts, and a table over users and megabytes."""
        names = ("queries a day", *(f"{mb:,} MB a query" for mb in SHOWN_MB))
        rows = tuple((f"{q:,}", *(self._cell(q, mb) for mb in SHOWN_MB)) for q in SHOWN_QUERIES)
        start = self.at(self.users, self.per_user, self.mb, self.nodes)
        where = (
            f"{plural(self.users, 'user')}, {plural(self.per_user, 'query')} a user a day, {self.mb:,.1f} MB a query"
        )
        summary = f"As measured ({where}): **{start.title}**."
        note = (
            f"Athena's US$ a month; *: {self.nodes} x {self.node_type} at "
            f"{self.redshift(self.nodes):,.2f} with {self.adhoc_share:.0%} kept on Athena is cheaper."
        )
        return View("What if", (Note(summary), start.parts[0], Table(names, rows, note=note)))

    def _cell(self, queries_day: float, mb: float) -> str:
        athena = self.athena(queries_day, 1, mb)
        pays = self.redshift(self.nodes) + self.adhoc_share * athena < athena
        return f"{athena:,.0f}{' *' if pays else ''}"


def _with(values: tuple[int, ...], start: float) -> tuple[float, ...]:
    """The values, with the one that was measured among them."""
    return tuple(sorted({*map(float, values), float(start)}))


def explore(run: Run, workload: Workload, costs: Costs) -> Explorer:
    """The cost model, starting at the measured workload and the chosen cluster. Reads and changes nothing."""
    rules, chosen, book = run.settings.decision, run.settings.redshift, book_of(run)
    users = max(round(concurrent_users(workload, rules)[0]), 1)
    node = book.node(chosen.node_type, chosen.nodes)
    offered = node.node
    sizes = (1, 2, 3, 4, 6, 8, 12, 16)
    return Explorer(
        users=users,
        per_user=max(workload.queries_day / users, 0.1),
        mb=costs.mean_mb.p50,
        nodes=chosen.nodes,
        node_type=node.name,
        node_month=float(node.usd) * rules.node_hours_month,
        storage=costs.cluster.storage,
        usd_tb=book.usd("athena"),
        days=rules.node_hours_month / 24,
        adhoc_share=rules.adhoc_share,
        sizes=tuple(sorted({n for n in sizes if offered and offered.least <= n <= offered.most} | {chosen.nodes})),
    )
