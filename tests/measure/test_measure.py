"""Latency from the scheduled start, a fair order, and a verdict that can be relied on."""

import itertools
import time
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from smartroute_runbook.canonical import canonical
from smartroute_runbook.engines import Column, Rows
from smartroute_runbook.errors import ServiceError, UsageError
from smartroute_runbook.measure import (
    Experiment,
    ExperimentDesign,
    Limits,
    judge,
    load_test,
    pool,
    profile,
    rounds_needed,
    run_ab,
)
from smartroute_runbook.measure.bill import Bill, Rates
from smartroute_runbook.measure.judge import judge_failures, judge_metric
from smartroute_runbook.measure.profiling import WARM_RUNS
from smartroute_runbook.measure.replay import Slot, replay, schedule
from smartroute_runbook.measure.results import Plan, Sample
from smartroute_runbook.measure.samples import judged


class DuckEngine:
    """Real queries on real rows, each as slow as it is told to be."""

    def __init__(self, name, pauses=()):
        self.name, self.asked, self._pauses = name, [], itertools.chain(pauses, itertools.repeat(0.0))
        self._db = duckdb.connect(config={"threads": 1})
        self._db.execute("CREATE TABLE vehicles AS SELECT range AS delay, range % 7 AS route FROM range(1000)")

    def query(self, sql, parameters=()):
        self.asked.append(sql)
        started = time.perf_counter()
        time.sleep(next(self._pauses))
        try:
            found = self._db.execute(sql, list(parameters))
        except duckdb.Error as error:
            raise ServiceError(str(error).splitlines()[0]) from error
        columns = tuple(Column(d[0], str(d[1]).lower()) for d in found.description)
        return Rows(columns, found.fetchall(), (time.perf_counter() - started) * 1000, 25_000_000)

    def execute(self, sql, parameters=()):
        self.query(sql, parameters)
        return -1


class Redshiftlike(DuckEngine):
    """Knows the session settings, the plan and the history that Redshift has."""

    def __init__(self, name="redshift", pauses=()):
        super().__init__(name, pauses)
        self.settings = {"enable_result_cache_for_session": "on", "query_group": ""}
        self._db.execute(
            """CREATE TABLE sys_query_history (query_label VARCHAR, query_type VARCHAR, query_text VARCHAR,
               result_cache_hit BOOLEAN, start_time TIMESTAMP, elapsed_time BIGINT, queue_time BIGINT,
               planning_time BIGINT, compile_time BIGINT, execution_time BIGINT, query_id BIGINT DEFAULT 7)"""
        )
        self._db.execute("CREATE MACRO getdate() AS localtimestamp")
        self._db.execute(
            """CREATE TABLE svv_table_info AS SELECT *, 'smartroute' AS "schema", 10 AS tbl_rows, 'EVEN' AS diststyle,
               NULL AS sortkey1 FROM (VALUES ('vehicles', 60.0, 0.0, 1.0), ('small', NULL, 50, 9))
               AS t("table", unsorted, stats_off, skew_rows)"""
        )
        self._db.execute(
            'CREATE TABLE pg_table_def (schemaname VARCHAR, tablename VARCHAR, "column" VARCHAR, sortkey INTEGER)'
        )
        self._db.execute(
            """CREATE TABLE sys_query_detail AS SELECT 7::BIGINT AS query_id, * FROM (VALUES
               ('step', 'Very selective query filter ', 3, 1), ('step', NULL, 0, 0), ('segment', 'of no step', 9, 9))
               AS t(metrics_level, alert, spilled_block_local_disk, spilled_block_remote_disk)"""
        )

    def query(self, sql, parameters=()):
        words = sql.split()
        if words[0] == "SET":
            self.settings[words[1]] = sql.split(" TO ")[1].strip("'")
            return super().query("SELECT 1")
        if words[0] == "SHOW":
            return super().query(f"SELECT '{self.settings[words[1]]}'")
        if words[0] == "EXPLAIN":
            plan = [
                "XN HashAggregate",
                "  ->  XN Hash Join DS_BCAST_INNER  (cost=0.00..9.03 rows=10 width=8)",
                "        ->  XN Seq Scan on vehicles  (cost=0.00..9.03 rows=2000000 width=32)",
            ]
            return Rows((Column("QUERY PLAN", "varchar"),), [(line,) for line in plan], 1.0)
        found = super().query(sql, parameters)
        hit = self.settings["enable_result_cache_for_session"] == "on" and sql in self.asked[:-1]
        values = [self.settings["query_group"], sql, hit, int(found.milliseconds * 1000)]
        self._db.execute(
            "INSERT INTO sys_query_history SELECT $1, 'SELECT', $2, $3, localtimestamp, $4, 900000, 2, 3, $4, 7", values
        )
        return found


