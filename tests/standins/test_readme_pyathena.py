"""PyAthena as its own README and documentation use it, against the stand-in: only the connection's arguments are ours.

The README's blocks are taken from the installed package and executed as they stand. The documentation is not in the
package: each test below does what a section of it does (pages "Usage", "Cursor", "Pandas", "NULL handling",
"SQLAlchemy" of https://pyathena.dev, version 4.2). What does not apply is listed in ``docs/rehearsal.md``.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import re
import threading
import uuid
from collections import OrderedDict
from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pyathena
import pytest
from botocore.config import Config
from pyathena import ExecuteOptions, aio_connect, connect
from pyathena.aio.pandas.cursor import AioPandasCursor
from pyathena.async_cursor import AsyncCursor, AsyncDictCursor
from pyathena.connection import Connection
from pyathena.converter import Converter
from pyathena.cursor import DictCursor
from pyathena.error import OperationalError
from pyathena.pandas.async_cursor import AsyncPandasCursor
from pyathena.pandas.cursor import PandasCursor
from pyathena.pandas.util import as_pandas, to_sql
from pyathena.s3fs.cursor import S3FSCursor
from pyathena.s3fs.reader import EmptyStringAsNullCSVReader

from smartroute_runbook.rehearsal.smartroute_account import LAKE, RESULTS

# PyAthena asks pandas for what pandas 3.1 will drop.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
    pytest.mark.filterwarnings("ignore:engine='auto' is deprecated"),
]
STAGING = f"s3://{RESULTS}/pyathena/"
README = importlib.metadata.metadata("pyathena").get_payload()
BLOCKS = re.findall(r"```python\n(.*?)```", str(README), re.DOTALL)
COMPLEX = """
CREATE TABLE one_row_complex AS SELECT true AS col_boolean, CAST(127 AS tinyint) AS col_tinyint,
    CAST(32767 AS smallint) AS col_smallint, 2147483647 AS col_int, 9223372036854775807 AS col_bigint,
    CAST(0.5 AS real) AS col_float, 0.25e0 AS col_double, 'a string' AS col_string,
    TIMESTAMP '2017-01-01 00:00:00.000' AS col_timestamp, DATE '2017-01-02' AS col_date,
    TO_UTF8('123') AS col_binary, ARRAY[1, 2] AS col_array, MAP(ARRAY[1, 3], ARRAY[2, 4]) AS col_map,
    CAST(ROW(1, 2) AS ROW(a integer, b integer)) AS col_struct, DECIMAL '0.1' AS col_decimal
"""


@pytest.fixture(scope="module")
def ours(stack):
    """What replaces the connection's arguments; the tables that the examples speak of."""
    given = {"s3_staging_dir": STAGING, "region_name": "us-east-1"}
    with connect(**given, poll_interval=0.01) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE one_row AS SELECT 1 AS number_of_rows")
        cursor.execute("CREATE TABLE many_rows AS SELECT a FROM UNNEST(SEQUENCE(0, 9999)) AS t(a)")
        cursor.execute(COMPLEX)
    return {**given, "poll_interval": 0.01}


@pytest.fixture
def cursor(ours):
    with connect(**ours) as connection:
        yield connection.cursor()


# -- the README, as it stands ------------------------------------------------------------------------------------------


def test_the_readme_has_the_examples_that_are_run_here():
    assert [("aio_connect" in block) for block in BLOCKS] == [False, True]


@pytest.mark.parametrize("block", BLOCKS, ids=["connect", "aio_connect"])
def test_readme(block, ours, capsys):
    code = block.replace("s3://YOUR_S3_BUCKET/path/to/", STAGING).replace("us-west-2", "us-east-1")
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    assert "(1,)" in capsys.readouterr().out


# -- Usage -------------------------------------------------------------------------------------------------------------


def test_iteration(cursor):
    cursor.execute("SELECT * FROM many_rows LIMIT 10")
    assert len(list(cursor)) == 10


def test_query_with_parameters(cursor):
    found = cursor.execute(
        """
        SELECT col_string FROM one_row_complex
        WHERE col_string = %(param)s OR col_string LIKE 'a%%'
        """,
        {"param": "a string"},
    )
    assert found.fetchall() == [("a string",)]


