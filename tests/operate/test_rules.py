"""The watch's rules: each trips within its stated time, none on noise, and none forgets a fault at once."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.noise import QUERIES, noisy

from smartroute_runbook.operate.rules import Judge, Limits, Round, Seen, Trip, Window

LIMITS = Limits()
windows = st.integers(1, 8).flatmap(lambda of: st.builds(Window, st.integers(1, of), st.just(of)))
rounds = st.lists(st.booleans(), max_size=60)


@given(windows, st.integers(1, 12), rounds)
def test_a_rule_trips_at_exactly_so_many_bad_rounds_and_is_calm_after_so_many_good_ones(window, calm, bad):
    trip, tripped = Trip(window, calm), False
    for n in range(len(bad)):
        now = trip.push(bad[n])
        recent = bad[max(0, n + 1 - window.of) : n + 1]
        quiet = n + 1 >= calm and not any(bad[n + 1 - calm : n + 1])
        tripped = sum(recent) >= window.bad or (tripped and not quiet)
        assert now == tripped


@given(windows, rounds)
def test_what_never_is_bad_never_trips(window, length):
    trip = Trip(window, 3)
    assert not any(trip.push(False) for _ in length)


def good(**changed):
    """A round without fault, but for what is changed of one query."""
    seen = [Seen(name, 120.0) for name in QUERIES]
    if changed:
        seen[0] = Seen(QUERIES[0], **{"milliseconds": 120.0, **changed})
    return Round(tuple(seen), 60.0, ())


FAULTS = {
    "failing query": good(failed="it broke"),
    "outage": Round(tuple(Seen(name, 0.0, "no answer") for name in QUERIES)),
    "slow query": good(milliseconds=5000.0),
    "wrong answer": good(wrong="3 rows differ"),
    "stale data": Round(good().seen, 8000.0, ()),
    "alarm": Round(good().seen, 60.0, ("redshift-latency",)),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_each_fault_trips_its_own_rule_within_the_stated_time(rule):
    judge = Judge()
    for _ in range(50):
        assert judge.read(good()) == ()
    stated = LIMITS.seconds_to_trip(30.0, 0.0)[rule] / 30.0
    taken = next(n for n in range(1, 100) if judge.read(FAULTS[rule]))
    assert taken <= stated
    assert next(finding.rule for finding in judge.read(FAULTS[rule])) == rule


def test_a_rule_that_tripped_is_calm_only_after_ten_good_rounds():
    judge = Judge()
    for _ in range(5):
        judge.read(FAULTS["failing query"])
    assert [bool(judge.read(good())) for _ in range(LIMITS.calm)] == [True] * (LIMITS.calm - 1) + [False]


def test_a_few_percent_of_failures_over_all_queries_trip_only_after_many_requests():
    judge, chance = Judge(), random.Random(1)
    found = []
    for _ in range(300):
        seen = (Seen(name, 100.0, "503" if chance.random() < 0.12 else "") for name in QUERIES)
        found.append({finding.rule for finding in judge.read(Round(tuple(seen)))})
    assert "failures" not in set().union(*found[:99])
    assert "failures" in found[-1]


def test_two_days_of_ordinary_noise_trip_nothing():
    for seed in range(2):
        judge = Judge()
        found = [finding for one in noisy(random.Random(seed)) for finding in judge.read(one)]
        assert found == []
