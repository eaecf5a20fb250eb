"""The Redshift stand-in, by the real driver over a real TLS socket."""

# ruff: noqa: DTZ001  a TIMESTAMP has no zone

from __future__ import annotations

import datetime as dt
import gc
import json
import socket
import ssl
import struct
import threading
import time
import warnings
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redshift_connector
import trustme
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from moto.backends import get_backend
from sqlglot.dialects import Trino

from smartroute_runbook.sqlfacts.redshift import functions
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.wire.server import RedshiftServer
from smartroute_runbook.standins.s3 import Objects

BUCKET, ROLE, MASTER, PASSWORD = (
    "standin-lake",
    "arn:aws:iam::123456789012:role/copy",
    "smartroute_admin",
    "Correct1horse",
)
ACCOUNT = "123456789012"
EXTRA_TRINO = """APPROX_MOST_FREQUENT ARRAY_JOIN BINGTILE BITWISE_AND CARDINALITY CHECKSUM CLASSIFY CONTAINS COUNT_IF
DATE_FORMAT DATE_PARSE DAY_OF_WEEK ELEMENT_AT EVERY FORMAT FORMAT_DATETIME FROM_BASE FROM_BASE64
FROM_ISO8601_TIMESTAMP FROM_UNIXTIME GEOMETRIC_MEAN HISTOGRAM HUMAN_READABLE_SECONDS IS_FINITE JSON_EXTRACT
JSON_EXTRACT_SCALAR KURTOSIS LEVENSHTEIN_DISTANCE LUHN_CHECK MAP MAP_AGG MAP_KEYS MAX_BY MIN_BY MULTIMAP_AGG
NGRAMS NORMALIZE PARSE_DATETIME PARSE_DURATION REDUCE REGEXP_EXTRACT REGEXP_EXTRACT_ALL REGEXP_LIKE
REGEXP_SPLIT ROW SEQUENCE SHUFFLE SLICE SPLIT SPLIT_TO_MAP SPOOKY_HASH_V2_64 TDIGEST_AGG TO_BASE64 TO_ISO8601
TO_UNIXTIME TRANSFORM TYPEOF URL_EXTRACT_HOST UUID WORD_STEM XXHASH64 ZIP ZIP_WITH"""


class World:
    """A server with a bucket, and clients of it."""

    def __init__(self, folder, **options):
        self.folder = folder
        backend = get_backend("s3")[ACCOUNT]["global" if "global" in get_backend("s3")[ACCOUNT] else "aws"]
        if BUCKET not in backend.buckets:
            backend.create_bucket(BUCKET, "us-east-1")
        self.objects = Objects(folder / "mirror")
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self.tls)
        self.refused: dict[str, str] = {}
        self.server = self.make(**options)

    def make(self, **options):
        server = RedshiftServer(
            self.objects, database=self.folder / "redshift.duckdb", tls=self.tls,
            authenticate=lambda user, password, _: (user, password) == (MASTER, PASSWORD),
            may_read=lambda role, *_: self.refused.get(role),
            may_write=lambda role, *_: self.refused.get(role), **options,
        )  # fmt: skip
        server.start()
        return server

    def connect(self, *, autocommit=True, **options):
        given = {
            "host": "localhost",
            "port": self.server.port,
            "user": MASTER,
            "password": PASSWORD,
            "database": "smartroute",
        }
        connection = redshift_connector.connect(**{**given, **options})
        connection.autocommit = autocommit
        return connection

    def put(self, key, table):
        path = self.folder / "upload.parquet"
        pq.write_table(table, path)
        self.objects.put(BUCKET, key, path)
        return path.stat().st_size


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        made = World(tmp_path_factory.mktemp("redshift"))
        patch.setenv("SSL_CERT_FILE", str(made.folder / "ca.pem"))
        yield made
        made.server.stop()


@pytest.fixture(scope="module")
def engine_session(world):
    session = world.server.session(MASTER)
    yield session
    session.close()


@pytest.fixture
def db(world):
    """A connection in a schema of its own."""
    connection = world.connect()
    cursor = connection.cursor()
    cursor.execute("DROP SCHEMA IF EXISTS work CASCADE")
    cursor.execute("CREATE SCHEMA work")
    cursor.execute("SET search_path TO work, public")
    yield connection
    connection.close()


def ask(connection, sql, parameters=None):
    cursor = connection.cursor()
    cursor.execute(sql, parameters)
    return [tuple(row) for row in cursor.fetchall()] if cursor.description else cursor.rowcount


def no_entry(world, **options):
    """What the server answers to a login; the driver leaves its socket open, so it is collected here and now."""
    with pytest.raises(redshift_connector.Error) as error:
        world.connect(**options)
    answer = error.value.args[0]
    del error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    return answer


def refusal(connection, sql, parameters=None):
    with pytest.raises(redshift_connector.Error) as error:
        ask(connection, sql, parameters)
    return error.value.args[0]


TRIPS = pa.table({"trip_id": ["a", "b", None], "delay": pa.array([10, -5, None], pa.int64())})


# ---- connecting ------------------------------------------------------------------------------------------------


def test_connects_by_name_with_the_driver_s_defaults(world):
    with world.connect() as connection:
        assert (b"server_version", b"8.0.2") in connection.parameter_statuses
        assert ask(connection, "SELECT current_database(), 1") == [("smartroute", 1)]


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ({"password": "wrong"}, "28000"),
        ({"user": "nobody"}, "28000"),
        ({"database": "elsewhere"}, "3D000"),
    ],
)
def test_refuses_who_may_not_enter(world, options, state):
    assert no_entry(world, **options)["C"] == state


def test_refuses_a_connection_without_tls(world):
    assert "SSL off" in no_entry(world, ssl=False)["M"]


def test_refuses_more_connections_than_the_limit(world):
    kept, world.server.connection_limit = world.server.connection_limit, len(world.server.engine.sessions) + 1
    try:
        with world.connect():
            assert no_entry(world)["C"] == "53300"
    finally:
        world.server.connection_limit = kept


