"""After a decision to stay somebody is reminded; after one to migrate nobody is."""

from __future__ import annotations

from datetime import date

import pytest
from support.gates import reach

from smartroute_runbook.decide import Decision, Reminder
from smartroute_runbook.errors import VerificationFailed
from smartroute_runbook.runs.run import Run


@pytest.fixture(scope="module")
def run(stack, tmp_path_factory):
    base = tmp_path_factory.mktemp("home")
    (base / "parameters").mkdir()
    return reach(Run.open("rehearsal", "reminder", {"aws": {}}, base=base), 1, through="week1.decision")


def decision(verdict):
    return Decision(verdict, "costs more", ("why",), (), date(2030, 1, 7) if verdict == "stay" else None)


def test_staying_is_looked_at_again_on_the_day(run, client):
    step = Reminder(decision("stay"))
    assert {change.action for change in run.propose(step).changes} == {"create"}
    run.do(step)
    schedule = client("scheduler").get_schedule(Name="smartroute-look-again")
    assert schedule["ScheduleExpression"] == "at(2030-01-07T09:00:00)"
    assert schedule["Target"]["Arn"].endswith(":smartroute-alerts")
    assert run.propose(step).empty


def test_a_reminder_taken_away_is_missed(run, client):
    step = Reminder(decision("stay"))
    client("scheduler").delete_schedule(Name="smartroute-look-again")
    with pytest.raises(VerificationFailed, match="smartroute-look-again does not exist"):
        step.verify(run)


def test_after_a_decision_to_migrate_nothing_is_made(run):
    step = Reminder(decision("migrate"))
    assert run.propose(step).changes == ()
    assert run.do(step).outcome.status == "unchanged"
