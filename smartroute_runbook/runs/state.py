"""What a run is and keeps: parameters, clients, journal and evidence. What is done in it is ``Run``'s."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from smartroute_runbook.declared import KeptKind
from smartroute_runbook.engines import Athena, Redshift, RedshiftDataApi
from smartroute_runbook.engines.clients import Caller, Clients
from smartroute_runbook.engines.meter import Meter
from smartroute_runbook.environment.settings import Gates, Settings
from smartroute_runbook.errors import Refused, RunbookError, UsageError
from smartroute_runbook.files import read_text
from smartroute_runbook.query_parameters import with_defaults

from .changed_settings import settings_as_opened
from .evidence import Evidence, EvidenceStore
from .gate import Gate, Terms, last_gate
from .journal import Journal
from .known_runs import stay_of
from .place import Place, opened_at, place_of, require_same
from .steps import Proposal
from .store import Store
from .switching import Switches, attempts
from .views import Silent

__all__ = ["BILLED", "METERED", "RunState"]

K = TypeVar("K", bound=KeptKind)


BILLED = "athena_bytes_billed"
"""Of journal entries that end something: what Athena billed since the entry before that says so."""
METERED = ("finished", "stopped", "week-finished")
"""Kinds of these entries."""


class RunState:
    """What a run is and keeps.

    Attributes:
        place: where its clients lead; None where nobody asked, because only files are read.
        reading: why nothing new is claimed in it: it is finished, or was opened to be looked at; '' else.
        shown: the newest proposal of each step.
        meter: what Athena billed since the journal said so last.
        refused: why its week was refused, until one is begun.
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
        self.place: Place | None = None
        self.is_new, self.going_back, self.reading = False, False, ""
        self.unrecorded: list[str] = []
        self.meter = Meter()
        self.shown: dict[str, Proposal] = {}
        self.refused: Refused | None = None
        self._applying = ""

    def athena(self, workgroup: str | None = None, output: str | None = None, connections: int = 10) -> Athena:
        """The control, for so many threads at once; what it bills is counted for this run."""
        engine = self.clients.athena(workgroup, output, connections)
        engine.meter = self.meter
        return engine

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
        """The dashboard's queries as they run on Athena, with the defaults of their parameters, by name.

        Raises:
            UsageError: there are none, or one cannot be read, or declares a parameter wrongly.
        """
        found = {}
        for name, text in self.query_texts.items():
            try:
                found[name] = with_defaults(text)
            except ValueError as error:
                raise UsageError(f"Query {name}: {error}", hint="docs/dashboard-api.md has the forms") from None
        return found

    @property
    def query_texts(self) -> dict[str, str]:
        """The dashboard's queries as they are written: name (file name without suffix) and text.

        Raises:
            UsageError: there are none, or one cannot be read.
        """
        folder = self.base / self.settings.experiment.queries
        found = {path.stem: read_text(path, "The query file") for path in sorted(folder.glob("*.sql"))}
        if not found:
            raise UsageError(f"No queries in {folder}", expected="a .sql file for each query of the dashboard")
        return found

    def finished(self, week: int | str) -> bool:
        """Whether a week was finished in this run."""
        return any(entry.body.get("week") == str(week) for entry in self.journal.of("week-finished"))

    def record(self, kind: str, body: Mapping[str, Any]) -> None:
        """Append to the journal.

        Nothing is written into a run that is read. On the way back what cannot be written is kept in ``unrecorded``.
        """
        if self.reading:
            return
        if kind in METERED and (billed := self.meter.take()):
            body = {**body, BILLED: billed}
        try:
            self.journal.append(kind, body)
        except (RunbookError, OSError) as error:
            if not self.going_back:
                raise
            self.unrecorded.append(f"'{kind}' could not be written into the journal: {error}")

    def evidence(self, name: str, value: Any) -> Evidence:
        """Keep a value as evidence; the same value twice in a row is one piece of evidence."""
        return self.kept_here.keep(name, value, write=not self.reading)

    def kept(self, kind: type[K]) -> K:
        """What a gate of this run keeps under a declared name; the newest.

        Raises:
            UsageError: no gate has kept it yet.
            VerificationFailed: it is gone, was changed or kept in another version, or does not read as ``kind``.
        """
        return self.kept_here.newest(kind)

    def switches(self) -> Switches:
        """Every attempt to switch the dashboard, also those that failed or were killed."""
        return attempts(self.journal.entries())

    def last_gate(self, name: str) -> Gate | None:
        """A gate over the evidence that was shown last; None where the run has not reached it."""
        return last_gate(self.journal, name, self.terms, self.gates.signatures)

    @property
    def gates(self) -> Gates:
        """The rules of its gates, as the run was opened with them."""
        opened = settings_as_opened(self.journal)
        return opened.gates if opened else self.settings.gates

    @property
    def terms(self) -> Terms:
        """What a signature must be to count in this run, by how it was opened."""
        first = next(iter(self.journal.entries()), None)
        named = (first.body.get("environment") if first else self.environment) == "rehearsal"
        asks = self._caller if self.place is not None or not named else None
        place = self.place or opened_at(self.journal)
        words = f"{self.environment}, {place.words}" if place else self.environment
        return Terms(self.id, named, self.gates.valid_days, self.gates.signers, asks, words, self.rehearsal)

    def _caller(self) -> Caller:
        """As whom AWS knows who signs: asked where the run is at work, and nowhere else."""
        place = self.place or place_of(self.clients, self.settings.aws.region)
        require_same(self.journal, self.environment, place, way_back=False)
        return self.clients.caller()

    @contextlib.contextmanager
    def applying(self, step: str) -> Iterator[None]:
        """While ``do`` applies a step: nobody else may."""
        before, self._applying = self._applying, step
        try:
            yield
        finally:
            self._applying = before

    def require_applying(self, step: str) -> None:
        """Go on only inside ``do``.

        Raises:
            Refused: a step's ``apply`` was called by somebody else.
        """
        if self._applying != step:
            raise Refused(f"{step} is applied by Run.do alone, which asks its gate", hint="run.do(step)")

    @contextlib.contextmanager
    def on_the_way_back(self) -> Iterator[None]:
        """What is done in here does not wait for its record."""
        before, self.going_back = self.going_back, True
        try:
            yield
        finally:
            self.going_back = before
