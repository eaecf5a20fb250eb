"""The audit finds each planted oddity with its count, and nothing on a clean lake."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smartroute_runbook.errors import UsageError
from smartroute_runbook.prepare.audit import audit
from smartroute_runbook.prepare.audit_price import audit_price
from smartroute_runbook.prepare.schemas import read_schemas
from smartroute_runbook.rehearsal.lake.defects import UNKNOWN_STOPS
from smartroute_runbook.rehearsal.lake.tables import TABLES
from smartroute_runbook.rehearsal.lake.write import write_lake
from smartroute_runbook.runs.run import Run

LAKE = "smartroute-data-lake-123456789012"


def opened(folder, **settings):
    (folder / "parameters").mkdir(exist_ok=True)
    return Run.open("rehearsal", "audit", settings or {"aws": {}}, base=folder)


def storage(location, table):
    return {
        "Columns": [{"Name": name, "Type": kind} for name, kind in TABLES[table].columns],
        "Location": f"s3://{LAKE}/{location}/",
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    }


def publish(client, root, database):
    """Upload a lake below ``database/`` and register its vehicles in a Glue database of that name."""
    s3, glue = client("s3"), client("glue")
    glue.create_database(DatabaseInput={"Name": database})
    prefix = f"{database}/vehicles"
    glue.create_table(
        DatabaseName=database,
        TableInput={
            "Name": "vehicles",
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": key, "Type": "int"} for key in ("year", "month", "day", "hour")],
            "StorageDescriptor": storage(prefix, "vehicles"),
        },
    )
    source = root / TABLES["vehicles"].prefix
    for file in sorted(source.rglob("*.parquet")):
        folder = file.parent.relative_to(source).as_posix()
        s3.put_object(Bucket=LAKE, Key=f"{prefix}/{folder}/{file.name}", Body=file.read_bytes())
        register(client, database, folder)
    return prefix


def register(client, database, folder):
    values = [piece.partition("=")[2] for piece in folder.split("/")]
    where = storage(f"{database}/vehicles/{folder}", "vehicles")
    client("glue").create_partition(
        DatabaseName=database, TableName="vehicles", PartitionInput={"Values": values, "StorageDescriptor": where}
    )


PLANTED = {
    "missing_arrival": "missing_arrival",
    "unknown_stop": "unknown_stop",
    "delay_a_day_off": "delay_a_day_off",
    "duplicate": "duplicate",
    "ghost": "stuck",
    "late_batch": "late_batch",
    "repeated_poll": "repeated_poll",
    "not_monotone": "not_monotone",
}
"""What finds each planted oddity."""
SEEDS = (8, 10, 24)  # 8 and 10 once had the last stop of a trip in hundreds of swaps, 10 a frozen train to come


def audited(client, root, folder, database):
    """The audit of a lake's vehicles, with the list of stops that the timetable knows."""
    publish(client, root, database)
    stops = sorted({row.as_py() for row in pq.read_table(root / "processed/vehicles")["stop_id"].unique()})
    known = [stop for stop in stops if stop not in UNKNOWN_STOPS]
    (folder / "stops.txt").write_text("stop_id,stop_name\n" + "".join(f"{stop},\n" for stop in known))
    return audit(opened(folder, athena={"database": database, "tables": ["vehicles"]}, audit={"stops": "stops.txt"}))


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    return write_lake(tmp_path_factory.mktemp("odd") / "lake", trips_share=0.01)


@pytest.fixture(scope="module")
def found(client, stack, odd, tmp_path_factory):
    return audited(client, odd.root, tmp_path_factory.mktemp("run"), "odd")


@pytest.mark.parametrize(("planted", "measure"), PLANTED.items())
def test_each_planted_oddity_is_found_with_its_count(odd, found, planted, measure):
    assert odd.oddities[planted] > 0
    assert found.count(measure) == odd.oddities[planted]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_counts_are_exact_whatever_the_seed(client, stack, tmp_path, seed):
    lake = write_lake(tmp_path / "lake", trips_share=0.01, seed=seed)
    report = audited(client, lake.root, tmp_path, f"odd{seed}")
    counts = {planted: report.count(measure) for planted, measure in PLANTED.items()}
    assert counts == {planted: lake.oddities[planted] for planted in PLANTED}


