"""Keeping fresh: late, new and corrected partitions are noticed and loaded; what vanished is told, never deleted."""

from __future__ import annotations

import contextlib
import io
import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from soak.kills import prepare_world
from support.gates import pass_week

from smartroute_runbook import load
from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import ServiceError, UsageError, VerificationFailed
from smartroute_runbook.lake import SourceTable, data_files
from smartroute_runbook.lake.layout import layout_of
from smartroute_runbook.load.batches import batches_of
from smartroute_runbook.load.copy import load_batch
from smartroute_runbook.load.days import CatchUp
from smartroute_runbook.load.export import _entries, export_batch
from smartroute_runbook.load.scope import ReadPoint, Scope, closed_hours, read_point
from smartroute_runbook.runs.run import Run

LAKE = "smartroute-data-lake-123456789012"
TABLE = "crowding_metrics"


@pytest.fixture(scope="module")
def run(stack, tmp_path_factory):
    base = tmp_path_factory.mktemp("sync")
    copy_to(base)
    given = load_parameters("rehearsal", base)["settings"]
    given = {**given, "athena": {"tables": [TABLE]}, "load": {"first_day": "2026-09-22"}}
    run = Run.open("rehearsal", "sync", given, base=base)
    prepare_world(run)
    pass_week(run, 2)
    load.sync(run)
    return run


@pytest.fixture
def s3(run):
    return run.clients.boto("s3")


def rewritten(body, change):
    out = io.BytesIO()
    pq.write_table(change(pq.read_table(io.BytesIO(body))), out, compression="snappy", store_schema=False)
    return out.getvalue()


@contextlib.contextmanager
def files(s3, hour, change):
    """The only file of an hour with other rows (None: no file), and as it was afterwards."""
    prefix = f"analytics/{TABLE}/year=2026/month=9/day=22/hour={hour}/"
    key = s3.list_objects_v2(Bucket=LAKE, Prefix=prefix)["Contents"][0]["Key"]
    body = s3.get_object(Bucket=LAKE, Key=key)["Body"].read()
    if change is None:
        s3.delete_object(Bucket=LAKE, Key=key)
    else:
        s3.put_object(Bucket=LAKE, Key=key, Body=rewritten(body, change))
    try:
        yield
    finally:
        s3.put_object(Bucket=LAKE, Key=key, Body=body)


def proven(run):
    return load.prove_table(run, TABLE).equal


def test_nothing_new_writes_nothing(run):
    entries = len(run.journal.entries())
    done = load.sync(run)
    assert (done.status, done.partitions) == ("unchanged", 0)
    assert len(run.journal.entries()) == entries
    assert proven(run)


def test_what_finds_nothing_new_reads_the_lake_once_more_and_counts_by_that(run):
    step, read = CatchUp(), []
    shown = run.propose(step)
    events = run.clients.boto("glue").meta.events
    events.register("before-call.glue.GetPartitions", lambda **_: read.append("Glue"), unique_id="counted")
    try:
        done = run.do(step)
    finally:
        events.unregister("before-call.glue.GetPartitions", unique_id="counted")
    assert (shown.empty, done.outcome.status, read) == (True, "unchanged", ["Glue"])
    assert [row[2:] for row in done.verified.tables] == [(n := sum(p.rows for p in step.states[0].lake), n, 0, 0)]


def test_a_proof_reads_redshift_again_though_its_result_cache_knows_the_answer(run):
    hits = "SELECT COUNT(*) FROM sys_query_history WHERE result_cache_hit AND query_text LIKE '%LISTAGG%'"
    with run.redshift() as redshift:
        before = redshift.query(hits).scalar()
        assert proven(run)
        assert proven(run)
        assert redshift.query(hits).scalar() == before
        redshift.query(
            again := "SELECT LISTAGG(part, ',') FROM migration_ledger"
        )  # a session that did not switch it off
        redshift.query(again)
        assert redshift.query(hits).scalar() == before + 1


def test_freshness_is_a_metric(run, client):
    done = load.sync(run)
    assert [(table.backlog, table.lag_seconds) for table in done.tables] == [(0, 0.0)]
    assert done.tables[0].loaded_until == "2026-09-22T04:00"
    found = client("cloudwatch").list_metrics(Namespace="SmartRoute/Redshift")["Metrics"]
    assert {metric["MetricName"] for metric in found} == {
        "LagSeconds", "AgeSeconds", "BacklogPartitions", "FailedLoads",
    }  # fmt: skip
    assert json.dumps(done.as_json())


