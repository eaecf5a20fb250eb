"""The dashboard is switched only to an engine that answers rightly, goes back by itself, and everything is kept."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from support.gates import show, sign

from smartroute_runbook import operate
from smartroute_runbook.api.routing import Route
from smartroute_runbook.errors import Refused, ServiceError, SignatureVoid, StaleProposal, VerificationFailed
from smartroute_runbook.metrics import LAG, NAMESPACE, dimensions
from smartroute_runbook.operate.attempt import AttemptLog, Taken, end_killed, note_interrupted
from smartroute_runbook.operate.dashboard import Answer
from smartroute_runbook.operate.moving import to_candidate
from smartroute_runbook.operate.set_by import note_setting, require_known_setting, settings_of_others
from smartroute_runbook.operate.still_so import require_still_so
from smartroute_runbook.runs.elsewhere import went_back_elsewhere
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.switching import requests_of
from smartroute_runbook.standins.faults.schedule import FaultRule

QUERIES = ("one", "two")


@pytest.fixture(autouse=True)
def signed(run):
    """The gate before the cut-over."""
    gate = sign(run, "week4.ready", run.propose(operate.CutOver(QUERIES)))
    gate.sign("Tester A")  # anew: the test before has gone back
    return gate


def last(run):
    return run.switches().switches[-1]


def test_a_switch_is_done_when_every_query_is_answered_by_the_new_engine(run, dashboard_world):
    done = run.do(operate.Switch("redshift", QUERIES))
    assert dashboard_world.parameter == "redshift"
    assert {row[:2] for row in done.verified.answers} == {("one", "redshift"), ("two", "redshift")}
    facts = done.outcome.facts
    assert (facts["failed_requests"], facts["wrong_answers"], facts["left"]) == (0, 0, "redshift")
    assert facts["requests"] >= 8
    assert 0 < facts["seconds"] < 20
    assert (last(run).outcome, last(run).to, last(run).requests) == ("switched", "redshift", facts["requests"])
    assert run.do(operate.Switch("redshift", QUERIES)).outcome.status == "unchanged"
    assert run.do(operate.Switch("athena", QUERIES)).outcome.facts["left"] == "athena"


def test_at_a_share_each_query_is_asked_at_once_and_then_now_and_then_since_athena_bills_it(run, monkeypatch):
    calm = run.settings.dashboard.model_copy(update={"canary_seconds": 3.0, "probe_every": 1.0})
    monkeypatch.setattr(run, "settings", run.settings.model_copy(update={"dashboard": calm}))
    asked = to_candidate(run, QUERIES, operate.Agreement(run, QUERIES), (50, 100))["attempt"]
    rows = [row for row in requests_of(run.store, run.id, asked) if row[1] == "one" and not row[2]]
    moments = [datetime.fromisoformat(row[0]) for row in rows]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    rests = [gap for gap in gaps if gap >= 0.59]
    assert len(rests) >= 2, gaps  # of two shares of three seconds; a slow machine has few and long ones
    assert len(gaps) - len(rests) <= 20, gaps  # before all were answered, and while answers are compared
    assert run.do(operate.Switch("athena", QUERIES)).outcome.facts["left"] == "athena"


def test_a_query_that_is_not_published_is_found_before_anybody_is_moved(run, dashboard_world):
    dashboard_world.publish("three", "SELECT 3", "athena")
    values = len(dashboard_world.history())
    with pytest.raises(ServiceError, match=r"three: redshift: .*no query 'three'.*no user was moved"):
        run.do(operate.Switch("redshift", [*QUERIES, "three"]))
    assert len(dashboard_world.history()) == values
    assert (last(run).outcome, last(run).left) == ("not begun", "athena")
    assert last(run).failed >= 1
    assert "three" in last(run).why


def test_a_query_that_is_published_for_redshift_alone_is_found_too(run, dashboard_world):
    dashboard_world.publish("four", "SELECT 4", "redshift")
    with pytest.raises(ServiceError, match=r"four: athena: .*no query 'four'"):
        run.do(operate.Switch("redshift", [*QUERIES, "four"]))
    assert dashboard_world.parameter == "athena"


def test_another_answer_than_the_controls_is_found_before_anybody_is_moved(run, dashboard_world):
    dashboard_world.publish("two", "SELECT 3 AS two", "athena")
    with pytest.raises(ServiceError, match="two: another answer than Athena's"):
        run.do(operate.Switch("redshift", QUERIES))
    assert dashboard_world.parameter == "athena"
    assert last(run).wrong == 1


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT no_such_column", "no_such_column"),
        ("SELECT 9 AS two", "another answer than Athena's"),
        (f'SELECT "password={"Corr3ct" + "-H0rse"}"', r"\[a password\]"),  # the attempt is kept, the secret is not
    ],
    ids=["failing", "wrong", "failing with a secret in its message"],
)
def test_an_engine_that_goes_wrong_while_it_is_tried_sends_the_dashboard_back(run, dashboard_world, sql, why):
    agreement = Spoiling(run, QUERIES, lambda: dashboard_world.publish("two", sql))
    with pytest.raises(ServiceError, match=rf"(?s)two: .*{why}.*went back to Athena by itself"):
        to_candidate(run, QUERIES, agreement, (10, 100))
    assert dashboard_world.parameter == "athena"
    assert last(run).outcome == "went back"
    assert last(run).failed + last(run).wrong >= 1
    entry = list(run.journal.of("switch-failed"))[-1]
    assert entry.body["troubles"][0]["what"].startswith("two (redshift)")
    kept = [
        row for key in run.store.keys(f"{run.id}/switches/{last(run).id}/") for row in json.loads(run.store.get(key))
    ]
    assert len(kept) == last(run).requests


class Spoiling(operate.Agreement):
    """Does something once all queries agreed, when the first share is set."""

    def __init__(self, run, queries, spoil):
        super().__init__(run, queries)
        self._left, self._spoil = len(queries), spoil

    def compare(self, dashboard, query):
        found = super().compare(dashboard, query)
        self._left -= 1
        if self._left == 0:
            self._spoil()
        return found


def test_a_gate_that_is_taken_back_while_shares_rise_sends_the_dashboard_back(run, dashboard_world):
    def somebody():
        run.last_gate("week4.ready").revoke("Tester B", "users complain")

    with pytest.raises(Refused, match=r"week4\.ready' is not signed"):
        run.do(operate.CutOver(QUERIES, Spoiling(run, QUERIES, somebody)))
    assert dashboard_world.parameter == "athena"
    assert (last(run).outcome, last(run).left) == ("went back", "athena")


def test_an_engine_that_answers_too_late_does_not_answer(run, dashboard_world, faults):
    patient = run.settings
    run.settings = patient.model_copy(
        update={"dashboard": patient.dashboard.model_copy(update={"answer_seconds": 0.5})}
    )
    rule = FaultRule("slow", "redshift-query", "Query", seconds=2)
    try:
        with pytest.raises(ServiceError, match=r"no answer within 0.5 s.*went back to Athena"):
            to_candidate(run, QUERIES, Spoiling(run, QUERIES, lambda: faults.add(rule)), (100,))
    finally:
        run.settings = patient
    assert dashboard_world.parameter == "athena"


def test_users_of_a_trial_are_answered_by_athena_where_redshift_is_not(run, dashboard_world):
    agreement = Spoiling(run, QUERIES, lambda: dashboard_world.unpublish("two"))
    with pytest.raises(ServiceError, match="went back"):
        to_candidate(run, QUERIES, agreement, (100,))
    users = list(run.journal.of("switch-failed"))[-1].body["users"]
    assert users["failed"] == 0
    assert users["requests"] >= 2


def test_shares_rise_one_after_the_other_and_each_is_a_trial(run, dashboard_world):
    before = len(dashboard_world.history())
    facts = run.do(operate.CutOver(QUERIES)).outcome.facts
    values = dashboard_world.history()[before:]
    shares = [value.partition("@")[0] for value in values]
    assert shares == ["redshift:1", "redshift:10", "redshift:50", "redshift", "redshift"]
    assert ["@" in value for value in values] == [True] * 4 + [False]
    assert [stage["share"] for stage in facts["shares"]] == [1, 10, 50, 100]
    assert run.propose(operate.CutOver(QUERIES)).empty
    assert run.do(operate.CutOver(QUERIES)).outcome.status == "unchanged"


def test_the_way_back_is_rehearsed_at_the_first_share_and_timed(run, dashboard_world):
    before = len(dashboard_world.history())
    step = operate.RehearseWayBack(QUERIES)
    facts = run.do(step).outcome.facts
    values = [value.partition("@")[0] for value in dashboard_world.history()[before:]]
    assert values == ["athena", "redshift:1", "athena"]
    assert (facts["there"]["failed_requests"], facts["back"]["failed_requests"]) == (0, 0)
    assert facts["back"]["seconds"] > 0
    assert run.propose(step).empty
    sign(run, "week4.ready", run.propose(operate.CutOver(QUERIES))).sign("Tester A")  # the tests before had cut over
    run.do(operate.Switch("redshift", QUERIES))
    again = run.do(step)  # the notebook is executed again after its cut-over
    assert (again.outcome.status, again.verified.to) == ("unchanged", "redshift")


@pytest.mark.parametrize("step", [operate.Switch("redshift", ["one"]), operate.CutOver(["one"])], ids=["switch", "all"])
def test_a_query_that_week_3_compared_is_not_left_unasked(run, dashboard_world, step):
    """Its file was taken out of the folder since, and the dashboard has it still: nobody would see it fail."""
    sign(run, "week4.ready", run.propose(operate.CutOver(["one"])))
    values = len(dashboard_world.history())
    with pytest.raises(StaleProposal, match="two"):
        run.do(step)
    assert len(dashboard_world.history()) == values


@pytest.mark.parametrize("seconds", [-60, 2])
def test_the_trial_of_a_cut_over_that_was_killed_does_not_stop_what_is_done_again(run, dashboard_world, seconds):
    """Seen under kills: the notebook, executed again, refused because the parameter still named the ended trial."""
    operate.moving.to_control(run, QUERIES)  # of what the test before left, its journal knows now
    sign(run, "week4.ready", run.propose(operate.CutOver(QUERIES))).sign("Tester A")
    step = operate.RehearseWayBack(QUERIES)
    run.do(step)
    AttemptLog(run, "redshift", 100, "athena").begin()
    until = (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    dashboard_world.parameter = f"redshift@{until}"
    again = run.do(step)
    assert (again.outcome.status, again.verified.to) == ("unchanged", "athena")
    told = settings_of_others(run)
    note_setting(run)
    assert settings_of_others(run) == told  # its own: what was signed stays signed
    run.do(operate.CutOver(QUERIES))
    assert dashboard_world.parameter == "redshift"


def signed_anew(run, step):
    """The gate over this proposal, after what the test before left."""
    operate.moving.to_control(run, QUERIES)
    run.shown.clear()
    gate = sign(run, "week4.ready", run.propose(step))
    gate.sign("Tester A")
    return gate


def killed_after_its_last_write(run, dashboard_world):
    """A cut-over that gave everybody Redshift, and had not yet seen what they get."""
    AttemptLog(run, "redshift", 100, "athena").begin()
    dashboard_world.parameter = "redshift"
    run.shown.clear()  # a process of its own


def test_a_switch_that_was_killed_after_its_last_write_is_made_again_and_watched(run, dashboard_world):
    """It was "unchanged", its attempt without an end, and the watch asked for a switch for ever."""
    signed_anew(run, operate.CutOver(QUERIES))
    killed_after_its_last_write(run, dashboard_world)
    step = operate.Switch("redshift", QUERIES)
    assert run.do(step).outcome.status == "applied"
    assert [one.outcome for one in run.switches().switches[-2:]] == ["interrupted", "switched"]
    assert operate.watched(run).wanted > 0
    assert run.do(step).outcome.status == "unchanged"


def test_a_switch_that_was_killed_after_its_last_write_and_is_refused_now_leaves_nobody_there(run, dashboard_world):
    signed_anew(run, operate.CutOver(QUERIES))
    killed_after_its_last_write(run, dashboard_world)
    dashboard_world.publish("two", "SELECT 3 AS two")
    with pytest.raises(StaleProposal, match="another text of two is published"):
        run.do(operate.Switch("redshift", QUERIES))
    assert dashboard_world.parameter == "athena"
    assert (last(run).outcome, last(run).left) == ("interrupted", "athena")


def test_what_was_signed_for_a_cut_over_that_was_killed_stays_signed(run, dashboard_world):
    """The dashboard's parameter is part of its proposal: left at Redshift, it made the signature void."""
    step = operate.CutOver(QUERIES)
    signed_anew(run, step)
    killed_after_its_last_write(run, dashboard_world)
    end_killed(run)  # as week 4 does before it measures
    note_setting(run)
    gate = show(run, "week4.ready", run.propose(step))
    assert (gate.status().state, dashboard_world.parameter) == ("signed", "athena")
    run.do(step)
    assert dashboard_world.parameter == "redshift"