def test_holds_two_hundred_connections(world):
    opened, failures = [], []

    def enter():
        try:
            connection = world.connect()
            opened.append(connection)
            assert ask(connection, "SELECT 1") == [(1,)]
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=enter) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert world.server.connections >= 200
    for connection in opened:
        connection.close()


# ---- values ----------------------------------------------------------------------------------------------------


def test_parameters_of_every_type(db):
    moment, day = dt.datetime(2025, 10, 5, 3, 4, 5, 6), dt.date(2025, 10, 5)
    zoned = dt.datetime(2025, 10, 5, 3, 4, 5, tzinfo=dt.UTC)
    values = (1, 70_000, 2**40, "text", moment, zoned, Decimal("1.5"), day, True, None, 2.5)
    assert ask(db, "SELECT " + ", ".join(["%s"] * len(values)), values) == [values]


def test_parameters_inside_a_statement(db):
    ask(db, "CREATE TABLE t (n bigint, s varchar(10), d date, p numeric(10,2), m timestamp, f float8, b boolean)")
    row = (5, "five", dt.date(2025, 1, 2), Decimal("5.25"), dt.datetime(2025, 1, 2, 3), 0.5, False)
    assert ask(db, "INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s, %s)", row) == 1
    for column, value in zip("nsdpmfb", row, strict=True):
        assert ask(db, f"SELECT count(*) FROM t WHERE {column} = %s", (value,)) == [(1,)]
    assert ask(db, "SELECT n FROM t WHERE n = %s AND d >= %s", ("5", "2025-01-01")) == [(5,)]
    assert ask(db, "SELECT dateadd(day, %s, d) FROM t", (3,)) == [(dt.datetime(2025, 1, 5),)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
            st.none() | st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=20),
            st.none() | st.floats(allow_nan=False, allow_infinity=False),
            st.none() | st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)),
            st.none() | st.decimals(-(10**15), 10**15, places=3, allow_nan=False),
            st.none() | st.booleans(),
            st.none() | st.dates(dt.date(1900, 1, 1)),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_goes_in_comes_out(db, rows):
    ask(db, "DROP TABLE IF EXISTS r")
    ask(
        db,
        "CREATE TABLE r (i int, a bigint, b varchar(200), c float8, d timestamp, e numeric(38,3), f boolean, g date)",
    )
    for index, row in enumerate(rows):
        ask(db, "INSERT INTO r VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", (index, *row))
    assert [row[1:] for row in ask(db, "SELECT * FROM r ORDER BY i")] == rows


def test_all_types_as_nulls_and_values(db):
    sql = (
        "SELECT cast(x as smallint), x, cast(x as bigint), cast(x as real), cast(x as float8), "
        "cast(x as numeric(10,2)), "
        "cast(x as varchar(9)), cast(x as char(3)), dateadd(day, x, '2025-01-01'), x > 0, "
        "trunc(dateadd(day, x, timestamp '2025-01-01')) FROM (SELECT 3 AS x UNION ALL SELECT null) q ORDER BY x"
    )
    day = dt.datetime(2025, 1, 4)
    assert ask(db, sql) == [
        (3, 3, 3, 3.0, 3.0, Decimal("3.00"), "3", "3  ", day, True, day.date()),
        (None,) * 11,
    ]


def test_names_of_columns(db):
    cursor = db.cursor()
    cursor.execute(
        "SELECT count(*), 1+1, sum(2) AS Total, CASE WHEN true THEN 1 END, cast(3 AS bigint), "
        "datediff(day, '2025-01-01', '2025-01-02')"
    )
    assert [column[0] for column in cursor.description] == ["count", "?column?", "total", "case", "int8", "date_diff"]


def test_many_rows_come_in_batches(db):
    ask(db, "CREATE TABLE big AS SELECT 1 AS x")
    for _ in range(15):
        ask(db, "INSERT INTO big SELECT x + 1 FROM big")
    assert len(ask(db, "SELECT x, 'text' AS s FROM big")) == 2**15


# ---- the simple protocol, cancelling -----------------------------------------------------------------------------


class RawClient:
    """As much of the protocol as the driver does not use."""

    def __init__(self, world):
        plain = socket.create_connection(("localhost", world.server.port))
        plain.sendall(struct.pack("!II", 8, 80877103))
        assert plain.recv(1) == b"S"
        trust = ssl.create_default_context(cafile=str(world.folder / "ca.pem"))
        self.socket = trust.wrap_socket(plain, server_hostname="localhost")
        self.stream = self.socket.makefile("rb")
        start = struct.pack("!I", 196608) + f"user\0{MASTER}\0database\0smartroute\0\0".encode()
        self.socket.sendall(struct.pack("!I", len(start) + 4) + start)
        assert self.message()[0] == b"R"
        self.send(b"p", PASSWORD.encode() + b"\0")
        self.seen = self.until(b"Z")

    def send(self, code, body):
        self.socket.sendall(code + struct.pack("!I", len(body) + 4) + body)

    def message(self):
        code, length = struct.unpack("!cI", self.stream.read(5))
        return code, self.stream.read(length - 4)

    def until(self, last):
        found = [self.message()]
        while found[-1][0] != last:
            found.append(self.message())
        return found

    def close(self):
        self.stream.close()
        self.socket.close()


def test_simple_protocol_with_several_statements(world):
    client = RawClient(world)
    client.send(b"Q", b"SELECT 1 AS x, 'two', null, true, 1.50; SELECT 2; \0")
    messages = client.until(b"Z")
    assert [code for code, _ in messages] == [b"T", b"D", b"C", b"T", b"D", b"C", b"Z"]
    assert messages[1][1] == b"\0\x05\0\0\0\x011\0\0\0\x03two\xff\xff\xff\xff\0\0\0\x01t\0\0\0\x041.50"
    client.send(b"Q", b"SELECT nope; SELECT 1\0")
    assert [code for code, _ in client.until(b"Z")] == [b"E", b"Z"]
    client.send(b"Q", b" \0")
    assert [code for code, _ in client.until(b"Z")] == [b"I", b"Z"]
    client.close()


