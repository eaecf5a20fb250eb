"""Statements around queries, parameters, and the ways in which Athena itself prints a query."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import yaml
from support.translate_lab import schema

from smartroute_runbook.cli import cli
from smartroute_runbook.errors import UsageError
from smartroute_runbook.translate import rewrite as rewriting
from smartroute_runbook.translate import translate, translate_files, write_files

CASES = yaml.safe_load((Path(__file__).parent / "statements.yaml").read_text(encoding="utf-8"))
SCHEMA = schema()


def one_line(text: str) -> str:
    return " ".join(text.split()).replace("( ", "(").replace(" )", ")")


@pytest.mark.parametrize("case", CASES, ids=[case["sql"][:60] for case in CASES])
def test_a_statement_is_translated_around_its_query_or_refused_for_what_it_is(case):
    result = translate(case["sql"], SCHEMA)
    assert result.status != "invalid-source", result.problems
    if "refused" in case:
        assert case["refused"] in [problem.rule for problem in result.problems]
        assert all(problem.hint for problem in result.problems)
        return
    if case.get("any"):
        return
    assert result.sql is not None, result.problems
    assert one_line(case.get("has", "")) in one_line(result.sql)
    assert not case.get("unchanged") or result.status == "unchanged", result.sql


def test_one_query_s_failure_stays_its_own(monkeypatch, tmp_path):
    (tmp_path / "a.sql").write_text("SELECT 1 AS one")
    (tmp_path / "b.sql").write_text("SELECT 2 AS two")
    whole = rewriting.check

    def failing(sql, tree, tables):
        if "one" in sql:
            raise KeyError("a fault of ours")
        return whole(sql, tree, tables)

    monkeypatch.setattr(rewriting, "check", failing)
    first, second = translate_files([tmp_path], SCHEMA)
    assert (first.status, first.problems[0].rule) == ("refused", "internal")
    assert second.status == "unchanged"


@pytest.mark.parametrize("operator", [" || ", " + "])
def test_long_chains_take_linear_time(operator):
    column = "s" if operator == " || " else "i"
    times = []
    for terms in (500, 2000):
        began = time.process_time()
        assert translate(f"SELECT {operator.join([column] * terms)} AS v FROM samples", SCHEMA).sql
        times.append(time.process_time() - began)
    assert times[1] < 10 * times[0] + 0.5


def test_odd_files_are_told_as_queries(tmp_path):
    (tmp_path / "x.sql").mkdir()
    (tmp_path / "loop.sql").symlink_to("loop.sql")
    (tmp_path / "gone.sql").symlink_to("nowhere.sql")
    os.mkfifo(tmp_path / "pipe.sql")
    (tmp_path / "good.sql").write_text("SELECT 1 AS one")
    found = {one.name: one for one in translate_files([tmp_path], SCHEMA)}
    assert found["good"].status == "unchanged"
    assert {name for name, one in found.items() if one.status == "refused"} == {"x", "loop", "gone", "pipe"}
    assert all(one.problems[0].rule == "file" for name, one in found.items() if name != "good")


def run(*arguments: object) -> int:
    from click.testing import CliRunner

    return CliRunner().invoke(cli, ["translate", *map(str, arguments)], standalone_mode=False).return_value


def test_out_never_takes_a_source_a_link_or_a_foreign_file(tmp_path):
    queries, out, tables = tmp_path / "q", tmp_path / "out", tmp_path / "schema.yaml"
    queries.mkdir()
    tables.write_text("shop.orders: {id: bigint}\n")
    (queries / "mean.sql").write_text("SELECT AVG(id) AS mean FROM shop.orders")
    translations = translate_files([queries], SCHEMA)
    with pytest.raises(UsageError, match="one of the queries that are read"):
        write_files([translations[0].__class__("mean", "rewritten", "SELECT 2", "")], queries, [queries])
    assert run(queries, "--schema", tables, "--out", out) == 0
    assert run(queries, "--schema", tables, "--out", out) == 0  # its own files may be replaced
    made = [translations[0].__class__("mean", "rewritten", "SELECT 2", "")]
    (out / "mean.sql").write_text("mine")
    with pytest.raises(UsageError, match="was not written by translate"):
        write_files(made, out)
    (out / "mean.sql").unlink()
    (out / "mean.sql").symlink_to(tmp_path / "target")
    with pytest.raises(UsageError, match="is a link"):
        write_files(made, out)
    (tmp_path / "alias").symlink_to(out, target_is_directory=True)
    with pytest.raises(UsageError, match="is a link"):
        write_files(made, tmp_path / "alias")
    assert not (tmp_path / "target").exists()
