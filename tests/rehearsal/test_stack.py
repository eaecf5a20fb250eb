"""The stack as a whole: one world, both engines, the dashboard, the background process."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from contextlib import suppress
from pathlib import Path

import pytest
import redshift_connector
from botocore.exceptions import ClientError

from smartroute_runbook.errors import UsageError
from smartroute_runbook.rehearsal import daemon
from smartroute_runbook.rehearsal.smartroute_account import DATABASE, LAKE, dashboard_queries
from smartroute_runbook.rehearsal.stack import CLUSTER, Stack
from smartroute_runbook.standins.limits import limits


@pytest.fixture(scope="module")
def cluster(client):
    redshift = client("redshift")
    redshift.create_cluster(
        ClusterIdentifier=CLUSTER,
        NodeType="ra3.xlplus",
        NumberOfNodes=2,
        MasterUsername="smartroute_admin",
        ManageMasterPassword=True,
        DBName="smartroute",
    )
    while True:
        found = redshift.describe_clusters(ClusterIdentifier=CLUSTER)["Clusters"][0]
        if found["ClusterStatus"] == "available":
            break
        time.sleep(0.05)
    yield found
    redshift.delete_cluster(ClusterIdentifier=CLUSTER, SkipFinalClusterSnapshot=True)


def connect(cluster, user, password):
    endpoint = cluster["Endpoint"]
    return redshift_connector.connect(
        host=endpoint["Address"], port=endpoint["Port"], database="smartroute", user=user, password=password
    )


@pytest.fixture
def master(cluster, client):
    held = client("secretsmanager").get_secret_value(SecretId=cluster["MasterPasswordSecretArn"])
    return json.loads(held["SecretString"])


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_smartroute_is_there_before_the_migration(stack, client):
    tables = {table["Name"] for table in client("glue").get_tables(DatabaseName=DATABASE)["TableList"]}
    assert tables == {"vehicles", "delay_metrics", "crowding_metrics"}
    assert stack.world.partitions["vehicles"] == len(stack.lake.partitions["vehicles"])
    found = client("s3").list_objects_v2(Bucket=LAKE, Prefix="dashboard/queries/athena/")["Contents"]
    assert {Path(item["Key"]).stem for item in found} == set(dashboard_queries())
    groups = [group["Name"] for group in client("athena").list_work_groups()["WorkGroups"]]
    assert "smartroute-analytics" in groups
    assert "smartroute-migration" not in groups
    names = [{"Name": "tag:Name", "Values": ["smartroute"]}]
    (vpc,) = client("ec2").describe_vpcs(Filters=names)["Vpcs"]
    subnets = client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 2
    assert client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/rehearsal"
    assert client("kms").describe_key(KeyId="alias/smartroute")["KeyMetadata"]["Enabled"]
    assert client("athena").list_query_executions(WorkGroup="smartroute-analytics")["QueryExecutionIds"]


def test_the_managed_secret_opens_the_cluster_and_nothing_else_does(stack, cluster, master):
    with connect(cluster, master["username"], master["password"]) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 7 / 2")
        assert cursor.fetchone() == [3]
    with connect(cluster, stack.user, stack.password) as connection:
        assert connection.cursor().execute("SELECT 1").fetchone() == [1]
    with warnings.catch_warnings():  # the driver leaves the sockets of refused connections to the collector
        warnings.simplefilter("ignore", ResourceWarning)
        for user, password in ((master["username"], "wrong"), ("nobody", "wrong"), (stack.user, master["password"])):
            assert "authentication failed" in refusal(cluster, user, password)
        gc.collect()


def refusal(cluster, user, password):
    try:
        connect(cluster, user, password)
    except redshift_connector.Error as error:
        return str(error)
    raise AssertionError(f"{user} came in")


def test_temporary_credentials_open_it_too(cluster, client):
    given = client("redshift").get_cluster_credentials_with_iam(ClusterIdentifier=CLUSTER, DbName="smartroute")
    with connect(cluster, given["DbUser"], given["DbPassword"]) as connection:
        assert connection.cursor().execute("SELECT 1").fetchone() == [1]


def test_a_paused_cluster_breaks_connections_and_lets_nobody_in(stack, cluster, master, client, monkeypatch):
    monkeypatch.setattr(stack.plane, "settle_seconds", 0.1)
    redshift = client("redshift")
    held = connect(cluster, master["username"], master["password"])
    redshift.pause_cluster(ClusterIdentifier=CLUSTER)
    with pytest.raises((redshift_connector.Error, OSError)):
        held.cursor().execute("SELECT 1")
    with suppress(redshift_connector.Error, OSError):
        held.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        assert "the cluster is paus" in refusal(cluster, stack.user, stack.password)
        gc.collect()
    time.sleep(0.15)
    redshift.resume_cluster(ClusterIdentifier=CLUSTER)
    time.sleep(0.15)
    with connect(cluster, master["username"], master["password"]) as connection:
        assert connection.cursor().execute("SELECT 1").fetchone() == [1]


def test_a_rotated_secret_takes_the_old_password_away(cluster, client, master):
    client("secretsmanager").rotate_secret(SecretId=cluster["MasterPasswordSecretArn"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        assert "authentication failed" in refusal(cluster, master["username"], master["password"])
        gc.collect()
    held = client("secretsmanager").get_secret_value(SecretId=cluster["MasterPasswordSecretArn"])
    fresh = json.loads(held["SecretString"])
    with connect(cluster, fresh["username"], fresh["password"]) as connection:
        assert connection.cursor().execute("SELECT 1").fetchone() == [1]


@pytest.fixture
def data_api(cluster, client):
    target = {
        "ClusterIdentifier": CLUSTER,
        "Database": "smartroute",
        "SecretArn": cluster["MasterPasswordSecretArn"],
        "WaitTimeSeconds": 20,
    }
    api = client("redshift-data")

    def run(sql, **more):
        made = api.execute_statement(**target, Sql=sql, **more)
        return api.describe_statement(Id=made["Id"])

    run.api, run.target = api, target
    return run


def test_the_data_api_and_the_wire_see_the_same_rows(data_api, cluster, master):
    with connect(cluster, master["username"], master["password"]) as connection:
        connection.autocommit = True
        connection.cursor().execute("CREATE TABLE IF NOT EXISTS seen (id bigint, word varchar(20), share decimal(5,2))")
        connection.cursor().execute("INSERT INTO seen VALUES (1, 'one', 0.5), (2, NULL, 2.25)")
    state = data_api(
        "SELECT id, word, share, 'a:b'::varchar AS t FROM seen WHERE id >= :low ORDER BY id",
        Parameters=[{"name": "low", "value": "1"}],
    )
    assert (state["Status"], state["HasResultSet"], state["ResultRows"]) == ("FINISHED", True, 2)
    result = data_api.api.get_statement_result(Id=state["Id"])
    assert [column["typeName"] for column in result["ColumnMetadata"]] == ["int8", "varchar", "numeric", "varchar"]
    assert result["Records"][1] == [
        {"longValue": 2},
        {"isNull": True},
        {"stringValue": "2.25"},
        {"stringValue": "a:b"},
    ]


def test_a_batch_is_one_transaction(data_api):
    data_api("CREATE TABLE batched (n int)")
    made = data_api.api.batch_execute_statement(
        **data_api.target, Sqls=["INSERT INTO batched VALUES (1)", "SELECT count(*) FROM batched"]
    )
    counted = data_api.api.get_statement_result(Id=f"{made['Id']}:2")
    assert counted["Records"] == [[{"longValue": 1}]]
    bad = ["INSERT INTO batched VALUES (2)", "INSERT INTO nowhere VALUES (1)", "SELECT 1"]
    made = data_api.api.batch_execute_statement(**data_api.target, Sqls=bad)
    state = data_api.api.describe_statement(Id=made["Id"])
    assert state["Status"] == "FAILED"
    assert "nowhere" in state["Error"]
    assert [sub["Status"] for sub in state["SubStatements"]] == ["FINISHED", "FAILED", "ABORTED"]
    state = data_api("SELECT count(*) FROM batched")
    assert data_api.api.get_statement_result(Id=state["Id"])["Records"] == [[{"longValue": 1}]]


def test_the_data_api_pages_and_refuses(data_api):
    state = data_api("SELECT a.n + 60 * b.n FROM (VALUES_60) a, (VALUES_60) b".replace("VALUES_60", _sixty()))
    first = data_api.api.get_statement_result(Id=state["Id"])
    assert (first["TotalNumRows"], len(first["Records"])) == (3600, 1000)
    pages = data_api.api.get_paginator("get_statement_result").paginate(Id=state["Id"])
    assert sum(len(page["Records"]) for page in pages) == 3600
    failed = data_api("SELECT * FROM missing_table")
    assert (failed["Status"], "missing_table" in failed["Error"]) == ("FAILED", True)
    with pytest.raises(ClientError, match="does not have result"):
        data_api.api.get_statement_result(Id=failed["Id"])
    with pytest.raises(ClientError, match="unused"):
        raise_unused(data_api)


def _sixty():
    return " UNION ALL ".join(f"SELECT {n} AS n" for n in range(60))


def raise_unused(data_api):
    state = data_api("SELECT 1", Parameters=[{"name": "x", "value": "1"}])
    raise ClientError({"Error": {"Code": "FAILED", "Message": state["Error"]}}, "ExecuteStatement")


def test_the_dashboard_asks_the_engine_of_the_parameter_and_no_other(stack, client, cluster, master):
    url, ssm = stack.dashboard.url, client("ssm")
    assert ssm.get_parameter(Name="/smartroute/dashboard/url")["Parameter"]["Value"] == url
    assert get(f"{url}/health") == (200, {"status": "ok"})
    status, body = get(f"{url}/api/busiest_stops")
    assert (status, body["engine"], body["query"]) == (200, "athena", "busiest_stops")
    assert set(body) == {"engine", "query", "columns", "rows", "milliseconds"}
    assert body["rows"]
    try:
        _switch(ssm, "redshift")
        _until_followed(url, "redshift")
        status, body = get(f"{url}/api/busiest_stops")
        assert (status, body["engine"]) == (502, "redshift")
        assert "no query 'busiest_stops' is published for redshift" in body["error"]
        key = "dashboard/queries/redshift/busiest_stops.sql"
        client("s3").put_object(Bucket=LAKE, Key=key, Body=b"SELECT 'R1' AS stop_id, 2.50 AS trips;")
        status, body = get(f"{url}/api/busiest_stops")
        assert (status, body["engine"], body["rows"]) == (200, "redshift", [["R1", 2.5]])
        _switch(ssm, "bigquery")
        _until_followed(url, "bigquery")
        status, body = get(f"{url}/api/busiest_stops")
        assert (status, "expected athena or redshift" in body["error"]) == (502, True)
    finally:
        _switch(ssm, "athena")


def _switch(ssm, engine):
    ssm.put_parameter(Name="/smartroute/dashboard/engine", Value=engine, Type="String", Overwrite=True)


def _until_followed(url, value):
    """The API uses the parameter's last value for a second."""
    for _ in range(100):
        if _route_of(url) == value:
            return
        time.sleep(0.1)
    raise AssertionError(f"the API never followed {value}")


