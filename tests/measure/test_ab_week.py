"""A week of pairs: each arrival asked once of both engines, kept once, read at any time, judged at its end."""

from __future__ import annotations

import io
import itertools
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter
from support.ab_week import TEXTS, Bench, Ducks, registered, registration

from smartroute_runbook.canonical import canonical
from smartroute_runbook.errors import LeaseHeld, Refused, UsageError, VerificationFailed
from smartroute_runbook.measure.ab import ask_to_stop, holding, run_week, withdraw
from smartroute_runbook.measure.ab.criteria import Thresholds
from smartroute_runbook.measure.ab.money import MonthRates
from smartroute_runbook.measure.ab.process import _next, left_epochs
from smartroute_runbook.measure.ab.reading import week_of
from smartroute_runbook.measure.ab.registration import Registration, current, keep
from smartroute_runbook.measure.ab.samples import SCHEMA, append, done, measured_of, read
from smartroute_runbook.measure.ab.week import EXPECTATION, SAME_RESULT, ExperimentWeek
from smartroute_runbook.runs.lease import hold

RATES = MonthRates(5.0, 1609.56, "As a test has it.")


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def week(bench, made, rehearsal=False):
    return week_of(read(bench.store, bench.id, made), made, RATES, rehearsal)


def test_every_arrival_is_asked_of_both_once_and_compared(bench):
    made, arms = registered(bench), Ducks()
    ended = run_week(bench, made, arms=arms)
    assert (ended.left, ended.stopped) == (0, "")
    assert ended.kept == len([size for one in made.rounds for size in one.epochs if size])
    asked = [sorted(sql for session in side for sql in session.asked) for side in arms.sessions]
    assert asked[0] == asked[1]
    assert len(asked[0]) == made.pairs
    assert arms.closed.is_set()
    found = week(bench, made)
    assert found.finished
    assert (found.pairs, found.compared, found.different) == (made.pairs, made.pairs, 0)
    assert found.rounds_done == found.rounds == len(arms.begun)
    assert f"{made.pairs:,} pairs, no answer differed, p95" in found.headline
    assert {row[1] for row in found.classes} == {"warm"}
    assert found.money.spent == pytest.approx(made.pairs * 25e6 / 1e12 * 5)
    assert TypeAdapter(ExperimentWeek).validate_json(canonical(found)) == found
    assert run_week(bench, made, arms=arms).kept == 0  # nothing is asked twice


def test_one_wrong_answer_is_a_veto_and_is_kept_with_both_digests(bench):
    made = registered(bench)
    run_week(bench, made, arms=Ducks(candidate={"wrong": [5]}))
    found = week(bench, made, rehearsal=True)
    assert found.different >= 1
    assert found.verdict.kind == "differs"
    assert "answered otherwise" in found.blocks[0]
    pair = found.differing[0]
    assert pair.text in TEXTS.values()
    assert pair.digests[0] != pair.digests[1]
    assert pair.rows[0] != pair.rows[1]
    assert "ANSWERS DIFFER" in found.view().title


def test_a_wrong_answer_is_a_veto_before_the_week_is_over(bench):
    made = registered(bench)
    stop = threading.Event()
    arms = Ducks(candidate={"wrong": range(1000)})
    begin = arms.begin
    arms.begin = lambda label: (begin(label), stop.set() if len(arms.begun) == 3 else None)
    assert run_week(bench, made, stop=stop, arms=arms).stopped == "stopped"
    found = week(bench, made)
    assert found.verdict is None  # not judged before its end
    assert not found.finished
    assert len(found.blocks) == 2
    assert "experiment run" in found.blocks[1]


def test_failures_are_counted_by_kind_and_make_nobody_fast(bench):
    made = registered(bench)
    run_week(bench, made, arms=Ducks(candidate={"failing": range(0, 1000, 2)}))
    found = week(bench, made)
    ((side, kind, count, _, message),) = found.failures
    assert (side, kind, message) == ("candidate", "refused", "no such luck.")
    assert count > made.pairs // 3
    assert "failures" in [c.name for c in found.verdict.criteria if c.outcome == "missed"]


def test_an_answer_that_comes_too_late_is_none_and_its_session_is_given_up(bench):
    made, arms = registered(bench, hours=1, an_hour=4, answer_seconds=0.15), Ducks(candidate={"seconds": 1.0})
    run_week(bench, made, arms=arms)
    found = week(bench, made)
    assert [row[1] for row in found.failures] == ["late"]
    assert found.failures[0][2] == made.pairs
    assert arms.renewed[0][0] == set()
    assert arms.renewed[0][1]


def test_a_stopped_week_goes_on_with_what_is_missing(bench):
    made, stop = registered(bench), threading.Event()
    arms = Ducks()
    begin = arms.begin
    arms.begin = lambda label: (begin(label), stop.set() if len(arms.begun) == 4 else None)
    first = run_week(bench, made, stop=stop, arms=arms)
    assert (first.kept, first.stopped) == (3, "stopped")
    second = run_week(bench, made, arms=Ducks())
    assert first.kept + second.kept == len(done(bench.store, bench.id, made))
    assert week(bench, made).pairs == made.pairs


