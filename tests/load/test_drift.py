"""Columns that drift between Redshift and the lake: never shifted, lost or doubled; each named, with what mends it."""

from __future__ import annotations

import pyarrow as pa
import pytest
from soak.drift import Fleet
from support.lakes import D1, D2, Lake, world

from smartroute_runbook import load
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import ServiceError, UsageError, VerificationFailed
from smartroute_runbook.load.batches import batches_of
from smartroute_runbook.load.copy import load_batch
from smartroute_runbook.load.export import export_batch

COLUMNS = [("id", "bigint"), ("name", "string"), ("place", "int")]


@pytest.fixture(scope="module")
def base(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drift")
    copy_to(folder)
    world(folder)
    return folder


def rows_of(ids, kinds=None):
    kinds = kinds or {"id": pa.int64(), "name": pa.string(), "place": pa.int32()}
    values = {
        name: pa.array([f"{name}{n}" if pa.types.is_string(kind) else 10 * n + len(name) for n in ids], kind)
        for name, kind in kinds.items()
    }
    return pa.table(values)


def lake_of(base, name):
    lake = Lake(base, name, COLUMNS, parts={D1: rows_of([1, 2]), D2: rows_of([3])})
    assert lake.carry().equal
    return lake


@pytest.fixture(scope="module")
def drifting(base):
    return lake_of(base, "drifting")


KINDS = {
    "added": ([*COLUMNS, ("extra", "int")], r"column 'extra' \(int\) is in the lake and not in Redshift"),
    "added in the middle": ([COLUMNS[0], ("extra", "int"), *COLUMNS[1:]], r"column 'extra' \(int\) is in the lake"),
    "dropped": (COLUMNS[:2], r"column 'place' \(INTEGER\) is in Redshift and no longer in the lake"),
    "renamed": ([*COLUMNS[:2], ("site", "int")], r"'site' \(int\) is in the lake.*'place' \(INTEGER\) is in Redshift"),
    "widened": ([*COLUMNS[:2], ("place", "bigint")], r"column 'place' is bigint in the lake and INTEGER in Redshift"),
    "narrowed": ([*COLUMNS[:2], ("place", "smallint")], r"column 'place' is smallint in the lake and INTEGER"),
    "another kind": ([*COLUMNS[:2], ("place", "string")], r"column 'place' is string in the lake and INTEGER"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_drift_is_named_and_nothing_is_loaded(drifting, kind):
    columns, said = KINDS[kind]
    before = drifting.rows()
    drifting.columns = columns
    drifting.describe()
    drifting.put(D2, rows_of([3, 4]), "late.parquet")
    try:
        for _ in range(2):
            with pytest.raises(VerificationFailed, match=said) as error:
                load.sync(drifting.run)
            assert "sync --mend" in str(error.value)
            assert drifting.rows() == before
        with pytest.raises(ServiceError, match=said):
            drifting.run.propose(load.CreateTables())
        with pytest.raises(VerificationFailed, match=said):
            drifting.proof()
        if kind == "another kind":  # which no file has: Athena itself refuses to read them
            with pytest.raises(ServiceError, match="HIVE_BAD_DATA"):
                load.MendTables().propose(drifting.run)
            return
        proposal = load.MendTables().propose(drifting.run)
        (change,) = [change for change in proposal.changes if change.action != "none"]
        assert change.after
    finally:
        drifting.columns = COLUMNS
        drifting.describe()
        key = f"{drifting.root}/{drifting.folder(D2)}late.parquet"
        drifting.s3.delete_object(Bucket="smartroute-data-lake-123456789012", Key=key)
    assert load.sync(drifting.run).status == "unchanged"
    assert drifting.proof().equal


def test_columns_in_another_order_are_loaded_by_name(drifting):
    drifting.columns = [COLUMNS[2], COLUMNS[1], COLUMNS[0]]
    drifting.describe()
    drifting.put(D2, rows_of([3]))
    drifting.put(D1, rows_of([1, 2, 5]))
    try:
        assert load.sync(drifting.run).partitions == 1
        kept = [(10 * n + 2, f"name{n}", 10 * n + 5) for n in (1, 2, 3, 5)]
        assert drifting.rows("id, name, place") == kept
        assert drifting.proof().equal
    finally:
        drifting.columns = COLUMNS
        drifting.describe()
        drifting.put(D1, rows_of([1, 2]))
    load.sync(drifting.run)
    assert drifting.proof().equal


def test_a_staged_row_of_another_partition_stops_the_transaction(drifting, monkeypatch):
    from smartroute_runbook.load import export

    honest = export.unload_sql
    wrong = ('"day" FROM', 'CAST(9 AS INTEGER) AS "day" FROM')
    monkeypatch.setattr(export, "unload_sql", lambda *given: honest(*given).replace(*wrong))
    drifting.put(D1, rows_of([1, 7]))
    before = drifting.rows()
    with pytest.raises(ServiceError, match="other partitions"):
        load.sync(drifting.run)
    assert drifting.rows() == before
    monkeypatch.undo()
    drifting.put(D1, rows_of([1, 2]))
    load.sync(drifting.run)
    assert drifting.proof().equal


def test_what_drifted_is_mended_by_a_proposal_and_loaded_again(base):
    lake = lake_of(base, "mended")
    lake.execute('CREATE MATERIALIZED VIEW mv_mended AS SELECT name, COUNT(*) AS n FROM "mended" GROUP BY name')
    lake.columns = [("place", "bigint"), ("id", "bigint"), ("extra", "string"), ("name", "string")]
    lake.describe()
    both = rows_of([1, 2], {"id": pa.int64(), "name": pa.string(), "place": pa.int64(), "extra": pa.string()})
    lake.put(D1, both)
    proposal = lake.run.propose(load.MendTables())
    (change,) = [change for change in proposal.changes if change.action != "none"]
    assert change.after[1].startswith("DROP MATERIALIZED VIEW")
    lake.run.do(load.MendTables())
    assert load.sync(lake.run).partitions == 2
    assert lake.proof().equal
    assert lake.rows("id, extra", "id") == [(12, "extra1"), (22, "extra2"), (32, None)]
    assert lake.run.propose(load.MendTables()).empty


def test_a_table_that_is_made_anew_waits_for_a_load_that_outlives_its_client(base):
    """The Data API finishes what it was sent: a correction that it commits meanwhile must be in the new table."""
    lake = lake_of(base, "outlived")
    lake.execute('CREATE MATERIALIZED VIEW mv_outlived AS SELECT name, COUNT(*) AS n FROM "outlived" GROUP BY name')
    lake.put(D2, rows_of([4]))  # as many rows as before: their count says nothing
    longer = rows_of([1, 2]).set_column(1, "name", pa.array(["n" * 400, "name2"]))
    step = load.CatchUp()
    step.propose(lake.run)
    table = step.states[0].table
    (batch,) = batches_of(table.name, [part for part, _ in step.states[0].stale], 10**9)
    export = export_batch(lake.run, table, batch)
    role = lake.run.clients.boto("iam").get_role(RoleName=lake.run.settings.redshift.copy_role)["Role"]["Arn"]
    lake.put(D1, longer)
    (change,) = [one for one in lake.run.propose(load.MendTables()).changes if one.action != "none"]
    with lake.run.redshift() as first, lake.run.redshift() as second:
        sent, done = [], []
        first.transaction = sent.extend
        load_batch(lake.run, first, table, export, role)
        for statement in ("BEGIN", *sent):
            first.execute(statement)
        second.execute("SET statement_timeout TO 200")
        second.execute("BEGIN")
        with pytest.raises(ServiceError, match="cancelled"):
            done.extend(second.execute(statement) for statement in change.after)
        first.execute("COMMIT")
    assert done == []
    lake.run.do(load.MendTables())
    assert load.sync(lake.run).partitions == 1
    assert lake.proof().equal


def test_a_view_that_is_not_ours_is_named_before_its_table_is_made_anew(base):
    lake = lake_of(base, "viewed")
    lake.execute('CREATE VIEW theirs AS SELECT place FROM "viewed"')
    lake.columns = [*COLUMNS[:2], ("place", "bigint")]
    lake.describe()
    with pytest.raises(UsageError, match=r"theirs reads it.*DROP VIEW"):
        lake.run.propose(load.MendTables())


def test_a_table_partitioned_otherwise_is_emptied_and_loaded_anew(base):
    lake = lake_of(base, "repartitioned")
    lake.glue.delete_table(DatabaseName="smartroute_analytics", Name=lake.name)
    lake.keys, lake.root = [("dt", "string")], "analytics/repartitioned2"
    lake.describe()
    lake.put(("2026-09-21",), rows_of([1, 2]))
    lake.put(("2026-09-22",), rows_of([3, 4]))
    with pytest.raises(VerificationFailed, match="by dt in the lake, and was loaded by year, month, day"):
        load.sync(lake.run)
    lake.run.do(load.MendTables())
    assert load.sync(lake.run).partitions == 2
    assert lake.proof().equal
    assert [row[0] for row in lake.rows("id", "id")] == [12, 22, 32, 42]


def test_random_sequences_of_drift_lose_double_and_shift_nothing(base):
    assert Fleet(base, (1, 2)).go(steps=3) == []  # 200 of them: soak/drift.py
