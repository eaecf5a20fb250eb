"""Lakes of every form that is carried, in one run: designed, loaded, proven; and what is not carried, by name."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
from support.gates import do_signed, pass_week, reach
from support.lakes import D1, D2, Lake, world

from smartroute_runbook import load
from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import UsageError
from smartroute_runbook.lake import HIVE_NULL
from smartroute_runbook.runs.run import Run

ID, NAME = [("id", "bigint"), ("name", "string")], ("name", "string")
STRINGS = (("year", "string"), ("month", "string"), ("day", "string"))


def rows(*ids, **extra):
    return pa.table({"id": pa.array(ids, pa.int64()), "name": pa.array([f"n{n}" for n in ids]), **extra})


def moments():
    texts = ("2026-09-21T01:02:03.123456", "2026-09-21T01:02:03.123500", "2026-09-21T01:02:03.123999")
    micros = [dt.datetime.fromisoformat(text) for text in (*texts, "1969-12-31T23:59:59.999500")]
    return pa.table({
        "id": pa.array([1, 2, 3, 4], pa.int64()), "at": pa.array(micros, pa.timestamp("us")),
        "on_day": pa.array([dt.date(2026, 9, 21), None, dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
        "fare": pa.array([Decimal("1.25"), None, Decimal("-99999999.99"), Decimal("0.00")], pa.decimal128(10, 2)),
        "few": pa.array([1, -128, 127, None], pa.int8()), "some": pa.array([1, None, 32767, -32768], pa.int16()),
        "ratio": pa.array([0.1, float("nan"), float("-inf"), None], pa.float32()),
        "code": pa.array(["a", "ab ", None, "é"]), "raw": pa.array([b"", b"\x00\xff", None, b"abc"], pa.binary()),
        "yes": pa.array([True, False, None, True]),
    })  # fmt: skip


TYPED = [
    ("id", "bigint"), ("at", "timestamp"), ("on_day", "date"), ("fare", "decimal(10,2)"), ("few", "tinyint"),
    ("some", "smallint"), ("ratio", "float"), ("code", "varchar(5)"), ("raw", "binary"), ("yes", "boolean"),
]  # fmt: skip
PROJECTED = {
    "projection.enabled": "true", "projection.dt.type": "date", "projection.dt.range": "2026-09-20,2026-09-25",
    "projection.dt.format": "yyyy-MM-dd", "projection.region.type": "enum", "projection.region.values": "eu,us",
}  # fmt: skip
DT = (("dt", "string"),)
NULLED = (("year", "int"), ("month", "int"), ("day", "int"), ("hour", "int"))

FORMS = {
    "strings": {"columns": ID, "keys": STRINGS, "parts": {("2026", "09", "21"): rows(1), ("2026", "10", "2"): rows(2)}},
    "a_date": {"columns": ID, "keys": (("dt", "date"),), "parts": {("2026-09-21",): rows(1), ("2026-09-22",): rows(2)}},
    "texts": {"columns": ID, "keys": DT, "parts": {("2026-09-21",): rows(1), ("2026-09-22",): rows(2)}},
    "regions": {
        "columns": ID, "keys": (("region", "string"), ("year", "int"), ("month", "int"), ("day", "int")),
        "parts": {("eu", *D1): rows(1), ("us", *D1): rows(2), ("eu", *D2): rows(3)},
    },
    "nulls": {"columns": ID, "keys": NULLED, "parts": {(*D1, 4): rows(1), (*D1, HIVE_NULL): rows(2)}},
    "no_day": {"columns": ID, "parts": {D1: rows(1), (2026, 2, 30): rows(2), (0, 0, 0): rows(3)}},
    "dimension": {"columns": ID, "keys": ()},
    "projected": {"columns": ID, "keys": (("region", "string"), ("dt", "string")), "parameters": PROJECTED,
                  "parts": {("eu", "2026-09-21"): rows(1), ("us", "2026-09-22"): rows(2, 3)}},
    "typed": {"columns": TYPED, "parts": {D1: moments()}},
    "evolved": {"columns": [*ID, ("extra", "bigint")],
                "parts": {D1: rows(1), D2: rows(2, extra=pa.array([7], pa.int32()), unread=pa.array([1]))}},
    "later": {"columns": ID, "parts": {D1: rows(1, 2), (2038, 2, 10): rows(3)}},
}  # fmt: skip


@pytest.fixture(scope="module")
def base(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lakes")
    copy_to(folder)
    world(folder)
    return folder


@pytest.fixture(scope="module")
def lakes(base):
    """All of them, made, in one run that is loaded."""
    made = {name: Lake(base, f"form_{name}", **form) for name, form in FORMS.items()}
    made["dimension"].put((), rows(1, 2, 3))
    again = made["no_day"]
    again.put(D1, rows(4), folder="year=2026/month=09/day=21/", register=False)  # the same day, another writer
    again.glue.create_partition(
        DatabaseName="smartroute_analytics", TableName=again.name,
        PartitionInput={"Values": ["2026", "09", "21"], "StorageDescriptor": {
            **again.description, "Location": again.address("year=2026/month=09/day=21/")}},
    )  # fmt: skip
    again.put(D1, rows(5), "part-1/b.parquet", register=False)
    again.put(D1, rows(6), "_temporary/0/c.parquet", register=False)
    given = {
        **load_parameters("rehearsal", base)["settings"],
        "athena": {"tables": [one.name for one in made.values()]},
    }
    run = reach(Run.open("rehearsal", "forms", given, base=base), 2)
    do_signed(run, [load.CreateTables()], "week2.tables")
    run.do(load.LoadDays())
    pass_week(run, 2)
    return made, run


@pytest.fixture(scope="module")
def proofs(lakes):
    return {row[0].removeprefix("form_"): row for row in load.prove(lakes[1]).tables}


@pytest.mark.parametrize("name", FORMS)
def test_a_lake_is_loaded_and_proven(lakes, proofs, name):
    rows_there = {"later": 2, "no_day": 5, "typed": 4, "dimension": 3, "regions": 3, "projected": 3}.get(name, 2)
    assert proofs[name][3] == proofs[name][4] == rows_there
    assert proofs[name][1] == ("equal in part" if name == "later" else "equal")


def test_what_is_dated_after_now_is_told_everywhere_and_blocks_until_it_is_accepted(lakes, base):
    made, run = lakes
    proof = load.prove_table(run, "form_later")
    assert round(proof.covered, 2) == 0.67
    assert "year=2038" in str(proof.view())
    (left,) = load.inventory(run).left_out
    assert (left.why, left.rows) == ("not begun", 1)
    assert load.sync(run).as_json()["left_out"][0]["rows"] == 1
    proofs = load.prove(run)
    assert any("1 rows in 1 partitions not begun" in reason for reason in proofs.blocks)
    settings = {**run.settings.model_dump(), "load": {**run.settings.load.model_dump(), "leave_out_future": True}}
    accepted = Run.open("rehearsal", "forms", settings, base=base)
    assert not load.prove(accepted).blocks
    assert made


def test_a_dimension_that_changed_is_loaded_again_whole(lakes):
    made, run = lakes
    made["dimension"].put((), rows(1, 3, 4))
    assert load.sync(run).partitions == 1
    assert load.prove_table(run, "form_dimension").equal
    assert [row[0] for row in made["dimension"].rows("id", "id")] == [1, 3, 4]


def test_one_bad_partition_holds_back_no_other(lakes):
    made, run = lakes
    lake = made["regions"]
    lake.put(("eu", *D1), rows(9).set_column(1, "name", pa.array(["x" * 300])))
    lake.put(("us", *D1), rows(8))
    lake.put(("eu", *D2), rows(7))
    with pytest.raises(
        Exception, match=r"1 of 3 partitions were not loaded.*region=eu/year=2026/month=9/day=21"
    ) as error:
        load.sync(run)
    assert "The others are loaded" in str(error.value)
    assert [row[0] for row in lake.rows("id", "id")] == [1, 7, 8]
    lake.put(("eu", *D1), rows(1))
    load.sync(run)
    assert load.prove_table(run, lake.name).equal


REFUSED = {
    "injected": ({"columns": ID, "keys": (("who", "string"),), "parameters": {
        "projection.enabled": "true", "projection.who.type": "injected"}}, "injected"),
    "nested": ({"columns": [*ID, ("tags", "array<string>")]}, "type array<string>, which has parts.*Flatten"),
    "system": ({"columns": [*ID, ("oid", "bigint")]}, "'oid' of .* system column"),
    "long_name": ({"columns": [*ID, ("x" * 130, "int")]}, "a name of 130 bytes"),
    "keyed": ({"columns": ID, "keys": (("share", "double"),)}, "partitioned by share, which is a double"),
    "delta": ({"columns": ID, "parameters": {"spark.sql.sources.provider": "delta"}}, "is a Delta table"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_carried_is_refused_by_name_before_a_table_is_made(base, name):
    form, said = REFUSED[name]
    lake = Lake(base, f"refused_{name}", **form)
    with pytest.raises(UsageError, match=said):
        load.inventory(lake.run)


def test_a_value_that_is_none_of_its_type_is_named_with_its_partition(base):
    lake = Lake(base, "odd_value", ID, parts={D1: rows(1)})
    lake.put(("2026", "9", "eu"), rows(2))
    with pytest.raises(UsageError, match=r"Partition day=eu of odd_value .* is no int.*DROP PARTITION"):
        load.inventory(lake.run)
