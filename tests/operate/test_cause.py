"""After a rollback: what is known of its cause, the reminder of the next attempt, and what status says to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from smartroute_runbook import operate
from smartroute_runbook.declared import read_as
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.operate.attempt import AttemptLog, Taken, note_interrupted
from smartroute_runbook.operate.dashboard import Answer
from smartroute_runbook.operate.moving import to_candidate, to_control
from smartroute_runbook.operate.samples import Asked, Sample, keep, read
from smartroute_runbook.record.report import report
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.status import status_of
from smartroute_runbook.standins.faults.schedule import FaultRule

QUERIES = ("one", "two")


@pytest.fixture
def rolled_back(run, dashboard_world):
    """Cut over, a green round, then a release that fails, seen by the watch; and back."""
    to_candidate(run, QUERIES, operate.Agreement(run, QUERIES))
    begin = datetime.fromisoformat(run.switches().switches[-1].ended) + timedelta(milliseconds=1)
    for n, error in enumerate(("", "no such column", "no such column")):
        asked = (Asked("one", "redshift", 20.0), Asked("two", "redshift", 30.0, error))
        at = (begin + timedelta(milliseconds=n)).isoformat(timespec="microseconds")
        keep(run, Sample(at, 0.001, 30.0, "redshift", asked))
    dashboard_world.publish("two", "SELECT no_such_column")
    run.journal.append("watch-tripped", {"findings": ["failing query two: no such column"], "roll_back": True})
    to_control(run, QUERIES)
    return run


def last_kept(run):
    """The root cause that was kept last, read back."""
    body = [e.body for e in run.journal.of("evidence") if e.body["name"] == "rollback.rootcause"][-1]
    return read_as(operate.RootCause, run.store.get(f"{run.id}/{body['file']}"), "rootcause")


def test_what_is_known_of_the_cause_is_told_and_kept(rolled_back):
    found = operate.root_cause(rolled_back)
    assert found.reasons[0].startswith("failing query two: no such column")
    assert found.timeline == rolled_back.switches()
    assert found.timeline.switches[-1].left == "athena"
    assert [row[:5] for row in found.queries] == [("two", 3, 2, 0, 0)]
    assert found.green_until == read(rolled_back, datetime.min.replace(tzinfo=UTC))[-3].at
    changed = {what for _, what in found.changed}
    assert "dashboard/queries/redshift/two.sql was published" in changed
    assert any(what.startswith("parameter set to athena by ") for what in changed)
    assert found.unknown == ()
    assert "To be written by people" in str(found.view())
    assert last_kept(rolled_back) == found


def test_a_cut_over_that_went_back_by_itself_is_told_by_its_own_requests(run, dashboard_world):
    dashboard_world.publish("two", "SELECT no_such_column")
    with pytest.raises(ServiceError):
        to_candidate(run, QUERIES, operate.Agreement(run, QUERIES))
    found = operate.root_cause(run)
    assert "no_such_column" in found.reasons[-1]
    assert [row[0] for row in found.queries][-1] == "two"


def test_without_a_cut_over_little_is_known_and_nothing_fails(run):
    found = operate.root_cause(run)
    assert found.reasons
    chosen = replace(found, reasons=()).view().parts[0]
    assert (chosen.text, chosen.tone) == ("**Somebody went back; the journal holds no reason.**", "warn")


def test_what_cannot_be_read_or_kept_is_said(rolled_back, faults, monkeypatch):
    faults.add(FaultRule("denied", "cloudwatch"))
    faults.add(FaultRule("denied", "ssm", "GetParameterHistory"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rolled_back.store, "put_new", full)
    found = operate.root_cause(rolled_back)
    assert found.alarms == ()
    assert [why.partition(":")[0] for why in found.unknown] == [
        "the parameter's history",
        "the alarms",
        "whether this is kept",
    ]


def test_the_watch_that_goes_back_keeps_what_is_known(run, dashboard_world):
    to_candidate(run, QUERIES, operate.Agreement(run, QUERIES))
    dashboard_world.publish("two", "SELECT no_such_column")
    before = len(list(run.journal.of("evidence")))
    seen = operate.observe(run, QUERIES, operate.Agreement(run, QUERIES), hours=0.1, every=0.2)
    assert seen.findings
    assert [e.body["name"] for e in run.journal.of("evidence")][before:] == ["rollback.rootcause"]
    assert last_kept(run).reasons[0].startswith(seen.findings[0])


def test_the_next_attempt_is_proposed_and_reminded_of_in_two_weeks(rolled_back, client):
    proposed = operate.next_attempt(rolled_back)
    assert {change.action for change in proposed.result.changes} >= {"create"}
    assert operate.try_again(rolled_back).result.status == "applied"
    schedule = client("scheduler").get_schedule(Name="smartroute-try-again")
    day = (datetime.now(UTC) + timedelta(days=14)).date()
    assert schedule["ScheduleExpression"] == f"at({day}T09:00:00)"
    assert "Is the cause found" in schedule["Target"]["Input"]
    assert operate.try_again(rolled_back).result.status == "unchanged"


def test_a_reminder_that_is_refused_ends_no_rollback(rolled_back, faults):
    faults.add(FaultRule("denied", "scheduler"))
    for told in (operate.next_attempt(rolled_back), operate.try_again(rolled_back)):
        assert told.result is None
        assert "AccessDenied" in told.why
        assert "not scheduled" in str(told.view())


def test_a_run_that_never_decided_to_migrate_schedules_nothing(stack, tmp_path):
    (tmp_path / "parameters").mkdir()
    found = operate.try_again(Run.open("rehearsal", "undecided", {"aws": {}}, base=tmp_path))
    assert found.result is None
    assert "was not begun" in found.why


def test_the_page_of_the_record_tells_the_cause(rolled_back):
    operate.root_cause(rolled_back)
    page = report(rolled_back.base / "records" / rolled_back.id, under_way=True).read_text(encoding="utf-8")
    chapter = page.partition('id="cause"')[2]
    assert "failing query two: no such column" in chapter
    assert "two.sql was published" in chapter


def test_the_page_tells_what_users_met_of_an_attempt_that_was_killed(run):
    log = AttemptLog(run, "redshift", 100, "athena")
    log.begin()
    answers = [Answer("one", "athena", 9.0, "", "redshift: gone"), Answer("two", "?", 9.0, "it broke")]
    log.keep([Taken(float(n), answer) for n, answer in enumerate(answers)])
    page = report(run.base / "records" / run.id, under_way=True).read_text(encoding="utf-8")
    rows = page.partition('id="switches"')[2].partition("<h2")[0].split("<tr>")
    row = next(part for part in reversed(rows) if "no end" in part)
    assert "1 of 2 failed" in row
    assert "as users ask: 1 of 2 failed, 1 answered by athena instead" in row
    note_interrupted(run, sure=True)
    assert run.switches().switches[-1].users == (2, 1, 1)


def test_status_says_where_the_dashboard_is_and_what_to_do(rolled_back):
    said = status_of(rolled_back).next_action
    assert said.startswith("the dashboard went back to Athena on")
    assert "find the cause and mend it, then: smartroute-runbook run 4" in said
    to_candidate(rolled_back, ("one",), operate.Agreement(rolled_back, ("one",)))
    assert "went back" not in status_of(rolled_back).next_action
    to_control(rolled_back, ("one",))
