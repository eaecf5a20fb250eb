"""Each alarm is fired by its fault and cleared, a subscriber hears both, and two quiet days fire none."""

from __future__ import annotations

import json
import random
import re
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redshift_connector
from moto.cloudwatch import cloudwatch_backends

from smartroute_runbook import operate
from smartroute_runbook.api.request_metrics import FAILURES, LATENCY, dashboard_dimensions
from smartroute_runbook.api.request_metrics import NAMESPACE as DASHBOARD
from smartroute_runbook.errors import VerificationFailed
from smartroute_runbook.metrics import FAILED_LOADS, LAG, NAMESPACE, SCHEDULED, cluster_dimensions, dimensions
from smartroute_runbook.operate.alarms import LEAVE_REDSHIFT, alarms, definitions
from smartroute_runbook.operate.alarms.comparing import comparable
from smartroute_runbook.operate.sampling import alarms_of_the_candidate
from smartroute_runbook.standins.account import ACCOUNT, REGION
from smartroute_runbook.standins.services.cloudwatch.alarm_rules import evaluated
from smartroute_runbook.standins.services.cloudwatch.metrics import Metrics

PREFIX = "smartroute-analytics-"
TB = 10**12


class Clock:
    """The time by which the stand-in evaluates alarms and stamps the cluster's metrics; it can be wound forward."""

    def __init__(self, stack):
        self._stack, self._ahead = stack, 0.0
        stack.plane.alarms.clock = self

    def __call__(self):
        return time.time() + self._ahead

    def forward(self, hours):
        self._ahead += hours * 3600


class Told:
    """A subscriber of the topic: which alarms it heard of, and their states, in the order in which they came."""

    def __init__(self, client, topic):
        self._sqs = client("sqs")
        self._queue = self._sqs.create_queue(QueueName="on-call")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
        self.heard = defaultdict(list)
        self.texts = {}

    def read(self):
        while messages := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for one in messages:
                message = json.loads(json.loads(one["Body"])["Message"])
                name = message["AlarmName"].removeprefix(PREFIX)
                self.heard[name].append(message["NewStateValue"])
                self.texts[name] = message["AlarmDescription"]
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=one["ReceiptHandle"])


@pytest.fixture
def armed(run, stack, client):
    """All alarms set, somebody who hears them, and a clock; the world is as it was afterwards."""
    settings, published = run.settings, cloudwatch_backends[ACCOUNT][REGION].metric_data
    before = len(published)
    run.settings = settings.model_copy(
        update={
            "alarms": settings.alarms.model_copy(update={"connections": 8}),
            "dashboard": settings.dashboard.model_copy(update={"slow_seconds": 1.0}),
        }
    )
    clock = Clock(stack)
    calm(run, client, clock)  # sync runs: without it the alarm on freshness fires at once
    run.do(operate.SetAlarms())
    topic = definitions(run)["redshift-cpu"]["AlarmActions"][0]
    inbox = Told(client, topic)
    yield run, clock, inbox
    stack.observer.readings.clear()
    stack.plane.alarms.clock = time.time
    names = [one["AlarmName"] for one in client("cloudwatch").describe_alarms()["MetricAlarms"]]
    client("cloudwatch").delete_alarms(AlarmNames=names)
    del published[before:]
    stack.plane.alarms.metrics = Metrics()  # which reads what is left
    run.settings = settings


def put(client, clock, namespace, name, where, *values, hours_ago=0.0):
    at = datetime.fromtimestamp(clock(), UTC) - timedelta(hours=hours_ago, seconds=5)
    data = [{"MetricName": name, "Dimensions": where, "Values": list(values), "Timestamp": at}]
    client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)


def states(client):
    found = client("cloudwatch").describe_alarms(AlarmNamePrefix=PREFIX)["MetricAlarms"]
    return {one["AlarmName"].removeprefix(PREFIX): one["StateValue"] for one in found}


def settled(client, inbox, names, wanted, seconds=20.0):
    """Until all these alarms have this state, and the message of each was heard."""
    end, late = time.monotonic() + seconds, set(names)
    while time.monotonic() < end:
        now = states(client)
        inbox.read()
        late = {name for name in names if now[name] != wanted or inbox.heard[name][-1:] != [wanted]}
        if not late:
            return
        time.sleep(0.2)
    raise AssertionError({name: (now[name], inbox.heard[name]) for name in late})


