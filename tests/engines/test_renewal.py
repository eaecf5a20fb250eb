"""Credentials live as long as a connection; a connection that breaks is made anew with new ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import Unreachable, UsageError
from smartroute_runbook.standins.api.operations import plane

MASTER = "IAM:smartroute_admin"


@pytest.fixture(scope="module")
def cluster(client):
    redshift = client("redshift")
    redshift.create_cluster(
        ClusterIdentifier="smartroute-analytics", NodeType="ra3.large", MasterUsername="smartroute_admin",
        ManageMasterPassword=True, DBName="smartroute",
    )  # fmt: skip
    redshift.get_waiter("cluster_available").wait(
        ClusterIdentifier="smartroute-analytics", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


@pytest.fixture
def clients(cluster, monkeypatch):
    """As on AWS: no user of the environment's own; which calls are made is counted."""
    for name in ("HOST", "PORT", "DATABASE", "USER", "PASSWORD"):
        monkeypatch.delenv(f"SMARTROUTE_REDSHIFT_{name}")
    clients = Clients(Settings())
    clients.calls = []
    clients.session.events.register("before-parameter-build", lambda model, **_: clients.calls.append(model.name))
    return clients


def test_another_database_of_the_environment_does_not_pass_for_the_parameters_one(clients, monkeypatch):
    monkeypatch.setenv("SMARTROUTE_REDSHIFT_DATABASE", "smartroute")
    clients.redshift().close()
    monkeypatch.setenv("SMARTROUTE_REDSHIFT_DATABASE", "dev")
    with pytest.raises(UsageError, match=r"is 'dev', and redshift\.database 'smartroute'.*Unset the variable"):
        clients.redshift()


def expire():
    """The quarter of an hour is over."""
    password, _ = plane().temporary[MASTER]
    plane().temporary[MASTER] = password, datetime.now(UTC) - timedelta(seconds=1)


def test_a_connection_has_credentials_of_its_own_and_reads_no_secret(clients):
    given = []
    for _ in range(2):
        with clients.redshift() as redshift:
            assert redshift.query("SELECT current_user").scalar() == "smartroute_admin"
            given.append(plane().temporary[MASTER])
            assert not any("password" in str(name) for name in vars(redshift))
    assert given[0][0] != given[1][0]
    assert all(expires < datetime.now(UTC) + timedelta(minutes=16) for _, expires in given)
    assert clients.calls.count("GetClusterCredentials") == 2
    assert "GetSecretValue" not in clients.calls


def test_a_session_outlives_its_credentials_and_the_next_has_new_ones(clients):
    with clients.redshift() as redshift:
        expire()
        assert redshift.query("SELECT 1").scalar() == 1
        with clients.redshift() as other:
            assert other.query("SELECT 2").scalar() == 2


def test_a_broken_connection_is_made_anew_for_a_query(clients, stack):
    with clients.redshift() as redshift:
        for number in range(3):
            expire()
            stack.redshift.disconnect()
            assert redshift.query("SELECT %s", [number]).scalar() == number
    assert clients.calls.count("GetClusterCredentials") == 4


def test_what_may_have_happened_is_never_done_twice(clients, stack):
    with clients.redshift() as redshift:
        redshift.execute("CREATE TABLE public.once (n INTEGER)")
        stack.redshift.disconnect()
        with pytest.raises(Unreachable, match="broke"):
            redshift.execute("INSERT INTO public.once VALUES (1)")
        assert redshift.query("SELECT COUNT(*) FROM public.once").scalar() == 0
        stack.redshift.disconnect()
        with pytest.raises(Unreachable, match="broke"):
            redshift.transaction(["INSERT INTO public.once VALUES (2)", "INSERT INTO public.once VALUES (3)"])
        redshift.execute("DROP TABLE public.once")


@pytest.mark.parametrize("setting", ["SET query_group TO 'x'", "CREATE TEMP TABLE kept (n INTEGER)", "BEGIN"])
def test_a_session_that_held_something_is_not_replaced_in_silence(clients, stack, setting):
    with clients.redshift() as redshift:
        redshift.execute(setting)
        stack.redshift.disconnect()
        for _ in range(2):
            with pytest.raises(Unreachable, match="broke"):
                redshift.query("SELECT 1")
