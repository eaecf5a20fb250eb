"""Shifts, percentiles and rates of samples that depend on each other: calibrated, and told only where they can be."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.measure.ab.criteria import Thresholds
from smartroute_runbook.measure.ab.epochs import blocks_of, more_often, paired_shift, percentile, rate
from smartroute_runbook.measure.ab.planning import pairs_needed
from smartroute_runbook.measure.ab.verdict import Measured, verdict

QUERIES = [f"q{number}" for number in range(4)]


def simulated(rng, *, epochs=60, an_epoch=20, load=0.7, sessions=1, stalls=0.01, slower=1.0, tail=0.0):
    """Both arms under the same arrivals, each with its own queue, which is empty when an epoch begins."""
    count = epochs * an_epoch
    gap = 0.1 * math.exp(0.25**2 / 2) / load / sessions
    at = np.concatenate([np.cumsum(rng.exponential(gap, an_epoch)) for _ in range(epochs)])
    sides = []
    for side in range(2):
        service = 0.1 * rng.lognormal(0, 0.25, count) * (slower if side else 1.0)
        service *= np.where(rng.random(count) < (tail if side else 0), 10, 1)
        service += 1.5 * (rng.random(count) < stalls)
        latency, free = np.empty(count), np.zeros(sessions)
        for n in range(count):
            if n % an_epoch == 0:
                free[:] = 0
            session = free.argmin()
            free[session] = max(at[n], free[session]) + service[n]
            latency[n] = free[session] - at[n]
        sides.append(latency)
    none = [np.zeros(count, bool) for _ in range(4)]
    epoch, query = np.repeat(np.arange(epochs), an_epoch), rng.choice(QUERIES, count)
    return Measured(epoch, query, *sides, *none, np.ones(count, bool), np.ones(count, bool))


def verdicts(trials, limits=None, **how):
    rng = np.random.default_rng(17)
    limits = limits or Thresholds(p95_seconds=None, expected_seconds=None)
    return Counter(verdict(simulated(rng, **how), limits, QUERIES).kind for _ in range(trials))


@pytest.mark.parametrize("sessions", [1, 8])
def test_equal_engines_are_hardly_ever_worse_however_long_waits_last(sessions):
    assert verdicts(60, sessions=sessions)["worse"] <= 4  # one in twenty is what was agreed


def test_a_slowdown_of_a_fifth_is_caught_among_stalls():
    assert verdicts(30, slower=1.2, load=0.3, sessions=8)["worse"] >= 28


def test_equal_engines_pass_where_the_pairs_are_enough():
    found = verdicts(30, epochs=120, load=0.3, sessions=8)
    assert found["pass"] >= 24
    assert found["worse"] <= 2


def test_one_slow_request_in_a_hundred_never_passes():
    found = verdicts(20, epochs=120, load=0.3, sessions=8, stalls=0.0, tail=0.01)
    assert found["pass"] == 0
    assert found["worse"] >= 16


def test_one_wrong_answer_in_ten_thousand_is_a_veto():
    rng = np.random.default_rng(2)
    found = simulated(rng, epochs=100, an_epoch=100, load=0.2, sessions=8)
    wrong = int(rng.integers(10_000))
    found.different[wrong], found.proven[wrong] = True, False
    judged = verdict(found, Thresholds(), QUERIES)
    assert judged.kind == "differs"
    assert judged.criteria[0].candidate == "1 of 10,000 pairs differ, 9,999 are proven the same"


def test_absolute_targets_are_met_or_missed_only_by_the_whole_interval():
    rng = np.random.default_rng(3)
    found = simulated(rng, load=0.1, sessions=8, stalls=0.0)  # p95 is 0.15 s, the median 0.1 s
    for limits, outcome in (
        (Thresholds(p95_seconds=1.0, expected_seconds=0.5), "met"),
        (Thresholds(p95_seconds=0.05, expected_seconds=0.01), "missed"),
        (Thresholds(p95_seconds=float(np.quantile(found.candidate, 0.95)), expected_seconds=None), "open"),
    ):
        lines = {c.name: c for c in verdict(found, limits, QUERIES).criteria}
        assert lines["p95 of all requests"].outcome == outcome
    assert verdict(found, Thresholds(p95_seconds=1.0, expected_seconds=0.01), QUERIES).kind != "worse"  # advisory


def test_an_outage_is_a_failure_that_one_block_does_not_hide():
    rng = np.random.default_rng(4)
    found = simulated(rng, load=0.1, sessions=8, stalls=0.0)
    found.candidate_failed[200:260] = True  # three epochs of sixty
    failures = {c.name: c for c in verdict(found, Thresholds(), QUERIES).criteria}["failures"]
    assert failures.outcome != "met"
    assert rate(found.candidate_failed, blocks_of(found.epoch)).high > 0.1


@given(st.lists(st.integers(1, 30), min_size=1, max_size=120), st.integers(1, 50))
def test_blocks_are_whole_epochs_and_hold_every_sample_once(sizes, most):
    epochs = np.repeat(np.arange(len(sizes)), sizes)
    blocks = blocks_of(epochs, most)
    assert len(blocks) <= min(most, len(sizes))
    assert [blocks[0].start, *[one.stop for one in blocks]] == [0, *[one.start for one in blocks[1:]], len(epochs)]
    for one in blocks[:-1]:
        assert epochs[one.stop - 1] != epochs[one.stop]


def test_no_pair_has_no_block():
    assert blocks_of(np.empty(0, np.int64)) == []


def test_a_percentile_holds_its_confidence_among_stalls():
    rng, held = np.random.default_rng(5), 0
    long = simulated(np.random.default_rng(6), epochs=4000, load=0.7)
    truth = float(np.quantile(long.control, 0.95))
    for _ in range(60):
        one = simulated(rng, epochs=80)
        told = percentile(one.control, blocks_of(one.epoch), 0.95)
        held += told.low <= truth <= (math.inf if told.high is None else told.high)
    assert held >= 53


def test_a_percentile_of_few_is_not_told():
    assert percentile(np.ones(5), [slice(0, 5)], 0.95) is None
    assert percentile(np.arange(30.0), [slice(0, 30)], 0.95).high is None


def test_rates_are_wilsons_and_wider_where_hits_come_together():
    hits = np.zeros(1000, bool)
    hits[::100] = True
    blocks = blocks_of(np.repeat(np.arange(40), 25))
    even = rate(hits, blocks)
    assert (round(even.low, 4), round(even.high, 4)) == (0.0054, 0.0183)  # Wilson, 10 of 1,000
    together = np.zeros(1000, bool)
    together[:10] = True
    assert rate(together, blocks).high > even.high
    assert rate(np.zeros(0, bool), []).high == 1.0
    assert rate(np.zeros(100, bool), [slice(0, 100)]).high == pytest.approx(0.037, abs=0.001)


def test_none_seen_is_not_none():
    none = np.zeros(40, bool)
    assert more_often(none, none, blocks_of(np.arange(40)), 0.05, 0.05).bound > 0.05


def test_neighbours_that_are_alike_are_joined():
    rng = np.random.default_rng(7)
    drift = np.repeat(rng.normal(0, 1, 10), 40)
    control, candidate = np.exp(rng.normal(0, 0.1, 400)), np.exp(drift + rng.normal(0, 0.1, 400))
    blocks = blocks_of(np.repeat(np.arange(40), 10))
    assert paired_shift(control, candidate, blocks, 0.05, 0.05).blocks <= 20


def test_pairs_for_a_power_grow_with_the_spread_and_shrink_with_the_effect():
    few = pairs_needed(0.2, Thresholds(), 9)
    assert pairs_needed(0.4, Thresholds(), 9) == pytest.approx(4 * few, rel=0.02)
    assert pairs_needed(0.2, Thresholds(power=0.99), 9) > few
    with pytest.raises(Exception, match="within the tolerance"):
        pairs_needed(0.2, Thresholds(effect=0.05), 9)
