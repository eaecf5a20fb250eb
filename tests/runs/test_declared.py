"""Results are kept by declared names: a class, a function or a folder may be renamed while a run is open."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

import smartroute_runbook
from smartroute_runbook.decide.costs import Costs
from smartroute_runbook.decide.decision import Decision
from smartroute_runbook.decide.triggers import Triggers
from smartroute_runbook.declared import measured, measured_functions
from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.errors import UsageError, VerificationFailed
from smartroute_runbook.load.proof import Proofs
from smartroute_runbook.load.reconciliation import Reconciliation
from smartroute_runbook.load.scope import ReadPoint
from smartroute_runbook.measure.dashboard_queries import DashboardQueries
from smartroute_runbook.prices import PriceBook
from smartroute_runbook.runs.handover import QueryRate, QueryRates
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.store import FolderStore
from smartroute_runbook.runs.switching import Switches

PACKAGE = Path(smartroute_runbook.__file__).parent
KEPT_AT_FIRST = {  # what open runs and sealed records call these results
    "decide.crosscheck", "decide.harvest", "load.inventory", "load.read_point", "measure.compare_answers",
    "measure.compare_engines", "measure.materialized", "operate.watch", "prepare.audit", "smartroute_runbook.refreshed",
}  # fmt: skip
GATED_AT_FIRST = {
    "aggregates", "answers", "audit", "costs", "crosscheck", "dashboardqueries", "decision", "experiment", "inventory",
    "proofs", "reconciliation", "switches", "triggers", "watched", "workload",
}  # fmt: skip

RELEASE = """
import sys
from dataclasses import fields
from pathlib import Path

import smartroute_runbook.{load}
from smartroute_runbook.decide.costs import {Costs} as Costs
from smartroute_runbook.declared import declaration_of, measured_functions
from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.runs.handover import QueryRates
from smartroute_runbook.runs.plan import gate_evidence
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.switching import Switches
from smartroute_runbook.runs.store import FolderStore
from smartroute_runbook.views import View

store, base, until = sys.argv[1:]
settings = parse_settings(load_parameters("rehearsal", Path(base))["settings"], "parameters")
run = Run("rehearsal", "r", settings, FolderStore(Path(store)), None, Path(base))
if until == "first":
    run.journal.append("opened", {{"environment": "rehearsal"}})
declared = measured_functions()["load.read_point"]
assert declared.function.startswith("smartroute_runbook.{load}."), declared
point = run.kept_here.once(declared, (), lambda: declared.kind(until))
costs = object.__new__(Costs)
for field in fields(Costs):
    object.__setattr__(costs, field.name, ())
object.__setattr__(costs, "shapes", [{{"name": "most_crowded", "queries_day": 3.5}}])
Costs.view = lambda self: View("Costs", ())  # its fields are empty
wanted = gate_evidence("week1.decision", stay=False)
seen = [run.evidence(name, {{"seen": "by a test"}}) for name in wanted if name != "week1.decision.costs"]
gate = run.gate("week1.decision", [costs, *seen])
if until == "first":
    gate.sign("Ada")
