"""Before the cut-over: snapshot, receivers of the alarms, and the points that must hold, each read from the world."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from smartroute_runbook import operate
from smartroute_runbook.errors import Refused, UsageError, VerificationFailed
from smartroute_runbook.load import Freshness, Proofs, Synced
from smartroute_runbook.load.fresh import publish
from smartroute_runbook.load.scope import current
from smartroute_runbook.operate.readiness import ALARMS_ITEM
from smartroute_runbook.operate.receivers import acknowledge, heard, send_test
from smartroute_runbook.operate.snapshot import snapshot_name
from smartroute_runbook.runs.plan import gate_items

PROVEN = {
    name: operate.Proven(f"SELECT {n} AS {name}", f"SELECT {n} AS {name}", f"SELECT {n} AS {name}", {})
    for n, name in enumerate(("one", "two"), start=1)
}


@pytest.fixture
def proof(run):
    """Every table that the run carries, up to where it has loaded."""
    tables = tuple((name, "equal", 24, 1000, 1000) for name in run.settings.athena.tables)
    at, (entry, _) = datetime.now(UTC).isoformat(), run.journal.head()
    return Proofs(tables, (), current(run).words, at=at, entry=entry)


@pytest.fixture
def fresh(run):
    tables = tuple(Freshness(name, "2026-11-28T11:00", 0.0, 900.0, 0, 0) for name in run.settings.athena.tables)
    return Synced("unchanged", "all days", 0, 0, tables, at=datetime.now(UTC).isoformat())


def test_a_snapshot_is_taken_once_waited_for_and_read_again(run, client):
    step = operate.TakeSnapshot()
    assert [change.action for change in run.propose(step).changes] == ["create"]
    done = run.do(step)
    assert done.verified.state == {
        "cluster": "smartroute-analytics", "type": "manual", "status": "available", "kept days": 30,
    }  # fmt: skip
    assert run.do(step).outcome.status == "unchanged"
    name = snapshot_name(run)
    client("redshift").modify_cluster_snapshot(SnapshotIdentifier=name, ManualSnapshotRetentionPeriod=1)
    with pytest.raises(VerificationFailed, match="'kept days': 1"):
        step.verify(run)
    client("redshift").batch_delete_cluster_snapshots(Identifiers=[{"SnapshotIdentifier": name}])
    with pytest.raises(VerificationFailed, match=f"no snapshot {name}"):
        step.verify(run)
    assert run.do(step).outcome.status == "applied"


def test_a_snapshots_name_is_one_that_redshift_takes(run):
    ids = ("Production 2026--11", "_x_", "a" * 300)
    names = [snapshot_name(type("Named", (), {"id": run_id})()) for run_id in ids]
    assert names[:2] == ["before-cut-over-production-2026-11", "before-cut-over-x"]
    assert len(names[2]) == 255


@pytest.fixture
def colleague(run, client):
    """Somebody whose queue is subscribed to the alarms; returns what reads their messages."""
    queue = client("sqs").create_queue(QueueName="on-call")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    alarms = run.settings.alarms.model_copy(update={"receivers": (f"sqs:{arn}",)})
    before, run.settings = run.settings, run.settings.model_copy(update={"alarms": alarms})

    def read():
        messages = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"])["Message"] for message in messages]

    yield read
    run.settings = before


def test_a_test_message_is_acknowledged_by_the_code_in_it(run, colleague):
    step = operate.Receivers()
    assert not heard(run).confirmed
    assert run.do(step).outcome.status == "applied"
    assert run.propose(step).empty
    with pytest.raises(UsageError, match="sent no test message"):
        acknowledge(run, "abcdef")
    send_test(run)
    send_test(run)
    (message,) = colleague()
    code = message.partition("heard ")[2].split()[0]
    assert not heard(run).holds
    assert code not in str([entry.body for entry in run.journal.of("alarm-tested")])
    with pytest.raises(UsageError, match="another code"):
        acknowledge(run, "000000" if code != "000000" else "111111")
    assert acknowledge(run, f" {code.upper()} ").holds
    assert "acknowledged by" in heard(run).words


def failing(found):
    return {point.name for point in found.points if not point.holds}


@pytest.fixture
def ready(run):
    """Everything done that the points ask for."""
    for step in (operate.TakeSnapshot(), operate.RehearseWayBack(PROVEN)):
        run.do(step)
    return run


def test_when_all_is_so_nothing_blocks_and_the_signed_text_stays_the_same(ready, proof, fresh):
    first, second = (operate.ready(ready, PROVEN, proof, fresh) for _ in range(2))
    assert first.blocks == ()
    digests = [ready.evidence("ready", found).digest for found in (first, second)]
    assert digests[0] == digests[1]
    later = replace(fresh, tables=(replace(fresh.tables[0], lag_seconds=300.0, age_seconds=4000.0), *fresh.tables[1:]))
    more = replace(proof, tables=(("vehicles", "equal", 25, 1100, 1100), *proof.tables[1:]))
    assert ready.evidence("ready", operate.ready(ready, PROVEN, more, later)).digest == digests[0]


def test_a_value_of_the_parameter_that_somebody_else_set_is_signed_anew(ready, dashboard_world, proof, fresh):
    before = operate.ready(ready, PROVEN, proof, fresh)
    dashboard_world.parameter = "athena"  # a rollback that is in no record
    after = operate.ready(ready, PROVEN, proof, fresh)
    assert after.blocks == ()
    assert after.points[-1].says.startswith("somebody else set the dashboard's parameter to athena (version ")
    digests = [ready.evidence("ready", found).digest for found in (before, after)]
    assert digests[0] != digests[1]
    assert ready.evidence("ready", operate.ready(ready, PROVEN, proof, fresh)).digest == digests[1]  # told once


def test_what_does_not_hold_blocks(ready, dashboard_world, proof, fresh):
    assert failing(operate.ready(ready, PROVEN, replace(proof, tables=()), fresh)) == {"rows"}
    different = replace(proof, tables=(("vehicles", "different", 24, 1000, 999), *proof.tables[1:]))
    assert failing(operate.ready(ready, PROVEN, different, fresh)) == {"rows"}
    late = replace(fresh, tables=(replace(fresh.tables[0], lag_seconds=7300.0), *fresh.tables[1:]))
    assert failing(operate.ready(ready, PROVEN, proof, late)) == {"freshness"}
    dashboard_world.publish("two", "SELECT 5 AS two")
    found = operate.ready(ready, PROVEN, proof, fresh)
    assert failing(found) == {"results"}
    assert "not the one that was proven" in found.blocks[0]
    dashboard_world.unpublish("two")
    assert failing(operate.ready(ready, PROVEN, proof, fresh)) == {"answers", "results"}


@pytest.mark.parametrize("at", [(datetime.now(UTC) - timedelta(days=3)).isoformat(), ""], ids=["old", "read back"])
def test_what_a_kernel_holds_since_days_is_not_measured_now(ready, at, proof, fresh):
    """The cell alone, run again on Friday, says nothing of Friday's tables."""
    assert failing(operate.ready(ready, PROVEN, replace(proof, at=at), fresh)) == {"rows"}
    assert failing(operate.ready(ready, PROVEN, proof, replace(fresh, at=at))) == {"freshness"}


