"""The load: the history's own moments, users who think, stretches that are bounded; and a generator that is in time."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.engines import Rows
from smartroute_runbook.errors import AccessDenied, ServiceError, Unreachable, UsageError
from smartroute_runbook.measure.ab.generator import PairRequest, Side, Stopped, fire
from smartroute_runbook.measure.ab.outcomes import outcome_of
from smartroute_runbook.measure.ab.rounds import Arrivals, lay_out, used_hours
from smartroute_runbook.measure.ab.traffic import HOUR, Traffic, from_history, from_users
from smartroute_runbook.runs.query_history import SCHEMA, shape_of

TEXT = "SELECT count(*) FROM t WHERE day = 3"


def history(moments, texts):
    rows = [
        dict.fromkeys(SCHEMA.names)
        | {"statement_type": "DML", "submitted_ms": int(m.timestamp() * 1000), "shape": shape_of(t), "text_digest": t}
        for m, t in zip(moments, texts, strict=True)
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def test_the_last_whole_week_is_asked_again_at_its_own_moments():
    days = [datetime(2026, 3, day, 9, 30, tzinfo=UTC) for day in (1, 2, 3, 8, 9)]  # the 2nd and the 9th are Mondays
    found = from_history(history(days, [TEXT] * 5), {shape_of(TEXT): 0})
    monday, tuesday, sunday = (day * 24 * HOUR + 9.5 * HOUR for day in (0, 1, 6))
    assert found.at.tolist() == [monday, tuesday, sunday]  # 2, 3 and 8 March: the 9th is not over


def test_texts_with_other_parameters_are_themselves_and_strangers_nothing():
    moments = [datetime(2026, 3, 2, 9, minute, tzinfo=UTC) for minute in range(4)]
    moments.append(datetime(2026, 3, 3, tzinfo=UTC))
    other, stranger = TEXT.replace("3", "4"), "SELECT 1 FROM elsewhere"
    found = from_history(history(moments, [TEXT, other, TEXT, stranger, TEXT]), {shape_of(TEXT): 0, other: 1})
    assert found.question.tolist() == [0, 1, 0]


def test_users_ask_all_panels_at_once_as_often_as_they_look():
    found = from_users(100, 60, [0, 1, 2], range(9, 12), seed=1)
    assert len(found.at) == pytest.approx(100 * 60 * 3 * 3, rel=0.05)
    assert (np.diff(found.at) >= 0).all()
    assert found.question[:6].tolist() == [0, 1, 2] * 2
    assert found.at[0] == found.at[2]


@given(st.integers(1, 300), st.integers(1, 24), st.integers(0, 167), st.sampled_from([0.5, 3600.0]))
def test_stretches_hold_real_arrivals_once_and_are_bounded_in_count(pairs, hours, start, hour_seconds):
    rng = np.random.default_rng(pairs)
    traffic = Traffic(np.sort(rng.uniform(0, hours * HOUR, 40 * hours)), rng.integers(0, 3, 40 * hours), "")
    how = {"start": start, "hour_seconds": hour_seconds, "epoch_seconds": 300, "seed": 5}
    laid = lay_out(traffic, range(hours), pairs=pairs, **how)
    assert laid.digest == lay_out(traffic, range(hours), pairs=pairs, **how).digest
    count = len(laid.arrivals.at)
    assert 0 < count <= pairs
    assert count == sum(sum(one.epochs) for one in laid.rounds)
    assert laid.arrivals.at.max() <= laid.epoch_seconds + 1e-6
    assert abs(2 * laid.arrivals.first.sum() - count) <= 1
    offsets = [one.at for one in laid.rounds]
    assert offsets == sorted(offsets)
    again = Arrivals.read(laid.data)
    assert (again.question == laid.arrivals.question).all()


def test_hours_are_those_in_which_dashboards_are_used():
    at = np.concatenate(
        [np.linspace(h * HOUR, (h + 1) * HOUR - 1, n) for h, n in ((8, 100), (9, 50), (10, 80), (3, 2))]
    )
    traffic = Traffic(np.sort(at), np.zeros(len(at), int), "")
    assert used_hours(traffic, None) == [8, 9, 10]
    assert used_hours(traffic, 2) == [8, 10]
    assert used_hours(Traffic(np.empty(0), np.empty(0, int), ""), 2) == []
    with pytest.raises(UsageError, match="Nothing is asked"):
        lay_out(traffic, [20], start=0, pairs=5, hour_seconds=1, epoch_seconds=300, seed=1)


class Slow:
    """A session that takes what it is told; ``moments`` are when it was asked."""

    name = "slow"

    def __init__(self, *seconds, error=None):
        self._seconds, self._error, self.moments = list(seconds), error, []

    def query(self, sql, parameters=()):
        self.moments.append(time.perf_counter())
        time.sleep(self._seconds.pop(0) if self._seconds else 0.0)
        if self._error:
            raise self._error
        return Rows((), [(sql,)], 0.0)

    def execute(self, sql, parameters=()):
        return -1


def asked(control, candidate, requests, **how):
    sides = tuple(Side(sessions, ["a", "b"]) for sessions in (control, candidate))
    given = {"answer_seconds": 5.0, "stop": threading.Event()} | how
    return fire(sides, requests, **given)


def test_both_sides_are_asked_at_the_same_moments_in_the_drawn_order():
    requests = [PairRequest(0.03 * n, n % 2, n % 2) for n in range(10)]
    sessions = [[Slow() for _ in range(3)] for _ in range(2)]
    control, candidate, _ = asked(*sessions, requests)
    for n, (one, other) in enumerate(zip(control, candidate, strict=True)):
        assert abs(one.scheduled - other.scheduled) == pytest.approx(0.001)
        assert (one.scheduled < other.scheduled) is (n % 2 == 0)
        assert one.started >= one.scheduled
        assert one.answer.rows == [("ab"[n % 2],)] == other.answer.rows


def test_who_waits_for_a_session_waits_and_the_generator_is_not_to_blame():
    requests = [PairRequest(0.0, 0), PairRequest(0.01, 0), PairRequest(0.02, 0)]
    control, candidate, ended = asked([Slow(0.3)], [Slow()], requests)
    assert control[2].latency(ended) > 0.25
    assert control[2].own_lag < 0.1
    assert candidate[2].latency(ended) < 0.25


def test_it_ends_when_answers_do_not_come():
    gave_up = threading.Event()
    sides = Side([Slow(5.0)], ["a"], gave_up.set), Side([Slow()], ["a"])
    began = time.perf_counter()
    control, candidate, ended = fire(
        sides, [PairRequest(0.0, 0), PairRequest(0.01, 0)], answer_seconds=0.2, stop=threading.Event()
    )
    assert time.perf_counter() - began < 3
    assert gave_up.is_set()
    assert [one.finished for one in control] == [None, None]
    assert control[0].latency(ended) > 0.2
    assert all(one.answer for one in candidate)


def test_a_stop_stops():
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    began = time.perf_counter()
    with pytest.raises(Stopped):
        asked([Slow()], [Slow()], [PairRequest(0.0, 0), PairRequest(60.0, 0)], stop=stop)
    assert time.perf_counter() - began < 10


def caused_by(cause, error):
    error.__cause__ = cause
    return error


def test_failures_are_told_apart_by_their_kind():
    throttled = ClientError(
        {"Error": {"Code": "TooManyRequestsException", "Message": "slow down"}}, "StartQueryExecution"
    )
    cancelled, crowded = (RuntimeError({"M": "text", "C": code}) for code in ("57014", "53300"))
    for error, outcome in (
        (None, "answered"),
        (caused_by(throttled, ServiceError("Athena refused a query: x")), "throttled"),
        (caused_by(cancelled, ServiceError("Redshift refused a statement: x")), "late"),
        (caused_by(crowded, ServiceError("Redshift refused a statement: x")), "throttled"),
        (AccessDenied("no"), "denied"),
        (Unreachable("gone"), "unreachable"),
        (ServiceError("division by zero"), "refused"),
        (ValueError("whatever"), "refused"),
    ):
        assert outcome_of(error) == outcome
    _, candidate, _ = asked([Slow()], [Slow(error=ValueError("odd"))], [PairRequest(0.0, 0)])
    assert str(candidate[0].error) == "odd"