def test_going_back_sets_the_parameter_though_its_trial_has_ended(run, dashboard_world):
    dashboard_world.parameter = "redshift:10@2026-01-01T00:00:00Z"
    assert not run.propose(operate.Switch("athena", QUERIES)).empty
    run.do(operate.Switch("athena", QUERIES))
    assert dashboard_world.parameter == "athena"


def test_whoever_sets_the_parameter_meanwhile_is_not_overruled(run, dashboard_world):
    settings = run.settings
    quick = settings.dashboard.model_copy(update={"trial_seconds": 2})
    run.settings = settings.model_copy(update={"dashboard": quick})

    def somebody():
        dashboard_world.parameter = "athena"

    try:
        with pytest.raises((StaleProposal, ServiceError), match=r"Somebody set|did not answer"):
            to_candidate(
                run, QUERIES, Spoiling(run, QUERIES * 2, lambda: threading.Timer(0.1, somebody).start()), (1, 100)
            )
    finally:
        run.settings = settings
    assert dashboard_world.parameter == "athena"


def test_rows_that_are_loaded_again_while_shares_rise_send_the_dashboard_back(run, dashboard_world):
    """By whoever needs no lease of this run; after the next proof it goes on, and nobody need sign again."""
    operate.moving.to_control(run, QUERIES)  # of what the test before left, its journal knows now
    sign(run, "week4.ready", run.propose(operate.CutOver(QUERIES))).sign("Tester A")
    loaded = {"table": "vehicles", "partitions": {f"day={run.journal.head()[0]}": ["a", 2]}}
    run.journal.append("loaded", loaded)
    proven(run)
    step = operate.CutOver(QUERIES, Spoiling(run, QUERIES, lambda: run.journal.append("loaded", loaded)))
    try:
        with pytest.raises(Refused, match=r"no longer as they were proven: vehicles day=.*Run week 4's cells"):
            run.do(step)
        assert dashboard_world.parameter == "athena"
        assert (last(run).outcome, last(run).left) == ("went back", "athena")
    finally:
        proven(run)
    run.do(operate.CutOver(QUERIES))
    assert dashboard_world.parameter == "redshift"


