"""Texts that are cut at a blank, grouped: each is a group of its own on both engines, or the query is refused."""

from __future__ import annotations

import pytest
from support.translate_lab import Lab, differences, schema

from smartroute_runbook.translate import translate

SCHEMA = schema()
CUT = "substr(parts, 1, 1)"  # an empty text and a blank, among others


@pytest.fixture(scope="module")
def lab(stack):
    return Lab.shared(stack)


def answers(lab, sql, *, off=()):
    """Both engines' rows, in their order."""
    made = translate(sql, SCHEMA, off=frozenset(off))
    assert made.sql is not None, made.problems
    control, candidate = lab.rows("athena", sql), lab.rows("redshift", made.sql)
    return differences(control, candidate, made.tolerances, made.columns), made


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT {CUT} AS k, COUNT(*) AS n FROM samples GROUP BY {CUT} ORDER BY {CUT}, LENGTH({CUT})",
        f"SELECT {CUT} AS k, COUNT(*) AS n FROM samples GROUP BY 1 HAVING COUNT(*) >= 1 ORDER BY {CUT}, LENGTH({CUT})",
        f"SELECT k, COUNT(*) AS n FROM (SELECT {CUT} AS k, id FROM samples) GROUP BY k ORDER BY k, LENGTH(k)",
        f"SELECT COUNT(*) AS n FROM (SELECT DISTINCT {CUT} AS k FROM samples) AS q",
        f"SELECT COUNT(*) AS n FROM (SELECT DISTINCT {CUT} AS k, 'x' AS x, id > 0 AS p FROM samples) AS q",
        f"SELECT COUNT(DISTINCT {CUT}) AS n FROM samples",
        f"SELECT APPROX_DISTINCT({CUT}) AS n FROM samples",
        f"SELECT id, COUNT(*) OVER (PARTITION BY {CUT}) AS n FROM samples ORDER BY id",
        f"SELECT COUNT(*) AS n FROM (SELECT DISTINCT upper({CUT}) AS k FROM samples) AS q",
    ],
)
def test_each_is_a_group_of_its_own(lab, sql):
    different, made = answers(lab, sql)
    assert not different
    assert answers(lab, sql, off=["cut-texts"])[0] or "APPROX" in sql  # within the estimate's error
    assert "cut-texts" in {change.rule for change in made.changes}


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (f"SELECT {CUT} AS k FROM samples UNION SELECT s FROM samples", "rows that are compared"),
        (f"SELECT s AS k FROM samples EXCEPT SELECT {CUT} FROM samples", "rows that are compared"),
        (f"SELECT DISTINCT * FROM (SELECT {CUT} AS k FROM samples)", "DISTINCT rows"),
        (f"SELECT DISTINCT {CUT} AS k, COUNT(*) OVER () AS n FROM samples", "DISTINCT rows"),
        (f"SELECT {CUT} AS k, ok, COUNT(*) AS n FROM samples GROUP BY ROLLUP ({CUT}, ok)", "grouping sets"),
        (f"SELECT LISTAGG(DISTINCT {CUT}, ',') WITHIN GROUP (ORDER BY {CUT}) AS k FROM samples", "DISTINCT texts"),
    ],
)
def test_where_no_mark_can_stand_it_is_refused(sql, words):
    made = translate(sql, SCHEMA)
    assert made.sql is None
    assert any(problem.rule == "cut-texts" and words in problem.why and problem.hint for problem in made.problems)


@pytest.mark.parametrize("key", ["split_part(u, ' ', 1)", "u || '|'", f"{CUT} || '|'", "ltrim(u)"])
def test_what_needs_no_mark_gets_none(key):
    made = translate(f"SELECT {key} AS k, COUNT(*) AS n FROM samples GROUP BY {key}", SCHEMA)
    assert made.sql is not None
    assert "cut-texts" not in {change.rule for change in made.changes}