def test_a_running_statement_can_be_cancelled(world, db):
    pid, key = struct.unpack("!II", db._backend_key_data)
    slow = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000000) SELECT count(*) FROM n"

    def cancel():
        time.sleep(0.5)
        with socket.create_connection(("localhost", world.server.port)) as other:
            other.sendall(struct.pack("!IIII", 16, 80877102, pid, key))
            other.recv(1)

    thread = threading.Thread(target=cancel)
    thread.start()
    assert refusal(db, slow)["C"] == "57014"
    thread.join()
    assert ask(db, "SELECT 1") == [(1,)]


# ---- transactions ------------------------------------------------------------------------------------------------


def test_rollback_takes_back_tables_and_rows(world, db):
    db.autocommit = False
    ask(db, "CREATE TABLE gone (x int)")
    ask(db, "INSERT INTO gone VALUES (1)")
    db.rollback()
    assert refusal(db, "SELECT * FROM gone")["C"] == "42P01"
    assert refusal(db, "SELECT 1")["C"] == "25P02"
    db.rollback()
    ask(db, "CREATE TABLE kept (x varchar(3))")
    db.commit()
    with world.connect() as other:
        assert ask(other, "SELECT count(*) FROM work.kept") == [(0,)]


def test_commit_of_a_failed_transaction_rolls_back(db):
    ask(db, "CREATE TABLE t (x int)")
    db.autocommit = False
    ask(db, "INSERT INTO t VALUES (1)")
    refusal(db, "SELECT nope")
    db.commit()
    assert ask(db, "SELECT count(*) FROM t") == [(0,)]


def test_writers_wait_and_stale_snapshots_are_refused(world, db):
    ask(db, "CREATE TABLE t (x int, y int)")
    ask(db, "INSERT INTO t VALUES (1, 0)")
    with world.connect(autocommit=False) as one, world.connect(autocommit=False) as two:
        ask(two, "SELECT * FROM work.t")
        ask(one, "UPDATE work.t SET y = 1")
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(refusal(two, "UPDATE work.t SET y = 2")))
        waiting.start()
        time.sleep(0.3)
        assert waiting.is_alive()
        one.commit()
        waiting.join(5)
        assert answers[0]["C"] == "40001"
        assert answers[0]["M"] == "1023"
        two.rollback()
    assert ask(db, "SELECT y FROM t") == [(1,)]


def test_a_deadlock_is_found(world, db):
    ask(db, "CREATE TABLE a (x int)")
    ask(db, "CREATE TABLE b (x int)")
    with world.connect(autocommit=False) as one, world.connect(autocommit=False) as two:
        ask(one, "INSERT INTO work.a VALUES (1)")
        ask(two, "INSERT INTO work.b VALUES (1)")
        waiting = threading.Thread(target=lambda: ask(one, "INSERT INTO work.b VALUES (2)"))
        waiting.start()
        time.sleep(0.2)
        assert refusal(two, "INSERT INTO work.a VALUES (2)")["C"] == "40P01"
        two.rollback()
        waiting.join(5)
        one.commit()
    assert ask(db, "SELECT x FROM b") == [(2,)]


def test_cursors_move_on_inside_a_transaction(db):
    assert refusal(db, "DECLARE c CURSOR FOR SELECT 1")["C"] == "25P01"
    ask(db, "BEGIN")
    ask(db, "DECLARE c CURSOR FOR SELECT 1 AS x UNION ALL SELECT 2 UNION ALL SELECT 3 ORDER BY 1")
    assert ask(db, "FETCH FORWARD 2 FROM c") == [(1,), (2,)]
    assert ask(db, "FETCH ALL FROM c") == [(3,)]
    ask(db, "CLOSE c")
    ask(db, "COMMIT")


# ---- loading and unloading -----------------------------------------------------------------------------------------


def test_copy_of_a_prefix(world, db):
    world.put("one/a.parquet", TRIPS)
    world.put("one/b.parquet", TRIPS.rename_columns(["other", "names"]))
    ask(db, "CREATE TABLE trips (trip_id varchar(20), delay bigint)")
    ask(db, f"COPY trips FROM 's3://{BUCKET}/one/' IAM_ROLE '{ROLE}' FORMAT AS PARQUET")
    assert ask(db, "SELECT count(*), sum(delay) FROM trips") == [(6, 10)]
    assert ask(db, "SELECT pg_last_copy_count()") == [(6,)]
    (history,) = ask(
        db, "SELECT status, loaded_rows, source_file_count FROM sys_load_history WHERE query_id = pg_last_copy_id()"
    )
    assert history == ("completed", 6, 2)


def test_copy_with_a_column_list_and_defaults(world, db):
    world.put("day/a.parquet", TRIPS)
    ask(db, "CREATE TABLE trips (trip_id varchar(20), delay bigint, year int DEFAULT 2026)")
    assert (
        "Table columns: 3, Data columns: 2"
        in refusal(db, f"COPY trips FROM 's3://{BUCKET}/day/' IAM_ROLE '{ROLE}' PARQUET")["D"]
    )
    ask(db, f"COPY trips (trip_id, delay) FROM 's3://{BUCKET}/day/' IAM_ROLE '{ROLE}' PARQUET")
    assert ask(db, "SELECT DISTINCT year FROM trips") == [(2026,)]


def manifest(world, key, *entries):
    world.objects.put(BUCKET, key, json.dumps({"entries": entries}).encode())
    return f"s3://{BUCKET}/{key}"