def test_somebody_elsewhere_can_stop_it_and_whoever_starts_it_again_means_it(bench):
    made, arms = registered(bench), Ducks()
    begin = arms.begin
    arms.begin = lambda label: (begin(label), ask_to_stop(bench, made, "a patch") if len(arms.begun) == 2 else None)
    ended = run_week(bench, made, arms=arms)
    assert (ended.kept, ended.stopped) == (2, "somebody asked it to stop")
    assert run_week(bench, made, arms=Ducks()).left == 0


def test_a_scheduler_runs_it_for_a_while_and_two_do_not_run_it_at_once(bench):
    made = registered(bench)
    assert run_week(bench, made, hours=1e-9, arms=Ducks()).stopped == "its hours are over"
    with hold(bench.store, "r1/lease/experiment", "another"), pytest.raises(LeaseHeld):
        run_week(bench, made, arms=Ducks())
    with hold(bench.store, "r1/lease", "a step"):  # the run's own lease is another one
        assert run_week(bench, made, arms=Ducks()).left == 0


def test_an_epoch_is_kept_once_whoever_writes_first(bench):
    made = registered(bench)
    row = dict.fromkeys(SCHEMA.names) | {"arrival": 0, "query": "total", "at": 0.0, "void": False}
    assert append(bench.store, bench.id, made, (0, 0), [row], "2026-03-02T00:00:00+00:00")
    assert not append(bench.store, bench.id, made, (0, 0), [row], "2026-03-02T00:00:01+00:00")
    assert done(bench.store, bench.id, made) == {(0, 0)}
    with pytest.raises(VerificationFailed, match="not an epoch"):  # one row is not what was planned
        read(bench.store, bench.id, made)


def test_pairs_of_another_registration_are_none_of_this_one(bench):
    made = registered(bench)
    run_week(bench, made, arms=Ducks())
    assert withdraw(bench, "other thresholds") == 1
    assert current(bench) is None
    with pytest.raises(UsageError, match="No experiment"):
        holding(bench)
    other, laid = registration(seed=4, number=2, why="other thresholds")
    bench.store.put_new(f"r1/experiment/arrivals-{other.arrivals[:12]}.parquet", laid.data)
    keep(bench, other)
    assert holding(bench) == other
    assert week(bench, other).pairs == 0
    assert "It replaces registration 1" in str(other.view())
    with pytest.raises(Refused):
        keep(bench, made)
    key = next(k for k in bench.store.keys(f"r1/experiment/{made.id[:12]}/"))
    bench.store.put_new(key.replace(made.id[:12], other.id[:12]), bench.store.get(key))
    with pytest.raises(VerificationFailed):
        read(bench.store, bench.id, other)


def test_a_registration_is_evidence_and_names_what_was_agreed(bench):
    made = registered(bench)
    assert TypeAdapter(Registration).validate_json(canonical(made)) == made
    kinds = [entry.kind for entry in bench.journal.entries()]
    assert kinds == ["evidence", "experiment-registered"]
    said = str(made.view())
    for words in ("veto", "at most 1 s", "at most 0.5 s", "1.10x", "Seed 3"):
        assert words in said


def test_missed_hours_are_made_up_for_at_the_same_time_of_another_day():
    made, _ = registration(hours=30, an_hour=5, hour_seconds=3600, paced=True)
    begins = datetime.fromisoformat(made.begins)
    every = [(number, 0) for number in range(len(made.rounds))]
    epoch, due = _next(made, every, begins - timedelta(minutes=1))
    assert epoch == (0, 0)
    assert due == made.due(0, 0)
    now = made.due(3, 0) + timedelta(hours=1, minutes=30)  # rounds 0 to 3 or 4 were missed
    epoch, due = _next(made, every, now)
    assert epoch[0] in (4, 5, 6)
    assert due >= now - timedelta(seconds=0.25 * made.epoch_seconds)
    only = [(1, 0)]
    assert _next(made, only, now) == ((1, 0), made.due(1, 0) + timedelta(days=1))


def test_a_round_waits_for_its_moment(bench):
    made, laid = registration(hours=1, an_hour=6, paced=True)
    due = datetime.now(UTC) + timedelta(seconds=0.4)
    made = replace(made, begins=(due - timedelta(seconds=made.rounds[0].at)).isoformat())
    bench.store.put_new(f"r1/experiment/arrivals-{made.arrivals[:12]}.parquet", laid.data)
    keep(bench, made)
    assert run_week(bench, made, arms=Ducks()).left == 0
    began = datetime.fromisoformat(read(bench.store, bench.id, made)["began"][0].as_py())
    assert began >= due - timedelta(milliseconds=1)


def test_a_pair_is_void_where_the_generator_was_late(bench):
    made = registered(bench, lag_seconds=1e-9)
    run_week(bench, made, arms=Ducks())
    found = week(bench, made)
    assert found.void > 0.5 * made.pairs
    assert found.verdict.kind == "not enough"
    assert EXPECTATION in found.against


