# ruff: noqa: E501 - tables of test data read best as tables
"""Where queries live, and what a team has before it: exports read, results grouped by reason and effort."""

from __future__ import annotations

import base64
import json

import pytest
from click.testing import CliRunner
from support.translate_lab import schema

from smartroute_runbook.cli import cli
from smartroute_runbook.translate import translate, translate_files, week_of
from smartroute_runbook.translate.materialize import propose_views as views

SCHEMA = schema()
ONE, MEAN = "SELECT 1 AS one", "SELECT AVG(n) AS v FROM samples"
VIEW = base64.b64encode(json.dumps({"originalSql": MEAN, "catalog": "awsdatacatalog"}).encode()).decode()
EXPORTS = {
    "athena": ({"NamedQueries": [{"Name": "first one", "QueryString": ONE}, {"Name": "mean", "QueryString": MEAN}]},
               ["first_one", "mean"]),
    "glue": ({"TableList": [{"Name": "v1", "TableType": "VIRTUAL_VIEW", "ViewOriginalText": f"/* Presto View: {VIEW} */"},
                            {"Name": "t1", "TableType": "EXTERNAL_TABLE"}]}, ["v1"]),
    "grafana": ({"dashboard": {"title": "Board", "panels": [{"title": "Mean", "targets": [{"refId": "A", "rawSQL": MEAN}]},
                {"title": "Row", "panels": [{"title": "One", "targets": [{"refId": "A", "rawSql": ONE}]}]}]}},
                ["Board_Mean_A", "Board_Row_One_A"]),
    "metabase": ([{"name": "Card", "dataset_query": {"type": "native", "native": {"query": ONE}}}], ["Card"]),
    "superset": ({"table_name": "virtual", "sql": MEAN}, ["virtual"]),
    "dbt": ({"nodes": {"model.x.a": {"name": "a", "compiled_code": ONE}, "model.x.b": {"name": "b", "compiled_code": MEAN}}},
            ["a", "b"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", EXPORTS)
def test_an_export_is_its_queries(kind, tmp_path):
    content, names = EXPORTS[kind]
    path = tmp_path / f"{kind}.json"
    path.write_text(json.dumps(content))
    found = translate_files([path], SCHEMA)
    assert [one.name for one in found] == names
    assert all(one.sql for one in found)


WITHOUT_TEXT = {
    "metabase": [{"name": "Card", "dataset_query": {"type": "query", "query": {"source-table": 5}}}],
    "dbt": {"nodes": {"model.x.a": {"name": "Card", "resource_type": "model", "raw_code": "select 1"}}},
    "glue": {"TableList": [{"Name": "Card", "TableType": "VIRTUAL_VIEW", "ViewOriginalText": "select 1"}]},
}


@pytest.mark.parametrize("kind", WITHOUT_TEXT)
def test_what_holds_no_sql_is_told_and_not_left_out(kind, tmp_path):
    path = tmp_path / f"{kind}.json"
    path.write_text(json.dumps([WITHOUT_TEXT[kind], {"name": "other", "sql": ONE}]))
    card, other = translate_files([path], SCHEMA)
    assert (card.name, card.status, card.problems[0].rule) == ("Card", "refused", "file")
    assert other.sql


def test_a_variable_of_grafana_s_is_a_query(tmp_path):
    variables = [
        {"name": "host", "type": "query", "query": ONE},
        {"name": "step", "type": "interval", "query": "1m,5m"},
    ]
    (tmp_path / "board.json").write_text(json.dumps({"title": "Board", "templating": {"list": variables}}))
    (found,) = translate_files([tmp_path / "board.json"], SCHEMA)
    assert (found.name, found.source) == ("Board_host", ONE)


def test_an_export_without_queries_is_one_query_that_says_so(tmp_path):
    """The others are answered all the same."""
    (tmp_path / "good.sql").write_text(ONE)
    for text in ("{}", "[1, 2]", "no json"):
        (tmp_path / "x.json").write_text(text)
        good, odd = translate_files([tmp_path / "good.sql", tmp_path / "x.json"], SCHEMA)
        assert good.sql
        assert (odd.name, odd.status, odd.sql) == ("x", "refused", None)
        assert odd.problems[0].why


def test_two_queries_of_one_name_are_told_apart(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps([{"Name": "q", "QueryString": ONE}] * 2))
    assert [one.name for one in translate_files([tmp_path / "x.json"], SCHEMA)] == ["q", "q_2"]


def test_the_week_counts_and_groups():
    texts = [ONE, MEAN, "SELECT plain[1] AS v FROM nested", "SELECT CORR(n, i) AS v FROM samples", "SELECT nope FROM samples",
             "SELECT CORR(n, small) AS v FROM samples"]  # fmt: skip
    texts[2] = "SELECT json_extract_scalar(doc, '$.a') AS v FROM samples"
    week = week_of([translate(sql, SCHEMA, name=f"q{n}") for n, sql in enumerate(texts)])
    assert week.counts == {"as they are": 1, "rewritten": 1, "to decide": 1, "to rewrite": 2, "invalid": 1}
    first = week.reasons[0]
    assert (first.rule, first.queries, first.effort) == ("missing-aggregate", ("q3", "q5"), "a rewrite each")
    assert week.view().title == "6 queries: what the week holds"
    assert sum(week.as_json()["counts"].values()) == len(texts)


def test_the_command_sums_up(tmp_path):
    (tmp_path / "a.sql").write_text("SELECT AVG(id) AS mean FROM shop.orders")
    (tmp_path / "schema.yaml").write_text("shop.orders: {id: bigint}\n")
    arguments = ["translate", str(tmp_path / "a.sql"), "--schema", str(tmp_path / "schema.yaml"), "--summary", "--json"]
    told = json.loads(CliRunner().invoke(cli, arguments, standalone_mode=False).stdout)
    assert told["counts"]["rewritten"] == 1
    assert told["reasons"] == []


@pytest.mark.parametrize(
    "name", ["busiest-stops", "v1.2", "o'hara", 'a"b', "x AS SELECT 1; --", "über uns", "n" * 300, "%"]
)
def test_a_view_s_name_is_safe_whatever_the_file_is_called(name):
    sql = "SELECT ok, COUNT(*) AS k FROM samples GROUP BY ok"
    (view,) = views([translate(sql, SCHEMA, name=name)]).views
    plain = view.name.rpartition(".")[2]
    assert plain.isascii()
    assert plain.replace("_", "a").isalnum()
    assert len(plain) <= 127
    assert f"MATERIALIZED VIEW {view.name} " in view.create
    assert plain in view.sql