QUERIES = {
    "total": ("SELECT count(*) FROM vehicles", "SELECT COUNT(*) FROM vehicles"),
    "by_route": (
        "SELECT route, avg(delay) FROM vehicles GROUP BY 1",
        "SELECT route, AVG(delay) FROM vehicles GROUP BY 1",
    ),
}

# ---- the judge ---------------------------------------------------------------------------------------------

SHAPES = {
    "log-normal": (lambda rng, n: rng.lognormal(0, 0.25, n), 0.25),
    "with stalls": (lambda rng, n: rng.lognormal(0, 0.15, n) * np.where(rng.random(n) < 0.03, 10, 1), 0.16),
    "skewed": (lambda rng, n: 1 + rng.gamma(2, 0.2, n), 0.2),
}
LIMITS = Limits(tolerance=0.1, confidence=0.95)


@pytest.mark.parametrize("shape", SHAPES)
def test_equal_engines_pass_and_a_planted_slowdown_of_a_fifth_is_caught(shape):
    draw, spread = SHAPES[shape]
    rng = np.random.default_rng(20)
    rounds, trials = rounds_needed(spread, 0.2, LIMITS, metrics=3), 100
    passed = caught = 0
    for _ in range(trials):
        equal = {str(q): (draw(rng, rounds), draw(rng, rounds)) for q in range(3)}
        passed += judge(equal, LIMITS).verdict == "pass"
        slower = equal | {"1": (equal["1"][0], 1.2 * draw(rng, rounds))}
        caught += judge(slower, LIMITS).verdict == "fail"
    assert passed >= 0.95 * trials
    assert caught >= 0.99 * trials


@pytest.mark.parametrize("rounds", [5, 20])
def test_few_rounds_are_inconclusive_and_hardly_ever_a_false_alarm(rounds):
    draw, _ = SHAPES["log-normal"]
    rng = np.random.default_rng(1)
    verdicts = Counter(
        judge({str(q): (draw(rng, rounds), draw(rng, rounds)) for q in range(6)}, LIMITS).verdict for _ in range(100)
    )
    assert verdicts["fail"] <= 5
    assert verdicts["inconclusive"] >= 90


latencies = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(latencies, latencies, st.floats(1e-3, 1e3))
def test_the_unit_of_a_latency_does_not_matter(control, candidate, unit):
    one = judge_metric("q", control, candidate, LIMITS)
    other = judge_metric("q", [unit * v for v in control], [unit * v for v in candidate], LIMITS)
    assert one.ratio == pytest.approx(other.ratio)
    assert one.low is None or one.low <= one.ratio * (1 + 1e-9) <= one.high * (1 + 2e-9)


@settings(max_examples=60, deadline=None)
@given(latencies, latencies)
def test_swapping_the_sides_inverts_the_ratio(control, candidate):
    one, other = (judge_metric("q", *sides, LIMITS) for sides in ((control, candidate), (candidate, control)))
    assert one.ratio == pytest.approx(1 / other.ratio)
    assert (one.outcome == "worse") <= (other.ratio < 1)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.9, 1.1), min_size=20, max_size=60), st.integers(3, 9))
def test_an_engine_many_times_slower_is_always_caught(control, times):
    judgement = judge({"q": (control, [times * value for value in control])}, LIMITS)
    assert judgement.verdict == "fail"
    assert judge({"q": ([times * value for value in control], control)}, LIMITS).verdict == "pass"


def test_what_was_not_measured_cannot_pass():
    judgement = judge({"a": ([1.0] * 30, [1.0] * 30), "b": ([1.0], [])}, LIMITS)
    assert judgement.verdict == "fail"
    assert [m.outcome for m in judgement.metrics] == ["no worse", "no data"]
    canonical(judgement)