def test_few_pairs_are_not_enough_and_say_how_many_rounds_are(bench):
    made = registered(bench, hours=8, an_hour=3, thresholds=Thresholds(p95_seconds=None))  # too few epochs to be worse
    run_week(bench, made, arms=Ducks())
    found = week(bench, made)
    assert found.verdict.kind == "not enough"
    assert "not enough to decide" in found.against[EXPECTATION]
    assert not found.blocks
    assert "Not enough to decide" in found.view().title


def test_the_arrivals_are_those_that_were_registered(bench):
    made, _ = registration()
    keep(bench, made)
    other = pa.table({"round": [1]})
    data = io.BytesIO()
    pq.write_table(other, data)
    bench.store.put_new(f"r1/experiment/arrivals-{made.arrivals[:12]}.parquet", data.getvalue())
    with pytest.raises(UsageError, match="not those that were registered"):
        run_week(bench, made, arms=Ducks())
    assert left_epochs(bench, made)


def test_what_is_begun_is_told_in_the_order_of_time(bench):
    made = registered(bench)
    run_week(bench, made, arms=Ducks())
    table = read(bench.store, bench.id, made)
    began = [datetime.fromisoformat(text) for text in table["began"].to_pylist()]
    assert began == sorted(began)
    assert all(moment.tzinfo == UTC for moment in began)


# ---- what answers may be --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("control", "candidate", "answers", "unproven"),
    [
        ("SELECT route FROM vehicles WHERE delay < 0", "SELECT route FROM vehicles WHERE delay < 0",
         "nothing to compare", True),
        ("SELECT 'nan'::DOUBLE AS x, NULL AS y", "SELECT 'nan'::DOUBLE AS x, NULL AS y", "equal", False),
        ("SELECT 'nan'::DOUBLE AS x", "SELECT NULL::DOUBLE AS x", "different", True),
        ("SELECT NULL::VARCHAR AS x", "SELECT '' AS x", "different", True),
        ("SELECT 'inf'::DOUBLE AS x", "SELECT '-inf'::DOUBLE AS x", "different", True),
        ("SELECT route FROM vehicles WHERE delay < 5", "SELECT route FROM vehicles WHERE delay < 0", "different", True),
        ("SELECT route, 1 AS n FROM vehicles GROUP BY 1 ORDER BY n LIMIT 3",
         "SELECT route, 1 AS n FROM vehicles WHERE route > 3 GROUP BY 1 ORDER BY n LIMIT 3", "tie", True),
    ],
)  # fmt: skip
def test_answers_are_compared_as_sql_means_them(bench, control, candidate, answers, unproven):
    made = registered(bench, hours=9, an_hour=4, texts={"q": (control, candidate)})
    run_week(bench, made, arms=Ducks())
    assert set(read(bench.store, bench.id, made)["answers"].to_pylist()) == {answers}
    found = week(bench, made)
    assert bool(found.different) == (answers == "different")
    assert (SAME_RESULT in found.against) == unproven
    assert (found.verdict.criteria[0].outcome == "met") == (answers == "equal")
    assert bool(found.blocks) == (answers == "different")
    found.view()


def test_a_control_that_was_away_leaves_nothing_proven(bench):
    made = registered(bench, hours=10, an_hour=4)
    run_week(bench, made, arms=Ducks(control={"failing": range(0, 1000, 3)}))
    found = week(bench, made)
    answers = found.verdict.criteria[0]
    assert (answers.name, answers.outcome) == ("answers", "open")
    assert found.verdict.kind != "pass"
    assert found.compared < 0.95 * found.pairs


def test_a_refusal_after_the_time_for_answers_made_somebody_wait(bench):
    made = registered(bench, hours=1, an_hour=2)
    run_week(bench, made, arms=Ducks(candidate={"failing": range(10)}))
    table = read(bench.store, bench.id, made)
    assert np.isnan(measured_of(table, list, 5.0)["candidate"]).all()  # refused at once
    waited = measured_of(table, list, 1e-6)["candidate"]  # refused when nobody waited any more
    assert not np.isnan(waited).any()


@pytest.mark.parametrize("begins", ["2026-03-07T06:00:00+00:00", "2026-10-31T06:00:00+00:00"])
def test_a_week_in_which_clocks_change_has_each_hour_once(begins, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        made, _ = registration(hours=48, an_hour=4, hour_seconds=3600, paced=True, begins=begins)
        due = [made.due(number, 0) for number in range(len(made.rounds))]
        apart = [(later - one).total_seconds() for one, later in itertools.pairwise(due)]
        ats = [one.at for one in made.rounds]
        assert apart == pytest.approx([later - one for one, later in itertools.pairwise(ats)])
        assert len({moment.astimezone(UTC) for moment in due}) == len(made.rounds)
        left = [(number, 0) for number in range(len(made.rounds))]
        order = []
        now = due[0] - timedelta(hours=2)  # also where the machine's clock was set back
        while left:
            epoch, moment = _next(made, left, now)
            assert moment == made.due(*epoch)
            left.remove(epoch)
            order.append(epoch)
            now = moment
        assert order == sorted(order)
    finally:
        monkeypatch.undo()
        time.tzset()
