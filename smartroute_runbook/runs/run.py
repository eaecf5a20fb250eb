"""A run: parameters, clients, journal, evidence and gates of one migration. One value travels down the corridor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from smartroute_runbook.declared import declaration_of
from smartroute_runbook.errors import Refused, RunbookError
from smartroute_runbook.views import View

from .doing import do, propose, require
from .evidence import Evidence
from .front_page import renew_front_page
from .gate import Gate
from .head import head_of
from .known_runs import runs
from .opening import open_run
from .permit import may_begin, may_finish
from .place import Place
from .plan import week_of
from .sealing import keep_stepped, seal_when_saved
from .showing import show_gate
from .state import RunState
from .status import head_now
from .steps import Proposal, Proposals, Step
from .views import Banner, Done, Finished, Silent

__all__ = ["Banner", "Done", "Evidence", "Run", "runs"]

T = TypeVar("T")


class Run(RunState):
    """One migration. Open it with ``Run.open``."""

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
            finished_too: what comes after the four weeks (going back, catching up, watching) goes on in a finished run.
            create: whether a run may be made; without it nothing is ever written.
            aws: whether clients will be used; without it only the record is read, and no stand-ins are needed.
            way_back: to go back: neither a damaged record, nor changed parameters, nor a mixture of endpoints stops it.

        Raises:
            UsageError: wrong parameters, no such run, a rehearsal without stand-ins, clients that lead to two places.
            Refused: the run began elsewhere, or under other rules for its gates.
            VerificationFailed: the journal does not hold.
        """
        opening = open_run(environment, run_id, settings, base, finished_too, create=create, aws=aws, way_back=way_back)
        run = cls(environment, opening.run_id, opening.settings, opening.store, opening.clients, opening.base)
        run.progress, run.place, run.is_new, run.going_back = progress, opening.place, opening.is_new, way_back
        run.reading = opening.reading
        run.unrecorded += opening.unrecorded
        return run

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
        if not self.reading:
            keep_stepped(self.journal, self.id, self.store, self.base, str(week))
        self.record("week-started", {"week": str(week), "where": self.place.body if self.place else None})
        if not self.going_back:
            renew_front_page(self.base)
        title = f"Week {week}: {text['title']}" if str(week) != "rollback" else text["title"]
        place = self.place or Place()
        known = "new" if self.is_new else f"continued at journal entry {self.journal.head()[0]}"
        notes = (*([self.reading] if self.reading else []), *self.unrecorded)
        return Banner(
            title, text["goal"], self.id, self.environment, f"{self.store.where}/{self.id}", self.rehearsal,
            len(place.limits), known, place.words, notes, head_of(self), lambda: head_now(self, str(week)),
        )  # fmt: skip

    def finish(self, week: int | str) -> View:
        """Note that a week's last cell was reached.

        Raises:
            Refused: the week was not begun, or one of its gates is not signed now.
        """
        stay = ""
        if str(week) != "rollback":
            if self.refused is not None:
                raise self.refused
            stay = may_finish(int(week), self.journal, self.last_gate)
        self.record("week-finished", {"week": str(week), **({"stay": stay} if stay else {})})
        if not self.going_back:
            renew_front_page(self.base)
        n, digest = 0, ""
        try:
            n, digest = self.journal.head()
        except (RunbookError, OSError) as error:
            if not self.going_back:
                raise
            self.unrecorded.append(f"the journal could not be read: {error}")
        head = f"entry {n}. `{n}:{digest}`" if n else ""
        sealing = "" if self.reading else seal_when_saved(self.environment, self.id, self.store, self.base, str(week))
        notes = (*([self.reading] if self.reading else []), *self.unrecorded, *([sealing] if sealing else []))
        return Finished(str(week), head, stay, notes).view()

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

    def propose(self, step: Step[Run]) -> Proposal:
        """What a step would change; kept, so that ``do`` applies what was shown.

        Raises:
            Refused: the week was refused; says so with the same words.
        """
        return propose(self, step)

    def proposals(self, steps: Sequence[Step[Run]]) -> Proposals:
        """What several steps would change, to be read together; see ``propose``."""
        return Proposals(tuple(self.propose(step) for step in steps))

    def do(self, step: Step[Run]) -> Done:
        """Apply what was proposed, exactly, and verify it. Whoever calls it, the step's gate is asked here.

        Raises:
            Refused: the step's week was not begun, or its gate or one before it is not signed now.
            StaleProposal: the world moved since the proposal was shown.
            LeaseHeld: somebody else is at work on this run.
        """
        return do(self, step)

    def require(self, step: Step[Run]) -> None:
        """Ask what ``do`` asks before it reads anything: for whoever has long work to do before.

        Raises:
            Refused: the step may not be done now.
        """
        require(self, step)

    def gate(self, name: str, evidence: Sequence[Any] = ()) -> Gate:
        """A gate over evidence: values are kept now, under the names that their classes declare.

        Evidence may say more than its digest: ``blocks`` (why nobody may sign), ``against`` (points of the checklist
        that it speaks against), ``stays_until`` (a decision to stay). What the plan wants and is not shown, blocks.
        """
        return show_gate(self, name, evidence)
