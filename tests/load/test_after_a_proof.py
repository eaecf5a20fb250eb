"""What happens to a table after it was proven, or while it is: no row is passed over, no proof is of another state."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from support.gates import sign
from support.lakes import BUCKET, D1, D2, DATABASE, Lake, carry, run_over, world

from smartroute_runbook import load
from smartroute_runbook.cli import main
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import Refused, ServiceError, VerificationFailed
from smartroute_runbook.lake.held import changed_in_place
from smartroute_runbook.load import proof as proving
from smartroute_runbook.load.scope import ReadPoint, within_window
from smartroute_runbook.operate.still_so import require_as_proven
from smartroute_runbook.runs.as_proven import last_proof

COLUMNS = [("id", "bigint"), ("name", "string")]
TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}


def rows(*ids):
    return pa.table({"id": pa.array(ids, pa.int64()), "name": [f"n{n}" for n in ids]})


@pytest.fixture(scope="module")
def base(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("after")
    copy_to(folder)
    world(folder)
    return folder


@pytest.fixture(scope="module")
def lake(base):
    made = Lake(base, "proven", COLUMNS, parts={D1: rows(1, 2), D2: rows(3)})
    assert made.carry().equal
    return made


@pytest.mark.parametrize("values", ["2099, 1, 1", "2026, 12, 31"], ids=["far", "this year"])
def test_rows_that_nobody_loaded_are_told_though_no_proof_reaches_them(lake, values):
    """Neither the counts nor the proof look beyond the read point; the dashboard does."""
    lake.execute(f"INSERT INTO proven VALUES (99, 'stray', {values})")
    try:
        year, month, day = values.split(", ")
        name = f"proven year={year}/month={month}/day={day}"
        found = load.reconcile(lake.run)
        assert found.blocks == (f"nobody loaded {name} (1 row) into Redshift",)
        assert "Nobody loaded" in str(found.view())
        with pytest.raises(VerificationFailed, match=f"rows that nobody loaded.*{name}"):
            load.sync(lake.run)
    finally:
        lake.execute("DELETE FROM proven WHERE id = 99")
    assert load.sync(lake.run).status == "unchanged"
    assert not load.reconcile(lake.run).blocks


def test_what_lies_outside_the_window_is_left_alone(lake):
    """``load.last_day`` says where the runbook stops; what others keep beyond it is theirs."""
    settings = lake.run.settings
    window = settings.load.model_copy(update={"last_day": date(*D2)})
    lake.execute("INSERT INTO proven VALUES (98, 'of others', 2099, 1, 1)")
    lake.run.settings = settings.model_copy(update={"load": window})
    try:
        assert not load.reconcile(lake.run).blocks
    finally:
        lake.run.settings = settings
        lake.execute("DELETE FROM proven WHERE id = 98")


def test_values_that_somebody_changed_in_redshift_are_loaded_anew_once_a_proof_found_them(lake):
    """As many rows as before, and the files are the same: nothing but a proof can see it."""
    lake.execute("UPDATE proven SET name = 'changed' WHERE id = 1")
    assert load.sync(lake.run).status == "unchanged"
    assert lake.proof().verdict == "different"
    (change,) = [one for one in load.CatchUp().propose(lake.run).changes if one.action != "none"]
    assert change.resource == "proven 2026-09-21"
    assert "a proof found other rows" in change.why
    assert load.sync(lake.run).partitions == 1
    assert lake.proof().equal
    assert load.sync(lake.run).status == "unchanged"


def test_a_table_that_is_gone_does_not_keep_the_others_from_being_proven(base):
    run = run_over(base, "of-two", ["first_gone", "second_stays"])
    lakes = [Lake(base, name, COLUMNS, parts={D1: rows(1, 2)}, run=run) for name in ("first_gone", "second_stays")]
    carry(run)
    assert not load.prove(run).blocks
    lakes[0].glue.delete_table(DatabaseName=DATABASE, Name="first_gone")
    found = load.prove(run)
    assert [row[:2] for row in found.tables] == [("first_gone", "not compared"), ("second_stays", "equal")]
    assert "table first_gone is not compared: Glue has no table" in found.blocks[0]
    assert "1 not compared" in found.view().title
    assert "Every row of every partition of second_stays" in str(found.view())
    lakes[0].describe()
    lakes[0].put(D1, rows(1, 2))
    lakes[0].columns = [*COLUMNS, ("more", "int")]
    lakes[0].describe()
    drifted = load.prove(run)
    assert "column 'more' (int) is in the lake and not in Redshift" in drifted.blocks[0]
    assert drifted.tables[1][1] == "equal"


def test_a_file_that_is_replaced_between_listing_and_reading_is_no_part_of_a_proof(lake, monkeypatch):
    """Kept fingerprints of the old file would be taken for the new one, with as many rows."""
    assert lake.proof().equal  # keeps fingerprints
    honest = proving.read_lake

    def late(run, table, scope):
        found = honest(run, table, scope)
        lake.put(D1, rows(1, 77))
        return found

    monkeypatch.setattr(proving, "read_lake", late)
    with pytest.raises(VerificationFailed, match="changed while it was compared"):
        lake.proof()
    monkeypatch.undo()
    assert lake.proof().verdict == "different"
    lake.put(D1, rows(1, 2))
    load.sync(lake.run)
    assert lake.proof().equal


@pytest.mark.parametrize("where", ["the same folder", "a folder within it", "another folder"])
def test_a_value_that_is_registered_twice_is_loaded_as_often_as_athena_reads_it(base, where):
    name = f"twice_{where.split()[-1]}"
    lake = Lake(base, name, COLUMNS, parts={D1: rows(1, 2), D2: rows(3)})
    assert lake.carry().equal
    own = lake.folder(D1)
    folder = {"the same folder": own, "a folder within it": f"{own}late/", "another folder": "elsewhere/"}[where]
    if where != "the same folder":
        lake.put(D1, rows(4), folder=folder, register=False)
    place = {**lake.description, "Location": lake.address(folder)}
    again = {"Values": ["2026", "09", "21"], "StorageDescriptor": place}
    lake.glue.create_partition(DatabaseName=DATABASE, TableName=name, PartitionInput=again)
    assert load.sync(lake.run).partitions == 1
    expected = {
        "the same folder": [1, 1, 2, 2, 3], "a folder within it": [1, 2, 3, 4, 4], "another folder": [1, 2, 3, 4],
    }  # fmt: skip
    assert [row[0] for row in lake.rows("id")] == expected[where]
    assert lake.proof().equal
    lake.glue.delete_partition(DatabaseName=DATABASE, TableName=name, PartitionValues=["2026", "09", "21"])
    if where == "a folder within it":
        lake.s3.delete_object(Bucket=BUCKET, Key=f"{lake.root}/{folder}a.parquet")
    assert load.sync(lake.run).partitions == 1
    assert [row[0] for row in lake.rows("id")] == [1, 2, 3]
    assert lake.proof().equal


@pytest.mark.parametrize(
    ("serde", "line"),
    [
        ("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", b"%d\x01%s\n"),
        ("org.openx.data.jsonserde.JsonSerDe", b'{"id": %d, "name": "%s"}\n'),
    ],
    ids=["text", "json"],
)
@pytest.mark.parametrize("bad", [0, 1, 2])
def test_text_that_is_not_utf_8_is_named_with_its_table_partition_and_file(base, serde, line, bad):
    kind = serde.rpartition(".")[2].lower()[:4]
    days = [(2026, 9, day) for day in (19, 20, 21)]
    lake = Lake(
        base, f"bytes_{kind}_{bad}", COLUMNS, sd={**TEXT, "SerdeInfo": {"SerializationLibrary": serde}},
        parts={day: line % (n, b"b\xff\xfed" if n == bad else b"good") for n, day in enumerate(days)},
    )  # fmt: skip
    partition = f"year=2026/month=9/day={days[bad][2]}"
    with pytest.raises(ServiceError, match=f"{lake.name} cannot be read whole.*{partition}") as told:
        load.CreateTables().propose(lake.run)
    assert lake.address(lake.folder(days[bad])) in str(told.value)
    assert "UTF-8" in str(told.value)


def test_a_file_that_is_not_read_is_not_guessed(base, monkeypatch):
    """Where every part of a table is refused alike it is no one partition's fault."""
    lake = Lake(base, "refused_alike", COLUMNS, parts={D1: rows(1), D2: rows(2)})
    athena = type(lake.run.athena())
    honest, asked = athena.query, []

    def refusing(self, sql, parameters=()):
        if "TO_UTF8" in sql:
            asked.append(sql)
            raise ServiceError("Athena refused a query: GENERIC_INTERNAL_ERROR")
        return honest(self, sql, parameters)

    monkeypatch.setattr(athena, "query", refusing)
    with pytest.raises(ServiceError, match="refused_alike cannot be read whole: Athena refused") as told:
        load.CreateTables().propose(lake.run)
    assert "partition" not in str(told.value)
    assert len(asked) <= 5


