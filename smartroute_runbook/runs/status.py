"""Where a run stands, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from smartroute_runbook.canonical import plain
from smartroute_runbook.errors import UsageError, did_you_mean
from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Note, Part, Table, View

from .anchored import not_anchored
from .gate import Gate, Revoked
from .head import head_of
from .plan import WEEKS, plan, week_of
from .sealing import is_sealed
from .state import RunState
from .switching import gone_back, unsettled
from .views import HeadLine

__all__ = ["Status", "gate_of", "gate_state", "head_now", "status_of"]


@dataclass(frozen=True)
class GateState:
    """A gate as the status has it; ``evidence`` is the digest that ``sign --evidence`` takes."""

    gate: str
    state: str
    reason: str = ""
    evidence: str = ""
    signers: tuple[str, ...] = ()
    revoked: tuple[Revoked, ...] = ()

    def __iter__(self) -> Iterator[str]:
        """Name, state, reason."""
        return iter((self.gate, self.state, self.reason))


@dataclass(frozen=True)
class Status:
    """Weeks, gates and the next action of a run; entries whose seals the anchor did not take."""

    run_id: str
    environment: str
    weeks: tuple[tuple[str, str, str], ...]
    gates: tuple[GateState, ...]
    next_action: str
    entries: int
    head: HeadLine
    stay: str = ""
    not_anchored: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "run_id": self.run_id,
            "environment": self.environment,
            "weeks": [dict(zip(("week", "title", "state"), row, strict=True)) for row in self.weeks],
            "gates": [plain(gate) for gate in self.gates],
            "next": self.next_action,
            "rehearsal": self.head.rehearsal,
            "where": self.head.where,
            "athena_usd": round(self.head.athena_usd, 6),
            "look_again_on": self.stay or None,
            "journal_entries": self.entries,
            "not_anchored": list(self.not_anchored),
        }

    def view(self) -> View:
        """Two tables and a sentence."""
        rows = tuple((g.gate, g.state, ", ".join(g.signers), g.reason) for g in self.gates)
        taken_back = tuple((g.gate, one.words) for g in self.gates for one in g.revoked)
        parts: list[Part] = [
            *self.head.notes,
            Table(("week", "title", "state"), self.weeks),
            Table(("gate", "state", "signed by", "reason"), rows),
        ]
        parts += [Table(("gate", "taken back"), taken_back)] if taken_back else []
        if self.not_anchored:
            lacking = ", ".join(map(str, self.not_anchored))
            how = f"`smartroute-runbook seal --environment {self.environment} --run-id {self.run_id}`"
            parts.append(Note(f"**The anchor lacks the seals of entries {lacking}.** Tell it again: {how}", "bad"))
        return View(f"Run {self.run_id} ({self.environment}), {plural(self.entries, 'journal entry')}", tuple(parts))


def gate_of(run: RunState, name: str) -> Gate:
    """A gate over the evidence that the run showed last.

    Raises:
        UsageError: the run has not reached this gate.
    """
    if name not in plan()["gates"]:
        raise UsageError(f"There is no gate '{name}'", hint=did_you_mean(name, plan()["gates"]))
    gate = run.last_gate(name)
    if gate is None:
        raise UsageError(
            f"Run {run.id} has not reached gate '{name}'", hint="Run its week first, and read the evidence"
        )
    return gate


def status_of(run: RunState, notebook: str = "") -> Status:
    """Read the journal.

    Args:
        run: the run.
        notebook: the week whose notebook is open: the next action is one of somebody who sits at it.

    Raises:
        UsageError: there is no run.
    """
    entries = run.journal.head()[0]
    if not entries:
        raise UsageError(
            f"There is no run of '{run.environment}' in {run.store.where}",
            hint=f"Start one: smartroute-runbook run 1 --environment {run.environment}",
        )
    started = {entry.body.get("week") for entry in run.journal.of("week-started")}
    weeks = tuple((w, week_of(w)["title"], _state(run, w, started)) for w in WEEKS)
    gates = tuple(gate_state(name, run.last_gate(name)) for name in plan()["gates"])
    following = _next(run, weeks, gates, notebook)
    anchor = run.settings.record.anchor
    lacking = tuple(entry.n for entry in not_anchored(run.journal, run.store, run.id, anchor)) if anchor else ()
    head = head_of(run, following)
    return Status(run.id, run.environment, weeks, gates, following, entries, head, run.stayed, lacking)


def head_now(run: RunState, notebook: str) -> HeadLine:
    """Where a run is, with its next action for somebody who sits at a week's notebook."""
    return status_of(run, notebook).head


