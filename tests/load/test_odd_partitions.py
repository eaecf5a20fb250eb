"""Partitions and files at the edges of what Athena reads: no day, the calendar's last day, odd texts, odd files."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from support.lakes import D1, D2, Lake, carry, run_over, world

from smartroute_runbook import load
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.lake.layout import layout_of
from smartroute_runbook.lake.values import typed

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