def test_a_proof_is_of_the_tables_that_the_run_carries_and_of_the_days_that_it_loaded(lake):
    run, found = lake.run, load.prove_caught_up(lake.run)
    assert found.amiss(run) == ()
    assert found.amiss(run, lately=True) == ()
    other = replace(found, tables=(("another", *found.tables[0][1:]),))
    assert other.amiss(run) == ("table proven is carried, and not proven", "table another is proven, and not carried")
    early = load.prove(run)  # up to the read point that was taken first
    assert early.amiss(run) == ()
    never = replace(found, covered=within_window(run, ReadPoint("2020-01-01T00:00")).words)
    assert "prove again" in never.amiss(run)[0]
    if early.covered != found.covered:
        assert "prove again" in early.amiss(run, lately=True)[0]
    lake.put(D1, rows(1, 2, 6))
    load.sync(run)
    for how in (False, True):
        assert "day=21 was loaded after it was proven" in found.amiss(run, lately=how)[0]
    noted = list(run.journal.of("proven"))[-2:]
    assert (noted[0].body["until"] or "9999") >= (noted[-1].body["until"] or "9999")
    assert last_proof(noted) is (noted[-1] if noted[0].body["until"] == noted[-1].body["until"] else noted[0])
    late = (2026, 9, 23)
    lake.put(late, rows(9))
    fresh = load.prove_caught_up(run)
    assert fresh.tables[0][1] == "different"  # the new day is not loaded yet
    load.sync(run)
    assert fresh.amiss(run, lately=True) == ()
    assert "day=23 was loaded after" in fresh.amiss(run)[0]
    found = load.prove_caught_up(run)
    counted = load.reconcile(run)
    assert counted.amiss(run) == ()
    assert "not counted" in replace(counted, tables=()).amiss(run)[0]
    other = replace(found, tables=(("another", *found.tables[0][1:]),))
    gate = run.gate("week2.loaded", evidence=[counted, other])
    assert "table proven is carried, and not proven" in gate.blocks
    sign(run, "week2.loaded", counted, found)


