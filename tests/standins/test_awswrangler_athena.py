"""AWS SDK for pandas (awswrangler) against the stand-ins: its Athena, Glue and S3 functions as its tutorials use them.

What does not apply (Iceberg, and why) is in ``docs/rehearsal.md``.
"""

from __future__ import annotations

import pandas as pd
import pytest

from smartroute_runbook.rehearsal.smartroute_account import DATABASE, LAKE, RESULTS, WORKGROUP

wr = pytest.importorskip("awswrangler", reason="awswrangler is not installed")

OUTPUT = f"s3://{RESULTS}/awswrangler/"
HOME = f"s3://{LAKE}/awswrangler/"
FRAME = pd.DataFrame({"id": [1, 2, 3], "name": ["a", "b", None], "value": [0.5, 1.5, 2.5], "year": [2025, 2025, 2026]})
# awswrangler asks boto3 and pandas for what they will drop.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def database(stack):
    """A database with one table, written by awswrangler itself."""
    wr.config.athena_query_wait_polling_delay = 0.02
    stack.client("athena").create_work_group(
        Name="wrangler",
        Configuration={
            "EnforceWorkGroupConfiguration": False,
            "ResultConfiguration": {"OutputLocation": OUTPUT},
        },
    )
    wr.catalog.create_database("wrangler")
    written = wr.s3.to_parquet(
        FRAME, path=f"{HOME}trips/", dataset=True, database="wrangler", table="trips", partition_cols=["year"]
    )
    assert len(written["paths"]) == 2
    yield "wrangler"
    wr.config.reset("athena_query_wait_polling_delay")


@pytest.mark.parametrize(
    "options",
    [
        {"ctas_approach": True},
        {"ctas_approach": False},
        {"ctas_approach": False, "unload_approach": True, "s3_output": f"{OUTPUT}unload/"},
    ],
    ids=["ctas", "csv", "unload"],
)
def test_read_sql_query(database, options):
    frame = wr.athena.read_sql_query(
        "SELECT id, name, value, year FROM trips WHERE id > 1 ORDER BY id",
        database=database, workgroup="wrangler", **options,
    )  # fmt: skip
    assert frame.sort_values("id")["value"].tolist() == [1.5, 2.5]
    assert frame.sort_values("id")["name"].isna().tolist() == [False, True]


def test_read_sql_query_in_chunks_and_with_parameters(database):
    chunks = wr.athena.read_sql_query(
        "SELECT * FROM trips", database=database, workgroup="wrangler", ctas_approach=False, chunksize=2
    )
    assert sorted(len(chunk) for chunk in chunks) == [1, 2]
    for style, values in (("named", {"least": 2}), ("qmark", ["2"])):
        sql = "SELECT id FROM trips WHERE id >= " + (":least" if style == "named" else "?")
        frame = wr.athena.read_sql_query(
            sql, database=database, workgroup="wrangler", ctas_approach=False, params=values, paramstyle=style
        )
        assert sorted(frame["id"]) == [2, 3]


def test_read_sql_table(database):
    frame = wr.athena.read_sql_table("trips", database=database, workgroup="wrangler")
    assert sorted(frame["id"]) == [1, 2, 3]


def test_the_rehearsals_own_lake_in_its_own_workgroup(stack):
    frame = wr.athena.read_sql_query(
        "SELECT COUNT(*) AS n FROM vehicles", database=DATABASE, workgroup=WORKGROUP, ctas_approach=False
    )
    assert frame["n"][0] > 0


def test_start_wait_and_get_results(database):
    query = wr.athena.start_query_execution("SELECT 1 AS one", database=database, workgroup="wrangler")
    assert wr.athena.wait_query(query)["Status"]["State"] == "SUCCEEDED"
    assert wr.athena.get_query_execution(query)["StatementType"] == "DML"
    assert wr.athena.get_query_results(query)["one"].tolist() == [1]
    assert query in wr.athena.list_query_executions(workgroup="wrangler")
    assert wr.athena.get_query_columns_types(query) == {"one": "integer"}


