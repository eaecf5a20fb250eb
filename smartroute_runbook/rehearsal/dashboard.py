"""SmartRoute's dashboard API, small: it asks the engine that an SSM parameter names, and never another one.

``GET /api/NAME`` answers 200 with ``engine``, ``query``, ``columns``, ``rows``, ``milliseconds``, or 502 with
``engine`` and ``error``; ``GET /health`` answers 200 while the API is up.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import smartroute_account as world

__all__ = ["Dashboard"]

_CLUSTER, _REDSHIFT_DATABASE = "smartroute-analytics", "smartroute"
Result = tuple[list[str], list[list[Any]]]


class Dashboard:
    """The API on a free port of this machine.

    Args:
        session: a boto3 session; endpoints and credentials come from the environment.
        client: gives boto3 clients, which may be shared and are closed by their owner.
    """

    def __init__(self, session: Any, client: Callable[[str], Any]) -> None:
        self._ssm, self._s3 = client("ssm"), client("s3")
        self._athena, self._redshift = _Athena(session), _Redshift(client)
        self._engines: dict[str, Callable[[str], Result]] = {
            "athena": self._athena.query,
            "redshift": self._redshift.query,
        }
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

    def answer(self, name: str) -> tuple[int, dict[str, Any]]:
        """Runs the published query ``name`` on the engine of this moment; HTTP status and body."""
        started = time.perf_counter()
        engine = ""
        try:
            engine = self._ssm.get_parameter(Name=world.ENGINE_PARAMETER)["Parameter"]["Value"]
            columns, rows = self._ask(engine, name)
        except Exception as error:  # whatever fails, the caller learns of it, with the engine's name
            return 502, {"engine": engine, "error": f"{type(error).__name__}: {error}"}
        milliseconds = round((time.perf_counter() - started) * 1000, 3)
        return 200, {"engine": engine, "query": name, "columns": columns, "rows": rows, "milliseconds": milliseconds}

    def _ask(self, engine: str, name: str) -> Result:
        if engine not in self._engines:
            known = " or ".join(self._engines)
            raise ValueError(f"{world.ENGINE_PARAMETER} is '{engine}', expected {known}")
        return self._engines[engine](self._sql(engine, name))

    def _sql(self, engine: str, name: str) -> str:
        key = f"dashboard/queries/{engine}/{name}.sql"
        try:
            body = self._s3.get_object(Bucket=world.LAKE, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            raise LookupError(f"no query '{name}' is published for {engine}: s3://{world.LAKE}/{key}") from None
        return str(body.decode()).strip().rstrip(";")


class _Athena:
    def __init__(self, session: Any) -> None:
        from pyathena import connect

        self._connection = connect(
            session=session,
            region_name=session.region_name,
            work_group=world.WORKGROUP,
            schema_name=world.DATABASE,
            poll_interval=0.05,
        )

    def query(self, sql: str) -> Result:
        cursor = self._connection.cursor()
        cursor.execute(sql)
        return [column[0] for column in cursor.description or []], [list(row) for row in cursor.fetchall()]

    def close(self) -> None:
        self._connection.client.close()


class _Redshift:
    """Pooled connections with the cluster's managed password; a broken one is replaced once, by the same engine."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._redshift, self._secrets = client("redshift"), client("secretsmanager")
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def query(self, sql: str) -> Result:
        import redshift_connector

        try:
            return self._run(self._take(), sql)
        except (redshift_connector.InterfaceError, OSError):
            return self._run(self._connect(), sql)

    def close(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _run(self, connection: Any, sql: str) -> Result:
        cursor = connection.cursor()
        try:
            cursor.execute(sql)
            found = [_text(column[0]) for column in cursor.description or []], [list(row) for row in cursor.fetchall()]
        except BaseException:
            with suppress(Exception):
                connection.close()
            raise
        self._idle.put(connection)
        return found

    def _take(self) -> Any:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._connect()

    def _connect(self) -> Any:
        import redshift_connector

        cluster = self._redshift.describe_clusters(ClusterIdentifier=_CLUSTER)["Clusters"][0]
        endpoint = cluster.get("Endpoint")
        if not endpoint or cluster["ClusterStatus"] != "available":
            raise ConnectionError(f"cluster {_CLUSTER} is {cluster['ClusterStatus']}")
        secret = json.loads(self._secrets.get_secret_value(SecretId=cluster["MasterPasswordSecretArn"])["SecretString"])
        connection = redshift_connector.connect(
            host=endpoint["Address"],
            port=int(endpoint["Port"]),
            database=cluster.get("DBName", _REDSHIFT_DATABASE),
            user=secret["username"],
            password=secret["password"],
            timeout=30,
            sslmode="verify-full",
        )
        connection.autocommit = True
        return connection


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler(dashboard: Dashboard) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/health":
                self._send(200, {"status": "ok"})
            elif path.startswith("/api/") and path.count("/") == 2:
                self._send(*dashboard.answer(path.removeprefix("/api/")))
            else:
                self._send(404, {"error": f"no such page: {path}"})

        def _send(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body, default=_plain).encode()
            with suppress(ConnectionError):  # the caller went away
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's own signature
            """Quiet."""

    return Handler


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
