"""The Data API as a transport: sessions are used again, expire, and never fill the cluster's connections."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from soak.kills import prepare_world

from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.runs.run import Run
from smartroute_runbook.standins.faults.schedule import FaultRule, Faults


@pytest.fixture(scope="module")
def run(stack, tmp_path_factory):
    base = tmp_path_factory.mktemp("data-api")
    copy_to(base)
    given = load_parameters("rehearsal", base)["settings"]
    run = Run.open("rehearsal", "data-api", {**given, "redshift": {"transport": "data-api"}}, base=base)
    prepare_world(run)
    return run


def sessions(stack):
    return len(stack.redshift.engine.sessions)


def expire_all(stack):
    """As if every idle session had been idle for its whole time."""
    api = stack.plane.data_api
    for kept in api._sessions.values():
        kept.until = 0.0


def test_engines_one_after_the_other_share_a_session(run, stack):
    with run.redshift() as redshift:
        (pid,) = redshift.query("SELECT pg_backend_pid()").rows[0]
    before = sessions(stack)
    for _ in range(20):
        with run.redshift() as redshift:
            assert redshift.query("SELECT pg_backend_pid()").rows == [(pid,)]
    assert sessions(stack) == before


def test_engines_side_by_side_have_sessions_of_their_own_and_leave_them(run, stack):
    def ask(n):
        with run.redshift() as redshift:
            return redshift.query(f"SELECT {n}, COUNT(*) FROM delay_metrics").rows[0]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(40)))
    assert found == [(n, 0) for n in range(40)]
    assert sessions(stack) <= 6


def test_what_was_set_in_a_session_reaches_nobody_else(run):
    with run.redshift() as redshift:
        redshift.execute("SET query_group TO 'mine'")
        assert redshift.query("SHOW query_group").rows == [("mine",)]
    with run.redshift() as redshift:
        assert redshift.query("SHOW query_group").rows != [("mine",)]


def test_a_session_that_expired_is_made_anew(run, stack):
    with run.redshift() as redshift:
        expire_all(stack)
        assert redshift.query("SELECT CURRENT_SCHEMA()").rows == [(run.settings.redshift.schema_name,)]
        expire_all(stack)
        redshift.transaction(["SELECT 1"])


def test_an_expired_session_in_which_something_was_set_is_not_replaced_silently(run, stack):
    with run.redshift() as redshift:
        redshift.execute("SET query_group TO 'mine'")
        expire_all(stack)
        with pytest.raises(ServiceError, match="what was set in it"):
            redshift.query("SELECT 1")
    with run.redshift() as redshift:
        assert redshift.query("SELECT 1").rows == [(1,)]


def test_a_connection_that_breaks_in_a_transaction_leaves_nothing_behind(run, stack):
    with run.redshift() as redshift:
        redshift.execute("CREATE TABLE breaks (n INT)")
        before, stack.gateway.fault = (
            stack.gateway.fault,
            Faults(FaultRule("drop", service="redshift-query", every=3, times=1)),
        )
        try:
            with pytest.raises(ServiceError):
                redshift.transaction(
                    ["LOCK TABLE breaks", "INSERT INTO breaks VALUES (1)", "INSERT INTO breaks VALUES (2)"]
                )
        finally:
            stack.gateway.fault = before
        redshift.transaction(["LOCK TABLE breaks", "INSERT INTO breaks VALUES (3)"])
        assert redshift.query("SELECT n FROM breaks").rows == [(3,)]
        redshift.execute("DROP TABLE breaks")


def over_the_port(run):
    redshift = run.settings.redshift.model_copy(update={"transport": "driver"})
    return Clients(run.settings.model_copy(update={"redshift": redshift})).redshift()


SAME = [
    "CAST('10:00:00.5' AS time)",
    "CAST('0.1' AS real)",
    "CAST('1234567890123456789012345678901234.56' AS numeric(38,2))",
    "TIMESTAMP '2026-11-28 12:00:00.500'",
    "CAST('2026-01-01 00:00:00+05:30' AS timestamptz)",
    "DATE '0001-01-01'",
    "CAST('NaN' AS double precision)",
    "CAST(-9223372036854775808 AS bigint)",
    "CAST('x' AS char(3))",
    "JSON_PARSE('[1, \"a\"]')",
    "CAST(NULL AS time)",
]


def test_both_transports_give_the_same_values(run):
    asked = f"SELECT {', '.join(f'{sql} AS v{n}' for n, sql in enumerate(SAME))}"
    with run.redshift() as data_api, over_the_port(run) as driver:
        ours, others = data_api.query(asked).rows[0], driver.query(asked).rows[0]
    assert dict(zip(SAME, map(repr, ours), strict=True)) == dict(zip(SAME, map(repr, others), strict=True))


@pytest.mark.parametrize("sql", ["CAST('ab' AS varbyte)", "INTERVAL '1 day'"])
def test_what_the_data_api_writes_in_a_way_that_is_not_known_is_not_made_up(run, sql):
    with run.redshift() as data_api, pytest.raises(Exception, match="not rehearsable"):
        data_api.query(f"SELECT {sql}")
