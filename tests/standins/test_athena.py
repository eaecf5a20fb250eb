"""Athena that executes: its life cycle, limits, accounting and clients, over the wire."""

from __future__ import annotations

import io
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.config import Config
from pyathena import connect
from pyathena.error import OperationalError
from pyathena.pandas.cursor import PandasCursor

from smartroute_runbook.standins.athena.engine import AthenaStandIn, PastExecution
from smartroute_runbook.standins.athena.storage.catalog import PARQUET
from smartroute_runbook.standins.process import exported
from smartroute_runbook.standins.stack import StandIns

COLUMNS = {"id": "bigint", "trip_id": "string", "route": "bigint", "delay": "double"}
KEYS = ("year", "month", "day", "hour")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A stand-in of its own: 744 hours of a table, each its own Parquet file."""
    with StandIns(("lake", "results")) as aws:
        aws.plane.athena = stand_in = AthenaStandIn(aws.objects, workers=2, quota=6)
        with exported(aws.environ):
            yield from made(stand_in, aws, tmp_path_factory.mktemp("lake"))
        stand_in.close()


def made(stand_in, aws, folder):
    clients = {name: boto3.Session().client(name) for name in ("s3", "glue", "athena", "cloudwatch")}
    write_lake(clients, aws.objects, folder)
    enforced = {
        "ResultConfiguration": {"OutputLocation": "s3://results/main/"},
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": True,
        "BytesScannedCutoffPerQuery": 10_000_000,
    }
    clients["athena"].create_work_group(Name="main", Configuration=enforced)
    clients["athena"].create_work_group(Name="open", Configuration={"EnforceWorkGroupConfiguration": False})
    yield {**clients, "objects": aws.objects, "stand_in": stand_in}
    for client in clients.values():
        client.close()


def write_lake(clients, objects, folder: Path) -> None:
    rows = """SELECT i AS id, 'trip ' || i % 977 AS trip_id, i % 29 AS route, random() AS delay, 2026 AS year,
        9 AS month,
        1 + (i // 2400) % 31 AS day, (i // 100) % 24 AS hour FROM range(148800) AS t(i)"""
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY ({rows}) TO '{folder}/t' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY ({', '.join(KEYS)}))"
        )
    clients["glue"].create_database(DatabaseInput={"Name": "db"})
    descriptor = {
        **PARQUET,
        "Columns": [{"Name": n, "Type": t} for n, t in COLUMNS.items()],
        "Location": "s3://lake/t/",
    }
    table = {
        "Name": "t",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": name, "Type": "int"} for name in KEYS],
        "StorageDescriptor": descriptor,
    }
    clients["glue"].create_table(DatabaseName="db", TableInput=table)
    partitions = []
    for path in sorted(folder.rglob("*.parquet")):
        name = path.relative_to(folder).as_posix()
        objects.put("lake", name, path)
        place = {**descriptor, "Location": f"s3://lake/{name.rpartition('/')[0]}/"}
        partitions.append(
            {"Values": [step.split("=")[1] for step in name.split("/")[1:-1]], "StorageDescriptor": place}
        )
    for n in range(0, len(partitions), 100):
        clients["glue"].batch_create_partition(
            DatabaseName="db", TableName="t", PartitionInputList=partitions[n : n + 100]
        )


@pytest.fixture
def connection(world):
    with connect(work_group="main", schema_name="db", region_name="us-east-1", poll_interval=0.01) as made:
        yield made


@pytest.fixture
def cursor(connection):
    return connection.cursor()


def start(world, sql, workgroup="main", **more):
    more.setdefault("QueryExecutionContext", {"Database": "db"})
    return world["athena"].start_query_execution(QueryString=sql, WorkGroup=workgroup, **more)["QueryExecutionId"]


def finish(world, execution_id, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = world["athena"].get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]
        if found["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{execution_id} does not end")


# -- clients


def test_default_cursor_gives_typed_rows(cursor):
    cursor.execute(
        "SELECT route, COUNT(*) AS n, 1.5 AS d, DATE '2026-09-01' AS day FROM t WHERE day = 1 GROUP BY route ORDER BY 1"
    )
    first = cursor.fetchone()
    assert first[0] == 0
    assert isinstance(first[1], int)
    assert [c[0] for c in cursor.description] == ["route", "n", "d", "day"]
    assert [c[1] for c in cursor.description] == ["bigint", "bigint", "decimal", "date"]
    assert cursor.output_location.startswith("s3://results/main/")


