"""A run: parameters, clients, journal, evidence and gates of one migration. One value travels down the corridor."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from smartroute_runbook.declared import KeptKind, declaration_of
from smartroute_runbook.engines import Athena, Redshift, RedshiftDataApi
from smartroute_runbook.engines.clients import Caller, Clients
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import Refused, RunbookError, UsageError
from smartroute_runbook.views import View

from .doing import do, require
from .evidence import Evidence, EvidenceStore
from .gate import Gate, Terms, last_gate
from .journal import Journal
from .opening import open_run, runs, stay_of
from .permit import may_begin, may_finish
from .place import Place, place_of, require_same
from .plan import step_rule, week_of
from .sealing import seal_when_saved
from .showing import show_gate
from .steps import Proposal, Step
from .store import Store
from .switching import Switches, attempts
from .views import Banner, Done, Finished, Silent

__all__ = ["Banner", "Done", "Evidence", "Run", "runs"]

T = TypeVar("T")
K = TypeVar("K", bound=KeptKind)


class Run:
    """One migration. Open it with ``Run.open``.

    Attributes:
        place: where its clients lead; None where nobody asked, because only files are read.
        reading: why nothing new is claimed in it: it is finished, or was opened to be looked at; '' else.
        unrecorded: what could not be written on the way back, which does not wait for its record.
    """

    def __init__(
        self, environment: str, run_id: str, settings: Settings, store: Store, clients: Clients, base: Path
    ) -> None:
        self.progress: Callable[..., Any] = Silent
        self.environment, self.id, self.settings = environment, run_id, settings
        self.store, self.clients, self.base = store, clients, base
        self.journal = Journal(store, f"{run_id}/journal")
        self.kept_here = EvidenceStore(run_id, store, self.journal)
        self.gates = settings.gates
        self.place: Place | None = None
        self.is_new, self.going_back, self.reading = False, False, ""
        self.unrecorded: list[str] = []
        self.shown: dict[str, Proposal] = {}
        self.refused: Refused | None = None

    @classmethod
    def open(
        cls,
        environment: str,
        run_id: str = "",
        settings: Mapping[str, Any] | None = None,
        *,
        base: Path | None = None,
        progress: Callable[..., Any] = Silent,
        finished_too: bool = False,
        create: bool = True,
        aws: bool = True,
        way_back: bool = False,
    ) -> Run:
        """Open a run, or continue it.

        Args:
            environment: the name of a parameters file.
            run_id: empty for the newest run that is not finished, else the newest one (for reading), else a new one.
            settings: the file's ``settings`` as injected by papermill; read from the file when empty.
            base: the folder with ``parameters/``; found from the working directory by default.
            progress: how long work is shown, such as ``present.Progress``.
            finished_too: what comes after the four weeks (going back, catching up, watching) belongs to a finished run
                and goes on in it.
            create: whether a run may be made; without it nothing is ever written.
            aws: whether clients will be used; without it only the record is read, and no stand-ins are needed.
            way_back: to go back: neither a damaged record, nor changed parameters, nor a mixture of endpoints stops it.

        Raises:
            UsageError: wrong parameters, no such run, a rehearsal without stand-ins, clients that lead to two places.
            Refused: the run began elsewhere, or under other rules for its gates.
            VerificationFailed: the journal does not hold.
        """
        found = open_run(environment, run_id, settings, base, finished_too, create=create, aws=aws, way_back=way_back)
        run = cls(environment, found.run_id, found.settings, found.store, found.clients, found.base)
        run.progress, run.place, run.is_new, run.going_back = progress, found.place, found.is_new, way_back
        run.gates, run.reading = found.gates, found.reading
        run.unrecorded += found.unrecorded
        return run

    def athena(self, workgroup: str | None = None, output: str | None = None) -> Athena:
        """The control."""
        return self.clients.athena(workgroup, output)

    def redshift(self) -> Redshift | RedshiftDataApi:
        """The candidate; a new session."""
        return self.clients.redshift()

    @property
    def rehearsal(self) -> bool:
        """Whether this run is a rehearsal: all of its clients reach stand-ins on this machine."""
        first = next(iter(self.journal.entries()), None)
        return self.place.rehearsal if self.place else bool(first and first.body.get("rehearsal"))

    @property
    def stayed(self) -> str:
        """The day to look again, where week 1 ended with a decision to stay; '' else."""
        return stay_of(self.journal)

    @property
    def queries(self) -> dict[str, str]:
        """The dashboard's queries as they run on Athena: name (file name without suffix) and text.

        Raises:
            UsageError: there are none.
        """
        folder = self.base / self.settings.experiment.queries
        found = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}
        if not found:
            raise UsageError(f"No queries in {folder}", expected="a .sql file for each query of the dashboard")
        return found

    def begin(self, week: int | str) -> Banner:
        """Start a week. After a refusal nothing can be proposed or done, except going back, until a week is begun.

        Raises:
            Refused: the week before is not finished, or a gate of the weeks before is not signed now.
        """
        text = week_of(week)
        self.refused = None
        if str(week) != "rollback":
            try:
                may_begin(int(week), self.journal, self.last_gate)
            except Refused as refusal:
                self.refused = refusal
                raise
        self.record("week-started", {"week": str(week), "where": self.place.body if self.place else None})
        title = f"Week {week}: {text['title']}" if str(week) != "rollback" else text["title"]
        where = f"{self.store.where}/{self.id}"
        place = self.place or Place()
        known = "new" if self.is_new else f"continued at journal entry {self.journal.head()[0]}"
        notes = (*([self.reading] if self.reading else []), *self.unrecorded)
        return Banner(
            title, text["goal"], self.id, self.environment, where, self.rehearsal, len(place.limits), known,
            place.words, notes,
        )  # fmt: skip

    def finish(self, week: int | str) -> View:
        """Note that a week's last cell was reached.

        Raises:
            Refused: the week was not begun, or one of its gates is not signed now.
        """
        body: dict[str, Any] = {"week": str(week)}
        stay = ""
        if str(week) != "rollback":
            if self.refused is not None:
                raise self.refused
            stay = may_finish(int(week), self.journal, self.last_gate)
        self.record("week-finished", body | ({"stay": stay} if stay else {}))
        n, digest = (0, "") if self.going_back else self.journal.head()
        head = f"entry {n}. `{n}:{digest}`" if n else ""
        sealing = "" if self.reading else seal_when_saved(self, str(week))
        notes = (*([self.reading] if self.reading else []), *self.unrecorded, *([sealing] if sealing else []))
        return Finished(str(week), head, stay, notes).view()

    def finished(self, week: int | str) -> bool:
        """Whether a week was finished in this run."""
        return any(entry.body.get("week") == str(week) for entry in self.journal.of("week-finished"))

    def record(self, kind: str, body: Mapping[str, Any]) -> None:
        """Append to the journal.

        Nothing is written into a run that is read. On the way back what cannot be written is kept in ``unrecorded``.
        """
        if self.reading:
            return
        try:
            self.journal.append(kind, body)
        except (RunbookError, OSError) as error:
            if not self.going_back:
                raise
            self.unrecorded.append(f"'{kind}' could not be written into the journal: {error}")

    def evidence(self, name: str, value: Any) -> Evidence:
        """Keep a value as evidence; the same value twice in a row is one piece of evidence."""
        return self.kept_here.keep(name, value, write=not self.reading)

    def once(self, function: Callable[..., T], *arguments: Any) -> T:
        """Measure something once a run: the kept result is read back when the function ran with the same arguments.

        What moves by itself (a query history, a latency) would void every signature if it were measured anew each time
        a notebook is executed. What says no (``blocks``) is measured anew each time. ``function`` takes the run first
        and is declared by ``@measured``; what was kept in an older version of its result is measured anew.

        Raises:
            UsageError: the function is not declared.
            VerificationFailed: what was kept is gone, was changed, or does not read as its result.
        """
        measure = declaration_of(function), arguments, lambda: function(self, *arguments)
        return self.kept_here.once(*measure, write=not self.reading)

    def kept(self, kind: type[K]) -> K:
        """What a gate of this run keeps under a declared name; the newest.

        Raises:
            UsageError: no gate has kept it yet.
            VerificationFailed: it is gone, was changed or kept in another version, or does not read as ``kind``.
        """
        return self.kept_here.newest(kind)

    def propose(self, step: Step) -> Proposal:
        """What a step would change; kept, so that ``do`` applies what was shown.

        Raises:
            Refused: the week was refused; says so with the same words.
        """
        rule = step_rule(step.id)
        way_back = bool(rule and rule.way_back)
        if self.refused is not None and not way_back:
            raise self.refused
        proposal = replace(step.propose(self), where=self.terms.where)
        if not way_back:
            self.evidence(f"{step.id}.proposal", proposal)
        self.shown[step.id] = proposal
        return proposal

    def do(self, step: Step) -> Done:
        """Apply what was proposed, exactly, and verify it. Whoever calls it, the step's gate is asked here.

        Raises:
            Refused: the step's week was not begun, or its gate or one before it is not signed now.
            StaleProposal: the world moved since the proposal was shown.
            LeaseHeld: somebody else is at work on this run.
        """
        return do(self, step)

    def require(self, step: Step) -> None:
        """Ask what ``do`` asks before it reads anything: for whoever has long work to do before.

        Raises:
            Refused: the step may not be done now.
        """
        require(self, step)

    def switches(self) -> Switches:
        """Every attempt to switch the dashboard, also those that failed or were killed."""
        return attempts(self.journal.entries())

    def gate(self, name: str, evidence: Sequence[Any] = ()) -> Gate:
        """A gate over evidence: values are kept now, under the names that their classes declare.

        Evidence may say more than its digest: ``blocks`` (why nobody may sign), ``against`` (points of the checklist
        that it speaks against), ``stays_until`` (a decision to stay). What the plan wants and is not shown, blocks.
        """
        return show_gate(self, name, evidence)

    def last_gate(self, name: str) -> Gate | None:
        """A gate over the evidence that was shown last; None where the run has not reached it."""
        return last_gate(self.journal, name, self.terms, self.gates.signatures)

    @property
    def terms(self) -> Terms:
        """What a signature must be to count in this run."""
        named = self.environment == "rehearsal"
        asks = self._caller if self.place is not None or not named else None
        words = f"{self.environment}, {self.place.words}" if self.place else self.environment
        return Terms(self.id, named, self.gates.valid_days, self.gates.signers, asks, words)

    def _caller(self) -> Caller:
        """As whom AWS knows who signs: asked where the run is at work, and nowhere else."""
        place = self.place or place_of(self.clients, self.settings.aws.region)
        require_same(self.journal, self.environment, place, way_back=False)
        return self.clients.caller()

    @contextlib.contextmanager
    def on_the_way_back(self) -> Iterator[None]:
        """What is done in here does not wait for its record."""
        before, self.going_back = self.going_back, True
        try:
            yield
        finally:
            self.going_back = before
