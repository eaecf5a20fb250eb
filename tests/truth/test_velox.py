"""A second witness: Velox's Presto functions evaluate every expression of Athena's table that they can.

Where they differ from the row, the row says so (``velox``, what Velox gives) and why. Velox has neither relations here
nor Trino's coercions: those are written out before it is asked.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
import sqlglot
import yaml
from sqlglot import exp
from sqlglot.schema import MappingSchema

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.athena.sql.annotate import annotate
from smartroute_runbook.standins.athena.sql.dialect import parse_query
from smartroute_runbook.standins.athena.sql.types import decimal_of, kind

HERE = Path(__file__).parent
ROWS = [row for row in yaml.safe_load((HERE / "athena.yaml").read_text("utf-8"))["rows"] if "sql" in row]
LEAST = 90
"""Rows that pyvelox 0.2.0 can evaluate at least: fewer means that this test has lost its subject."""


def rendered(sql: str) -> str | None:
    """The row's expression in DuckDB's grammar, which Velox parses; None for what needs a relation or is no Trino."""
    try:
        tree = parse_query(f"SELECT {sql}")
        cut = [c for c in tree.find_all(exp.Cast) if c.to.expressions and c.to.this != exp.DType.DECIMAL]
        if cut or tree.find(exp.From, exp.Subquery, exp.Where):  # Velox's parser forgets the n of VARCHAR(n)
            return None
        tree = annotate(tree, MappingSchema())
    except (QueryFailed, sqlglot.errors.SqlglotError):
        return None
    return coerced(tree.selects[0]).sql("duckdb")


def coerced(tree: exp.Expr) -> exp.Expr:
    """Decimal literals get their precision, operands the type of the result, NULLs a type."""
    for node in list(tree.walk()):
        if isinstance(node, exp.Literal) and kind(node.type) == "decimal" and not isinstance(node.parent, exp.Cast):
            node.replace(_decimal(node))
        elif isinstance(node, exp.Cast) and kind(node.type) == "decimal":
            node.set("to", node.type.copy())
        elif isinstance(node, exp.Null) and isinstance(node.parent, exp.Anonymous):
            node.replace(exp.cast(exp.Null(), "BIGINT"))
        elif isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod):
            for side in (node.left, node.right):
                if kind(node.type) == "decimal" and kind(side.type) == "integer":
                    side.replace(_decimal(side))
                elif kind(node.type) == "double" and kind(side.type) != "double":
                    side.replace(exp.cast(side.copy(), "DOUBLE"))
    return tree


def _decimal(node: exp.Expr) -> exp.Expr:
    precision, scale = decimal_of(node.type)
    return exp.cast(node.copy(), f"DECIMAL({precision}, {scale})")


def same(expected: str | None, got: str | None) -> bool:
    """Equal as text, as numbers, or as JSON."""
    if expected is None or got is None:
        return expected is got
    if expected == got:
        return True
    try:
        return Decimal(expected) == Decimal(got)
    except InvalidOperation:
        pass
    try:
        return json.loads(expected) == json.loads(got)
    except ValueError:
        return False


@pytest.mark.skipif(importlib.util.find_spec("pyvelox") is None, reason="pyvelox is not installed")
def test_velox_agrees_with_the_table_or_the_row_says_why_not():
    asked = [(row, sql) for row in ROWS if (sql := rendered(row["sql"])) is not None]
    done = subprocess.run(
        [sys.executable, HERE / "velox_answers.py"],
        input=json.dumps([sql for _, sql in asked]),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answers = list(zip(asked, json.loads(done.stdout), strict=True))
    able = [(row, sql, answer) for (row, sql), answer in answers if "unable" not in answer]
    differ = []
    for row, sql, answer in able:
        expected = row.get("velox", row.get("is", "(an error)"))
        failed = "error" in answer and ("fails" in row or row.get("velox") == "(an error)")
        if not failed and not same(expected, answer.get("value", "(an error)")):
            differ.append((row["sql"], sql, expected, answer))
    print(f"Velox evaluates {len(able)} of {len(ROWS)} expressions; {len(differ)} differ without a reason")
    assert not differ, "\n".join(map(str, differ))
    assert len(able) >= LEAST