def test_pages_hold_every_row_once(cursor):
    cursor.arraysize = 1000
    cursor.execute("SELECT id FROM t WHERE day = 3 ORDER BY id")
    ids = [row[0] for row in cursor.fetchall()]
    assert len(ids) == len(set(ids)) == 4800


def test_pandas_cursor_reads_the_result_file(connection):
    frame = connection.cursor(PandasCursor).execute("SELECT route, AVG(delay) AS a FROM t GROUP BY route").as_pandas()
    assert len(frame) == 29
    assert list(frame.columns) == ["route", "a"]


def test_pandas_cursor_in_unload_mode_reads_parquet(world):
    with connect(
        work_group="open",
        schema_name="db",
        region_name="us-east-1",
        s3_staging_dir="s3://results/unload/",
        poll_interval=0.01,
    ) as connection:
        frame = (
            connection.cursor(PandasCursor, unload=True, engine="pyarrow")
            .execute("SELECT id, trip_id FROM t WHERE day = 2")
            .as_pandas()
        )
    assert len(frame) == 4800
    assert frame["id"].dtype == "Int64" or frame["id"].dtype == "int64"


@pytest.mark.parametrize(
    ("sql", "values", "expected"),
    [
        ("SELECT COUNT(*) FROM t WHERE trip_id = ? AND day = ?", ["'trip 5'", "1"], 5),
        ("SELECT CAST(? AS varchar) || ?", ["'it''s'", "'?'"], "it's?"),
        ("SELECT ? + 1", ["DATE '2026-01-01' - DATE '2025-12-31'"], None),
    ],
)
def test_execution_parameters(cursor, sql, values, expected):
    if expected is None:
        with pytest.raises(OperationalError, match="TYPE_MISMATCH"):
            cursor.execute(sql, values, paramstyle="qmark")
        return
    assert cursor.execute(sql, values, paramstyle="qmark").fetchone()[0] == expected


def test_missing_parameters_are_told(cursor):
    with pytest.raises(OperationalError, match="Incorrect number of parameters: expected 1 but found 0"):
        cursor.execute("SELECT ?")


def test_prepared_statements(world, cursor):
    world["athena"].create_prepared_statement(StatementName="one", WorkGroup="main", QueryStatement="SELECT ? + 1")
    assert cursor.execute("EXECUTE one USING 41").fetchone() == (42,)
    found = world["athena"].list_prepared_statements(WorkGroup="main")["PreparedStatements"]
    assert [s["StatementName"] for s in found] == ["one"]
    world["athena"].delete_prepared_statement(StatementName="one", WorkGroup="main")
    with pytest.raises(OperationalError, match="Prepared statement not found"):
        cursor.execute("EXECUTE one USING 41")


# -- life cycle


