"""Each rule: told where it acts; without it, plain conversion or the translator itself goes wrong, and that is seen."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import sqlglot
import yaml
from support.translate_lab import Lab, differences, schema

from smartroute_runbook.errors import ServiceError
from smartroute_runbook.translate import translate
from smartroute_runbook.translate.guard import breaches
from smartroute_runbook.translate.rules import RULES

CASES = yaml.safe_load((Path(__file__).parent / "rules.yaml").read_text(encoding="utf-8"))
SCHEMA = schema()
SHOWN = [
    rule for rule, case in CASES.items() if case["plain"] in ("differs", "invalid") and case.get("run") is not False
]
SILENT = {"super-null"}  # what it lets through is written the same


def plain(sql: str) -> str:
    """What sqlglot alone makes of it."""
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    return sqlglot.transpile(sql, read="trino", write="redshift")[0]


@pytest.fixture(scope="module")
def lab(stack):
    return Lab.shared(stack)


def outcome(lab: Lab, sql: str, candidate: str, tolerances, columns) -> str:
    """What a text for Redshift gives beside Athena's answer: equal, differs or invalid."""
    if breaches(candidate):
        return "invalid"
    try:
        rows = lab.rows("redshift", candidate)
    except ServiceError:
        return "invalid"
    try:
        control = lab.rows("athena", sql)
    except ServiceError:  # an answer where Athena has none
        return "differs"
    return "differs" if differences(control, rows, tolerances, columns) else "equal"


def what(translation):
    """All that a reader gets of a translation."""
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
    assert all(rule.source.startswith("https://") and rule.why for rule in RULES)
    for case in CASES.values():
        assert case["plain"] in ("differs", "invalid", "undocumented", "tolerance", "told")
        assert ("why" in case) == (case["plain"] == "undocumented")


@pytest.mark.parametrize("rule", CASES)
def test_rule_speaks_where_it_acts(rule):
    result = translate(CASES[rule]["sql"], SCHEMA)
    spoken = {f.rule for f in (*result.changes, *result.problems, *result.notes)}
    loose = CASES[rule]["plain"] == "tolerance" and result.tolerances
    assert {"nested-result": "nested"}.get(rule, rule) in spoken or loose or rule in SILENT


@pytest.mark.parametrize("rule", SHOWN)
def test_plain_conversion_is_wrong_and_ours_is_not(lab, rule):
    sql = CASES[rule]["sql"]
    ours = translate(sql, SCHEMA)
    found = outcome(lab, sql, plain(sql), ours.tolerances, ours.columns or [("v", "")])
    assert found == CASES[rule]["plain"], plain(sql)
    if ours.sql is None:
        assert ours.status == "refused"
        assert all(problem.hint for problem in ours.problems)
    else:
        assert outcome(lab, sql, ours.sql, ours.tolerances, ours.columns) == "equal", ours.sql


@pytest.mark.parametrize("rule", [rule for rule in CASES if rule not in SHOWN])
def test_ours_is_equal_where_plain_conversion_is_left_to_chance(lab, rule):
    sql, ours = CASES[rule]["sql"], translate(CASES[rule]["sql"], SCHEMA)
    if ours.sql is None:
        assert ours.status == "refused"
        return
    if CASES[rule].get("run") is False:
        return  # no engine runs it before somebody gives its parameter a value
    assert outcome(lab, sql, ours.sql, ours.tolerances, ours.columns) == "equal", ours.sql
    said = ours.changes or ours.notes or ours.tolerances
    assert said
    if CASES[rule]["plain"] == "undocumented" and CASES[rule].get("run") is not False:
        assert sqlglot.transpile(ours.sql, read="redshift", write="redshift")[0] != plain(sql)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_that_is_left_out_is_noticed(lab, rule):
    """A mutation: the translation is refused, wrong on the engines, or no longer says what it said."""
    sql = CASES[rule]["sql"]
    whole, without = translate(sql, SCHEMA), translate(sql, SCHEMA, off=frozenset({rule}))
    assert what(without) != what(whole)
    if (
        without.sql is None
        or whole.sql is None
        or CASES[rule].get("run") is False
        or CASES[rule]["plain"] not in ("differs", "invalid")
    ):
        return
    found = outcome(lab, sql, without.sql, without.tolerances, without.columns)
    assert found != "equal" or what(without)[2:] != what(whole)[2:]


def test_nothing_undocumented_leaves():
    for case in CASES.values():
        result = translate(case["sql"], SCHEMA)
        if result.sql is not None:
            assert breaches(result.sql) == ()