def failed_loads(run, client, since):
    """What ``sync`` said of its loads since a moment: the worst."""
    found = client("cloudwatch").get_metric_statistics(
        Namespace="SmartRoute/Redshift", MetricName="FailedLoads", Statistics=["Maximum"], Period=3600,
        Dimensions=[{"Name": "ClusterIdentifier", "Value": run.settings.redshift.cluster}],
        StartTime=since, EndTime=datetime.now(UTC) + timedelta(minutes=1),
    )["Datapoints"]  # fmt: skip
    return [one["Maximum"] for one in found]


def test_a_load_that_failed_is_a_metric_and_what_is_behind_too(run, s3, stack, client):
    began = datetime.now(UTC)
    load.sync(run)
    assert failed_loads(run, client, began) == [0.0]

    def no_copy(call):
        if call.service == "redshift-query" and call.path.lstrip().startswith("COPY"):
            raise ConnectionAbortedError("the connection breaks")

    before = stack.gateway.fault
    with files(s3, 2, lambda rows: rows.slice(0, 3)):
        stack.gateway.fault = no_copy
        try:
            with pytest.raises(ServiceError, match="were not loaded"):
                load.sync(run)
        finally:
            stack.gateway.fault = before
        assert failed_loads(run, client, began) == [1.0]
    load.sync(run)
    assert proven(run)


def test_a_correction_with_the_same_row_count_is_noticed(run, s3):
    def change(rows):
        at = rows.schema.get_field_index("stop_id")
        return rows.set_column(at, rows.schema.field(at), pc.utf8_reverse(rows["stop_id"]))

    with files(s3, 2, change):
        assert not proven(run)
        done = load.sync(run)
        assert done.partitions == 1
        assert [entry.body for entry in run.journal.of("loaded")][-1]["partitions"].keys() == {
            "year=2026/month=9/day=22/hour=2"
        }
        assert proven(run)
        assert load.sync(run).status == "unchanged"
    assert load.sync(run).partitions == 1
    assert proven(run)


def test_a_file_that_comes_late_to_an_old_hour_is_noticed(run, s3):
    key = f"analytics/{TABLE}/year=2026/month=9/day=22/hour=1/late.parquet"
    listed = s3.list_objects_v2(Bucket=LAKE, Prefix=key.rpartition("/")[0])["Contents"][0]["Key"]
    body = s3.get_object(Bucket=LAKE, Key=listed)["Body"].read()
    s3.put_object(Bucket=LAKE, Key=key, Body=rewritten(body, lambda rows: rows.slice(0, 3)))
    try:
        assert load.sync(run).partitions == 1
        assert proven(run)
    finally:
        s3.delete_object(Bucket=LAKE, Key=key)
    assert load.sync(run).partitions == 1
    assert proven(run)


def test_a_partition_that_comes_late_is_backlog_until_it_is_loaded(run, s3):
    glue, name = run.clients.boto("glue"), {"DatabaseName": "smartroute_analytics", "TableName": TABLE}
    old = glue.get_partition(**name, PartitionValues=["2026", "9", "22", "3"])["Partition"]
    glue.delete_partition(**name, PartitionValues=["2026", "9", "22", "3"])
    with contextlib.suppress(VerificationFailed):
        load.sync(run)
    run.do(load.RemoveDays(["2026-09-22"]))
    assert proven(run)
    again = {key: old[key] for key in ("Values", "StorageDescriptor")}
    glue.create_partition(**name, PartitionInput=again)
    step = CatchUp()
    assert not step.propose(run).empty
    (fresh,) = load.freshness(step.states, datetime(2026, 9, 22, 5, tzinfo=UTC))
    assert (fresh.backlog, fresh.lag_seconds, fresh.age_seconds) == (1, 3600, 7200)
    assert load.sync(run).partitions == 1
    assert proven(run)


def test_what_vanished_from_the_lake_is_told_and_removed_only_when_asked(run, s3):
    with files(s3, 0, None):
        with pytest.raises(VerificationFailed, match=r"no longer in the lake: crowding_metrics .*hour=0") as told:
            load.sync(run)
        assert "--remove" in str(told.value)
        assert "Restore" in str(told.value)
        assert load.reconcile(run).gone
        run.do(load.RemoveDays(["2026-09-22"]))
        assert load.sync(run).status == "unchanged"
        assert proven(run)
    assert load.sync(run).partitions == 1
    with pytest.raises(UsageError, match="The lake holds 2026-09-22"):
        run.do(load.RemoveDays(["2026-09-22"]))
    assert proven(run)


