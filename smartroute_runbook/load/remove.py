"""Removes from Redshift the partitions of a day whose files vanished from the lake; only on explicit request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlglot import exp

from smartroute_runbook.engines.quoting import qualified
from smartroute_runbook.errors import UsageError
from smartroute_runbook.runs.steps import Change, Outcome, Proposal, applied_by_do

from .days import CatchUp
from .reconciliation import Reconciliation, reconciled
from .sql import batch_filter, delete_sql
from .state import Gone, read_states

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["RemoveDays"]


class RemoveDays:
    """Delete partitions that are no longer in the lake. What the lake still holds is never deleted.

    Args:
        days: ISO dates.
    """

    id = "week4.remove-days"
    needs = "week2.loaded"

    def __init__(self, days: Sequence[str]) -> None:
        self.days = frozenset(days)
        for day in days:
            try:
                date.fromisoformat(day)
            except ValueError:
                raise UsageError(f"'{day}' is not a day", expected="YYYY-MM-DD") from None
        self._reach = CatchUp()
        self._gone: tuple[Gone, ...] = ()

    def propose(self, run: Run) -> Proposal:
        """Every partition that would go, with its rows.

        Raises:
            UsageError: the lake still holds files for every partition of a day, so nothing of it may be removed.
        """
        states = read_states(run, self._reach.scope(run))
        self._gone = tuple(one for state in states for one in state.gone if one.date in self.days)
        known = {part.date for state in states for part in state.lake if part.files}
        if still := sorted(day for day in self.days & known if day not in {one.date for one in self._gone}):
            raise UsageError(
                f"The lake holds {', '.join(still)}: nothing of it is removed", expected="a day whose files vanished",
                hint="'smartroute-runbook sync' loads what the lake holds",
            )  # fmt: skip
        why = "no file of it is in the lake any more"
        changes = (Change(f"{one.table} {one.name}", "delete", {"rows": one.rows}, None, why) for one in self._gone)
        return Proposal(self.id, tuple(changes), "restore the objects in S3 and load the day again")

    @applied_by_do
    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Rows and ledger rows: each table's day in a transaction of its own, which is short for the Data API too."""
        resources = {change.resource for change in proposal.changes}
        gone = [one for one in self._gone if f"{one.table} {one.name}" in resources]
        days: dict[tuple[str, str], list[Gone]] = {}
        for one in gone:
            days.setdefault((one.table, one.date), []).append(one)
        with run.redshift() as redshift:
            for partitions in days.values():
                redshift.transaction(_removal(run.settings.redshift.schema_name, partitions))
                for one in partitions:
                    run.journal.append("removed", {"table": one.table, "partition": one.name, "rows": one.rows})
        return Outcome(self.id, "applied", {"partitions": len(gone), "rows": sum(one.rows for one in gone)})

    def verify(self, run: Run) -> Reconciliation:
        """Count both sides again."""
        scope = self._reach.scope(run)
        states = read_states(run, scope)
        reconciliation = reconciled(states, scope)
        left = [one for state in states for one in state.gone if one.date in self.days]
        if left:
            reconciliation.require()
        return reconciliation


def _removal(schema: str, gone: Sequence[Gone]) -> list[str]:
    table, keys = gone[0].table, [piece.partition("=")[0] for piece in gone[0].name.split("/") if piece != "*"]
    names = [exp.Literal.string(one.name) for one in gone]
    ours = exp.and_(exp.column("table_name").eq(exp.Literal.string(table)), exp.column("part").isin(*names))
    return [
        f"LOCK TABLE {qualified(schema, 'migration_ledger')}",
        delete_sql(schema, table, batch_filter(keys, [one.values for one in gone])),
        delete_sql(schema, "migration_ledger", ours),
    ]