def test_datetime_parameters_keep_their_microseconds(cursor):
    texts = {"a": "2024-01-01 12:00:00.789", "b": "2024-01-01 12:00:00.789012"}
    values = {name: datetime.fromisoformat(text) for name, text in texts.items()}
    assert cursor.execute("SELECT %(a)s, %(b)s", values).fetchone() == (values["a"], values["b"])
    with pytest.raises(OperationalError, match=r"Incorrect timestamp precision for timestamp\(6\)"):
        cursor.execute("CREATE TABLE too_precise AS SELECT %(b)s AS t", values)
    shown = cursor.execute("SELECT CAST(%(b)s AS TIMESTAMP(3)) AS col_timestamp", values).fetchone()[0]
    assert shown == values["a"]


def test_parameterized_queries(cursor, monkeypatch):
    sql = "SELECT col_string FROM one_row_complex WHERE col_string = ?"
    assert cursor.execute(sql, ["'a string'"], paramstyle="qmark").fetchall() == [("a string",)]
    monkeypatch.setattr(pyathena, "paramstyle", "qmark")
    assert cursor.execute(sql, ["'a string'"]).fetchall() == [("a string",)]


def test_execution_options_and_result_reuse(cursor):
    options = ExecuteOptions(work_group="primary", result_reuse_enable=True, result_reuse_minutes=60)
    sql = f"SELECT *, '{uuid.uuid4()}' AS id FROM one_row"
    cursor.execute(sql, options=options)
    assert not cursor.reused_previous_result
    cursor.execute(sql, options=options.merge(result_reuse_minutes=5))
    assert cursor.reused_previous_result
    assert cursor.data_scanned_in_bytes == 0
    cursor.execute(sql, work_group="primary", result_reuse_enable=True, result_reuse_minutes=60)
    assert cursor.reused_previous_result


def test_results_are_reused_for_the_same_meaning_in_other_words(cursor):
    options = ExecuteOptions(work_group="primary", result_reuse_enable=True, result_reuse_minutes=60)
    marker = uuid.uuid4()
    cursor.execute(f"SELECT number_of_rows, '{marker}' AS id FROM one_row", options=options)
    cursor.execute(f"select number_of_rows,\n '{marker}' as id -- again\nfrom one_row", options=options)
    assert cursor.reused_previous_result
    cursor.execute(f"SELECT number_of_rows, '{str(marker).upper()}' AS id FROM one_row", options=options)
    assert not cursor.reused_previous_result


@pytest.mark.parametrize(
    "cache", [{"cache_size": 10}, {"cache_expiration_time": 3600}, {"cache_size": 100, "cache_expiration_time": 3600}]
)
def test_cache_by_query_history(cursor, cache):
    cursor.execute(f"SELECT *, '{uuid.uuid4()}' AS id FROM one_row")
    first, sql = cursor.query_id, cursor.query
    cursor.execute(sql, **cache)
    assert cursor.query_id == first


