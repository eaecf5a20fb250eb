"""Each rule: needed, told, and without it the translation is another one."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import sqlglot
import yaml
from sqlglot.errors import SqlglotError
from translate_lab import schema

from smartroute_runbook.translate import translate
from smartroute_runbook.translate.guard import breaches
from smartroute_runbook.translate.rules import RULES

CASES = yaml.safe_load((Path(__file__).parent / "translate" / "rules.yaml").read_text(encoding="utf-8"))
SCHEMA = schema()


def plain(sql: str) -> str:
    """What sqlglot alone makes of it."""
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    return sqlglot.transpile(sql, read="trino", write="redshift")[0]


def what(translation):
    return (
        translation.status,
        translation.sql,
        translation.changes,
        translation.problems,
        translation.notes,
        translation.tolerances,
    )


def test_every_rule_has_a_case_and_a_source():
    assert {rule.id for rule in RULES} == set(CASES)
    for rule in RULES:
        assert rule.source.startswith("https://")
        assert rule.why


@pytest.mark.parametrize("rule", CASES)
def test_rule_speaks_where_it_acts(rule):
    result = translate(CASES[rule]["sql"], SCHEMA)
    spoken = {f.rule for f in (*result.changes, *result.problems, *result.notes)}
    silent = rule == "listagg" or (rule in ("variance", "round-double", "cast-decimal") and result.tolerances)
    assert {"nested-result": "nested"}.get(rule, rule) in spoken or silent


@pytest.mark.parametrize("rule", CASES)
def test_without_the_rule_the_translation_is_another(rule):
    sql = CASES[rule]["sql"]
    assert what(translate(sql, SCHEMA)) != what(translate(sql, SCHEMA, off=frozenset({rule})))


@pytest.mark.parametrize("rule", [rule for rule, case in CASES.items() if case["plain"] == "accepts"])
def test_plain_conversion_accepts_what_is_refused(rule):
    sql = CASES[rule]["sql"]
    result = translate(sql, SCHEMA)
    assert result.status == "refused"
    assert result.sql is None
    assert all(problem.hint for problem in result.problems)
    assert plain(sql)


@pytest.mark.parametrize(
    "rule", [rule for rule, case in CASES.items() if case["plain"] in ("differs", "invalid", "documented")]
)
def test_plain_conversion_is_another_text(rule):
    sql = CASES[rule]["sql"]
    result = translate(sql, SCHEMA)
    try:
        unchanged = sqlglot.parse_one(plain(sql), read="redshift").sql("redshift")
    except SqlglotError:
        return
    assert result.sql is None or sqlglot.parse_one(result.sql, read="redshift").sql("redshift") != unchanged


def test_nothing_undocumented_leaves():
    for case in CASES.values():
        result = translate(case["sql"], SCHEMA)
        if result.sql is not None:
            assert breaches(result.sql) == ()
