"""CloudWatch, Lambda, CloudFront, prices: what moto lacks, over the wire."""

from __future__ import annotations

import io
import json
import time
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from smartroute_runbook.rehearsal.stack import CLUSTER
from smartroute_runbook.standins.services.cloudwatch.alarms import HELD_SECONDS


@pytest.fixture
def cloudwatch(client):
    return client("cloudwatch")


def publish(cloudwatch, name, *values, unit="Milliseconds"):
    data = [{"MetricName": name, "Values": list(values), "Unit": unit}]
    cloudwatch.put_metric_data(Namespace="Test", MetricData=data)


def alarm(cloudwatch, name, **more):
    given = {
        "AlarmName": name,
        "EvaluationPeriods": 1,
        "Threshold": 5000.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **more,
    }
    cloudwatch.put_metric_alarm(**given)


def state(cloudwatch, name, kind="MetricAlarm"):
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=[kind])
    return found[f"{kind}s"][0]["StateValue"]


def test_an_alarm_on_a_percentile_fires_tells_and_recovers(cloudwatch, client):
    topic = client("sns").create_topic(Name="told")["TopicArn"]
    queue = client("sqs").create_queue(QueueName="told")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    metric = {"Namespace": "Test", "MetricName": "Latency", "Period": 10}
    alarm(cloudwatch, "late", **metric, ExtendedStatistic="p95", AlarmActions=[topic])
    assert state(cloudwatch, "late") == "INSUFFICIENT_DATA"
    publish(cloudwatch, "Latency", *[100.0] * 18, 9000.0, 9500.0)
    assert state(cloudwatch, "late") == "ALARM"
    (message,) = client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=2)["Messages"]
    told = json.loads(json.loads(message["Body"])["Message"])
    assert (told["AlarmName"], told["OldStateValue"], told["NewStateValue"]) == ("late", "INSUFFICIENT_DATA", "ALARM")
    publish(cloudwatch, "Latency", *[100.0] * 400)
    assert state(cloudwatch, "late") == "OK"
    history = cloudwatch.describe_alarm_history(AlarmName="late")["AlarmHistoryItems"]
    kinds = [item["HistoryItemType"] for item in history]
    assert kinds == ["StateUpdate", "Action", "StateUpdate", "ConfigurationUpdate"]


def test_an_alarm_on_metric_math(cloudwatch):
    def stat(name, ident):
        metric = {"Namespace": "Test", "MetricName": name}
        return {"Id": ident, "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}, "ReturnData": False}

    usd = {"Id": "usd", "Expression": "5*(FILL(b,0)+FILL(c,0))/1000000000000", "ReturnData": True}
    metrics = [stat("Scanned", "b"), stat("Cancelled", "c"), usd]
    alarm(cloudwatch, "dear", Metrics=metrics, Threshold=50.0, TreatMissingData="notBreaching")
    assert state(cloudwatch, "dear") == "OK"
    publish(cloudwatch, "Scanned", 11e12, unit="Bytes")
    assert state(cloudwatch, "dear") == "ALARM"
    now = datetime.now(UTC)
    data = cloudwatch.get_metric_data(
        MetricDataQueries=metrics, StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1)
    )["MetricDataResults"]
    assert [result["Id"] for result in data] == ["usd"]
    assert max(data[0]["Values"]) == 55.0
    bad = [metrics[0], {**usd, "Expression": "5*nothing"}]
    with pytest.raises(ClientError, match="unknown id 'nothing'"):
        alarm(cloudwatch, "bad", Metrics=bad)


def test_a_state_set_by_hand_is_taken_back(stack, cloudwatch, monkeypatch):
    now = time.time()
    monkeypatch.setattr(stack.plane.alarms, "clock", lambda: now)
    alarm(cloudwatch, "drill", Namespace="Test", MetricName="Never", Period=60, Statistic="Average")
    cloudwatch.set_alarm_state(AlarmName="drill", StateValue="ALARM", StateReason="drill")
    assert state(cloudwatch, "drill") == "ALARM"
    now += HELD_SECONDS
    assert state(cloudwatch, "drill") == "INSUFFICIENT_DATA"


def test_a_composite_follows_its_parts(cloudwatch):
    alarm(cloudwatch, "part", Namespace="Test", MetricName="Part", Period=60, Statistic="Maximum", Threshold=1)
    cloudwatch.put_composite_alarm(AlarmName="whole", AlarmRule='ALARM("part")')
    assert state(cloudwatch, "whole", "CompositeAlarm") == "OK"
    publish(cloudwatch, "Part", 2.0)
    assert state(cloudwatch, "whole", "CompositeAlarm") == "ALARM"