def test_a_rollback_just_before_an_attempt_goes_back_by_itself_is_told(run, dashboard_world):
    """Both set 'athena': only the versions tell that somebody else did."""

    def somebody():
        dashboard_world.parameter = "athena"
        raise Refused("the gate was taken back")

    with pytest.raises(Refused, match="taken back"):
        to_candidate(run, QUERIES, operate.Agreement(run, QUERIES), still=somebody)
    with pytest.raises(StaleProposal, match="Somebody else set"):
        require_still_so(run, "week4.ready", QUERIES)


@pytest.mark.parametrize("look", [1, 2])
@pytest.mark.parametrize("after", ["signatures", "parameter"])
def test_a_rollback_between_the_last_look_and_the_write_after_it_is_not_overruled(
    run, dashboard_world, monkeypatch, look, after
):
    """``rollback`` sets the parameter first of all: no journal tells, and SSM has no conditional write."""
    looks, shared = [], operate.parameter.EngineParameter.versioned

    def somebody():
        looks.append(dashboard_world.parameter)
        if len(looks) == look:
            dashboard_world.parameter = "athena"

    def versioned(parameter):
        found = shared(parameter)
        if calls:
            somebody()
        return found

    calls = []
    if after == "parameter":
        monkeypatch.setattr(operate.parameter.EngineParameter, "versioned", versioned)
    still = somebody if after == "signatures" else lambda: calls.append(1)
    with pytest.raises(StaleProposal, match=r"Somebody set the dashboard's parameter to athena meanwhile"):
        to_candidate(run, QUERIES, operate.Agreement(run, QUERIES), still=still)
    assert dashboard_world.parameter == "athena"
    assert (last(run).outcome, last(run).left) == ("went back", "athena")


