"""Lakes in the form of other agencies' feeds: what is ordinary there is no finding, what is wrong is counted."""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.lakes import BUCKET, PARQUET, Lake

from smartroute_runbook.lake import HIVE_NULL
from smartroute_runbook.prepare.audit import audit
from smartroute_runbook.rehearsal.lake.tables import TABLES
from smartroute_runbook.runs.run import Run

START = 1_489_363_200  # 2017-03-13T00:00:00Z
HOUR = 3600
COLUMNS = dict(TABLES["vehicles"].columns)


@dataclass(frozen=True)
class Trip:
    """A trip: its id and line, and when it arrives at each stop (seconds after the start)."""

    id: str
    route: str
    calls: tuple[tuple[str, int], ...]
    feed: str = "buses"


def line(n, stops, *, every=150, ids="{:08d}", begin=0, feed="buses"):
    """The n-th trip of a line over these stops."""
    calls = tuple((stop, begin + 420 * n + every * place) for place, stop in enumerate(stops))
    return Trip(ids.format(14_310_060 + n), "D6", calls, feed)


def polled(trips, *, hours=26, each=120, ahead=HOUR, late=30, seed=1):
    """Rows of a poller that stores every ``each`` seconds what the feed tells ``ahead`` seconds ahead.

    Predictions err by up to ``late`` seconds, alike for all stops of a trip: they overtake nothing.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for poll in range(0, hours * HOUR, each):
        for trip in trips:
            error = int(rng.integers(-late, late + 1)) if late else 0
            for stop, at in trip.calls:
                if poll <= at + error <= poll + ahead and trip.calls[0][1] - ahead <= poll:
                    rows.append((START + poll, trip, stop, START + at + error))
    return rows


def written(client, name, rows, *, clock=True):
    """The rows as hourly files of a table ``vehicles`` in a Glue database of that name; 0 for a clock that is not."""
    glue, s3, place = client("glue"), client("s3"), f"{name}/vehicles"
    where = {**PARQUET, "Columns": [{"Name": n, "Type": t} for n, t in COLUMNS.items()]}
    keys = [{"Name": key, "Type": "int"} for key in ("year", "month", "day", "hour")]
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(DatabaseName=name, TableInput={
        "Name": "vehicles", "TableType": "EXTERNAL_TABLE", "PartitionKeys": keys,
        "StorageDescriptor": {**where, "Location": f"s3://{BUCKET}/{place}/"}})  # fmt: skip
    hours = defaultdict(list)
    for row in rows:
        hours[row[0] // HOUR].append(row)
    for hour, held in sorted(hours.items()):
        moment = np.datetime64(hour * HOUR, "s").astype(object)
        values = [str(v) for v in (moment.year, moment.month, moment.day, moment.hour)]
        folder = "/".join(f"{key['Name']}={value}" for key, value in zip(keys, values, strict=True))
        made = {
            "batch_timestamp": [1000 * at for at, *_ in held], "trip_id": [trip.id for _, trip, *_ in held],
            "route_id": [trip.route for _, trip, *_ in held], "stop_id": [stop for _, _, stop, _ in held],
            "arrival_time": [arrival for *_, arrival in held], "arrival_delay_seconds": [0] * len(held),
            "next_arrival_seconds": [arrival - at for at, *_, arrival in held], "headsign": ["x"] * len(held),
            "vehicle_id": [trip.id for _, trip, *_ in held], "timestamp": [at * clock for at, *_ in held],
            "feed_path": [trip.feed for _, trip, *_ in held],
        }  # fmt: skip
        out = io.BytesIO()
        kinds = {"bigint": pa.int64(), "string": pa.string()}
        pq.write_table(pa.table({n: pa.array(made[n], kinds[kind]) for n, kind in COLUMNS.items()}), out)
        s3.put_object(Bucket=BUCKET, Key=f"{place}/{folder}/a.parquet", Body=out.getvalue())
        here = {**where, "Location": f"s3://{BUCKET}/{place}/{folder}/"}
        glue.create_partition(
            DatabaseName=name, TableName="vehicles", PartitionInput={"Values": values, "StorageDescriptor": here}
        )


@pytest.fixture
def audited(client, stack, tmp_path):
    """Audits rows as a lake of their own."""
    (tmp_path / "parameters").mkdir()

    def of(name, rows, **options):
        written(client, name, rows, **options)
        given = {"athena": {"database": name, "tables": ["vehicles"]}}
        return audit(Run.open("rehearsal", name, given, base=tmp_path))

    return of


def alarms(report):
    """Findings that somebody has to do something about."""
    ordinary = ("missing_minutes", "missing_feed_hours", "small_files")
    return {one.name: one.count for one in report.findings if one.name not in ordinary}


STOPS = [str(5_000 + n) for n in range(40)]
FEEDS = {
    "an_hour_ahead": [line(n, STOPS) for n in range(0, 200, 8)],
    "half_an_hour_ahead": [line(n, STOPS, every=90) for n in range(0, 200, 8)],
    "ids_of_2017": [line(n, STOPS, ids="B20170313WKD_{:06d}B..S") for n in range(0, 200, 8)],
    "ids_of_2024": [line(n, STOPS, ids="AFA23GEN-1038-Sunday-00_{:06d}_1..S03R") for n in range(0, 200, 8)],
    "a_loop": [line(n, [*STOPS[:9], STOPS[0]], every=180) for n in range(0, 200, 8)],
    "three_rounds": [line(n, STOPS[:8] * 3, every=200) for n in range(0, 200, 8)],
    "a_long_loop": [line(n, [*STOPS[:30], *STOPS[:5]], every=160) for n in range(0, 200, 8)],
    "there_and_back": [line(n, [*STOPS[:12], *STOPS[10::-1]], every=170) for n in range(0, 200, 8)],
    "ids_of_two_feeds": [
        line(n, STOPS[:: 1 if feed == "buses" else -1], feed=feed)
        for feed in ("buses", "trams")
        for n in range(0, 80, 8)
    ],
    "the_same_id_each_day": [line(0, STOPS), Trip("14310060", "D6", line(0, STOPS, begin=24 * HOUR).calls)],
}


@pytest.mark.parametrize("name", FEEDS)
def test_what_is_ordinary_in_another_agencys_feed_is_no_finding(audited, name):
    ahead = HOUR // 2 if name == "half_an_hour_ahead" else HOUR
    report = audited(f"feed_{name}", polled(FEEDS[name], ahead=ahead))
    found = alarms(report)
    assert found.pop("second_visit", 0) >= (1 if name in ("a_loop", "three_rounds", "there_and_back") else 0)
    found.pop("missing_hours", 0)
    assert found == {}


@pytest.mark.parametrize("ids", ["", " "])
def test_what_the_feed_does_not_say_is_counted_once_and_is_no_other_finding(audited, ids):
    trips = [line(n, STOPS[n % 7 :], ids=ids) for n in range(0, 40, 4)]
    rows = [(*row[:3], 0) if n % 9 == 0 else row for n, row in enumerate(polled(trips, hours=26, each=60))]
    found = alarms(audited(f"feed_unsaid_{len(ids)}", rows, clock=False))
    found.pop("missing_hours", 0)
    assert found == {"null_key": len(rows), "missing_arrival": len(rows[::9]), "no_feed_clock": len(rows)}


def test_rows_of_a_declared_table_are_looked_at_whatever_its_partitions_are_called(stack, tmp_path):
    (tmp_path / "parameters").mkdir()
    roles = {"checkins": {"event_time": "at", "unit": "milliseconds", "keys": ["badge"]}}
    given = {"athena": {"tables": ["checkins"]}, "audit": {"roles": roles}}
    run = Run.open("rehearsal", "declared", given, base=tmp_path)
    keys = [(name, "string") for name in ("year", "month", "day")]
    lake = Lake(tmp_path, "checkins", [("badge", "string"), ("at", "bigint")], keys, run=run)
    at = 1000 * (START + HOUR)
    badges = ["a", "a", "b", "", "", " ", None, None]
    lake.put(("2017", "03", "13"), {"badge": badges, "at": pa.array([at] * len(badges), pa.int64())})
    for day in ("unknown", HIVE_NULL, "14"):
        lake.put(("2017", "03", day), {"badge": ["c", "d"], "at": pa.array([at + int(day == "14"), None], pa.int64())})
    found = {one.name: one.count for one in audit(run).findings}
    rows = {name: found.get(name) for name in ("null_key", "null_time", "duplicate", "wrong_partition")}
    assert rows == {"null_key": 5, "null_time": 3, "duplicate": 2, "wrong_partition": 3}


def test_arrivals_out_of_order_are_counted_where_lists_grow_at_their_end(audited):
    rows = polled(FEEDS["an_hour_ahead"])
    wrong = [n for n in range(5_000, len(rows) - 1, 4_001) if rows[n][:2] == rows[n + 1][:2]]
    for n in wrong:
        rows[n] = (*rows[n][:3], rows[n + 1][3] + 20)
    assert wrong
    assert alarms(audited("feed_wrong_order", rows)).get("not_monotone") == len(wrong)


@pytest.mark.parametrize("name", ["one_row", "four_polls", "three_of_fifty_hours"])
def test_what_is_not_complete_is_not_called_so(audited, name):
    rows = polled(FEEDS["an_hour_ahead"], hours=50)
    some = {
        "one_row": rows[:1],
        "four_polls": [row for row in rows if row[0] < START + 4 * 120],
        "three_of_fifty_hours": [row for row in rows if (row[0] - START) // HOUR in (0, 30, 49)],
    }[name]
    assert audited(f"feed_{name}", some or rows[:1]).incomplete