def test_copy_of_a_manifest(world, db):
    size = world.put("m/a.parquet", TRIPS)
    ask(db, "CREATE TABLE trips (trip_id varchar(20), delay bigint)")
    there = {"url": f"s3://{BUCKET}/m/a.parquet", "mandatory": True, "meta": {"content_length": size}}
    lost = {"url": f"s3://{BUCKET}/m/lost.parquet", "mandatory": False, "meta": {"content_length": 1}}
    options = f"IAM_ROLE '{ROLE}' PARQUET MANIFEST"
    ask(db, f"COPY trips FROM '{manifest(world, 'm/good', there, lost)}' {options}")
    assert ask(db, "SELECT count(*) FROM trips") == [(3,)]
    for key, entry, words in [
        ("m/mandatory", {**lost, "mandatory": True}, "Mandatory url is not present"),
        ("m/bare", {"url": there["url"]}, "meta.content_length"),
        ("m/length", {**there, "meta": {"content_length": size + 1}}, "content_length"),
    ]:
        assert words in refusal(db, f"COPY trips FROM '{manifest(world, key, entry)}' {options}")["M"]
    assert "NoSuchKey" in refusal(db, f"COPY trips FROM 's3://{BUCKET}/m/none' {options}")["M"]
    assert ask(db, "SELECT count(*) FROM trips") == [(3,)]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ("delay bigint, trip_id varchar(20)", "incompatible Parquet schema"),
        ("trip_id varchar(20), delay int", "incompatible Parquet schema"),
        ("trip_id varchar(20), delay float8", "incompatible Parquet schema"),
    ],
)
def test_copy_looks_at_order_and_types(world, db, columns, words):
    world.put("types/a.parquet", TRIPS)
    ask(db, f"CREATE TABLE trips ({columns})")
    assert words in refusal(db, f"COPY trips FROM 's3://{BUCKET}/types/' IAM_ROLE '{ROLE}' PARQUET")["D"]


def test_one_long_value_fails_the_whole_copy_and_is_named(world, db):
    world.put("long/a.parquet", TRIPS)
    world.put("long/b.parquet", pa.table({"trip_id": ["éééé"], "delay": [1]}))
    ask(db, "CREATE TABLE trips (trip_id varchar(7), delay bigint)")
    assert "Table: 7, Data: 8" in refusal(db, f"COPY trips FROM 's3://{BUCKET}/long/' IAM_ROLE '{ROLE}' PARQUET")["D"]
    assert ask(db, "SELECT count(*) FROM trips") == [(0,)]
    told = "SELECT trim(filename), trim(colname), trim(raw_field_value), err_code FROM stl_load_errors"
    told += " ORDER BY starttime DESC LIMIT 1"
    assert ask(db, told) == [(f"s3://{BUCKET}/long/b.parquet", "trip_id", "éééé", 1204)]
    detail = "SELECT column_name, column_length, error_code FROM sys_load_error_detail ORDER BY start_time DESC LIMIT 1"
    assert ask(db, detail) == [("trip_id", "7", 1204)]


def test_copy_needs_the_role_and_its_permission(world, db):
    world.put("role/a.parquet", TRIPS)
    ask(db, "CREATE TABLE trips (trip_id varchar(20), delay bigint)")
    assert refusal(db, f"COPY trips FROM 's3://{BUCKET}/role/' PARQUET")["C"] == "42601"
    world.refused[ROLE] = "the role is not attached to the cluster"
    try:
        answer = refusal(db, f"COPY trips FROM 's3://{BUCKET}/role/' IAM_ROLE '{ROLE}' PARQUET")
    finally:
        world.refused.clear()
    assert "Access Denied" in answer["M"]
    assert "not attached" in answer["D"]


@pytest.mark.parametrize("prefix", ["nothing/here", "one/zzz"])
def test_copy_of_nothing(db, prefix):
    ask(db, "CREATE TABLE trips (trip_id varchar(20), delay bigint)")
    assert "does not exist" in refusal(db, f"COPY trips FROM 's3://{BUCKET}/{prefix}' IAM_ROLE '{ROLE}' PARQUET")["M"]


def test_a_truncated_file_is_no_parquet(world, db):
    world.objects.put(BUCKET, "cut/a.parquet", b"PAR1 and no more")
    ask(db, "CREATE TABLE trips (trip_id varchar(20), delay bigint)")
    assert "footer" in refusal(db, f"COPY trips FROM 's3://{BUCKET}/cut/' IAM_ROLE '{ROLE}' PARQUET")["D"]


def test_copy_is_part_of_its_transaction(world, db):
    world.put("tx/a.parquet", TRIPS)
    ask(db, "CREATE TABLE trips (trip_id varchar(20), delay bigint)")
    ask(db, "BEGIN")
    ask(db, f"COPY trips FROM 's3://{BUCKET}/tx/' IAM_ROLE '{ROLE}' PARQUET")
    ask(db, "ROLLBACK")
    assert ask(db, "SELECT count(*) FROM trips") == [(0,)]


def test_unload_and_copy_back(world, db):
    ask(db, "CREATE TABLE t (x bigint, s varchar(10), d numeric(10,2), m timestamp)")
    ask(db, "INSERT INTO t VALUES (1, 'it''s', 1.5, '2025-01-01 10:00'), (2, null, null, null)")
    target = f"s3://{BUCKET}/unloaded/{time.time_ns()}/"
    unload = f"UNLOAD ('SELECT * FROM t WHERE s = ''it''''s'' OR s IS NULL') TO '{target}'"
    unload += f" IAM_ROLE '{ROLE}' FORMAT PARQUET MANIFEST VERBOSE"
    ask(db, unload)
    assert "not empty" in refusal(db, unload)["M"]
    ask(db, unload + " ALLOWOVERWRITE")
    ask(db, "CREATE TABLE back (LIKE t)")
    ask(db, f"COPY back FROM '{target}manifest' IAM_ROLE '{ROLE}' PARQUET MANIFEST")
    assert ask(db, "SELECT * FROM back ORDER BY x") == ask(db, "SELECT * FROM t ORDER BY x")


def test_unload_by_partition(world, db):
    ask(db, "CREATE TABLE t AS SELECT 1 AS x, 'a' AS s UNION ALL SELECT 2, 'b'")
    prefix = f"parted/{time.time_ns()}/"
    ask(db, f"UNLOAD ('SELECT * FROM t') TO 's3://{BUCKET}/{prefix}' IAM_ROLE '{ROLE}' FORMAT PARQUET PARTITION BY (s)")
    keys = [info.key.removeprefix(prefix) for info in world.objects.list(BUCKET, prefix)]
    assert [key.split("/")[0] for key in keys] == ["s=a", "s=b"]


# ---- what the driver offers beyond DB-API ----------------------------------------------------------------------------


