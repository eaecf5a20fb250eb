"""SmartRoute's dashboard API, small: what ``docs/cut-over.md`` asks of an API, and nothing else.

``GET /api/NAME`` answers 200 with ``engine``, ``query``, ``columns``, ``rows``, ``milliseconds``, or 502 with
``engine`` and ``error``; ``fallback`` says why the control answered in a trial. ``GET /api/NAME?engine=redshift``
asks that engine whatever the parameter says. The header ``Engine-Route`` is the parameter's value as the API knows it.
``GET /health`` answers 200 while the API is up.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from smartroute_runbook.operate.routing import CANDIDATE, CONTROL, Route

from . import smartroute_account as world
from .dashboard_engines import AthenaEngine, RedshiftEngine, Result

__all__ = ["Dashboard"]


class Dashboard:
    """The API on a free port of this machine.

    Args:
        session: a boto3 session; endpoints and credentials come from the environment.
        client: gives boto3 clients, which may be shared and are closed by their owner.
        parameter_seconds: how long a value of the engine parameter is used before it is read again.
        candidate_seconds: an answer of Redshift that takes longer is none.
    """

    def __init__(
        self,
        session: Any,
        client: Callable[[str], Any],
        parameter_seconds: float = 1.0,
        candidate_seconds: float = 20.0,
    ) -> None:
        self._s3, self._deadline = client("s3"), candidate_seconds
        self._route = _CachedRoute(client("ssm"), parameter_seconds)
        self._athena, self._redshift = AthenaEngine(session), RedshiftEngine(client)
        self._engines: dict[str, Callable[[str], Result]] = {
            CONTROL: self._athena.query,
            CANDIDATE: self._redshift.query,
        }
        self._asking = ThreadPoolExecutor(64, "candidate")
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, name="dashboard", daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Starts to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stops and closes sockets and connections."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._athena.close()
        self._redshift.close()
        self._asking.shutdown(wait=False, cancel_futures=True)

    def answer(self, name: str, wanted: str = "") -> tuple[int, dict[str, Any], str]:
        """Runs the published query ``name``: HTTP status, body, and the route that was followed.

        Args:
            name: the query.
            wanted: an engine by name: that one is asked, and no other in its place.
        """
        started, engine, told = time.perf_counter(), wanted, ""
        body: dict[str, Any] = {}
        try:
            now = datetime.now(UTC)
            told = self._route.value()
            route = Route.parse(told or CONTROL)
            engine = wanted or route.pick(random.random(), now)  # noqa: S311 - a share, no secret
            in_trial = not wanted and engine == CANDIDATE and route.until is not None
            columns, rows, body = self._ask(engine, name, in_trial=in_trial)
        except Exception as error:  # whatever fails, the caller learns of it, with the engine's name
            return 502, {"engine": engine, "error": _why(error)}, told
        body = {"engine": engine, "query": name, "columns": columns, "rows": rows} | body
        body["milliseconds"] = round((time.perf_counter() - started) * 1000, 3)
        return 200, body, told

    def _ask(self, engine: str, name: str, *, in_trial: bool) -> tuple[list[str], list[list[Any]], dict[str, Any]]:
        try:
            return *self._run(engine, name), {}
        except Exception as error:
            if not in_trial:
                raise
            return *self._run(CONTROL, name), {"engine": CONTROL, "fallback": f"{engine}: {_why(error)}"}

    def _run(self, engine: str, name: str) -> Result:
        if engine not in self._engines:
            raise ValueError(f"'{engine}' is no engine, expected {' or '.join(self._engines)}")
        sql = self._sql(engine, name)
        if engine == CONTROL:
            return self._engines[engine](sql)
        try:
            return self._asking.submit(self._engines[engine], sql).result(timeout=self._deadline)
        except Late:
            raise TimeoutError(f"no answer within {self._deadline:g} s") from None

    def _sql(self, engine: str, name: str) -> str:
        key = f"dashboard/queries/{engine}/{name}.sql"
        try:
            body = self._s3.get_object(Bucket=world.LAKE, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            raise LookupError(f"no query '{name}' is published for {engine}: s3://{world.LAKE}/{key}") from None
        return str(body.decode()).strip().rstrip(";")


class _CachedRoute:
    """The engine parameter, read anew when its value is older than so many seconds; kept while SSM does not answer."""

    def __init__(self, ssm: Any, seconds: float) -> None:
        self._ssm, self._seconds = ssm, seconds
        self._value, self._until = "", 0.0
        self._reading = threading.Lock()

    def value(self) -> str:
        """The value of at most so many seconds ago; '' while it was never read: then the control answers."""
        if time.monotonic() < self._until:
            return self._value
        # One request reads; the others wait for it only where there is no value yet.
        if not self._reading.acquire(blocking=not self._value):
            return self._value
        try:
            if time.monotonic() >= self._until:
                self._read()
        finally:
            self._reading.release()
        return self._value

    def _read(self) -> None:
        began = time.monotonic()
        try:
            self._value = str(self._ssm.get_parameter(Name=world.ENGINE_PARAMETER)["Parameter"]["Value"])
        except Exception:
            return  # the last value stays true until SSM answers again; a trial ends by its own clock
        self._until = began + self._seconds


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler(dashboard: Dashboard) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == "/health":
                self._send(200, {"status": "ok"})
            elif asked.path.startswith("/api/") and asked.path.count("/") == 2:
                wanted = parse_qs(asked.query).get("engine", [""])[0]
                self._send(*dashboard.answer(asked.path.removeprefix("/api/"), wanted))
            else:
                self._send(404, {"error": f"no such page: {asked.path}"})

        def _send(self, status: int, body: dict[str, Any], route: str = "") -> None:
            data = json.dumps(body, default=_plain).encode()
            with suppress(ConnectionError):  # the caller went away
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.send_header("Engine-Route", route)
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's own signature
            """Quiet."""

    return Handler


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else str(value)