def test_several_hours_of_a_day_are_removed_and_come_back_once(run, s3):
    with files(s3, 0, None), files(s3, 1, None):
        removed = run.do(load.RemoveDays(["2026-09-22"])).outcome.facts
        assert removed["partitions"] == 2
        assert removed["rows"] > 0
        assert load.sync(run).status == "unchanged"
        assert proven(run)
    assert load.sync(run).partitions == 2
    assert proven(run)


@pytest.fixture
def view(run):
    """Rows by hour, kept by Redshift; what a dashboard over it would show."""
    source = f'"smartroute_analytics"."{TABLE}"'
    with run.redshift() as redshift:
        redshift.execute(f"CREATE MATERIALIZED VIEW mv_hours AS SELECT hour, COUNT(*) AS k FROM {source} GROUP BY hour")

    def shown():
        with run.redshift() as redshift:
            return dict(redshift.query("SELECT hour, k FROM mv_hours").rows)

    yield shown
    with run.redshift() as redshift:
        redshift.execute("DROP MATERIALIZED VIEW mv_hours")


def test_a_materialized_view_shows_what_was_loaded(run, s3, view):
    before = view()
    with files(s3, 2, lambda rows: rows.slice(0, 3)):
        load.sync(run)
        assert view() == {**before, 2: 3}
    load.sync(run)
    assert view() == before


def test_a_refresh_that_failed_is_made_up_for_though_nothing_is_new(run, stack, s3, view):
    def no_refresh(call):
        if call.service == "redshift-query" and "REFRESH" in call.path:
            raise ConnectionAbortedError("the connection breaks")

    before, fault = view(), stack.gateway.fault
    with files(s3, 2, lambda rows: rows.slice(0, 3)):
        stack.gateway.fault = no_refresh
        try:
            with pytest.raises(ServiceError):
                load.sync(run)
        finally:
            stack.gateway.fault = fault
        assert proven(run)
        assert view() == before
        assert load.sync(run).status == "unchanged"
        assert view() == {**before, 2: 3}
    load.sync(run)
    assert view() == before


def test_what_was_changed_in_redshift_is_loaded_anew(run):
    with run.redshift() as redshift:
        redshift.execute(f'DELETE FROM "{TABLE}" WHERE hour = 1')
        redshift.execute(f'INSERT INTO "{TABLE}" SELECT * FROM "{TABLE}" WHERE hour = 2')
    assert load.sync(run).partitions == 2
    assert proven(run)


def test_a_load_that_goes_on_after_its_client_was_killed_doubles_nothing(run):
    """The Data API finishes what it was sent: the next load of the same partition must wait for it and see it."""
    step = CatchUp()
    with run.redshift() as redshift:
        redshift.execute(f'DELETE FROM "{TABLE}" WHERE hour = 1')
        redshift.execute("DELETE FROM migration_ledger WHERE part LIKE '%hour=1'")
    step.propose(run)
    table = step.states[0].table
    (batch,) = batches_of(table.name, [part for part, _ in step.states[0].stale], 10**9)
    exports = [export_batch(run, table, batch) for _ in range(2)]
    role = run.clients.boto("iam").get_role(RoleName=run.settings.redshift.copy_role)["Role"]["Arn"]
    with run.redshift() as first, run.redshift() as second:
        sent = []
        first.transaction = second.transaction = sent.append
        for redshift, export in zip((first, second), exports, strict=True):
            load_batch(run, redshift, table, export, role)
        first.execute("BEGIN")
        for statement in sent[0]:
            first.execute(statement)
        second.execute("BEGIN")
        import threading

        waiting = threading.Thread(target=lambda: [second.execute(text) for text in (*sent[1], "COMMIT")])
        waiting.start()
        first.execute("COMMIT")
        waiting.join(30)
    assert proven(run)


