"""The steps that load: what differs from the lake is exported and loaded in batches; a failed batch stops no other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import AccessDenied, RunbookError, ServiceError, Unreachable
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.steps import Change, Outcome, Proposal, applied_by_do

from .batches import batches_of, halves
from .copy import batch_words, load_batch, refresh_views
from .export import Export, export_batch
from .reconciliation import Reconciliation, reconciled
from .scope import Scope, closed_hours, keep, pinned, within_window
from .source import Batch, SourceTable
from .state import State, ledger, read_states

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["CatchUp", "LoadDays"]

_SHOWN = 5
_HALVED = 64  # batches halved in one go: when everything fails, nothing is learnt from halving


class LoadDays:
    """Export and load every partition that is not loaded in its present state: first, resumed, and corrected."""

    id = "week2.load"
    needs = "week2.tables"

    def __init__(self) -> None:
        self._scope: Scope | None = None
        self.states: tuple[State, ...] = ()

    def scope(self, run: Run) -> Scope:
        """Which partitions; the same for as long as this step lives."""
        self._scope = self._scope or self._reach(run)
        return self._scope

    def _reach(self, run: Run) -> Scope:
        return pinned(run)

    def propose(self, run: Run) -> Proposal:
        """Days with partitions that differ from what was loaded; what vanished from the lake; what is left out."""
        scope = self.scope(run)
        self.states = read_states(run, scope)
        changes = [change for state in self.states for change in _changes(state)]
        facts: dict[str, object] = {"covered": scope.words}
        if gone := [one.words for state in self.states for one in state.gone]:
            facts["not in the lake any more, left as they are"] = gone
        if drift := [one.words for state in self.states for one in state.drift]:
            facts["not loaded, because the columns differ"] = drift
        if left := [one.words for state in self.states for one in state.left_out if one.alarming]:
            facts["left out"] = left
        return Proposal(self.id, tuple(changes), "DELETE the day's rows and ledger rows, or DROP the tables", facts)

    @applied_by_do
    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Export in parallel, load one batch after the other; one that fails is halved, and stops no other."""
        resources = {change.resource for change in proposal.changes if change.action != "none"}
        states = self.states or read_states(run, self.scope(run))
        tables = {state.table.name: state.table for state in states}
        batches = deque(batch for state in states for batch in _batches(run, state, resources))
        total, parts = sum(batch.rows for batch in batches), sum(len(batch.partitions) for batch in batches)
        role = _role_arn(run)
        rows = size = loaded = halved = 0
        failed: list[str] = []
        with run.progress("Loading", total, "rows") as line:
            for batch, export in _exported(run, tables, batches):
                try:
                    if isinstance(export, RunbookError):
                        raise export
                    line.update(rows, f"{batch.table} {batch.date}: {export.bytes / 1e6:,.1f} MB exported, loading")
                    with run.redshift() as redshift:  # of its own: a connection that breaks fails one batch
                        load_batch(run, redshift, tables[batch.table], export, role)
                except RunbookError as error:
                    if len(batch.partitions) > 1 and halved < _HALVED and _may_be_one(error):
                        halved += 1
                        batches.extendleft(reversed(halves(batch)))
                    else:
                        failed.append(f"{batch_words(batch)}: {error}")
                    continue
                rows, size, loaded = rows + export.total, size + export.bytes, loaded + len(batch.partitions)
                line.update(rows, f"{batch.table} {batch.date} loaded, {size / 1e6:,.1f} MB so far")
        if loaded:
            refresh_views(run)
        if failed:
            raise _unloaded(failed, parts - loaded, parts, loaded)
        days = len(resources)
        return Outcome(self.id, "applied", {"days": days, "partitions": parts, "rows": rows, "bytes": size})

    def verify(self, run: Run) -> Reconciliation:
        """Count both sides, partition by partition."""
        _complete_journal(run)
        self.states = read_states(run, self.scope(run))
        return self._counted(run)

    def unchanged(self, run: Run) -> Reconciliation:
        """The counts that said so: a year of partitions is not read twice to hear that none is new."""
        _complete_journal(run)
        return self._counted(run)

    def _counted(self, run: Run) -> Reconciliation:
        reconciliation = reconciled(self.states, self.scope(run))
        reconciliation.require()
        keep(run, self.scope(run))
        return reconciliation