def test_a_rollback_after_a_cut_over_was_killed_is_not_taken_for_its_own(run, dashboard_world):
    AttemptLog(run, "redshift", 100, "athena").begin()
    dashboard_world.parameter = "athena"  # somebody who found it on a trial
    assert note_interrupted(run, sure=True)
    with pytest.raises(StaleProposal, match="Somebody else set the dashboard's parameter to athena"):
        require_still_so(run, "week4.ready", QUERIES)


def test_a_write_that_ssm_took_twice_is_no_stranger_s(run, dashboard_world):
    parameter = operate.dashboard.engine_parameter(run)
    _, version = parameter.versioned()
    dashboard_world.parameter = "redshift"  # its answer was lost on the way, and it was asked again
    assert parameter.write_after(Route("redshift"), version) == version + 2
    assert dashboard_world.parameter == "redshift"


@pytest.mark.parametrize(
    "step", [operate.Switch("redshift", QUERIES), operate.CutOver(QUERIES)], ids=["switch", "cut-over"]
)
def test_a_rollback_that_is_in_no_record_voids_the_signatures_too(run, dashboard_world, signed, step):
    """It needs SSM alone: its record may be another folder's, or was never written; or this run is a copy."""
    run.do(operate.Switch("redshift", QUERIES))
    dashboard_world.parameter = "athena"
    run.propose(step)
    with pytest.raises(StaleProposal, match=r"Somebody else set the dashboard's parameter to athena \(version \d+\)"):
        run.do(step)
    assert dashboard_world.parameter == "athena"
    note_setting(run)  # as ``ready`` does, which then shows it to its gate
    assert settings_of_others(run)[-1][0] == "athena"
    require_still_so(run, "week4.ready", QUERIES)


