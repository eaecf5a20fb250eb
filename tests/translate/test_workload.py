"""Queries of the kinds that Athena users run: how many are translated, and that each refusal says what to do."""

from __future__ import annotations

from collections import Counter

from support.translate_workload import workload

from smartroute_runbook.translate import translate, week_of
from smartroute_runbook.translate.guard import breaches

RESULTS = [(text, translate(text, schema, name=name)) for name, text, schema in workload()]
REFUSED = {"json-scalar", "lambda", "interval", "tablesample", "date-parse", "avg-decimal", "unknown"}


def test_there_are_four_hundred_different_ones():
    assert len({text for text, _ in RESULTS}) == len(RESULTS) >= 400


def test_nine_of_ten_are_translated_and_none_is_called_broken():
    counts = Counter(one.status for _, one in RESULTS)
    assert counts["invalid-source"] == 0
    assert (counts["unchanged"] + counts["rewritten"]) / len(RESULTS) >= 0.9
    assert sum(week_of([one for _, one in RESULTS]).counts.values()) == len(RESULTS)


def test_each_refusal_is_explained_and_no_more_than_is_known():
    problems = [problem for _, one in RESULTS for problem in one.problems]
    assert {problem.rule for problem in problems} <= REFUSED
    assert all(problem.hint for problem in problems)


def test_nothing_undocumented_leaves():
    for _, one in RESULTS:
        if one.sql is not None and not one.sql.startswith("INSERT"):  # a table before its columns is no function
            assert breaches(one.sql) == ()


def test_translating_twice_says_the_same():
    for name, text, schema in list(workload())[::20]:
        assert translate(text, schema, name=name) == translate(text, schema, name=name)
