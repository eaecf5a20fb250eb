"""What the schema says of a column's values: used where it is said, refused or told where it is not."""

from __future__ import annotations

import pytest

from smartroute_runbook.errors import UsageError
from smartroute_runbook.translate import Schema, translate


def both(sql: str, kind: str, **properties: object):
    """A query without and with the properties of its column `c`."""
    return [translate(sql, Schema.of({"d.t": {"k": "bigint", "c": column}}))
            for column in (kind, {"type": kind, **properties})]  # fmt: skip


def rules(result) -> set[str]:
    return {finding.rule for finding in (*result.problems, *result.notes)}


def test_no_trailing_blanks():
    before, after = both("SELECT k FROM t WHERE c = 'a'", "string", trailing_blanks=False)
    assert "trailing-blanks" in rules(before)
    assert rules(after) == set()


def test_no_empty_text():
    before, after = both("SELECT listagg(c, ',') WITHIN GROUP (ORDER BY k) AS v FROM t", "string", empty_text=False)
    assert "SUBSTRING(" in before.sql
    assert "SUBSTRING(" not in after.sql


def test_super():
    before, after = both("SELECT c.a AS v FROM t", "struct<a:bigint>", super=True)
    assert rules(before) == {"nested"}
    assert "super: true" in before.problems[0].hint
    assert "CAST(c.a AS BIGINT)" in after.sql


def test_unique():
    before, after = both("SELECT SUM(k) OVER (ORDER BY c) AS v FROM t", "bigint", unique=True)
    assert "tied_1" in before.sql  # rows that tie are counted together, as Athena's RANGE does
    assert "tied_1" not in after.sql
    assert "ROWS BETWEEN UNBOUNDED PRECEDING" in after.sql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT SUM(k) OVER (ORDER BY abs(c)) AS v FROM t",
        "SELECT SUM(k) OVER (ORDER BY c) AS v FROM (SELECT c, k FROM t UNION ALL SELECT c, k FROM t) AS q",
        "WITH q AS (SELECT a.* FROM t AS a CROSS JOIN t AS b) SELECT SUM(k) OVER (ORDER BY c) AS v FROM q",
    ],
)
def test_what_is_computed_or_joined_is_not_unique(sql):
    assert "tied_1" in both(sql, "bigint", unique=True)[1].sql


def test_what_is_joined_is_refused_beside_a_running_sum():
    joined = "SELECT SUM(a.k) OVER (ORDER BY a.c) AS v FROM t AS a CROSS JOIN t AS b"
    assert both(joined, "bigint", unique=True)[1].problems[0].rule == "window-frame"


def test_no_nan():
    before, after = both("SELECT k FROM t WHERE c > 1e0", "double", nan=False)
    assert (rules(before), rules(after)) == ({"nan"}, set())


def test_utc_and_digits():
    before, after = both("SELECT hour(from_iso8601_timestamp(c)) AS v FROM t", "string", utc=True, digits=3)
    assert rules(before) == {"time-zone"}
    assert "DATE_TRUNC" not in after.sql
    before, after = both("SELECT CAST(c AS timestamp) AS v FROM t", "string", digits=3)
    assert "DATE_TRUNC" in before.sql
    assert "DATE_TRUNC" not in after.sql


def test_a_property_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match="no property 'uniq'"):
        Schema.of({"d.t": {"c": {"type": "bigint", "uniq": True}}})


def test_utc_opens_the_offset_of_a_log():
    sql = "SELECT date(parse_datetime(c, 'dd/MMM/yyyy:HH:mm:ss Z')) AS v FROM t"
    before, after = both(sql, "string", utc=True)
    assert before.problems[0].rule == "time-zone"
    assert "utc: true" in before.problems[0].hint
    assert "REPLACE(c, '+0000', '')" in after.sql


@pytest.mark.parametrize(("kind", "step", "note"), [
    ("double", "c + c", "nan"),
    ("string", "COALESCE(c, upper(c))", "trailing-blanks"),
    ("decimal(12,2)", "c * CAST(c AS real)", "decimal-as-float"),
])  # fmt: skip
def test_a_chain_of_subqueries_is_walked_once(kind, step, note):
    """Each takes a column twice: walked as often as it is named, forty of them would be a million million times."""
    wanted = "'x'" if kind == "string" else "1"
    steps = [f"a{n + 1} AS (SELECT {step} AS c FROM a{n} WHERE c > {wanted})" for n in range(40)]
    made = translate(
        f"WITH a0 AS (SELECT c FROM t), {', '.join(steps)} SELECT DISTINCT c FROM a40", Schema.of({"d.t": {"c": kind}})
    )
    assert note in rules(made)


@pytest.mark.parametrize(("value", "rule"), [
    ("CAST(CAST(k AS real) + (c - k) AS double) - c", "real-of-decimal"),
    ("CAST(CAST(c AS real) AS decimal(12,2)) - c", "real-of-decimal"),
    ("SUM(CAST(c AS real))", "real-of-decimal"),
    ("(SELECT r - 1 FROM (SELECT CAST(max(c) AS real) AS r FROM t))", "real-of-decimal"),
    ("CAST(c AS real) * 2", None),
    ("CAST(k AS real) - 1", None),
    ("CAST(c AS double) - c", None),
])  # fmt: skip
def test_no_difference_is_taken_of_a_real_that_may_miss_its_decimal(value, rule):
    """Subtracted, the error of a part is all that is left, and no share of the result allows it."""
    schema = Schema.of({"d.t": {"c": {"type": "decimal(12,2)"}, "k": {"type": "smallint"}}})
    problems = translate(f"SELECT {value} AS v FROM t", schema).problems
    assert [problem.rule for problem in problems] == ([rule] if rule else [])


def test_doubles_that_may_miss_their_decimals_differ_by_more_once_they_are_subtracted():
    wide = Schema.of({"d.t": {"c": {"type": "decimal(38,2)"}}})
    whole, rest = (translate(f"SELECT {v} AS v FROM t", wide).tolerances["v"] for v in ("CAST(c AS double)", "c - 1e0"))
    assert rest.relative > 100_000 * whole.relative