def published(run, client, hours, lag=0.0):
    """What ``sync`` published of every table so many hours ago."""
    at = datetime.now(UTC) - timedelta(hours=hours)
    for table in run.settings.athena.tables:
        where = dimensions(run.settings.redshift.cluster, table)
        data = {"MetricName": LAG, "Dimensions": where, "Value": lag, "Unit": "Seconds", "Timestamp": at}
        client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[data])


@pytest.mark.parametrize(
    ("hours", "lag", "behind"),
    [(3, 0, "3 h"), (9, 0, "9 h"), (100, 0, "4 days"), (0.1, 9000, "2 h 30 min")],
    ids=["silent", "silent for longer than is looked at first", "silent for days", "late"],
)
def test_tables_that_fell_behind_since_the_gate_was_shown_hold_a_cut_over_back(
    run, client, dashboard_world, signed, monkeypatch, hours, lag, behind
):
    """What was fresh when people signed says nothing of a 'sync' that stopped on that day."""
    cluster = run.settings.redshift.model_copy(update={"cluster": f"others-{hours}".replace(".", "-")})
    monkeypatch.setattr(run, "settings", run.settings.model_copy(update={"redshift": cluster}))
    published(run, client, hours, lag)
    with pytest.raises(StaleProposal, match=f"The tables may be {behind}.* behind the lake") as held:
        require_still_so(run, "week4.ready", QUERIES)
    assert "smartroute-runbook sync" in held.value.hint
    published(run, client, 0)
    require_still_so(run, "week4.ready", QUERIES)


