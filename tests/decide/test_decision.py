"""Three workloads, three decisions, each explained."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from pydantic import TypeAdapter
from support.decide_worlds import MONDAY_MS, heavy, history, light, quiet

from smartroute_runbook.canonical import canonical
from smartroute_runbook.decide.costs import Costs
from smartroute_runbook.decide.decision import Decision, weigh
from smartroute_runbook.decide.economics import break_even, mean_mb_samples
from smartroute_runbook.decide.pricing import price
from smartroute_runbook.decide.summary import summarise
from smartroute_runbook.decide.triggers import judge
from smartroute_runbook.decide.workload import Workload
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import UsageError
from smartroute_runbook.prepare.audit import Audit
from smartroute_runbook.prepare.findings import Finding
from smartroute_runbook.prices import price_book

BOOK = price_book()


def decide(table, **rules):
    settings = Settings.model_validate({"decision": rules})
    workload = summarise(table, "a constructed history")
    costs = price(workload, settings, BOOK)
    triggers = judge(workload, settings.decision, costs.today.p50)
    return weigh(workload, triggers, costs, settings.decision), triggers, costs, workload


@pytest.fixture(scope="module")
def worlds():
    return {name: decide(make()) for name, make in (("quiet", quiet), ("light", light), ("heavy", heavy))}


def test_quiet_stays_light_migrates_at_a_price_heavy_pays(worlds):
    outcome = {name: (decision.verdict, decision.economics) for name, (decision, *_) in worlds.items()}
    assert outcome == {
        "quiet": ("stay", "costs more"),
        "light": ("migrate", "costs more"),
        "heavy": ("migrate", "pays"),
    }


def test_a_stay_is_a_full_outcome(worlds):
    decision, triggers, *_ = worlds["quiet"]
    assert not triggers.fired
    assert decision.stays_until == decision.review_on
    assert any("extend Phase 3" in line for line in decision.lines)
    assert "stay" in decision.view().title


def test_a_migration_does_not_block_the_gate(worlds):
    assert worlds["heavy"][0].stays_until is None


def test_a_stricter_rule_keeps_the_light_load_on_athena():
    assert decide(light(), triggers_needed=3)[0].verdict == "stay"


def test_what_nobody_stated_does_not_fire_and_what_is_stated_does(worlds):
    silent = worlds["quiet"][1]
    assert {silent["bedrock"].verdict, silent["latency_requirement"].verdict} == {"not stated"}
    decision, triggers, *_ = decide(quiet(), bedrock_seconds=0.9)
    assert [t.name for t in triggers.fired] == ["bedrock"]
    assert decision.verdict == "migrate"


def an_audit(hours, **found):
    """An audit over hours with rows (numbers, from a Monday on), and findings as shares."""
    begin = datetime(2026, 9, 21, tzinfo=UTC)
    hours_with_rows = tuple(((begin + timedelta(hours=n)).isoformat(), 60) for n in hours)
    findings = tuple(Finding(name, "vehicles", "accept", int(share * 100), 100, name) for name, share in found.items())
    return Audit(findings, (), 60 * len(hours_with_rows), 0, 0.0, 0.0, hours_with_rows, ())


COLLECTED = {
    "one row": (an_audit([4]), "1 hour from the first to the last, of at least 24"),
    "four polls": (an_audit([4, 5]), "2 hours from the first to the last, of at least 24"),
    "a day less an hour": (an_audit(range(23)), "23 hours"),
    "3 of 50 hours": (an_audit([0, 1, 49]), "3 of 50 hours with rows"),
    "a tenth missing and one more": (an_audit(range(11, 100), missing_minutes=0.0), "for"),
    "more than a tenth missing": (an_audit([*range(44), 49]), "for"),
    "six of fifty missing": (an_audit([*range(43), 49]), "44 of 50 hours with rows"),
    "minutes": (an_audit(range(48), missing_minutes=0.11), "11% of the minutes have no poll"),
    "strangers": (an_audit(range(48), unknown_stop=0.999), "99% of the rows are at unknown stops"),
    "no keys": (an_audit(range(48), null_key=0.6), "60% of the rows have no key"),
    "nothing dated": (an_audit([]), "declare audit.roles"),
    "two days": (an_audit(range(48), missing_minutes=0.1, unknown_stop=0.4), "for"),
}


@pytest.mark.parametrize("name", COLLECTED)
def test_data_is_complete_when_it_spans_a_day_and_lacks_a_tenth_at_most(worlds, name):
    audit, said = COLLECTED[name]
    _, triggers, costs, workload = worlds["heavy"]
    point = weigh(workload, triggers, costs, Settings.model_validate({}).decision, audit).checklist[0]
    assert (point.found == "for") == (said == "for")
    assert said in f"{point.found} {point.evidence}"


def test_the_checklist_says_for_against_or_ask():
    decision, *_ = decide(quiet(), users=200, budget_usd_month=1000, trained=True, bedrock_seconds=0.5)
    assert [point.found for point in decision.checklist] == [
        "a person knows", "for", "against", "for", "against", "for",
    ]  # fmt: skip


def test_break_even_is_the_documented_arithmetic():
    for mb, queries in ((10, 1_042_560), (50, 208_512), (100, 104_256), (1000, 10_425.6), (10_000, 1_042.56)):
        assert float(break_even(2 * 792.78, mb, 5, 730 / 24)) == pytest.approx(queries, rel=1e-4)
    assert float(break_even(2 * 554.946, 100, 5, 730 / 24)) == pytest.approx(72_979, rel=1e-4)


def test_the_plans_prices_are_disputed_beside_the_corrected_ones(worlds):
    corrected = {d.plan: d.corrected for d in worlds["light"][2].disputes}
    assert corrected["1 node: $1,086 a month"] == "$792.78 a month"
    assert corrected["2 nodes: $2,172 a month"] == "$1,585.56 a month"
    assert corrected["4 nodes: $4,000 to 5,000 a month"] == "$3,171.12 a month"
    assert any("200,000 queries a day" in plan for plan in corrected)


def test_the_band_covers_the_point_and_orders_itself(worlds):
    for _, _, costs, _ in worlds.values():
        even = costs.cluster.break_even
        assert even.p10 <= even.p50 <= even.p90
        rises = [band.p50 for _, band in costs.curve]
        assert rises == sorted(rises)


def test_the_billing_minimum_holds():
    workload = summarise(history(queries_day=1000, megabytes=0.2, seconds=1), "tiny")
    assert workload.billed_mb == ((10, 10_000),)


def test_a_kept_result_ages_from_the_run_that_made_it():
    """One text every two minutes for a day: kept for five minutes, each result answers the next two."""
    made = history(queries_day=720, megabytes=50, seconds=1, days=1)
    regular = {
        "submitted_ms": [MONDAY_MS + n * 120_000 for n in range(720)],
        "text_digest": ["same"] * 720,
        "scanned_bytes": [50_000_000] * 720,
    }
    for name, values in regular.items():
        made = made.set_column(made.schema.get_field_index(name), made.schema.field(name), pa.array(values))
    shares = {repeat.minutes: repeat.queries for repeat in summarise(made, "regular").repeats}
    assert shares == {1: 0.0, 5: pytest.approx(2 / 3), 60: pytest.approx(1 - 24 / 744, abs=0.002)}


def changed(made, **columns):
    """A history with some columns of other values."""
    for name, values in columns.items():
        made = made.set_column(made.schema.get_field_index(name), made.schema.field(name), pa.array(values))
    return made


def test_what_failed_keeps_no_result():
    """Every second run fails: what it would have kept answers nobody."""
    count = 720
    made = changed(
        history(queries_day=count, megabytes=50, seconds=1, days=1),
        submitted_ms=[MONDAY_MS + n * 120_000 for n in range(count)], text_digest=["same"] * count,
        scanned_bytes=[50_000_000] * count, state=["FAILED", "SUCCEEDED"] * (count // 2),
    )  # fmt: skip
    shares = {repeat.minutes: repeat.queries for repeat in summarise(made, "half").repeats}
    assert shares == {1: 0.0, 5: pytest.approx(1 / 4), 60: pytest.approx(1 / 2 * 15 / 16, abs=0.002)}


@pytest.mark.parametrize(
    ("state", "reason", "fired"),
    [
        ("FAILED", "Query timed out", True),
        ("CANCELLED", "Query was cancelled by the user", True),
        ("FAILED", "SYNTAX_ERROR: line 1", False),
    ],
)
def test_who_waits_for_a_query_that_times_out_or_is_given_up_waits(state, reason, fired):
    """One in ten runs for half a minute and answers nobody; what does answer is fast."""
    made = quiet()
    lost = [n % 10 == 0 for n in range(made.num_rows)]
    ended = {
        "state": [state if one else "SUCCEEDED" for one in lost], "reason": [reason if one else "" for one in lost],
        "total_ms": [30_000 if one else 900 for one in lost],
    }  # fmt: skip
    _, triggers, *_ = decide(changed(made, **ended))
    found = triggers["timeouts"]
    assert found.verdict == ("fired" if fired else "not fired")
    assert found.value == pytest.approx(30.0 if fired else 0.9)
    assert f"{sum(lost):,}" in found.basis or not fired


def test_few_queries_tell_no_percentile():
    """Three answers, one of them slow, are no p95 that moves a company."""
    made = changed(history(queries_day=3, megabytes=50, seconds=1, days=1), total_ms=[900, 900, 9_000])
    _, triggers, *_ = decide(made)
    found = triggers["timeouts"]
    assert (found.value, found.verdict) == (None, "not stated")
    assert "3 answered queries are too few for a p95" in found.basis


def test_a_month_of_thirty_million_queries_is_projected_in_under_two_seconds(worlds):
    workload = worlds["heavy"][3]
    bigger = tuple((mb, n * 51) for mb, n in workload.billed_mb)
    month = type(workload)(**{**vars(workload), "billed_mb": bigger, "queries": sum(n for _, n in bigger)})
    assert month.queries > 30_000_000
    started = time.perf_counter()
    assert len(mean_mb_samples(month)) == 2000
    price(month, Settings(), BOOK)
    assert time.perf_counter() - started < 2


def test_too_many_nodes_and_unknown_types_are_refused_by_name(worlds):
    workload = worlds["quiet"][3]
    with pytest.raises(UsageError, match=r"Did you mean 'ra3.xlplus'"):
        price(workload, Settings.model_validate({"redshift": {"node_type": "ra3.xlpuls"}}), BOOK)
    for wrong in ("RA3.XLPLUS", "ra3.16xlarge"):  # once the nearest of all prices: serverless-rpu, managed-storage
        with pytest.raises(UsageError, match=r"no node type.*Did you mean '(ra3|rg)\."):
            price(workload, Settings.model_validate({"redshift": {"node_type": wrong}}), BOOK)
    with pytest.raises(UsageError, match="1 to 16 nodes"):
        price(workload, Settings.model_validate({"redshift": {"node_type": "ra3.large", "nodes": 20}}), BOOK)


def test_results_come_back_from_evidence_as_they_were(worlds):
    decision, triggers, costs, workload = worlds["light"]
    for value, kind in ((decision, Decision), (costs, Costs), (workload, Workload), (triggers, type(triggers))):
        assert TypeAdapter(kind).validate_json(canonical(value)) == value
        assert value.view().parts


def test_the_break_even_s_chart_says_its_finding_and_marks_today_and_the_crossing(worlds):
    for _, _, costs, workload in worlds.values():
        (chart,) = (
            part for part in costs.view().parts if getattr(part, "title", "").startswith("Athena costs as much")
        )
        curve, today, even = chart.series
        assert f"{costs.cluster.break_even.p50:,.0f}" in chart.title
        widest = max(costs.sensitivity, key=lambda one: abs(one.at_high - one.at_low))
        assert costs._tornado().title.startswith(f"{widest.factor} moves the break-even most")
        assert list(curve.x) == sorted(curve.x)
        assert curve.x[0] <= today.x[0] <= curve.x[-1]
        assert today.y == (costs.today.p50,)
        assert even.x == (costs.cluster.break_even.p50,)
        assert f"{workload.peak_day:,} on the busiest" in repr(workload.view())
