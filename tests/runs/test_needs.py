"""Every step says which gate it needs, as the plan has it; the way back alone needs none."""

from __future__ import annotations

from smartroute_runbook import decide, load, measure, operate, prepare
from smartroute_runbook.operate import tune
from smartroute_runbook.runs.plan import plan, step_rule

STEPS = (
    *prepare.steps(None),
    decide.Reminder(decide.Decision("stay", "costs more", (), ())),
    load.MigrationWorkgroup(),
    load.CreateTables(),
    load.LoadDays(),
    load.CatchUp(),
    load.MendTables(),
    load.RemoveDays(["2026-09-22"]),
    measure.MaterializeAggregates(None),
    measure.ApplyAdvice(measure.Profile((), ())),
    operate.PublishQueries({}, "bucket"),
    operate.SetAlarms(),
    operate.TryAgain(),
    measure.CreateViews(),
    operate.Receivers(),
    operate.Graphs(),
    operate.SetBudgets(),
    *(make() for make in tune.STEPS.values()),
    load.ScheduleSync(),
    operate.TakeSnapshot(),
    operate.RehearseWayBack([]),
    operate.CutOver([]),
    operate.Switch("redshift", []),
    operate.Switch("athena", []),
    operate.Switch("athena", [], week="rollback"),
)


def test_steps_and_plan_agree():
    for step in STEPS:
        assert step.needs == step_rule(step.id).needs, step.id


def test_the_plan_knows_every_step_and_no_other():
    assert {step.id for step in STEPS} == set(plan()["steps"])


def test_only_the_way_back_needs_nothing():
    free = {name for name in plan()["steps"] if step_rule(name).needs is None}
    assert free == {name for name in plan()["steps"] if step_rule(name).way_back}
    assert free == {"switch.switch-to-athena", "rollback.switch-to-athena"}


def test_a_step_needs_a_gate_of_its_week_or_before():
    for name in plan()["steps"]:
        rule = step_rule(name)
        assert rule.way_back or (rule.needs in plan()["gates"] and int(rule.needs[4]) <= rule.week), name
