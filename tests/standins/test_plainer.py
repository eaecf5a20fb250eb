"""A query made plainer gives the same rows: texts joined at once, literal places and divisors."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from smartroute_runbook.standins.athena.sql.duckdb_setup import prepare
from smartroute_runbook.standins.plainer import plainer


@pytest.fixture(scope="module")
def db():
    connection = duckdb.connect()
    prepare(connection)
    connection.execute(
        "CREATE TABLE t AS SELECT * FROM (VALUES ('abc', 7), (NULL, NULL), ('', -7), ('é\"x', 0)) v(s, n)"
    )
    return connection


LINKS = st.sampled_from(
    ["s", "'-'", "''", "COALESCE(s, '~')", "COALESCE(CAST(n AS VARCHAR), '~')", "COALESCE(s, NULL)", "upper(s)"]
)
TREES = st.recursive(
    LINKS, lambda inner: st.tuples(inner, inner).map(lambda two: f"({two[0]} || {two[1]})"), max_leaves=9
)


@settings(max_examples=150, deadline=None)
@given(TREES, st.integers(0, 5), st.integers(0, 5), st.integers(1, 9))
def test_a_plainer_query_gives_the_same(db, text, start, size, divisor):
    sql = f"SELECT {text} AS x, trino_substr({text}, {start}, {size}) AS y, trino_mod(n, {divisor}) AS z FROM t"
    made = plainer(sqlglot.parse_one(sql, read="duckdb")).sql("duckdb")
    assert db.execute(made).fetchall() == db.execute(sql).fetchall()


def test_a_long_chain_is_joined_at_once_but_for_what_may_be_null():
    tree = plainer(sqlglot.parse_one("SELECT 'a' || COALESCE(s, 'b') || 'c' || s || 'd' FROM t", read="duckdb"))
    assert tree.sql("duckdb") == "SELECT (CONCAT('a', COALESCE(s, 'b'), 'c') || s || 'd') FROM t"


def test_a_divisor_or_place_that_is_refused_stays_refused(db):
    for call in ("trino_mod(n, 0)", "trino_mod(n, n)"):
        made = plainer(sqlglot.parse_one(f"SELECT {call} FROM t", read="duckdb")).sql("duckdb")
        with pytest.raises(duckdb.Error, match="DIVISION_BY_ZERO"):
            db.execute(made).fetchall()
