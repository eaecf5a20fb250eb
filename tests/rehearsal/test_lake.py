"""The rehearsal's lake and query history: what was written is what the summary says, and it can be made again."""

import hashlib
import importlib.util
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartroute_runbook.errors import UsageError
from smartroute_runbook.rehearsal.lake.defects import UNKNOWN_STOPS
from smartroute_runbook.rehearsal.lake.tables import TABLES
from smartroute_runbook.rehearsal.lake.write import write_lake
from smartroute_runbook.rehearsal.query_history import PROFILES, past_executions

REAL = Path(__file__).parents[3] / "shared" / "data" / "realtime" / "vehicles_real.parquet"


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return write_lake(tmp_path_factory.mktemp("lake"), trips_share=0.02)


def ask(summary, sql, table="vehicles"):
    files = f"{summary.root}/{TABLES[table].prefix}/*/*/*/*/*.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE VIEW t AS SELECT * FROM read_parquet('{files}', hive_partitioning = true)")
        return connection.execute(sql).fetchall()


def hashes(root):
    return {str(f.relative_to(root)): hashlib.sha256(f.read_bytes()).hexdigest() for f in root.rglob("*.parquet")}


def test_the_default_is_small_enough_to_rehearse(lake):
    assert 300_000 <= lake.rows["vehicles"] <= 500_000
    assert len(lake.partitions["vehicles"]) == 24
    assert lake.seconds < 30


@pytest.mark.parametrize("table", TABLES)
def test_the_summary_counts_what_is_in_the_files(lake, table):
    rows = ask(lake, "SELECT year, month, day, hour, count(*) FROM t GROUP BY ALL", table)
    found = {f"year={y}/month={m}/day={d}/hour={h}": n for y, m, d, h, n in rows}
    assert found == lake.partitions[table]
    assert sum(found.values()) == lake.rows[table]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_files_have_the_columns_of_the_table_and_no_partition_keys(lake, table):
    file = next((lake.root / table.prefix).rglob("*.parquet"))
    assert pq.read_schema(file).equals(table.schema)
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "SNAPPY"


def test_partitions_are_the_utc_hour_of_the_poll(lake):
    wrong = """SELECT count(*) FROM t WHERE hour <> date_part('hour', to_timestamp(batch_timestamp / 1000))
               OR day <> date_part('day', to_timestamp(batch_timestamp / 1000))"""
    assert ask(lake, wrong) == [(0,)]


def test_planted_oddities_can_be_found_again(lake):
    planted = lake.oddities
    missing, unknown, day_off = ask(
        lake,
        f"""SELECT count(*) FILTER (arrival_time IS NULL), count(*) FILTER (stop_id IN {UNKNOWN_STOPS}),
                   count(*) FILTER (abs(arrival_delay_seconds) > 40000) FROM t""",
    )[0]
    assert (missing, unknown) == (planted["missing_arrival"], planted["unknown_stop"])
    assert day_off == planted["delay_a_day_off"]
    doubled = "SELECT count(*) - count(DISTINCT (batch_timestamp, feed_path, trip_id, stop_id)) FROM t"
    assert ask(lake, doubled) == [(planted["duplicate"],)]
    late = 'SELECT count(*) FROM t WHERE batch_timestamp / 1000 - "timestamp" > 60'
    assert ask(lake, late) == [(planted["late_batch"],)]
    assert ask(lake, "SELECT count(*) FROM t WHERE next_arrival_seconds < -590")[0][0] == planted["ghost"]
    again = """SELECT sum(n) FROM (SELECT count(*) AS n, min(batch_timestamp) OVER w AS first, batch_timestamp
               FROM t GROUP BY feed_path, "timestamp", batch_timestamp
               WINDOW w AS (PARTITION BY feed_path, "timestamp")) WHERE batch_timestamp = first + 20000"""
    assert ask(lake, again)[0][0] == planted["repeated_poll"]


def test_rates_are_those_of_the_real_feed(lake):
    rates = ask(
        lake,
        """SELECT avg((arrival_time IS NULL)::INT), avg((arrival_delay_seconds IS NULL)::INT),
                  avg((next_arrival_seconds < -600)::INT), avg((abs(arrival_delay_seconds) <= 300)::INT) FROM t""",
    )[0]
    real = (0.0051, 0.227, 0.0043, 0.938)
    assert all(abs(rate - wanted) < 0.3 * wanted for rate, wanted in zip(rates, real, strict=True))


