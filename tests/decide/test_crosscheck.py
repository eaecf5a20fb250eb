"""The harvest against CloudWatch and Cost Explorer: equal here, explained where not, refused without a crash."""

from __future__ import annotations

from datetime import date

import pytest

from smartroute_runbook import decide
from smartroute_runbook.canonical import canonical
from smartroute_runbook.decide.crosscheck import CrossCheck, _differences
from smartroute_runbook.decide.sources import Source
from smartroute_runbook.prices import book_of, price_book, refresh
from smartroute_runbook.runs.run import Run
from smartroute_runbook.standins.api.operations import ApiError
from smartroute_runbook.standins.faults.schedule import Effect


@pytest.fixture(scope="module")
def run(stack, tmp_path_factory):
    base = tmp_path_factory.mktemp("home")
    (base / "parameters").mkdir()
    settings = {"decision": {"pages_per_second": 1000, "refresh_prices": True}}
    return Run.open("rehearsal", "check", settings, base=base)


@pytest.fixture(scope="module")
def workload(run):
    run.athena().query("SELECT count(*) FROM vehicles")
    return run.once(decide.harvest)


@pytest.fixture
def refusing(stack):
    """Makes the stand-in refuse some operations."""
    gateway = stack.server._server.app
    before, refused = gateway.fault, {}
    gateway.fault = lambda call: Effect(error=refused[call.operation]) if call.operation in refused else None
    yield refused
    gateway.fault = before


def test_all_three_say_the_same_of_the_same_days(run, workload):
    found = decide.crosscheck(run, workload)
    harvest, watched, billed = (source for source in found.sources if source.name != "runbook's own")
    assert [s.state for s in found.sources] == ["read"] * len(found.sources)
    assert harvest.queries == watched.queries == sum(day.queries for day in workload.full_days)
    assert watched.terabytes == pytest.approx(harvest.terabytes, rel=1e-6)
    assert billed.usd == pytest.approx(harvest.usd, rel=0.02)
    assert watched.total_ms > watched.queue_ms > 0
    assert found.differences == ()
    assert CrossCheck(**vars(found)).view().tone == "good"
    assert canonical(found)


def test_the_runbooks_own_queries_are_told_apart_and_left_out(run, workload):
    assert sum(day.queries for day in workload.own) >= 1
    assert not [shape for shape in workload.shapes if "smartroute-runbook" in shape.example]
    assert "Left out" in workload.view().parts[-1].text


def test_a_refused_permission_is_a_finding_and_no_crash(run, workload, refusing):
    denied = ApiError("AccessDeniedException", "User is not authorized to perform: ce:GetCostAndUsage", 400)
    refusing |= {"GetCostAndUsage": denied, "ListMetrics": ApiError("NotRehearsable", "not rehearsable", 400)}
    found = decide.crosscheck(run, workload)
    assert [(s.name, s.state) for s in found.sources if s.state != "read"] == [
        ("CloudWatch", "not read"), ("Cost Explorer", "refused"),
    ]  # fmt: skip
    assert "ce:GetCostAndUsage" in found.sources[-1].said
    assert "not read: CloudWatch, Cost Explorer" in found.view().title


@pytest.mark.parametrize(
    ("usd", "words"),
    [(1.0, None), (1e12 / 2**40, "binary terabyte"), (3.0, "whole account"), (0.5, "credits")],
)
def test_a_bill_that_differs_is_explained(usd, words):
    sources = [
        Source("harvest", "read", 100, 0.2, 1.0),
        Source("CloudWatch", "read", 100, 0.2),
        Source("Cost Explorer", "read", usd=usd),
    ]
    said = list(_differences(sources, Source("runbook's own", "read", 0, 0, 0)))
    assert len(said) == (0 if words is None else 1)
    assert words is None or words in said[0]


def test_own_queries_count_where_aws_counts_them():
    sources = [
        Source("harvest", "read", 90, 0.2),
        Source("CloudWatch", "read", 100, 0.3),
        Source("Cost Explorer", "refused"),
    ]
    assert list(_differences(sources, Source("runbook's own", "read", 10, 0.1, 0))) == []


def test_prices_are_brought_up_to_date_by_the_pricing_api(client):
    today = date(2026, 11, 23)
    old = price_book()
    found = refresh(old, client("pricing"), today=today)
    told = {price.name: price for price in found.prices if price.source == "pricing:GetProducts"}
    assert set(told) == {
        "ra3.large", "ra3.xlplus", "rg.xlarge", "managed-storage", "serverless-rpu", "athena", "athena-dpu",
    }  # fmt: skip
    assert all(price.as_of == today and not price.unsure for price in told.values())
    assert all(told[name].usd == old[name].usd for name in told)
    assert found["spectrum"] == old["spectrum"]


def test_a_run_asks_for_prices_once_and_keeps_them(run, refusing):
    found = book_of(run)
    refusing["GetProducts"] = ApiError("AccessDeniedException", "no", 400)
    assert book_of(run) == found
    assert found["ra3.xlplus"].source == "pricing:GetProducts"


def test_costs_are_split_over_the_dashboards_queries_and_the_rest(run, workload, stack, tmp_path):
    from smartroute_runbook.environment.working_folder import copy_to

    copy_to(tmp_path / "work")
    known = Run.open("rehearsal", "named", {"aws": {}}, base=tmp_path / "work")
    costs = decide.costs(known, workload)
    assert {s.name for s in costs.shapes if s.name} == set(known.queries)
    assert sum(s.usd_month for s in costs.shapes) == pytest.approx(costs.today.p50, abs=0.01 * len(costs.shapes))
    words = [row[0] for row in costs._shapes().rows]
    assert f"the dashboard ({len(known.queries)} queries)" in words