def test_data_frames_go_in_and_come_out(db):
    ask(db, "CREATE TABLE frames (id bigint, name varchar(20), score float8)")
    frame = pd.DataFrame({"id": [1, 2], "name": ["a", "b"], "score": [0.5, 1.5]})
    cursor = db.cursor()
    cursor.write_dataframe(frame, "work.frames")
    cursor.execute("SELECT * FROM frames ORDER BY id")
    pd.testing.assert_frame_equal(cursor.fetch_dataframe(), frame)
    cursor.execute("SELECT id FROM frames ORDER BY id")
    assert cursor.fetch_numpy_array().tolist() == [[1], [2]]


def test_the_driver_s_catalog_calls(db):
    ask(db, "CREATE TABLE t (id bigint NOT NULL, name varchar(20), price numeric(10,2))")
    ask(db, "CREATE VIEW v AS SELECT id FROM t")
    cursor = db.cursor()
    assert [(row[2], row[3]) for row in cursor.get_tables(schema_pattern="work")] == [("t", "TABLE"), ("v", "VIEW")]
    assert [row[2] for row in cursor.get_tables(table_name_pattern="t", types=["TABLE"])] == ["t"]
    for options in ({"schema_pattern": "work"}, {}):
        columns = cursor.get_columns(tablename_pattern="t", **options)
        assert [(row[3], row[5], row[6]) for row in columns] == [
            ("id", "int8", 19),
            ("name", "varchar", 20),
            ("price", "numeric", 10),
        ]
    assert ["work", "smartroute"] in [list(row) for row in cursor.get_schemas()]
    assert [list(row) for row in cursor.get_catalogs()] == [["smartroute"]]
    assert not cursor.get_primary_keys(schema="work", table="t")


@pytest.mark.parametrize(
    ("style", "sql", "values"),
    [
        ("qmark", "SELECT ?, ?", (1, "a")),
        ("numeric", "SELECT :1, :2", (1, "a")),
        ("named", "SELECT :x, :y", {"x": 1, "y": "a"}),
        ("format", "SELECT %s, %s", (1, "a")),
        ("pyformat", "SELECT %(x)s, %(y)s", {"x": 1, "y": "a"}),
    ],
)
def test_parameter_styles(db, style, sql, values):
    cursor = db.cursor()
    cursor.paramstyle = style
    cursor.execute(sql, values)
    assert cursor.fetchone() == [1, "a"]


def test_statements_that_aws_sdk_for_pandas_sends(world, db):
    world.put("wr/a.parquet", pa.table({"id": pa.array([1, 2], pa.int64()), "s": ["a", "b"]}))
    tables = "SELECT * FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'work' AND TABLE_NAME = 'y'"
    exists = f"SELECT true WHERE EXISTS ({tables})"
    assert ask(db, exists) == []
    ask(db, 'CREATE TABLE IF NOT EXISTS "work"."y" (\n"id" BIGINT,\n"s" VARCHAR(256))\nDISTSTYLE AUTO')
    assert ask(db, exists) == [(True,)]
    ask(db, f"COPY \"work\".\"y\"\nFROM 's3://{BUCKET}/wr/' \nIAM_ROLE '{ROLE}'\nFORMAT AS PARQUET SERIALIZETOJSON")
    ask(db, "BEGIN")
    ask(db, 'LOCK "work"."y"')
    ask(db, 'CREATE TEMPORARY TABLE "up" (LIKE "work"."y")')
    ask(db, "INSERT INTO up VALUES (2, 'new')")
    ask(db, 'DELETE FROM "work"."y" USING "up" WHERE "up".id = "work"."y".id')
    ask(db, 'INSERT INTO "work"."y" SELECT * FROM "up"')
    ask(db, "COMMIT")
    assert ask(db, 'SELECT * FROM "work"."y" ORDER BY id') == [(1, "a"), (2, "new")]


def test_executemany_and_insert_data_bulk(db, tmp_path):
    ask(db, "CREATE TABLE t (id int, name varchar(9))")
    cursor = db.cursor()
    cursor.executemany("INSERT INTO t VALUES (%s, %s)", [(1, "a"), (2, "b")])
    assert cursor.rowcount == 2
    (tmp_path / "rows.csv").write_text("id,name\n3,c\n4,d\n")
    cursor.insert_data_bulk(str(tmp_path / "rows.csv"), "work.t", [0, 1], ["id", "name"], ",", batch_size=2)
    assert ask(db, "SELECT count(*), max(name) FROM t") == [(4, "d")]


def test_select_into_makes_a_table(db):
    ask(db, "SELECT 1 AS x, 'a' AS s INTO made FROM (SELECT 1) q")
    ask(db, "SELECT x + 1 AS y INTO TEMP TABLE short FROM made")
    assert ask(db, "SELECT y, s FROM short, made") == [(2, "a")]


def test_vacuum_sorts(db):
    ask(db, "CREATE TABLE t (k int SORTKEY, s varchar(5))")
    ask(db, "CREATE TABLE n AS SELECT 1 AS k")
    for power in range(11):
        ask(db, "INSERT INTO n SELECT k + %s FROM n", (2**power,))
    for first in (3000, 0):
        ask(db, "INSERT INTO t SELECT k + %s, 'x' FROM n ORDER BY 1", (first,))
    unsorted = "SELECT unsorted FROM svv_table_info WHERE \"table\" = 't' AND \"schema\" = 'work'"
    before = ask(db, unsorted)
    ask(db, "VACUUM t")
    assert 0 < before[0][0] < 100
    assert ask(db, unsorted) == [(0.0,)]


def test_a_statement_times_out(db):
    ask(db, "SET statement_timeout TO 300")
    slow = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000000) SELECT count(*) FROM n"
    assert refusal(db, slow)["C"] == "57014"


def test_a_prepared_statement_does_not_change_its_columns(world, db):
    ask(db, "CREATE TABLE t (x int)")
    assert ask(db, "SELECT * FROM t") == []
    with world.connect() as other:
        ask(other, "ALTER TABLE work.t ADD COLUMN y int")
    assert "cached plan" in refusal(db, "SELECT * FROM t")["M"]