def test_equal_seeds_give_equal_files_and_others_do_not(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_lake(tmp_path / name, trips_share=0.001, seed=seed)
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")
    assert hashes(tmp_path / "a") != hashes(tmp_path / "c")


def test_days_continue_one_another(tmp_path):
    two = write_lake(tmp_path / "two", days=2, trips_share=0.001)
    second = write_lake(tmp_path / "second", start=date(2026, 9, 22), trips_share=0.001)
    assert len(two.partitions["vehicles"]) > len(second.partitions["vehicles"])
    one, other = hashes(tmp_path / "two"), hashes(tmp_path / "second")
    assert {name: one[name] for name in other} == other


def test_a_clean_lake_has_no_oddity(tmp_path):
    clean = write_lake(tmp_path, trips_share=0.004, oddities=False)
    assert clean.oddities == {}
    assert ask(
        clean,
        """SELECT count(*) FILTER (arrival_delay_seconds IS NULL), count(*) FILTER (next_arrival_seconds < 0),
                  count(*) - count(DISTINCT (batch_timestamp, trip_id, stop_id)) FROM t""",
    ) == [(0, 0, 0)]


def test_the_derived_tables_follow_their_definition(lake):
    assert ask(lake, "SELECT count(*) FROM t WHERE NOT on_time_pct BETWEEN 0 AND 100", "delay_metrics") == [(0,)]
    hour = "WHERE hour = 13"
    mine = ask(
        lake,
        f"""SELECT route_id, count(DISTINCT trip_id), min(arrival_delay_seconds), max(arrival_delay_seconds),
            100.0 * sum((abs(arrival_delay_seconds) <= 300)::INT) / count(arrival_delay_seconds)
            FROM t {hour} GROUP BY 1 ORDER BY 1""",
    )
    columns = "route_id, total_vehicles, min_delay_seconds, max_delay_seconds, on_time_pct"
    theirs = ask(lake, f"SELECT {columns} FROM t {hour} ORDER BY 1", "delay_metrics")
    assert [row[:4] for row in mine] == [row[:4] for row in theirs]
    assert [row[4] for row in mine] == pytest.approx([row[4] for row in theirs])


@pytest.mark.skipif(not REAL.is_file(), reason=f"the real rows are not at {REAL}")
def test_real_rows_are_taken_exactly_once(tmp_path):
    real = write_lake(tmp_path, lake_path=REAL)
    assert real.rows["vehicles"] == 380_232
    assert any("seconds" in note for note in real.notes)
    with duckdb.connect() as connection:
        files = f"{tmp_path}/processed/vehicles/*/*/*/*/*.parquet"
        columns = ", ".join([*TABLES["vehicles"].schema.names, "year", "month", "day", "hour"])
        lost, doubled = connection.execute(
            f"""SELECT (SELECT count(*) FROM (SELECT {columns} FROM read_parquet('{REAL}') EXCEPT ALL
                        SELECT {columns} FROM read_parquet('{files}', hive_partitioning = true))),
                       (SELECT count(*) FROM (SELECT {columns} FROM read_parquet('{files}', hive_partitioning = true)
                        EXCEPT ALL SELECT {columns} FROM read_parquet('{REAL}')))"""
        ).fetchone()
    assert (lost, doubled) == (0, 0)


def own_rows(path, **changes):
    """Three rows in two UTC hours, in milliseconds; columns replaced or (None) left out."""
    stamps = [1_789_984_803_145, 1_789_984_863_145, 1_789_988_403_145]
    columns = {
        field.name: pa.array(["x"] * 3) if pa.types.is_string(field.type) else pa.array([7, None, 9])
        for field in TABLES["vehicles"].schema
    }
    columns |= {"batch_timestamp": pa.array(stamps)} | changes
    pq.write_table(pa.table({name: values for name, values in columns.items() if values is not None}), path)
    return path


def test_without_partition_columns_the_hour_is_that_of_the_poll(tmp_path):
    lake = write_lake(tmp_path / "lake", lake_path=own_rows(tmp_path / "rows.parquet"))
    assert lake.partitions["vehicles"] == {
        "year=2026/month=9/day=21/hour=10": 2,
        "year=2026/month=9/day=21/hour=11": 1,
    }
    assert lake.notes == ()


def test_a_folder_written_by_a_lake_can_be_read_as_a_lake(tmp_path):
    first = write_lake(tmp_path / "a", trips_share=0.001)
    second = write_lake(tmp_path / "b", lake_path=tmp_path / "a" / "processed" / "vehicles")
    assert second.partitions == first.partitions


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(["A", "é", ""]) | st.none()), min_size=1, max_size=50),
    st.sampled_from([1, 1000]),
    st.booleans(),
    st.integers(1, 7),
)
def test_rows_of_any_shape_arrive_once_each_in_their_hour(rows, unit, keys, group):
    moments, texts = zip(*[(1_700_000_000 + seconds, text) for seconds, text in rows], strict=True)
    words, numbers = pa.array(texts, pa.string()).dictionary_encode(), pa.array(moments)
    schema = TABLES["vehicles"].schema
    columns = {field.name: words if pa.types.is_string(field.type) else numbers for field in schema}
    hours = [datetime.fromtimestamp(moment, UTC) for moment in moments]
    columns["batch_timestamp"] = pa.array([moment * unit for moment in moments])
    if keys:
        columns |= {k: pa.array([getattr(h, k) for h in hours], pa.int32()) for k in ("year", "month", "day", "hour")}
    with tempfile.TemporaryDirectory() as folder:
        pq.write_table(pa.table(columns), f"{folder}/rows.parquet", row_group_size=group)
        lake = write_lake(Path(folder) / "lake", lake_path=Path(folder) / "rows.parquet")
        found = ask(lake, "SELECT arrival_time, trip_id, batch_timestamp, year, month, day, hour FROM t")
    wanted = [
        (m, text, m * unit, h.year, h.month, h.day, h.hour) for m, text, h in zip(moments, texts, hours, strict=True)
    ]
    assert Counter(found) == Counter(wanted)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"route_id": None, "rout_id": pa.array(["1"] * 3)}, ["no column 'route_id'", "'rout_id'"]),
        ({"arrival_time": pa.array([1.5, 2.5, 3.5])}, ["'arrival_time'", "double", "bigint"]),
        ({"stop_id": pa.array([1, 2, 3])}, ["'stop_id'", "int64", "string"]),
        ({"batch_timestamp": pa.array([None, 1, 2])}, ["batch_timestamp", "without a value"]),
    ],
)
def test_unusable_rows_are_refused_in_one_line(tmp_path, changes, words):
    with pytest.raises(UsageError) as caught:
        write_lake(tmp_path / "lake", lake_path=own_rows(tmp_path / "rows.parquet", **changes))
    assert all(word in str(caught.value) for word in words)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("lake/**/*.parquet"))


