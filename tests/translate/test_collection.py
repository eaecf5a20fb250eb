"""The collection: what becomes of Athena's constructs, and that what is translated means the same on both stand-ins."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from support.translate_lab import Lab, differences, schema

from smartroute_runbook.translate import bound_tables, stable_page, translate

FOLDER = Path(__file__).parent / "queries"
DASHBOARD = Path(__file__).parents[2] / "parameters" / "queries"
QUERIES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.sql"))}
BOARD = {
    p.stem: p.read_text(encoding="utf-8").replace("smartroute_analytics.", "lab.")
    for p in sorted(DASHBOARD.glob("*.sql"))
}
SCHEMA = schema()
READY = {"unchanged", "rewritten"}
ROWS = {
    "samples": exp.condition("id < 9"),
    "routes": exp.condition("id <> 3"),
    **{table: exp.condition("hour < 1") for table in ("vehicles", "crowding_metrics", "delay_metrics")},
}
UNSTABLE = {"numbers_random", "dates_now", "dates_current"}


def expected(sql: str) -> str:
    return re.match(r"-- expect: (\S+)", sql)[1]


def test_the_collection_is_wide():
    shares = Counter(expected(sql) for sql in QUERIES.values())
    assert len(QUERIES) >= 120
    assert set(shares) == {"unchanged", "rewritten", "refused", "invalid-source"}


@pytest.mark.parametrize("name", QUERIES)
def test_status(name):
    result = translate(QUERIES[name], SCHEMA, name=name)
    assert result.status == expected(QUERIES[name]), result.problems
    assert (result.sql is None) == (result.status not in READY)
    assert bool(result.problems) == (result.status not in READY)
    assert bool(result.changes) == (result.status == "rewritten") or result.status == "refused"


def test_a_thousand_queries_in_seconds():
    started, done = time.process_time(), 0
    while done < 1000:
        for name, sql in QUERIES.items():
            translate(sql, SCHEMA, name=name)
            done += 1
    assert time.process_time() - started < 20


@pytest.fixture(scope="module")
def lab(stack):
    return Lab.shared(stack)


def same(lab: Lab, name: str, sql: str) -> None:
    result = translate(sql, SCHEMA, name=name)
    control, candidate = lab.rows("athena", sql), lab.rows("redshift", result.sql)
    found = differences(control, candidate, result.tolerances, result.columns)
    assert found == [], result.sql


READY_QUERIES = [n for n, sql in QUERIES.items() if expected(sql) in READY and n not in UNSTABLE]


@pytest.mark.parametrize("name", READY_QUERIES)
def test_equal_on_both_engines(lab, name):
    same(lab, name, QUERIES[name])


@pytest.mark.parametrize("name", BOARD)
def test_dashboard_equal_on_both_engines(lab, name):
    same(lab, name, stable_page(BOARD[name]))


def shape(name: str) -> tuple[int, ...]:
    """How a query reads its tables: what is above and around them does not matter here."""
    tree = sqlglot.parse_one(QUERIES[name], read="trino")
    kinds = (
        exp.Select,
        exp.Join,
        exp.CTE,
        exp.SetOperation,
        exp.Subquery,
        exp.Table,
        exp.TableAlias,
        exp.Exists,
        exp.In,
    )
    return tuple(len(list(tree.find_all(kind))) for kind in kinds)


SHAPES = list({shape(name): name for name in READY_QUERIES}.values())


@pytest.mark.parametrize("name", [*SHAPES, *BOARD])
def test_bounded_tables_are_equal_on_both_engines_too(lab, name):
    sql = stable_page(BOARD[name]) if name in BOARD else QUERIES[name]
    bounded = bound_tables(sql, SCHEMA, ROWS)
    if bounded == sql:
        assert not re.search(r"\b(samples|routes|vehicles|crowding_metrics|delay_metrics)\b", sql.partition("\n")[2])
    else:
        same(lab, name, bounded)
