"""What week 4 leaves in AWS: published queries, alarms, graphs, budgets, and how drift of them is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from smartroute_runbook import operate
from smartroute_runbook.errors import ServiceError, VerificationFailed
from smartroute_runbook.metrics import LAG, NAMESPACE, dimensions
from smartroute_runbook.operate.alarms import alarms, definitions
from smartroute_runbook.operate.publish import published_text
from smartroute_runbook.rehearsal import smartroute_account as world

QUERIES = {"one": "SELECT 1 AS one", "two": "SELECT 2 AS two"}


def test_published_queries_that_somebody_changed_are_named_and_put_back(run, client):
    step, key = operate.PublishQueries(QUERIES, world.LAKE), "dashboard/queries/redshift/one.sql"
    run.do(step)
    assert run.propose(step).empty
    for other, shown in ((b"SELECT 7", "SELECT 7"), (b"SELECT '\xff'", r"SELECT '\xff'")):
        client("s3").put_object(Bucket=world.LAKE, Key=key, Body=other)
        changed = [change for change in run.propose(step).changes if change.action == "modify"]
        assert [(c.resource, c.before, c.after) for c in changed] == [
            (f"s3://{world.LAKE}/{key}", shown, QUERIES["one"])
        ]
    with pytest.raises(ServiceError, match="not text in UTF-8"):
        published_text(run, "one", "redshift")
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


def undone(run, client):
    """What the steps' own commands take away, by the same calls."""
    client("cloudwatch").delete_dashboards(DashboardNames=[run.settings.redshift.cluster])
    for service in ("redshift", "athena"):
        name = f"{run.settings.redshift.cluster}-{service}"
        client("budgets").delete_budget(AccountId=world.ACCOUNT, BudgetName=name)


def test_graphs_and_budgets_are_found_as_proposed_and_a_second_apply_changes_nothing(run, client):
    steps = (operate.Graphs(), operate.SetBudgets())
    for step in steps:
        before = run.propose(step)
        assert run.do(step).outcome.status == "applied"
        assert run.propose(step).empty
        assert run.do(step).outcome.status == "unchanged"
        assert before.undo_commands
    body = json.loads(client("cloudwatch").get_dashboard(DashboardName="smartroute-analytics")["DashboardBody"])
    (states,) = [one for one in body["widgets"] if one["type"] == "alarm"]
    assert [arn.partition("alarm:smartroute-analytics-")[2] for arn in states["properties"]["alarms"]] == [
        alarm.name for alarm in alarms(run.settings)
    ]
    found = client("budgets").describe_budgets(AccountId=world.ACCOUNT)["Budgets"]
    assert {one["BudgetName"]: (one["CostFilters"]["Service"], one["BudgetLimit"]["Amount"]) for one in found} == {
        "smartroute-analytics-redshift": (["Amazon Redshift"], "1610.00"),  # 2 * 1.086 * 730 + 1000 * 0.024
        "smartroute-analytics-athena": (["Amazon Athena"], "1521.00"),  # 50 * 365 / 12
    }
    undone(run, client)
    assert all(len([c for c in step.propose(run).changes if c.action == "create"]) in (1, 2) for step in steps)


def test_a_budget_and_a_dashboard_that_somebody_changed_are_named_and_put_back(run, client):
    budgets, name = client("budgets"), "smartroute-analytics-athena"
    graphs, money = operate.Graphs(), operate.SetBudgets()
    for step in (graphs, money):
        run.propose(step)
        run.do(step)
    client("cloudwatch").put_dashboard(DashboardName="smartroute-analytics", DashboardBody='{"widgets": []}')
    notices = budgets.describe_notifications_for_budget(AccountId=world.ACCOUNT, BudgetName=name)["Notifications"]
    budgets.delete_notification(AccountId=world.ACCOUNT, BudgetName=name, Notification=notices[0])
    topic = definitions(run)["redshift-cpu"]["AlarmActions"][0]
    policy = json.loads(client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    ours = [one for one in policy["Statement"] if one["Sid"] == "SmartRouteBudgets"]
    assert ours[0]["Condition"]["StringEquals"] == {"aws:SourceAccount": world.ACCOUNT}
    others = [one for one in policy["Statement"] if one["Sid"] != "SmartRouteBudgets"]
    assert others  # AWS's own, by which the account's alarms publish
    policy["Statement"] = others
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    wrong = {c.resource for c in (*graphs.propose(run).changes, *money.propose(run).changes) if c.action != "none"}
    assert wrong == {
        "CloudWatch dashboard smartroute-analytics", f"budget {name}", "topic smartroute-alerts: policy for budgets",
    }  # fmt: skip
    for step in (graphs, money):
        run.do(step)
        step.verify(run)
    policy = json.loads(client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    assert policy["Statement"] == [*others, *ours]
    undone(run, client)


@pytest.mark.parametrize(
    "body", ["no JSON", "{}", '{"widgets": [{"type": "pie"}]}', '{"widgets": [{"type": "text", "x": 20, "width": 6}]}']
)
def test_cloudwatch_refuses_a_body_that_is_no_dashboard(client, body):
    with pytest.raises(ClientError, match="DashboardBody is not valid"):
        client("cloudwatch").put_dashboard(DashboardName="x", DashboardBody=body)
