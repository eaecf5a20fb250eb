"""Runs that have passed their gates, for tests of what comes after: begun, signed and finished by the real calls."""

from __future__ import annotations

from dataclasses import dataclass

from smartroute_runbook.runs.plan import gates_of


@dataclass(frozen=True)
class Seen:
    """Evidence that a person would have read."""

    what: str = "seen in a test"


def sign(run, name, *evidence):
    """Show a gate over this evidence and sign it."""
    gate = run.gate(name, evidence=evidence or [Seen()])
    if gate.status().state != "signed":
        for n in range(gate.needed):
            gate.sign(f"Tester {'AB'[n]}")
    return gate


def pass_week(run, week):
    """Sign what is not signed of a week that was begun, and finish it."""
    shown = {entry.body["gate"] for entry in run.journal.of("gate")}
    for name in gates_of(week):
        if name not in shown:
            sign(run, name)
    run.finish(week)


def reach(run, week, through=""):
    """Begin ``week``: the weeks before are finished, and this one's gates are signed up to ``through``."""
    for earlier in range(1, week):
        if not run.finished(earlier):
            run.begin(earlier)
            pass_week(run, earlier)
    run.begin(week)
    names = list(gates_of(week))
    for name in names[: names.index(through) + 1] if through else ():
        sign(run, name)
    return run


def do_signed(run, steps, gate="week1.cluster"):
    """Propose steps, sign their gate over exactly these proposals, do them."""
    sign(run, gate, *[run.propose(step) for step in steps])
    return [run.do(step) for step in steps]