def test_a_kept_plan_is_not_used_where_the_text_means_something_else(world, db):
    sql = "SELECT * FROM t"
    ask(db, "CREATE TABLE t AS SELECT 1 AS x")
    ask(db, "DROP SCHEMA IF EXISTS elsewhere CASCADE")
    ask(db, "CREATE SCHEMA elsewhere")
    ask(db, "CREATE TABLE elsewhere.t AS SELECT 2 AS x")
    assert [ask(db, sql), ask(db, sql)] == [[(1,)], [(1,)]]
    for first, rows in (("SET search_path TO elsewhere", [(2,)]), ("SET search_path TO work", [(1,)]),
                        ("CREATE TEMP TABLE t AS SELECT 3 AS x", [(3,)])):  # fmt: skip
        with world.connect() as other:  # the driver keeps a statement under its text
            ask(other, first)
            assert [ask(other, sql), ask(db, sql)] == [rows, [(1,)]]
    with world.connect() as other:
        assert refusal(other, sql)["C"] == "42P01"
        ask(other, "ALTER TABLE work.t RENAME COLUMN x TO y")
        ask(other, "SET search_path TO work")
        assert ask(other, "SELECT y FROM t") == [(1,)]
        assert refusal(db, "SELECT x FROM t")["C"] == "42703"
        ask(other, "DROP TABLE t")
    assert refusal(db, "SELECT y FROM t")["C"] == "42P01"


def test_a_plan_is_kept_by_the_types_of_its_parameters(db):
    sql = "SELECT %s AS x"
    for _ in range(2):
        assert [ask(db, sql, [value]) for value in (1, "a", None, 2.5)] == [[(1,)], [("a",)], [(None,)], [(2.5,)]]


def test_a_plan_of_an_uncommitted_schema_is_not_kept(world, db):
    ask(db, "CREATE TABLE t AS SELECT 1 AS x")
    with world.connect(autocommit=False) as other:
        ask(other, "ALTER TABLE work.t ADD COLUMN y int DEFAULT 4")
        assert ask(other, "SELECT * FROM work.t") == [(1, 4)]
        assert ask(db, "SELECT * FROM work.t") == [(1,)]
        other.rollback()
    assert ask(db, "SELECT * FROM work.t") == [(1,)]


# ---- what it refuses ---------------------------------------------------------------------------------------------

