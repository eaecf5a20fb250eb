"""The watch after the cut-over: it judges, goes back by itself, goes on after a kill, and tells its gaps."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook import operate
from smartroute_runbook.errors import Refused, ServiceError
from smartroute_runbook.metrics import LAG, NAMESPACE, dimensions
from smartroute_runbook.operate.moving import to_candidate
from smartroute_runbook.operate.rules import Limits
from smartroute_runbook.operate.samples import Asked, Sample, blind_since, coverage, keep, read
from smartroute_runbook.operate.sampling import behind_seconds
from smartroute_runbook.standins.faults.schedule import FaultRule

QUERIES = ("one", "two")
START = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def cut_over(run, dashboard_world):
    """The run, just cut over; whatever the parameters of a test, the next one has the run's own again."""
    settings = run.settings
    shutil.rmtree(run.store.folder / run.id / "watch", ignore_errors=True)  # samples of other tests are dated later
    to_candidate(run, QUERIES, operate.Agreement(run, QUERIES))
    yield run
    run.settings = settings


def setting(run, **changed):
    run.settings = run.settings.model_copy(update={"dashboard": run.settings.dashboard.model_copy(update=changed)})


def observed(run, rounds=30.0, **changed):
    setting(run, **{"slow_seconds": 10, "compare_every": 0.5, **changed})
    return operate.observe(run, QUERIES, operate.Agreement(run, QUERIES), hours=rounds * 0.2 / 3600, every=0.2)


def test_what_was_watched_is_shown_to_no_gate_once_users_are_elsewhere(cut_over, dashboard_world):
    """Somebody went back outside the record: the cells after the watch, run later, would say that it stays."""
    seen = observed(cut_over, rounds=2)
    assert cut_over.gate("week4.switched", evidence=[cut_over.switches(), seen]).blocks == seen.blocks
    dashboard_world.parameter = "athena"
    assert "the dashboard's parameter is athena, not redshift" in seen.amiss(cut_over)
    gate = cut_over.gate("week4.switched", evidence=[cut_over.switches(), seen])
    assert "the dashboard's parameter is athena, not redshift" in gate.blocks


def test_a_quiet_watch_covers_its_hours_and_finds_nothing(cut_over):
    seen = observed(cut_over)
    assert (seen.findings, seen.failures, seen.strays, seen.gaps) == ((), 0, 0, ())
    assert seen.hours >= 6 / 3600
    assert {row[0]: row[6] >= 1 for row in seen.queries} == {"one": True, "two": True}
    setting(cut_over, watch_hours=5 / 3600)
    assert operate.watch(cut_over, QUERIES, cut_over.switches()).blocks == ()


@pytest.mark.parametrize(
    ("sql", "rule"),
    [("SELECT no_such_column", "failing query two: "), ("SELECT 9 AS two", "wrong answer two: ")],
    ids=["failing", "wrong"],
)
def test_a_bad_release_sends_the_dashboard_back(cut_over, dashboard_world, sql, rule):
    dashboard_world.publish("two", sql)
    seen = observed(cut_over, rounds=500)
    assert seen.findings[0].startswith(rule)
    assert dashboard_world.parameter == "athena"
    assert "sent back to Athena" in seen.went_back
    assert cut_over.switches().switches[-1].left == "athena"
    rounds = seen.queries[0][1]
    assert rounds <= Limits().failing.bad + 8  # of a comparison every half second, the second wrong one
    with pytest.raises(Refused, match="nothing to watch: the dashboard's parameter is athena"):
        operate.watch(cut_over, QUERIES, cut_over.switches())


def test_a_slow_query_sends_the_dashboard_back(cut_over, dashboard_world, faults):
    faults.add(FaultRule("slow", "redshift-query", "Query", seconds=2))
    seen = observed(cut_over, rounds=500, slow_seconds=1.9, compare_every=1000)
    assert {finding.split(":")[0] for finding in seen.findings} <= {"slow query one", "slow query two"}
    assert seen.findings
    assert dashboard_world.parameter == "athena"


def test_tables_that_fall_behind_send_the_dashboard_back(cut_over, dashboard_world, client):
    where = dimensions(cut_over.settings.redshift.cluster, cut_over.settings.athena.tables[0])
    data = {"MetricName": LAG, "Dimensions": where, "Value": 9000.0, "Unit": "Seconds"}
    client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[data])
    seen = observed(cut_over, rounds=500)
    assert seen.findings[0] == "stale data: 150 minutes behind the lake"
    assert dashboard_world.parameter == "athena"
    client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[{**data, "Value": 0.0}])


def test_tables_of_which_nothing_is_heard_are_as_old_as_the_cut_over(prepared):
    prepared.settings = prepared.settings.model_copy(
        update={"athena": prepared.settings.athena.model_copy(update={"tables": ("never_heard_of",)})}
    )
    now = datetime.now(UTC)
    try:
        assert behind_seconds(prepared, now - timedelta(minutes=119)) == 0
        assert behind_seconds(prepared, now - timedelta(minutes=130)) == pytest.approx(7800, abs=60)
    finally:
        prepared.settings = prepared.settings.model_copy(update={"athena": type(prepared.settings.athena)()})


def test_where_it_may_not_go_back_by_itself_it_says_how(cut_over, dashboard_world):
    dashboard_world.publish("two", "SELECT no_such_column")
    seen = observed(cut_over, rounds=500, roll_back_automatically=False)
    assert "GO BACK NOW: smartroute-runbook rollback" in seen.went_back
    assert dashboard_world.parameter == "redshift"
    assert [entry.body["roll_back"] for entry in cut_over.journal.of("watch-tripped")][-1] is False


