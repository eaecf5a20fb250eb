"""The week's two engines on the stand-ins: where the time went, what was tried again, what nobody waits for."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from support.ab_week import registration

from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.engines.tries import count_tries, counting
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.measure.ab.arms import Engines
from smartroute_runbook.measure.ab.generator import PairRequest, fire
from smartroute_runbook.measure.ab.outcomes import outcome_of
from smartroute_runbook.measure.ab.registration import Question
from smartroute_runbook.standins.faults.schedule import FaultRule, Faults

ONE = "SELECT 1 AS one"


class Reached:
    """What the engines need of a run."""

    def __init__(self):
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
def engines(made):
    opened = Engines(Reached(), made)
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