def test_wrong_use_is_refused(tmp_path):
    (tmp_path / "text.parquet").write_text("no parquet")
    (tmp_path / "empty").mkdir()
    for path in ("absent.parquet", "text.parquet", "empty"):
        with pytest.raises(UsageError):
            write_lake(tmp_path / "lake", lake_path=tmp_path / path)
    for wrong in ({"days": 0}, {"trips_share": 0.0}, {"trips_share": 2.0}):
        with pytest.raises(UsageError):
            write_lake(tmp_path / "lake", **wrong)
    write_lake(tmp_path / "lake", trips_share=0.001)
    with pytest.raises(UsageError, match="holds a lake already"):
        write_lake(tmp_path / "lake", trips_share=0.001)


def test_the_timetable_is_built_from_the_packages_tables(tmp_path):
    path = Path(__file__).parents[2] / "scripts" / "make_timetable.py"
    spec = importlib.util.spec_from_file_location("make_timetable", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    week = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    seasons = {"Sunday-H-20260526-20260907": "20260907", "Sunday-H-20260908-20261031": "20261031"}
    days = dict.fromkeys(week, "0") | {"sunday": "1"}
    calendar = [
        {"service_id": name, "start_date": name.split("-")[2], "end_date": end} | days for name, end in seasons.items()
    ]
    trips = [
        {"trip_id": f"X-{n}_00100{n}_H..S", "route_id": "H", "service_id": name, "trip_headsign": "Rockaway"}
        for n, name in enumerate([*seasons, list(seasons)[1]])
    ]
    stop_times = [
        {"trip_id": trip["trip_id"], "stop_id": stop, "arrival_time": clock, "stop_sequence": order}
        for trip in trips
        for stop, clock, order in (("H02S", "24:01:30", "10"), ("H01S", "23:59:00", "9"))
    ]
    found, patterns = script.build({"calendar": calendar, "trips": trips, "stop_times": stop_times})
    assert [trip["trip_id"] for trip in found.to_pylist()] == ["001001_H..S", "001002_H..S"]  # the latest season
    assert set(found["start"].to_pylist()) == {86_340}
    assert patterns.to_pylist() == [
        {"pattern": 0, "stop_id": "H01S", "offset": 0},
        {"pattern": 0, "stop_id": "H02S", "offset": 150},
    ]


NOW = datetime(2026, 11, 22, 21, tzinfo=UTC)
QUERIES = {"a": "SELECT 1 FROM smartroute_analytics.vehicles", "b": "SELECT 1 FROM delay_metrics"}


def test_the_history_is_what_a_dashboard_leaves_behind():
    history = list(past_executions(QUERIES, until=NOW))
    assert len(history) == PROFILES["light"].executions
    times = [past.submitted for past in history]
    assert times == sorted(times)
    assert NOW - timedelta(days=45) <= times[0]
    assert times[-1] <= NOW
    texts = Counter(past.sql for past in history)
    assert sum(texts[sql] for sql in QUERIES.values()) > 0.85 * len(history)
    assert {past.state for past in history} == {"SUCCEEDED", "FAILED", "CANCELLED"}
    scanned = [p.bytes_scanned for p in history if p.sql == QUERIES["a"] and p.state == "SUCCEEDED"]
    assert 80e6 < np.mean(scanned) < 130e6
    middle = len(times) // 2
    assert times[middle] - times[0] > times[-1] - times[middle]  # it grows


def test_the_history_can_be_made_again():
    assert list(past_executions(QUERIES, until=NOW, count=50)) == list(past_executions(QUERIES, until=NOW, count=50))
    assert len(list(past_executions({}, until=NOW, count=20, profile="heavy"))) == 20