def test_an_execution_is_described_as_aws_does(world):
    found = finish(world, start(world, "SELECT SUM(delay) FROM t WHERE day = 1"))
    assert found["Status"]["State"] == "SUCCEEDED"
    assert (found["StatementType"], found["SubstatementType"]) == ("DML", "SELECT")
    assert found["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    figures = found["Statistics"]
    parts = ("QueryQueueTimeInMillis", "EngineExecutionTimeInMillis", "ServiceProcessingTimeInMillis")
    assert (
        figures["TotalExecutionTimeInMillis"]
        == sum(figures[p] for p in parts) + figures["ServicePreProcessingTimeInMillis"]
    )
    assert figures["DataScannedInBytes"] > 0
    batch = world["athena"].batch_get_query_execution(QueryExecutionIds=[found["QueryExecutionId"], "no-such-id"])
    assert batch["QueryExecutions"][0]["QueryExecutionId"] == found["QueryExecutionId"]
    assert [u["QueryExecutionId"] for u in batch["UnprocessedQueryExecutionIds"]] == ["no-such-id"]


def test_text_that_does_not_parse_is_refused_at_the_start(world):
    with pytest.raises(world["athena"].exceptions.InvalidRequestException, match="mismatched input"):
        start(world, "SELEC 1")


def test_a_failed_query_tells_why(world):
    found = finish(world, start(world, "SELECT nothing FROM t"))
    assert found["Status"]["State"] == "FAILED"
    assert found["Status"]["StateChangeReason"].startswith("COLUMN_NOT_FOUND: line 1:8: Column 'nothing'")
    assert found["Status"]["AthenaError"]["ErrorCategory"] == 2
    with pytest.raises(world["athena"].exceptions.InvalidRequestException, match="Final query state: FAILED"):
        world["athena"].get_query_results(QueryExecutionId=found["QueryExecutionId"])


SLOW = "SELECT COUNT(*) FROM t a CROSS JOIN t b CROSS JOIN t c WHERE a.delay + b.delay > c.delay"


def test_a_running_query_stops(world):
    execution_id = start(world, SLOW)
    time.sleep(0.2)
    world["athena"].stop_query_execution(QueryExecutionId=execution_id)
    assert finish(world, execution_id)["Status"]["State"] == "CANCELLED"


def test_over_the_quota_is_refused_and_queued_queries_can_be_stopped(world):
    started = [start(world, SLOW) for _ in range(6)]
    hasty = boto3.Session().client("athena", config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(hasty.exceptions.TooManyRequestsException, match="exceeded the limit"):
        hasty.start_query_execution(QueryString="SELECT 1", WorkGroup="main")
    states = [
        world["athena"].get_query_execution(QueryExecutionId=i)["QueryExecution"]["Status"]["State"] for i in started
    ]
    assert "QUEUED" in states
    for execution_id in reversed(started):
        world["athena"].stop_query_execution(QueryExecutionId=execution_id)
    assert {finish(world, i)["Status"]["State"] for i in started} == {"CANCELLED"}


def test_many_clients_at_once(world):
    answers = []

    def ask(day):
        with connect(work_group="main", schema_name="db", region_name="us-east-1", poll_interval=0.02) as connection:
            answers.append(
                (day, connection.cursor().execute(f"SELECT COUNT(*) FROM t WHERE day = {day}").fetchone()[0])
            )

    threads = [threading.Thread(target=ask, args=(day,)) for day in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dict(answers) == dict.fromkeys(range(1, 6), 4800) | dict.fromkeys(range(1, 6), 4800)


def test_a_result_is_used_again_when_asked_to(world):
    reuse = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 5}}
    sql = "SELECT MAX(delay) AS reused FROM t WHERE day = 4"
    first = finish(world, start(world, sql, ResultReuseConfiguration=reuse))
    second = finish(world, start(world, sql, ResultReuseConfiguration=reuse))
    assert not first["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]
    assert second["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]
    assert (first["Statistics"]["DataScannedInBytes"] > 0, second["Statistics"]["DataScannedInBytes"]) == (True, 0)
    rows = [
        world["athena"].get_query_results(QueryExecutionId=e["QueryExecutionId"])["ResultSet"]["Rows"]
        for e in (first, second)
    ]
    assert rows[0] == rows[1]


# -- workgroups


def test_an_enforcing_workgroup_says_where_results_go(world):
    own = {"ResultConfiguration": {"OutputLocation": "s3://lake/elsewhere/"}}
    found = finish(world, start(world, "SELECT 1", **own))
    assert found["ResultConfiguration"]["OutputLocation"].startswith("s3://results/main/")
    found = finish(world, start(world, "SELECT 1", "open", **own))
    assert found["ResultConfiguration"]["OutputLocation"].startswith("s3://lake/elsewhere/")
    with pytest.raises(world["athena"].exceptions.InvalidRequestException, match="No output location provided"):
        start(world, "SELECT 1", "open")


def test_the_scan_limit_cancels(world):
    world["athena"].create_work_group(
        Name="thin",
        Configuration={
            "ResultConfiguration": {"OutputLocation": "s3://results/n/"},
            "BytesScannedCutoffPerQuery": 10_000_000,
        },
    )
    unchecked = boto3.Session().client(
        "athena", config=Config(parameter_validation=False)
    )  # boto3 asks for 10 MB at least
    unchecked.update_work_group(WorkGroup="thin", ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000})
    found = finish(world, start(world, "SELECT SUM(delay) FROM t", "thin"))
    assert found["Status"]["State"] == "CANCELLED"
    assert "Bytes scanned limit was exceeded" in found["Status"]["StateChangeReason"]
    assert finish(world, start(world, "SELECT COUNT(*) FROM t", "thin"))["Status"]["State"] == "SUCCEEDED"
    world["athena"].update_work_group(WorkGroup="thin", ConfigurationUpdates={"RemoveBytesScannedCutoffPerQuery": True})
    assert finish(world, start(world, "SELECT SUM(delay) FROM t", "thin"))["Status"]["State"] == "SUCCEEDED"
    world["athena"].update_work_group(WorkGroup="thin", State="DISABLED")
    with pytest.raises(world["athena"].exceptions.InvalidRequestException, match="disabled"):
        start(world, "SELECT 1", "thin")


def test_metrics_are_published_where_the_workgroup_wants_them(world):
    finish(world, start(world, "SELECT SUM(delay) FROM t"))
    time.sleep(0.1)
    found = world["cloudwatch"].get_metric_statistics(
        Namespace="AWS/Athena",
        MetricName="ProcessedBytes",
        Dimensions=[
            {"Name": "QueryState", "Value": "SUCCEEDED"},
            {"Name": "QueryType", "Value": "DML"},
            {"Name": "WorkGroup", "Value": "main"},
        ],
        StartTime=datetime.now(UTC) - timedelta(minutes=10),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )
    assert sum(point["Sum"] for point in found["Datapoints"]) > 0


# -- history


def test_a_long_history_lists_newest_first_in_pages_of_fifty(world):
    now = datetime.now(UTC)
    world["athena"].create_work_group(Name="busy", Configuration={})
    world["stand_in"].seed_history(
        PastExecution(
            "SELECT 1",
            "busy",
            "db",
            now - timedelta(minutes=n),
            900,
            100,
            5_000_000,
            "SUCCEEDED" if n % 9 else "FAILED",
        )
        for n in range(100_000)
    )
    ids, token, pages = [], {}, 0
    started = time.monotonic()
    while pages < 200:
        page = world["athena"].list_query_executions(WorkGroup="busy", **token)
        ids += page["QueryExecutionIds"]
        pages += 1
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert len(ids) == len(set(ids)) == 10_000
    assert (time.monotonic() - started) / pages < 0.1
    batch = world["athena"].batch_get_query_execution(QueryExecutionIds=ids[:50])["QueryExecutions"]
    times = [e["Status"]["SubmissionDateTime"] for e in batch]
    assert times == sorted(times, reverse=True)
    assert batch[1]["Statistics"]["TotalExecutionTimeInMillis"] == 1000
    with pytest.raises(world["athena"].exceptions.InvalidRequestException, match="maximum allowed length 50"):
        world["athena"].list_query_executions(WorkGroup="busy", MaxResults=51)
    with pytest.raises(world["athena"].exceptions.InvalidRequestException, match="NextToken"):
        world["athena"].list_query_executions(WorkGroup="busy", NextToken="nonsense")


def test_executions_older_than_45_days_are_gone(world):
    now = datetime.now(UTC)
    world["athena"].create_work_group(Name="old", Configuration={})
    world["stand_in"].seed_history(
        PastExecution("SELECT 1", "old", "db", now - timedelta(days=days), 1, 1, 1, "SUCCEEDED")
        for days in (44, 46, 60)
    )
    page = world["athena"].list_query_executions(WorkGroup="old")
    assert len(page["QueryExecutionIds"]) == 1
    assert "NextToken" not in page


# -- bytes


def chunks(world, columns, where="true"):
    """Compressed bytes of column chunks by the footers, of the files whose partition fits."""
    paths = [str(world["objects"].local(o.bucket, o.key)) for o in world["objects"].list("lake", "t/")]
    with duckdb.connect() as connection:
        found = connection.execute(
            f"""SELECT COALESCE(SUM(total_compressed_size), 0) FROM parquet_metadata({paths}) m
            JOIN (SELECT DISTINCT filename, day, hour FROM read_parquet({paths}, filename = true)) f
            ON m.file_name = f.filename WHERE list_contains({columns}, path_in_schema) AND ({where})"""
        ).fetchone()
    return int(found[0])


@pytest.mark.parametrize(
    ("sql", "columns", "where", "times"),
    [
        ("SELECT COUNT(*) FROM t", [""], "true", 1),
        ("SELECT COUNT(*) FROM t WHERE day = 3", [""], "true", 1),
        ("SELECT SUM(delay) FROM t", ["delay"], "true", 1),
        (
            "SELECT SUM(delay) FROM t WHERE day = 3 AND hour BETWEEN 2 AND 5",
            ["delay"],
            "day = 3 AND hour BETWEEN 2 AND 5",
            1,
        ),
        ("SELECT COUNT(*) FROM t WHERE route = 3 AND day < 3", ["route"], "day < 3", 1),
        ("SELECT * FROM t WHERE day = 1", ["id", "trip_id", "route", "delay"], "day = 1", 1),
        (
            "SELECT trip_id FROM t WHERE CAST(day AS varchar) || '/' || CAST(hour AS varchar) = '4/7'",
            ["trip_id"],
            "day = 4 AND hour = 7",
            1,
        ),
        ("SELECT COUNT(*) FROM t a JOIN t b ON a.id = b.id WHERE a.day = 1 AND b.day = 1", ["id"], "day = 1", 2),
        (
            "WITH x AS (SELECT id FROM t WHERE day = 2) SELECT COUNT(*) FROM x a JOIN x b ON a.id = b.id",
            ["id"],
            "day = 2",
            2,
        ),
        ("SELECT route FROM t WHERE day = 5 ORDER BY delay DESC LIMIT 3", ["route", "delay"], "day = 5", 1),
        ('SELECT "$path" FROM t WHERE day = 5', [""], "true", 1),
        ("EXPLAIN SELECT SUM(delay) FROM t", [""], "true", 1),
    ],
)
def test_scanned_bytes_are_those_of_the_column_chunks(world, cursor, sql, columns, where, times):
    cursor.execute(sql)
    assert cursor.data_scanned_in_bytes == chunks(world, columns, where) * times


def test_large_results_lie_in_a_file_and_are_read_as_others(world, cursor):
    cursor.execute(
        "SELECT id, trip_id, trip_id || 'x' || CAST(id AS varchar) AS wide FROM t a CROSS JOIN (VALUES 1, 2, 3) v(k)"
    )
    held = list(Path(world["stand_in"]._spill.name).iterdir())
    assert [path.name for path in held] == [cursor.query_id]
    assert len(cursor.fetchmany(2500)) == 2500
    again = world["athena"].get_query_results(QueryExecutionId=cursor.query_id, MaxResults=2)["ResultSet"]["Rows"]
    assert again[0]["Data"][2] == {"VarCharValue": "wide"}


# -- catalogue


def test_metadata_comes_from_glue(world):
    listed = world["athena"].list_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="db")["TableMetadataList"]
    table = next(t for t in listed if t["Name"] == "t")
    assert {c["Name"]: c["Type"] for c in table["Columns"]} == COLUMNS
    assert [k["Name"] for k in table["PartitionKeys"]] == list(KEYS)
    names = [d["Name"] for d in world["athena"].list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]]
    assert {"db", "default"} <= set(names)