def test_what_was_loaded_after_a_proof_was_loaded_after_it_by_every_clock(lake, monkeypatch):
    """The machine that proved was an hour ahead of the one that loads: the order is the journal's."""

    class Ahead(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(hours=1)

    with monkeypatch.context() as fast:
        fast.setattr(proving, "datetime", Ahead)
        found = load.prove_caught_up(lake.run)
    assert found.amiss(lake.run, lately=True) == ()
    noted = list(lake.run.journal.of("proven"))[-1].body  # what the cut-over asks the journal
    assert {key: noted[key] for key in ("covered", "since", "blocks")} == {
        "covered": found.covered, "since": found.entry, "blocks": [],
    }  # fmt: skip
    assert noted["ledger"]["tables"].keys() == {lake.name}
    lake.put(D1, rows(1, 2, 7))
    assert load.sync(lake.run).partitions == 1
    for how in (False, True):
        assert "day=21 was loaded after it was proven" in found.amiss(lake.run, lately=how)[0]
    lake.execute("UPDATE proven SET name = 'changed' WHERE id = 1")
    load.prove_caught_up(lake.run)
    assert list(lake.run.journal.of("proven"))[-1].body["blocks"] == ["table proven is different"]
    load.sync(lake.run)


def test_what_another_run_loads_again_after_a_proof_lets_no_cut_over_pass(base, lake):
    """It is in the other run's journal; the ledger in Redshift is the one that both share."""
    run, other = lake.run, carry(run_over(base, "another", [lake.name]))
    lake.put((2026, 9, 26), rows(12))
    load.sync(other)
    assert not load.prove_caught_up(run).blocks or load.sync(run)
    assert not load.prove_caught_up(run).blocks
    require_as_proven(run)
    lake.put((2026, 9, 27), rows(13))
    load.sync(other)
    require_as_proven(run)  # later days come by the schedule
    lake.put(D1, rows(1, 2, 8))
    load.sync(other)
    again = rf"{lake.name}: partitions were loaded again after .*day=21, by run another at 20"
    with pytest.raises(Refused, match=again):
        require_as_proven(run)
    load.sync(run)
    load.prove_caught_up(run)
    require_as_proven(run)
    lake.execute("UPDATE proven SET name = 'changed' WHERE id = 1")
    load.prove_caught_up(other)
    assert load.sync(other).partitions == 1  # from the same files: its source is the same
    with pytest.raises(Refused, match=again):
        require_as_proven(run)
    load.prove_caught_up(run)
    lake.execute("UPDATE migration_ledger SET source = 'mended' WHERE table_name = 'proven'")
    with pytest.raises(Refused, match=f"{lake.name}: the ledger's rows .* changed or removed"):
        require_as_proven(run)
    load.sync(run)


def test_rows_that_come_or_go_without_the_runbook_let_no_cut_over_pass(lake):
    """The ledger does not know of them; their number says it."""
    run, held = lake.run, len(lake.rows("id"))
    load.sync(run)
    assert not load.prove_caught_up(run).blocks
    lake.put((2026, 9, 28), rows(14, 15))
    load.sync(run)
    require_as_proven(run)  # what is loaded is in the ledger
    lake.execute("DELETE FROM proven WHERE id = 1")
    with pytest.raises(Refused, match="1 row fewer than were proven and loaded since"):
        require_as_proven(run)
    lake.execute("INSERT INTO proven VALUES (1, 'n1', 2026, 9, 21), (1, 'n1', 2026, 9, 21), (1, 'n1', 2026, 9, 21)")
    with pytest.raises(Refused, match="2 rows more than were proven and loaded since"):
        require_as_proven(run)
    settings = run.settings
    window = settings.load.model_copy(update={"last_day": date(2026, 10, 31)})
    run.settings = settings.model_copy(update={"load": window})
    require_as_proven(run)  # where somebody else may keep rows beyond the window, more of them say nothing
    run.settings = settings
    lake.execute("ALTER TABLE proven RENAME TO proven_of_before")
    with pytest.raises(Refused, match="no longer in Redshift"):
        require_as_proven(run)
    lake.execute("ALTER TABLE proven_of_before RENAME TO proven")
    load.sync(run)
    assert not load.prove_caught_up(run).blocks
    require_as_proven(run)
    assert len(lake.rows("id")) == held + 2


def changed(run):
    return changed_in_place(run, last_proof(run.journal.entries()).body)


def test_values_that_are_changed_in_place_after_a_proof_are_seen_before_users_move(lake):
    """No count tells, and the dashboard asks for other columns."""
    run = lake.run
    load.sync(run)
    assert not load.prove_caught_up(run).blocks
    assert changed(run) == ""
    lake.put((2026, 9, 29), rows(16))
    load.sync(run)
    assert changed(run) == ""  # a day that came since is no change
    lake.execute("UPDATE proven SET name = 'changed' WHERE id = 16")
    assert changed(run) == ""  # nor is one that was not proven
    lake.execute("UPDATE proven SET name = 'changed' WHERE id = 2")
    require_as_proven(run)
    assert changed(run) == "proven: rows that were proven have other values now, changed by no load"
    lake.execute("UPDATE proven SET name = 'n2', id = 2 WHERE name = 'changed' AND day = 21")
    assert changed(run) == ""
    lake.execute("DELETE FROM proven WHERE id = 3")
    lake.execute("INSERT INTO proven VALUES (3, 'n3', 2026, 9, 21)")  # of another day
    assert changed(run)
    assert load.prove_caught_up(run).blocks
    load.sync(run)
    assert not load.prove_caught_up(run).blocks
    assert changed(run) == ""


KINDS = {
    "price": ("decimal(9,2)", pa.array([Decimal("1.10"), None], pa.decimal128(9, 2))),
    "speed": ("double", pa.array([0.1, -0.0], pa.float64())),
    "seen": ("timestamp", pa.array([1_789_952_523_000_000, None], pa.timestamp("us"))),
    "shut": ("boolean", pa.array([True, None], pa.bool_())),
    "tags": ("array<int>", pa.array([[1, 2], None], pa.list_(pa.int32()))),
}


@pytest.mark.parametrize(
    "keys", [[], [("dt", "date")], [("region", "string"), ("dt", "string")]], ids=["none", "date", "region"]
)
def test_every_kind_of_column_and_partition_is_read_again(base, keys):
    columns = [("id", "bigint"), *((name, kind) for name, (kind, _) in KINDS.items())]
    table = pa.table({"id": pa.array([1, 2], pa.int64()), **{name: values for name, (_, values) in KINDS.items()}})
    values = ("__HIVE_DEFAULT_PARTITION__", "2026-09-21")[-len(keys) :] if keys else ()
    name = f"held_{len(keys)}"
    made = Lake(base, name, columns, keys, parts={values: table})
    carry(made.run)
    assert not load.prove_caught_up(made.run).blocks
    assert changed(made.run) == ""
    for setting in ("price = 1.11", "speed = 0.2", "shut = false", "seen = '2026-09-21 01:02:04'"):
        column = setting.partition(" ")[0]
        made.execute(f"UPDATE {name} SET {setting} WHERE id = 1")
        assert changed(made.run).startswith(f"{name}: rows that were proven"), setting
        made.execute(f"UPDATE {name} SET {column} = {BEFORE[column]} WHERE id = 1")
        assert changed(made.run) == "", setting


BEFORE = {"price": "1.10", "speed": "0.1", "shut": "true", "seen": "'2026-09-21 01:02:03'"}


def test_a_run_that_is_read_is_not_written_into(base, lake):
    """As a finished one is: what its cells or ``compare`` would note came after its last seal."""
    late = (2026, 9, 24)
    lake.put(late, rows(10))
    load.sync(lake.run)
    reader = run_over(base, lake.run.id, [lake.name])
    reader.reading = "It was opened to be read."
    lake.put(D2, rows(3, 11))
    load.sync(lake.run)
    keys, kept = lake.run.store.keys(""), lake.run.journal.head()
    assert not load.prove_caught_up(reader).blocks
    step = load.CatchUp()
    assert step.propose(reader).empty
    step.unchanged(reader)
    assert lake.run.journal.head() == kept
    assert lake.run.store.keys("") == keys


def test_what_compare_finds_is_loaded_anew_and_lets_no_cut_over_pass(base, lake, monkeypatch, capsys):
    """It said 'different', and nothing came of it: ``sync`` found nothing to do."""
    monkeypatch.setenv("SMARTROUTE_HOME", str(base))
    line = ["smartroute-runbook", "compare", lake.name, "--environment", "rehearsal", "--run-id", lake.run.id, "--json"]
    monkeypatch.setattr(sys, "argv", line)
    lake.execute("UPDATE proven SET name = 'changed' WHERE id = 1")
    for code in (5, 0):
        with pytest.raises(SystemExit) as ended:
            main()
        assert int(ended.value.code or 0) == code, capsys.readouterr()
        assert load.sync(lake.run).partitions == (1 if code else 0)


def test_a_ledger_that_is_gone_is_named_with_what_makes_it(base, lake):
    lake.execute("ALTER TABLE migration_ledger RENAME TO ledger_of_before")
    try:
        with pytest.raises(ServiceError, match=r"no table .*migration_ledger, .*week2\.create-tables"):
            load.sync(lake.run)
    finally:
        lake.execute("ALTER TABLE ledger_of_before RENAME TO migration_ledger")
    assert load.sync(lake.run).status == "unchanged"