def test_a_query_that_fails_and_one_that_is_stopped(database):
    with pytest.raises(wr.exceptions.QueryFailed, match="COLUMN_NOT_FOUND"):
        wr.athena.read_sql_query("SELECT nothing FROM trips", database=database, workgroup="wrangler")
    wr.athena.stop_query_execution(wr.athena.start_query_execution("SELECT 1", database=database, workgroup="wrangler"))


def test_describe_show_and_repair(database):
    described = wr.athena.describe_table("trips", database=database, workgroup="wrangler")
    assert described["Column Name"].str.strip().tolist()[:3] == ["id", "name", "value"]
    shown = wr.athena.show_create_table("trips", database=database, workgroup="wrangler")
    assert "CREATE EXTERNAL TABLE" in shown
    assert wr.athena.repair_table("trips", database=database, workgroup="wrangler") == "SUCCEEDED"


def test_create_ctas_table(database):
    made = wr.athena.create_ctas_table(
        "SELECT id, value, year FROM trips", database=database, ctas_table="copied", ctas_database=database,
        s3_output=f"{HOME}copied/", partitioning_info=["year"], workgroup="wrangler", wait=True,
    )  # fmt: skip
    assert made["ctas_table"] == "copied"
    assert wr.catalog.get_table_types(database=database, table="copied")["value"] == "double"
    assert len(wr.athena.read_sql_table("copied", database=database, workgroup="wrangler")) == 3


def test_unload(database):
    wr.athena.unload(
        "SELECT id, value FROM trips", path=f"{HOME}unloaded/", database=database, workgroup="wrangler",
        file_format="PARQUET",
    )  # fmt: skip
    beside = [".csv", ".metadata"]  # awswrangler keeps the manifest where the data is
    assert sorted(wr.s3.read_parquet(f"{HOME}unloaded/", path_ignore_suffix=beside)["id"]) == [1, 2, 3]


def test_catalog(database):
    assert database in wr.catalog.databases()["Database"].tolist()
    assert "trips" in wr.catalog.tables(database=database)["Table"].tolist()
    assert wr.catalog.does_table_exist(database=database, table="trips")
    assert wr.catalog.table(database=database, table="trips")["Column Name"].tolist() == ["id", "name", "value", "year"]
    assert wr.catalog.get_table_location(database=database, table="trips") == f"{HOME}trips/"
    assert sorted(v[0] for v in wr.catalog.get_parquet_partitions(database=database, table="trips").values()) == [
        "2025", "2026",
    ]  # fmt: skip
    wr.catalog.create_parquet_table(
        database=database, table="registered", path=f"{HOME}trips/",
        columns_types={"id": "bigint", "name": "string", "value": "double"}, partitions_types={"year": "bigint"},
    )  # fmt: skip
    wr.catalog.add_parquet_partitions(
        database=database, table="registered", partitions_values={f"{HOME}trips/year=2026/": ["2026"]}
    )
    assert len(wr.athena.read_sql_table("registered", database=database, workgroup="wrangler")) == 1
    assert wr.catalog.delete_table_if_exists(database=database, table="registered")


def test_parquet_datasets(database):
    more = FRAME.assign(id=[4, 5, 6])
    path = f"{HOME}growing/"
    for mode, rows in (("overwrite", 3), ("append", 6), ("overwrite_partitions", 3)):
        wr.s3.to_parquet(
            more, path=path, dataset=True, mode=mode, database=database, table="growing", partition_cols=["year"]
        )
        assert len(wr.s3.read_parquet(path, dataset=True)) == rows
        assert len(wr.athena.read_sql_table("growing", database=database, workgroup="wrangler")) == rows
    wr.s3.delete_objects(path)
    assert wr.s3.list_objects(path) == []
