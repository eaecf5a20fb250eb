"""What others rely on: the JSON object, files, the schema, the guard, the explanation."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlglot import exp
from support.translate_lab import schema

from smartroute_runbook.errors import UsageError
from smartroute_runbook.sqlfacts.redshift import allowed_functions, functions
from smartroute_runbook.tolerance import EXACT, Tolerance
from smartroute_runbook.translate import (
    Schema,
    bound_tables,
    overview,
    pin_clock,
    translate,
    translate_files,
)
from smartroute_runbook.translate.guard import breaches, forbidden_syntax
from smartroute_runbook.translate.side_by_side import marked, side_by_side
from smartroute_runbook.translate.types import Type, arithmetic, common, decimal, parse_type
from smartroute_runbook.views import Code, Folded

SCHEMA = schema()
SHARE = "SELECT s, ROUND(100.0 * COUNT_IF(ok) / COUNT(*), 2) AS pct FROM samples GROUP BY s"


def test_json_has_the_contract_s_keys():
    found = json.loads(json.dumps(translate(SHARE, SCHEMA, name="share").as_json()))
    assert {"name", "status", "sql", "changes", "problems", "tolerances"} <= set(found)
    assert found["status"] == "rewritten"
    assert all(set(change) == {"rule", "why", "before", "after", "source"} for change in found["changes"])
    refused = translate("SELECT MAX_BY(s, n, 2) FROM samples", SCHEMA).as_json()
    assert refused["sql"] is None
    assert all(set(problem) == {"rule", "why", "hint"} for problem in refused["problems"])


def test_results_are_kept_by_default_and_better_ones_are_asked_for():
    assert "AS DECIMAL(23, 1)" in translate(SHARE, SCHEMA).sql
    better = translate(SHARE, SCHEMA, improve=frozenset({"decimal-division"}))
    assert "DECIMAL" not in better.sql
    assert better.tolerances["pct"].absolute >= 0.05
    assert any(note.rule == "decimal-division" for note in better.notes)
    page = "SELECT s, COUNT(*) AS k FROM samples GROUP BY s ORDER BY k DESC LIMIT 2"
    assert "s" in translate(page, SCHEMA, improve=frozenset({"stable-page"})).sql.split("ORDER BY")[1]
    with pytest.raises(UsageError, match="Did you mean 'decimal-division'"):
        translate(SHARE, SCHEMA, improve=frozenset({"decimal-divison"}))


def test_tolerances_follow_the_columns():
    sql = """WITH a AS (SELECT s, AVG(n) AS mean, COUNT(*) AS k FROM samples GROUP BY s)
             SELECT s, mean * 2 AS twice, ROUND(mean, 1) AS rounded, k FROM a"""
    found = translate(sql, SCHEMA).tolerances
    assert set(found) == {"twice", "rounded"}
    assert found["twice"] == Tolerance(relative=1e-9)
    assert found["rounded"].absolute == 0.1
    assert EXACT.allows(1.0, 1.0)
    assert not EXACT.allows(1.0, 1.0000001)


@pytest.mark.parametrize(
    "value",
    [
        "SUM(ROUND(x, 1)) OVER (ORDER BY id)",  # a rule repeats its parts in a query of its own
        "SUM(ROUND(x, 1)) FILTER (WHERE ok)",
        "IF(small > 1, {}, 0)",
        "MAX({})",
    ],
)
def test_a_rule_that_repeats_a_part_keeps_its_tolerance(value):
    sql = f"SELECT {value.format('CAST(money / 3.0 AS real)')} AS v FROM samples"
    tolerance = translate(sql, SCHEMA).tolerances["v"]
    assert tolerance.relative >= 1e-6 or tolerance.absolute >= 0.1


def test_moving_and_arbitrary_results_are_said_to_be(tmp_path):
    assert any(n.rule == "clock" for n in translate("SELECT current_date AS d", SCHEMA).notes)
    assert any(n.rule == "stable-page" for n in translate("SELECT s FROM samples LIMIT 3", SCHEMA).notes)


def test_the_clock_is_pinned_for_both_engines():
    sql = "SELECT COUNT(*) AS k FROM samples WHERE day < current_date AND at < now() AND at < localtimestamp"
    pinned = pin_clock(sql, datetime(2026, 9, 21, 13, 0, tzinfo=UTC))
    result = translate(pinned, SCHEMA)
    assert result.status == "rewritten", result.problems
    assert not any(note.rule == "clock" for note in result.notes)
    assert result.sql.count("2026-09-21") == 3
    assert pin_clock(SHARE, datetime(2026, 1, 1, tzinfo=UTC)) == SHARE


@pytest.mark.parametrize(
    ("sql", "parts"),
    [
        ("SELECT samples.s FROM samples", 1),
        ("SELECT lab.samples.s FROM lab.samples", 1),
        ("SELECT a.s FROM samples AS a JOIN Samples AS b ON a.id = b.id", 2),
        ("SELECT a.s FROM samples AS a, routes AS r WHERE a.id IN (SELECT id FROM samples)", 2),
        ("WITH samples AS (SELECT s FROM lab.samples) SELECT s FROM samples", 1),
        ("WITH a AS (SELECT s FROM samples) SELECT s FROM a UNION ALL SELECT s FROM samples", 2),
        ("SELECT s FROM (SELECT s FROM samples WHERE s IN (SELECT u FROM samples)) AS q", 2),
        ("WITH samples AS (SELECT 1 AS s) SELECT s FROM samples", 0),
        ("SELECT route_id FROM routes", 0),
    ],
)
def test_tables_are_read_in_part_wherever_they_are_read(sql, parts):
    bounded = bound_tables(sql, SCHEMA, {"samples": exp.condition("id < 8")})
    assert bounded.count("id < 8") == parts
    assert (bounded == sql) == (parts == 0)
    if parts and "route_id" not in sql:
        assert translate(bounded, SCHEMA).sql.count("id < 8") == parts


def test_files_and_a_schema_file(tmp_path):
    tables = tmp_path / "schema.yaml"
    tables.write_text("shop.orders: {id: bigint, amount: 'decimal(10,2)', placed: date}\n")
    first, second = tmp_path / "mean.sql", tmp_path / "wrong.sql"
    first.write_text("SELECT AVG(id) AS mean FROM shop.orders;\n")
    second.write_text("SELECT price FROM orders")
    results = translate_files([first, second], Schema.load(tables))
    assert [(r.name, r.status) for r in results] == [("mean", "rewritten"), ("wrong", "invalid-source")]
    assert "Known: amount, id, placed" in results[1].problems[0].hint
    with pytest.raises(UsageError, match="cannot be read"):
        translate_files([tmp_path / "none.sql"], Schema.load(tables))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no tables"),
        ("[1, 2]", "holds no tables"),
        ("a: {b", "is not YAML"),
        ("orders: {id: bigint}", "is not a table name"),
        ("shop.orders: {}", "has no columns"),
        ("shop.orders: {id: bigit}", "'bigit' is not an Athena type"),
    ],
)
def test_bad_schema_files_are_said_in_one_line(tmp_path, text, message):
    path = tmp_path / "schema.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        Schema.load(path)


def test_guard_knows_what_is_documented():
    assert {"MD5", "STRTOL", "FUNC_SHA1", "PG_LAST_COPY_COUNT", "LISTAGG"} <= allowed_functions()
    assert not {"HOUR", "ARG_MAX", "ARRAY_AGG", "NOW", "STRING_AGG", "GENERATE_SERIES"} & allowed_functions()
    assert all(f.source.startswith("https://docs.aws.amazon.com/redshift/") for f in functions().values())
    (breach,) = breaches('SELECT HOUR("at"), LEN(s) FROM t')
    assert "HOUR" in breach.why
    assert "leader node" in breaches("SELECT NOW()")[0].why
    assert all(entry.hint for entry in forbidden_syntax().values())


def test_decimal_types_are_trino_s():
    assert arithmetic("/", decimal(4, 1), Type("bigint")) == decimal(4, 1)
    assert arithmetic("*", decimal(4, 1), Type("bigint")) == decimal(23, 1)
    assert arithmetic("+", decimal(10, 2), decimal(18, 4)) == decimal(19, 4)
    assert arithmetic("/", Type("bigint"), Type("integer")) == Type("bigint")
    assert arithmetic("*", decimal(10, 2), Type("double")) == Type("double")
    assert common(Type("integer"), decimal(10, 2)) == decimal(12, 2)
    assert common(Type("varchar"), Type("bigint")) is None
    assert parse_type("array<string>").of == (Type("varchar"),)


def test_explained_side_by_side_with_the_reasons():
    result = translate(SHARE, SCHEMA, name="share")
    lines = side_by_side(result.source, result.sql)
    assert any(changed for *_, changed in lines)
    assert any(not changed for *_, changed in lines)
    view = result.view()
    assert "rewritten" in view.title
    text = repr(view)
    assert "decimal-division" in text
    assert "trino.io" in text
    assert "1 of 2" in overview((result, translate("SELECT 1 FROM nowhere", SCHEMA))).title


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "-- only a comment",
        "SELECT 'open",
        "\0",
        "SELECT " + "(" * 40,
    ],
)
def test_garbage_is_invalid_not_an_error(sql):
    assert translate(sql, SCHEMA).status == "invalid-source"


@pytest.mark.parametrize("sql", ["CREATE TABLE t (a int)", "MSCK REPAIR TABLE t"])
def test_a_statement_that_is_no_query_is_refused_not_called_invalid(sql):
    assert translate(sql, SCHEMA).status == "refused"


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("trip_id ILIKE 'a'", "ILIKE"),
        ("hour::varchar", "::"),
        ("hour DIV 2", "DIV"),
        ("hour ^ 2", "^"),
        ("hour & 2", "&"),
        ("hour | 2", "|"),
        ("hour == 2", "=="),
        ("hour <=> 2", "<=>"),
        ("trip_id RLIKE 'a'", "RLIKE"),
        ("trip_id ~ 'a'", "~"),
        ("trip_id NOTNULL", "NOTNULL"),
        ("(hour > 2) IS TRUE", "IS TRUE"),
        ("(hour > 2) IS NOT FALSE", "IS FALSE"),
        ("INTERVAL 1 DAY + current_date", "INTERVAL 1"),
        ("{'a': 1}", "{"),
    ],
)
def test_what_only_other_dialects_have_is_broken_on_athena_and_not_translated(column, word):
    (problem,) = (result := translate(f"SELECT {column} FROM lab.vehicles", SCHEMA)).problems
    assert result.status == "invalid-source"
    assert word in problem.why
    assert problem.hint.startswith("Trino has ")


def test_words_of_other_dialects_may_be_names_and_texts():
    names = "SELECT hour AS div, '::' AS glob, trip_id \"a~b\" FROM lab.vehicles -- ilike ^ &"
    assert translate(names, SCHEMA).status in ("unchanged", "rewritten")
    late = "SELECT hour FROM lab.vehicles LIMIT 2 OFFSET 1"
    assert translate(late, SCHEMA).status == "invalid-source"


def test_what_differs_is_bold_and_names_its_rule():
    view = translate(SHARE, SCHEMA, name="share").view()
    text = next(part for part in view.parts if isinstance(part, Code))
    new = [line for line in text.text.split("\n") if line.startswith("+ ")]
    assert new[-1].endswith("-- count-if, decimal-division")
    (table,) = next(p.parts for p in view.parts if isinstance(p, Folded) and p.summary == "Side by side")
    (changed,) = [row for row, tone in zip(table.rows, table.tones, strict=True) if tone == "warn"]
    assert changed[2] == "count-if, decimal-division"
    assert "**COUNT_IF" in changed[0]
    assert "**CAST" in changed[1].replace("`", "")
    assert "**" not in "".join(row[0] for row, tone in zip(table.rows, table.tones, strict=True) if tone == "plain")


def test_marks_can_be_taken_off_again():
    before, after = "SUM(a) * 2 ** b\n  AND x", "SUM(CAST(a AS BIGINT)) * 3\n  AND y"
    left, right = marked(before.replace("** ", ""), after)
    assert left.replace("**", "") == before.replace("** ", "")
    assert right.replace("**", "") == after
