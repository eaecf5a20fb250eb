"""Stopping stand-ins where none were started: those of another folder are not passed over in silence."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from click.testing import CliRunner

from smartroute_runbook.cli import cli


class Limits(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'[{"area": "a", "what": "b", "so": "c"}]')

    def log_message(self, *_):
        pass


@pytest.fixture
def answering():
    with HTTPServer(("127.0.0.1", 0), Limits) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def stopped(tmp_path, monkeypatch, endpoint):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMARTROUTE_REHEARSAL_DIR", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    return CliRunner().invoke(cli, ["rehearsal", "down"], standalone_mode=False)


def test_stand_ins_of_another_folder_are_named(tmp_path, monkeypatch, answering):
    result = stopped(tmp_path, monkeypatch, answering)
    assert result.return_value == 1
    assert f"another folder answer at {answering}" in result.stderr


@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:9", "https://s3.us-east-1.amazonaws.com"])
def test_where_none_answer_there_is_nothing_to_stop(tmp_path, monkeypatch, endpoint):
    result = stopped(tmp_path, monkeypatch, endpoint)
    assert result.return_value == 0
    assert "None were running" in result.output
