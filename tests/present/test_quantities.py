"""Numbers, units and times in one form, with no more digits than mean something."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import smartroute_runbook
from smartroute_runbook.present.formats import cells
from smartroute_runbook.quantities import duration, number, plural, size, span, usd
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
    assert cells(Table(("scanned",), (("0 bytes",), ("2.3 MB",), (empty,))))[1] == [True]


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


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (plural(1, "row"), "1 row"),
        (plural(0, "query"), "0 queries"),
        (plural(12_345, "journal entry"), "12,345 journal entries"),
        (plural(1.0, "day"), "1 day"),
        (plural(0.5, "day"), "0.5 days"),
        (plural(125_527.3, "query"), "125,527 queries"),
        (plural(1, "row is", "rows are"), "1 row is"),
        (plural(2, "pass", "passes"), "2 passes"),
        (plural("2 or 3", "node"), "2 or 3 nodes"),
        (plural(None, "row"), "None rows"),
        (plural(10**400, "row")[-9:], ",000 rows"),
        (span(1), "1 day"),
        (duration(0), "0 s"),
        (duration(0.0000047), "less than 0.01 s"),
        (duration(0.0123), "0.012 s"),
    ],
)
def test_what_is_counted_agrees_with_its_number(said, expected):
    """Whatever a record's JSON holds for a number is shown, not tripped over."""
    assert said == expected


def test_no_text_counts_by_hand():
    """Each noun that ``plural`` counts somewhere is counted by it everywhere: "1 rows", "1 hours" stood in them."""
    root = Path(smartroute_runbook.__file__).parent
    trees = {
        str(path.relative_to(root)): ast.parse(path.read_text())
        for path in sorted(root.rglob("*.py"))
        # The stand-ins speak the services' own texts; the API is deployed alone and counts in constants.
        if not path.is_relative_to(root / "standins") and not path.is_relative_to(root / "api")
    }
    nouns = {noun for tree in trees.values() for noun in _counted_nouns(tree)}
    assert {"rows", "hours", "queries", "entries"} <= nouns
    by_hand = [
        f"{path}: {text}" for path, tree in trees.items() for text in _counted_by_hand(tree, nouns)
        if text not in _MAY_COUNT_BY_HAND
    ]  # fmt: skip
    assert not by_hand, f"Write {{plural(count, 'row')}}: {by_hand}"


_VERBS_TOO = {"answers", "rounds", "runs", "times"}
_MAY_COUNT_BY_HAND = {
    "{_amount(figures['break_even_queries_day']['plan'])} queries",  # the plan's own text, such as 100,000+
    "{DAYS} days",  # constants, and what was found to be above one
    "{LONGEST} rows",
    "{status.st_size} bytes",
    "{parameter.longest} characters",
    "{self.longest} characters",
}


def _counted_nouns(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="plural"), args=[_, ast.Constant(value=str(one))]):
                yield plural(0, one).split()[-1]


def _counted_by_hand(tree: ast.AST, nouns: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            for value, text in pairwise(node.values):
                if isinstance(value, ast.FormattedValue) and isinstance(text, ast.Constant):
                    words = re.match(r" (?:(?:more|known|full|whole) )?([a-z]+)\b", text.value)
                    share = value.format_spec and "%" in ast.unparse(value.format_spec)
                    if words and words[1] in nouns - _VERBS_TOO and not share:
                        yield f"{{{ast.unparse(value.value)}}} {words[1]}"