def test_athena_publishes_what_the_plan_s_alarms_read(stack, cloudwatch, client):
    started = client("athena").start_query_execution(QueryString="SELECT 1", WorkGroup="smartroute-analytics")
    for _ in range(200):
        found = client("athena").get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
        if found["Status"]["State"] == "SUCCEEDED":
            break
        time.sleep(0.02)
    dimensions = [
        {"Name": "QueryState", "Value": "SUCCEEDED"},
        {"Name": "QueryType", "Value": "DML"},
        {"Name": "WorkGroup", "Value": "smartroute-analytics"},
    ]
    now = datetime.now(UTC)
    for _ in range(50):  # published just after the state is told
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/Athena",
            MetricName="TotalExecutionTime",
            Dimensions=dimensions,
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=300,
            ExtendedStatistics=["p95"],
        )["Datapoints"]
        if points:
            break
        time.sleep(0.02)
    assert points[0]["ExtendedStatistics"]["p95"] >= 0


def test_the_cluster_publishes_what_the_plan_s_alarms_read(stack, cloudwatch, client):
    wanted = {
        "NodeType": "ra3.xlplus",
        "NumberOfNodes": 2,
        "MasterUsername": "smartroute_admin",
        "DBName": "smartroute",
    }
    client("redshift").create_cluster(ClusterIdentifier=CLUSTER, ManageMasterPassword=True, **wanted)
    stack.redshift.session("rehearsal").execute("SELECT 1")
    names = set()
    deadline = time.monotonic() + 20
    while not {"CPUUtilization", "QueryDuration", "DatabaseConnections"} <= names and time.monotonic() < deadline:
        stack.redshift.session("rehearsal").execute("SELECT 1")
        time.sleep(0.2)
        names = {metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="AWS/Redshift")["Metrics"]}
    client("redshift").delete_cluster(ClusterIdentifier=CLUSTER, SkipFinalClusterSnapshot=True)
    assert {"CPUUtilization", "QueryDuration", "DatabaseConnections"} <= names


def test_a_stale_revision_of_a_function_is_refused(client):
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): return 1")
    functions = client("lambda")
    made = functions.create_function(
        FunctionName="dash",
        Runtime="python3.12",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    first = functions.get_function_configuration(FunctionName="dash")["RevisionId"]
    assert made["RevisionId"] == first == functions.get_function(FunctionName="dash")["Configuration"]["RevisionId"]
    second = functions.update_function_configuration(FunctionName="dash", Timeout=9, RevisionId=first)["RevisionId"]
    assert second != first
    with pytest.raises(ClientError) as caught:
        functions.update_function_configuration(FunctionName="dash", Timeout=10, RevisionId=first)
    assert caught.value.response["Error"]["Code"] == "PreconditionFailedException"
    assert functions.get_function_configuration(FunctionName="dash")["Timeout"] == 9


def test_cache_policies_have_an_optimistic_lock_too(client):
    front = client("cloudfront")
    config = {"Name": "minute", "MinTTL": 0, "DefaultTTL": 60, "MaxTTL": 60}
    made = front.create_cache_policy(CachePolicyConfig=config)
    name, etag = made["CachePolicy"]["Id"], made["ETag"]
    assert front.get_cache_policy(Id=name)["CachePolicy"]["CachePolicyConfig"]["DefaultTTL"] == 60
    front.update_cache_policy(Id=name, IfMatch=etag, CachePolicyConfig={**config, "DefaultTTL": 30})
    with pytest.raises(ClientError, match="InvalidIfMatchVersion"):
        front.delete_cache_policy(Id=name, IfMatch=etag)
    assert front.list_cache_policies()["CachePolicyList"]["Quantity"] == 1


def test_prices_and_costs(client):
    filters = [
        {"Type": "TERM_MATCH", "Field": "instanceType", "Value": "ra3.xlplus"},
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"},
    ]
    (found,) = client("pricing").get_products(ServiceCode="AmazonRedshift", Filters=filters)["PriceList"]
    (term,) = json.loads(found)["terms"]["OnDemand"].values()
    (dimension,) = term["priceDimensions"].values()
    assert (float(dimension["pricePerUnit"]["USD"]), dimension["unit"]) == (1.086, "Hrs")
    today = datetime.now(UTC).date()
    period = {"Start": (today - timedelta(days=7)).isoformat(), "End": today.isoformat()}
    costs = client("ce").get_cost_and_usage(TimePeriod=period, Granularity="DAILY", Metrics=["UnblendedCost"])
    assert len(costs["ResultsByTime"]) == 7
    assert all(float(day["Total"]["UnblendedCost"]["Amount"]) > 0 for day in costs["ResultsByTime"])


def test_the_retention_of_a_locked_object_can_be_read(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    until = datetime(2030, 1, 1, tzinfo=UTC)
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
    s3.put_object(Bucket="locked", Key="a/entry.json", Body=b"1", **lock)
    kept = s3.get_object_retention(Bucket="locked", Key="a/entry.json")["Retention"]
    assert kept == {"Mode": "COMPLIANCE", "RetainUntilDate": until}