def test_path_is_hidden_from_a_star_and_there_when_asked_for(cursor):
    cursor.execute("SELECT * FROM t LIMIT 1")
    assert [c[0] for c in cursor.description] == [*COLUMNS, *KEYS]
    path = cursor.execute('SELECT "$path", * FROM t WHERE day = 1 AND hour = 2 LIMIT 1').fetchone()[0]
    assert path.startswith("s3://lake/t/year=2026/month=9/day=1/hour=2/")


def test_unload_writes_parquet_and_a_manifest(world, cursor):
    cursor.execute(
        "UNLOAD (SELECT id, delay, SUM(route) OVER () AS s, day, hour FROM t WHERE day IN (1, 2)) TO 's3://lake/out/'"
        " WITH (format = 'PARQUET', compression = 'SNAPPY', partitioned_by = ARRAY['day', 'hour'])"
    )
    keys = [o.key for o in world["objects"].list("lake", "out/")]
    assert len(keys) == 48
    stem = cursor.output_location.removeprefix("s3://results/").removesuffix(".csv")
    manifest = world["s3"].get_object(Bucket="results", Key=f"{stem}-manifest.csv")["Body"].read().decode()
    assert sorted(manifest.split()) == [f"s3://lake/{key}" for key in keys]
    with duckdb.connect() as connection:
        path = world["objects"].local("lake", keys[0])
        found = connection.execute(
            f"DESCRIBE SELECT * FROM read_parquet('{path}', hive_partitioning = false)"
        ).fetchall()
    assert [(row[0], row[1]) for row in found] == [("id", "BIGINT"), ("delay", "DOUBLE"), ("s", "BIGINT")]