def test_the_list_that_ships_knows_every_stop_of_the_timetable(odd, tmp_path):
    stops = Path(__file__).parents[2] / "parameters" / "stops.txt"
    with stops.open(newline="", encoding="utf-8") as file:
        known = {row["stop_id"] for row in csv.DictReader(file)}
    listed = set(pq.read_table(odd.root / "processed/vehicles")["stop_id"].unique().to_pylist())
    assert listed - known <= set(UNKNOWN_STOPS)


def test_a_list_of_stops_that_is_not_there_is_a_clear_line(stack, tmp_path):
    with pytest.raises(UsageError, match=r"none\.txt cannot be read"):
        audit(opened(tmp_path, audit={"stops": "none.txt"}))


def test_the_rows_and_hours_are_those_written(odd, found):
    assert found.rows == odd.rows["vehicles"]
    assert len(found.hours) == len(odd.partitions["vehicles"])
    assert found.blocks == ()
    assert found.usd >= 4 * 0.00005


def silences(root):
    """Minutes without a poll of a feed that speaks in that hour, and hours in which a feed is silent: from files."""
    files = sorted((root / TABLES["vehicles"].prefix).rglob("*.parquet"))
    hours = []
    for file in files:
        rows = pq.read_table(file, columns=["feed_path", "batch_timestamp"]).to_pylist()
        spoken = Counter(feed for feed, _ in {(row["feed_path"], row["batch_timestamp"] // 60_000) for row in rows})
        parts = dict(part.split("=") for part in file.parent.relative_to(root / TABLES["vehicles"].prefix).parts)
        hours.append((tuple(int(parts[key]) for key in ("year", "month", "day", "hour")), spoken))
    hours.sort(key=lambda hour: hour[0])
    feeds = {feed for _, spoken in hours for feed in spoken}
    minutes = sum(60 - n for _, spoken in hours[1:-1] for n in spoken.values())
    return minutes, sum(len(feeds) - len(spoken) for _, spoken in hours)


def test_on_a_clean_lake_nothing_is_found_but_what_thinned_traffic_leaves_silent(client, stack, tmp_path):
    """With all trips running no feed is ever silent; so few of them leave gaps, and files of a few kilobytes."""
    write_lake(tmp_path / "lake", trips_share=0.004, oddities=False)
    publish(client, tmp_path / "lake", "clean")
    clean = audit(opened(tmp_path, athena={"database": "clean", "tables": ["vehicles"]}))
    assert {finding.name for finding in clean.findings} == {"small_files", "missing_minutes", "missing_feed_hours"}
    assert {finding.rating for finding in clean.findings} == {"note"}
    minutes, hours = silences(tmp_path / "lake")
    assert (clean.count("missing_minutes"), clean.count("missing_feed_hours")) == (minutes, hours)


def test_an_hour_that_is_missing_and_rows_in_a_wrong_or_impossible_place_are_counted(client, stack, tmp_path):
    lake = write_lake(tmp_path / "lake", trips_share=0.004, oddities=False)
    folder = tmp_path / "lake" / TABLES["vehicles"].prefix / "year=2026/month=9/day=21"
    shutil.rmtree(folder / "hour=12")
    file = next((folder / "hour=15").glob("*.parquet"))
    rows = pq.read_table(file)
    for column, positions, change in (
        ("batch_timestamp", (0, 1, 2), lambda ms: ms + 3_600_000),
        ("arrival_time", (5, 6), lambda s: s + 3 * 86_400),
        ("route_id", (8,), lambda _: None),
        ("next_arrival_seconds", (9,), lambda _: 30_000),
    ):
        values = rows[column].to_pylist()
        for position in positions:
            values[position] = change(values[position])
        where, field = rows.schema.get_field_index(column), rows.schema.field(column)
        rows = rows.set_column(where, field, pa.array(values, field.type))
    pq.write_table(rows, file)
    publish(client, tmp_path / "lake", "holed")
    found = audit(opened(tmp_path, athena={"database": "holed", "tables": ["vehicles"]}))
    counts = {name: found.count(name) for name in
              ("missing_hours", "wrong_partition", "impossible_arrival", "null_key", "far_future")}  # fmt: skip
    expected = {"missing_hours": 1, "wrong_partition": 3, "impossible_arrival": 2, "null_key": 1, "far_future": 1}
    assert counts == expected
    assert found.rows < lake.rows["vehicles"]
    assert len(found.blocks) == 1


def test_files_that_glue_does_not_know_and_other_columns_block(client, stack, tmp_path):
    write_lake(tmp_path / "lake", trips_share=0.001)
    prefix = publish(client, tmp_path / "lake", "broken")
    s3 = client("s3")
    some = s3.list_objects_v2(Bucket=LAKE, Prefix=prefix)["Contents"][0]["Key"]
    data = pq.read_table(io.BytesIO(s3.get_object(Bucket=LAKE, Key=some)["Body"].read()))
    swapped = data.select([*reversed(data.column_names)])
    put(s3, f"{some.rpartition('/')[0]}/swapped.parquet", swapped)
    at = data.schema.get_field_index("arrival_time")
    put(s3, f"{some.rpartition('/')[0]}/texts.parquet", data.set_column(at, "arrival_time", data["trip_id"]))
    put(s3, f"{prefix}/year=2026/month=9/day=20/hour=1/part.parquet", data)
    put(s3, f"{prefix}/year=2026/month=9/day=18/hour=6/_SUCCESS", data.slice(0, 0))
    register(client, "broken", "year=2026/month=9/day=19/hour=1")
    report = audit(opened(tmp_path, athena={"database": "broken", "tables": ["vehicles"]}))
    names = {finding.name: finding for finding in report.findings}
    assert names["unregistered"].count == 1
    assert "year=2026/month=9/day=20/hour=1" in names["unregistered"].words
    assert names["schema"].count == 1
    assert "arrival_time is string, not bigint" in names["schema"].words
    assert "column order is feed_path" in names["evolved"].words
    assert names["evolved"].rating == "note"
    assert names["empty_partition"].count == 1
    assert len(report.blocks) >= 2
    assert "blocking" in report.view().title


def test_hours_that_are_none_are_counted_and_break_nothing(client, stack, tmp_path):
    made = write_lake(tmp_path / "lake", trips_share=0.001)
    prefix = publish(client, tmp_path / "lake", "dateless")
    s3 = client("s3")
    some = s3.list_objects_v2(Bucket=LAKE, Prefix=prefix)["Contents"][0]["Key"]
    data = pq.read_table(io.BytesIO(s3.get_object(Bucket=LAKE, Key=some)["Body"].read()))
    for folder in ("year=2026/month=9/day=20/hour=__HIVE_DEFAULT_PARTITION__", "year=2026/month=2/day=30/hour=5"):
        put(s3, f"{prefix}/{folder}/part.parquet", data)
        register(client, "dateless", folder)
    report = audit(opened(tmp_path, athena={"database": "dateless", "tables": ["vehicles"]}))
    names = {finding.name: finding for finding in report.findings}
    assert names["dateless"].count == 2
    assert report.rows == made.rows["vehicles"] + 2 * data.num_rows
    assert len(report.hours) == len(made.partitions["vehicles"])


def test_another_table_of_the_plans_name_is_not_asked_what_its_columns_cannot_say(client, stack, tmp_path):
    glue, s3 = client("glue"), client("s3")
    glue.create_database(DatabaseInput={"Name": "bikes"})
    where = {**storage("bikes/vehicles", "vehicles"), "Columns": [{"Name": "trip_id", "Type": "bigint"}]}
    table = {"Name": "vehicles", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": where, "PartitionKeys": []}
    glue.create_table(DatabaseName="bikes", TableInput=table)
    put(s3, "bikes/vehicles/a.parquet", pa.table({"trip_id": pa.array([1], pa.int64())}))
    report = audit(opened(tmp_path, athena={"database": "bikes", "tables": ["vehicles"]}))
    (finding,) = [one for one in report.findings if one.rating == "accept"]
    assert finding.name == "other_columns"
    assert "declare audit.roles: trip_id, route_id" in finding.words
    assert report.incomplete
    assert report.scanned_bytes == 0


def put(s3, key, table: pa.Table):
    data = io.BytesIO()
    pq.write_table(table, data)
    s3.put_object(Bucket=LAKE, Key=key, Body=data.getvalue())


def test_what_it_costs_is_said_before_and_kept_to(stack, odd, found, tmp_path):
    run = opened(tmp_path, athena={"database": "odd", "tables": ["vehicles"]}, audit={"budget_usd": 0.0001})
    price = audit_price(run)
    assert found.usd <= price.usd
    assert "at most $" in price.view().parts[0].text
    with pytest.raises(UsageError, match=r"audit\.budget_usd"):
        audit(run)


def test_every_column_is_documented(found, stack, tmp_path):
    tables = read_schemas(opened(tmp_path))
    assert {table.name for table in tables} == set(TABLES)
    assert all(meaning for table in tables for *_, meaning in table.columns)
    assert found.schemas[0].table().rows[-1][:3] == ("hour", "int", "partition")
