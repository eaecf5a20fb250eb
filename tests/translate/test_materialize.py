"""Materialized views: proposed where Redshift refreshes them incrementally, and the query over them gives the same."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from soak.kills import prepare_world
from support.gates import pass_week
from support.translate_lab import Lab, differences
from translate.test_collection import BOARD, SCHEMA

from smartroute_runbook import load, measure
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import VerificationFailed
from smartroute_runbook.runs.run import Run
from smartroute_runbook.translate import stable_page, translate
from smartroute_runbook.translate.materialize import propose_views

REASONS = {
    "SELECT s, STDDEV(x) AS k FROM samples GROUP BY s": "STDDEV",
    "SELECT s, SUM(DISTINCT n) AS k FROM samples GROUP BY s": "recomputed in full",
    "SELECT COUNT(*) AS k FROM samples": "result cache",
    "SELECT s, n FROM samples": "does not aggregate",
    "SELECT s, SUM(date_diff('day', day, DATE '2026-01-01')) AS k FROM samples GROUP BY s": "full refresh",
    "SELECT a.s, COUNT(*) AS k FROM samples AS a JOIN routes AS r ON a.id = r.id GROUP BY a.s": "several tables",
    "SELECT s, ok, COUNT(*) AS k FROM samples GROUP BY ROLLUP (s, ok)": "ROLLUP",
}
SERVED = {
    **BOARD,
    "means": "SELECT ok, AVG(x) AS m, SUM(i) AS t, COUNT(n) AS k FROM samples WHERE id <> 6 GROUP BY ok",
    "having": "SELECT s, COUNT(*) AS k FROM samples GROUP BY s HAVING COUNT(*) > 1",
    "extremes": "SELECT small, MIN(day) AS a, MAX(x) AS b, COUNT(DISTINCT u) AS c FROM samples GROUP BY small",
    "whole": "SELECT COUNT(*) AS k, COUNT(DISTINCT small) AS d, AVG(x) AS m FROM samples WHERE id > 1000",
    "clock": "SELECT s, COUNT(*) AS k FROM samples WHERE day > current_date AND ok GROUP BY s",
    "outer": "WITH a AS (SELECT small, SUM(n) AS t FROM samples GROUP BY small) SELECT MAX(t) AS most FROM a",
    "windows": "SELECT small, COUNT(*) AS k, RANK() OVER (ORDER BY COUNT(*), small) AS r FROM samples GROUP BY small",
}
BOARD_DECLINED = {"busiest_stops"}


def plan(sql: str, name: str = "query", **runs: int):
    return propose_views([translate(sql, SCHEMA, name=name)], runs)


@pytest.mark.parametrize("sql", REASONS)
def test_declined_with_the_reason(sql):
    (declined,) = plan(sql).declined
    assert REASONS[sql] in declined.why


def test_the_most_frequent_first():
    queries = [translate(sql, SCHEMA, name=name) for name, sql in BOARD.items()]
    views = propose_views(queries, {"most_crowded": 7, "hourly_trend": 9}).views
    assert [view.query for view in views][:2] == ["hourly_trend", "most_crowded"]
    assert [view.runs for view in views][:2] == [9, 7]


def test_a_view_keeps_what_is_refreshed_incrementally():
    (view,) = plan("SELECT s, AVG(n) AS mean, COUNT(DISTINCT u) AS k FROM samples GROUP BY s").views
    assert not {"AVG(", "DISTINCT"} & set(view.create.replace("(", "( ").split())
    assert "SUM(" in view.create
    assert "AUTO REFRESH YES" in view.create
    other = plan("SELECT s, AVG(i) AS mean, COUNT(DISTINCT u) AS k FROM samples GROUP BY s").views[0]
    assert other.name != view.name  # another definition is another view


@pytest.mark.parametrize("name", [name for name in SERVED if name not in BOARD_DECLINED])
def test_the_query_over_the_view_gives_the_same(stack, name):
    lab = Lab.shared(stack)
    source = stable_page(SERVED[name])  # rows that tie at a LIMIT are cut arbitrarily
    result = translate(source, SCHEMA, name=name)
    (view,) = propose_views([result]).views
    place = f"lab.{view.name.rpartition('.')[2]}"
    lab.redshift.execute(view.create.replace(view.name, place))
    over = lab.rows("redshift", view.sql.replace(f"FROM {view.name}", f"FROM {place}"))
    assert differences(lab.rows("athena", source), over, result.tolerances, result.columns) == []


@pytest.fixture(scope="module")
def run(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("views")
    copy_to(folder)
    run = Run.open("rehearsal", "views", base=folder)
    prepare_world(run)
    run.do(load.LoadDays())
    pass_week(run, 2)
    run.begin(3)
    return run


def test_from_the_dashboard_s_queries_to_proven_views(run):
    queries = measure.dashboard(run)
    found = measure.plan_views(run, queries)
    assert {view.query for view in found.views} == set(queries.pairs) - BOARD_DECLINED
    step = measure.MaterializeAggregates(found)
    assert {change.action for change in run.propose(step).changes} == {"create"}
    run.do(step)
    assert run.propose(measure.MaterializeAggregates(found)).empty
    proven = measure.materialized(run, queries, found)
    assert not proven.blocks, proven.details
    assert {row[1] for row in proven.queries} <= {"equal", "within", "tie", "nothing to compare"}
    assert proven.serving
    assert set(proven.over(queries.redshift)) == set(queries.redshift)
    assert all(row[2] <= row[3] for row in proven.queries)
    with run.redshift() as redshift:
        redshift.execute(f"DROP MATERIALIZED VIEW {found.views[0].name}")
    with pytest.raises(VerificationFailed, match="does not exist"):
        step.verify(run)


def test_answers_are_compared_up_to_where_redshift_was_loaded(run):
    """The lake goes on while week 3 compares: an hour that is being written is on Athena alone."""
    s3, glue = run.clients.boto("s3"), run.clients.boto("glue")
    now = datetime.now(UTC)
    values = [str(part) for part in (now.year, now.month, now.day, now.hour)]
    added = []
    for table in ("vehicles", "crowding_metrics", "delay_metrics"):
        name = {"DatabaseName": run.settings.athena.database, "TableName": table}
        busy = glue.get_partition(**name, PartitionValues=["2026", "9", "21", "21"])["Partition"]
        old = busy["StorageDescriptor"]
        bucket, _, prefix = old["Location"].removeprefix("s3://").partition("/")
        source = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"][0]["Key"]
        key = f"growing/{table}/{source.rpartition('/')[2]}"
        s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": source})
        there = {**old, "Location": f"s3://{bucket}/growing/{table}/"}
        glue.create_partition(**name, PartitionInput={"Values": values, "StorageDescriptor": there})
        added.append(name)
    try:
        assert measure.compare_answers(run, measure.dashboard(run)).disagreeing
        queries = measure.dashboard(run, load.as_of(run))
        answers = measure.compare_answers(run, queries)
        assert not answers.disagreeing, answers.queries
        assert answers.covered.startswith("all days up to ")
        assert f"Both engines were read over {answers.covered}." in str(answers.view())
        plan = measure.plan_views(run, queries)
        views = measure.MaterializeAggregates(plan)
        run.propose(views)
        run.do(views)
        assert not measure.materialized(run, queries, plan).blocks
    finally:
        for name in added:
            glue.delete_partition(**name, PartitionValues=values)


def test_runs_come_from_week_1_s_measured_workload(run):
    shapes = [{"name": "most_crowded", "queries_day": 1200.4}, {"name": "", "queries_day": 3}]
    run.evidence("week1.decision.costs", {"shapes": shapes})
    found = measure.plan_views(run, measure.dashboard(run))
    assert found.views[0].query == "most_crowded"
    assert found.views[0].runs == 1200
