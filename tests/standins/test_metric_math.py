"""Metric math, statistics and the judgement of alarms, without a stack."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.standins.services.cloudwatch.alarm_rules import judge, rule_holds
from smartroute_runbook.standins.services.cloudwatch.datapoints import (
    DataPoint,
    EvaluationWindow,
    MathError,
    statistic,
)
from smartroute_runbook.standins.services.cloudwatch.metric_math import calculate

WINDOW = EvaluationWindow(0.0, 60, 3)
KNOWN = {"bs": {0.0: 2e12, 120.0: 0.0}, "ns": {0.0: 4.0, 60.0: 1e6}, "none": {}}
USD = "5*(MAX([FILL(bs,0),10000000*FILL(ns,0)])+FILL(none,0))/1000000000000"


def at(*values, period=60):
    return [DataPoint(n * period, v, 1, v, v) for n, v in enumerate(values)]


def test_the_plan_s_cost_alarm():
    assert calculate(USD, KNOWN, WINDOW) == {0.0: 10.0, 60.0: 50.0, 120.0: 0.0}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("bs + ns", {0.0: 2e12 + 4}),
        ("ns / bs", {0.0: 2e-12}),
        ("-ns ^ 2", {0.0: -16.0, 60.0: -1e12}),
        ("SUM([bs, ns])", {0.0: 2e12 + 4, 60.0: 1e6, 120.0: 0.0}),
        ("ns / SUM(ns)", {0.0: 4 / 1000004, 60.0: 1e6 / 1000004}),
        ("IF(ns > 100, 1, 0)", {0.0: 0.0, 60.0: 1.0}),
        ("IF(ns > 100 AND bs >= 0, 1)", {}),
        ("FILL(bs, REPEAT)", {0.0: 2e12, 60.0: 2e12, 120.0: 0.0}),
        ("RATE(ns)", {60.0: (1e6 - 4) / 60}),
        ("ns * PERIOD(ns)", {0.0: 240.0, 60.0: 6e7}),
        ("AVG(METRICS())", {0.0: 1e12 + 2, 60.0: 1e6, 120.0: 0.0}),
        ("7", {0.0: 7.0, 60.0: 7.0, 120.0: 7.0}),
    ],
)
def test_expressions(expression, expected):
    assert calculate(expression, KNOWN, WINDOW) == pytest.approx(expected)


@pytest.mark.parametrize("expression", ["bs +", "unknown", "[bs, ns]", "NOPE(bs)", "[bs] + 1", "bs.x", "1 / 0"])
def test_what_it_refuses(expression):
    with pytest.raises(MathError):
        calculate(expression, KNOWN, WINDOW)


@pytest.mark.parametrize("expression", ["SELECT AVG(x) FROM y", "SEARCH('x', 'Sum', 60)", "ANOMALY_DETECTION_BAND(bs)"])
def test_what_it_lacks_is_said_to_be_missing(expression):
    with pytest.raises(NotImplementedError):
        calculate(expression, KNOWN, WINDOW)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50))
def test_statistics_keep_their_order(values):
    points = at(*values)
    low, p50, p95, high = (statistic(name, points) for name in ("Minimum", "p50", "p95", "Maximum"))
    assert low <= p50 <= p95 <= high
    assert low - 1e-3 <= statistic("Average", points) <= high + 1e-3
    assert statistic("SampleCount", points) == len(values)


def test_percentiles_need_single_values():
    assert statistic("p95", [DataPoint(0, 10, 5, 1, 3, single=False)]) is None
    assert statistic("Average", [DataPoint(0, 10, 5, 1, 3, single=False)]) == 2
    with pytest.raises(MathError):
        statistic("median", at(1))


def test_windows_keep_what_falls_in_them():
    assert EvaluationWindow(60.0, 60, 2).split(at(1, 2, 3, 4, 5, period=50), "Sum") == {60.0: 3, 120.0: 4}


@pytest.mark.parametrize(
    ("breaches", "to_alarm", "missing", "state"),
    [
        ([True, None, True], 2, "missing", "ALARM"),
        ([None, None, None], 2, "missing", "INSUFFICIENT_DATA"),
        ([None, None, None], 2, "ignore", "before"),
        ([None, None, None], 2, "notBreaching", "OK"),
        ([None, None, False], 2, "breaching", "ALARM"),
        ([False, None, True], 2, "missing", "OK"),
    ],
)
def test_judgement(breaches, to_alarm, missing, state):
    assert judge(breaches, to_alarm, missing, "before") == state


def test_composite_rules():
    states = {"a-b": "ALARM", "c": "OK"}
    assert rule_holds('ALARM("a-b") AND NOT ALARM(c)', states)
    assert rule_holds("(OK(c) OR FALSE) AND TRUE", states)
    assert not rule_holds("INSUFFICIENT_DATA(c)", states)
    for rule in ("ALARM(missing)", "ALARM(c", "c", "__import__('os')"):
        with pytest.raises(ValueError, match=r"does not exist|not an alarm rule"):
            rule_holds(rule, states)