def test_only_critical_metrics_fail_the_whole():
    slow = {"a": ([1.0, 1.1] * 20, [1.0, 1.1] * 20), "b": ([1.0, 1.1] * 20, [3.0, 3.1] * 20)}
    assert judge(slow, Limits(critical=("b",))).verdict == "fail"
    assert judge(slow, Limits(critical=("a",))).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("control", "candidate", "outcome"),
    [
        ((0, 50), (0, 50), "no worse"),
        ((0, 50), (1, 50), "inconclusive"),
        ((0, 50), (20, 50), "worse"),
        ((20, 50), (0, 50), "no worse"),
        ((0, 0), (0, 50), "no data"),
    ],
)
def test_failures_are_judged_by_their_rate(control, candidate, outcome):
    assert judge_failures(control, candidate, LIMITS).outcome == outcome


def test_a_query_that_fails_on_the_candidate_is_not_hidden_by_one_that_fails_on_the_control():
    times = tuple(1.0 + n / 100 for n in range(12))
    plan = Plan("x", ("a", "b"), 24, 0.1, 1, LIMITS)

    def found(*failed):
        names = [(side, query) for query in plan.queries for side in ("control", "candidate")]
        samples = [
            Sample(side, query, "warm", times * (1 if bad else 2), times, 0, bad)
            for (side, query), bad in zip(names, failed, strict=True)
        ]
        return judged(samples, plan).metrics[-1]

    assert (found(12, 0, 0, 12).name, found(12, 0, 0, 12).outcome) == ("failures of b", "worse")
    assert (found(12, 0, 0, 1).name, found(12, 0, 0, 1).outcome) == ("failures of b", "inconclusive")
    assert (found(0, 12, 0, 12).name, found(0, 12, 0, 12).outcome) == ("failures", "worse")
    assert (found(12, 0, 12, 0).name, found(12, 0, 12, 0).outcome) == ("failures", "no worse")


def test_what_the_control_did_not_answer_is_not_called_worse():
    broken = {"broken": ("SELECT nothing FROM vehicles", QUERIES["total"][1])}
    engines = DuckEngine("athena"), DuckEngine("redshift")
    found = run_ab(*engines, broken, ExperimentDesign(rounds=6, seed=1, label="x"), rehearsal=False)
    assert found.blocks == ("nothing can be told of: broken, slow runs",)


def test_wrong_limits_and_samples_are_refused():
    for wrong in ({"tolerance": 0.0}, {"confidence": 1.0}):
        with pytest.raises(UsageError):
            Limits(**wrong)
    for samples in ({}, {"q": ([1.0], [0.0])}, {"q": ([float("nan")], [1.0])}):
        with pytest.raises(UsageError):
            judge(samples, LIMITS)
    with pytest.raises(UsageError, match="within the tolerance"):
        rounds_needed(0.2, 0.05, LIMITS)
    assert rounds_needed(0.5, 0.2, LIMITS) > rounds_needed(0.25, 0.2, LIMITS)


# ---- the replay --------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(1, 12), st.integers(0, 99))
def test_every_query_runs_once_a_round_on_each_side_in_neighbouring_shots(count, rounds, seed):
    names = [f"q{n}" for n in range(count)]
    slots = schedule(names, rounds=rounds, interval=0.5, seed=seed)
    assert slots == schedule(names, rounds=rounds, interval=0.5, seed=seed)
    assert [slot.at for slot in slots] == [0.5 * n for n in range(len(slots))]
    firsts = Counter()
    for number in range(rounds):
        turn = slots[2 * count * number : 2 * count * (number + 1)]
        assert Counter((s.side, s.query) for s in turn) == Counter(itertools.product(("control", "candidate"), names))
        for one, other in zip(turn[::2], turn[1::2], strict=True):
            assert one.query == other.query
            firsts[one.side] += 1
    assert abs(firsts["control"] - firsts["candidate"]) <= 1


