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

from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.engines import Column, Rows
from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.errors import LeaseHeld, Refused, ServiceError, UsageError, VerificationFailed
from smartroute_runbook.measure.ab import ask_to_stop, holding, run_week, samples, withdraw
from smartroute_runbook.measure.ab.comparing import Comparer
from smartroute_runbook.measure.ab.criteria import Thresholds
from smartroute_runbook.measure.ab.money import MonthRates
from smartroute_runbook.measure.ab.planning import key_of
from smartroute_runbook.measure.ab.process import _next, left_epochs
from smartroute_runbook.measure.ab.reading import week_of
from smartroute_runbook.measure.ab.registration import Question, Registration, current, keep
from smartroute_runbook.measure.ab.rounds import lay_out
from smartroute_runbook.measure.ab.samples import SCHEMA, append, done, measured_of, read
from smartroute_runbook.measure.ab.traffic import Traffic
from smartroute_runbook.measure.ab.week import EXPECTATION, SAME_RESULT, ExperimentWeek
from smartroute_runbook.measure.answers import Answers
from smartroute_runbook.measure.dashboard_queries import translated_queries
from smartroute_runbook.runs.lease import hold
from smartroute_runbook.translate.as_of import AsOf
from smartroute_runbook.translate.schema import Schema

NO_HURRY = Thresholds(p95_seconds=None, expected_seconds=None, tolerance=100)
"""For what is not about time: both sides are one engine, so their latencies differ by chance alone, and chance is
allowed to call one of them slower (``confidence``)."""

RATES = MonthRates(5.0, 1609.56, "As a test has it.")


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def lay_out_of(*, hours, an_hour, epoch_seconds):
    """Arrivals in rounds of several epochs, compressed."""
    rng = np.random.default_rng(3)
    at = np.sort(rng.uniform(0, hours * 3600, hours * an_hour))
    traffic = Traffic(at, rng.integers(0, len(TEXTS), len(at)), "a test's")
    return lay_out(
        traffic, range(hours), start=0, pairs=10_000, hour_seconds=0.3, epoch_seconds=epoch_seconds, seed=3
    )  # fmt: skip


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


def files_of(bench, made):
    return sorted((bench.store.folder / bench.id / "experiment" / made.id[:12]).iterdir())


def put_in_place_of(path, data):
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def with_column(path, name, values):
    """An epoch's file with one column of other values, all else as it was."""
    table = pq.read_table(path)
    column = pa.array(values(table[name].to_pylist()), table.schema.field(name).type)
    data = io.BytesIO()
    changed = table.set_column(table.schema.get_field_index(name), name, column)
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), data)
    return data.getvalue()


def faster(bench, made):
    path = files_of(bench, made)[3]
    put_in_place_of(path, with_column(path, "candidate_ms", lambda old: [ms / 100 for ms in old]))


def agreeing(bench, made):
    path = files_of(bench, made)[0]
    put_in_place_of(path, with_column(path, "answers", lambda old: ["equal"] * len(old)))


def cut_short(bench, made):
    path = files_of(bench, made)[2]
    put_in_place_of(path, path.read_bytes()[:100])


def doubled_under_another_name(bench, made):
    path = files_of(bench, made)[0]
    put_in_place_of(path.with_name(f"0{path.name}"), path.read_bytes())


def doubled_in_place_of_another(bench, made):
    first, second, *_ = files_of(bench, made)
    put_in_place_of(second, first.read_bytes())


def of_another_program(bench, made):
    put_in_place_of(files_of(bench, made)[0].with_name("Thumbs.db"), b"pictures")


@pytest.mark.parametrize(
    "attack",
    [faster, agreeing, cut_short, doubled_under_another_name, doubled_in_place_of_another, of_another_program],
)
def test_samples_that_were_changed_doubled_or_put_there_are_no_samples(bench, attack):
    made = registered(bench)
    run_week(bench, made, arms=Ducks())
    assert week(bench, made).finished
    attack(bench, made)
    with pytest.raises(VerificationFailed, match=r"was changed since it was kept|is no file of the A/B week"):
        week(bench, made)


@pytest.mark.parametrize(("name", "value"), [("query", "total"), ("question", 0), ("at", 0.0), ("arrival", 0)])
def test_an_epoch_holds_the_pairs_that_were_registered(bench, name, value, monkeypatch):
    made = registered(bench)
    run_week(bench, made, arms=Ducks())
    path = files_of(bench, made)[0]
    put_in_place_of(path, with_column(path, name, lambda old: [value] * len(old)))
    monkeypatch.setattr(samples, "recorded", lambda *_: {})  # as if it had been noted so
    with pytest.raises(VerificationFailed, match="not an epoch"):
        week(bench, made)