def test_tables_that_were_fresh_hours_ago_are_as_fresh_as_sync_published_since(ready, proof, fresh):
    limit = timedelta(minutes=ready.settings.alarms.lag_minutes)
    earlier = replace(fresh, at=(datetime.now(UTC) - limit - timedelta(minutes=30)).isoformat())
    (point,) = [one for one in operate.ready(ready, PROVEN, proof, earlier).points if one.name == "freshness"]
    assert not point.holds
    assert point.measured.startswith("150 min behind")
    publish(ready, fresh.tables)
    assert failing(operate.ready(ready, PROVEN, proof, earlier)) == set()


def test_alarms_that_nobody_hears_take_a_written_reason(ready, proof, fresh):
    before = ready.settings
    ready.settings = before.model_copy(update={"alarms": before.alarms.model_copy(update={"topic": "nobody-listens"})})
    try:
        found = operate.ready(ready, PROVEN, proof, fresh)
    finally:
        ready.settings = before
    assert found.blocks == ()
    assert found.against == {ALARMS_ITEM: "Nobody is subscribed to topic nobody-listens and has confirmed"}
    assert ALARMS_ITEM in gate_items("week4.ready")


def test_without_its_gate_nothing_is_cut_over(ready, dashboard_world):
    for step in (operate.CutOver(PROVEN), operate.Switch("redshift", PROVEN)):
        with pytest.raises(Refused, match=r"week4\.ready"):
            ready.do(step)
    assert dashboard_world.parameter == "athena"


def test_a_proof_of_other_tables_or_of_fewer_days_than_were_loaded_is_not_of_what_is_cut_over(ready, proof, fresh):
    other = replace(proof, tables=(("another", *proof.tables[0][1:]), *proof.tables[1:]))
    found = operate.ready(ready, PROVEN, other, fresh)
    assert failing(found) == {"rows"}
    assert f"table {proof.tables[0][0]} is carried, and not proven" in found.blocks[0]
    assert failing(operate.ready(ready, PROVEN, replace(proof, tables=proof.tables[1:]), fresh)) == {"rows"}
    assert failing(operate.ready(ready, PROVEN, replace(proof, covered="days to 2020-01-01 (UTC)"), fresh)) == {"rows"}
    assert failing(operate.ready(ready, PROVEN, proof, replace(fresh, tables=fresh.tables[1:]))) == {"freshness"}


def test_a_text_that_was_published_over_the_one_that_was_proven_is_told_though_it_answers_alike(
    ready, dashboard_world, proof, fresh
):
    dashboard_world.publish("two", "SELECT 2 AS two WHERE 1 = 1")
    found = operate.ready(ready, PROVEN, proof, fresh)
    assert failing(found) == {"results"}
    assert "two: the text that is published for it is not the one that was proven" in found.blocks[0]