TRINO_ONLY = sorted(
    name for name in set(Trino.Parser.FUNCTIONS) | set(EXTRA_TRINO.split())
    if name not in functions() and name.isidentifier() and name not in {"CAST", "TRY_CAST", "CASE", "IF"}
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@example(name="LIKE", arguments=["'a'", "'a'"])
@example(name="TIMESTAMP", arguments=["null"])
@given(
    name=st.sampled_from(TRINO_ONLY),
    arguments=st.lists(st.sampled_from(["1", "'a'", "x", "x * 2", "null"]), max_size=3),
)
def test_functions_that_redshift_lacks_are_refused(engine_session, name, arguments):
    with pytest.raises(SqlError):
        engine_session.execute(f"SELECT {name}({', '.join(arguments)}) FROM (SELECT 1 AS x) q")


# ---- tables, views, users ------------------------------------------------------------------------------------------


def test_declared_keys_show_in_the_system_views(db):
    ask(
        db,
        "CREATE TABLE t (a bigint ENCODE az64, b varchar(30) NOT NULL) DISTSTYLE KEY DISTKEY(a) COMPOUND SORTKEY(b, a)",
    )
    assert ask(
        db, 'SELECT "column", type, distkey, sortkey, "notnull" FROM pg_table_def WHERE tablename = %s', ("t",)
    ) == [
        ("a", "bigint", True, 2, False),
        ("b", "character varying(30)", False, 1, True),
    ]
    for value in range(8):
        ask(db, "INSERT INTO t VALUES (%s, 'x')", (value,))
    ((diststyle, sortkey, rows, skew, unsorted),) = ask(
        db, "SELECT diststyle, sortkey1, tbl_rows, skew_rows, unsorted FROM svv_table_info WHERE \"schema\" = 'work'"
    )
    assert (diststyle, sortkey, rows, unsorted) == ("KEY(a)", "b", 8, 0)
    assert skew >= 1


def test_temporary_tables_are_the_session_s_own(world, db):
    ask(db, "CREATE TEMP TABLE mine AS SELECT 1 AS x")
    ask(db, "CREATE TABLE #short (x int)")
    assert ask(db, "SELECT count(*) FROM mine, #short") == [(0,)]
    with world.connect() as other:
        assert refusal(other, "SELECT * FROM mine")["C"] == "42P01"


def test_materialized_views_grow_stale_and_are_refreshed(db):
    ask(db, "CREATE TABLE t (x int)")
    ask(db, "CREATE MATERIALIZED VIEW mv AS SELECT count(*) AS n FROM t")
    stale = "SELECT is_stale FROM stv_mv_info WHERE name = 'mv'"
    assert ask(db, stale) == [("f",)]
    ask(db, "INSERT INTO t VALUES (1)")
    assert ask(db, stale) == [("t",)]
    assert ask(db, "SELECT n FROM mv") == [(0,)]
    ask(db, "REFRESH MATERIALIZED VIEW mv")
    assert ask(db, "SELECT n FROM mv") == [(1,)]
    assert ask(db, stale) == [("f",)]


def test_what_views_stand_on_cannot_be_dropped(db):
    ask(db, "CREATE TABLE t (x int)")
    ask(db, "CREATE VIEW v AS SELECT x FROM t")
    ask(db, "CREATE MATERIALIZED VIEW mv AS SELECT x FROM v")
    assert refusal(db, "DROP TABLE t")["C"] == "2BP01"
    ask(db, "DROP TABLE t CASCADE")
    assert refusal(db, "SELECT * FROM mv")["C"] == "42P01"
    ask(db, "CREATE TABLE t (x int)")
    ask(db, "CREATE VIEW late AS SELECT x FROM work.t WITH NO SCHEMA BINDING")
    ask(db, "DROP TABLE t")


def test_users_groups_and_privileges(world, db):
    ask(db, "CREATE TABLE t AS SELECT 1 AS x")
    for statement in ("DROP USER IF EXISTS reader",):
        ask(db, statement)
    ask(db, "CREATE USER reader PASSWORD 'Reader1234'")
    ask(db, "CREATE GROUP analysts WITH USER reader")
    no_entry(world, user="reader", password="Reader12345")
    with world.connect(user="reader", password="Reader1234") as reader:
        assert refusal(reader, "SELECT * FROM work.t")["C"] == "42501"
        ask(db, "GRANT USAGE ON SCHEMA work TO GROUP analysts")
        assert refusal(reader, "SELECT * FROM work.t")["C"] == "42501"
        ask(db, "GRANT SELECT ON ALL TABLES IN SCHEMA work TO GROUP analysts")
        assert ask(reader, "SELECT * FROM work.t") == [(1,)]
        for forbidden in (
            "INSERT INTO work.t VALUES (2)",
            "DROP TABLE work.t",
            "CREATE TABLE work.u (x int)",
            "CREATE USER x PASSWORD 'Abcdefg1'",
        ):
            assert refusal(reader, forbidden)["C"] == "42501"
        ask(db, "REVOKE SELECT ON ALL TABLES IN SCHEMA work FROM GROUP analysts")
        assert refusal(reader, "SELECT * FROM work.t")["C"] == "42501"
    ask(db, "DROP GROUP analysts")
    ask(db, "DROP USER reader")


def test_alter_table(db):
    ask(db, "CREATE TABLE t (a int, b varchar(2))")
    ask(db, "ALTER TABLE t ADD COLUMN c int DEFAULT 7")
    ask(db, "INSERT INTO t VALUES (1, 'xx', 2)")
    assert refusal(db, "UPDATE t SET b = 'xxx'")["C"] == "22001"
    ask(db, "ALTER TABLE t ALTER COLUMN b TYPE varchar(3)")
    ask(db, "UPDATE t SET b = 'xxx'")
    ask(db, "ALTER TABLE t RENAME COLUMN c TO d")
    ask(db, "ALTER TABLE t DROP COLUMN a")
    ask(db, "ALTER TABLE t RENAME TO u")
    assert ask(db, "SELECT * FROM u") == [("xxx", 2)]


def test_alter_table_append_moves_the_rows(db):
    ask(db, "CREATE TABLE t (a int)")
    ask(db, "CREATE TABLE s (a int)")
    ask(db, "INSERT INTO s VALUES (1), (2)")
    ask(db, "ALTER TABLE t APPEND FROM s")
    assert ask(db, "SELECT count(*) FROM t UNION ALL SELECT count(*) FROM s") == [(2,), (0,)]


def test_merge(db):
    ask(db, "CREATE TABLE t (id int, s varchar(3))")
    ask(db, "INSERT INTO t VALUES (1, 'old'), (2, 'two')")
    source = "(SELECT 1 AS id, 'new' AS s UNION ALL SELECT 3, 'ins') q"
    ask(
        db,
        f"MERGE INTO t USING {source} ON t.id = q.id WHEN MATCHED THEN UPDATE SET s = q.s "
        "WHEN NOT MATCHED THEN INSERT VALUES (q.id, q.s)",
    )
    assert ask(db, "SELECT * FROM t ORDER BY id") == [(1, "new"), (2, "two"), (3, "ins")]


def test_a_merge_that_could_take_one_row_or_another_says_so(db):
    ask(db, "CREATE TABLE t (id int, s varchar(3))")
    ask(db, "CREATE TABLE q (id int, s varchar(3))")
    ask(db, "INSERT INTO t VALUES (1, 'old')")
    ask(db, "INSERT INTO q VALUES (1, 'a'), (1, 'b')")
    merge = (
        "MERGE INTO t USING q ON t.id = q.id WHEN MATCHED THEN UPDATE SET s = q.s "
        "WHEN NOT MATCHED THEN INSERT VALUES (q.id, q.s)"
    )
    assert "several rows of the source match one" in refusal(db, merge)["M"]
    ask(db, "DELETE FROM q WHERE s = 'b'")
    ask(db, "INSERT INTO t VALUES (1, 'two')")
    assert "a row of the source matches several" in refusal(db, merge)["M"]
    ask(db, merge.replace("UPDATE SET s = q.s", "DELETE"))
    assert ask(db, "SELECT * FROM t") == []


# ---- what has been run --------------------------------------------------------------------------------------------


def test_the_result_cache_and_the_query_history(db):
    ask(db, "CREATE TABLE t AS SELECT 1 AS x")
    ask(db, "SET query_group TO 'dashboard'")
    sql = "SELECT sum(x) AS total FROM t"
    for expected in (False, True):
        assert ask(db, sql) == [(1,)]
        (hit,) = ask(
            db,
            "SELECT result_cache_hit FROM sys_query_history WHERE query_text = %s ORDER BY query_id DESC LIMIT 1",
            (sql,),
        )
        assert hit == (expected,)
    ask(db, "INSERT INTO t VALUES (2)")
    assert ask(db, sql) == [(3,)]
    ask(db, "SET enable_result_cache_for_session TO off")
    assert ask(db, sql) == [(3,)]
    rows = ask(
        db,
        "SELECT result_cache_hit, query_label, elapsed_time > 0, status FROM sys_query_history "
        "WHERE query_text = %s ORDER BY query_id",
        (sql,),
    )
    assert rows[-4:] == [(hit, "dashboard", True, "success") for hit in (False, True, False, False)]


def test_failures_are_in_the_history_too(db):
    refusal(db, "SELECT 1/0")
    assert ask(
        db,
        "SELECT status, error_message FROM sys_query_history "
        "WHERE query_text = 'SELECT 1/0' ORDER BY query_id DESC LIMIT 1",
    ) == [("failed", "Divide by zero")]


def test_explain_names_redshift_s_nodes(db):
    ask(db, "CREATE TABLE a (k int DISTKEY, s varchar(9))")
    ask(db, "CREATE TABLE b (k int DISTKEY)")
    lines = [
        row[0]
        for row in ask(
            db, "EXPLAIN SELECT a.s, count(*) FROM a JOIN b ON a.k = b.k GROUP BY a.s ORDER BY 2 DESC LIMIT 3"
        )
    ]
    text = "\n".join(lines)
    for node in (
        "XN Limit",
        "XN Merge",
        "XN Network",
        "XN Sort",
        "XN HashAggregate",
        "XN Hash Join DS_DIST_NONE",
        "XN Seq Scan on a",
        "XN Hash ",
    ):
        assert node in text
    assert lines[0].startswith("XN Limit  (cost=")


# ---- without a wire, and after a restart ---------------------------------------------------------------------


def test_a_session_for_the_data_api(world):
    session = world.server.session(MASTER)
    session.execute("CREATE TEMP TABLE t (x bigint, s varchar(5))")
    assert session.execute("INSERT INTO t VALUES ($1, $2), (2, 'b')", ["1", "a"]).rowcount == 2
    answer = session.execute("SELECT * FROM t WHERE s <> $1 ORDER BY x", ["zzz"])
    assert [column.name for column in answer.columns] == ["x", "s"]
    assert answer.rows == [(1, "a"), (2, "b")]
    session.close()


def test_tables_outlive_the_server(tmp_path, monkeypatch):
    first = World(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with first.connect() as connection:
        ask(connection, "CREATE TABLE kept (x varchar(3)) DISTSTYLE EVEN")
        ask(connection, "INSERT INTO kept VALUES ('abc')")
    first.server.stop()
    first.server = first.make()
    with first.connect() as connection:
        assert ask(connection, "SELECT x FROM kept") == [("abc",)]
        assert refusal(connection, "INSERT INTO kept VALUES ('abcd')")["C"] == "22001"
    first.server.stop()


def test_unload_of_csv_and_cleanpath(world, db):
    ask(db, "CREATE TABLE t (id int, name varchar(20))")
    ask(db, "INSERT INTO t VALUES (1, 'a,b'), (2, NULL)")
    where = f"TO 's3://{BUCKET}/cleaned/' IAM_ROLE '{ROLE}'"
    ask(db, f"UNLOAD ('SELECT * FROM t') {where} FORMAT PARQUET ENCRYPTED AUTO")
    ask(db, f"UNLOAD ('SELECT * FROM t ORDER BY id') {where} CSV HEADER CLEANPATH")
    (found,) = world.objects.list(BUCKET, "cleaned/")
    assert world.objects.read(BUCKET, found.key).decode().splitlines() == ["id,name", '1,"a,b"', "2,"]
    assert refusal(db, f"UNLOAD ('SELECT 1') {where} FORMAT JSON")["C"] == "0A000"


def test_decimals_below_one_are_spelled_with_their_zero(db):
    ask(db, "CREATE TABLE t (share numeric(2,2))")
    ask(db, "INSERT INTO t VALUES (-0.05)")
    assert ask(db, "SELECT share::varchar, share || '', concat(share, ''), share FROM t") == [
        ("-0.05", "-0.05", "-0.05", Decimal("-0.05"))
    ]


def test_char_is_padded_on_the_wire_and_nowhere_else(db):
    ask(db, "CREATE TABLE t (c char(4), v varchar(4))")
    ask(db, "INSERT INTO t VALUES ('ab ', 'ab ')")
    assert ask(db, "SELECT * FROM t") == [("ab  ", "ab ")]
    assert ask(db, "SELECT t.*, len(c) FROM t")[0][2] == 2
    ask(db, "CREATE TABLE copied AS SELECT c, c::varchar AS v FROM t")
    assert ask(db, "SELECT c, v || '|' FROM copied") == [("ab  ", "ab|")]
    assert refusal(db, "INSERT INTO t VALUES ('é', '')")["M"] == "CHAR string contains invalid ASCII character"


@pytest.mark.parametrize("arguments", ["'abc', NULL", "'abc', NULL, 1", "'abc', 1, NULL", "NULL, 1, 1"])
def test_substring_of_nothing_is_null(db, arguments):
    assert ask(db, f"SELECT substring({arguments})") == [(None,)]


def test_primary_keys_are_told_to_drivers(db):
    ask(db, "CREATE TABLE t (b int, a int, c int PRIMARY KEY)")
    ask(db, "CREATE TABLE u (b int, a int, c int, PRIMARY KEY (a, b))")
    ask(db, "CREATE TABLE v (LIKE u)")
    found = db.cursor().get_primary_keys(schema="work")
    assert [tuple(row[2:6]) for row in found] == [
        ("t", "c", 1, "t_pkey"),
        ("u", "a", 1, "u_pkey"),
        ("u", "b", 2, "u_pkey"),
    ]
    assert refusal(db, "INSERT INTO u VALUES (1, NULL, 1)")["C"] == "23502"
    listed = {row[2]: row[3] for row in db.cursor().get_tables(schema_pattern="work")}
    assert listed == {"t": "TABLE", "u": "TABLE", "v": "TABLE", "t_pkey": "INDEX", "u_pkey": "INDEX"}


def test_the_catalog_tells_what_views_read(db):
    ask(db, "CREATE TABLE read_by (a INT)")
    ask(db, "CREATE VIEW reads AS SELECT a FROM read_by")
    ask(db, "CREATE VIEW loose AS SELECT a FROM work.read_by WITH NO SCHEMA BINDING")
    edges = """WITH edge AS (
        SELECT pg_rewrite.ev_class AS view_id, pg_depend.refobjid AS read_id
        FROM pg_depend JOIN pg_rewrite ON pg_depend.objid = pg_rewrite.oid
    ), relation AS (SELECT pg_class.oid AS id, relname FROM pg_class)
    SELECT v.relname, t.relname FROM edge JOIN relation v ON v.id = view_id JOIN relation t ON t.id = read_id
    WHERE t.relname = 'read_by'"""
    assert ask(db, edges) == [("reads", "read_by")]
    views = "SELECT table_name FROM information_schema.views WHERE table_schema = 'work' ORDER BY 1"
    assert ask(db, views) == [("loose",), ("reads",)]
