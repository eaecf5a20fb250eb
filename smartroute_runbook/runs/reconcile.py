"""A step as a list of resources: how each is, how it shall be, and what makes it so.

``propose`` reads, ``apply`` makes what differs, ``verify`` reads again and takes any difference for drift. Ids that AWS
gives are shown by their names, so that a proposal made before a neighbour exists stays true afterwards.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from smartroute_runbook.canonical import plain
from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import VerificationFailed
from smartroute_runbook.views import Code, Folded, View

from .diff import value_lines
from .run import Run
from .steps import Change, Outcome, Proposal, applied_by_do

__all__ = ["Reconciled", "Resource", "Verified", "differences"]


@dataclass(frozen=True)
class Resource:
    """One thing in AWS.

    Attributes:
        name: what it is called, with its kind.
        before: how it is; None when it does not exist.
        after: how it shall be.
        make: creates it, or changes it from ``before`` to ``after``.
    """

    name: str
    before: Any
    after: Any
    make: Callable[[], None]
    why: str = ""
    usd_month: Decimal | None = None

    @property
    def change(self) -> Change:
        """What a proposal says of it."""
        if plain(self.before) == plain(self.after):
            return Change(self.name, "none", self.before, self.after, self.why, self.usd_month)
        action, why = "create", self.why
        if self.before is not None:
            action, why = "modify", f"differs in {', '.join(differences(self.before, self.after))}. {self.why}"
        return Change(self.name, action, self.before, self.after, why, self.usd_month)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Verified:
    """What a step's resources were when they were read again: all as they shall be."""

    step: str
    resources: Mapping[str, Any]

    short: ClassVar[str] = "as proposed"
    """The title where the step is named already."""

    def view(self) -> View:
        """One line; what was read is folded, whole."""
        read = Folded("What was read", (Code("\n".join(value_lines(self.resources))),)) if self.resources else None
        return View(f"{self.step} is {self.short}", (read,) if read else (), "good")


class Reconciled(ABC):
    """A step over resources."""

    id: ClassVar[str]
    needs: ClassVar[str | None]
    undo: ClassVar[str]

    @abstractmethod
    def resources(self, run: Run) -> Iterable[Resource]:
        """Read each resource, in the order in which they are made."""

    def _read(self, run: Run) -> list[Resource]:
        with explained(f"Reading for {self.id}"):
            return list(self.resources(run))

    def undo_commands(self, run: Run) -> tuple[str, ...]:  # noqa: ARG002 - a step that has commands names them
        """What undoes the step, as commands to copy into a shell; none where words are all there is."""
        return ()

    def propose(self, run: Run) -> Proposal:
        """What is, what shall be, what it costs."""
        changes = tuple(resource.change for resource in self._read(run))
        return Proposal(self.id, changes, self.undo, undo_commands=self.undo_commands(run))

    @applied_by_do
    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Make what the proposal changes, and nothing else.

        Raises:
            ServiceError: AWS refuses; what was made so far stays and the next proposal starts from it.
        """
        wanted = {change.resource: change for change in proposal.changes if change.action != "none"}
        made = {}
        for resource in self._read(run):
            if resource.name in wanted and plain(resource.change) == plain(wanted[resource.name]):
                with explained(f"Making {resource.name}"):
                    resource.make()
                made[resource.name] = resource.change.action
        return Outcome(self.id, "applied" if made else "unchanged", made)

    def verify(self, run: Run) -> Verified:
        """Read everything again.

        Raises:
            VerificationFailed: something is missing or differs; names it, what is and what should be.
        """
        found = self._read(run)
        for resource in found:
            if resource.change.action == "create":
                raise VerificationFailed(f"{resource.name} does not exist", hint=f"Propose and apply {self.id} again")
            if resource.change.action == "modify":
                raise VerificationFailed(
                    f"{resource.name} {resource.change.why.split('. ')[0]}: it is {plain(resource.before)}",
                    expected=str(plain(resource.after)),
                    hint=f"Somebody changed it, or the change did not hold: propose {self.id} again",
                )
        return Verified(self.id, {resource.name: resource.before for resource in found})


def differences(before: Any, after: Any) -> list[str]:
    """Names of the fields in which two states differ; ``its state`` when they have no fields."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return ["its state"]
    names = [*after, *(name for name in before if name not in after)]
    return [name for name in names if plain(before.get(name)) != plain(after.get(name))]