def test_views_are_read_by_other_queries_and_are_shown(cursor):
    cursor.execute('CREATE VIEW first_day AS SELECT id AS "Id", delay FROM t WHERE day = 1')
    assert cursor.execute("SELECT COUNT(id) FROM first_day").fetchone() == (4800,)
    assert cursor.execute("SHOW VIEWS").fetchall() == [("first_day",)]
    assert "WHERE day = 1" in cursor.execute("SHOW CREATE VIEW first_day").fetchall()[1][0]
    cursor.execute("DROP VIEW first_day")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'", '7,"a,b"\n,"O\'Neil"\n'),
        ("ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' STORED AS TEXTFILE", "7|a,b\n|O'Neil\n"),
        ("", "7\x01a,b\n\x01O'Neil\n"),
        (
            "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'",
            '{"N": "7", "s": "a,b"}\n{"n": "", "s": "O\'Neil"}\n',
        ),
    ],
)
def test_a_table_made_over_text_is_read_by_its_format(world, cursor, form, text, tmp_path):
    header = "" if "json" in form else "n,s\n"
    (tmp_path / "rows").write_text(header + text)
    world["objects"].put("lake", "text/rows", tmp_path / "rows")
    skip = "TBLPROPERTIES ('skip.header.line.count' = '1')" if header else ""
    cursor.execute(f"CREATE EXTERNAL TABLE texts (n string, s string) {form} LOCATION 's3://lake/text/' {skip}")
    try:
        rows = cursor.execute("SELECT n, s FROM texts").fetchall()
    finally:
        cursor.execute("DROP TABLE texts")
    assert sorted(rows) == [("", "O'Neil"), ("7", "a,b")]