def gate_state(name: str, gate: Gate | None) -> GateState:
    """A gate as ``status``, ``sign`` and ``revoke`` say it."""
    if gate is None:
        return GateState(name, "not reached")
    found = gate.status()
    signers = tuple(signature.signer for signature in found.signatures)
    return GateState(name, found.state, found.reason, gate.digest, signers, found.revoked)


def _state(run: RunState, week: str, started: set[Any]) -> str:
    if run.finished(week):
        return "finished" if is_sealed(run.journal, week) else "finished, not sealed"
    return "begun" if week in started else "not begun"


def _next(
    run: RunState, weeks: tuple[tuple[str, str, str], ...], gates: tuple[GateState, ...], notebook: str = ""
) -> str:
    where = f"--environment {run.environment} --run-id {run.id}"
    for gate in gates:
        over = run.finished(gate.gate[4])
        if over and gate.revoked and gate.state != "signed":
            back = gate.revoked[-1]
            why = f"its signature was taken back by {back.signer} ({back.note}), though week {gate.gate[4]} is finished"
            return f"gate {gate.gate}: {why}; settle that, then: smartroute-runbook sign {gate.gate} {where}"
    if run.stayed:
        return f"look again on {run.stayed}: the decision is to stay on Athena; then start another run"
    if went := gone_back(run.journal.entries()):
        why = f"the dashboard went back to Athena on {went.at[:16]} ({went.why or 'somebody asked for it'})"
        other = f"smartroute-runbook run all --environment {run.environment} --run-id NEW"
        again = other if run.finished(4) else f"smartroute-runbook run 4 {where}"
        return f"{why}: find the cause and mend it, then: {again}"
    if why := unsettled(run.journal.entries()):
        return f"{why}: smartroute-runbook rollback {where}"
    for week, _, state in weeks[:4]:
        if state != "finished":
            return _next_in(week, state, gates, notebook) if notebook else _next_of(week, state, gates, where)
    return "nothing: all four weeks are finished"


def _next_of(week: str, state: str, gates: tuple[GateState, ...], where: str) -> str:
    """What to do next in a week that is not finished, or not sealed."""
    if state == "finished, not sealed":
        return f"save the notebook of week {week}, then: smartroute-runbook seal {week} NOTEBOOK {where}"
    for gate in gates:
        if not gate.gate.startswith(f"week{week}."):
            continue
        if gate.state in ("unsigned", "partly", "void"):
            command = f"smartroute-runbook sign {gate.gate} {where} --evidence {gate.evidence[:12]}"
            return f"read the evidence, then: {command}"
        if gate.state == "blocked":
            return f"gate {gate.gate} is blocked: {gate.reason}"
    return f"smartroute-runbook run {week} {where}"


def _next_in(week: str, state: str, gates: tuple[GateState, ...], notebook: str) -> str:
    """The same for somebody who sits at a notebook: no commands, but cells."""
    file = week_of(week)["notebook"]
    if state == "finished, not sealed":
        return f"save {'this notebook' if week == notebook else file} (Ctrl+S): it is sealed as soon as it is saved"
    if week != notebook:
        return f"open {file} and step through it with Shift+Enter"
    for gate in gates:
        if not gate.gate.startswith(f"week{week}."):
            continue
        if gate.state in ("unsigned", "partly", "void"):
            another = " a second time" if gate.state == "partly" else ""
            return f"read the evidence of gate {gate.gate} and sign it{another}, in its form below"
        if gate.state == "blocked":
            return f"gate {gate.gate} is blocked: {gate.reason}"
    return "step on with Shift+Enter"