def test_what_a_kill_left_out_is_noted_by_the_next_process_and_no_more_than_that(bench):
    made, stop = registered(bench), threading.Event()
    arms = Ducks()
    begin = arms.begin
    arms.begin = lambda label: (begin(label), stop.set() if len(arms.begun) == 6 else None)
    assert run_week(bench, made, stop=stop, arms=arms).kept == 5
    journal = bench.store.folder / "r1" / "journal"
    newest = [entry for entry in bench.journal.entries() if entry.kind == "experiment-kept"]
    assert [len(entry.body["files"]) for entry in newest] == [1] * 5  # a round here has one epoch
    (journal / f"{newest[-1].n:06d}.json").unlink()  # killed between the file and its entry
    again = Bench(bench.store.folder)
    assert run_week(again, made, arms=Ducks()).left == 0
    assert week(again, made).finished
    entries = [entry for entry in again.journal.entries() if entry.kind == "experiment-kept"]
    for entry in reversed([entry for entry in again.journal.entries() if entry.n >= entries[-2].n]):
        (journal / f"{entry.n:06d}.json").unlink()
    more = Bench(bench.store.folder)
    with pytest.raises(VerificationFailed, match="2 epochs of the A/B week are not in the journal"):
        run_week(more, made, arms=Ducks())
    with pytest.raises(VerificationFailed, match="not in the journal, and the week is whole"):
        week(more, made)


def test_the_rounds_of_a_process_are_noted_as_they_end_and_epochs_of_one_together(bench):
    made, _ = registration(hours=3, an_hour=40, hour_seconds=0.3)
    short = lay_out_of(hours=3, an_hour=40, epoch_seconds=600)
    made = replace(made, rounds=short.rounds, epoch_seconds=short.epoch_seconds, arrivals=short.digest)
    bench.store.put_new(f"r1/experiment/arrivals-{made.arrivals[:12]}.parquet", short.data)
    keep(bench, made)
    assert len(made.rounds[0].epochs) > 1
    run_week(bench, made, arms=Ducks())
    noted = [len(entry.body["files"]) for entry in bench.journal.of("experiment-kept")]
    assert noted == [sum(bool(size) for size in one.epochs) for one in made.rounds]
    assert week(bench, made).finished


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
    made = registered(bench, hours=9, an_hour=4, texts={"q": (control, candidate)}, thresholds=NO_HURRY)
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


# ---- what only one engine answers ------------------------------------------------------------------------------


class Refusing(Ducks):
    """One side refuses the query whose text holds a word."""

    def __init__(self, side, word):
        super().__init__()
        self._side, self._word = side, word

    def __call__(self, run, made):
        super().__call__(run, made)
        for session in self.sessions[self._side]:
            session.query = self._refusing(session.query)
        return self

    def _refusing(self, query):
        def ask(sql, parameters=()):
            if self._word in sql:
                raise ServiceError("it is refused")
            return query(sql, parameters)

        return ask


FREQUENT = {f"q{n}": (f"SELECT count(*) + {n} AS n FROM vehicles",) * 2 for n in range(30)}
RARE = {"rare": ("SELECT max(delay) AS rare FROM vehicles",) * 2}


@pytest.mark.parametrize("side", [0, 1], ids=["control", "candidate"])
def test_a_rare_query_that_one_engine_never_answers_is_not_lost_among_the_others(bench, side):
    made = registered(
        bench, hours=24, an_hour=20, texts={**FREQUENT, **RARE}, thresholds=replace(NO_HURRY, failures=0.1)
    )
    run_week(bench, made, arms=Refusing(side, "AS rare"))
    found = week(bench, made)
    lines = {one.name: one.outcome for one in found.verdict.criteria}
    assert lines["answers"] == "met"  # of all pairs nearly all were compared
    assert lines["failures"] != "missed"  # and nearly all were answered
    assert [name for name, _ in found.unproven] == ["rare"]
    assert "rare" in found.against[SAME_RESULT]
    assert (lines.get("failures of rare") == "missed") == (side == 1)
    assert bool(found.blocks) == (side == 1)


def test_failures_of_one_outage_are_no_query_s_own(bench):
    made = registered(bench, hours=12, an_hour=20)
    run_week(bench, made, arms=Ducks(candidate={"failing": [0]}))  # each session's first: one epoch
    assert not [one for one in week(bench, made).verdict.criteria if one.name.startswith("failures of")]


def test_a_query_that_was_never_asked_is_told(bench):
    made, laid = registration(hours=9)
    made = replace(made, questions=(*made.questions, replace(made.questions[0], query="by_stop", week=0.0)))
    bench.store.put_new(f"r1/experiment/arrivals-{made.arrivals[:12]}.parquet", laid.data)
    keep(bench, made)
    assert week(bench, made).unproven == ()  # nothing was asked yet
    run_week(bench, made, arms=Ducks())
    found = week(bench, made)
    assert found.unproven == (("by_stop", 0),)
    assert "by_stop: it was never asked" in str(found.view())


