"""Partitions and files at the edges of what Athena reads: no day, the calendar's last day, odd texts, odd files."""

from __future__ import annotations

import datetime as dt
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.lakes import BUCKET, D1, D2, Lake, body, carry, run_over, world

from smartroute_runbook import load
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import UsageError, VerificationFailed
from smartroute_runbook.lake import SourceTable
from smartroute_runbook.lake.layout import layout_of
from smartroute_runbook.lake.parquet import reading_of
from smartroute_runbook.lake.projection import projection_of
from smartroute_runbook.lake.values import typed
from smartroute_runbook.load import source
from smartroute_runbook.load.scope import Scope

MONTH_DAY, HOUR_TEXT = (("month", "string"), ("day", "string")), (("dt", "string"), ("hour", "string"))
ID, DT = [("id", "bigint"), ("name", "string")], (("dt", "string"),)


def rows(*ids, **extra):
    return pa.table({"id": pa.array(ids, pa.int64()), "name": pa.array([f"n{n}" for n in ids], pa.string()), **extra})


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ((("year", "int"), ("month", "int"), ("day", "int")), (9999, 12, 31)),
        ((("dt", "string"),), ("9999-12-31",)),
        ((("dt", "date"),), (dt.date(9999, 12, 31),)),
        ((("month", "string"),), ("9999-12",)),
        ((("year", "int"),), (9999,)),
    ],
)
def test_the_last_day_of_the_calendar_begins_and_has_no_end(columns, values):
    layout = layout_of(columns, [values])
    assert layout.begin(values).year == 9999
    assert layout.end(values) is None


@pytest.mark.parametrize("year", [0, -1, 10_000, 2**40, 2**70])
def test_a_year_outside_the_calendar_is_no_day(year):
    assert layout_of((("year", "bigint"),)).begin((year,)) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "1_0"), ("int", " 5"), ("int", ""), ("int", "٣"), ("int", "4.0"), ("tinyint", "128"),
        ("smallint", "-32769"), ("int", str(2**31)), ("bigint", str(2**63)), ("date", "20260921"),
        ("date", "2026-W39-1"), ("date", "2026-02-30"),
    ],
)  # fmt: skip
def test_what_athena_does_not_read_as_its_type_is_no_value(kind, text):
    with pytest.raises(ValueError, match=r".+"):
        typed(kind, text)


def test_values_are_read_to_the_ends_of_their_types():
    assert [typed("tinyint", "-128"), typed("bigint", str(2**63 - 1)), typed("int", "+007")] == [-128, 2**63 - 1, 7]


#: A day that has ended, and the day before it: of the month and the year that may go on.
THIS = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
BEFORE = THIS - dt.timedelta(days=1)
ODD_TEXTS = ("a'b", "a\\b", "%2F", "100%", " x", "a=b", "ß€", "null", "NULL", "x" * 300, "é" * 90)
FORMS = {
    "months": {"columns": ID, "parts": {D1: rows(1), (2026, 13, 1): rows(2), (20260, 9, 1): rows(3), D2: rows(4)}},
    "sentinel": {"columns": ID, "keys": DT, "parts": {("2026-09-21",): rows(1), ("9999-12-31",): rows(2)}},
    "texts": {"columns": ID, "keys": (("region", "string"),),
              "parts": {(text,): rows(n) for n, text in enumerate(ODD_TEXTS)}},
    "own_key": {"columns": ID, "parts": {D1: rows(1, day=pa.array([99], pa.int32()), year=pa.array(["x"]))}},
    "inside": {"columns": ID},
    "unmarked": {"columns": [*ID, ("code", "varchar(3)")],
                 "parts": {D1: pa.table({"ID": pa.array([1], pa.int64()), "name": pa.array([b"n1"], pa.binary()),
                                         "code": ["éabcd"]})}},
    "nothing": {"columns": ID},
    "year_week": {"columns": ID, "keys": (("year", "int"), ("week", "int")),
                  "parts": {(THIS.year - 1, 40): rows(1), (THIS.year, 1): rows(2), (THIS.year + 2, 1): rows(3)}},
    "this_month": {"columns": ID, "keys": (("month", "string"),), "parts": {(f"{THIS:%Y-%m}",): rows(1)}},
    "month_and_day": {"columns": ID, "keys": (("month", "string"), ("day", "string")),
                      "parts": {(f"{D:%Y-%m}", f"{D:%Y-%m-%d}"): rows(n) for n, D in enumerate((THIS, BEFORE))}},
    "key_names": {"columns": ID, "keys": (("a=b", "string"), ("p/q", "int"), ("%", "string")),
                  "parts": {("1=2", 3, "é"): rows(1), ("=", 4, "%"): rows(2)}},
    "enum": {"columns": ID, "keys": (("line", "int"),), "parts": {(1,): rows(1), ("01",): rows(2), (2,): rows(3)},
             "parameters": {"projection.enabled": "true", "projection.line.type": "enum",
                            "projection.line.values": "1,01,2"}},
    "archived": {"columns": ID, "parts": {D1: rows(1, 2), D2: rows(3)}},
}  # fmt: skip


