"""Faults: repeatable, on real sockets, and gone when cleared."""

from __future__ import annotations

import contextlib
import time

import boto3
import pytest
import redshift_connector
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, FlexibleChecksumError

from smartroute_runbook.errors import UsageError
from smartroute_runbook.standins.api.calls import ApiCall
from smartroute_runbook.standins.faults.schedule import FaultRule, Faults


@pytest.fixture
def faults(stack):
    made = Faults()
    stack.gateway.fault = made
    yield made
    stack.gateway.fault = None


@pytest.fixture
def ssm(stack):
    with contextlib.closing(
        boto3.Session().client("ssm", config=Config(retries={"max_attempts": 1, "mode": "standard"}))
    ) as made:
        yield made


def read(ssm):
    return ssm.get_parameter(Name="/smartroute/dashboard/engine")["Parameter"]["Value"]


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("throttle", "ThrottlingException", 400),
        ("error", "InternalServerError", 500),
        ("expired", "ExpiredTokenException", 400),
        ("denied", "AccessDeniedException", 400),
    ],
)
def test_errors_in_the_protocol_of_the_service(faults, ssm, kind, code, status):
    rule = faults.add(FaultRule(kind, service="ssm", operation="GetParameter"))
    with pytest.raises(ClientError) as caught:
        read(ssm)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert rule.acted >= 1
    faults.clear()
    assert read(ssm) == "athena"


def test_s3_slows_down(faults, stack):
    faults.add(FaultRule("throttle", service="s3", times=1))
    with contextlib.closing(boto3.Session().client("s3", config=Config(retries={"total_max_attempts": 1}))) as s3:
        with pytest.raises(ClientError, match="SlowDown"):
            s3.list_buckets()
        assert s3.list_buckets()["Buckets"]


def test_slow_and_dropped_answers(faults, ssm):
    faults.add(FaultRule("slow", service="ssm", times=1, seconds=0.3))
    began = time.monotonic()
    assert read(ssm) == "athena"
    assert time.monotonic() - began >= 0.3
    faults.add(FaultRule("drop", service="ssm"))
    with pytest.raises(ConnectionClosedError):
        read(ssm)


def test_a_call_carried_out_twice_must_not_hurt(faults, client):
    s3 = client("s3")
    s3.create_bucket(Bucket="again")
    faults.add(FaultRule("twice", service="s3", operation="PutObject", times=1))
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="again", Key="entry", Body=b"once", IfNoneMatch="*")
    assert s3.get_object(Bucket="again", Key="entry")["Body"].read() == b"once"


def test_listings_lag_and_objects_end_early(faults, client, stack):
    s3 = client("s3")
    s3.create_bucket(Bucket="lags")
    s3.put_object(Bucket="lags", Key="new", Body=b"0123456789")
    faults.add(FaultRule("stale", service="s3", operation="ListObjectsV2", times=1, seconds=60))
    assert "Contents" not in s3.list_objects_v2(Bucket="lags")
    assert s3.list_objects_v2(Bucket="lags")["Contents"]
    faults.add(FaultRule("stale", service="s3-list", times=1, seconds=60))
    assert [len(stack.objects.list("lags")) for _ in range(2)] == [0, 1]
    faults.add(FaultRule("truncate", service="s3", operation="GetObject", times=1))
    with pytest.raises(FlexibleChecksumError):  # boto3 notices
        s3.get_object(Bucket="lags", Key="new")["Body"].read()
    assert s3.get_object(Bucket="lags", Key="new")["Body"].read() == b"0123456789"
    faults.add(FaultRule("truncate", service="s3-read", times=1))
    assert [stack.objects.local("lags", "new").read_bytes() for _ in range(2)] == [b"01234", b"0123456789"]


def test_a_query_fails_once_on_athena(faults, client):
    def state():
        athena = client("athena")
        started = athena.start_query_execution(QueryString="SELECT 1", WorkGroup="smartroute-analytics")
        while True:
            found = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]["Status"]
            if found["State"] not in ("QUEUED", "RUNNING"):
                return found
            time.sleep(0.02)

    faults.add(FaultRule("error", service="athena-query", times=1))
    failed = state()
    assert (failed["State"], "GENERIC_INTERNAL_ERROR" in failed["StateChangeReason"]) == ("FAILED", True)
    assert state()["State"] == "SUCCEEDED"


def test_a_query_fails_once_on_redshift_and_a_connection_breaks(faults, stack):
    def connect():
        return redshift_connector.connect(
            host="localhost",
            port=stack.plane.redshift_port,
            database="smartroute",
            user=stack.user,
            password=stack.password,
        )

    with connect() as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        faults.add(FaultRule("error", service="redshift-query", times=1))
        with pytest.raises(redshift_connector.Error, match="a fault of the rehearsal"):
            cursor.execute("SELECT 1")
        assert cursor.execute("SELECT 1").fetchone() == [1]
    broken = connect()
    broken.autocommit = True
    faults.add(FaultRule("drop", service="redshift-query", times=1))
    with pytest.raises((redshift_connector.Error, OSError)):
        broken.cursor().execute("SELECT 1")
    with contextlib.suppress(redshift_connector.Error, OSError):
        broken.close()
    with connect() as connection:
        assert connection.cursor().execute("SELECT 1").fetchone() == [1]


def test_a_seed_repeats_itself():
    call = ApiCall("athena", "StartQueryExecution", "POST", "/")

    def fired(seed):
        faults = Faults(FaultRule("error", chance=0.3), seed=seed)
        return [faults(call) is not None for _ in range(60)]

    assert fired(1) == fired(1) != fired(2)
    every = Faults(FaultRule("throttle", service="athena", every=3))
    assert [every(call) is not None for _ in range(6)] == [False, False, True] * 2


def test_a_file_of_faults(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text("seed: 3\nfaults:\n  - {kind: throttle, service: athena, every: 5}\n  - {kind: slow, seconds: 2}\n")
    assert [rule.kind for rule in Faults.load(path).rules] == ["throttle", "slow"]
    for text, message in (
        ("faults: [{kind: throtle}]", "Did you mean 'throttle'"),
        ("faults: [{chance: 1}]", "cannot be"),
    ):
        path.write_text(text)
        with pytest.raises(UsageError, match=message):
            Faults.load(path)
    with pytest.raises(UsageError):
        Faults(FaultRule("slow", chance=2.0))