def test_callbacks_on_start_and_on_poll(ours):
    started, states = [], []
    with connect(
        **ours, on_start_query_execution=started.append, on_poll=lambda found: states.append(found.state)
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1", on_start_query_execution=started.append)
    assert started == [cursor.query_id] * 2
    assert states[-1] == "SUCCEEDED"


def test_cancel_from_another_thread(cursor):
    started = threading.Event()
    long = "SELECT COUNT(*) FROM many_rows a CROSS JOIN many_rows b CROSS JOIN many_rows c WHERE a.a + b.a + c.a = -1"

    def cancel():
        started.wait(10)
        cursor.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(OperationalError, match="Query was cancelled by the user"):
        cursor.execute(long, on_start_query_execution=lambda _: started.set())
    thread.join()


def test_type_hints_for_complex_types(cursor):
    hints = {
        "col_array": "array(integer)",
        "col_map": "map(integer, integer)",
        "col_struct": "row(a integer, b integer)",
    }
    sql = "SELECT col_array, col_map, col_struct FROM one_row_complex"
    assert cursor.execute(sql, result_set_type_hints=hints).fetchone() == ([1, 2], {"1": 2, "3": 4}, {"a": 1, "b": 2})
    hive = {"col_array": "array<int>", "COL_STRUCT": "struct<a:int,b:int>"}
    assert cursor.execute(sql, result_set_type_hints=hive).fetchone()[::2] == ([1, 2], {"a": 1, "b": 2})
    assert cursor.execute(sql).fetchone()[2] == {"a": "1", "b": "2"}


def test_type_hints_nested_and_by_position(cursor):
    cursor.execute(
        """
        SELECT CAST(
          ROW(ROW('2024-01-01', 123), 4.736, 0.583)
          AS ROW(header ROW(stamp VARCHAR, seq INTEGER), x DOUBLE, y DOUBLE)
        ) AS positions
        """,
        result_set_type_hints={"positions": "row(header row(stamp varchar, seq integer), x double, y double)"},
    )
    assert cursor.fetchone()[0] == {"header": {"stamp": "2024-01-01", "seq": 123}, "x": 4.736, "y": 0.583}
    cursor.execute(
        "SELECT col_array AS x, col_map AS x FROM one_row_complex",
        result_set_type_hints={0: "array(integer)", 1: "map(integer, integer)"},
    )
    assert cursor.fetchone() == ([1, 2], {"1": 2, "3": 4})


def test_every_type(cursor):
    row = cursor.execute("SELECT * FROM one_row_complex").fetchone()
    assert row[:11] == (
        True, 127, 32767, 2147483647, 9223372036854775807, 0.5, 0.25, "a string", datetime.fromisoformat("2017-01-01"),
        date(2017, 1, 2), b"123",
    )  # fmt: skip
    assert row[14] == Decimal("0.1")
    assert [column[1] for column in cursor.description] == [
        "boolean", "tinyint", "smallint", "integer", "bigint", "float", "double", "varchar", "timestamp", "date",
        "varbinary", "array", "map", "row", "decimal",
    ]  # fmt: skip


def test_metadata(cursor):
    assert "many_rows" in [found.name for found in cursor.list_table_metadata(schema_name="default")]
    assert [(c.name, c.type) for c in cursor.get_table_metadata("many_rows").columns] == [
        ("a", "bigint")
    ]  # SEQUENCE of integers is an array(bigint)
    assert "default" in [found.name for found in cursor.list_databases(catalog_name="awsdatacatalog")]


def test_connections_with_settings(ours, stack, monkeypatch):
    monkeypatch.setattr(stack.gateway, "known", {"a"}.__contains__)
    with connect(
        **ours, s3_config=Config(max_pool_connections=50), aws_access_key_id="a", aws_secret_access_key="b",
        aws_session_token="c",
    ) as connection:  # fmt: skip
        assert connection.cursor(PandasCursor).execute("SELECT 1 AS a").as_pandas()["a"].tolist() == [1]


def test_an_assumed_role(ours, stack):
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}'
    )
    role = stack.client("iam").create_role(RoleName="pyathena", AssumeRolePolicyDocument=trust)["Role"]
    with connect(
        **ours, role_arn=role["Arn"], role_session_name="PyAthena-session", duration_seconds=3600
    ) as connection:
        assert connection.cursor().execute("SELECT 1").fetchone() == (1,)


# -- Cursor ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dictionary", [dict, OrderedDict])
def test_dictionary_cursors(ours, dictionary):
    with Connection(**ours, cursor_class=DictCursor) as connection:
        cursor = connection.cursor(dict_type=dictionary)
        row = cursor.execute("SELECT * FROM many_rows WHERE a < 10 ORDER BY a").fetchone()
        assert row == {"a": 0}
        assert type(row) is dictionary


def test_asynchronous_cursors(ours):
    with connect(**ours, cursor_class=AsyncCursor) as connection, connection.cursor(max_workers=4) as cursor:
        query_id, future = cursor.execute("SELECT * FROM many_rows")
        result = future.result()
        assert len(result.fetchall()) == 10_000
        assert result.query_id == query_id
        told = {name: getattr(result, name) for name in TOLD}
        assert told["state"] == "SUCCEEDED"
        assert told["data_scanned_in_bytes"] > 0
        assert told["output_location"].startswith(STAGING)
        assert told["completion_date_time"] >= told["submission_date_time"]
        dictionaries = connection.cursor(AsyncDictCursor, dict_type=OrderedDict)
        assert next(iter(dictionaries.execute("SELECT 5 AS a")[1].result())) == {"a": 5}
        dictionaries.close()


TOLD = (
    "state", "state_change_reason", "completion_date_time", "submission_date_time", "data_scanned_in_bytes",
    "engine_execution_time_in_millis", "query_queue_time_in_millis", "total_execution_time_in_millis",
    "query_planning_time_in_millis", "service_processing_time_in_millis", "output_location", "description",
)  # fmt: skip


