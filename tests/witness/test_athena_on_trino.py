"""Athena's API with a real Trino behind it: what Trino reads and writes through the stand-ins' Glue and S3.

``TRINO_URL`` names a Trino that takes catalogs at run time; ``TRINO_URL=start`` starts one (``make witness-trino``), of
the version that ``TRINO_VERSION`` names.
Elsewhere the tests are skipped: the product needs no Java.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from smartroute_runbook.errors import UsageError
from smartroute_runbook.standins.athena.storage.catalog import PARQUET
from smartroute_runbook.standins.athena.trino.lake import TrinoLake
from smartroute_runbook.standins.stack import StandIns
from witness.trino.server import LAKE, hive, running

URL, VERSION = os.environ.get("TRINO_URL", ""), os.environ.get("TRINO_VERSION", LAKE)
ROLE = "arn:aws:iam::123456789012:role/any"
needs_trino = pytest.mark.skipif(not URL, reason="needs a real Trino: TRINO_URL=start (JDK 17, Maven)")


@pytest.fixture(scope="module")
def aws():
    with ExitStack() as opened:
        started = URL == "start"
        url = opened.enter_context(running(VERSION, plugins=[hive(VERSION)])) if started else URL
        stand_ins = opened.enter_context(StandIns(("lake", "results"), trino=url))
        made(stand_ins)
        yield stand_ins


def made(stand_ins):
    """A partitioned table of 40 rows, and a workgroup with a limit."""
    for hour in range(4):
        rows = pa.table({"id": pa.array(range(10), pa.int64()), "name": [f"trip {n} é" for n in range(10)]})
        path = stand_ins.work_dir / f"{hour}.parquet"
        pq.write_table(rows, path)
        stand_ins.objects.put("lake", f"trips/hour={hour}/part-0.parquet", path)
    glue = stand_ins.client("glue")
    glue.create_database(DatabaseInput={"Name": "city"})
    columns = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]
    table = {
        "Name": "trips", "TableType": "EXTERNAL_TABLE", "PartitionKeys": [{"Name": "hour", "Type": "int"}],
        "StorageDescriptor": {**PARQUET, "Columns": columns, "Location": "s3://lake/trips/"},
    }  # fmt: skip
    glue.create_table(DatabaseName="city", TableInput=table)
    stand_ins.client("athena").create_work_group(
        Name="little", Configuration={"BytesScannedCutoffPerQuery": 10_000_000, "EnforceWorkGroupConfiguration": False}
    )
    assert ended(stand_ins, "MSCK REPAIR TABLE trips")["Status"]["State"] == "SUCCEEDED"


def started(stand_ins, sql, **options):
    return stand_ins.client("athena").start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": "city"},
        ResultConfiguration={"OutputLocation": "s3://results/out/"},
        **options,
    )["QueryExecutionId"]


def ended(stand_ins, sql, **options):
    name = started(stand_ins, sql, **options)
    deadline = time.monotonic() + 60
    while True:
        found = stand_ins.client("athena").get_query_execution(QueryExecutionId=name)["QueryExecution"]
        if found["Status"]["State"] not in {"QUEUED", "RUNNING"} or time.monotonic() > deadline:
            return found


def rows(stand_ins, sql, **options):
    execution = ended(stand_ins, sql, **options)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    page = stand_ins.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    return [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in page["ResultSet"]["Rows"][1:]]


@needs_trino
def test_the_lake_is_read_through_glue_and_s3_with_its_partitions(aws):
    assert rows(aws, "SELECT hour, count(*), max(name) FROM trips WHERE hour > 1 GROUP BY 1 ORDER BY 1") == [
        ("2", "10", "trip 9 é"),
        ("3", "10", "trip 9 é"),
    ]
    one, all_ = (
        ended(aws, f"SELECT sum(id) FROM trips {which}")["Statistics"]["DataScannedInBytes"]
        for which in ("WHERE hour = 1", "")
    )
    assert all_ == 4 * one > 0
    path = rows(aws, 'SELECT DISTINCT "$path" FROM awsdatacatalog.city.trips WHERE hour = 3')
    assert path == [("s3://lake/trips/hour=3/part-0.parquet",)]


@needs_trino
def test_values_are_shown_as_athena_shows_them(aws):
    sql = """SELECT 1e10, REAL '1.1', DECIMAL '1.50', true, CAST(NULL AS integer), X'0aff', ARRAY[1.5, NULL],
        MAP(ARRAY['a'], ARRAY[ARRAY[true]]), CAST(ROW(1, 'x') AS ROW(a int, b varchar)), nan(), ? || 'b',
        TIMESTAMP '2026-01-01 00:00:00.123456', TIMESTAMP '2026-07-01 12:00:00 America/New_York'"""
    (found,) = rows(aws, sql, ExecutionParameters=["'a'"])
    shown = ("1.0E10", "1.1", "1.50", "true", None, "0a ff", "[1.5, null]", "{a=[true]}", "{a=1, b=x}", "NaN", "ab")
    assert found == (*shown, "2026-01-01 00:00:00.123456", "2026-07-01 12:00:00 America/New_York")


@needs_trino
def test_trino_s_errors_are_the_execution_s_and_grammar_is_refused_at_once(aws):
    status = ended(aws, "SELECT nope\nFROM trips")["Status"]
    assert status["StateChangeReason"] == "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"
    assert status["AthenaError"]["ErrorCategory"] == 2
    with pytest.raises(ClientError, match="line 1:8: mismatched input 'FROM'"):
        started(aws, "SELECT FROM WHERE")
    reason = ended(aws, "UNLOAD (SELECT id,\n nope FROM trips) TO 's3://lake/bad/' WITH (format = 'PARQUET')")["Status"]
    assert reason["StateChangeReason"].startswith("COLUMN_NOT_FOUND: line 2:2:")
    assert not aws.objects.list("lake", "bad/")


TYPES = {
    "i": ("integer", "int", "7"), "bi": ("bigint", "bigint", "9007199254740993"), "x": ("double", "float8", "0.1"),
    "r": ("real", "real", "REAL '1.1'"), "d": ("decimal(10,2)", "decimal(10,2)", "12.34"),
    "dd": ("decimal(38,10)", "decimal(38,10)", "-12345678901234567890.1234567890"), "b": ("boolean", "boolean", "true"),
    "s": ("varchar", "varchar(20)", "'Größe'"), "z": ("varchar", "varchar(5)", "NULL"),
    "da": ("date", "date", "DATE '1969-12-31'"),
    "t": ("timestamp(3)", "timestamp", "TIMESTAMP '1969-12-31 23:59:59.999'"),
    "far": ("timestamp(3)", "timestamp", "TIMESTAMP '9999-12-31 23:59:59.999'"),
}  # fmt: skip


@needs_trino
def test_what_trino_unloads_is_loaded_by_copy_with_every_type(aws):
    items = ", ".join(f"CAST({value} AS {kind}) AS {name}" for name, (kind, _, value) in TYPES.items())
    assert (
        ended(aws, f"UNLOAD (SELECT {items}) TO 's3://lake/types/' WITH (format = 'PARQUET')")["Status"]["State"]
        == "SUCCEEDED"
    )
    (info,) = aws.objects.list("lake", "types/")
    schema = pq.read_metadata(aws.objects.local("lake", info.key)).schema
    stored = {schema.column(n).name: schema.column(n).physical_type for n in range(len(schema))}
    assert (stored["t"], stored["d"]) == ("INT96", "FIXED_LEN_BYTE_ARRAY")  # as Trino writes for Hive
    compared = [name for name in TYPES if name not in {"r", "x", "b"}]
    texts = ", ".join(f"CAST({name} AS varchar)" for name in compared)
    # The driver compares texts; floating point by its bits.
    with aws.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE types (" + ", ".join(f"{n} {kind}" for n, (_, kind, _) in TYPES.items()) + ")")
        cursor.execute(f"COPY types FROM 's3://lake/types/' IAM_ROLE '{ROLE}' FORMAT AS PARQUET")
        cursor.execute(f"SELECT {texts} FROM types")
        (loaded,) = cursor.fetchall()
        cursor.execute("SELECT x = 0.1::float8, r = 1.1::real, b FROM types")
        assert cursor.fetchall() == ([True, True, True],)
    (asked,) = rows(aws, f"SELECT {texts} FROM (SELECT {items})")
    assert tuple(loaded) == asked


@needs_trino
def test_partitions_tables_and_views_that_trino_writes_are_glue_s(aws):
    made = "CREATE TABLE mine WITH (format = 'PARQUET', partitioned_by = ARRAY['hour']) AS SELECT id, hour FROM trips"
    assert ended(aws, made)["Status"]["State"] == "SUCCEEDED"
    table = aws.client("glue").get_table(DatabaseName="city", Name="mine")["Table"]
    assert (table["TableType"], table["Parameters"]["classification"]) == ("EXTERNAL_TABLE", "parquet")
    assert rows(aws, "SELECT hour, sum(id) FROM mine GROUP BY 1 ORDER BY 1") == [(str(n), "45") for n in range(4)]
    assert ended(aws, "INSERT INTO mine VALUES (1, 99)")["Status"]["State"] == "SUCCEEDED"
    assert len(aws.client("glue").get_partitions(DatabaseName="city", TableName="mine")["Partitions"]) == 5
    assert (
        ended(aws, "CREATE OR REPLACE VIEW few AS SELECT id FROM mine WHERE hour = 99")["Status"]["State"]
        == "SUCCEEDED"
    )
    assert rows(aws, "SELECT * FROM few") == [("1",)]
    assert ended(aws, "DELETE FROM mine WHERE hour = 99")["Status"]["State"] == "FAILED"  # Trino would drop a partition
    databases = [one["Name"] for one in aws.client("glue").get_databases()["DatabaseList"]]
    assert databases == ["city"]  # what UNLOAD needs for a moment is elsewhere


@needs_trino
def test_the_workgroup_s_limit_and_a_stop_end_a_query(aws):
    numbers = np.random.default_rng(1).integers(0, 2**62, 2_000_000)
    path = aws.work_dir / "big.parquet"
    pq.write_table(pa.table({"n": numbers}), path, use_dictionary=False)
    aws.objects.put("lake", "big/part-0.parquet", path)
    assert (
        ended(aws, "CREATE EXTERNAL TABLE big (n bigint) STORED AS PARQUET LOCATION 's3://lake/big/'")["Status"][
            "State"
        ]
        == "SUCCEEDED"
    )
    assert ended(aws, "SELECT sum(id) FROM trips", WorkGroup="little")["Status"]["State"] == "SUCCEEDED"
    over = ended(aws, "SELECT max(n) FROM big", WorkGroup="little")
    assert (over["Status"]["State"], over["Status"]["StateChangeReason"]) == (
        "CANCELLED",
        "Bytes scanned limit was exceeded",
    )
    assert over["Statistics"]["DataScannedInBytes"] == 10_000_000  # which Athena bills
    assert rows(aws, "SELECT max(n) FROM big") == [(str(numbers.max()),)]
    slow = started(aws, "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x), UNNEST(sequence(1, 10000)) b(y), trips")
    aws.client("athena").stop_query_execution(QueryExecutionId=slow)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state = aws.client("athena").get_query_execution(QueryExecutionId=slow)["QueryExecution"]["Status"]["State"]
        if state not in {"QUEUED", "RUNNING"}:
            break
    assert state == "CANCELLED"


@needs_trino
def test_a_trino_that_another_rehearsal_uses_is_refused(aws):
    with pytest.raises(UsageError, match="another rehearsal uses it"):
        TrinoLake(aws.athena.trino.url, aws.client_options)
    assert rows(aws, "SELECT count(*) FROM trips") == [("40",)]


def test_an_address_without_a_trino_is_refused_in_a_sentence():
    for url, words in (
        ("http://127.0.0.1:9", "No Trino answers at http"),
        ("localhost:80", "is no address of a Trino"),
    ):
        with pytest.raises(UsageError, match=words):
            TrinoLake(url, {})
