"""COALESCE evaluates a fallback only where it is needed, also where DuckDB would compute parts of it ahead."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot

from smartroute_runbook.standins.fallbacks import guard_fallbacks

TWICE = "(CAST(n AS TINYINT) + CAST(n AS TINYINT))"  # fails for 1000, and DuckDB computes its half for all rows


@pytest.fixture(scope="module")
def db():
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1, 1000), (NULL, 7), (NULL, NULL)) v(a, n)")
    return connection


def lazily(sql: str) -> str:
    return guard_fallbacks(sqlglot.parse_one(sql, read="duckdb")).sql("duckdb")


@pytest.mark.parametrize(
    ("expression", "answers"),
    [
        (f"COALESCE(a, {TWICE})", [1, 14, None]),
        (f"COALESCE(a, {TWICE}, 5)", [1, 14, 5]),
        (f"COALESCE(COALESCE(a, {TWICE}), 5)", [1, 14, 5]),
        (f"COALESCE(a, NULL, {TWICE}, n)", [1, 14, None]),
        (f"1 + COALESCE(a, COALESCE({TWICE}, 5))", [2, 15, 6]),
        ("COALESCE(a, CAST(n AS TINYINT))", [1, 7, None]),
    ],
)
def test_only_rows_that_need_it_evaluate_a_fallback(db, expression, answers):
    assert [row[0] for row in db.execute(lazily(f"SELECT {expression} FROM t")).fetchall()] == answers


def test_duckdb_alone_computes_it_for_every_row(db):
    with pytest.raises(duckdb.ConversionException, match="out of range"):
        db.execute(f"SELECT COALESCE(a, {TWICE}) FROM t")


@pytest.mark.parametrize(
    "expression",
    [
        "COALESCE(a, 0)",
        "COALESCE(a, n, -1)",
        "COALESCE(a, CAST('2020-01-01' AS DATE))",
        "COALESCE(RANDOM(), 1 / n)",  # which is another number each time it is written
        "COALESCE((SELECT a FROM t LIMIT 1), 1 / n)",
        "COALESCE(SUM(a) OVER (), 1 / n)",
    ],
)
def test_what_needs_nothing_or_is_not_the_same_twice_stays(expression):
    sql = f"SELECT {expression} FROM t"
    assert lazily(sql) == sqlglot.parse_one(sql, read="duckdb").sql("duckdb")
