"""After a decision to stay somebody is reminded; after one to migrate nobody is."""

from __future__ import annotations

from datetime import date

import pytest
from support.gates import do_signed, reach, sign

from smartroute_runbook import prepare
from smartroute_runbook.decide import Decision, Reminder, next_steps
from smartroute_runbook.errors import Refused, VerificationFailed
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.status import status_of


@pytest.fixture(scope="module")
def run(stack, tmp_path_factory):
    base = tmp_path_factory.mktemp("home")
    (base / "parameters").mkdir()
    run = Run.open("rehearsal", "reminder", {"aws": {}}, base=base)
    run.begin(1)
    sign(run, "week1.decision", decision("stay"), stay=True)
    return run


def decision(verdict):
    return Decision(verdict, "costs more", ("why",), (), date(2030, 1, 7) if verdict == "stay" else None)


def test_staying_is_looked_at_again_on_the_day(run, client):
    step = Reminder(decision("stay"))
    assert {change.action for change in run.propose(step).changes} == {"create"}
    with pytest.raises(Refused, match=r"week1\.cluster"):
        run.do(step)
    do_signed(run, [step], stay=True)
    schedule = client("scheduler").get_schedule(Name="smartroute-look-again")
    assert schedule["ScheduleExpression"] == "at(2030-01-07T09:00:00)"
    assert schedule["Target"]["Arn"].endswith(":smartroute-alerts")
    assert run.propose(step).empty


def test_a_reminder_taken_away_is_missed(run, client):
    step = Reminder(decision("stay"))
    client("scheduler").delete_schedule(Name="smartroute-look-again")
    with pytest.raises(VerificationFailed, match="smartroute-look-again does not exist"):
        step.verify(run)


def test_staying_is_a_finished_week_and_the_end_of_the_run(run):
    ended = run.finish(1)
    assert "look again on 2030-01-07" in str(ended)
    assert status_of(run).next_action.startswith("look again on 2030-01-07")
    with pytest.raises(Refused, match="to stay on Athena"):
        run.begin(2)


def test_after_a_decision_to_stay_no_cluster_is_made(run):
    for step in prepare.steps(run):
        with pytest.raises(Refused, match="to stay on Athena"):
            run.do(step)


def test_after_a_decision_to_migrate_nothing_is_made(stack, tmp_path):
    assert next_steps(decision("migrate"), ("cluster",)) == ("cluster",)
    (tmp_path / "parameters").mkdir()
    step = Reminder(decision("migrate"))
    run = reach(Run.open("rehearsal", "migrate", {"aws": {}}, base=tmp_path), 1, through="week1.cluster")
    assert run.propose(step).changes == ()
    with pytest.raises(Refused, match="to migrate"):
        run.do(step)
