"""Materialized views: proposed where Redshift refreshes them incrementally, and the query over them gives the same."""

from __future__ import annotations

import pytest
from test_translate_collection import BOARD, SCHEMA
from translate_lab import Lab, differences

from smartroute_runbook.translate import translate
from smartroute_runbook.translate.materialize import propose_views

REASONS = {
    "SELECT s, COUNT(DISTINCT n) AS k FROM samples GROUP BY s": "DISTINCT",
    "SELECT s, MAX(n) AS k FROM samples GROUP BY s": "MAX",
    "SELECT s, STDDEV(x) AS k FROM samples GROUP BY s": "STDDEV",
    "SELECT COUNT(*) AS k FROM samples": "GROUP BY",
    "SELECT s, COUNT(*) AS k FROM samples WHERE day > current_date GROUP BY s": "full refresh",
    "SELECT date_trunc('month', day) AS m, COUNT(*) AS k FROM samples GROUP BY 1": "full refresh",
    "SELECT a.s, COUNT(*) AS k FROM samples AS a JOIN routes AS r ON a.id = r.id GROUP BY a.s": "several tables",
}


def plan(sql: str, name: str = "query", **runs: int):
    return propose_views([translate(sql, SCHEMA, name=name)], runs)


@pytest.mark.parametrize("sql", REASONS)
def test_declined_with_the_reason(sql):
    (declined,) = plan(sql).declined
    assert REASONS[sql] in declined.why


def test_the_most_frequent_first():
    queries = [translate(sql, SCHEMA, name=name) for name, sql in BOARD.items()]
    declined = propose_views(queries, {"most_crowded": 7, "busiest_stops": 9}).declined
    assert [d.query for d in declined][:2] == ["busiest_stops", "most_crowded"]


def test_average_is_kept_as_sum_and_count():
    (view,) = plan("SELECT s, AVG(n) AS mean, COUNT(*) AS k FROM samples GROUP BY s HAVING COUNT(*) > 1").views
    assert "AVG" not in view.create
    assert "SUM(" in view.create
    assert "GROUP BY" not in view.sql


@pytest.mark.parametrize(
    "sql",
    [
        BOARD["on_time_by_route"],
        "SELECT ok, AVG(x) AS m, SUM(i) AS t, COUNT(n) AS k FROM samples WHERE id <> 6 GROUP BY ok ORDER BY m DESC",
        "SELECT s, COUNT(*) AS k FROM samples GROUP BY s HAVING COUNT(*) > 1",
    ],
)
def test_the_query_over_the_view_gives_the_same(stack, sql):
    lab = Lab.shared(stack)
    result = translate(sql, SCHEMA, name=f"q{abs(hash(sql))}")
    (view,) = propose_views([result]).views
    lab.redshift.execute(view.create.replace(view.name, f"lab.{view.name.split('.')[-1]}"))
    over = lab.rows("redshift", view.sql.replace(f"FROM {view.name}", f"FROM lab.{view.name.split('.')[-1]}"))
    assert differences(lab.rows("athena", sql), over, result.tolerances, result.columns) == []
