"""Two tables compared: every planted difference found, named and explained; no alarm where there is none."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.prove_engines import DuckEngine

from smartroute_runbook.canonical import canonical
from smartroute_runbook.errors import Refused, ServiceError, UsageError, VerificationFailed
from smartroute_runbook.prove import Field, TableSpec, tables_equal

TYPES = {
    "trip_id": "string", "headsign": "string", "arrival_time": "bigint", "timestamp": "bigint", "speed": "double",
    "fare": "decimal(10,2)", "seen": "timestamp(6)", "on_time": "boolean",
}  # fmt: skip
ARROW = {
    "string": pa.string(), "bigint": pa.int64(), "double": pa.float64(), "decimal(10,2)": pa.decimal128(10, 2),
    "timestamp(6)": pa.timestamp("us"), "boolean": pa.bool_(), "int": pa.int32(),
}  # fmt: skip
KEYS = ("day", "hour")
SPEC = TableSpec(
    "lake",
    "trips",
    tuple(Field(name, kind) for name, kind in TYPES.items()),
    tuple(Field(name, "int") for name in KEYS),
    lake_bytes=1_000_000,
)
MIDNIGHT = datetime.fromisoformat("2026-09-21")


def lake(seed, rows=400, hours=4):
    """Rows as dicts, some of them twice, with NULLs and empty texts."""
    chance = random.Random(seed)
    made = []
    for n in range(rows):
        hour = chance.randrange(hours)
        epoch = 1_790_000_000 + hour * 3600 + n
        made.append(
            {
                "trip_id": f"{n:06d}_A..N",
                "headsign": chance.choice(["South Ferry", "", None, "Zoë ~ 1:a"]),
                "arrival_time": chance.choice([None, epoch + 60]),
                "timestamp": epoch,
                "speed": chance.choice([None, 0.1, chance.gauss(0, 1e9), 1 / 3]),
                "fare": Decimal(chance.randrange(10**6)) / 100,
                "seen": MIDNIGHT + timedelta(hours=hour, microseconds=chance.randrange(10**9)),
                "on_time": chance.choice([True, False, None]),
                "day": 21,
                "hour": hour,
            }
        )
    return made + [dict(row) for row in chance.sample(made, rows // 20)]


@pytest.fixture(scope="module")
def engines():
    return DuckEngine("athena"), DuckEngine("redshift")


def table(rows, names=(*TYPES, *KEYS)):
    kinds = {**TYPES, "day": "int", "hour": "int"}
    return pa.table({name: pa.array([row[name] for row in rows], ARROW[kinds[name]]) for name in names})


def put(engine, rows, names=(*TYPES, *KEYS)):
    engine.db.register("arrived", table(rows, names))
    engine.db.execute("CREATE OR REPLACE TABLE lake.trips AS SELECT * FROM arrived")


def compare(engines, control, candidate, **options):
    put(engines[0], control)
    put(engines[1], candidate)
    return tables_equal(*engines, SPEC, **options)


def changed(n=7, **values):
    """One row with other values; the row before the change is taken from those that hold all columns."""

    def change(rows):
        full = [row for row in rows if None not in row.values() and row["headsign"]]
        target = full[n]
        target.update({name: value(target) if callable(value) else value for name, value in values.items()})
        return rows

    return change


def compensating(rows):
    rows[3]["timestamp"] += 5
    rows[4]["timestamp"] -= 5
    return rows


def emptied(rows):
    row = next(row for row in rows if row["headsign"] is None)
    row["headsign"] = ""
    return rows


PLANTED = {
    "one bit of a double": (changed(speed=lambda r: math.nextafter(r["speed"], math.inf)), [("rounding", {"speed"})]),
    "the eleventh digit": (changed(speed=lambda r: r["speed"] * (1 + 1e-11)), [("rounding", {"speed"})]),
    "one microsecond": (
        changed(seen=lambda r: r["seen"] + timedelta(microseconds=1)),
        [("rounding", {"seen"})],
    ),
    "one trailing blank": (changed(headsign=lambda r: r["headsign"] + " "), [("trailing-blank", {"headsign"})]),
    "NULL against ''": (emptied, [("null-empty", {"headsign"})]),
    "a shifted epoch": (changed(timestamp=lambda r: r["timestamp"] - 4 * 3600), [("zone", {"timestamp"})]),
    "a shifted timestamp": (changed(seen=lambda r: r["seen"] + timedelta(hours=5)), [("zone", {"seen"})]),
    "seconds as milliseconds": (changed(timestamp=lambda r: r["timestamp"] * 1000), [("scale", {"timestamp"})]),
    "a decimal rounded": (changed(fare=lambda r: r["fare"].quantize(Decimal(1)) + Decimal("0.00")), None),
    "columns swapped": (
        changed(arrival_time=lambda r: r["timestamp"], timestamp=lambda r: r["timestamp"] + 60),
        [("swapped", {"arrival_time", "timestamp"})],
    ),
    "a boolean flipped": (changed(on_time=lambda r: not r["on_time"]), [("value", {"on_time"})]),
    "a row doubled": (lambda rows: [*rows, dict(rows[5])], [("doubled", set())]),
    "a row lost": (lambda rows: rows[1:], [("missing", set())]),
    "a row too many": (lambda rows: [*rows, {**rows[1], "trip_id": "other"}], [("extra", set())]),
    "one value in another hour": (changed(hour=3, day=22), [("moved", {"day"})]),
    "changes that keep all sums": (compensating, [("value", {"timestamp"})] * 2),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_difference_is_found_and_named(engines, name):
    plant, expected = PLANTED[name]
    control = [row for row in lake(1) if row["hour"] != 3 or row["day"] != 22]
    proof = compare(engines, control, plant(lake(1)))
    assert proof.verdict == "different"
    found = sorted((item.reason, set(item.columns)) for item in proof.differences)
    if name == "one value in another hour":
        found = [(reason, columns & {"day"}) for reason, columns in found]
    if expected is not None:
        assert found == expected
    assert proof.unlocated_buckets == 0
    canonical(proof)
    canonical(proof.as_json())
    assert proof.view().tone == "bad"


def test_differences_are_found_from_the_other_side_too(engines):
    proof = compare(engines, lake(1)[1:], lake(1))
    assert [item.reason in {"extra", "doubled"} for item in proof.differences] == [True]


@pytest.mark.parametrize("seed", range(20))  # 200 of them: soak_shuffled.py
def test_shuffled_tables_are_equal(engines, tmp_path, seed):
    """Rows, files and columns in any order on either side: no false alarm."""
    proof, rows = shuffled(engines, tmp_path, seed)
    assert (proof.verdict, proof.differences, proof.control_rows) == ("equal", (), rows)
    assert proof.scans == 1


def shuffled(engines, folder, seed):
    """The same rows in other orders, in other files with other orders of columns, compared."""
    rows = lake(seed, rows=60)
    chance = random.Random(-seed)
    for engine in engines:
        chance.shuffle(rows)
        edges = sorted({0, len(rows), *(chance.randrange(len(rows)) for _ in range(chance.randrange(6)))})
        files = []
        for n, (start, end) in enumerate(itertools.pairwise(edges)):
            names = [*TYPES, *KEYS]
            chance.shuffle(names)
            files.append(str(folder / f"{engine.name}-{n}.parquet"))
            pq.write_table(table(rows[start:end], names), files[-1])
        chance.shuffle(files)
        read = f"read_parquet({files!r}, union_by_name = true)"
        engine.db.execute(f"CREATE OR REPLACE TABLE lake.trips AS SELECT * FROM {read}")
    return tables_equal(*engines, SPEC), len(rows)


def test_a_partition_loaded_twice_is_one_difference(engines):
    rows = lake(2)
    proof = compare(engines, rows, rows + [row for row in rows if row["hour"] == 1])
    (only,) = proof.differences
    n = sum(1 for row in rows if row["hour"] == 1)
    assert (only.reason, only.rows, dict(only.partition)) == ("doubled", (n, 2 * n), {"day": 21, "hour": 1})
    asked = [sql for sql in engines[0].asked if "trips" in sql]
    assert len(asked[-2:]) == 2  # a count and one pass: no row had to be fetched
    assert proof.scans == 1


def test_a_missing_partition_and_a_moved_one(engines):
    rows = lake(3)
    proof = compare(engines, rows, [row for row in rows if row["hour"] != 2])
    assert [(item.reason, dict(item.partition)) for item in proof.differences] == [("missing", {"day": 21, "hour": 2})]
    shifted = [{**row, "day": 22} if row["hour"] == 2 else row for row in rows]
    proof = compare(engines, rows, shifted)
    assert [(item.reason, item.columns) for item in proof.differences] == [("moved", ("day",))]


def test_a_missing_last_minute(engines):
    rows = lake(4)
    last = max(row["seen"] for row in rows)
    kept = [row for row in rows if row["seen"] <= last - timedelta(seconds=60)]
    proof = compare(engines, rows, kept)
    assert sum(item.rows[0] - item.rows[1] for item in proof.differences) == len(rows) - len(kept) > 0
    assert {item.reason for item in proof.differences} == {"missing"}


def test_everything_shifted_by_a_zone_is_explained_by_a_sample(engines):
    rows = lake(5, rows=30_000, hours=1)
    proof = compare(engines, rows, [{**row, "timestamp": row["timestamp"] + 4 * 3600} for row in rows])
    assert proof.unlocated_buckets > 0
    assert sum(1 for item in proof.differences if item.reason == "zone" and item.columns == ("timestamp",)) >= 50


def test_many_scattered_differences_are_all_found(engines):
    rows = lake(6, rows=20_000, hours=6)
    other = [dict(row) for row in rows]
    for n in range(100):
        other[n * 150]["timestamp"] += 1
    kept = [row for n, row in enumerate(other) if n % 150 != 75 or n > 7500]
    proof = compare(engines, rows, kept)
    assert proof.unlocated_buckets == 0
    reasons = [item.reason for item in proof.differences]
    assert reasons.count("value") == 100
    assert sum(item.rows[0] - item.rows[1] for item in proof.differences) == len(rows) - len(kept) == 50


def test_the_lake_is_not_read_again_for_scattered_differences(engines):
    """Sums tell rows that differ alone in their group; only the candidate, which bills no bytes, is asked more."""
    rows = lake(12, rows=20_000, hours=6)
    other = [dict(row) for row in rows]
    for n in range(4):
        other[n * 100]["timestamp"] += 1
    kept = other + [dict(other[n]) for n in (60, 160)]
    for engine in engines:
        engine.asked.clear()
    proof = compare(engines, rows, kept)
    on_tables = [[sql for sql in engine.asked if "trips" in sql] for engine in engines]
    assert (len(on_tables[0]), len(on_tables[1])) == (2, 3)  # a count and a pass; and once more on the candidate
    assert (proof.scans, proof.unlocated_buckets) == (1, 0)
    reasons = Counter(item.reason for item in proof.differences)
    assert reasons == {"value": 4, "doubled": 2}


@pytest.mark.parametrize(
    "pair", [([], []), ([], None), (None, [])], ids=["both empty", "control empty", "candidate empty"]
)
def test_empty_tables(engines, pair):
    control, candidate = (lake(7, rows=5, hours=1) if rows is None else rows for rows in pair)
    put(engines[0], control)
    put(engines[1], candidate)
    spec = TableSpec(SPEC.database, SPEC.table, SPEC.columns, SPEC.partitions, registered=((21, 0), (21, 1)))
    proof = tables_equal(*engines, spec)
    assert proof.equal == (control == candidate)
    assert len(proof.partitions) == 2


def test_a_table_without_partitions(engines):
    rows = lake(8, hours=1)
    put(engines[0], rows)
    put(engines[1], rows[:-1])
    spec = TableSpec(SPEC.database, SPEC.table, SPEC.columns)
    proof = tables_equal(*engines, spec)
    assert proof.verdict == "different"
    assert sum(item.rows[0] - item.rows[1] for item in proof.differences) == 1


def test_only_up_to_the_read_point(engines):
    rows = lake(9)
    late = [{**row, "hour": 9} for row in rows[:20]]
    put(engines[0], rows)
    put(engines[1], rows + late)
    spec = TableSpec(SPEC.database, SPEC.table, SPEC.columns, SPEC.partitions, until=(21, 8))
    proof = tables_equal(*engines, spec)
    assert proof.equal
    assert "to day=21/hour=8" in proof.read_point


def test_a_table_that_moves_is_no_proof(engines):
    rows = lake(10)
    states = iter("ab")
    with pytest.raises(VerificationFailed, match="changed while it was compared"):
        compare(engines, rows, rows, lake_state=lambda: next(states))


def test_an_empty_answer_for_full_files_is_no_proof(engines):
    with pytest.raises(ServiceError, match="Athena counts no rows"):
        compare(engines, [], [])


def test_priced_before_anything_runs(engines):
    asked = len(engines[0].asked)
    with pytest.raises(Refused, match="budget"):
        compare(engines, lake(1), lake(1), budget_usd=Decimal("0.00000001"))
    unknown = TableSpec("lake", "trips", SPEC.columns)
    with pytest.raises(UsageError, match="lake_bytes"):
        tables_equal(*engines, unknown, budget_usd=Decimal(1))
    assert len(engines[0].asked) == asked
    proof = compare(engines, lake(1), lake(1), budget_usd=Decimal(1))
    assert proof.priced_before.bytes == 2 * 10**7
    assert proof.scans == 1


def test_values_never_enter_the_sql_as_text(engines):
    rows = lake(11, hours=1)
    for row in rows:
        row["hour"], row["day"] = 1, 1
    evil = "x'); DROP TABLE lake.trips; --"
    kinds = (Field("day", "int"), Field("headsign", "string"))
    columns = tuple(field for field in SPEC.columns if field.name != "headsign")
    spec = TableSpec("lake", "trips", columns, kinds)
    for row in rows[:100]:
        row["headsign"] = evil
    put(engines[0], rows)
    put(engines[1], rows[1:])
    assert tables_equal(*engines, spec).verdict == "different"