def test_whoever_goes_back_meanwhile_ends_the_watch(cut_over, dashboard_world, monkeypatch):
    put_new = cut_over.store.put_new

    def somebody(key, data):
        dashboard_world.parameter = "athena"
        put_new(key, data)

    monkeypatch.setattr(cut_over.store, "put_new", somebody)
    with pytest.raises(Refused, match="parameter is athena"):
        observed(cut_over)


def sample(at, seconds=1.0, every=30.0, *, blind=False, **asked):
    at, answers = at.isoformat(timespec="microseconds"), (Asked("one", "redshift", 5.0, **asked),)
    return Sample(at, seconds, every, "redshift", answers, None if blind else 0.0, ())


def test_a_watch_that_was_killed_goes_on_with_the_rest_and_tells_the_gap(cut_over, dashboard_world):
    since = datetime.fromisoformat(cut_over.switches().switches[-1].ended)
    taken = [since + timedelta(seconds=n) for n in (0, 30, 60, 4000, 4030)]
    for at in taken:
        keep(cut_over, sample(at))
    assert [one.begin for one in read(cut_over, since)] == taken
    setting(cut_over, watch_hours=94 / 3600, slow_seconds=10)
    seen = operate.watched(cut_over)
    assert seen.hours == pytest.approx(92 / 3600, abs=1e-3)
    assert seen.gaps == ((taken[2].isoformat(timespec="microseconds"), taken[3].isoformat(timespec="microseconds")),)
    assert any("watched 1 min 3" in reason and " of 1 min 34 s" in reason for reason in seen.blocks)
    assert "no answer of one was compared with the control's" in seen.blocks


def test_rounds_that_could_not_be_judged_are_not_watched(cut_over):
    """A rule that reads nothing trips never: 48 hours without CloudWatch looked like 48 quiet ones."""
    since = datetime.fromisoformat(cut_over.switches().switches[-1].ended)
    taken = [since + timedelta(seconds=30 * n) for n in range(6)]
    for at, blind in zip(taken, (False, True, True, False, False, True), strict=True):
        keep(cut_over, sample(at, blind=blind))
    setting(cut_over, watch_hours=151 / 3600, slow_seconds=10)
    seen = operate.watched(cut_over)
    assert seen.hours == pytest.approx(90 / 3600, abs=1e-3)
    assert seen.gaps == ((taken[1].isoformat(timespec="microseconds"), taken[3].isoformat(timespec="microseconds")),)
    assert any(reason.startswith("watched 1 min 30 s of") for reason in seen.blocks)


@pytest.mark.parametrize("operation", ["GetMetricStatistics", "DescribeAlarms"])
def test_a_watch_that_cannot_judge_ends_loudly(cut_over, dashboard_world, faults, operation):
    faults.add(FaultRule("denied", "cloudwatch", operation))
    alarms = cut_over.settings.alarms.model_copy(update={"lag_minutes": 600})  # whatever another test published
    cut_over.settings = cut_over.settings.model_copy(update={"alarms": alarms})
    with pytest.raises(ServiceError, match=r"cannot judge since .*: the (freshness|alarms)") as stopped:
        observed(cut_over, rounds=5)
    assert "smartroute-runbook rollback" in stopped.value.hint
    assert dashboard_world.parameter == "redshift"
    assert operate.watched(cut_over).hours == 0


@pytest.mark.parametrize("again", ["watch", "cell"])
def test_a_watch_that_was_killed_before_it_went_back_goes_back_when_it_is_started_again(
    cut_over, dashboard_world, again
):
    """Its hours were over with the round in which the rule tripped: it ended, and users stayed on Redshift."""
    since = datetime.fromisoformat(cut_over.switches().switches[-1].ended)
    for n in range(Limits().failing.bad):
        keep(cut_over, sample(since + timedelta(milliseconds=n), error="no answer"))
    seen = observed(cut_over, 0) if again == "watch" else operate.watch(cut_over, QUERIES, cut_over.switches())
    assert seen.findings[0].startswith("failing query one")
    assert "sent back to Athena" in seen.went_back
    assert dashboard_world.parameter == "athena"


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_what_is_covered_is_each_round_that_could_be_judged(blind):
    samples = [sample(START + timedelta(seconds=30 * n), blind=one) for n, one in enumerate(blind)]
    last = blind.pop()
    assert coverage(samples).seconds == pytest.approx(30 * blind.count(False) + (not last))
    assert (blind_since(samples) is None) == (not last)


@given(st.lists(st.floats(0, 200), min_size=1, max_size=40), st.floats(1, 60), st.floats(0, 5))
def test_what_is_covered_and_the_gaps_are_all_the_time_there_was(waits, every, took):
    moments, at = [], START
    for wait in waits:
        moments.append(at)
        at += timedelta(seconds=took + wait)
    samples = [sample(moment, took, every) for moment in moments]
    found = coverage(samples)
    missing = sum(
        (datetime.fromisoformat(to) - datetime.fromisoformat(since)).total_seconds() - took for since, to in found.gaps
    )
    whole = (moments[-1] - moments[0]).total_seconds() + took
    assert found.seconds + missing == pytest.approx(whole, abs=1e-3)
    assert len(found.gaps) == sum(wait > 2.5 * every + 1e-5 for wait in waits[:-1]) or any(
        abs(wait - 2.5 * every) < 1e-4 for wait in waits
    )