def _of_athena(queries, bytes_=1e7, milliseconds=900.0):
    def cause(run, client, clock, stack):
        where = definitions(run)["athena-latency"]["Dimensions"]
        put(client, clock, "AWS/Athena", "ProcessedBytes", where, *[bytes_] * queries)
        for back in (0.0, 0.1):
            put(client, clock, "AWS/Athena", "TotalExecutionTime", where, *[milliseconds] * queries, hours_ago=back)

    return cause


def _reading(name, value):
    def cause(run, client, clock, stack):
        for back in (0.1, 0.2):  # the periods before the one in which it is noticed
            put(client, clock, "AWS/Redshift", name, cluster_dimensions(run.settings.redshift.cluster), value,
                hours_ago=back)  # fmt: skip
        stack.observer.readings[name] = value

    return cause


def _unhealthy(run, client, clock, stack):
    stack.observer.readings["HealthStatus"] = 0.0
    where = cluster_dimensions(run.settings.redshift.cluster)
    for minutes in range(5):
        put(client, clock, "AWS/Redshift", "HealthStatus", where, 0.0, hours_ago=minutes / 60)


def _waiting(run, client, clock, stack):
    stack.observer.readings["WLMQueueWaitTime"] = 90_000.0
    where = [*cluster_dimensions(run.settings.redshift.cluster), {"Name": "QueryPriority", "Value": "HIGH"}]
    for back in (0.09, 0.17):
        put(client, clock, "AWS/Redshift", "WLMQueueWaitTime", where, 90_000.0, hours_ago=back)


def _slow_queries(run, client, clock, stack):
    where = definitions(run)["redshift-latency"]["Dimensions"]
    for back in (0.0, 0.09, 0.17):
        put(client, clock, "AWS/Redshift", "QueryDuration", where, *[2_500_000.0] * 2_000, hours_ago=back)


def _behind(run, client, clock, stack):
    table = run.settings.athena.tables[0]
    for back in (0.0, 1.0):
        put(client, clock, NAMESPACE, LAG, dimensions(run.settings.redshift.cluster, table), 9000.0, hours_ago=back)


def _failed(run, client, clock, stack):
    put(client, clock, NAMESPACE, FAILED_LOADS, cluster_dimensions(run.settings.redshift.cluster), 1.0)


def _slow_dashboard(run, client, clock, stack):
    where = dashboard_dimensions(run.settings.dashboard.engine_parameter)
    for back in (0.0, 0.09, 0.17):
        put(client, clock, DASHBOARD, LATENCY, where, *[200.0] * 90, *[3000.0] * 10, hours_ago=back)


FAULTS = {
    "athena-cost-day": _of_athena(11, bytes_=TB),
    "athena-latency": _of_athena(40, milliseconds=6000.0),
    "redshift-cpu": _reading("CPUUtilization", 97.0),
    "redshift-latency": _slow_queries,
    "redshift-queue-wait": _waiting,
    "redshift-disk": _reading("PercentageDiskSpaceUsed", 91.0),
    "redshift-health": _unhealthy,
    "redshift-freshness": _behind,
    "redshift-failed-loads": _failed,
    "dashboard-latency": _slow_dashboard,
}


def calm(run, client, clock):
    """What a quiet world says of the tables: loaded by schedule, none behind, in both hours that are looked at."""
    put(client, clock, NAMESPACE, SCHEDULED, cluster_dimensions(run.settings.redshift.cluster), 1.0)
    for back in (0.0, 1.0):
        for table in run.settings.athena.tables:
            where = dimensions(run.settings.redshift.cluster, table)
            put(client, clock, NAMESPACE, LAG, where, 0.0, hours_ago=back)


def test_each_alarm_is_fired_by_its_fault_and_cleared_and_somebody_hears_both(armed, client, stack):
    run, clock, inbox = armed
    assert set(FAULTS) | {"redshift-connections"} == {alarm.name for alarm in alarms(run.settings)}
    clock.forward(0.3)  # what the cluster measured before is in no period that is looked at
    for cause in FAULTS.values():
        cause(run, client, clock, stack)
    settled(client, inbox, FAULTS, "ALARM")
    assert set(alarms_of_the_candidate(run)) == LEAVE_REDSHIFT
    stack.observer.readings.clear()
    clock.forward(49)
    calm(run, client, clock)
    settled(client, inbox, FAULTS, "OK")
    for alarm in alarms(run.settings):
        if alarm.name in FAULTS:
            assert inbox.texts[alarm.name] == alarm.description(run.settings.alarms.runbook)


