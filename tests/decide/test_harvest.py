"""The query history: read once, extended later, resumed after a kill, within the calls that it must take."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from smartroute_runbook import decide
from smartroute_runbook.decide.collect import collect
from smartroute_runbook.errors import ServiceError, UsageError
from smartroute_runbook.runs.query_history import History, shape_of
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.store import FolderStore
from smartroute_runbook.standins.athena.execution import PastExecution

NOW = datetime.now(UTC).replace(microsecond=0)


def past(workgroup, minutes_ago, state="SUCCEEDED", kind="DML", sql=None):
    when = NOW - timedelta(minutes=minutes_ago)
    sql = sql or f"SELECT count(*) FROM vehicles WHERE hour = {minutes_ago % 24}"
    return PastExecution(sql, workgroup, "smartroute_analytics", when, 900, 50, 30_000_000, state, kind)


@pytest.fixture
def fresh(stack, client, request):
    """A workgroup of its own with 2,430 executions, an Athena client that counts its calls, and the counter."""
    name = f"group-{abs(hash(request.node.name))}"
    client("athena").create_work_group(Name=name)
    stack.athena.seed_history(past(name, n) for n in range(2_430))
    athena, calls = boto3.Session().client("athena"), Counter()
    asked = Counter()

    def seen(params, model, **_):
        calls[model.name] += 1
        asked.update(params.get("QueryExecutionIds", ()))

    athena.meta.events.register("provide-client-params.athena", seen)
    athena.asked = asked
    return name, athena, calls


def test_every_execution_is_asked_for_once_in_pages_of_fifty(fresh, tmp_path):
    name, athena, calls = fresh
    history = collect(athena, FolderStore(tmp_path), "h", name, rate=1e6)
    assert history.table().num_rows == history.added == 2_430
    assert calls == {"ListQueryExecutions": 49, "BatchGetQueryExecution": 49}
    assert history.calls == 98


def test_the_next_harvest_asks_only_for_what_is_new(stack, fresh, tmp_path):
    name, athena, calls = fresh
    collect(athena, FolderStore(tmp_path), "h", name, rate=1e6)
    stack.athena.seed_history(
        [PastExecution("SELECT 1", name, "d", NOW + timedelta(seconds=n), 1, 1, 1, "FAILED") for n in range(60)]
    )
    calls.clear()
    athena.asked.clear()
    history = collect(athena, FolderStore(tmp_path), "h", name, rate=1e6)
    assert history.table().num_rows == 2_490
    assert len(athena.asked) == 61  # the new ones, and one to see that this is still the same Athena
    assert calls["ListQueryExecutions"] == 3


def test_a_killed_harvest_goes_on_where_it_was(fresh, tmp_path):
    name, athena, calls = fresh

    def kill(added):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(athena, FolderStore(tmp_path), "h", name, rate=1e6, progress=kill)
    kept = calls["ListQueryExecutions"]
    assert kept == 20
    history = collect(athena, FolderStore(tmp_path), "h", name, rate=1e6)
    assert history.table().num_rows == 2_430
    twice = {i for i, n in athena.asked.items() if n > 1}
    assert len(twice) <= 1
    assert calls["ListQueryExecutions"] == 49 + 1


CHILD = """
import sys
from pathlib import Path
import boto3
from smartroute_runbook.decide.collect import collect
from smartroute_runbook.runs.store import FolderStore
collect(boto3.Session().client("athena"), FolderStore(Path(sys.argv[1])), "h", sys.argv[2], rate=10)
"""


def test_a_process_that_is_killed_loses_at_most_the_chunk_it_was_reading(fresh, tmp_path):
    name, athena, calls = fresh
    store = FolderStore(tmp_path)
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path), name])
    while not store.keys("h/"):
        assert child.poll() is None
        time.sleep(0.02)
    child.kill()
    child.wait()
    kept = set(History.open(store, "h").known)
    chunks = len(kept) // 1_000
    assert 1 <= chunks < 3
    history = collect(athena, store, "h", name, rate=1e6)
    assert history.table().num_rows == 2_430
    assert len(set(athena.asked) & kept) <= 1  # one, to see that this is still the same Athena
    assert calls["ListQueryExecutions"] == 49 - 20 * chunks + 1


def test_a_token_that_athena_refuses_costs_a_new_walk_and_no_row(fresh, tmp_path):
    name, athena, _ = fresh
    store = FolderStore(tmp_path)
    history = collect(athena, store, "h", name, rate=1e6)
    history.add("20200101T000000", [], [], "no such token")
    again = collect(athena, store, "h", name, rate=1e6)
    assert again.table().num_rows == 2_430
    assert collect(athena, store, "h", name, rate=1e6).calls == 2


def test_a_history_of_another_athena_is_left_alone(stack, fresh, client, tmp_path):
    name, athena, _ = fresh
    store = FolderStore(tmp_path)
    first = collect(athena, store, "h", name, rate=1e6)
    rows = first.table().slice(0, 1).to_pylist()
    first.add(
        "29990101T000000", [{**rows[0], "id": "not-of-here", "submitted_ms": rows[0]["submitted_ms"] + 10**9}], [], ""
    )
    second = collect(athena, store, "h", name, rate=1e6)
    assert second.prefix == "h/002"
    assert second.table().num_rows == 2_430


def test_throttling_is_waited_out_not_failed(stack, fresh, tmp_path):
    from smartroute_runbook.standins.faults.schedule import FaultRule, Faults

    name, athena, _ = fresh
    gateway = stack.server._server.app
    before, gateway.fault = gateway.fault, Faults(FaultRule("throttle", "athena", every=15))
    try:
        assert collect(athena, FolderStore(tmp_path), "h", name, rate=1e6).table().num_rows == 2_430
    finally:
        gateway.fault = before


def test_an_unknown_workgroup_is_one_clear_line(stack, fresh, tmp_path):
    with pytest.raises(ServiceError, match="Reading Athena's query history failed"):
        collect(fresh[1], FolderStore(tmp_path), "h", "nobody")


def test_the_workload_comes_from_the_dashboards_workgroup(stack, tmp_path):
    (tmp_path / "parameters").mkdir()
    run = Run.open("rehearsal", "w", {"decision": {"pages_per_second": 1000}}, base=tmp_path)
    workload = run.once(decide.harvest)
    assert workload == run.once(decide.harvest)
    assert workload.queries == workload.succeeded + workload.failed + workload.cancelled
    assert sum(day.queries for day in workload.days) == workload.queries
    assert sum(n for _, n in workload.billed_mb) == workload.queries
    assert workload.view().parts


def test_a_history_without_queries_is_a_clear_line(stack, client, tmp_path):
    client("athena").create_work_group(Name="silent")
    (tmp_path / "parameters").mkdir()
    run = Run.open("rehearsal", "s", {"athena": {"workgroup": "silent"}}, base=tmp_path)
    with pytest.raises(UsageError, match="No finished data query"):
        decide.harvest(run)


def test_shapes_forget_literals_case_comments_and_blanks():
    one = shape_of("SELECT a FROM t WHERE day = 3 AND r = 'it''s' -- panel 1\n")
    assert one == shape_of("select a from  t where DAY = 14 and r='x' ".replace("r='x'", "r = 'x'"))
    assert one != shape_of("SELECT b FROM t WHERE day = 3 AND r = 'x'")