def test_a_parameter_that_was_made_anew_has_other_values_under_the_same_numbers(run, client, monkeypatch):
    named = run.settings.dashboard.model_copy(update={"engine_parameter": "/smartroute/made-anew"})
    monkeypatch.setattr(run, "settings", run.settings.model_copy(update={"dashboard": named}))
    for value in ("athena", "redshift"):
        client("ssm").put_parameter(Name=named.engine_parameter, Value=value, Type="String")
        if value == "athena":
            note_setting(run)
            require_known_setting(run)
        else:
            with pytest.raises(StaleProposal, match=r"set the dashboard's parameter to redshift \(version 1\)"):
                require_known_setting(run)
        client("ssm").delete_parameter(Name=named.engine_parameter)


def proven(run, *blocks, until=None):
    body = {"covered": "all days", "until": until, "since": run.journal.head()[0], "blocks": blocks}
    return run.journal.append("proven", body)


def proven_in_part(run, *blocks):
    """Week 2's proof, made again after days were caught up and one of them was corrected."""
    proven(run, until="2026-11-03T00:00")
    if not blocks:
        run.journal.append("loaded", {"table": "vehicles", "partitions": {"day=1": ["b", 2]}})
    proven(run, *blocks, until="2026-11-02T00:00")


def mended(run, kind, status=""):
    run.journal.append(kind, {"step": "week2.mend-tables", "proposal": "a", "status": status})


@pytest.mark.parametrize(
    ("happened", "why"),
    [
        (lambda run: proven(run, "table vehicles is different"), "table vehicles is different"),
        (proven_in_part, "vehicles day=1: was loaded again after it was proven"),
        (lambda run: proven_in_part(run, "table vehicles is different"), "table vehicles is different"),
        (
            lambda run: run.journal.append("loaded", {"table": "vehicles", "partitions": {"day=1": ["b", 2]}}),
            "vehicles day=1: was loaded again after it was proven",
        ),
        (
            lambda run: run.journal.append("doubted", {"table": "vehicles", "partitions": {"day=1": "a"}}),
            "vehicles day=1: a proof found other rows",
        ),
        (
            lambda run: (mended(run, "started"), mended(run, "started"), mended(run, "finished", "unchanged")),
            "week2.mend-tables was begun after the proof",
        ),
    ],
    ids=[
        "a proof found a difference",
        "a proof of fewer days",
        "one that found a difference",
        "a partition was corrected",
        "a proof of one table",
        "mended, and killed",
    ],
)
@pytest.mark.parametrize(
    "step", [operate.Switch("redshift", QUERIES), operate.CutOver(QUERIES)], ids=["switch", "cut-over"]
)
def test_tables_are_proven_as_they_are_when_users_are_moved(run, dashboard_world, step, happened, why):
    """The gate was signed over the proof of its day; what came after is in the journal."""
    run.journal.append("loaded", {"table": "vehicles", "partitions": {"day=1": ["a", 2]}})
    proven(run)
    happened(run)
    run.propose(step)
    try:
        with pytest.raises(StaleProposal, match=why):
            run.do(step)
        assert dashboard_world.parameter == "athena"
    finally:
        proven(run)
    run.journal.append("loaded", {"table": "vehicles", "partitions": {f"hour={run.journal.head()[0]}": ["a", 2]}})
    for kind in ("started", "finished"):
        mended(run, kind, "unchanged")
    require_still_so(run, "week4.ready", QUERIES)  # a later hour came by the schedule, and nothing was to be mended


