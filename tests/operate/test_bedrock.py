"""Bedrock's path: the API asked as an agent's action asks it, against the latency that was stated."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from smartroute_runbook.errors import UsageError
from smartroute_runbook.operate.bedrock import bedrock_path


@pytest.fixture
def stating(run, monkeypatch):
    """The run with what Bedrock needs, and two queries of the dashboard."""
    monkeypatch.setattr(type(run), "queries", {"one": "SELECT 1 AS one", "two": "SELECT 2 AS two"})

    def state(**decision):
        given = run.settings.decision.model_copy(update=decision)
        monkeypatch.setattr(run, "settings", run.settings.model_copy(update={"decision": given}))
        return run

    return state


def test_the_real_api_is_asked_as_its_users_ask_it(stating, monkeypatch):
    result = bedrock_path(stating(bedrock_seconds=20), requests=3, every=0.01)
    assert [(one.query, one.requests, one.failed) for one in result.queries] == [("one", 3, 0), ("two", 3, 0)]
    assert result.engines == {"athena": 6}
    assert result.outcome == "not enough"  # three say nothing of a 95th percentile
    assert "too few requests" in str(result.view())


class Timed(BaseHTTPRequestHandler):
    """An API whose answers take as long as a test says, in turn; a negative time is a failure."""

    taken: ClassVar[list[float]] = []

    def do_GET(self):
        seconds = self.taken.pop(0) if self.taken else 0.0
        time.sleep(abs(seconds))
        self.send_response(502 if seconds < 0 else 200)
        self.end_headers()
        self.wfile.write(b'{"engine": "redshift", "error": "it failed"}' if seconds < 0 else b'{"engine": "redshift"}')

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def timed(run, client, monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Timed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client("ssm").put_parameter(Name="/timed/url", Value=f"http://127.0.0.1:{server.server_port}", Type="String")
    dashboard = run.settings.dashboard.model_copy(update={"url_parameter": "/timed/url"})
    monkeypatch.setattr(run, "settings", run.settings.model_copy(update={"dashboard": dashboard}))
    yield Timed.taken
    Timed.taken.clear()
    client("ssm").delete_parameter(Name="/timed/url")
    server.shutdown()
    server.server_close()


def test_a_limit_is_kept_only_where_the_whole_interval_is_below_it(timed, stating):
    assert bedrock_path(stating(bedrock_seconds=60, bedrock_queries=("one",)), every=0.01).outcome == "kept"
    timed[:] = [0.03] * 80
    missed = bedrock_path(stating(bedrock_seconds=0.02, bedrock_queries=("one",)), every=0.05)
    assert (missed.outcome, missed.queries[0].low > 0.02) == ("missed", True)


def test_what_is_late_because_another_was_slow_counts_from_when_it_was_due(timed, stating):
    """A stall of a second at the start: what was due in it waited, though each request itself was fast."""
    timed[:] = [1.0]
    result = bedrock_path(stating(bedrock_seconds=0.5, bedrock_queries=("one",)), requests=80, every=0.01)
    assert result.queries[0].p95 > 0.5


def test_failures_are_later_than_any_limit_and_json_has_no_infinity(timed, stating):
    timed[:] = [-0.0001] * 80
    result = bedrock_path(stating(bedrock_seconds=5, bedrock_queries=("one",)), every=0.0)
    assert (result.outcome, result.queries[0].failed) == ("missed", 80)
    assert "no answer" in str(result.view())
    assert json.loads(json.dumps(result.as_json(), allow_nan=False))["queries"][0]["p95"] is None


def test_without_a_stated_limit_or_of_an_unknown_query_nothing_is_asked(stating):
    with pytest.raises(UsageError, match="bedrock_seconds is not stated"):
        bedrock_path(stating())
    with pytest.raises(UsageError, match="names 'oen', no query"):
        bedrock_path(stating(bedrock_seconds=1, bedrock_queries=("oen",)))