def test_too_many_connections_are_told_and_their_end_too(armed, client, stack):
    run, clock, inbox = armed
    where = cluster_dimensions(run.settings.redshift.cluster)
    assert states(client)["redshift-connections"] != "ALARM"
    for back in (0.09, 0.17):
        put(client, clock, "AWS/Redshift", "DatabaseConnections", where, 9.0, hours_ago=back)
    held = [
        redshift_connector.connect(
            host="localhost", port=stack.redshift.port, database="smartroute", user=stack.user,
            password=stack.password, sslmode="verify-full",
        )
        for _ in range(9)
    ]  # fmt: skip
    settled(client, inbox, ["redshift-connections"], "ALARM")
    for one in held:
        one.close()
    clock.forward(1)
    settled(client, inbox, ["redshift-connections"], "OK")


CHANGES = {
    "redshift-cpu": [
        {"Threshold": 99.0}, {"DatapointsToAlarm": 1}, {"EvaluationPeriods": 5}, {"TreatMissingData": "ignore"},
        {"OKActions": []}, {"AlarmActions": []}, {"ActionsEnabled": False}, {"Statistic": "Minimum"}, {"Period": 60},
        {"ComparisonOperator": "LessThanThreshold"}, {"AlarmDescription": "x"}, {"MetricName": "ReadIOPS"},
        {"Namespace": "AWS/Other"}, {"Dimensions": [{"Name": "ClusterIdentifier", "Value": "other"}]},
        {"InsufficientDataActions": ["arn:aws:sns:us-east-1:123456789012:other"]},
    ],
    "athena-latency": [
        {"ExtendedStatistic": "p50"}, {"EvaluateLowSampleCountPercentile": "ignore"}, {"Unit": "Seconds"},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change"), [(name, change) for name, all_ in CHANGES.items() for change in all_], ids=str
)
def test_whatever_makes_an_alarm_fire_or_tell_is_compared(armed, client, name, change):
    run, *_ = armed
    step, cloudwatch = operate.SetAlarms(), client("cloudwatch")
    wanted = definitions(run)[name]
    cloudwatch.put_metric_alarm(AlarmName=PREFIX + name, **{**wanted, **change})
    with pytest.raises(VerificationFailed, match=next(iter(change))):
        step.verify(run)
    run.do(step)
    step.verify(run)


@pytest.mark.parametrize(
    "change",
    [
        lambda queries: queries[-1].update(Expression="0*bytes"),
        lambda queries: queries[0]["MetricStat"].update(Stat="Average"),
        lambda queries: queries[0]["MetricStat"].update(Period=3600),
        lambda queries: queries[0]["MetricStat"]["Metric"]["Dimensions"].pop(),
        lambda queries: queries[0]["MetricStat"]["Metric"].update(MetricName="QueryQueueTime"),
    ],
)
def test_metrics_of_an_expression_are_compared_each(armed, client, change):
    run, *_ = armed
    wanted = json.loads(json.dumps(definitions(run)["athena-cost-day"]))
    change(wanted["Metrics"])
    client("cloudwatch").put_metric_alarm(AlarmName=f"{PREFIX}athena-cost-day", **wanted)
    proposal = operate.SetAlarms().propose(run)
    assert [one.resource for one in proposal.changes if one.action == "modify"] == [f"alarm {PREFIX}athena-cost-day"]


def test_order_and_what_aws_fills_in_are_no_drift():
    where = [{"Name": "b", "Value": "1"}, {"Name": "a", "Value": "2"}]
    given = {"EvaluationPeriods": 3, "Threshold": 1.0, "Dimensions": where, "Unit": None}
    filled = {"DatapointsToAlarm": 3, "TreatMissingData": "missing", "OKActions": [], "ActionsEnabled": True}
    described = {**given, **filled, "Dimensions": where[::-1]}
    assert comparable(given) == comparable(described)


def test_the_page_has_a_section_for_each_alarm_and_no_other(run):
    page = (Path(__file__).resolve().parents[2] / "docs" / "alarms.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == [alarm.name for alarm in alarms(run.settings)]
    rows = dict(re.findall(r"^\| \[([\w-]+)\]\(.*\|([^|]*)\|$", page, re.MULTILINE))
    assert {name for name, leaves in rows.items() if leaves.strip() == "yes"} == LEAVE_REDSHIFT
    assert all(len(alarm.description("x" * 500)) <= 1024 for alarm in alarms(run.settings))


# ---- two quiet days ----------------------------------------------------------------------------------------------


def traffic(settings, minutes, rng):
    """Data of an ordinary minute, as (namespace, datum without its time): nights quiet, hours with a load busier."""
    cluster, hour = settings.redshift.cluster, minutes // 60 % 24
    busy = 0.15 + 0.5 * (7 <= hour <= 20) + 0.2 * (minutes % 60 < 6)  # a load at the beginning of each hour
    own = cluster_dimensions(cluster)
    yield "AWS/Redshift", "CPUUtilization", own, [100 * busy * rng.uniform(0.7, 1.15)]
    yield "AWS/Redshift", "DatabaseConnections", own, [float(rng.randint(2, 140))]
    yield "AWS/Redshift", "HealthStatus", own, [1.0]
    yield "AWS/Redshift", "PercentageDiskSpaceUsed", own, [41 + minutes / 2880]
    if minutes % 5:
        return
    asked = [min(rng.lognormvariate(5.6, 0.45), 2500.0) for _ in range(int(120 * busy))]  # ms; median 270
    yield DASHBOARD, LATENCY, dashboard_dimensions(settings.dashboard.engine_parameter), asked
    yield DASHBOARD, FAILURES, dashboard_dimensions(settings.dashboard.engine_parameter), [0.0] * len(asked)
    short = [{"Name": "latency", "Value": "short"}]
    yield "AWS/Redshift", "QueryDuration", [*own, *short], [900 * sum(asked) / len(asked)]
    for priority, most in (("HIGH", 8_000.0), ("NORMAL", 70_000.0 if minutes % 60 == 5 else 4_000.0)):
        yield (
            "AWS/Redshift",
            "WLMQueueWaitTime",
            [*own, {"Name": "QueryPriority", "Value": priority}],
            [rng.uniform(0, most)],
        )
    athena = {"QueryState": "SUCCEEDED", "QueryType": "DML", "WorkGroup": settings.athena.workgroup}
    where = [{"Name": name, "Value": value} for name, value in athena.items()]
    analysts = rng.randint(0, 4) if 8 <= hour <= 18 else 0
    if analysts:
        yield "AWS/Athena", "ProcessedBytes", where, [rng.uniform(1e7, 4e10) for _ in range(analysts)]
        yield "AWS/Athena", "TotalExecutionTime", where, [rng.uniform(900, 4800) for _ in range(analysts)]
    if minutes % 60 == 20:  # sync, 16 minutes past and 4 minutes long
        yield NAMESPACE, FAILED_LOADS, own, [0.0]
        for table in settings.athena.tables:
            yield NAMESPACE, LAG, dimensions(cluster, table), [0.0]


def test_forty_eight_hours_of_ordinary_traffic_fire_no_alarm(run, client):
    settings = run.settings.model_copy(
        update={
            "redshift": run.settings.redshift.model_copy(update={"cluster": "two-quiet-days"}),
            "athena": run.settings.athena.model_copy(update={"workgroup": "two-quiet-days"}),
            "dashboard": run.settings.dashboard.model_copy(
                update={"engine_parameter": "/two/quiet/days", "slow_seconds": 1.0}
            ),
        }
    )
    rng, data = random.Random(18), defaultdict(list)
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=52)
    for minutes in range(-120, 2880):
        at = start + timedelta(minutes=minutes)
        for namespace, name, where, values in traffic(settings, minutes, rng):
            data[namespace].append({"MetricName": name, "Dimensions": where, "Values": values, "Timestamp": at})
    for namespace, found in data.items():
        for first in range(0, len(found), 1000):  # as many as AWS takes at once
            client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=found[first : first + 1000])
    metrics, fired, wanted = Metrics(), [], alarms(settings)
    states = {alarm.name: "INSUFFICIENT_DATA" for alarm in wanted}
    for minutes in range(0, 2880, 3):
        now = (start + timedelta(minutes=minutes, seconds=30)).timestamp()
        for alarm in wanted:
            states[alarm.name], why = evaluated(alarm.fires, metrics, now, states[alarm.name])
            if states[alarm.name] == "ALARM":
                fired.append((minutes, alarm.name, why))
    assert fired == []
    assert set(states.values()) == {"OK"}
