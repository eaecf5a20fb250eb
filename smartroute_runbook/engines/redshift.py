"""The candidate by its own port: redshift_connector."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from smartroute_runbook.errors import AccessDenied, ServiceError, Unreachable
from smartroute_runbook.redshift_moments import all_digits, decode_exactly

from .interface import USER_AGENT, Column, Rows, first_line
from .quoting import identifier
from .tls import require_name

__all__ = ["Redshift"]

#: What leaves something in a session that a new one would not have.
_LEAVES = re.compile(r"\s*(SET|RESET|BEGIN|START|CREATE\s+(LOCAL\s+)?TEMP\w*)\b", re.IGNORECASE)

_LOGIN_REFUSED = ("28000", "28P01")  # SQLSTATEs of a wrong user and a wrong password


class Redshift:
    """The candidate, through redshift_connector, one connection, autocommit unless in ``transaction()``.

    Parameters are written ``%s``. The server's certificate is checked, its name too, before a password is sent. A
    connection that breaks is made anew, with credentials asked for anew: a query is then asked once more, any other
    statement never is. Where something had been set in the session, it ends.

    Args:
        host: where to connect.
        login: gives user and password, asked for each connection: they are kept nowhere.
        certificate_name: the name that the certificate must carry when it is not ``host``: behind a tunnel, the
            cluster's own.
        timeout: seconds, of connecting and of each answer.
    """

    name = "redshift"

    def __init__(
        self,
        *,
        host: str,
        port: int,
        database: str,
        login: Callable[[], tuple[str, str]],
        schema: str,
        timeout: float,
        certificate_name: str = "",
    ) -> None:
        self._host, self._port, self._database, self._schema = host, port, database, schema
        self._login, self._timeout, self._certificate_name = login, timeout, certificate_name
        self._open()

    def _open(self) -> None:
        import redshift_connector

        host, port = self._host, self._port
        tunnel = self._certificate_name not in ("", host)
        if tunnel:
            require_name(host, port, self._certificate_name)
        user, password = self._login()
        try:
            self._connection = redshift_connector.connect(
                host=host,
                port=port,
                database=self._database,
                user=user,
                password=password,
                timeout=int(self._timeout),
                application_name=USER_AGENT,  # else the driver reads the source of every caller for a name
                sslmode="verify-ca" if tunnel else "verify-full",
            )
        except redshift_connector.Error as error:
            message = _message(error)
            if _fields(error).get("C") in _LOGIN_REFUSED:
                raise AccessDenied(
                    f"Redshift at {host}:{port} refused user '{user}'",
                    hint="Check the user and its secret (wrong password?)",
                ) from error
            raise Unreachable(
                f"Redshift at {host}:{port} does not answer: {message}",
                hint="Check the cluster's state and the network path to it, or set redshift.transport to data-api",
            ) from error
        except OSError as error:
            raise Unreachable(
                f"Redshift at {host}:{port} does not answer: {first_line(error)}",
                hint="Check the cluster's state and the network path to it, or set redshift.transport to data-api",
            ) from error
        self._connection.autocommit = True
        decode_exactly(self._connection)
        self._error, self._broken = redshift_connector.Error, (OSError, redshift_connector.InterfaceError)
        self._gone = self._lost = self._left = False
        self.execute(f"SET search_path TO {identifier(self._schema)}, public")
        self._left = False

    def _cursor(self, sql: str, parameters: Sequence[Any]) -> Any:
        if self._lost:
            self.close()
            self._open()
        self._left = self._left or bool(_LEAVES.match(sql))
        cursor = self._connection.cursor()
        if not parameters:
            cursor.paramstyle = "qmark"  # the driver would read every % as a parameter
        try:
            cursor.execute(sql, list(parameters)) if parameters else cursor.execute(sql)
        except self._broken as error:
            # Nothing of it is there any more: what comes next begins anew, unless the session held something.
            self._gone = True
            self._lost = not self._left
            raise Unreachable(
                f"The connection to Redshift broke: {first_line(error)}",
                hint="Run again: a transaction that was under way is rolled back, or is found committed",
            ) from error
        except self._error as error:
            raise ServiceError(f"Redshift refused a statement: {_message(error)}") from error
        return cursor

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Run a query."""
        with all_digits():
            return self._rows(sql, parameters)

    def _rows(self, sql: str, parameters: Sequence[Any]) -> Rows:
        started = time.perf_counter()
        try:
            cursor = self._cursor(sql, parameters)
        except Unreachable:
            if not self._lost:
                raise
            cursor = self._cursor(sql, parameters)
        rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        columns = tuple(Column(_text(d[0]), _pg_type(int(d[1]))) for d in cursor.description or ())
        return Rows(columns, rows, (time.perf_counter() - started) * 1000)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement."""
        return int(self._cursor(sql, parameters).rowcount)

    def transaction(self, statements: Sequence[str]) -> None:
        """Run statements as one transaction: all of them happen, or none."""
        left = self._left
        try:
            self._all_or_none(statements)
        finally:
            # What BEGIN left has ended. A connection that broke is replaced only now: never between two statements.
            self._left = left or any(map(_LEAVES.match, statements))
            self._lost = self._gone and not self._left

    def _all_or_none(self, statements: Sequence[str]) -> None:
        self.execute("BEGIN")
        try:
            for statement in statements:
                self.execute(statement)
            self.execute("COMMIT")
        except BaseException:
            # The error that matters is the first; when the connection is gone the server rolls back by itself.
            with contextlib.suppress(Exception):
                self.execute("ROLLBACK")
            raise

    def __enter__(self) -> Redshift:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(Exception):  # a connection that broke is closed already
            self._connection.close()


_PG_TYPES = {
    16: "boolean", 20: "bigint", 21: "smallint", 23: "integer", 25: "varchar", 700: "real", 701: "double precision",
    1042: "char", 1043: "varchar", 1082: "date", 1083: "time", 1114: "timestamp", 1184: "timestamptz", 1266: "timetz",
    1700: "numeric",
}  # fmt: skip


def _pg_type(oid: int) -> str:
    return _PG_TYPES.get(oid, f"oid {oid}")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _fields(error: BaseException) -> dict[str, str]:
    """What the server said, by the protocol's letters: redshift_connector raises it as a dict; else nothing."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, dict) else {}


def _message(error: BaseException) -> str:
    """The server's own message, with its SQLSTATE."""
    if fields := _fields(error):
        return f"{fields.get('M', fields)} ({fields.get('C', '?')})".replace("\n", " ")
    return first_line(error)
