"""Trino's protocol as the stand-in reads it: what Trino 435 answered (``trino_values.json``), over a socket."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from smartroute_runbook.standins.athena.errors import QueryCancelled, QueryFailed
from smartroute_runbook.standins.athena.trino.client import NoTrino, ask
from smartroute_runbook.standins.athena.trino.values import output

RECORDED = json.loads(Path(__file__).with_name("trino_values.json").read_text("utf-8"))
SHOWN = {
    "x": "1.0E10", "r": "1.1", "d": "1.50", "b": "true", "z": None, "v": "0a ff", "a": "[1.5, null]", "m": "{a=[true]}",
    "o": "{p=1, q=x}", "u": "{field0=2, field1=null}", "n": "NaN", "s": "Größe", "t": "2026-01-01 00:00:00.123456",
    "w": "2026-07-01 12:00:00 America/New_York", "y": "1969-12-31", "i": "1 00:00:00.000", "j": '{"k":1}',
    "l": "9007199254740993",
}  # fmt: skip
FIGURES = {"stats": {"physicalInputBytes": 4711, "planningTimeMillis": 12}}


@contextmanager
def replaying(*pages):
    """A server that gives the pages in turn, each behind one answer of 503; its address, and what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked.append((self.command, self.path, body, dict(self.headers)))
            place = int(self.path.rpartition("/")[2]) if self.path[-1].isdigit() else 0
            busy = self.command == "GET" and sum(one[1] == self.path for one in asked) == 1
            page = dict(pages[place] or {})
            if place + 1 < len(pages):  # whatever host it names is not asked: only the path is its own
                page["nextUri"] = f"http://elsewhere.example/v1/statement/q/{place + 1}"
            text = b"" if busy else json.dumps(page).encode() if pages[place] is not None else b"<html>"
            self.send_response(503 if busy else 204 if self.command == "DELETE" else 200)
            self.send_header("Content-Length", str(0 if self.command == "DELETE" else len(text)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "DELETE" else text)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815  the names that the base class looks for

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_values_of_every_type_are_shown_as_athena_shows_them():
    shown = output(RECORDED["columns"], RECORDED["data"])
    assert [column.name for column in shown.columns] == list(SHOWN)
    assert list(shown.rows.to_pylist()[0].values()) == list(SHOWN.values())


def test_pages_are_followed_and_figures_kept():
    page = {"columns": RECORDED["columns"][:1], "data": [[1.5]], **FIGURES}
    with replaying({}, page, {**FIGURES, "updateCount": 3}) as (url, asked):
        answer = ask(url, "SELECT é", catalog="c", schema="s", session={"limit": "10 B"})
    assert (answer.rows, answer.update_count, answer.bytes_read, answer.planning_ms) == ([["1.5"]], 3, 4711, 12)
    assert asked[0][:3] == ("POST", "/v1/statement", "SELECT é")
    assert asked[0][3]["X-Trino-Session"] == "limit=10%20B"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (("COLUMN_NOT_FOUND", "USER_ERROR"), "COLUMN_NOT_FOUND: why"),
        (("EXCEEDED_SCAN_LIMIT", "INSUFFICIENT_RESOURCES"), "Bytes scanned limit was exceeded"),
        (("USER_CANCELED", "USER_ERROR"), "Query was cancelled by the user"),
    ],
)
def test_errors_have_trino_s_names(error, words):
    name, kind = error
    page = {"error": {"errorName": name, "errorType": kind, "message": "why"}}
    with replaying(page) as (url, _), pytest.raises((QueryFailed, QueryCancelled)) as caught:
        ask(url, "SELECT 1")
    assert str(caught.value) == words


def test_a_query_that_is_stopped_is_taken_back():
    with replaying({}, {}, {}) as (url, asked), pytest.raises(QueryCancelled):
        ask(url, "SELECT 1", stopped=lambda: True)
    assert asked[-1][:2] == ("DELETE", "/v1/statement/q/1")


def test_what_is_no_trino_is_told_from_an_error_of_one():
    with replaying(None) as (url, _), pytest.raises(NoTrino):
        ask(url, "SELECT 1")
    with pytest.raises(NoTrino):
        ask("http://127.0.0.1:9", "SELECT 1")
