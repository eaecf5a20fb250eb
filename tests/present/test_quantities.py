"""Numbers, units and times in one form, with no more digits than mean something."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import smartroute_runbook
from smartroute_runbook.present.formats import cells
from smartroute_runbook.quantities import number, size, span, usd
from smartroute_runbook.views import Table


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (size(0), "0 bytes"),
        (size(17), "17 bytes"),
        (size(2_359_699), "2.4 MB"),
        (size(999_999), "1 MB"),
        (size(412e9), "412 GB"),
        (usd(0), "$0.00"),
        (usd(0.0027512), "$0.0028"),
        (usd(0.0000001), "less than $0.0001"),
        (usd(1609.56), "$1,609.56"),
        (span(17), "17 days"),
        (span(250), "8 months"),
        (span(3000), "8 years"),
        (span(399_700), "more than 100 years"),
        (number(0.04213), "0.0421"),
        (number(3.349), "3.35"),
        (number(125_527.3), "125,527"),
    ],
)
def test_a_quantity_has_one_form(said, expected):
    assert said == expected


@given(st.floats(0, 1e18))
def test_a_size_is_within_a_twentieth_of_what_it_says(count):
    shown, unit = size(count).split()
    factor = 1000 ** ("bytes", "kB", "MB", "GB", "TB", "PB").index(unit)
    assert abs(float(shown.replace(",", "")) * factor - count) <= max(0.051 * count, 0.5)


@pytest.mark.parametrize("empty", ["", "-", None])
def test_a_column_of_numbers_stays_right_where_one_is_missing(empty):
    table = Table(("what", "$/month"), (("a", "1,609.56"), ("b", empty)))
    assert cells(table)[1] == [False, True]
    assert cells(Table(("x",), ((empty,), (empty,))))[1] == [False]


def test_a_percentage_is_written_in_one_form():
    """Python writes 17%; beside it stood "90 %" in one sentence of the audit."""
    root = Path(smartroute_runbook.__file__).parent
    modules = [path for path in root.rglob("*.py") if "standins" not in path.parts]
    apart = [
        f"{path.name}: {text}" for path in modules for text in _texts(path) if re.search(r"[0-9}] %(?![\w({])", text)
    ]
    assert len(modules) > 200
    assert apart == []


def _texts(path):
    """Texts of a module, each value inside one as braces."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
