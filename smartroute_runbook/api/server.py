"""The API on a port of this machine. ``python -m smartroute_runbook.api`` starts it with a Lambda's settings."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from .app import Api, Request, Response

__all__ = ["ApiServer"]

Answered = Callable[[Response, float], None]


class ApiServer:
    """Serves an API until it is stopped.

    Args:
        api: closed with the server.
        port: 0 for any that is free.
        answered: hears each response and its milliseconds.
    """

    def __init__(self, api: Api, port: int = 0, answered: Answered | None = None) -> None:
        self._api = api
        self._server = _Server(("127.0.0.1", port), _handler(api, answered))
        self._thread = threading.Thread(target=self._server.serve_forever, name="dashboard", daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Start to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and close sockets and connections."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._api.close()

    def run(self) -> None:
        """Answer in this thread until it is interrupted."""
        with suppress(KeyboardInterrupt):
            self._server.serve_forever()
        self._server.server_close()
        self._api.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler(api: Api, answered: Answered | None) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        error_content_type, error_message_format = "application/json", '{"error": "%(message)s"}'  # what is no HTTP

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            began = time.perf_counter()
            response = api.respond(Request(self.command, asked.path, asked.query, headers))
            if answered is not None:
                answered(response, (time.perf_counter() - began) * 1000)
            self._send(response)

        do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  names of the base class

        def _send(self, response: Response) -> None:
            with suppress(ConnectionError):  # the caller went away
                self.send_response(response.status)
                for name, value in response.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(response.body)))
                if self.command not in {"GET", "HEAD"}:
                    self.send_header("Connection", "close")  # its body was not read
                    self.close_connection = True
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(response.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's own signature
            """Quiet."""

    return Handler
