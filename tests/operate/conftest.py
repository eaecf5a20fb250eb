"""A run with a cluster and two small queries of the dashboard, against the stand-ins."""

from __future__ import annotations

import pytest
from support.gates import Compared, do_signed, reach, sign

from smartroute_runbook import prepare
from smartroute_runbook.operate.set_by import note_setting
from smartroute_runbook.rehearsal import smartroute_account as world
from smartroute_runbook.runs.run import Run
from smartroute_runbook.standins.faults.schedule import Faults

QUERIES = {"one": "SELECT 1 AS one", "two": "SELECT 2 AS two"}
SETTINGS = {
    "dashboard": {
        "probe_seconds": 0.4,
        "switch_seconds": 20,
        "answer_seconds": 15,
        "canary_seconds": 0.3,
        "cache_seconds": 0.6,
        "trial_seconds": 30,
        "watch_hours": 0.0005,
    },
    "redshift": {"timeout_seconds": 60},
}


class World:
    """What a test does to the dashboard's world, and reads of it."""

    def __init__(self, stack, client):
        self.stack, self.client = stack, client

    def publish(self, name, sql, engine="redshift"):
        key = f"dashboard/queries/{engine}/{name}.sql"
        self.client("s3").put_object(Bucket=world.LAKE, Key=key, Body=sql.encode())

    def unpublish(self, name, engine="redshift"):
        self.client("s3").delete_object(Bucket=world.LAKE, Key=f"dashboard/queries/{engine}/{name}.sql")

    @property
    def parameter(self):
        return self.client("ssm").get_parameter(Name=world.ENGINE_PARAMETER)["Parameter"]["Value"]

    @parameter.setter
    def parameter(self, value):
        self.client("ssm").put_parameter(Name=world.ENGINE_PARAMETER, Value=value, Overwrite=True)

    def history(self):
        """Every value that the parameter had, oldest first."""
        pages = self.client("ssm").get_paginator("get_parameter_history").paginate(Name=world.ENGINE_PARAMETER)
        return [one["Value"] for page in pages for one in page["Parameters"]]


@pytest.fixture(scope="session")
def prepared(stack, client, tmp_path_factory):
    """The run after week 1: there is a cluster."""
    base = tmp_path_factory.mktemp("home")
    (base / "parameters").mkdir()
    run = Run.open("rehearsal", "operate", SETTINGS, base=base)
    reach(run, 1, through="week1.decision")
    do_signed(run, prepare.steps(run))
    reach(run, 3)
    sign(run, "week3.compared", run.evidence("week3.compared.dashboardqueries", Compared.of(**QUERIES)))
    return reach(run, 4)


@pytest.fixture
def dashboard_world(stack, client):
    return World(stack, client)


@pytest.fixture
def run(prepared, dashboard_world):
    """The run with both queries published on both sides, and the dashboard on Athena."""
    for name, sql in QUERIES.items():
        for engine in ("athena", "redshift"):
            dashboard_world.publish(name, sql, engine)
    dashboard_world.parameter = "athena"
    note_setting(prepared)  # as when the points before the cut-over are measured
    return prepared


@pytest.fixture
def faults(stack):
    """Rules that act on the calls of the stack while a test runs."""
    before, rules = stack.gateway.fault, Faults()
    stack.gateway.fault = rules
    yield rules
    stack.gateway.fault = before
