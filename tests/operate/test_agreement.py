"""Do both engines answer the dashboard alike? To the last row and cent, and in the API's one form of each value."""

from __future__ import annotations

import pytest

from smartroute_runbook import operate
from smartroute_runbook.operate.agreement import Proven
from smartroute_runbook.operate.dashboard import Dashboard
from smartroute_runbook.tolerance import Tolerance

TEXT = "SELECT {} AS one"
APART = {
    "rows of a year": ("8400000000", "8400000008"),
    "beyond a double's whole numbers": ("9007199254740993", "9007199254740992"),
    "a cent": ("CAST('123456789.01' AS decimal(12,2))", "CAST('123456789.02' AS decimal(12,2))"),
    "a double's last digits": ("CAST('0.1' AS double)", "CAST('0.10000000001' AS double precision)"),
    "digits of a text": ("'1.0'", "'1.00'"),
}
ALIKE = [
    "CAST(0.1 AS real)",
    "CAST('NaN' AS real)",
    "TIMESTAMP '2026-11-28 12:00:00.500'",
    "CAST('12.50' AS decimal(10,2))",
    "CAST(NULL AS real)",
    "CAST('12345678901234567890.12' AS decimal(38,2))",
    "true",
    "DATE '2026-11-28'",
]


def _compared(run, world, published, proven, tolerances=None, backlog=None):
    """What is said of query ``one``: published for both engines, and proven over these two texts."""
    for engine, value in zip(("athena", "redshift"), published, strict=True):
        world.publish("one", TEXT.format(value), engine)
    control, candidate = map(TEXT.format, proven)
    known = {"one": Proven(control, candidate, TEXT.format(published[1]), tolerances or {})}
    return operate.Agreement(run, known, backlog).compare(Dashboard(run), "one")


@pytest.mark.parametrize("case", APART)
def test_answers_that_are_nearly_the_same_are_others(run, dashboard_world, case):
    assert "differ" in _compared(run, dashboard_world, APART[case], APART[case]).wrong


def test_what_the_query_may_differ_by_is_allowed(run, dashboard_world):
    sides = ("CAST('1.0000001' AS double)", "CAST('1.0000002' AS double precision)")
    assert not _compared(run, dashboard_world, sides, sides, {"one": Tolerance(relative=1e-6)}).wrong
    assert "differ" in _compared(run, dashboard_world, sides, sides, {"one": Tolerance(relative=1e-9)}).wrong


def test_whole_numbers_are_exact_where_nobody_proved_the_query(run, dashboard_world):
    for engine, value in (("athena", 8_400_000_000), ("redshift", 8_400_000_008)):
        dashboard_world.publish("one", TEXT.format(value), engine)
    assert operate.Agreement(run, ["one"]).compare(Dashboard(run), "one").wrong == "the rows differ"


@pytest.mark.parametrize("value", ALIKE)
def test_the_api_tells_what_its_engine_says_in_its_own_form(run, dashboard_world, value):
    """The lake moved on: both are asked over the rows that both hold, and the API is held against its own engine."""
    found = _compared(run, dashboard_world, ("'moved on'", value), (value, value))
    assert (found.wrong, found.failed) == ("", "")


@pytest.mark.parametrize("lacking", [0, 2])
def test_a_correction_that_is_not_loaded_yet_is_no_wrong_answer(run, dashboard_world, lacking):
    """Week 4's cells told it as a wrong answer of Redshift; nobody is moved either way."""
    found = _compared(run, dashboard_world, ("7", "8"), ("7", "8"), backlog=lambda _: lacking)
    assert (bool(found.wrong), found.behind) == (not lacking, bool(lacking))
    assert ("2 partitions are not loaded as in the lake: 'smartroute-runbook sync'" in found.failed) is found.behind
