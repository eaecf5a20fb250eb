"""Week 4 against the stand-ins: the switch and its failures, the cut-over, the watch, alarms and published queries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.gates import do_signed, reach

from smartroute_runbook import operate, prepare
from smartroute_runbook.errors import ServiceError, VerificationFailed
from smartroute_runbook.metrics import LAG, NAMESPACE, dimensions
from smartroute_runbook.operate.alarms import definitions
from smartroute_runbook.rehearsal import smartroute_account as world
from smartroute_runbook.runs.run import Run

QUERIES = {"one": "SELECT 1 AS one", "two": "SELECT 2 AS two"}
SETTINGS = {
    "dashboard": {"probe_seconds": 0.4, "switch_seconds": 3, "watch_hours": 0.0005},
    "redshift": {"timeout_seconds": 60},
}


@pytest.fixture(scope="module")
def run(stack, client, tmp_path_factory):
    base = tmp_path_factory.mktemp("home")
    (base / "parameters").mkdir()
    run = Run.open("rehearsal", "operate", SETTINGS, base=base)
    reach(run, 1, through="week1.decision")
    do_signed(run, prepare.steps(run))
    reach(run, 4)
    for name, sql in QUERIES.items():
        key = f"dashboard/queries/athena/{name}.sql"
        client("s3").put_object(Bucket=world.LAKE, Key=key, Body=sql.encode())
    return run


@pytest.fixture
def published(run):
    run.do(operate.PublishQueries(QUERIES, world.LAKE))
    run.do(operate.Switch("athena", QUERIES))


def engine(client):
    return client("ssm").get_parameter(Name=world.ENGINE_PARAMETER)["Parameter"]["Value"]


def entries(run, kind):
    return list(run.journal.of(kind))


def test_a_switch_is_done_when_every_query_is_answered_by_the_new_engine(run, published, client):
    done = run.do(operate.Switch("redshift", QUERIES))
    assert engine(client) == "redshift"
    assert {row[:2] for row in done.verified.answers} == {("one", "redshift"), ("two", "redshift")}
    facts = done.outcome.facts
    assert facts["failed_requests"] == 0
    assert facts["requests"] >= 4
    assert 0 < facts["seconds"] < 3
    again = run.do(operate.Switch("redshift", QUERIES))
    assert again.outcome.status == "unchanged"


def test_a_query_that_the_new_engine_lacks_stops_loudly_and_the_switch_is_known(run, published, client):
    client("s3").put_object(Bucket=world.LAKE, Key="dashboard/queries/athena/three.sql", Body=b"SELECT 3")
    switches = len(entries(run, "switched"))
    with pytest.raises(ServiceError, match=r"redshift did not answer three within 3 s.*rollback"):
        run.do(operate.Switch("redshift", [*QUERIES, "three"]))
    assert engine(client) == "redshift"
    assert entries(run, "switching")[-1].body == {"to": "redshift"}
    assert len(entries(run, "switched")) == switches
    run.do(operate.Switch("athena", [*QUERIES, "three"], week="rollback"))
    assert engine(client) == "athena"


def test_the_cut_over_proves_the_way_back_and_is_done_once(run, published):
    before = len(entries(run, "switched"))
    run.do(operate.CutOver(QUERIES))
    assert [e.body["to"] for e in entries(run, "switched")[before:]] == ["redshift", "athena", "redshift"]
    assert run.propose(operate.CutOver(QUERIES)).empty
    assert run.do(operate.CutOver(QUERIES)).outcome.status == "unchanged"
    watched = operate.watch(run, list(QUERIES), run.switches())
    assert (watched.engine, watched.failures, watched.strays, watched.blocks) == ("redshift", 0, 0, ())
    assert {row[0] for row in watched.queries} == set(QUERIES)


def test_a_watch_with_failures_or_answers_of_another_engine_blocks(run, published, client):
    run.do(operate.Switch("redshift", QUERIES))
    key = "dashboard/queries/redshift/two.sql"
    client("s3").put_object(Bucket=world.LAKE, Key=key, Body=b"SELECT no_such_column")
    client("ssm").put_parameter(Name=world.ENGINE_PARAMETER, Value="athena", Overwrite=True)
    operate.sample(run, ["one"], seconds=0.3, every=0.1)
    client("ssm").put_parameter(Name=world.ENGINE_PARAMETER, Value="redshift", Overwrite=True)
    watched = operate.watch(run, list(QUERIES), run.switches())
    said = " ".join(watched.blocks)
    assert "requests failed" in said
    assert "not answered by redshift" in said
    with pytest.raises(VerificationFailed, match="two"):
        operate.Switch("redshift", QUERIES).verify(run)


def test_published_queries_that_somebody_changed_are_named_and_put_back(run, published, client):
    step, key = operate.PublishQueries(QUERIES, world.LAKE), "dashboard/queries/redshift/one.sql"
    assert run.propose(step).empty
    client("s3").put_object(Bucket=world.LAKE, Key=key, Body=b"SELECT 7")
    assert [c.resource for c in run.propose(step).changes if c.action == "modify"] == [f"s3://{world.LAKE}/{key}"]
    with pytest.raises(VerificationFailed, match="one"):
        step.verify(run)
    run.do(step)
    assert client("s3").get_object(Bucket=world.LAKE, Key=key)["Body"].read().decode() == QUERIES["one"]


def test_alarms_are_made_once_and_drift_is_named(run, client):
    step = operate.SetAlarms()
    assert run.do(step).outcome.status == "applied"
    assert run.do(step).outcome.status == "unchanged"
    cloudwatch, name = client("cloudwatch"), "smartroute-analytics-redshift-cpu"
    made = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    assert made["Threshold"] == definitions(run)["redshift-cpu"]["Threshold"] == 80
    assert made["AlarmActions"]
    wanted = {k: v for k, v in definitions(run)["redshift-cpu"].items() if k != "Threshold"}
    cloudwatch.put_metric_alarm(AlarmName=name, Threshold=99.0, AlarmActions=made["AlarmActions"], **wanted)
    with pytest.raises(VerificationFailed, match="Threshold"):
        step.verify(run)
    run.do(step)
    assert cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["Threshold"] == 80


def test_a_redshift_that_falls_behind_or_is_silent_raises_an_alarm(run, client):
    cloudwatch, name = client("cloudwatch"), "smartroute-analytics-redshift-freshness"
    run.do(operate.SetAlarms())

    def state():
        return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

    def lag(table, seconds, hours_ago):
        where = dimensions(run.settings.redshift.cluster, table)
        at = datetime.now(UTC) - timedelta(hours=hours_ago, minutes=1)
        data = [{"MetricName": LAG, "Dimensions": where, "Value": seconds, "Unit": "Seconds", "Timestamp": at}]
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)

    assert state() == "ALARM"  # sync was never run
    first, *others = run.settings.athena.tables
    for table in others:
        lag(table, 0.0, 0)
        lag(table, 0.0, 1)
    assert state() == "OK"
    lag(first, 7300.0, 0)
    assert state() == "OK"  # late once
    lag(first, 7300.0, 1)
    assert state() == "ALARM"