def _route_of(url):
    try:
        with urllib.request.urlopen(f"{url}/api/busiest_stops") as answer:
            return answer.headers["Engine-Route"]
    except urllib.error.HTTPError as error:
        with error:
            return error.headers["Engine-Route"]


def test_one_stack_a_process(stack):
    with pytest.raises(UsageError, match="already runs"):
        Stack().start()


def test_limits_say_what_follows():
    assert len(limits()) > 20
    assert all(limit.area and limit.what and limit.so for limit in limits())


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SMARTROUTE_REHEARSAL_DIR", str(tmp_path / "state"))
    yield tmp_path / "state"
    daemon.down()


def test_up_and_down_in_the_background(home):
    environ = daemon.up()
    assert daemon.up() == environ == daemon.running()
    script = "import boto3; print(boto3.client('ssm').get_parameter(Name='/smartroute/dashboard/engine'))"
    told = subprocess.run([sys.executable, "-c", script], env={**os.environ, **environ}, capture_output=True, text=True)
    assert "'Value': 'athena'" in told.stdout
    pid = json.loads((home / "state.json").read_text())["pid"]
    assert (home / "state.json").stat().st_mode & 0o077 == 0
    os.kill(pid, 9)
    for _ in range(250):
        if daemon.running() is None:
            break
        time.sleep(0.02)
    assert daemon.running() is None
    assert daemon.down() is False
    assert not home.exists()


