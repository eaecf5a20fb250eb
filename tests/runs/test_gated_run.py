"""Automation where people sign: every week stops at its gates with code 3, is signed from the shell, and goes on.

Nothing is signed twice, no gate is void because its own step was carried out, and the dashboard is switched once.
The candidate is reached by the Data API here; the other tests use the driver. No call is made that its week's policy
lacks.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from smartroute_runbook.engines import USER_AGENT
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.runner import open_run, run_weeks
from smartroute_runbook.runs.plan import plan
from smartroute_runbook.runs.status import gate_of, status_of

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("policy_rules", ROOT / "scripts" / "policy_rules.py")
rules = sys.modules["policy_rules"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(rules)


@pytest.fixture
def base(stack, tmp_path, monkeypatch):
    copy_to(tmp_path)
    path = tmp_path / "parameters" / "rehearsal.yaml"
    values = yaml.safe_load(path.read_text())
    values["settings"]["gates"] = {"automatic": False, "signatures": 2}
    values["settings"]["redshift"] = {"transport": "data-api"}
    values["settings"]["dashboard"] |= {"over_views": True, "probe_seconds": 0.2, "watch_hours": 0.0001}
    values["settings"]["experiment"]["rounds"] = 1
    values["settings"]["load"] = {"design": "time-first"}
    path.write_text(yaml.safe_dump(values))
    for name in ("HOST", "PORT", "DATABASE", "USER", "PASSWORD"):
        monkeypatch.delenv(f"SMARTROUTE_REDSHIFT_{name}", raising=False)
    return tmp_path


@pytest.fixture
def heard(stack):
    """The calls of the runbook by week, told from the stand-ins' own by the user agent; ``tell`` says the week."""
    gateway, calls, week = stack.server._server.app, defaultdict(set), ["1"]
    before = gateway.fault

    def listen(call):
        if USER_AGENT in call.agent:
            calls[week[0]].add((call.service, call.operation))
        return before(call) if before else None

    gateway.fault = listen
    calls["tell"] = lambda name, *_: week.__setitem__(0, name)
    yield calls
    gateway.fault = before


def not_in_the_policy(week, calls):
    """Calls of a week whose action its policy does not have."""
    statements = json.loads((ROOT / "docs" / "policies" / f"week{week}.json").read_text())["Statement"]
    allowed = {action for statement in statements for action in statement["Action"]}
    return {call for call in calls if rules.action_of(*call) not in {*allowed, ""}}


def test_every_gate_is_signed_once_and_every_step_is_done_once(base, heard):
    tell = heard.pop("tell")
    run, parameters = open_run("rehearsal", base=base)
    stopped = []
    for _ in range(20):
        done = run_weeks(run, ("1", "2", "3", "4"), parameters, on_cell=tell)
        if not done or not done[-1].exit_code:
            break
        last = done[-1]
        assert last.exit_code == 3, (last.week, last.failure)
        waiting = [name for name, state, _ in status_of(run).gates if state in ("unsigned", "partly")]
        assert len(waiting) == 1, status_of(run).gates
        stopped += waiting
        for signer in ("Ada", "Grace"):
            gate = gate_of(run, waiting[0])
            # One round decides nothing and nobody is on call: each who signs says why.
            gate.sign(signer, reasons=dict.fromkeys(gate.against, "a rehearsal decides nothing"))
    assert stopped == list(plan()["gates"])
    assert sorted(heard) == ["1", "2", "3", "4"]
    lacking = {week: not_in_the_policy(week, calls) for week, calls in heard.items()}
    assert not any(lacking.values()), f"run scripts/make_policies.py: {lacking}"
    assert status_of(run).next_action.startswith("nothing")
    assert [entry.body["to"] for entry in run.journal.of("switched")] == ["redshift", "athena", "redshift"]
    loaded = [(entry.body["table"], entry.body["day"]) for entry in run.journal.of("loaded")]
    assert len(loaded) == len(set(loaded))
    proofs = [entry for entry in run.journal.of("evidence") if entry.body["name"] == "week2.loaded.proofs"]
    tables = json.loads(run.store.get(f"{run.id}/{proofs[-1].body['file']}"))["tables"]
    assert [row[1] for row in tables] == ["equal"] * 3
