"""Numbers, units and times in one form, with no more digits than mean something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