OPEN_CSV = "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'"
OPENX = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"
DELIMITED = "ROW FORMAT DELIMITED FIELDS TERMINATED BY ','"
NONE = (None, None)


@pytest.mark.parametrize(
    ("form", "text", "wanted"),
    [
        (DELIMITED, b"1,a\r\n2,b\r3,c\n", [("1", "a"), ("2", "b"), ("3", "c")]),
        (DELIMITED, "\ufeff1,a\n".encode(), [("1", "a")]),
        (DELIMITED, b"1,a\n\n2,\n", [("1", "a"), ("", None), ("2", "")]),  # an empty line is a row
        (OPEN_CSV, b'1,"a"\r\n\n2,"b,""c"\r\n', [("1", "a"), NONE, ("2", 'b,"c')]),
        (OPENX + " WITH SERDEPROPERTIES ('ignore.malformed.json' = 'TRUE', 'paths' = 'n,s')",
         b'{"n": 1, "s": "a"}\r\nno\n', [("1", "a"), NONE]),
        (DELIMITED, b"1,a\n", [("1", "a")]),
    ],
)  # fmt: skip
def test_lines_of_text_are_rows_as_trino_reads_them(world, cursor, form, text, wanted, tmp_path):
    (tmp_path / "rows").write_bytes(text)
    world["objects"].put("lake", "text/rows", tmp_path / "rows")
    cursor.execute(f"CREATE EXTERNAL TABLE texts (n string, s string) {form} LOCATION 's3://lake/text/'")
    try:
        assert Counter(cursor.execute("SELECT n, s FROM texts").fetchall()) == Counter(wanted)
    finally:
        cursor.execute("DROP TABLE texts")


@pytest.mark.parametrize(
    ("form", "named"),
    [
        (OPENX + " WITH SERDEPROPERTIES ('mapping.n' = 'theN')", "mapping.n"),
        (OPENX + " WITH SERDEPROPERTIES ('dots.in.keys' = 'TRUE')", "dots.in.keys"),
        (OPENX + " WITH SERDEPROPERTIES ('case.insensitive' = 'FALSE')", "case.insensitive"),
        (DELIMITED + " TBLPROPERTIES ('skip.footer.line.count' = '1')", "skip.footer.line.count"),
        (DELIMITED + " TBLPROPERTIES ('use.null.for.invalid.data' = 'true')", "use.null.for.invalid.data"),
        (OPEN_CSV, "a line of OpenCSVSerde"),  # quotes that end in another line, which Athena does not join
    ],
)
def test_an_option_that_is_not_modelled_is_refused_and_never_read_past(world, cursor, form, named, tmp_path):
    (tmp_path / "rows").write_bytes(b'1,"a\nb"\n')
    world["objects"].put("lake", "text/rows", tmp_path / "rows")
    properties = form.partition(" TBLPROPERTIES ")
    made = f"{properties[0]} LOCATION 's3://lake/text/' {' '.join(properties[1:])}"
    cursor.execute(f"CREATE EXTERNAL TABLE texts (n string, s string) {made}")
    try:
        with pytest.raises(OperationalError, match=f"not rehearsable: .*{named}"):
            cursor.execute("SELECT n, s FROM texts")
    finally:
        cursor.execute("DROP TABLE texts")