print(point.until, run.kept(QueryRates).shapes[0].name, gate.status().state)
"""


@dataclass(frozen=True)
class Kept:
    evidence_name: ClassVar[str] = "costs"
    evidence_version: ClassVar[int] = 1

    shapes: tuple[dict[str, float], ...] = ()


@pytest.fixture
def run(tmp_path):
    base = PACKAGE.parent
    settings = parse_settings(load_parameters("rehearsal", base)["settings"], "parameters")
    return Run("rehearsal", "r", settings, FolderStore(tmp_path / "store"), None, base)


def declared(pattern):
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    return [name for text in texts for name in re.findall(pattern, text, re.MULTILINE)]


def test_every_name_under_which_open_runs_keep_results_is_declared_once():
    names = declared(r'^@measured\("([\w.]+)"')
    assert len(names) == len(set(names))
    assert set(names) >= KEPT_AT_FIRST


def test_every_evidence_name_of_open_runs_is_declared_once():
    names = declared(r'evidence_name: ClassVar\[str\] = "(\w+)"')
    assert len(names) == len(set(names))
    assert set(names) >= GATED_AT_FIRST


def test_what_is_kept_reads_as_its_type(run):
    run.gate("week1.decision", [Kept(({"name": "a", "queries_day": 3.5},))])
    assert run.kept(QueryRates) == QueryRates((QueryRate("a", 3.5),))


def test_what_is_missing_says_so(run):
    with pytest.raises(UsageError, match="Run 'r' keeps no evidence 'costs'"):
        run.kept(QueryRates)


def test_another_gate_s_step_is_no_evidence_of_that_name(run):
    run.evidence("week1.costs", {"shapes": []})
    run.evidence("elsewhere.costs", {"shapes": []})
    with pytest.raises(UsageError, match="keeps no evidence"):
        run.kept(QueryRates)


def test_another_shape_is_no_silent_default(run):
    run.gate("week1.decision", [Kept(({"name": "a"},))])
    with pytest.raises(VerificationFailed, match=r"shapes\.0\.queries_day: Field required"):
        run.kept(QueryRates)


def test_another_version_says_so(run):
    @dataclass(frozen=True)
    class Later(Kept):
        evidence_version: ClassVar[int] = 2

    run.gate("week1.decision", [Kept()])
    with pytest.raises(
        VerificationFailed, match=r"'week1\.decision\.costs' was kept in version 1\. Expected version 2"
    ):
        run.kept(Later)


def test_an_older_version_is_measured_anew(run):
    @dataclass(frozen=True)
    class Later(Kept):
        evidence_version: ClassVar[int] = 2

    def first(run):
        return Kept()

    def second(run):
        return Later(({"n": 1},))

    run.once(measured("test.versioned", Kept)(first))
    second.__qualname__ = first.__qualname__
    again = measured("test.versioned", Later)(second)
    assert run.once(again).shapes == ({"n": 1},)
    assert [entry.body["version"] for entry in run.journal.of("measured")] == [1, 2]


def test_a_function_that_declares_no_name_is_refused(run):
    with pytest.raises(UsageError, match="declares no name under which its result is kept"):
        run.once(lambda run: Kept())


def test_every_result_that_the_notebooks_give_to_a_gate_declares_its_name(run):
    """A user's own class keeps its own name; the package's must not depend on theirs."""
    assert run.gate("week1.decision", [{"anything": 1}]).evidence.keys() == {"week1.decision.dict"}
    kinds = {one.kind for one in measured_functions().values() if one.function.startswith("smartroute_runbook.")}
    given = {Costs, Decision, Triggers, Proofs, Reconciliation, DashboardQueries, Switches}
    of_notes = {ReadPoint, PriceBook}  # read back by ``once`` alone
    lacking = [kind for kind in (kinds | given) - of_notes if "evidence_name" not in vars(kind)]
    assert not lacking


def test_two_functions_of_one_name_are_refused():
    def one(run):
        return Kept()

    def two(run):
        return Kept()

    measured("test.twice", Kept)(one)
    with pytest.raises(TypeError, match=r"'test\.twice' is declared by .*one and by .*two"):
        measured("test.twice", Kept)(two)


def test_entries_without_a_version_are_the_first(run):
    kept = run.evidence("week1.decision.costs", {"shapes": []})
    assert run.kept(QueryRates).shapes == ()
    journal = Journal(run.store, "old/journal")
    journal.append("evidence", {"name": kept.name, "digest": kept.digest, "file": kept.file.removeprefix("r/")})
    for path in (run.store.folder / "r/evidence").iterdir():
        (run.store.folder / "old/evidence").mkdir(exist_ok=True)
        shutil.copy(path, run.store.folder / "old/evidence")
    old = Run("rehearsal", "old", run.settings, run.store, None, run.base)
    assert old.kept(QueryRates).shapes == ()


def renamed(folder):
    """The package with ``load/`` and the class ``Costs`` under other names."""
    package = folder / "smartroute_runbook"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "rehearsal", "standins"))
    (package / "load").rename(package / "loading")
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        other = re.sub(r"smartroute_runbook\.load\b", "smartroute_runbook.loading", text)
        path.write_text(re.sub(r"\bCosts\b", "MonthlyCosts", other), encoding="utf-8")
    return folder


def release(folder, store, until, **names):
    script = RELEASE.format(**names)
    command = [sys.executable, "-c", script, str(store), str(PACKAGE.parent), until]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_renamed_class_and_a_renamed_folder_lose_nothing(tmp_path):
    store = tmp_path / "store"
    assert release(PACKAGE.parent, store, "first", load="load", Costs="Costs") == "first most_crowded signed"
    other = renamed(tmp_path / "other")
    assert release(other, store, "second", load="loading", Costs="MonthlyCosts") == "first most_crowded signed"
