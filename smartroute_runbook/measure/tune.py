"""The profile's advice as a step: each change of a table proposed whole, applied, read back, and measured again.

Redshift alters keys in place (ALTER TABLE ... ALTER DISTSTYLE, DISTKEY, SORTKEY) and keeps the rows. VACUUM and ALTER
stand outside a transaction. Nothing of it is billed: it runs on the cluster, whose queries are slower meanwhile.
Sources: Redshift developer guide, "ALTER TABLE", "VACUUM", "ANALYZE".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from smartroute_runbook.engines.quoting import identifier, qualified
from smartroute_runbook.errors import UsageError
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.steps import Proposal

from .advice import APPLIED, LIMITS, Advice, TableState, table_states
from .profiling import Profile

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["ApplyAdvice"]

_FREE = Decimal(0)
_SORTED = f"at most {LIMITS['unsorted']:.0f}% unsorted"
_KNOWN = f"statistics at most {LIMITS['stats_off']:.0f}% off"


class ApplyAdvice(Reconciled):
    """Alter, sort and analyze the tables as a profile advises, as far as ``experiment.advice`` names the kind.

    Args:
        before: the profile.
    """

    id = "week3.apply-advice"
    needs = "week2.loaded"
    undo = "ALTER TABLE back to the keys that are shown; rows that were sorted or counted need no way back"

    def __init__(self, before: Profile) -> None:
        self._advice = tuple(one for one in before.advice if one.kind in APPLIED)

    def propose(self, run: Run) -> Proposal:
        """Each change with its reason; what was advised and is not to be applied stands beside it."""
        made = super().propose(run)
        left = {
            f"not applied: {one.kind} of {one.table}": f"{one.why} (experiment.advice leaves it out)"
            for one in self._advice
            if one.kind not in run.settings.experiment.advice
        }
        return Proposal(made.step, made.changes, made.undo, left, undo_commands=made.undo_commands)

    def resources(self, run: Run) -> Iterator[Resource]:
        """One resource a table and kind, in the order in which each makes the later ones necessary."""
        schema = run.settings.redshift.schema_name
        there = self._states(run)
        for one in self._chosen(run):
            if one.table not in there:
                raise UsageError(f"{schema}.{one.table} has no rows any more", hint="Load it, or open a new run")
            before, after = _states_of(one, there[one.table])
            make = partial(_execute, run, statements(schema, one))
            yield Resource(f"{schema}.{one.table}: {one.kind}", before, after, make, f"{one.why}.", _FREE)

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """One statement for each key that would change, as the table has it now."""
        schema, there = run.settings.redshift.schema_name, self._states(run)
        return tuple(
            f"{statement};"
            for one in self._chosen(run)
            if one.table in there and (now := _states_of(one, there[one.table])) and now[0] != now[1]
            for statement in _back(schema, one, there[one.table])
        )

    def _chosen(self, run: Run) -> tuple[Advice, ...]:
        return tuple(one for one in self._advice if one.kind in run.settings.experiment.advice)

    def _states(self, run: Run) -> dict[str, TableState]:
        if not self._chosen(run):
            return {}
        with run.redshift() as redshift:
            return {one.name: one for one in table_states(redshift, run.settings.redshift.schema_name)}


def _states_of(one: Advice, table: TableState) -> tuple[Any, Any]:
    """How a table is and how it shall be, in what the advice is about."""
    if one.kind == "distribution":
        return table.distribution, one.wanted
    if one.kind == "sort-key":
        return list(table.sort), one.wanted.split(", ")
    if one.kind == "vacuum":
        return (f"{table.unsorted:.0f}% unsorted" if table.over("unsorted") else _SORTED), _SORTED
    return (f"statistics {table.stats_off:.0f}% off" if table.over("stats_off") else _KNOWN), _KNOWN


def statements(schema: str, one: Advice) -> tuple[str, ...]:
    """What applies an advice."""
    table = qualified(schema, one.table)
    if one.kind == "distribution":
        return (f"ALTER TABLE {table} {_style(one.wanted)}",)
    if one.kind == "sort-key":
        return (f"ALTER TABLE {table} {_sort(one.wanted.split(', '))}", f"VACUUM SORT ONLY {table}")
    return (f"VACUUM SORT ONLY {table}" if one.kind == "vacuum" else f"ANALYZE {table}",)


def _back(schema: str, one: Advice, table: TableState) -> tuple[str, ...]:
    alter = f"ALTER TABLE {qualified(schema, one.table)}"
    if one.kind == "distribution":
        return (f"{alter} {_style(table.distribution)}",)
    return (f"{alter} {_sort(table.sort)}",) if one.kind == "sort-key" else ()


def _style(wanted: str) -> str:
    """``KEY(column)``, ``EVEN``, ``ALL`` or ``AUTO(...)`` as SVV_TABLE_INFO has it, as ALTER TABLE takes it."""
    key = re.fullmatch(r"KEY\((.+)\)", wanted)
    if key:
        return f"ALTER DISTKEY {identifier(key[1])}"
    return f"ALTER DISTSTYLE {'AUTO' if wanted.startswith('AUTO') else wanted}"


def _sort(columns: tuple[str, ...] | list[str]) -> str:
    if not columns:
        return "ALTER SORTKEY NONE"
    return f"ALTER COMPOUND SORTKEY ({', '.join(identifier(one) for one in columns)})"


def _execute(run: Run, wanted: tuple[str, ...]) -> None:
    with run.redshift() as redshift:
        for statement in wanted:
            redshift.execute(statement)