def test_one_day_is_no_week_and_whoever_accepts_it_says_why(bench):
    made = registered(bench, hours=12)
    run_week(bench, made, arms=Ducks())
    assert "measured on 1 day, the plan wants a week" in week(bench, made).against[EXPECTATION]
    longer, laid = registration(hours=110, an_hour=2, hour_seconds=0.006, number=2)
    withdraw(bench, "longer")
    bench.store.put_new(f"r1/experiment/arrivals-{longer.arrivals[:12]}.parquet", laid.data)
    keep(bench, longer)
    run_week(bench, longer, arms=Ducks())
    found = week(bench, longer)
    assert found.days == 5
    assert "the plan wants a week" not in str(found.against)


def test_a_column_that_was_retyped_meanwhile_does_not_repeat_what_was_equal():
    one = Question("q", "SELECT late FROM vehicles", "SELECT late FROM vehicles", {})
    ints, truths = (
        Rows((Column("late", kind),), [(value,)], 1.0) for kind, value in (("integer", 1), ("boolean", True))
    )
    comparer = Comparer([one])
    assert comparer.compare(0, ints, ints).verdict == "equal"
    assert comparer.compare(0, ints, truths).verdict == "different"


def test_evidence_of_a_withdrawn_registration_is_shown_to_no_gate(bench):
    made = registered(bench)
    run_week(bench, made, arms=Ducks())
    found = week(bench, made)
    assert found.amiss(bench, {}) == ()
    withdraw(bench, "the mix was wrong")
    assert "does not hold in this run" in found.amiss(bench, {})[0]
    other, laid = registration(seed=5, number=2)
    bench.store.put_new(f"r1/experiment/arrivals-{other.arrivals[:12]}.parquet", laid.data)
    keep(bench, other)
    assert "registration 1" in found.amiss(bench, {})[0]


def nodes(number):
    return "settings-changed", {"changed": ["redshift.nodes"], "settings": {"redshift": {"nodes": number}}}


@pytest.mark.parametrize(
    ("happened", "why"),
    [
        ([nodes(4)], "redshift.nodes became 4"),
        ([nodes(4), nodes(2)], ""),  # a slip of the pen, put back before anybody measured
        ([("settings-changed", {"changed": ["alarms.lag_minutes"], "settings": {}})], ""),
        ([("finished", {"step": "week2.mend-tables", "status": "applied"})], "week2.mend-tables was applied"),
        ([("finished", {"step": "week2.mend-tables", "status": "unchanged"})], ""),
        ([("finished", {"step": "week4.catch-up", "status": "applied"})], ""),
    ],
    ids=["resized", "put back", "another parameter", "mended", "not mended", "rows came"],
)
def test_a_week_over_two_candidates_is_shown_to_no_gate(bench, happened, why):
    """Half of its pairs are of one cluster or table design, half of another: its verdict is of neither."""
    bench.record("opened", {"settings": {"redshift": {"nodes": 2}}})
    made, stop, arms = registered(bench), threading.Event(), Ducks()
    begin = arms.begin
    arms.begin = lambda label: (begin(label), stop.set() if len(arms.begun) == 6 else None)
    assert run_week(bench, made, stop=stop, arms=arms).stopped == "stopped"
    assert left_epochs(bench, made)
    for kind, body in happened:
        bench.record(kind, body)
    run_week(bench, made, arms=Ducks())
    bench.record(*nodes(8))  # after it was over
    found = week(bench, made).amiss(bench, {})
    assert [why in one for one in found] == ([True] if why else [])


def test_answers_and_experiment_are_of_the_queries_that_are_shown_beside_them(bench):
    as_of = AsOf(datetime(2026, 9, 1, tzinfo=UTC))
    texts = ("SELECT 1 AS n", "SELECT 2 AS n")
    first, second = (translated_queries({"total": sql}, Schema({}), as_of) for sql in texts)
    answers = Answers((("total", "equal", 1, 1, ""),), (), texts=digest(first.pairs))
    assert answers.amiss(bench, {"dashboardqueries": first}) == ()
    assert answers.amiss(bench, {}) == ()
    assert "other texts" in answers.amiss(bench, {"dashboardqueries": second})[0]
    bench.settings = parse_settings({})
    made = registered(bench, key=key_of(bench, first))
    run_week(bench, made, arms=Ducks())
    found = week(bench, made)
    assert found.amiss(bench, {"dashboardqueries": first}) == ()
    assert "other parameters or texts" in found.amiss(bench, {"dashboardqueries": second})[0]
    bench.settings = parse_settings({"experiment": {"target_seconds": 9}})
    assert "other parameters or texts" in found.amiss(bench, {"dashboardqueries": first})[0]
