"""A month afterwards: the bill against the forecast, the triggers again, and a month in which Redshift pays no more."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from support import decide_worlds as worlds

from smartroute_runbook.cli import cli
from smartroute_runbook.decide import Costs, Month, month
from smartroute_runbook.decide.month import judged, month_of
from smartroute_runbook.decide.month_usage import Usage, usage_of
from smartroute_runbook.decide.pricing import price
from smartroute_runbook.decide.summary import summarise
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import UsageError
from smartroute_runbook.prices import price_book

TODAY = date(2026, 11, 29)


class Fixed:
    """What a judgement needs of a run: its parameters."""

    settings = Settings.model_validate({"decision": {"users": 40, "bedrock_seconds": 0.9}})


@pytest.fixture(scope="module")
def costs():
    return price(summarise(worlds.light(), "a constructed history"), Settings(), price_book())


def looked_at(costs, requests, redshift=1609.56):
    billed = {"Amazon Redshift": redshift, "Amazon Athena": 12.5} if redshift else {"Amazon Athena": 12.5}
    return judged(Fixed(), "2026-10", costs, billed, requests, 0.42)


@pytest.mark.parametrize(
    ("requests", "redshift", "verdict"),
    [
        (6_000_000, 1609.56, "pays"),
        (300_000, 1609.56, "does not pay"),
        (0, 1609.56, "does not pay"),
        (None, 1609.56, "unknown"),
        (6_000_000, None, "unknown"),
    ],
)
def test_whether_it_pays_is_said_over_the_whole_band(costs, requests, redshift, verdict):
    found = looked_at(costs, requests, redshift)
    assert found.verdict == verdict
    assert verdict in found.view().title
    assert ("pause-cluster" in str(found.view())) == (verdict == "does not pay")
    assert json.loads(json.dumps(found.as_json()))["verdict"] == verdict


def test_what_the_band_does_not_decide_is_undecided(costs):
    even = 1609.56 / (costs.mean_mb.p50 * 5e-6)
    assert looked_at(costs, round(even)).verdict == "undecided"


def test_the_triggers_are_judged_again_by_what_is_known_now(costs):
    told = {one.name: one.verdict for one in looked_at(costs, 6_000_000).triggers}
    assert told == {
        "users": "not fired", "latency_requirement": "not stated", "spending": "fired", "timeouts": "not fired",
        "bedrock": "fired",
    }  # fmt: skip


def test_a_month_is_a_whole_one():
    assert month_of("", TODAY) == (date(2026, 10, 1), date(2026, 11, 1))
    assert month_of("2025-12", TODAY) == (date(2025, 12, 1), date(2026, 1, 1))
    with pytest.raises(UsageError, match="2026-11 is not over"):
        month_of("2026-11", TODAY)
    with pytest.raises(UsageError, match="'October' is not a month"):
        month_of("October", TODAY)


def test_a_made_month_in_which_redshift_pays_no_more_says_so(stack, client, costs, tmp_path):
    from smartroute_runbook.runs.run import Run

    (tmp_path / "parameters").mkdir()
    run = Run.open("rehearsal", "month", {"redshift": {"timeout_seconds": 60}}, base=tmp_path)
    run.begin(1)
    run.evidence("week1.decision.costs", costs)
    assert run.kept(Costs) == costs
    first, after = month_of("", datetime.now(UTC).date())
    days = (after - first).days
    hours = {(first + timedelta(n)).isoformat(): 48.0 for n in range(days)}  # two nodes
    before, stack.plane.redshift_days = stack.plane.redshift_days, lambda: hours
    where = [{"Name": "Dashboard", "Value": run.settings.dashboard.engine_parameter}]
    noon = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    data = [
        {
            "MetricName": "Latency", "Dimensions": dimensions, "Timestamp": noon + timedelta(n),
            "Values": [200.0, 700.0], "Counts": [90.0, 10.0],
        }
        for n in range(days)
        for dimensions in (where, [*where, {"Name": "Engine", "Value": "redshift"}])
    ]  # fmt: skip
    client("cloudwatch").put_metric_data(Namespace="SmartRoute/Dashboard", MetricData=data)
    try:
        found = month(run)
    finally:
        stack.plane.redshift_days = before
    assert isinstance(found, Month)
    assert (found.requests, found.verdict) == (100 * days, "does not pay")
    assert found.bills[0].billed == round(48 * days * 1.086, 2)
    assert found.bills[0].forecast == costs.cluster.usd_month
    assert next(one.value for one in found.triggers if one.name == "timeouts") == 0.7
    assert month(run).verdict == "unknown"  # nothing of Redshift in the bill
    assert "month" in cli.commands


# ---- use -------------------------------------------------------------------------------------------------------------


EACH = ", ".join(f"smartroute_analytics.stops_slow AS s{n}" for n in range(7))
SLOW = f"SELECT SUM({' + '.join(f's{n}.n' for n in range(7))}) FROM {EACH}"  # of ten million rows


@pytest.fixture(scope="module")
def used(stack, tmp_path_factory):
    """A run whose Redshift has three tables and a view; the dashboard asks one table and the view, one query slowly."""
    from smartroute_runbook.runs.run import Run

    base = tmp_path_factory.mktemp("used")
    (base / "parameters").mkdir()
    run = Run.open("rehearsal", "used", {"dashboard": {"slow_seconds": 0.02}}, base=base)
    with run.redshift() as redshift:
        redshift.execute("CREATE SCHEMA IF NOT EXISTS smartroute_analytics")
        for table in ("stops_read", "stops_slow", "stops_unread"):
            redshift.execute(f"CREATE TABLE smartroute_analytics.{table} (n INTEGER)")
            redshift.query(f"SELECT COUNT(*) FROM smartroute_analytics.{table}")  # the runbook's own: not use
        redshift.execute("CREATE VIEW smartroute_analytics.seen AS SELECT n FROM smartroute_analytics.stops_read")
        redshift.execute("SET query_group TO dashboard")
        for _ in range(3):
            redshift.query("SELECT n FROM smartroute_analytics.seen")
        redshift.execute(f"INSERT INTO smartroute_analytics.stops_slow VALUES {', '.join(['(1)'] * 10)}")
        redshift.query(SLOW)
    yield run
    with run.redshift() as redshift:
        redshift.execute("DROP VIEW smartroute_analytics.seen")
        for table in ("stops_read", "stops_slow", "stops_unread"):
            redshift.execute(f"DROP TABLE smartroute_analytics.{table}")


def test_what_nobody_reads_and_what_is_slow_is_named(used, costs):
    found = usage_of(used)
    mine = {name: times for name, times in found.reads.items() if name in ("seen", "stops_slow", "stops_unread")}
    assert mine == {"seen": 3, "stops_slow": 1, "stops_unread": 0}
    assert "stops_unread" in found.unused
    assert (found.slow[0].text, found.slow[0].times) == (SLOW[:100], 1)
    assert found.slow[0].slowest_ms > found.limit_ms == 20
    page = str(replace(looked_at(costs, 6_000_000), usage=found).view())
    assert "Nobody reads" in page
    assert "stops_slow" in page


def test_where_redshift_does_not_answer_or_nobody_asked_the_page_says_so(costs):
    assert "Redshift did not answer" in str(looked_at(costs, 6_000_000).view())
    quiet = replace(looked_at(costs, 6_000_000), usage=Usage(0, {"vehicles": 0}, (), 1000.0))
    assert quiet.usage.unused == ()
    assert "nothing can be said of use" in str(quiet.view())
    assert quiet.as_json()["usage"]["queries"] == 0