def test_going_back_that_is_overruled_says_where_the_dashboard_is(run, dashboard_world, monkeypatch):
    dashboard_world.parameter = "redshift"
    write = operate.parameter.EngineParameter.write

    def overruled(self, route):
        version = write(self, route)
        dashboard_world.parameter = "redshift"
        return version

    monkeypatch.setattr(operate.parameter.EngineParameter, "write", overruled)
    quick = run.settings.dashboard.model_copy(update={"switch_seconds": 2})
    monkeypatch.setattr(run, "settings", run.settings.model_copy(update={"dashboard": quick}))
    with pytest.raises(ServiceError, match="Somebody set the parameter to redshift meanwhile"):
        operate.moving.to_control(run, QUERIES)


def test_a_parameter_that_moved_since_the_proposal_is_not_set(run, dashboard_world):
    step = operate.Switch("redshift", QUERIES)
    proposal = step.propose(run)
    dashboard_world.parameter = "redshift:5"
    with run.applying(step.id), pytest.raises(StaleProposal, match="redshift:5"):
        step.apply(run, proposal)
    assert dashboard_world.parameter == "redshift:5"


@pytest.mark.parametrize("kind", ["switched", "switch-failed"])
@pytest.mark.parametrize(
    "step", [operate.Switch("redshift", QUERIES), operate.CutOver(QUERIES)], ids=["switch", "cut-over"]
)
def test_a_rollback_that_another_run_recorded_voids_the_signatures_too(run, dashboard_world, signed, step, kind):
    """``rollback`` without a name is recorded in the newest run; the one that cut over knows nothing of it."""
    other = Journal(run.store, "newer/journal")
    if not other.entries():
        other.append("opened", {"run": "newer", "environment": run.environment})
    other.append(kind, {"to": "athena", "before": "redshift", "left": "athena"})
    run.propose(step)
    with pytest.raises(SignatureVoid, match=r"went back to Athena .* run newer"):
        run.do(step)
    assert dashboard_world.parameter == "athena"
    signed.sign("Tester A")
    assert went_back_elsewhere(run.store, run.environment, run.id, datetime.now(UTC)) is None


def test_one_of_two_who_signed_after_another_run_s_rollback_is_not_enough(run, signed, monkeypatch):
    two = run.gates.model_copy(update={"signatures": 2})
    monkeypatch.setattr(type(run), "gates", property(lambda _: two))  # as if the run had been opened so
    other = Journal(run.store, "between/journal")
    other.append("opened", {"run": "between", "environment": run.environment})
    other.append("switched", {"to": "athena", "before": "redshift", "left": "athena"})
    again = show(run, "week4.ready", run.propose(operate.CutOver(QUERIES)))
    again.sign("Tester B")
    with pytest.raises(SignatureVoid, match=r"was signed before .* run between"):
        require_still_so(run, "week4.ready", QUERIES)
    again.sign("Tester A")
    require_still_so(run, "week4.ready", QUERIES)


def test_what_was_shown_before_another_run_s_rollback_is_measured_anew_though_people_sign_again(
    run, dashboard_world, signed
):
    """The digests are the same: who signs them again has read nothing new."""
    other = Journal(run.store, "later/journal")
    other.append("opened", {"run": "later", "environment": run.environment})
    other.append("switched", {"to": "athena", "before": "redshift", "left": "athena"})
    signed.sign("Tester A")
    step = operate.CutOver(QUERIES)
    run.propose(step)
    with pytest.raises(SignatureVoid, match=r"was measured before the dashboard went back .* run later"):
        run.do(step)
    assert dashboard_world.parameter == "athena"
    shown = len(list(run.journal.of("gate")))
    again = sign(run, "week4.ready", run.propose(step))  # the same evidence, shown anew
    assert len(list(run.journal.of("gate"))) == shown + 1
    assert again.evidence == signed.evidence
    require_still_so(run, "week4.ready", QUERIES)
    sign(run, "week4.ready", run.propose(step))
    assert len(list(run.journal.of("gate"))) == shown + 1  # once is enough


def test_another_text_than_week_3_compared_is_not_cut_over_to_though_it_answers_alike(run, dashboard_world):
    dashboard_world.publish("two", "SELECT 2 AS two WHERE 1 = 1")
    for step in (operate.CutOver(QUERIES), operate.Switch("redshift", QUERIES)):
        run.propose(step)
        with pytest.raises(StaleProposal, match="another text of two is published than week 3 compared"):
            run.do(step)
    dashboard_world.unpublish("two")
    run.propose(step)
    with pytest.raises(StaleProposal, match="or none"):
        run.do(step)
    assert dashboard_world.parameter == "athena"


