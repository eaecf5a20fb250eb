"""The proof of the load: every table compared row by row, through ``prove``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from smartroute_runbook.canonical import VOLATILE
from smartroute_runbook.engines.result_cache import require_rows_read
from smartroute_runbook.errors import (
    AccessDenied,
    Refused,
    RunbookError,
    ServiceError,
    Unreachable,
    UsageError,
    VerificationFailed,
)
from smartroute_runbook.lake.bucket import run_output
from smartroute_runbook.lake.columns import Carried
from smartroute_runbook.lake.ledger import ledger_digests
from smartroute_runbook.lake.values import name_of
from smartroute_runbook.prove.encoding import Field
from smartroute_runbook.prove.fingerprint import TableSpec
from smartroute_runbook.prove.left_out import NOT_CLOSED, LeftOut
from smartroute_runbook.prove.tables import TableProof, tables_equal
from smartroute_runbook.quantities import plural, size
from smartroute_runbook.runs.secrets.scanning import without_secrets
from smartroute_runbook.views import Note, Part, Table, Tone, View

from .columns import redshift_columns
from .copy import require_columns
from .fingerprints import Fingerprints
from .scope import Scope, bound_columns, covers_of, current, pinned
from .source import Partition, SourceTable, lake_state, read_lake, read_table, state_of

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Proofs", "prove", "prove_caught_up", "prove_table"]

NOTHING, REFUSED = "nothing to compare", "not compared"
FINE = ("equal", "equal in part")


class _Nothing(UsageError):
    """A table has no partition in scope."""


_JSON: Mapping[Carried, str] = {"super": "json", "text": "json text"}


def prove_table(run: Run, name: str, scope: Scope | None = None) -> TableProof:
    """Compare one table on both engines, within the budget of the parameters.

    Args:
        run: the run.
        name: the table.
        scope: which partitions; by default those up to where this run has loaded.

    Raises:
        Refused: it may cost more than ``proof.budget_usd``.
        UsageError: there are no partitions to compare.
    """
    table, scope = read_table(run, name), scope or current(run)
    parts, left = read_lake(run, table, scope)
    schema = run.settings.redshift.schema_name
    if not parts:
        raise _Nothing(
            f"Table {name} has no partition in {scope.words}",
            hint="Correct load.first_day and load.last_day; today's hours count with load.include_today. A table that "
            "has none at all: register them (MSCK REPAIR TABLE), or take it out of athena.tables",
        )
    since, until = scope.bounds(table.layout)
    spec = TableSpec(
        table.database,
        table.name,
        tuple(
            Field(column, _JSON[table.carried] if column in table.as_json else kind) for column, kind in table.columns
        ),
        tuple(Field(column, kind) for column, kind in table.partition_columns),
        sum(part.bytes for part in parts),
        schema,
        registered=tuple(part.values for part in parts),
        until=until,
        since=since,
        bounds=bound_columns(table.layout),
        undated=True,
    )
    budget = Decimal(str(run.settings.proof.budget_usd))
    listed = iter([state_of(parts)])  # what is kept, and recalled, is named by these files and no later ones
    with run.redshift() as redshift:
        require_rows_read(redshift)
        require_columns(table, redshift_columns(redshift, schema).get(table.name, ()), "compared with")
        control = run.athena(run.settings.athena.migration_workgroup, run_output(run))
        with run.progress(f"Proving {name}", 1.0) as line:
            proof = tables_equal(
                control,
                redshift,
                spec,
                budget_usd=budget,
                progress=lambda what, share: line.update(share, what),
                lake_state=lambda: next(listed, "") or lake_state(run, table, scope),
                memory=Fingerprints(run, name, parts),
            )
    _doubt(run, table, proof, parts)
    return proof.leaving_out(left)


def _doubt(run: Run, table: SourceTable, proof: TableProof, parts: Sequence[Partition]) -> None:
    """Note the partitions that differ: the next load takes them again, though their counts and files say nothing."""
    sources = {part.name: part.source for part in parts}
    names = [name_of(table.keys, tuple(one.partition.values())) for one in proof.partitions if one.differing_buckets]
    if different := {name: sources[name] for name in names if name in sources}:
        run.record("doubted", {"table": table.name, "partitions": different})


@dataclass(frozen=True)
class Proofs:
    """One verdict a table; what varies from time to time (seconds, bytes) is shown but is not part of the evidence.

    Attributes:
        left_out: rows that are not covered, but those of partitions that are still being written.
        accepted: whether ``load.leave_out_future`` takes responsibility for partitions that are dated after now.
        refused: tables that could not be compared, and why.
        at: when the first table was begun (ISO, UTC); '' where it was read back from a record.
        entry: of the journal, the last one when it was begun. What was loaded since has a higher number, whatever the
            clocks of two machines say.
    """

    evidence_name: ClassVar[str] = "proofs"
    evidence_version: ClassVar[int] = 1

    tables: tuple[tuple[str, str, int, int, int], ...]
    differences: tuple[str, ...]
    covered: str = "all days"
    left_out: tuple[LeftOut, ...] = ()
    accepted: bool = False
    refused: tuple[tuple[str, str], ...] = ()
    details: tuple[TableProof, ...] = field(default=(), metadata=VOLATILE)
    at: str = field(default="", metadata=VOLATILE)
    entry: int = field(default=0, metadata=VOLATILE)

    def amiss(self, run: Run, _beside: object = None, *, lately: bool = False) -> tuple[str, ...]:
        """Why this is no proof of what the run carries: it is of other tables, or of other days than were loaded.

        Args:
            run: the run.
            lately: it must reach as far as was loaded when it was made; what came since is for the next one.
        """
        wanted, have = set(run.settings.athena.tables), {row[0] for row in self.tables}
        objections = [f"table {name} is carried, and not proven" for name in sorted(wanted - have)]
        objections += [f"table {name} is proven, and not carried" for name in sorted(have - wanted)]
        if self.covered not in covers_of(run, self.entry if lately else 0):
            objections.append(f"{self.covered} are proven, and {current(run).words} loaded: prove again")
        loaded: dict[str, set[str]] = {}
        for entry in run.journal.of("loaded") if self.at else ():
            table, names = str(entry.body["table"]), set(entry.body["partitions"])
            again = names & loaded.get(table, set()) if lately else names  # later hours come by the schedule
            if entry.n > self.entry and again:
                objections.append(f"table {table}: {min(again)} was loaded after it was proven: prove again")
            loaded.setdefault(table, set()).update(names)
        return tuple(dict.fromkeys(objections))

    @property
    def blocks(self) -> tuple[str, ...]:
        """Any table that is not equal blocks its gate."""
        fine = FINE if self.accepted else ("equal",)
        why = {one.table: f": {one.words}" for one in self.left_out if one.alarming}
        why |= {name: f": {reason}" for name, reason in self.refused}
        return tuple(
            f"table {name} has no partition in {self.covered}: nothing of it is proven"
            if verdict == NOTHING
            else f"table {name} is {verdict}{why.get(name, '') if verdict in ('equal in part', REFUSED) else ''}"
            for name, verdict, *_ in self.tables
            if verdict not in fine
        )

    def view(self) -> View:
        """One row a table, then what differs."""
        names = ("table", "verdict", "partitions", "Athena rows", "Redshift rows", "passes", "scanned", "seconds")
        details = {proof.table.rpartition(".")[2]: proof for proof in self.details}
        rows = tuple(
            (*row, round(proof.scans, 2), size(proof.bytes_scanned), round(proof.seconds, 2))
            if (proof := details.get(row[0]))
            else (*row, 0, size(0), 0)
            for row in self.tables
        )
        tones: tuple[Tone, ...] = tuple(
            "good" if row[1] == "equal" else "bad" if row[1] == "different" else "warn" for row in self.tables
        )
        equal = all(row[1] != "different" for row in self.tables)
        of = f" of {', '.join(row[0] for row in self.tables if row[1] in FINE)}" if self.refused else ""
        every = f"Every row of every partition{of} of {self.covered} is on both engines, equally often."
        summary = every if equal else f"**The tables differ** within {self.covered}."
        parts: list[Part] = [Table(names, rows, tones=tones), Note(summary, "good" if equal else "bad")]
        for name, *_ in (row for row in self.tables if row[1] == NOTHING):
            how = "Register its partitions (MSCK REPAIR TABLE), or take it out of athena.tables"
            parts.append(Note(f"**Nothing to compare**: {name} has no partition in {self.covered}. {how}", "warn"))
        parts += [Note(f"**Not compared**: table {name}. {why}", "bad") for name, why in self.refused]
        for one in self.left_out:
            hint = " Correct its partition, or accept it: load.leave_out_future" if one.alarming else ""
            parts.append(Note(f"**Not covered**: {one.words}.{hint}", "warn"))
        for proof in self.details:
            parts += () if proof.equal else proof.view().parts
        whole = all(row[1] == "equal" for row in self.tables)
        verdict = "all tables equal" if whole else "equal in part" if equal else "tables differ"
        verdict += f", {len(self.refused)} not compared" if self.refused else ""
        compared = f"{plural(sum(row[3] for row in self.tables), 'row')} in {plural(len(self.tables), 'table')}"
        return View(
            f"Proof: {verdict}, {compared}; {self.covered}",
            tuple(parts),
            "good" if whole else "warn" if equal else "bad",
        )


def prove(run: Run) -> Proofs:
    """Prove every table of the migration, up to the run's read point."""
    return _proofs(run, pinned(run))


