"""Names and texts in SQL: one place quotes them, and what an engine reads back is what was given."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from smartroute_runbook.engines.quoting import identifier, literal, qualified

PACKAGE = Path(__file__).resolve().parents[2] / "smartroute_runbook"
#: Built elsewhere: translate writes people's queries with sqlglot, the stand-ins have a quoting of their own.
ELSEWHERE = ("standins", "rehearsal")
TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), min_size=1, max_size=40)
SQL = re.compile(
    r"^\s*(SELECT|INSERT|DELETE|UPDATE|CREATE|DROP|ALTER|COPY|UNLOAD|REFRESH|LOCK|SET|SHOW|GRANT|EXPLAIN|ANALYZE|WITH)\s"
    r"|\b(FROM|WHERE|TABLE|INTO|AND)\s"
)


@given(TEXTS)
def test_a_text_is_read_back_as_it_was(text):
    for dialect in ("redshift", "athena"):
        tree = sqlglot.parse_one(f"SELECT {literal(text, dialect)} AS x", dialect=dialect)
        assert [(one.this, one.is_string) for one in tree.find_all(exp.Literal)] == [(text, True)], dialect


@given(TEXTS, TEXTS)
def test_a_name_is_read_back_as_it_was(schema, name):
    tree = sqlglot.parse_one(f"SELECT 1 FROM {qualified(schema, name)}", dialect="redshift")
    (table,) = tree.find_all(exp.Table)
    assert (table.db, table.name) == (schema, name)


@pytest.mark.parametrize("quote", [identifier, literal])
def test_what_no_engine_takes_is_refused(quote):
    with pytest.raises(ValueError, match=r"is not a"):
        quote("a\0b")


def test_a_name_that_is_empty_is_refused():
    with pytest.raises(ValueError, match=r"is not a name"):
        identifier("")


def between_quotes(tree):
    """Values that an f-string puts between quotation marks by hand, where it is a statement."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        text = "".join(part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
        if SQL.search(text) and re.search(r"([\"'])\0\1", text):
            yield node.lineno, text.replace("\0", "{}")


def test_nothing_is_quoted_by_hand_in_a_statement():
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {text}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in ELSEWHERE
        for line, text in between_quotes(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_quoting_by_hand_is_seen():
    bad = """f'SET search_path TO "{schema}"'\nf"SELECT 1 FROM t WHERE a = '{a}'"\nf'SELECT 1 FROM {identifier(a)}'"""
    assert [line for line, _ in between_quotes(ast.parse(bad))] == [1, 2]
