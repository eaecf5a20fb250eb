"""The endpoint of the Redshift stand-in: what redshift_connector connects to, unmodified."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from smartroute_runbook.standins.redshift.database import Database, MayAccess
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.statements.dispatch import parse
from smartroute_runbook.standins.redshift.statements.users import login
from smartroute_runbook.standins.s3 import Objects

from .channel import Channel
from .protocol import Client

__all__ = ["RedshiftServer"]

Authenticate = Callable[[str, str, str], bool]


def _allowed(_role: str, _bucket: str, _key: str, _user: str) -> str | None:
    return None


class RedshiftServer:
    """A Redshift cluster's endpoint on this machine.

    Args:
        objects: S3, as local files.
        database: the DuckDB file that holds the tables; made when missing, kept at stop.
        tls: the server's certificate; connections without TLS are refused (``require_ssl``).
        authenticate: whether (user, password, database) may enter; users made with CREATE USER are known besides.
        may_read: whether an attached role may read (role ARN, bucket, key, user): None, or why not.
        may_write: the same for writing.
        name: the database's name; connecting to another is refused.
        is_master: whether a name that CREATE USER never made is a superuser's, such as the master user's; of a
            temporary user, ``IAM:`` and its kin included, whether it stands for one.
        wlm: the cluster's WLM configuration, as JSON: which queue a statement enters.
        connection_limit: AWS's default is 500 for the smaller node types (Quotas and limits in Amazon Redshift).
        host: the address to listen on.
        port: 0 for any free port.
    """

    def __init__(
        self, objects: Objects, *, database: Path, tls: ssl.SSLContext, authenticate: Authenticate,
        may_read: MayAccess = _allowed, may_write: MayAccess = _allowed, name: str = "smartroute",
        is_master: Callable[[str], bool] = lambda _user: True, wlm: Callable[[], str] = lambda: "[]",
        connection_limit: int = 500, host: str = "127.0.0.1", port: int = 0,
    ) -> None:  # fmt: skip
        self.engine = Database(objects, database, name, may_read, may_write, is_master, wlm)
        self.connection_limit = connection_limit
        self._tls, self._authenticate = tls, authenticate
        self._host, self.port = host, port
        self._clients: set[Client] = set()
        self._keys: dict[int, int] = {}
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None

    def start(self) -> None:
        """Listens; ``port`` then holds the real port."""
        listener = socket.create_server((self._host, self.port), backlog=512)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="redshift", daemon=True).start()

    def stop(self) -> None:
        """Drops every connection and closes the database file."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        with self._lock:
            clients = tuple(self._clients)
        self.disconnect()
        for client in clients:
            client.thread.join(5)
        self.engine.close()

    def reset(self, database: Path) -> None:
        """Drops every connection and goes on, at the same address, with a new database."""
        self.disconnect()
        old = self.engine
        self.engine = Database(old.objects, database, old.name, old.may_read, old.may_write, old.is_master, old.wlm)
        old.close()
        old.path.unlink(missing_ok=True)

    def disconnect(self) -> None:
        """Drops every connection."""
        with self._lock:
            clients = tuple(self._clients)
        for client in clients:
            client.channel.hang_up()

    def session(self, user: str) -> Session:
        """A session on the same engine without a wire: ``execute(sql, parameters)``, ``close()``.

        Raises:
            SqlError: 53300 too many connections, or the user may not log in.
        """
        session = self._new_session(user)
        try:
            login(session)
        except SqlError:
            session.close()
            raise
        return session

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = Client(Channel(connection), self, self._tls)
            client.thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            with self._lock:
                self._clients.add(client)
            client.thread.start()

    def _serve(self, client: Client) -> None:
        try:
            client.serve()
        finally:
            with self._lock:
                self._clients.discard(client)

    # ---- what a client asks (redshift_startup.Host) -------------------------------------------------------------

    def admit(self, user: str, password: str, database: str) -> Session:
        """A session for a client that knows the password.

        Raises:
            SqlError: 28000 wrong user or password, 3D000 no such database, 53300 too many connections.
        """
        session = self._new_session(user)
        try:
            self._enter(session, password, database)
        except SqlError:
            session.close()
            raise
        if database != self.engine.name:
            session.close()
            raise SqlError("3D000", f'database "{database}" does not exist')
        return session

    def _new_session(self, user: str) -> Session:
        if len(self.engine.sessions) >= self.connection_limit:
            raise SqlError("53300", f'connection limit "{self.connection_limit}" exceeded for non-bootstrap users')
        return Session(self.engine, user, parse)

    def _enter(self, session: Session, password: str, database: str) -> None:
        user = session.identity.name
        refused = SqlError("28000", f'password authentication failed for user "{user}"')
        try:
            known = login(session, password)
        except SqlError:  # an unknown user gets the same answer as a wrong password
            raise refused from None
        if not (known or self._authenticate(user, password, database)):
            raise refused

    def cancel(self, pid: int, key: int) -> None:
        """Cancels the statement of the session with this process id and key."""
        session = self.engine.sessions.get(pid)
        if session is not None and self._keys.get(pid) == key:
            session.cancel()

    def keys(self) -> dict[int, int]:
        """The cancel keys by process id."""
        return self._keys
