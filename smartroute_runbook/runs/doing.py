"""Do a step: ask whether it may be done, find its proposal as fresh as the world, apply it, read the world again.

Whether a proposal is stale is decided here and nowhere else. The way back waits for nothing: neither for a lease that
somebody holds, nor for a journal that cannot be written; what is missing in the record then is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from smartroute_runbook.errors import Refused, RunbookError, StaleProposal

from .lease import Lease, hold
from .permit import permit, require_way_back, rule_of
from .plan import StepRule, step_rule
from .state import RunState
from .steps import Outcome, Proposal, ReadWhole, Step, moved_resources
from .views import Done

__all__ = ["do", "propose", "require"]


def propose(run: RunState, step: Step[Any]) -> Proposal:
    """See ``Run.propose``."""
    rule = step_rule(step.id)
    way_back = bool(rule and rule.way_back)
    if run.refused is not None and not way_back:
        raise run.refused
    proposal = replace(step.propose(run), where=run.terms.where)
    if not way_back:
        run.evidence(f"{step.id}.proposal", proposal)
    run.shown[step.id] = proposal
    return proposal


def do(run: RunState, step: Step[Any]) -> Done:
    """See ``Run.do``."""
    rule = require(run, step)
    if rule.way_back:
        with run.on_the_way_back():
            return _do(run, step, rule)
    return _do(run, step, rule)


def require(run: RunState, step: Step[Any]) -> StepRule:
    """See ``Run.require``."""
    rule = rule_of(step, rehearsal=run.environment == "rehearsal" and run.rehearsal)
    if not rule.way_back:
        if run.refused is not None:
            raise run.refused
        if run.going_back and not rule.after_back:
            raise Refused(f"{step.id} is refused: run {run.id} was opened to go back", hint="Open it anew for the week")
        permit(step, rule, run.journal, run.last_gate)
    return rule


def _do(run: RunState, step: Step[Any], rule: StepRule) -> Done:
    shown = run.shown.get(step.id) or propose(run, step)
    with _lease(run, step, rule) as lease:
        fresh = step.propose(run)
        if rule.way_back:
            require_way_back(step, fresh)
        else:
            _require_fresh(step, shown, fresh)
            permit(step, rule, run.journal, run.last_gate, fresh)
            _require_open(run, fresh)
        run.record("started", {"step": step.id, "proposal": fresh.digest, "needs": rule.needs, "kind": _kind(step)})
        try:
            with run.applying(step.id):
                outcome = Outcome(step.id, "unchanged") if fresh.empty else step.apply(run, fresh)
            verified = step.unchanged(run) if fresh.empty and isinstance(step, ReadWhole) else step.verify(run)
            if lease is not None:
                lease.require()
        except BaseException as error:
            message = str(error) if isinstance(error, RunbookError) else type(error).__name__
            run.record("stopped", {"step": step.id, "error": message})
            run.shown.pop(step.id, None)  # the world has moved, by this very attempt
            raise
        ended = {"step": step.id, "status": outcome.status, "proposal": fresh.digest}
        try:
            ended["evidence"] = run.evidence(f"{step.id}.verified", verified).digest
        except (RunbookError, OSError) as error:
            if not rule.way_back:
                raise
            run.unrecorded.append(f"what was verified could not be kept: {error}")
        run.record("finished", ended)
    run.shown.pop(step.id, None)
    return Done(outcome, verified, tuple(run.unrecorded) if rule.way_back else ())


def _require_fresh(step: Step[Any], shown: Proposal, fresh: Proposal) -> None:
    if fresh.digest != shown.digest and not fresh.empty:
        moved = moved_resources(shown, fresh)
        raise StaleProposal(f"{step.id}: {moved} changed since it was proposed", hint="Propose again and read it")


def _require_open(run: RunState, fresh: Proposal) -> None:
    """Nothing is changed from a run that is read: its journal would not know."""
    if run.reading and not fresh.empty:
        raise Refused(run.reading, hint="Nothing is changed from here; 'smartroute-runbook sync' keeps tables fresh")


@contextmanager
def _lease(run: RunState, step: Step[Any], rule: StepRule) -> Iterator[Lease | None]:
    """The run's lease; on the way back without it, where somebody holds it or it cannot be written."""
    if not rule.way_back:
        with hold(run.store, f"{run.id}/lease", step.id) as lease:
            yield lease
        return
    held = ExitStack()
    try:
        held.enter_context(hold(run.store, f"{run.id}/lease", step.id))
    except (RunbookError, OSError) as error:
        run.unrecorded.append(f"done without the run's lease: {error}")
    try:
        yield None
    finally:
        try:
            held.close()
        except (RunbookError, OSError) as error:
            run.unrecorded.append(f"the run's lease could not be released: {error}")


def _kind(step: Step[Any]) -> str:
    """Which code it was: a step that somebody wrote over the package's own shows as such in the record."""
    return f"{type(step).__module__}.{type(step).__qualname__}"