def test_a_folder_of_somebody_else_is_neither_used_nor_cleaned(tmp_path, monkeypatch):
    kept = tmp_path / "work" / "records" / "signature.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    for given in (".", str(tmp_path)):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SMARTROUTE_REHEARSAL_DIR", given)
        assert daemon.down() is False
        with pytest.raises(UsageError, match="not a rehearsal's folder: it holds work"):
            daemon.up()
        assert kept.read_text() == "{}"


def test_up_says_why_it_cannot(home, tmp_path):
    with pytest.raises(UsageError, match=r"nothing\.parquet"):
        daemon.up(tmp_path / "nothing.parquet", timeout=60)
    assert daemon.running() is None


def test_a_run_keeps_what_its_stand_ins_cannot_model(stack, tmp_path):
    from smartroute_runbook.runs.run import Run
    from smartroute_runbook.standins.limits import LIMITS

    run = Run.open("rehearsal", "limits", {"aws": {}}, base=tmp_path)
    told = run.journal.entries()[0].body["limits"]
    assert [limit["what"] for limit in told] == [limit.what for limit in LIMITS]
    assert f"in {len(LIMITS)} known ways" in str(run.begin(1).view())


def test_temporary_users_are_the_user_they_name_or_nobody_s_friend(cluster, master, client):
    redshift = client("redshift")

    def who(**credentials):
        with connect(cluster, credentials["DbUser"], credentials["DbPassword"]) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT current_user")
            name = cursor.fetchone()[0]
            cursor.execute("SELECT * FROM guarded.t")
            return name

    with connect(cluster, master["username"], master["password"]) as connection:
        connection.autocommit = True
        connection.cursor().execute("CREATE SCHEMA guarded")
        connection.cursor().execute("CREATE TABLE guarded.t (n int)")
    named = {"ClusterIdentifier": CLUSTER, "DbName": "smartroute"}
    assert who(**redshift.get_cluster_credentials(**named, DbUser=master["username"])) == master["username"]
    for given in (
        redshift.get_cluster_credentials(**named, DbUser="stranger"),
        redshift.get_cluster_credentials_with_iam(**named),
    ):
        with pytest.raises(redshift_connector.Error, match="permission denied for schema guarded"):
            who(**given)


def test_the_data_api_tells_details_and_hints(data_api):
    data_api("CREATE TABLE held (n int)")
    data_api("CREATE VIEW holding AS SELECT n FROM held")
    assert "\n  Hint: Use DROP ... CASCADE" in data_api("DROP TABLE held")["Error"]
