"""The engine parameter's value: written and read back the same, and followed request by request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.api.routing import Route

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda m: m.replace(microsecond=0, tzinfo=UTC))  # noqa: DTZ001
trials = st.builds(Route, st.just("redshift"), st.integers(0, 100), st.none() | moments)


@given(trials | st.just(Route("athena")))
def test_a_value_is_read_back_as_it_was_written(route):
    assert Route.parse(str(route)) == route


def test_values_are_short_and_plain():
    until = datetime(2026, 11, 28, 12, tzinfo=UTC)
    assert [str(Route("athena")), str(Route("redshift")), str(Route("redshift", 10))] == [
        "athena",
        "redshift",
        "redshift:10",
    ]
    assert str(Route("redshift", 10, until)) == "redshift:10@2026-11-28T12:00:00Z"
    assert str(Route("redshift", 100, until)) == "redshift@2026-11-28T12:00:00Z"


@pytest.mark.parametrize(
    "value",
    [
        "", "Redshift", "bigquery", "redshift:", "redshift:101", "redshift:-1", "redshift:1.5", "redshift:10@soon",
        "redshift:10@2026-11-28", "athena:10", "athena@2026-11-28T12:00:00Z", "redshift:10@2026-13-01T00:00:00Z",
        "redshift 10", "redshift:\u0661", "redshift:10:10",
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused(value):
    with pytest.raises(ValueError, match=r"expected|does not match"):
        Route.parse(value)


@given(trials, st.floats(0, 1, exclude_max=True), moments)
def test_a_request_goes_to_the_candidate_within_its_share_and_its_time(route, draw, now):
    expected = draw * 100 < route.share and (route.until is None or now < route.until)
    assert route.pick(draw, now) == ("redshift" if expected else "athena")


def test_shares_are_shares():
    draws = [n / 10_000 for n in range(10_000)]
    for share in (0, 1, 10, 50, 100):
        route = Route("redshift", share, NOW + timedelta(seconds=60))
        assert sum(route.pick(draw, NOW) == "redshift" for draw in draws) == share * 100
    assert {Route("athena").pick(draw, NOW) for draw in draws} == {"athena"}
