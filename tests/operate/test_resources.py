"""What week 4 leaves in AWS: the published queries and the alarms, and how drift of them is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from smartroute_runbook import operate
from smartroute_runbook.errors import VerificationFailed
from smartroute_runbook.metrics import LAG, NAMESPACE, dimensions
from smartroute_runbook.operate.alarms import definitions
from smartroute_runbook.rehearsal import smartroute_account as world

QUERIES = {"one": "SELECT 1 AS one", "two": "SELECT 2 AS two"}


def test_published_queries_that_somebody_changed_are_named_and_put_back(run, client):
    step, key = operate.PublishQueries(QUERIES, world.LAKE), "dashboard/queries/redshift/one.sql"
    run.do(step)
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
    cloudwatch.put_metric_alarm(AlarmName=name, **{**definitions(run)["redshift-cpu"], "Threshold": 99.0})
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
