"""The week's two engines on the stand-ins: where the time went, what was tried again, what nobody waits for."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from support.ab_week import Bench, registered, registration

from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.engines.result_cache import set_result_cache
from smartroute_runbook.engines.tries import count_tries, counting
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import ServiceError, Unreachable
from smartroute_runbook.measure.ab import run_week
from smartroute_runbook.measure.ab.arms import Engines
from smartroute_runbook.measure.ab.generator import PairRequest, fire
from smartroute_runbook.measure.ab.money import MonthRates
from smartroute_runbook.measure.ab.outcomes import outcome_of
from smartroute_runbook.measure.ab.reading import week_of
from smartroute_runbook.measure.ab.registration import Question
from smartroute_runbook.measure.ab.samples import read
from smartroute_runbook.standins.faults.schedule import FaultRule, Faults

ONE = "SELECT 1 AS one"


class Reached(Bench):
    """What the engines need of a run."""

    def __init__(self, folder):
        super().__init__(folder)
        self.settings = Settings()
        self.clients = Clients(self.settings)

    def athena(self, connections):
        return self.clients.athena(connections=connections)

    def redshift(self):
        return self.clients.redshift()


@pytest.fixture
def made(stack):
    found, _ = registration()
    return replace(found, questions=(Question("one", ONE, ONE),), sessions=2)


@pytest.fixture
def engines(made, tmp_path):
    opened = Engines(Reached(tmp_path), made)
    yield opened
    opened.close()


def asked(engines, count=6, **how):
    engines.begin("an-epoch")
    given = {"answer_seconds": 60.0, "stop": threading.Event()} | how
    return fire(engines.sides(), [PairRequest(0.02 * n, 0, n % 2) for n in range(count)], **given)


def test_both_engines_say_where_the_time_went(engines):
    control, candidate, _ = asked(engines)
    assert {one.answer.rows[0] for one in (*control, *candidate)} == {(1,)}
    assert all(one.answer.spent.execution is not None and not one.answer.spent.cached for one in control)
    told = engines.spent("an-epoch", candidate)
    assert all(one is not None and one.execution is not None and not one.cached for one in told)
    assert engines.spent("another-epoch", candidate) == [None] * len(candidate)


def test_a_session_that_broke_is_replaced_before_the_next_epoch(engines):
    engines.sides()[1].sessions[0].close()
    _, candidate, _ = asked(engines)
    assert [one.error for one in candidate] == [None] * 6
    assert {one.session for one in candidate} <= {0, 1}


def test_athena_answers_again_from_an_earlier_result_where_that_is_asked_for(stack):
    athena = Clients(Settings()).athena()
    athena.reuse_minutes = 60
    text = "SELECT 2 AS reused"
    assert [athena.query(text).spent.cached for _ in range(2)] == [False, True]
    athena.reuse_minutes = 0
    assert not athena.query(text).spent.cached


def test_throttled_tries_are_counted_and_told_apart(engines, stack):
    before = stack.gateway.fault
    stack.gateway.fault = Faults(FaultRule("throttle", service="athena", operation="StartQueryExecution", every=2))
    try:
        control, candidate, _ = asked(engines)
    finally:
        stack.gateway.fault = before
    assert sum(one.tries for one in control) >= 1
    assert {outcome_of(one.error) for one in control} <= {"answered", "throttled"}
    assert not any(one.tries for one in candidate)


def test_a_refusal_is_no_failed_try(stack):
    athena = Clients(Settings()).athena()
    count_tries(athena.client)
    tries = counting()
    with pytest.raises(ServiceError) as refused:
        athena.query("SELECT * FROM nowhere")
    assert outcome_of(refused.value) == "refused"
    assert tries.failed == 0
    athena.stop()  # nothing is under way


def outage(monkeypatch):
    """Nothing listens where the candidate was: as in a pause, a failover, a closed security group."""
    monkeypatch.setenv("SMARTROUTE_REDSHIFT_PORT", "9")


def test_an_outage_of_the_candidate_is_counted_and_ends(engines, monkeypatch):
    with monkeypatch.context() as gone:
        outage(gone)
        for session in engines.sides()[1].sessions:
            session.close()
        control, candidate, _ = asked(engines)
        assert {outcome_of(one.error) for one in candidate} == {"unreachable"}
        assert {one.error for one in control} == {None}
        assert engines.spent("an-epoch", candidate) == [None] * len(candidate)
    _, candidate, _ = asked(engines)  # the next epoch finds it again
    assert {one.error for one in candidate} == {None}


def test_a_process_that_begins_in_an_outage_counts_it_unless_nothing_was_kept_yet(stack, tmp_path, monkeypatch):
    run = Reached(tmp_path)
    made = registered(run, hours=2, an_hour=3, texts={"one": (ONE, ONE)}, sessions=2, answer_seconds=60.0)
    with monkeypatch.context() as gone:
        outage(gone)
        with pytest.raises(Unreachable):  # a wrong address is no outage
            run_week(run, made)
    first = threading.Event()

    class One(Engines):
        def begin(self, label):
            super().begin(label)
            if label.endswith("-1-0"):
                first.set()

    assert run_week(run, made, stop=first, arms=One).kept == 1
    with monkeypatch.context() as gone:
        outage(gone)
        assert run_week(run, made).left == 0
    found = week_of(read(run.store, run.id, made), made, MonthRates(5.0, 1.0, ""), True)
    assert [(side, kind) for side, kind, *_ in found.failures] == [("candidate", "unreachable")]
    assert found.pairs == made.pairs > found.compared > 0


def test_what_a_result_cache_answered_is_void(stack, tmp_path):
    run = Reached(tmp_path)
    with run.redshift() as redshift:  # what reads no table is never cached
        redshift.execute("CREATE TABLE public.cached AS SELECT 1 AS one")
    texts = {"one": (ONE, "SELECT one FROM public.cached")}
    made = registered(run, hours=2, an_hour=5, texts=texts, sessions=1, answer_seconds=60.0)

    class Cached(Engines):
        def begin(self, label):
            super().begin(label)
            assert set_result_cache(self.sides()[1].sessions[0], on=True)  # somebody's session, or one made anew

    run_week(run, made, arms=Cached)
    found = week_of(read(run.store, run.id, made), made, MonthRates(5.0, 1.0, ""), True)
    assert found.void >= made.pairs - 1
    assert {c.name: c.outcome for c in found.verdict.criteria}["void pairs"] == "open"