class CatchUp(LoadDays):
    """The same, up to the last closed hour: what arrived or was corrected since."""

    id = "week4.catch-up"
    needs = "week2.loaded"

    def _reach(self, run: Run) -> Scope:
        return within_window(run, closed_hours(run))


def _may_be_one(error: RunbookError) -> bool:
    """Whether one partition of a batch may be the cause."""
    return not isinstance(error, (Unreachable, AccessDenied))


def _unloaded(failed: list[str], missing: int, parts: int, loaded: int) -> ServiceError:
    more = f"; and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
    others = "The others are loaded. " if loaded else "Nothing was loaded. "
    return ServiceError(
        f"{missing:,} of {plural(parts, 'partition')} were not loaded: {'; '.join(failed[:_SHOWN])}{more}",
        hint=f"{others}Correct the cause and run again",
    )


def _batches(run: Run, state: State, resources: set[str]) -> Iterator[Batch]:
    parts = [part for part, _ in state.stale if f"{state.table.name} {part.date}" in resources]
    return batches_of(state.table.name, parts, run.settings.load.batch_mb * 1_000_000)


def _changes(state: State) -> Iterator[Change]:
    days: dict[str, list[tuple[str, str]]] = {}
    stale = {part.name: why for part, why in state.stale}
    by_day: dict[str, list[int]] = {}
    for n, part in enumerate(state.lake):
        by_day.setdefault(part.date, []).append(n)
        if part.name in stale:
            days.setdefault(part.date, []).append((part.name, part.source))
    for day, places in sorted(by_day.items()):
        parts = [state.lake[n] for n in places]
        recorded = [state.noted[part.name] for part in parts if part.name in state.noted]
        before = {"partitions": len(recorded), "rows": sum(rows for _, rows in recorded)} if recorded else None
        resource = f"{state.table.name} {day}"
        if day not in days:
            yield Change(resource, "none", before, before)
            continue
        batch = Batch(state.table.name, tuple(part for part in parts if part.name in stale))
        after = {"partitions": len(parts), "rows": sum(part.rows for part in parts), "source": batch.source[:12]}
        why = _reasons([stale[name] for name, _ in days[day]])
        yield Change(resource, "modify" if recorded else "create", before, after, why)


def _reasons(reasons: list[str]) -> str:
    counted = {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}
    return "; ".join(f"{plural(n, 'partition')}: {reason}" if n > 1 else reason for reason, n in counted.items())


def _exported(
    run: Run, tables: Mapping[str, SourceTable], batches: deque[Batch]
) -> Iterator[tuple[Batch, Export | RunbookError]]:
    """Exports as they finish, at most ``load.parallel`` at once and as many waiting; errors instead of an export.

    The caller may put more batches in while it goes.
    """
    pending: dict[Future[Export], Batch] = {}
    pool = ThreadPoolExecutor(run.settings.load.parallel, "export")
    try:
        while True:
            while len(pending) < run.settings.load.parallel and batches:
                batch = batches.popleft()
                pending[pool.submit(export_batch, run, tables[batch.table], batch)] = batch
            if not pending:
                return
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                batch = pending.pop(future)
                try:
                    export: Export | RunbookError = future.result()
                except RunbookError as error:
                    export = error
                while len(pending) < run.settings.load.parallel and batches:  # exported while this one is loaded
                    following = batches.popleft()
                    pending[pool.submit(export_batch, run, tables[following.table], following)] = following
                yield batch, export
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _complete_journal(run: Run) -> None:
    """A kill between a commit and its journal entry leaves the entry out: it is added from Redshift's ledger."""
    journalled = {
        (entry.body["table"], name, source)
        for entry in run.journal.of("loaded")
        for name, (source, _) in entry.body["partitions"].items()
    }
    missing: dict[str, dict[str, list[str | int]]] = {}
    for (table, name), (source, rows) in ledger(run).items():
        if (table, name, source) not in journalled:
            missing.setdefault(table, {})[name] = [source, rows]
    for table, partitions in missing.items():
        run.record("loaded", {"table": table, "partitions": partitions, "recovered": True})


def _role_arn(run: Run) -> str:
    with explained("Reading the COPY role"):
        return str(run.clients.boto("iam").get_role(RoleName=run.settings.redshift.copy_role)["Role"]["Arn"])
