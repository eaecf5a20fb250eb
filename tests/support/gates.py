"""Runs that have passed their gates, for tests of what comes after: begun, signed and finished by the real calls."""

from __future__ import annotations

from dataclasses import dataclass, field

from smartroute_runbook.runs.evidence import Evidence
from smartroute_runbook.runs.handover import QueryRates
from smartroute_runbook.runs.plan import gate_evidence, gates_of
from smartroute_runbook.runs.steps import Proposal


@dataclass(frozen=True)
class Seen:
    """Evidence that a person would have read."""

    what: str = "seen in a test"


READ_LATER = {"week1.decision.costs": QueryRates(())}  # what a later week reads back has its type


@dataclass(frozen=True)
class Compared:
    """In place of week 3's queries: what may be published."""

    translations: tuple = ()
    templates: dict = field(default_factory=dict)

    @classmethod
    def of(cls, **texts):
        """Texts by name."""
        return cls(tuple({"name": name, "sql": sql} for name, sql in texts.items()))


@dataclass(frozen=True)
class Stay:
    """A decision to stay."""

    stays_until: str = "2030-01-07"


def show(run, name, *evidence, stay=False):
    """Show a gate over this evidence, and over something in the name of whatever else it wants."""
    have = {f"{item.step}.proposal" for item in evidence if isinstance(item, Proposal)}
    have |= {item.name for item in evidence if isinstance(item, Evidence)}
    wanted = [one for one in gate_evidence(name, stay=stay) if one not in have]
    return run.gate(name, evidence=[*evidence, *(run.evidence(one, READ_LATER.get(one, Seen())) for one in wanted)])


def sign(run, name, *evidence, stay=False):
    """Show a gate and sign it."""
    gate = show(run, name, *evidence, stay=stay)
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


def do_signed(run, steps, gate="week1.cluster", *, stay=False):
    """Propose steps, sign their gate over exactly these proposals, do them."""
    sign(run, gate, *[run.propose(step) for step in steps], stay=stay)
    return [run.do(step) for step in steps]
