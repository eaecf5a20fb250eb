"""The stand-ins by themselves: real clients, any project, nothing of SmartRoute and nothing of this process changed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import boto3
import pyathena
import pytest
import redshift_connector

from smartroute_runbook.errors import UsageError

PROJECT = '''
"""A project that has nothing to do with SmartRoute."""
import os

import boto3
import pyathena
import pytest

BEFORE = dict(os.environ)


@pytest.mark.parametrize("attempt", (1, 2))  # the second finds nothing of the first
def test_both_engines_answer(standins, attempt):
    s3, glue = standins.client("s3"), standins.client("glue")
    s3.create_bucket(Bucket="shop")
    glue.create_database(DatabaseInput={"Name": "shop"})
    with pyathena.connect(s3_staging_dir="s3://shop/results/", **standins.client_options) as athena:
        cursor = athena.cursor()
        cursor.execute(
            "CREATE TABLE shop.orders WITH (external_location = 's3://shop/orders/', format = 'PARQUET') AS "
            "SELECT 1 AS id, DECIMAL '12.50' AS price UNION ALL SELECT 2, DECIMAL '7.25'"
        )
        cursor.execute("SELECT approx_distinct(id), sum(price), 7 / 2 FROM shop.orders")
        assert cursor.fetchall()[0][0] == 2
    with standins.connect() as redshift:
        cursor = redshift.cursor()
        cursor.execute("CREATE TABLE orders (id INTEGER, price DECIMAL(4, 2)) DISTKEY (id)")
        cursor.execute("COPY orders FROM 's3://shop/orders/' IAM_ROLE 'arn:aws:iam::123456789012:role/any' PARQUET")
        cursor.execute("SELECT sum(price), 100.0 * 2 / 3 FROM orders")
        assert [str(value) for value in cursor.fetchone()] == ["19.75", "66.666666666666"]
    assert boto3.session.Session().get_credentials() is None
    for name in ("AWS_ENDPOINT_URL", "SSL_CERT_FILE"):
        assert os.environ.get(name) == BEFORE.get(name)


def test_code_that_reads_the_environment(standins_environ):
    assert boto3.Session().client("sts").get_caller_identity()["Arn"].endswith("user/standins")
'''


@pytest.fixture(scope="module")
def clean():
    """An environment without anybody's AWS settings, and without this project's."""
    dropped = ("AWS_", "SMARTROUTE_", "SSL_CERT_FILE", "PYTEST_", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def test_a_project_of_its_own_tests_its_sql_offline(tmp_path, clean):
    (tmp_path / "test_shop.py").write_text(PROJECT)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:nbval", "-p", "no:cacheprovider", "test_shop.py"]
    done = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_they_load_nothing_of_the_product_but_errors_and_facts(tmp_path, clean):
    script = """
        import os, sys
        before = dict(os.environ)
        from smartroute_runbook.standins.stack import StandIns
        with StandIns() as aws:
            aws.client("s3").create_bucket(Bucket="any")
            aws.athena.executions.billed_bytes()
            with aws.connect() as redshift:
                redshift.cursor().execute("SELECT 1")
        assert dict(os.environ) == before
        rooms = {name.split(".")[1] for name in sys.modules if name.startswith("smartroute_runbook.")}
        print(sorted(rooms))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['data_files', 'errors', 'sqlfacts', 'standins']"


def test_one_at_a_time(standins):
    from smartroute_runbook.standins.stack import StandIns

    with pytest.raises(UsageError, match="already runs in this process"):
        StandIns().start()


def test_a_reset_forgets_everything_and_keeps_addresses_and_credentials(standins, tmp_path):
    (tmp_path / "a.txt").write_text("one")
    options, environ, connection = standins.client_options, standins.environ, standins.connection
    s3 = boto3.Session().client("s3", **options)
    s3.create_bucket(Bucket="mine")
    assert standins.put_folder("mine", tmp_path, "x/") == 1
    assert s3.get_object(Bucket="mine", Key="x/a.txt")["Body"].read() == b"one"
    with standins.connect() as redshift:
        redshift.cursor().execute("CREATE TABLE t (a INTEGER)")
        redshift.commit()
    with pyathena.connect(s3_staging_dir="s3://mine/", **options) as athena:
        athena.cursor().execute("SELECT 1")
    standins.reset()
    assert (options, environ, connection) == (standins.client_options, standins.environ, standins.connection)
    assert s3.list_buckets()["Buckets"] == []
    assert not standins.athena.executions.billed_bytes()
    with standins.connect() as redshift, pytest.raises(redshift_connector.Error, match='relation "t" does not exist'):
        redshift.cursor().execute("SELECT * FROM t")
    s3.close()


def test_a_fault_reaches_into_both_engines_and_ends_with_the_reset(standins):
    from smartroute_runbook.standins.faults.schedule import FaultRule, Faults

    standins.gateway.fault = Faults(FaultRule("error", "redshift-query"), FaultRule("error", "athena-query"))
    standins.client("s3").create_bucket(Bucket="mine")
    with standins.connect() as redshift, pytest.raises(redshift_connector.Error, match="internal error"):
        redshift.cursor().execute("SELECT 1")
    options = standins.client_options
    with pyathena.connect(s3_staging_dir="s3://mine/", **options) as athena, pytest.raises(pyathena.OperationalError):
        athena.cursor().execute("SELECT 1")
    standins.reset()
    with standins.connect() as redshift:
        redshift.cursor().execute("SELECT 1")


def test_an_operation_that_is_not_there_says_so(standins):
    with pytest.raises(Exception, match="not rehearsable: athena:ListEngineVersions"):
        standins.client("athena").list_engine_versions()
