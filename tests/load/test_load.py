"""Week 2 against the stand-ins: every row exactly once, whatever happens; a bad day is refused whole and named."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from soak.kills import ONE, Lab, Tally, empty, prepare_world
from support.gates import reach

from smartroute_runbook import load
from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import ServiceError, StaleProposal, UsageError, VerificationFailed
from smartroute_runbook.runs.run import Run


@pytest.fixture(scope="module")
def base(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("load")
    copy_to(folder)
    return folder


@pytest.fixture(scope="module")
def run(base):
    run = Run.open("rehearsal", "kills", base=base)
    prepare_world(run)
    return run


@pytest.fixture
def loaded(run):
    """All loaded; what another test left behind is put right by loading again."""
    run.do(load.LoadDays())
    return run


def last_closed():
    return (datetime.now(UTC) - timedelta(days=1, minutes=15)).date().isoformat()


def rows_of(run, table):
    with run.redshift() as redshift:
        return redshift.query(f'SELECT COUNT(*) FROM "{table}"').scalar()


def test_everything_is_loaded_once_and_proven(loaded):
    counted = load.reconcile(loaded)
    assert not counted.different
    assert sum(row[2] for row in counted.tables) == sum(row[3] for row in counted.tables) > 0
    proof = load.prove(loaded)
    assert [row[1] for row in proof.tables] == ["equal"] * 3


def test_a_second_load_changes_nothing(loaded):
    proposal = loaded.propose(load.LoadDays())
    assert proposal.empty
    assert loaded.do(load.LoadDays()).outcome.status == "unchanged"


def test_rows_that_were_lost_or_doubled_are_found(loaded):
    with loaded.redshift() as redshift:
        redshift.execute("INSERT INTO delay_metrics SELECT * FROM delay_metrics WHERE route_id = '1'")
        redshift.execute("DELETE FROM crowding_metrics WHERE route_id = 'A'")
    found = load.reconcile(loaded)
    assert found.blocks
    by_table = {row[0]: row[4:] for row in found.tables}
    assert by_table["delay_metrics"][1] > 0
    assert by_table["crowding_metrics"][0] > 0
    assert set(load.prove(loaded).blocks) == {"table delay_metrics is different", "table crowding_metrics is different"}
    with pytest.raises(VerificationFailed, match="Rows differ"):
        load.LoadDays().verify(loaded)


def test_killed_at_a_call_and_at_a_random_moment_and_continued(stack, base, run):
    tally = Tally("sample")
    with Lab(stack, base, lambda _line: None, **ONE).watching() as lab:
        _, calls, _ = lab.whole()
        lab.case(tally, "in the middle", call=calls * 2 // 3)
        lab.case(tally, "at a random moment", at=random.Random(20260921).uniform(0.1, 1.5))
    assert tally.killed >= 1
    assert (tally.wrong, tally.lost, tally.doubled) == ([], 0, 0)


def last_file(run, table):
    source = load.read_table(run, table)
    bucket, prefix = source.location.removeprefix("s3://").split("/", 1)
    keys = run.clients.boto("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    return bucket, max(entry["Key"] for entry in keys)


def test_a_day_that_changed_is_loaded_again_and_a_proposal_from_before_is_refused(loaded):
    s3 = loaded.clients.boto("s3")
    bucket, key = last_file(loaded, "crowding_metrics")
    before = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        stale = load.LoadDays()
        loaded.propose(stale)
        rows = pq.read_table(io.BytesIO(before))
        out = io.BytesIO()
        pq.write_table(pa.concat_tables([rows, rows.slice(0, 1)]), out, compression="snappy")
        s3.put_object(Bucket=bucket, Key=key, Body=out.getvalue())
        with pytest.raises(StaleProposal, match="crowding_metrics"):
            loaded.do(stale)
        assert not loaded.propose(load.LoadDays()).empty
        loaded.do(load.LoadDays())
        assert not load.prove(loaded).blocks
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=before)


def test_an_over_long_value_refuses_its_day_and_names_file_column_and_value(loaded):
    s3 = loaded.clients.boto("s3")
    bucket, key = last_file(loaded, "crowding_metrics")
    before = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    rows = pq.read_table(io.BytesIO(before))
    long = pa.array(["X" * 400, *rows["stop_id"].to_pylist()[1:]], pa.string())
    out = io.BytesIO()
    pq.write_table(rows.set_column(rows.schema.get_field_index("stop_id"), "stop_id", long), out, compression="snappy")
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=out.getvalue())
        empty(loaded)
        with pytest.raises(ServiceError) as error:
            loaded.do(load.LoadDays())
        assert "stop_id" in str(error.value)
        assert "XXXX" in str(error.value)
        assert "s3://smartroute-data-lake-123456789012/staging/redshift/crowding_metrics/" in str(error.value)
        done = {table for table, _ in load.ledger(loaded)}
        assert {"vehicles", "delay_metrics"} <= done
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=before)
    loaded.do(load.LoadDays())
    assert not load.prove(loaded).blocks


def test_a_window_is_a_window_on_both_sides(base, loaded):
    given = load_parameters("rehearsal", base)["settings"]
    run = Run.open("rehearsal", "window", {**given, "load": {"first_day": "2026-09-22"}}, base=base)
    reach(run, 2, through="week2.tables")
    run.do(load.LoadDays())
    counted = load.reconcile(run)
    assert not counted.blocks
    assert {part.split("/hour")[0] for _, part, _, _ in counted.partitions} == {"year=2026/month=9/day=22"}
    proof = load.prove(run)
    assert not proof.blocks
    assert (
        proof.covered == counted.covered == "days 2026-09-22 to 2026-11-22 (UTC)".replace("2026-11-22", last_closed())
    )
    assert "day=22" in load.prove_table(run, "vehicles").read_point
    assert sum(row[2] for row in counted.tables) < sum(row[2] for row in load.reconcile(loaded).tables)


def test_an_empty_window_proves_nothing(base, loaded):
    given = load_parameters("rehearsal", base)["settings"]
    run = Run.open("rehearsal", "empty", {**given, "load": {"last_day": "2020-01-01"}}, base=base)
    assert load.reconcile(run).blocks
    with pytest.raises(UsageError, match="no partition"):
        load.prove(run)


def test_a_percent_sign_is_one_and_parameters_are_bound(run):
    with run.redshift() as redshift:
        assert redshift.query("SELECT 5 % 2, 'a%s', 'what?'").rows == [(1, "a%s", "what?")]
        assert redshift.query("SELECT %s, %s", [7, "x%'y"]).rows == [(7, "x%'y")]
