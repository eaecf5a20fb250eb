"""A run: parameters, clients, journal, evidence and gates of one migration. One value travels down the corridor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from smartroute_runbook.declared import KeptKind, declaration_of
from smartroute_runbook.engines import Athena, Redshift, RedshiftDataApi
from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.environment.detect import headless, is_rehearsal, known_limits
from smartroute_runbook.environment.parameters import home, load_parameters
from smartroute_runbook.environment.settings import Settings, parse_settings
from smartroute_runbook.errors import Refused, RunbookError, StaleProposal, UsageError
from smartroute_runbook.views import Note, View

from .evidence import Evidence, EvidenceStore
from .gate import Gate, last_gate
from .journal import Journal
from .lease import hold
from .permit import permit, stand_signed
from .plan import gates_of, step_rule, week_of
from .steps import Outcome, Proposal, Step, moved_resources
from .store import Store, open_store
from .switching import Switches, attempts
from .views import Banner, Done, Silent

__all__ = ["Banner", "Done", "Evidence", "Run", "runs"]

T = TypeVar("T")
K = TypeVar("K", bound=KeptKind)


class Run:
    """One migration. Open it with ``Run.open``."""

    def __init__(
        self, environment: str, run_id: str, settings: Settings, store: Store, clients: Clients, base: Path
    ) -> None:
        self.progress: Callable[..., Any] = Silent
        self.environment, self.id, self.settings = environment, run_id, settings
        self.store, self.clients, self.base = store, clients, base
        self.journal = Journal(store, f"{run_id}/journal")
        self._evidence = EvidenceStore(run_id, store, self.journal)
        self._shown: dict[str, Proposal] = {}
        self._refused: Refused | None = None

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
    ) -> Run:
        """Open a run, or continue it.

        Args:
            environment: the name of a parameters file.
            run_id: empty for the newest run that is not finished, else a new one.
            settings: the file's ``settings`` as injected by papermill; read from the file when empty.
            base: the folder with ``parameters/``; found from the working directory by default.
            progress: how long work is shown, such as ``present.Progress``.
            finished_too: without a ``run_id``, take the newest run even when its four weeks are finished: what comes
                after them (going back, catching up, watching) belongs to it.

        Raises:
            UsageError: wrong parameters, or a rehearsal without stand-ins.
            VerificationFailed: the journal does not hold.
        """
        base = base or home()
        given = dict(settings) if settings else load_parameters(environment, base)["settings"]
        parsed = parse_settings(given, f"parameters/{environment}.yaml")
        if environment == "rehearsal" and not is_rehearsal():
            raise UsageError(
                "A rehearsal needs the stand-ins", expected="AWS_ENDPOINT_URL on this machine",
                hint="Run 'eval \"$(smartroute-runbook rehearsal up)\"' first",
            )  # fmt: skip
        if parsed.gates.automatic and not (environment == "rehearsal" and is_rehearsal()):
            raise UsageError(
                f"gates.automatic is set for '{environment}'",
                expected="false outside a rehearsal",
                hint="People sign here",
            )
        clients = Clients(parsed)
        store = open_store(parsed.record.store, lambda: clients.boto("s3"), base)
        if not run_id:
            open_ones = [r for r in runs(store, environment) if finished_too or not _finished(store, r)]
            run_id = open_ones[-1] if open_ones else f"{environment}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        run = cls(environment, run_id, parsed, store, clients, base)
        run.progress = progress
        first = next(iter(run.journal.entries()), None)
        if first is None:
            limits = {"limits": known_limits()} if is_rehearsal() else {}
            opened = {"run": run_id, "environment": environment, "settings": given, "rehearsal": is_rehearsal()}
            run.journal.append("opened", opened | limits)
        elif first.body["environment"] != environment:
            raise UsageError(
                f"Run '{run_id}' belongs to environment '{first.body['environment']}'", expected=f"'{environment}'"
            )
        return run

    def athena(self, workgroup: str | None = None, output: str | None = None) -> Athena:
        """The control."""
        return self.clients.athena(workgroup, output)

    def redshift(self) -> Redshift | RedshiftDataApi:
        """The candidate; a new session."""
        return self.clients.redshift()

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
        self._refused = None
        if str(week) in ("2", "3", "4"):
            try:
                self._may_begin(int(week))
            except Refused as refusal:
                self._refused = refusal
                raise
        self.journal.append("week-started", {"week": str(week)})
        title = f"Week {week}: {text['title']}" if str(week) != "rollback" else text["title"]
        limits = len(self.journal.entries()[0].body.get("limits", ()))
        where = f"{self.store.where}/{self.id}"
        return Banner(title, text["goal"], self.id, self.environment, where, is_rehearsal(), limits)

    def _may_begin(self, week: int) -> None:
        """Weeks before are finished, and their gates are signed now: a revocation counts, whenever it was made."""
        if not self.finished(week - 1):
            raise Refused(f"Week {week} cannot start: week {week - 1} is not finished", hint="Run it first")
        before = [name for earlier in range(1, week) for name in gates_of(earlier)]
        stand_signed(f"Week {week} cannot start", before, self._last_gate)

    def _may_finish(self, week: int) -> None:
        if self._refused is not None:
            raise self._refused
        if not any(entry.body["week"] == str(week) for entry in self.journal.of("week-started")):
            raise Refused(f"Week {week} cannot be finished: it was not begun in this run", hint="Begin it first")
        before = [name for earlier in range(1, week + 1) for name in gates_of(earlier)]
        stand_signed(f"Week {week} cannot be finished", before, self._last_gate)

    def _last_gate(self, name: str) -> Gate | None:
        return last_gate(self.journal, name)

    def finish(self, week: int | str) -> View:
        """Note that a week's last cell was reached.

        Raises:
            Refused: the week was not begun, or one of its gates is not signed now.
        """
        if str(week) != "rollback":
            self._may_finish(int(week))
        self.journal.append("week-finished", {"week": str(week)})
        title = f"Week {week}" if str(week) != "rollback" else "The rollback"
        return View(f"{title} is finished", (Note(f"Journal head: entry {self.journal.head()[0]}."),), "good")

    def finished(self, week: int | str) -> bool:
        """Whether a week was finished in this run."""
        return any(entry.body["week"] == str(week) for entry in self.journal.of("week-finished"))

    def evidence(self, name: str, value: Any) -> Evidence:
        """Keep a value as evidence; the same value twice is one piece of evidence."""
        return self._evidence.keep(name, value)

    def once(self, function: Callable[..., T], *arguments: Any) -> T:
        """Measure something once a run: the kept result is read back when the function ran with the same arguments.

        What moves by itself (a query history, a latency) would void every signature if it were measured anew each time
        a notebook is executed. What says no (``blocks``) is measured anew each time. ``function`` takes the run first
        and is declared by ``@measured``; what was kept in an older version of its result is measured anew.

        Raises:
            UsageError: the function is not declared.
            VerificationFailed: what was kept is gone, was changed, or does not read as its result.
        """
        return self._evidence.once(declaration_of(function), arguments, lambda: function(self, *arguments))

    def kept(self, kind: type[K]) -> K:
        """What a gate of this run keeps under a declared name; the newest.

        Raises:
            UsageError: no gate has kept it yet.
            VerificationFailed: it is gone, was changed or kept in another version, or does not read as ``kind``.
        """
        return self._evidence.newest(kind)

    def propose(self, step: Step) -> Proposal:
        """What a step would change; kept, so that ``do`` applies what was shown.

        Raises:
            Refused: the week was refused; says so with the same words.
        """
        self._not_refused(step)
        proposal = step.propose(self)
        self.evidence(f"{step.id}.proposal", proposal)
        self._shown[step.id] = proposal
        return proposal

    def do(self, step: Step) -> Done:
        """Apply what was proposed, and verify it.

        Raises:
            Refused: the step's week was not begun, or its gate or one before it is not signed now.
            StaleProposal: the world moved since the proposal was shown.
            LeaseHeld: somebody else is at work on this run.
        """
        self._not_refused(step)
        permit(step, self.journal, self._last_gate)
        shown = self._shown.get(step.id) or self.propose(step)
        with hold(self.store, f"{self.id}/lease", step.id) as lease:
            fresh = step.propose(self)
            if fresh.digest != shown.digest and not fresh.empty:
                moved = moved_resources(shown, fresh)
                raise StaleProposal(
                    f"{step.id}: {moved} changed since it was proposed", hint="Propose again and read it"
                )
            permit(step, self.journal, self._last_gate, fresh)
            self.journal.append("started", {"step": step.id, "proposal": fresh.digest})
            try:
                outcome = Outcome(step.id, "unchanged") if fresh.empty else step.apply(self, fresh)
                verified = step.verify(self)
                lease.require()
            except BaseException as error:
                said = str(error) if isinstance(error, RunbookError) else type(error).__name__
                self.journal.append("stopped", {"step": step.id, "error": said})
                self._shown.pop(step.id, None)  # the world has moved, by this very attempt
                raise
            kept = self.evidence(f"{step.id}.verified", verified)
            ended = {"step": step.id, "status": outcome.status, "proposal": fresh.digest, "evidence": kept.digest}
            self.journal.append("finished", ended)
        self._shown.pop(step.id, None)
        return Done(outcome, verified)

    def _not_refused(self, step: Step) -> None:
        rule = step_rule(step.id)
        if self._refused is not None and not (rule and rule.way_back):
            raise self._refused

    def switches(self) -> Switches:
        """Every attempt to switch the dashboard, also those that failed or were killed."""
        return attempts(self.journal.entries())

    def gate(self, name: str, evidence: Sequence[Any] = ()) -> Gate:
        """A gate over evidence: values are kept now, under the names that their classes declare."""
        pieces = [self._evidence.of_gate(name, item) for item in evidence]
        blocks = [reason for item in evidence for reason in getattr(item, "blocks", ())]
        digests = {piece.name: piece.digest for piece in pieces}
        gate = Gate(name, self.journal, digests, blocks=blocks, needed=self.settings.gates.signatures)
        body = {"gate": name, "evidence": digests, "blocks": blocks, "needed": gate.needed}
        shown = [entry.body for entry in self.journal.of("gate") if entry.body["gate"] == name]
        if not shown or shown[-1] != body:
            self.journal.append("gate", body)
        if self.settings.gates.automatic and headless() and not blocks:
            gate.sign_automatically()
        return gate


def _finished(store: Store, run_id: str) -> bool:
    return any(e.body["week"] == "4" for e in Journal(store, f"{run_id}/journal").of("week-finished"))


def runs(store: Store, environment: str | None = None) -> list[str]:
    """Run ids in a store, oldest first by their first entry."""
    found = []
    for key in store.keys(""):
        if key.endswith("/journal/000001.json"):
            run_id = key.removesuffix("/journal/000001.json")
            first = Journal(store, f"{run_id}/journal").entries()[0]
            if environment in (None, first.body.get("environment")):
                found.append((first.at, run_id))
    return [run_id for _, run_id in sorted(found)]