def prove_caught_up(run: Run) -> Proofs:
    """Prove every table up to where this run has loaded: the days that were caught up are proven, not counted."""
    return _proofs(run, current(run))


def _proofs(run: Run, scope: Scope) -> Proofs:
    proofs: dict[str, TableProof | RunbookError] = {}
    at, (entry, _) = datetime.now(UTC).isoformat(timespec="milliseconds"), run.journal.head()
    book = ledger_digests(run)  # before a row is read: what another run loads meanwhile is told
    for name in run.settings.athena.tables:
        try:
            proofs[name] = prove_table(run, name, scope)
        except (AccessDenied, Unreachable, Refused):
            raise  # of no one table, or of the budget
        except (UsageError, ServiceError, VerificationFailed) as why:  # it holds back no other, and its gate
            proofs[name] = why
    details = tuple(proof for proof in proofs.values() if isinstance(proof, TableProof))
    if not details:
        raise next(why for why in proofs.values() if isinstance(why, RunbookError))
    rows = tuple(
        (name, d.verdict, len(d.partitions), d.control_rows, d.candidate_rows)
        if isinstance(d, TableProof)
        else (name, REFUSED if _refused(d) else NOTHING, 0, 0, 0)
        for name, d in proofs.items()
    )
    refused = tuple((name, without_secrets(str(why))) for name, why in proofs.items() if _refused(why))
    located = tuple(str(difference) for detail in details for difference in detail.differences)
    left = tuple(one for detail in details for one in detail.left_out if one.why != NOT_CLOSED)
    made = Proofs(rows, located, scope.words, left, run.settings.load.leave_out_future, refused, details, at, entry)
    held = {name: d.contents for name, d in proofs.items() if isinstance(d, TableProof)}
    body = {"covered": scope.words, "until": scope.until, "since": entry, "blocks": made.blocks, "ledger": book,
            "contents": held}  # fmt: skip
    run.record("proven", body)
    return made


def _refused(result: TableProof | RunbookError) -> bool:
    """Whether a table could not be compared: it is not carried any more, or its columns drifted."""
    return isinstance(result, RunbookError) and not isinstance(result, _Nothing)
