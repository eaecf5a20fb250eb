"""Texts that are no whole query: each is answered as what it is, and none is called a defect of the translator."""

from __future__ import annotations

import random

import pytest
import sqlglot
from sqlglot.errors import SqlglotError
from support.translate_corpus import texts
from support.translate_lab import schema

from smartroute_runbook.sqlfacts.trino import trino_functions
from smartroute_runbook.translate import translate

SCHEMA = schema()
INVALID = [
    "", "-- a comment only", "/* two */ ;", "SELECT s, FROM samples", "SELECT s FROM samples WHERE s IN ()",
    "SELECT s FROM samples LIMIT -1", "SELECT s FROM samples GROUP BY s,", "SELECT ARRAY[1,] AS v",
    "SELECT COALESCE(, s) FROM samples", "SELECT listagg(s, ',') FROM samples",
    "SELECT listagg(s, ',') WITHIN GROUP () FROM samples", "SELECT (s FROM samples", "SELECT 'abc FROM samples",
    "SELECT AVG(DISTINCT ) AS v FROM samples", "SELECT DISTINCT FROM samples",
    "SELECT CASE WHEN ok THEN 1 FROM samples", "WITH q AS (SELECT s FROM samples)", "hello world",
]  # fmt: skip
REFUSED = [
    "SELECT listagg(, ) FROM samples AS t (s", "SELECT s FROM samples WHERE", "SELECT sum() FROM samples",
    "SELECT max_by(s) FROM samples", "SELECT n + FROM samples", "SELECT s FROM samples UNION", "INSERT INTO",
    "SELECT format_datetime(at) FROM samples", "SELECT k FROM UNNEST(ARRAY[1]) AS (k)", "SELECT date() AS v",
    "SELECT s IS", "SELECT s IS NOT", "SELECT CAST(v AS varchar) AS v FROM (VALUES (), (1)) AS t (v)",
    "SELECT json_extract_scalar(doc, '$..b') AS v FROM samples",
    "SELECT COUNT(*) over FROM samples", "SELECT INTERVAL '1' AS v", "SELECT substr(s) FROM samples",
    "SELECT if(ok) FROM samples", "SELECT lag() OVER (ORDER BY id) FROM samples",
]  # fmt: skip


@pytest.mark.parametrize("sql", INVALID)
def test_what_athena_cannot_read(sql):
    made = translate(sql, SCHEMA)
    assert (made.status, made.problems[0].rule) == ("invalid-source", "syntax")
    assert made.problems[0].hint


@pytest.mark.parametrize("sql", REFUSED)
def test_what_lacks_a_part_is_refused_in_words_of_sql(sql):
    made = translate(sql, SCHEMA)
    assert made.sql is None
    assert made.problems[0].rule != "internal"
    assert "sqlglot" not in made.problems[0].why
    assert made.problems[0].hint


def test_a_json_text_for_a_condition_is_named_as_it_is_written():
    made = translate("SELECT id FROM samples WHERE json_extract_scalar(doc, '$..b')", SCHEMA)
    assert (made.status, made.problems[0].rule) == ("invalid-source", "type-mismatch")
    assert "'$..b'" in made.problems[0].why


def test_count_of_nothing_counts_rows():
    assert translate("SELECT COUNT() AS v FROM samples", SCHEMA).sql == "SELECT\n  COUNT(*) AS v\nFROM samples"


@pytest.mark.parametrize("function", sorted(trino_functions())[::6])
def test_a_call_with_other_arguments_than_it_takes(function):
    for given in ("", "s", "n, s", "at", "*", "DISTINCT s", "NULL", "'day', n, at, n"):
        made = translate(f"SELECT {function}({given}) AS v FROM samples", SCHEMA)
        assert "internal" not in {each.rule for each in made.problems}, made.problems


@pytest.mark.parametrize(
    "sql", ["1 UNION ALL SELECT n FROM samples", "SELECT 1 AS n EXCEPT + 2", "s INTERSECT SELECT 1"]
)
def test_a_side_of_a_set_operation_that_is_no_query(sql):
    for text in (sql, f"WITH t (n) AS ({sql}) SELECT SUM(n) AS s FROM t"):
        made = translate(text, SCHEMA)
        assert made.sql is None
        assert "internal" not in {each.rule for each in made.problems}, made.problems


def test_words_taken_out_put_in_and_cut_off():
    chance, every = random.Random(14), [text for text in texts() if len(text) < 400]
    for _ in range(300):
        sql = chance.choice(every)
        try:
            words = sqlglot.tokenize(sql, read="trino")
        except SqlglotError:
            continue
        word, other = chance.choice(words), chance.choice(words)
        spoilt = chance.choice([
            sql[: word.start], sql[: word.start] + sql[word.end + 1 :],
            sql[: word.start] + sql[other.start : other.end + 1] + sql[word.end + 1 :],
            f"{sql[: word.end + 1]} {chance.choice([',', '(', ')', 'NULL', '.', '[', '*'])} {sql[word.end + 1 :]}",
        ])  # fmt: skip
        made = translate(spoilt, SCHEMA)
        assert "internal" not in {each.rule for each in made.problems}, spoilt