def test_cancelling_an_asynchronous_query(ours):
    with connect(**ours, cursor_class=AsyncCursor) as connection, connection.cursor() as cursor:
        query_id, future = cursor.execute(
            "SELECT COUNT(*) FROM many_rows a CROSS JOIN many_rows b CROSS JOIN many_rows c WHERE a.a + b.a + c.a < 0"
        )
        cursor.cancel(query_id).result()
        assert future.result().state == "CANCELLED"


# -- Pandas ------------------------------------------------------------------------------------------------------------


def test_pandas_reads_a_query(ours):
    with connect(**ours) as connection, pytest.warns(UserWarning, match="SQLAlchemy"):
        assert pd.read_sql_query("SELECT * FROM many_rows", connection).shape == (10_000, 1)


def test_as_pandas(cursor):
    assert as_pandas(cursor.execute("SELECT * FROM many_rows"))["a"].sum() == 49_995_000


def test_to_sql(ours):
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 5]})
    days = [date(2020, 1, 1), date(2020, 1, 1), date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3)]
    with connect(**ours) as connection:
        for _ in range(2):
            to_sql(
                frame, "plain", connection, f"s3://{LAKE}/pyathena/", schema="default", index=False, if_exists="replace"
            )
        cursor = connection.cursor()
        assert cursor.execute("SELECT SUM(a) FROM plain").fetchone() == (15,)
        to_sql(
            frame.assign(dt=days), "parted", connection, f"s3://{LAKE}/pyathena/", schema="default", partitions=["dt"]
        )
        shown = sorted(cursor.execute("SHOW PARTITIONS parted").fetchall())
        assert shown == [("dt=2020-01-01",), ("dt=2020-01-02",), ("dt=2020-01-03",)]
        assert cursor.execute("SELECT SUM(a) FROM parted WHERE dt = DATE '2020-01-01'").fetchone() == (6,)


@pytest.mark.parametrize("unload", [False, True])
def test_pandas_cursor(ours, unload):
    with connect(**ours, cursor_class=PandasCursor, cursor_kwargs={"unload": unload}) as connection:
        cursor = connection.cursor()
        frame = cursor.execute("SELECT * FROM many_rows").as_pandas()
        assert frame["a"].describe()["max"] == 9999
        cursor.execute("SELECT * FROM many_rows ORDER BY a")
        assert (cursor.fetchone()[0], len(cursor.fetchmany(7)), len(cursor.fetchall())) == (0, 7, 9992)
        assert all(hasattr(cursor, name) for name in TOLD)
        cursor.execute("SELECT col_timestamp FROM one_row_complex")
        assert cursor.fetchone()[0] == datetime.fromisoformat("2017-01-01")


def test_pandas_cursor_in_chunks(ours):
    with connect(**ours, cursor_class=PandasCursor) as connection:
        cursor = connection.cursor()
        chunks = cursor.execute("SELECT * FROM many_rows", chunksize=3_000).as_pandas()
        assert [len(chunk) for chunk in chunks] == [3000, 3000, 3000, 1000]
        cursor.execute("SELECT * FROM many_rows", chunksize=4_000)
        assert sum(chunk["a"].sum() for chunk in cursor.iter_chunks()) == 49_995_000
        whole = cursor.execute("SELECT * FROM many_rows", chunksize=4_000).as_pandas().as_pandas()
        assert len(whole) == 10_000
        part = cursor.execute("SELECT * FROM many_rows LIMIT 15", chunksize=1_000_000).as_pandas()
        assert [len(part.get_chunk(10)), len(part.get_chunk(10))] == [10, 5]
        with pytest.raises(StopIteration):
            part.get_chunk(10)
        optimised = connection.cursor(auto_optimize_chunksize=True).execute("SELECT * FROM many_rows")
        assert sum(len(chunk) for chunk in optimised.iter_chunks()) == 10_000


@pytest.mark.parametrize(
    "options",
    [{"engine": "pyarrow"}, {"engine": "python", "chunksize": 2500}, {"engine": "c", "low_memory": False},
     {"dtype": {"a": "float32"}}],
)  # fmt: skip
def test_pandas_reader_options(ours, options):
    with connect(**ours, cursor_class=PandasCursor) as connection:
        found = connection.cursor().execute("SELECT * FROM many_rows", **options).as_pandas()
        frame = found if isinstance(found, pd.DataFrame) else found.as_pandas()
        assert len(frame) == 10_000


