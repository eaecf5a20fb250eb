"""Waits carry over from one sample to the next: equal engines are not told apart, worse ones are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smartroute_runbook.measure import Limits, judge
from smartroute_runbook.measure.blocks import LEAST_BLOCKS, block_length, shift_of
from smartroute_runbook.measure.judge import judge_slow
from smartroute_runbook.measure.replay import SIDES, schedule
from smartroute_runbook.measure.targets import targets_of
from smartroute_runbook.percentiles import percentile_interval

SERVICE, SPREAD, STALL = 0.1, 0.25, 1.5  # seconds; of the logarithm; seconds


def simulated(rng, *, queries, rounds, load, sessions, stalls, slower=1.0):
    """Latencies from the scheduled start, by the product's own schedule, of engines with queues."""
    names = [str(n) for n in range(queries)]
    interval = SERVICE * math.exp(SPREAD**2 / 2) / 2 / load / sessions
    free = {side: np.zeros(sessions) for side in SIDES}
    found = {(name, side): [] for name in names for side in SIDES}
    for slot in schedule(names, rounds=rounds, interval=interval, seed=int(rng.integers(1 << 30))):
        service = SERVICE * rng.lognormal(0, SPREAD) * (slower if slot.side == "candidate" else 1)
        service += STALL if rng.random() < stalls else 0
        session = free[slot.side].argmin()
        free[slot.side][session] = max(slot.at, free[slot.side][session]) + service
        found[slot.query, slot.side].append(free[slot.side][session] - slot.at)
    return {name: (found[name, "control"], found[name, "candidate"]) for name in names}


def verdicts(trials, **how):
    rng = np.random.default_rng(11)
    return [judge(simulated(rng, **how), Limits()).verdict for _ in range(trials)]


@pytest.mark.parametrize(("queries", "rounds"), [(1, 40), (1, 200), (6, 60)])
@pytest.mark.parametrize("sessions", [1, 8])
def test_equal_engines_seldom_fail_however_long_waits_last(queries, rounds, sessions):
    found = verdicts(60, queries=queries, rounds=rounds, load=0.7, sessions=sessions, stalls=0.01)
    assert found.count("fail") <= 4  # of 60; one in twenty is what the limits allow


def test_a_slowdown_of_a_fifth_is_caught_among_stalls():
    found = verdicts(40, queries=6, rounds=200, load=0.3, sessions=8, stalls=0.01, slower=1.2)
    assert found.count("fail") >= 38


def test_equal_engines_pass_where_the_samples_are_enough():
    found = verdicts(40, queries=6, rounds=274, load=0.3, sessions=8, stalls=0.01)
    assert found.count("pass") >= 34
    assert found.count("fail") <= 2


def test_blocks_outlast_what_keeps_neighbours_alike():
    rng = np.random.default_rng(3)
    free = rng.normal(size=400)
    held = np.repeat(rng.normal(size=40), 10)
    assert block_length(free) <= 6
    assert block_length(held) >= 20
    assert block_length(np.zeros(50)) == block_length() == 2


def test_too_few_blocks_bound_nothing():
    rng = np.random.default_rng(4)
    control, candidate = rng.normal(size=30), rng.normal(size=30)
    found = shift_of(control, candidate, 10, 0.05, 0.05)
    assert found.blocks == 3 < LEAST_BLOCKS
    assert (found.low, found.high, found.bound, found.p_value) == (-math.inf, math.inf, math.inf, 1.0)
    assert not found.separated


def test_one_slow_run_in_a_hundred_shows_in_the_verdict():
    rng = np.random.default_rng(5)
    control = rng.lognormal(0, 0.2, 4000)
    candidate = rng.lognormal(0, 0.2, 4000) * np.where(rng.random(4000) < 0.01, 10, 1)
    assert judge({"q": (control, candidate)}, Limits()).verdict == "pass"  # the median does not see it
    assert judge_slow({"q": (control, candidate)}, Limits(), 4).outcome == "worse"
    assert judge_slow({"q": (control, rng.lognormal(0, 0.2, 4000))}, Limits(), 4).outcome == "no worse"
    assert judge_slow({"q": ([], [])}, Limits(), 4).outcome == "no data"


def test_a_percentile_is_told_with_its_interval_or_not_at_all():
    rng = np.random.default_rng(6)
    held = 0
    for _ in range(200):
        low, _, high = percentile_interval(rng.exponential(1, 300).tolist())
        held += low <= -math.log(0.05) <= high
    assert held >= 184  # 95 % of 200, less chance
    assert percentile_interval([1.0] * 20) is None


@pytest.mark.parametrize(("times", "outcome"), [(0.3, "kept"), (1.03, "not enough"), (3.0, "missed")])
def test_a_target_is_kept_only_where_the_whole_interval_says_so(times, outcome):
    values = np.random.default_rng(7).lognormal(-0.41, 0.25, 400) * times  # its 95th percentile is 1.0
    (target,) = targets_of({"q": values.tolist()}, 1.0, 0.95)
    assert target.outcome == outcome
    assert targets_of({"q": [0.1] * 5}, 1.0, 0.95)[0].outcome == "not enough"