def test_a_stall_shows_in_the_latency_of_those_who_waited():
    stalled = DuckEngine("redshift", pauses=[0.002] * 10 + [0.8])
    slots = [Slot(0.01 * n, "candidate", "total") for n in range(60)]
    shots = replay({"control": DuckEngine("athena"), "candidate": stalled}, QUERIES, slots)
    honest = np.percentile([shot.latency for shot in shots], 95)
    flattered = np.percentile([shot.service for shot in shots], 95)
    assert honest > 0.5
    assert honest > 8 * flattered


def test_a_shot_never_starts_early_and_sides_do_not_wait_for_each_other():
    slots = schedule(list(QUERIES), rounds=5, interval=0.01, seed=1)
    shots = replay({"control": DuckEngine("athena", [0.5]), "candidate": DuckEngine("redshift")}, QUERIES, slots)
    assert len(shots) == len(slots)
    assert all(shot.started >= shot.scheduled for shot in shots)
    assert max(shot.latency for shot in shots if shot.side == "candidate") < 0.4


# ---- the experiment ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def experiment():
    rates = Rates(cluster_usd_hour=Decimal("2.172"))
    engines = DuckEngine("athena", pauses=itertools.repeat(0.02)), Redshiftlike()
    return run_ab(*engines, QUERIES, ExperimentDesign(rounds=20, seed=3, label="week 3"), rehearsal=True, rates=rates)


def test_each_class_is_measured_and_told_apart(experiment):
    runs = {(s.side, s.kind): len(s.latency) for s in experiment.samples}
    assert runs == {
        ("control", "cold"): 1,
        ("candidate", "cold"): 1,
        ("control", "warm"): 20,
        ("candidate", "warm"): 20,
        ("candidate", "cache-hit"): 5,
    }
    assert experiment.judgement.verdict != "fail"
    assert [m.name for m in experiment.judgement.metrics] == ["total", "by_route", "slow runs", "failures"]
    assert experiment.notes == ("Result reuse was not measured: the control is not Athena.",)


def test_a_rehearsal_says_that_its_times_say_nothing(experiment):
    view = experiment.view()
    assert "say nothing about AWS" in view.parts[0].text
    chart, latencies = view.parts[2], view.parts[3]
    assert all("(stand-in)" in series.name for series in chart.series)
    control, candidate = (dict(zip(series.x, series.y, strict=True)) for series in chart.series)
    faster = sum(candidate[query] < control[query] for query in control)
    assert f"lower in {faster} of {len(control)} queries on stand-ins" in chart.title
    assert "-" in {row[6] for row in latencies.rows}  # no 99th percentile from 20 runs


def test_an_experiment_is_evidence_and_can_be_read_back(experiment):
    assert TypeAdapter(Experiment).validate_json(canonical(experiment)) == experiment


def test_failures_are_counted_and_fail_the_experiment():
    broken = QUERIES | {"broken": (QUERIES["total"][0], "SELECT nothing FROM vehicles")}
    found = run_ab(
        DuckEngine("athena"),
        DuckEngine("redshift"),
        broken,
        ExperimentDesign(rounds=6, seed=1, label="x"),
        rehearsal=False,
    )
    sample = found.sample("candidate", "broken", "warm")
    assert (sample.failed, sample.latency) == (6, ())
    assert "nothing" in sample.errors[0]
    assert found.judgement.verdict == "fail"
    assert "nothing" in found.blocks[0]
    assert found.blocks[1:] == ("Redshift is worse than agreed in: failures", "nothing can be told of: broken")
    assert len(found.notes) == 3  # this candidate has no result cache to switch, this control no result to reuse
    found.view()


def test_the_bill_has_athenas_minimum_and_the_plans_break_even():
    rates = Rates(cluster_usd_hour=Decimal("2.172"))
    small, middle = Bill.of({"q": 5}, rates), Bill.of({"q": 100_000_000}, rates)
    assert small.queries[0][2:] == (10, Decimal("0.00005"))
    assert middle.break_even_day == 104_256
    assert Bill.of({"q": 5}, Rates()).break_even_day is None


def test_a_slower_candidate_blocks_the_gate_only_where_that_was_agreed():
    slow = {"pauses": itertools.repeat(0.04)}
    for agreed in (True, False):
        engines = DuckEngine("athena"), DuckEngine("redshift", **slow)
        found = run_ab(
            *engines, QUERIES, ExperimentDesign(rounds=8, seed=1, label="x", verdict_blocks=agreed), rehearsal=False
        )
        assert found.judgement.verdict == "fail"
        assert bool(found.blocks) is agreed