@pytest.mark.parametrize("missing", ["000001.json", "000002.json"])
def test_another_run_whose_journal_is_damaged_may_hold_a_rollback(run, dashboard_world, signed, missing):
    del signed
    other = Journal(run.store, f"damaged-{missing[:6]}/journal")
    for kind in ("opened", "switched", "noted"):
        other.append(kind, {"run": "damaged", "environment": run.environment, "to": "athena", "before": "redshift"})
    hole = run.store.folder / f"damaged-{missing[:6]}" / "journal" / missing
    kept = hole.read_bytes()
    hole.unlink()
    step = operate.Switch("redshift", QUERIES)
    run.propose(step)
    try:
        with pytest.raises(VerificationFailed, match=f"run 'damaged-{missing[:6]}' cannot be read"):
            run.do(step)
    finally:
        hole.write_bytes(kept)
    assert dashboard_world.parameter == "athena"


def test_an_attempt_that_was_killed_is_told_with_what_is_known_and_its_trial_is_ended(run, dashboard_world):
    log = AttemptLog(run, "redshift", 100, "athena")
    log.begin()
    log.keep([Taken(0.0, Answer("one", "redshift", 12.0)), Taken(0.1, Answer("two", "redshift", 9.0, "it broke"))])
    dashboard_world.parameter = "redshift:10@2026-01-01T00:00:00Z"
    assert last(run).outcome == "no end"
    assert not note_interrupted(run, sure=False)  # it may be alive
    assert [one.id for one in note_interrupted(run, sure=True)] == [log.id]
    assert (last(run).outcome, last(run).requests, last(run).failed) == ("interrupted", 2, 1)
    assert dashboard_world.parameter == "athena"
    assert not note_interrupted(run, sure=True)


def test_ssm_that_throttles_is_asked_again(run, dashboard_world, faults):
    for operation in ("PutParameter", "GetParameter"):
        faults.add(FaultRule("throttle", "ssm", operation, every=2))
    facts = run.do(operate.Switch("redshift", QUERIES)).outcome.facts
    assert facts["failed_requests"] == 0
    assert run.do(operate.Switch("athena", QUERIES)).outcome.facts["left"] == "athena"


def test_the_way_back_does_not_wait_for_a_record_that_cannot_be_written(run, dashboard_world, monkeypatch):
    dashboard_world.parameter = "redshift"

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run.store, "put_new", full)
    facts = operate.moving.to_control(run, QUERIES)
    assert dashboard_world.parameter == "athena"
    assert "No space left" in facts["unrecorded"][0]


def test_an_engine_that_fails_once_no_trial_stands_in_for_it_sends_the_dashboard_back(
    run, dashboard_world, monkeypatch
):
    """The command ended with an error, and left users on the engine that failed: nobody watched the last write."""
    shared = operate.parameter.EngineParameter.write_after

    def write_after(parameter, route, version):
        made = shared(parameter, route, version)
        if route == Route("redshift"):
            dashboard_world.publish("two", "SELECT no_such_column")
            time.sleep(2 * run.settings.dashboard.cache_seconds)
        return made

    monkeypatch.setattr(operate.parameter.EngineParameter, "write_after", write_after)
    with pytest.raises(ServiceError, match=r"(?s)two: .*no_such_column.*went back to Athena by itself"):
        run.do(operate.Switch("redshift", QUERIES))
    assert dashboard_world.parameter == "athena"
    assert (last(run).outcome, last(run).left) == ("went back", "athena")


def test_published_queries_that_break_after_the_switch_are_named(run, dashboard_world):
    run.do(operate.Switch("redshift", QUERIES))
    dashboard_world.publish("two", "SELECT no_such_column")
    with pytest.raises(VerificationFailed, match="two"):
        operate.Switch("redshift", QUERIES).verify(run)