@pytest.fixture(scope="module")
def lakes(stack, tmp_path_factory):
    """All of them in one run, loaded."""
    base = tmp_path_factory.mktemp("odd")
    copy_to(base)
    world(base)
    run = run_over(base, "odd", [f"odd_{name}" for name in FORMS])
    made = {name: Lake(base, f"odd_{name}", **form, run=run) for name, form in FORMS.items()}
    made["inside"].put(D1, rows(1), folder="outer/")
    made["inside"].put(D2, rows(2), folder="outer/inner/")
    return made, carry(run)


@pytest.fixture(scope="module")
def proofs(lakes):
    return load.prove(lakes[1])


def test_partitions_of_no_day_after_the_read_point_are_told_and_block(lakes, proofs):
    made, run = lakes
    verdicts = {row[0]: row[1] for row in proofs.tables}
    assert verdicts["odd_months"] == verdicts["odd_sentinel"] == "equal in part"
    assert [row[0] for row in made["months"].rows("id", "id")] == [1, 4]
    assert any("2 rows in 2 partitions that are no day" in why for why in proofs.blocks)
    assert any("not begun (first: dt=9999-12-31)" in why for why in proofs.blocks)
    assert {one["why"] for one in load.sync(run).as_json()["left_out"]} >= {"not begun"}
    assert any("no day" in one.why for one in load.inventory(run).left_out)


@pytest.mark.parametrize(
    ("name", "columns", "wanted"),
    [
        ("texts", "id, region", list(enumerate(ODD_TEXTS))),
        ("own_key", "id, year, day", [(1, 2026, 21)]),
        ("inside", "id, day", [(1, 21), (2, 21), (2, 22)]),
        ("unmarked", "id, name, code", [(1, "n1", "éab")]),
        ("enum", "id, line", [(1, 1), (2, 1), (3, 2)]),
        ("this_month", "id, month", [(1, f"{THIS:%Y-%m}")]),
        ("month_and_day", "id, day", [(0, f"{THIS:%Y-%m-%d}"), (1, f"{BEFORE:%Y-%m-%d}")]),
        ("key_names", 'id, "a=b", "p/q", "%"', [(1, "1=2", 3, "é"), (2, "=", 4, "%")]),
    ],
)
def test_odd_partitions_and_files_are_carried_as_athena_reads_them(lakes, proofs, name, columns, wanted):
    made, run = lakes
    assert [tuple(row) for row in made[name].rows(columns, "1, 2")] == wanted
    assert {row[0]: row[1] for row in proofs.tables}[f"odd_{name}"] == "equal"
    assert load.sync(run).status == "unchanged"


def test_a_table_without_a_partition_is_no_proof_and_holds_back_no_other(proofs):
    assert ("odd_nothing", "nothing to compare", 0, 0, 0) in proofs.tables
    assert any("odd_nothing has no partition" in why for why in proofs.blocks)
    assert "Register its partitions" in str(proofs.view())


def test_a_year_that_goes_on_is_carried_and_one_that_has_not_begun_is_told(lakes, proofs):
    assert [row[0] for row in lakes[0]["year_week"].rows("id", "id")] == [1, 2]
    assert {row[0]: row[1] for row in proofs.tables}["odd_year_week"] == "equal in part"
    assert any("odd_year_week" in why and "not begun" in why for why in proofs.blocks)


@pytest.mark.parametrize(
    ("columns", "values", "until", "inside", "outside"),
    [
        (MONTH_DAY, ("2026-09", "21"), "2026-09-22T00:00", ("2026-09", "21"), ("2026-09", "22")),
        (MONTH_DAY, ("2026-09", "2026-09-21"), "2026-09-22T00:00", ("2026-09", "2026-09-21"),
         ("2026-09", "2026-09-22")),
        (HOUR_TEXT, ("2026-09-21", "2026-09-21-04"), "2026-09-21T05:00", ("2026-09-21", "2026-09-21-04"),
         ("2026-09-21", "2026-09-21-05")),
        ((("year", "int"), ("month", "int")), (2026, 9), "2026-09-21T00:00", (2026, 9), (2026, 10)),
        ((("year", "int"), ("month", "int")), (2026, 9), "2026-10-01T00:00", (2026, 9), (2026, 10)),
        ((("year", "int"), ("quarter", "int")), (2026, 3), "2027-01-01T00:00", (2026, 4), (2027, 1)),
    ],
)  # fmt: skip
def test_what_a_read_point_holds_goes_by_the_finest_column_and_holds_a_month_that_goes_on(
    columns, values, until, inside, outside
):
    layout = layout_of(columns, [values])
    assert Scope(until=until).holds(layout, inside)
    assert not Scope(until=until).holds(layout, outside)


