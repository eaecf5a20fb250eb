"""Proven on both stand-ins: what each verdict takes, how ties are settled, clocks pinned and pages made stable."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.translate_lab import Lab, schema

from smartroute_runbook.errors import UsageError
from smartroute_runbook.measure.dashboard_queries import translated_queries
from smartroute_runbook.operate.agreement import proven as as_proven
from smartroute_runbook.prove.queries import queries_equal
from smartroute_runbook.translate import AsOf, stable_page, translate

SCHEMA = schema()
PAGE = "SELECT id, small FROM samples WHERE small IS NOT NULL ORDER BY small LIMIT 3"


@pytest.fixture(scope="module")
def lab(stack):
    return Lab.shared(stack)


def proven(lab: Lab, sql: str, candidate: str = "", **wanted):
    made = translate(sql, SCHEMA, **wanted)
    assert made.sql, made.problems
    return queries_equal(lab.athena, lab.redshift, sql, candidate or made.sql, tolerances=made.tolerances)


@pytest.mark.parametrize(
    ("sql", "verdicts"),
    [
        ("SELECT s, COUNT(*) AS k FROM samples GROUP BY s", {"equal"}),
        ("SELECT ok, AVG(x) AS m, ROUND(AVG(i), 1) AS r FROM samples GROUP BY ok", {"equal", "within"}),
        ("SELECT s, CAST(money AS decimal(12,4)) / 3 AS third FROM samples", {"equal"}),
        ("SELECT id FROM samples ORDER BY n DESC, id", {"equal"}),
        ("SELECT s FROM samples LIMIT 3", {"not comparable"}),
        ("SELECT id FROM samples WHERE random() < 2", {"not comparable"}),
        ("SELECT COUNT(*) AS k FROM samples WHERE at < now()", {"not comparable"}),
        ("SELECT COUNT(*) AS k FROM samples WHERE day < current_date", {"not comparable"}),
    ],
)
def test_verdict(lab, sql, verdicts):
    assert proven(lab, sql).verdict in verdicts


@pytest.mark.parametrize(
    ("sql", "candidate"),
    [
        ("SELECT ok, AVG(i) AS m FROM samples GROUP BY ok", "SELECT ok, AVG(i) AS m FROM samples GROUP BY ok"),
        ("SELECT id, n FROM samples ORDER BY n DESC, id", "SELECT id, n FROM samples ORDER BY n DESC, id"),
        ("SELECT x FROM samples WHERE id = 1", "SELECT x + 0.0000001 AS x FROM samples WHERE id = 1"),
        ("SELECT s FROM samples", "SELECT s FROM samples UNION ALL SELECT s FROM samples WHERE id = 1"),
        ("SELECT s FROM samples", "SELECT NULLIF(s, '') AS s FROM samples"),
    ],
)
def test_what_is_different_is_called_different(lab, sql, candidate):
    found = proven(lab, sql, candidate)
    assert found.verdict == "different"
    assert not found.agrees
    assert found.blocks


def test_a_tolerance_is_the_column_s_own(lab):
    sql = "SELECT SUM(x) AS total, COUNT(x) AS many FROM samples WHERE id < 4"
    near = "SELECT SUM(x) * 1.0000000001::float8 AS total, COUNT(x) AS many FROM samples WHERE id < 4"
    assert proven(lab, sql, near).verdict == "within"
    far = near.replace("1.0000000001", "1.00000001")
    assert proven(lab, sql, far).verdict == "different"
    assert proven(lab, sql, near.replace("COUNT(x)", "COUNT(x) + 1")).verdict == "different"


def test_ties_at_the_limit_are_settled_beyond_it(lab):
    found = [proven(lab, PAGE, PAGE.replace("small LIMIT", f"small, id {way} LIMIT")) for way in ("ASC", "DESC")]
    assert all(one.agrees for one in found)
    tie = next(one for one in found if one.verdict == "tie")
    assert tie.settled
    assert "without the limit all" in tie.why
    wrong = "SELECT id, small FROM (SELECT CASE WHEN id = 9 THEN 99 ELSE id END AS id, small FROM samples) AS t"
    for way in ("ASC", "DESC"):
        text = f"{wrong} WHERE small IS NOT NULL ORDER BY small, id {way} LIMIT 3"
        assert not proven(lab, PAGE, text).agrees


def test_a_tie_breaker_is_offered_for_both_engines(lab):
    offered = translate(PAGE, SCHEMA)
    (note,) = [note for note in offered.notes if note.rule == "stable-page"]
    assert "on both engines: ORDER BY small, id" in note.hint
    better = translate(PAGE, SCHEMA, improve=frozenset({"stable-page"}))
    found = queries_equal(lab.athena, lab.redshift, stable_page(PAGE), better.sql)
    assert found.verdict == "equal"
    assert any(change.rule == "stable-page" for change in better.changes)
    assert stable_page(stable_page(PAGE)) == stable_page(PAGE)


def test_parameters_are_compared_by_their_defaults_and_published_as_parameters(lab):
    sql = "-- :least int 0..9 = 2\nSELECT COUNT(*) AS k FROM samples WHERE small >= :least"
    queries = translated_queries(
        {"some": sql, "all": "SELECT 1 AS one"}, SCHEMA, AsOf(datetime(2026, 3, 1, tzinfo=UTC))
    )
    assert queries.blocks == ()
    assert queries.published["some"].startswith("-- :least int 0..9 = 2\n")
    assert ":least" in queries.published["some"].partition("\n")[2]
    assert queries.published["all"] == queries.redshift["all"]
    assert "some: as it is published, with its parameters" in str(queries.view())
    assert ":least" not in queries.redshift["some"]
    compared = as_proven(queries, queries.published)["some"]
    assert (compared.control, compared.candidate) == queries.compared("some")  # not the text over a view
    assert queries_equal(lab.athena, lab.redshift, compared.control, compared.candidate).verdict == "equal"


def test_a_query_whose_parameter_decides_its_translation_blocks_the_gate():
    sql = "-- :form text(9) = %Y\nSELECT date_format(at, :form) AS d FROM samples"
    queries = translated_queries({"some": sql}, SCHEMA, AsOf(datetime(2026, 3, 1, tzinfo=UTC)))
    assert queries.published == {}
    (block,) = queries.blocks
    assert block.startswith("query some is refused: ")
    with pytest.raises(UsageError, match="Query some: parameter 'x' is of type 'number'"):
        translated_queries({"some": "-- :x number = 1\nSELECT :x AS x"}, SCHEMA, AsOf(datetime(2026, 3, 1, tzinfo=UTC)))


def test_the_clock_is_pinned_and_said_to_be(lab):
    sql = "SELECT COUNT(*) AS k FROM samples WHERE day < current_date AND at < now()"
    as_of = AsOf(datetime(2026, 3, 1, 9, tzinfo=UTC))
    queries = translated_queries({"recent": sql, "all": "SELECT 1 AS one"}, SCHEMA, as_of)
    assert set(queries.pinned) == {"recent"}
    assert queries.pinned["recent"].said == "The clock is pinned to 2026-03-01 09:00:00 UTC on both engines."
    assert "2026-03-01" in queries.compared("recent")[1]
    assert queries.compared("all") == ("SELECT 1 AS one", "SELECT 1 AS one")
    found = queries_equal(lab.athena, lab.redshift, *queries.compared("recent"))
    assert found.verdict == "equal"
    (note,) = [note for note in queries.translations[0].notes if note.rule == "clock"]
    assert "UTC" in note.hint