def test_an_over_long_value_is_refused_and_loads_once_the_column_is_wide_enough(run, s3):
    def change(rows):
        at = rows.schema.get_field_index("stop_id")
        return rows.set_column(at, rows.schema.field(at), pa.array(["Y" * 300, *rows["stop_id"].to_pylist()[1:]]))

    with files(s3, 2, change):
        with pytest.raises(ServiceError, match=r"File s3://.*column stop_id, value 'YYY.*widen column stop_id"):
            load.sync(run)
        with run.redshift() as redshift, pytest.raises(ServiceError, match="unexpected dependency"):
            redshift.execute(f'ALTER TABLE "{TABLE}" ALTER COLUMN stop_id TYPE VARCHAR(320)')
        run.do(load.MendTables())
        assert load.sync(run).partitions == 1
        assert proven(run)
    assert load.sync(run).partitions == 1


def test_exported_files_with_other_columns_are_refused_before_copy(run, s3):
    table = SourceTable("d", "t", (("a", "string"), ("b", "bigint")), (("year", "int"),), f"s3://{LAKE}/t/")
    good = {"a": pa.array(["x"]), "b": pa.array([1]), "year": pa.array([2026], pa.int32())}
    for change, said in (
        ({"b": good["b"], "a": good["a"], "year": good["year"]}, r"has columns b, a, year.*Expected a, b, year"),
        ({**good, "b": pa.array([1.0])}, r"column 'b' is DOUBLE.*Expected bigint"),
        ({**good, "b": pa.array([1], pa.int32())}, r"column 'b' is INT32.*Expected bigint"),
    ):
        out = io.BytesIO()
        pq.write_table(pa.table(change), out)
        s3.put_object(Bucket=LAKE, Key="staging/redshift/drift/a.parquet", Body=out.getvalue())
        with pytest.raises(VerificationFailed, match=said):
            _entries(run, table, data_files(run, f"s3://{LAKE}/staging/redshift/drift"))
    s3.put_object(Bucket=LAKE, Key="staging/redshift/drift/a.parquet", Body=out.getvalue()[:40])
    with pytest.raises(ServiceError, match="not a readable Parquet file"):
        _entries(run, table, data_files(run, f"s3://{LAKE}/staging/redshift/drift"))


HOURS = layout_of([(name, "int") for name in ("year", "month", "day", "hour")])
DAYS = layout_of([(name, "int") for name in ("year", "month", "day")])


@pytest.mark.parametrize(
    ("scope", "layout", "inside", "outside"),
    [
        (Scope(until="2026-09-22T14:00"), HOURS, (2026, 9, 22, 13), (2026, 9, 22, 14)),
        (Scope(until="2026-09-22T14:00"), DAYS, (2026, 9, 21), (2026, 9, 22)),
        (Scope(until="2026-01-01T00:00"), HOURS, (2025, 12, 31, 23), (2026, 1, 1, 0)),
        (Scope("2026-09-22", "2026-09-23"), HOURS, (2026, 9, 23, 23), (2026, 9, 24, 0)),
        (Scope("2026-09-22", "2026-09-23", "2026-09-22T14:00"), HOURS, (2026, 9, 22, 13), (2026, 9, 23, 0)),
        (Scope("2026-09-22", "2026-09-20"), DAYS, (2026, 9, 22), (2026, 9, 22)),
    ],
)
def test_a_scope_holds_closed_partitions(scope, layout, inside, outside):
    empty = scope.last is not None and scope.first > scope.last
    assert scope.holds(layout, inside) is not empty
    assert not scope.holds(layout, outside)


def test_the_read_point_is_the_last_closed_day_and_hours_settle(run, monkeypatch):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 9, 23, 0, 10, tzinfo=tz)

    monkeypatch.setattr("smartroute_runbook.load.scope.datetime", Clock)
    assert read_point(run) == ReadPoint("2026-09-22T00:00")  # 23:00 is not settled at 00:10
    assert closed_hours(run) == ReadPoint("2026-09-22T23:00")
    Clock.now = classmethod(lambda cls, tz=None: cls(2026, 9, 23, 0, 15, tzinfo=tz))
    assert read_point(run) == ReadPoint("2026-09-23T00:00")
    Clock.now = classmethod(lambda cls, tz=None: cls(2020, 1, 1, tzinfo=tz))
    assert read_point(run) == ReadPoint(None)  # made-up days


def test_windows_are_dates_in_order():
    assert parse_settings({"load": {"first_day": "2026-09-22"}}).load.first_day.isoformat() == "2026-09-22"
    with pytest.raises(UsageError, match="first_day not after last_day"):
        parse_settings({"load": {"first_day": "2026-09-22", "last_day": "2026-09-21"}})
    with pytest.raises(UsageError, match=r"load\.first_day"):
        parse_settings({"load": {"first_day": "2026-13-01"}})