def test_numbers_that_are_days_by_chance_are_no_dates():
    columns, ids = (("dt", "string"), ("device", "string")), ("1001121012", "9876543210", "1234567890")
    assert [one.name for one in layout_of(columns, [("2026-09-21", device) for device in ids]).columns] == ["dt"]


def test_minutes_of_a_day_that_has_ended_are_in_scope():
    given = {"type": "date", "format": "yyyy-MM-dd-HH-mm", "range": "2026-09-21-00-00,NOW", "interval": "15",
             "interval.unit": "MINUTES"}  # fmt: skip
    parameters = {"projection.enabled": "true", **{f"projection.at.{name}": value for name, value in given.items()}}
    layout = projection_of(parameters, [("at", "string")], "s3://lake/t").layout
    assert Scope(until="2026-09-22T00:00").holds(layout, ("2026-09-21-23-45",))
    assert not Scope(until="2026-09-22T00:00").holds(layout, ("2026-09-22-00-00",))


def test_a_file_that_a_rule_archives_has_gone_and_takes_no_row_along_unasked(lakes):
    lake, run = lakes[0]["archived"], lakes[1]
    key = f"{lake.root}/{lake.folder(D1)}a.parquet"
    before = lake.rows("id", "id")
    lake.s3.copy_object(
        Bucket=BUCKET,
        Key=key,
        CopySource={"Bucket": BUCKET, "Key": key},
        StorageClass="GLACIER",
        MetadataDirective="COPY",
    )
    try:
        with pytest.raises(VerificationFailed, match=r"odd_archived.*year=2026/month=9/day=21"):
            load.sync(run)
        assert not load.prove_table(run, lake.name).equal
        assert lake.rows("id", "id") == before
    finally:
        lake.put(D1, rows(1, 2))
    load.sync(run)
    assert load.prove_table(run, lake.name).equal


def test_a_value_that_is_computed_twice_is_known_by_the_files_of_both_places(lakes):
    lake, run = lakes[0]["enum"], lakes[1]
    lake.put((1,), rows(7), register=False)
    assert load.sync(run).partitions == 1
    assert [tuple(row) for row in lake.rows("id, line", "id")] == [(2, 1), (3, 2), (7, 1)]
    lake.put((1,), rows(1), register=False)
    load.sync(run)


def test_rows_of_a_partition_that_nothing_lists_are_no_proof(lakes, monkeypatch):
    run, name = lakes[1], "odd_texts"
    honest = source.registered
    monkeypatch.setattr(source, "registered", lambda *given: honest(*given)[1:])
    with pytest.raises(UsageError, match=r"1 row of odd_texts in partition .*, which is not listed"):
        source.read_lake(run, source.read_table(run, name), Scope())


def read_as(columns, rows, **table):
    """How the audit sees a file of these rows under Glue's columns."""
    file = pq.ParquetFile(io.BytesIO(body(rows)))
    return reading_of(SourceTable("lake", "t", columns, (), "s3://lake/t", **table), file)


def test_types_of_a_writers_memory_are_those_of_its_file():
    kinds = {
        "tags": ("array<string>", pa.large_list(pa.large_string()), [["a"]]),
        "pair": ("array<int>", pa.list_(pa.int32(), 2), [[1, 2]]),
        "text": ("string", pa.large_string(), ["a"]), "raw": ("binary", pa.large_binary(), [b"a"]),
        "seen": ("string", pa.string_view(), ["a"]),
        "code": ("varchar(3)", pa.dictionary(pa.int8(), pa.string()), ["a"]),
    }  # fmt: skip
    rows = pa.table({name: pa.array(values, kind) for name, (_, kind, values) in kinds.items()})
    assert not read_as(tuple((name, kind) for name, (kind, _, _) in kinds.items()), rows).refused
    assert "tags is" in read_as((("tags", "int"),), rows).refused


def test_a_file_that_is_read_by_place_is_judged_by_place():
    columns, rows = (("at", "int"), ("name", "string")), pa.table({"name": pa.array([1], pa.int32()), "at": ["x"]})
    assert "name is int32" in read_as(columns, rows).refused
    assert not read_as(columns, rows, reading=(("columns", "by place"),)).refused