def test_a_struct_of_which_a_file_has_no_field_is_not_rehearsable(world, cursor, tmp_path):
    pq.write_table(pa.table({"s": [{"a": 1}]}), tmp_path / "rows")
    world["objects"].put("lake", "structs/rows", tmp_path / "rows")
    cursor.execute("CREATE EXTERNAL TABLE structs (s struct<b:int>) STORED AS PARQUET LOCATION 's3://lake/structs/'")
    try:
        with pytest.raises(OperationalError, match="not rehearsable: a struct of which a file has none of the fields"):
            cursor.execute("SELECT s FROM structs")
    finally:
        cursor.execute("DROP TABLE structs")


def test_a_format_that_cannot_be_read_is_refused_by_name(cursor):
    with pytest.raises(OperationalError, match=r"not rehearsable: .*RegexSerDe"):
        cursor.execute(
            "CREATE EXTERNAL TABLE texts (n string) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe' "
            "WITH SERDEPROPERTIES ('input.regex' = '(.*)') LOCATION 's3://lake/text/'"
        )


def test_a_table_s_entry_is_altered(world, cursor):
    cursor.execute("CREATE EXTERNAL TABLE texts (n string) LOCATION 's3://lake/text/'")
    try:
        cursor.execute("ALTER TABLE `db`.`texts` SET TBLPROPERTIES ('skip.header.line.count' = '1', 'a' = 'b')")
        cursor.execute("ALTER TABLE texts ADD COLUMNS (s string, l array<int>)")
        with pytest.raises(OperationalError, match="Duplicate column name s"):
            cursor.execute("ALTER TABLE texts ADD COLUMNS (S int)")
        table = world["glue"].get_table(DatabaseName="db", Name="texts")["Table"]
        assert {"skip.header.line.count": "1", "a": "b"}.items() <= table["Parameters"].items()
        assert [(c["Name"], c["Type"]) for c in table["StorageDescriptor"]["Columns"]] == [
            ("n", "string"), ("s", "string"), ("l", "array<int>"),
        ]  # fmt: skip
        cursor.execute("ALTER TABLE texts REPLACE COLUMNS (other bigint)")
        assert cursor.execute("SHOW COLUMNS IN texts").fetchall() == [("other",)]
        with pytest.raises(OperationalError, match="not rehearsable"):
            cursor.execute("ALTER TABLE texts RENAME TO other_texts")
    finally:
        cursor.execute("DROP TABLE texts")


def test_a_parquet_file_is_read_under_the_tables_types_and_the_registered_values(world, cursor):
    """Bounded texts are cut, bytes without a mark are text, a file's own partition column is not read."""
    glue, s3 = world["glue"], world["s3"]
    columns = {"raw": "string", "code": "varchar(2)", "fixed": "char(3)", "bytes": "binary"}
    where = {**PARQUET, "Columns": [{"Name": n, "Type": t} for n, t in columns.items()], "Location": "s3://lake/odd/"}
    keys = [{"Name": "region", "Type": "string"}]
    table = {"Name": "odd", "TableType": "EXTERNAL_TABLE", "PartitionKeys": keys, "StorageDescriptor": where}
    glue.create_table(DatabaseName="db", TableInput=table)
    out = io.BytesIO()
    values = {"raw": [b"\xc3\xa9"], "code": ["éabc"], "fixed": ["a  b"], "bytes": ["é"], "region": ["of the file"]}
    pq.write_table(pa.table(values), out)
    for value in ("null", "NULL", "eu"):
        s3.put_object(Bucket="lake", Key=f"odd/region={value}/a.parquet", Body=out.getvalue())
        place = {**where, "Location": f"s3://lake/odd/region={value}/"}
        glue.create_partition(
            DatabaseName="db", TableName="odd", PartitionInput={"Values": [value], "StorageDescriptor": place}
        )
    cursor.execute("SELECT raw, code, rtrim(CAST(fixed AS varchar)), to_hex(bytes), region FROM odd ORDER BY region")
    read = ("é", "éa", "a", "C3A9")
    assert cursor.fetchall() == [(*read, "NULL"), (*read, "eu"), (*read, "null")]