class Floats(Converter):
    """Everything numeric as a float, as the documentation's custom converter."""

    def __init__(self):
        super().__init__(mappings=None, types={"integer": float, "bigint": float, "varchar": str})

    def convert(self, type_, value, type_hint=None):
        return value


def test_a_converter_of_ones_own(ours):
    with connect(**ours) as connection:
        cursor = connection.cursor(PandasCursor, converter=Floats())
        assert cursor.execute("SELECT 1 AS a").as_pandas()["a"].dtype == float


def test_asynchronous_pandas_cursor(ours):
    with connect(**ours, cursor_class=AsyncPandasCursor) as connection, connection.cursor(s3_max_workers=2) as cursor:
        _, future = cursor.execute("SELECT * FROM many_rows", s3_max_workers=3)
        assert future.result().as_pandas().shape == (10_000, 1)


def test_asyncio_pandas_cursor(ours):
    async def read(**options):
        async with await aio_connect(**ours) as connection:
            cursor = connection.cursor(AioPandasCursor, **options)
            await cursor.execute("SELECT * FROM many_rows")
            return len(await cursor.as_pandas())

    async def rows():
        async with await aio_connect(**ours) as connection:
            cursor = connection.cursor()
            await cursor.execute("SELECT * FROM many_rows")
            return [row async for row in cursor]

    assert asyncio.run(read()) == asyncio.run(read(unload=True)) == 10_000
    assert len(asyncio.run(rows())) == 10_000


# -- NULL and empty strings --------------------------------------------------------------------------------------------

THREE = """
    SELECT * FROM (
        VALUES (1, '', 'empty_string'), (2, CAST(NULL AS VARCHAR), 'null_value'), (3, 'hello', 'normal_string')
    ) AS t(id, value, description)
"""


def test_null_is_not_the_empty_string(ours):
    with connect(**ours) as connection:
        assert [row[1] for row in connection.cursor().execute(THREE)] == ["", None, "hello"]
        assert [row[1] for row in connection.cursor(S3FSCursor).execute(THREE)] == ["", None, "hello"]
        frame = connection.cursor(PandasCursor).execute(THREE).as_pandas()
        assert frame["value"].isna().tolist() == [True, True, False]
        frame = connection.cursor(PandasCursor, unload=True).execute(THREE).as_pandas()
        assert frame["value"].isna().tolist() == [False, True, False]
        cursor = connection.cursor(S3FSCursor, csv_reader=EmptyStringAsNullCSVReader)
        assert cursor.execute("SELECT '' AS empty_col, NULL AS null_col").fetchone() == (None, None)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1", "Column name not specified at position 1"),
        ("SELECT TIME '01:02:03' AS name", "Unsupported Hive type: time"),
    ],
)
def test_what_unload_does_not_take(ours, sql, said):
    with connect(**ours) as connection, pytest.raises(OperationalError, match=said):
        connection.cursor(PandasCursor, unload=True).execute(sql)


# -- SQLAlchemy --------------------------------------------------------------------------------------------------------


def test_sqlalchemy(ours):
    sqlalchemy = pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed; the product does not use it")
    host = "athena.us-east-1.amazonaws.com:443"
    engine = sqlalchemy.create_engine(
        f"awsathena+rest://:@{host}/default?s3_staging_dir={STAGING}&location=s3://{LAKE}/pyathena/&compression=snappy"
        "&file_format=parquet"
    )
    with engine.connect() as connection:
        many_rows = sqlalchemy.Table("many_rows", sqlalchemy.MetaData(), autoload_with=connection)
        assert list(many_rows.columns.keys()) == ["a"]
        counted = sqlalchemy.select(sqlalchemy.func.count()).select_from(many_rows)
        assert connection.execute(counted).scalar() == 10_000
        assert "one_row" in sqlalchemy.inspect(connection).get_table_names(schema="default")
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 5]})
    frame.to_sql("written", engine, schema="default", index=False, if_exists="replace", method="multi")
    assert pd.read_sql_query("SELECT SUM(a) AS a FROM written", engine)["a"].tolist() == [15]
    engine.dispose()
