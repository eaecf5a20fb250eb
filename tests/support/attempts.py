"""A run on a folder for attempts to get past its gates: no AWS at all, so that whatever reaches for it got past."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from support.gates import Compared, Seen, Stay

from smartroute_runbook import decide, load, measure, operate, prepare
from smartroute_runbook.engines.clients import Caller
from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.measure.advice import Advice
from smartroute_runbook.operate import tune
from smartroute_runbook.runs.opening import first_entry
from smartroute_runbook.runs.place import Place
from smartroute_runbook.runs.plan import gate_evidence, gates_of, plan
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.steps import Change, Outcome, Proposal
from smartroute_runbook.runs.store import FolderStore
from smartroute_runbook.views import View

ACCOUNT = "210987654321"
ADA = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ada", "AIDAAAAAAAAAAAAAAAADA")
GRACE = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/grace", "AIDAAAAAAAAAAAAAGRACE")


class Reached(Exception):
    """A step got as far as AWS: its gates let it pass."""


@dataclass
class NoAws:
    """In place of AWS: it knows who asks, and tells whoever wants more that no gate stopped them."""

    who: Caller = ADA

    def caller(self):
        return self.who

    def boto(self, service):
        raise Reached(service)

    def at_once(self, service):
        return self.boto(service)

    def redshift(self):
        raise Reached("redshift")

    def athena(self, *_):
        raise Reached("athena")


@dataclass
class World:
    """One run in a folder, and what people do in it."""

    folder: Path
    environment: str = "production"
    settings: dict = field(
        default_factory=lambda: {
            "gates": {"signatures": 2},
            "load": {"sync_function": "smartroute-sync"},
            "tuning": {"nodes": 4},
            "front": {"origin": "api.example.com"},
        }
    )
    run_id: str = "one"
    copied: bool = False

    def __post_init__(self):
        (self.folder / "parameters").mkdir(exist_ok=True)
        queries = self.folder / "parameters" / "queries"
        queries.mkdir(exist_ok=True)
        (queries / "q.sql").write_text("SELECT 1")
        self.run = self.again()
        place = self.run.place
        if not self.copied:
            self.run.journal.append("opened", first_entry(self.run_id, self.environment, self.settings, place))

    def copy(self, folder):
        """The same run in another folder: signing it took a while."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return World(folder, self.environment, self.settings, self.run_id, copied=True)

    def again(self):
        """Another process on the same run."""
        parsed = parse_settings(self.settings)
        store = FolderStore(self.folder / "records")
        run = Run(self.environment, self.run_id, parsed, store, NoAws(), self.folder)
        run.place = Place(self.environment == "rehearsal", "us-east-1", ACCOUNT, ADA.arn)
        return run

    def other(self, run_id="two"):
        """Another run in the same store."""
        return World(self.folder, self.environment, self.settings, run_id)

    def show(self, name, what="seen", run=None):
        run, stay = run or self.run, False
        kept = {one: Seen(what) for one in gate_evidence(name, stay=stay)}
        if what == "seen" and "week3.compared.dashboardqueries" in kept:
            kept["week3.compared.dashboardqueries"] = Compared.of(q="SELECT 1")
        return run.gate(name, evidence=[run.evidence(one, value) for one, value in kept.items()])

    def sign(self, name, *people, what="seen"):
        """Show a gate and sign it; two people by default."""
        for signer, who in people or (("Ada Lovelace", ADA), ("Grace Hopper", GRACE)):
            self.run.clients.who = who
            self.show(name, what).sign(signer)

    def reach(self, week, through=""):
        """Begin a week properly, its gates signed up to ``through``."""
        for earlier in range(1, week):
            self.run.begin(earlier)
            for name in gates_of(earlier):
                self.sign(name)
            self.run.finish(earlier)
        self.run.begin(week)
        names = list(gates_of(week))
        for name in names[: names.index(through) + 1] if through else ():
            self.sign(name)

    def went_back(self):
        """Its journal says that the dashboard was cut over, and went back."""
        for to in ("redshift", "athena"):
            for kind in ("switching", "switched"):
                self.run.journal.append(kind, {"attempt": to, "to": to, "left": to})

    def decide_to_stay(self):
        self.run.begin(1)
        for signer, who in (("Ada Lovelace", ADA), ("Grace Hopper", GRACE)):
            self.run.clients.who = who
            evidence = [self.run.evidence(one, Seen()) for one in gate_evidence("week1.decision", stay=True)]
            self.run.gate("week1.decision", evidence=[*evidence, Stay()]).sign(signer)

    def started(self):
        """Steps that were started: none, where nobody got past."""
        return [entry.body["step"] for entry in self.run.journal.of("started")]


def gated_steps():
    """Every step of the package that needs a gate, by its id."""
    stay = decide.Decision("stay", "costs more", (), ())
    steps = (
        *prepare.steps(None), decide.Reminder(stay), load.MigrationWorkgroup(), load.CreateTables(), load.LoadDays(),
        load.CatchUp(), load.RemoveDays(["2026-09-22"]), load.MendTables(), measure.CreateViews(),
        measure.MaterializeAggregates(None),
        measure.ApplyAdvice(measure.Profile((), (), (Advice("vacuum", "vehicles", "unsorted", "vehicles"),))),
        operate.PublishQueries({"q": "SELECT 1"}, "bucket"), operate.SetAlarms(),
        *(make() for make in tune.STEPS.values()),
        operate.TryAgain(), operate.Receivers(), operate.Graphs(), operate.SetBudgets(), load.ScheduleSync(),
        operate.TakeSnapshot(),
        operate.RehearseWayBack(["q"]), operate.CutOver(["q"]),
        operate.Switch("redshift", ["q"]),
    )  # fmt: skip
    return {step.id: step for step in steps}


GATED = tuple(name for name, rule in plan()["steps"].items() if not rule.get("way_back"))


@dataclass(frozen=True)
class Fine:
    """What a step of a test verified."""

    def view(self):
        return View("Fine", ())


class Tiny:
    """A step of a test, under the plan's name for another: a rehearsal may try it. Its world is one value."""

    id, needs = "week2.create-tables", "week2.tables"

    def __init__(self, wanted="wanted"):
        self.wanted, self.world, self.applied = wanted, None, []

    def propose(self, run):
        same = self.world == self.wanted
        return Proposal(self.id, (Change("thing", "none" if same else "create", self.world, self.wanted),))

    def apply(self, run, proposal):
        self.applied += [change.after for change in proposal.changes]
        self.world = self.wanted
        return Outcome(self.id, "applied")

    def verify(self, run):
        return Fine()
