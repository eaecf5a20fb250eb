"""Rows counted by partition on both engines, over the same partitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.errors import VerificationFailed
from smartroute_runbook.lake.values import name_of, order
from smartroute_runbook.prove.left_out import NOT_CLOSED, LeftOut
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Note, Table, Tone, View

from .scope import Scope, covers_of, pinned
from .state import State, read_states

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Reconciliation", "reconcile", "reconciled"]

_CHOICES = (
    "Restore their objects in S3; or, if they shall go, remove them from Redshift: "
    "'smartroute-runbook sync --remove DAY'; or keep them there, uncompared, with load.first_day and load.last_day"
)


@dataclass(frozen=True)
class Reconciliation:
    """Rows by partition on both engines: what is lost (control only) and doubled or stray (candidate only).

    Attributes:
        tables: name, partitions, rows on Athena, rows on Redshift, rows lost, rows doubled.
        partitions: table, partition, rows on Athena, rows on Redshift.
        covered: the days that were counted.
        gone: partitions that only Redshift holds, because their files vanished from the lake.
        drift: how columns in Redshift differ from the lake's: such tables were not loaded and not counted.
        left_out: rows in partitions that are dated after now, or outside the window.
        stray: rows in Redshift, dated after what was counted, that nobody loaded.
    """

    evidence_name: ClassVar[str] = "reconciliation"
    evidence_version: ClassVar[int] = 1

    tables: tuple[tuple[str, int, int, int, int, int], ...]
    partitions: tuple[tuple[str, str, int, int], ...]
    covered: str = "all days"
    gone: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    stray: tuple[str, ...] = ()

    def amiss(self, run: Run, _beside: object = None) -> tuple[str, ...]:
        """Why this does not count what the run carries: it is of other tables, or of other days."""
        wanted, have = set(run.settings.athena.tables), {row[0] for row in self.tables}
        found = [f"table {name} is carried, and not counted" for name in sorted(wanted - have) if not self.drift]
        found += [f"table {name} is counted, and not carried" for name in sorted(have - wanted)]
        if self.covered not in covers_of(run):
            found.append(f"{self.covered} were counted, which this run did not load: count again")
        return tuple(found)

    @property
    def different(self) -> tuple[tuple[str, str, int, int], ...]:
        """Partitions with other counts: table, partition, rows on Athena, rows on Redshift."""
        return tuple(row for row in self.partitions if row[2] != row[3])

    @property
    def blocks(self) -> tuple[str, ...]:
        """Partitions that differ block every gate over this, and so does having counted none."""
        none = () if self.partitions or self.drift else (f"no partition was counted in {self.covered}",)
        return (
            none
            + self.drift
            + tuple(f"nobody loaded {words} into Redshift" for words in self.stray)
            + tuple(
                f"{table} {partition}: {plural(a, 'row')} on Athena, {b:,} on Redshift"
                for table, partition, a, b in self.different
            )
        )

    def require(self) -> None:
        """Stop where the sides differ.

        Raises:
            VerificationFailed: they do; the hint says what can be done about it.
        """
        if self.drift:
            raise VerificationFailed(
                f"Nothing is loaded into tables whose columns differ: {_first(self.drift, 30)}",
                expected="the same columns in the lake and in Redshift",
                hint="'smartroute-runbook sync --mend' proposes the ALTER that mends it, applies it and loads; what "
                "cannot be read is corrected in the lake",
            )
        if self.gone:
            raise VerificationFailed(
                f"{plural(len(self.gone), 'partition is', 'partitions are')} in Redshift and no longer in the "
                f"lake: {_first(self.gone)}",
                expected="files for each", hint=_CHOICES,
            )  # fmt: skip
        if self.stray:
            raise VerificationFailed(
                f"Redshift holds rows that nobody loaded, dated after {self.covered}: {_first(self.stray)}",
                expected="rows of the lake alone, each loaded by the runbook",
                hint="DELETE them there: dashboards read them, and no proof reaches them",
            )
        if not self.partitions:
            left = f"; left out: {_first(tuple(one.words for one in self.left_out))}" if self.left_out else ""
            raise VerificationFailed(
                f"No partition was counted in {self.covered}{left}",
                expected="partitions of that time in the lake",
                hint="Correct load.first_day and load.last_day, or the partitions' values; or take the table out of "
                "athena.tables",
            )
        if self.blocks:
            raise VerificationFailed(
                f"Rows differ over {self.covered}: {_first(self.blocks)}",
                hint="Run the step again: it loads what changed, also what was changed in Redshift",
            )

    @property
    def short(self) -> str:
        """The title where the days are known."""
        lost, doubled = sum(row[4] for row in self.tables), sum(row[5] for row in self.tables)
        return f"{plural(lost, 'row')} lost, {doubled:,} doubled, of {sum(row[2] for row in self.tables):,}"

    def view(self) -> View:
        """One row a table, then every partition that differs."""
        names = ("table", "partitions", "Athena rows", "Redshift rows", "lost", "doubled")
        tones: tuple[Tone, ...] = tuple("good" if row[4] == row[5] == 0 else "bad" for row in self.tables)
        parts: list[Any] = [Table(names, self.tables, tones=tones)]
        where = ("table", "partition", "Athena rows", "Redshift rows")
        if self.different:
            parts.append(Table(where, self.different, "Partitions that differ"))
        if self.gone:
            parts.append(Note(f"Not in the lake any more: {_first(self.gone)}. {_CHOICES}.", "bad"))
        if self.stray:
            parts.append(Note(f"**Nobody loaded**: {_first(self.stray)}. DELETE them in Redshift.", "bad"))
        parts += [Note(f"**Not loaded**: {words}.", "bad") for words in self.drift]
        parts += [Note(f"**Left out**: {one.words}.", "warn" if one.alarming else "plain") for one in self.left_out]
        parts.append(Table(where, self.partitions, "Every partition"))
        parts.append(Note("Every partition was counted on both engines."))
        return View(f"{self.short}: {self.covered}", tuple(parts), "bad" if self.blocks else "good")


def _first(texts: tuple[str, ...], most: int = 3) -> str:
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return "; ".join(texts[:most]) + more


def reconcile(run: Run, scope: Scope | None = None) -> Reconciliation:
    """Count every partition on both engines; by default those up to the run's read point."""
    scope = scope or pinned(run)
    return reconciled(read_states(run, scope), scope)


def reconciled(states: tuple[State, ...], scope: Scope) -> Reconciliation:
    """The counts of states that were read."""
    tables, partitions = [], []
    for state in states:
        control = {part.values: part.rows for part in state.lake}
        lost = doubled = 0
        if state.drift:
            continue
        for values in sorted(control.keys() | state.row_counts.keys(), key=order):
            a, b = control.get(values, 0), state.row_counts.get(values, 0)
            lost, doubled = lost + max(0, a - b), doubled + max(0, b - a)
            name = name_of(state.table.keys, values)
            partitions.append((state.table.name, name, a, b))
        sums = sum(control.values()), sum(state.row_counts.values())
        tables.append((state.table.name, len(control), *sums, lost, doubled))
    gone = tuple(one.words for state in states for one in state.gone)
    drift = tuple(one.words for state in states for one in state.drift)
    left = tuple(one for state in states for one in state.left_out if one.why != NOT_CLOSED)
    stray = tuple(one.words for state in states for one in state.stray)
    return Reconciliation(tuple(tables), tuple(partitions), scope.words, gone, drift, left, stray)