def test_days_pool_into_one_experiment_with_all_their_samples(experiment):
    week = pool([experiment] * 7)
    assert {len(s.latency) for s in week.samples if s.kind == "warm"} == {140}
    assert week.plan.rounds == 140
    assert week.judgement.metrics[0].ratio == pytest.approx(experiment.judgement.metrics[0].ratio, rel=0.5)
    assert week.compared == 7 * experiment.compared == 7 * 40
    other = replace(experiment, plan=replace(experiment.plan, limits=Limits(tolerance=0.5)))
    for wrong in ([], [experiment, other]):
        with pytest.raises(UsageError):
            pool(wrong)


def test_nothing_to_compare_is_refused():
    engines = DuckEngine("athena"), DuckEngine("redshift")
    with pytest.raises(UsageError):
        run_ab(*engines, {}, ExperimentDesign(rounds=1, seed=1, label="x"), rehearsal=False)
    limits = Limits(critical=("totl",))
    with pytest.raises(UsageError, match="totl"):
        run_ab(*engines, QUERIES, ExperimentDesign(rounds=1, seed=1, label="x", limits=limits), rehearsal=False)
    with pytest.raises(UsageError, match="not a label"):
        run_ab(*engines, QUERIES, ExperimentDesign(rounds=1, seed=1, label="it's"), rehearsal=False)
    assert engines[0].asked == []


# ---- the load ----------------------------------------------------------------------------------------------

ONE = {"total": QUERIES["total"][1]}


def slow_engines(seconds):
    return lambda: DuckEngine("redshift", pauses=itertools.repeat(seconds))


def test_a_rate_that_the_connections_can_serve_is_sustained():
    found = load_test(slow_engines(0.01), ONE, rate=40, seconds=2, connections=4, seed=1, rehearsal=True)
    assert found.sustained
    assert found.queries == 80
    assert "says nothing about AWS" in found.view().parts[0].text
    canonical(found)


def test_more_than_an_engine_can_serve_piles_up_and_shows():
    found = load_test(slow_engines(0.1), ONE, rate=40, seconds=1.5, connections=2, seed=1, rehearsal=False, target=0.3)
    assert not found.sustained
    assert found.done < 30
    assert found.p95 > 0.5 > 0.3
    assert found.waited > 0.3


def test_failures_are_not_a_sustained_rate():
    found = load_test(slow_engines(0), {"x": "SELECT x"}, rate=20, seconds=0.5, connections=1, seed=1, rehearsal=False)
    assert (found.failed, found.p50, found.sustained) == (found.queries, None, False)
    found.view()
    with pytest.raises(UsageError):
        load_test(slow_engines(0), ONE, rate=0, seconds=1, connections=1, seed=1, rehearsal=False)


# ---- the profile -------------------------------------------------------------------------------------------


def test_a_profile_splits_the_time_and_says_what_to_do():
    engine = Redshiftlike()
    for _ in range(2):  # an earlier profile with the same label does not count
        found = profile(engine, {"by_route": QUERIES["by_route"][1]}, "smartroute")
    (query,) = found.queries
    assert (query.typical.source, query.typical.queue) == ("SYS_QUERY_HISTORY", 900)
    assert len(query.warm) == WARM_RUNS
    assert query.alerts == ("Very selective query filter",)
    assert query.spilled > 0
    assert [(one.kind, one.table) for one in found.advice if one.table] == [
        ("distribution", "vehicles"), ("distribution", "small"), ("vacuum", "vehicles"), ("analyze", "small"),
    ]  # fmt: skip
    said = " ".join(one.why for one in found.advice if one.where == "by_route")
    for words in ("Redshift warns: Very selective", "did not fit into memory", "in its queue"):
        assert words in said
    found.view()


def test_a_profile_without_system_views_uses_the_clients_clock():
    found = profile(DuckEngine("redshift"), {"total": QUERIES["total"][1]}, "smartroute")
    assert found.queries[0].typical.source == "client"
    assert len(found.notes) == 2
    assert not found.advice
