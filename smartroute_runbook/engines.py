"""Athena and Redshift behind one small interface: send SQL, read small results.

Heavy work stays in the engines; nothing here holds more than the result of one query.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import AccessDenied, ServiceError, Unreachable

__all__ = ["Athena", "Column", "Engine", "Redshift", "RedshiftDataApi", "Rows"]


@dataclass(frozen=True)
class Column:
    """A result column: its name and the engine's own type name in lower case."""

    name: str
    type: str


@dataclass(frozen=True)
class Rows:
    """A result: all rows, with what they took (wall clock, milliseconds) and cost (bytes scanned; 0 on Redshift)."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    milliseconds: float
    bytes_scanned: int = 0
    query_id: str = ""

    def scalar(self) -> Any:
        """The only value of a one-row, one-column result."""
        return self.rows[0][0]


class Engine(Protocol):
    """Either engine. ``query`` returns rows; ``execute`` the number of rows affected, or -1 when unknown."""

    name: str

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Run a query."""
        ...

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement."""
        ...


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:500]


class Athena:
    """The control, through PyAthena, in one workgroup.

    Positional parameters become Athena execution parameters (``?``).
    """

    name = "athena"

    def __init__(self, session: Any, *, region: str, workgroup: str, database: str, output: str | None = None) -> None:
        from pyathena import connect

        self.workgroup = workgroup
        self._connection = connect(
            session=session,
            region_name=region,
            work_group=workgroup,
            schema_name=database,
            s3_staging_dir=output,
            poll_interval=0.05,
            kill_on_interrupt=True,
        )

    def _run(self, sql: str, parameters: Sequence[Any]) -> tuple[Any, float]:
        from pyathena.error import Error

        cursor = self._connection.cursor()
        started = time.perf_counter()
        try:
            if parameters:
                cursor.execute(sql, [_athena_literal(p) for p in parameters], paramstyle="qmark")
            else:
                cursor.execute(sql)
        except Error as error:
            raise ServiceError(f"Athena refused a query: {_first_line(error)}") from error
        return cursor, (time.perf_counter() - started) * 1000

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Run a query; bytes scanned as Athena reports them (before its 10 MB billing minimum)."""
        cursor, milliseconds = self._run(sql, parameters)
        columns = tuple(Column(d[0], _athena_type(d)) for d in cursor.description or ())
        rows = [tuple(row) for row in cursor.fetchall()] if columns else []
        return Rows(columns, rows, milliseconds, int(cursor.data_scanned_in_bytes or 0), str(cursor.query_id or ""))

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement such as MSCK; Athena tells no row count."""
        self._run(sql, parameters)
        return -1

    def run(self, sql: str) -> str:
        """Run a statement such as UNLOAD; its query execution id."""
        return str(self._run(sql, ())[0].query_id)


def _athena_type(description: Sequence[Any]) -> str:
    kind = str(description[1]).lower()
    return f"{kind}({description[4]},{description[5]})" if kind == "decimal" else kind


def _athena_literal(value: Any) -> str:
    """Execution parameters are SQL literals as text, see StartQueryExecution."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


class Redshift:
    """The candidate, through redshift_connector, one connection, autocommit unless in ``transaction()``.

    Parameters are written ``%s``.
    """

    name = "redshift"

    def __init__(
        self, *, host: str, port: int, database: str, user: str, password: str, schema: str, timeout: float
    ) -> None:
        import redshift_connector

        try:
            self._connection = redshift_connector.connect(
                host=host, port=port, database=database, user=user, password=password, timeout=int(timeout)
            )
        except redshift_connector.Error as error:
            message = _first_line(error)
            if "28P01" in message or "28000" in message or "password" in message:
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
                f"Redshift at {host}:{port} does not answer: {_first_line(error)}",
                hint="Check the cluster's state and the network path to it, or set redshift.transport to data-api",
            ) from error
        self._connection.autocommit = True
        self._error = redshift_connector.Error
        self.execute(f'SET search_path TO "{schema}", public')

    def _cursor(self, sql: str, parameters: Sequence[Any]) -> Any:
        cursor = self._connection.cursor()
        if not parameters:
            cursor.paramstyle = "qmark"  # the driver would read every % as a parameter
        try:
            cursor.execute(sql, list(parameters)) if parameters else cursor.execute(sql)
        except self._error as error:
            raise ServiceError(f"Redshift refused a statement: {_message(error)}") from error
        return cursor

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Run a query."""
        started = time.perf_counter()
        cursor = self._cursor(sql, parameters)
        found = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        columns = tuple(Column(_text(d[0]), _pg_type(int(d[1]))) for d in cursor.description or ())
        return Rows(columns, found, (time.perf_counter() - started) * 1000)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement."""
        return int(self._cursor(sql, parameters).rowcount)

    def transaction(self, statements: Sequence[str]) -> None:
        """Run statements as one transaction: all of them happen, or none."""
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
    1042: "char", 1043: "varchar", 1082: "date", 1083: "time", 1114: "timestamp", 1184: "timestamptz", 1700: "numeric",
}  # fmt: skip


def _pg_type(oid: int) -> str:
    return _PG_TYPES.get(oid, f"oid {oid}")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _message(error: BaseException) -> str:
    """The server's own message: redshift_connector raises it as a dict of protocol fields."""
    first = error.args[0] if error.args else error
    if isinstance(first, dict):
        return f"{first.get('M', first)} ({first.get('C', '?')})".replace("\n", " ")
    return _first_line(error)


class RedshiftDataApi:
    """The candidate, through the Redshift Data API: no network path to the cluster is needed, IAM only.

    Parameters are written ``%s`` and sent as named parameters. Every statement is its own transaction;
    a result is at most 100 MB and statements last at most 24 hours (Redshift management guide, "data-api").
    """

    name = "redshift"

    def __init__(
        self, client: Any, *, cluster: str, database: str, secret_arn: str, schema: str, timeout: float
    ) -> None:
        self._client, self._timeout = client, timeout
        self._target = {"ClusterIdentifier": cluster, "Database": database, "SecretArn": secret_arn}
        self._schema = schema

    def _run(self, sql: str, parameters: Sequence[Any]) -> tuple[dict[str, Any], float]:
        named = [{"name": f"p{n}", "value": str(value)} for n, value in enumerate(parameters, 1)]
        for n in range(1, len(named) + 1):
            sql = sql.replace("%s", f":p{n}", 1)
        extra = {"Parameters": named} if named else {}
        return self._wait(self._client.execute_statement(**self._target, Sql=sql, **extra)["Id"])

    def _wait(self, statement: str) -> tuple[dict[str, Any], float]:
        started = time.perf_counter()
        while True:
            state: dict[str, Any] = self._client.describe_statement(Id=statement)
            if state["Status"] in ("FINISHED", "FAILED", "ABORTED"):
                break
            if time.perf_counter() - started > self._timeout:
                self._client.cancel_statement(Id=statement)
                raise ServiceError(f"Redshift did not finish a statement within {self._timeout:g} s")
            time.sleep(0.1)
        if state["Status"] != "FINISHED":
            raise ServiceError(f"Redshift refused a statement: {state.get('Error', state['Status'])}")
        return state, (time.perf_counter() - started) * 1000

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Run a query; all pages of its result."""
        state, milliseconds = self._run(sql, parameters)
        columns: tuple[Column, ...] = ()
        rows: list[tuple[Any, ...]] = []
        if state.get("HasResultSet"):
            for page in self._client.get_paginator("get_statement_result").paginate(Id=state["Id"]):
                columns = columns or tuple(Column(c["name"], c["typeName"]) for c in page["ColumnMetadata"])
                rows += [tuple(_typed(f, c.type) for f, c in zip(r, columns, strict=True)) for r in page["Records"]]
        return Rows(columns, rows, milliseconds, 0, state["Id"])

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement."""
        return int(self._run(sql, parameters)[0].get("ResultRows", -1))

    def transaction(self, statements: Sequence[str]) -> None:
        """Run statements as one transaction: all of them happen, or none (BatchExecuteStatement)."""
        self._wait(self._client.batch_execute_statement(**self._target, Sqls=list(statements))["Id"])

    def __enter__(self) -> RedshiftDataApi:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is held open."""


def _typed(field: dict[str, Any], kind: str) -> Any:
    """A Data API field by its declared type; decimals and times arrive as text."""
    from datetime import date, datetime
    from decimal import Decimal

    if field.get("isNull"):
        return None
    value = next(iter(field.values()))
    if not isinstance(value, str):
        return value
    if kind in ("numeric", "decimal"):
        return Decimal(value)
    if kind == "date":
        return date.fromisoformat(value)
    if kind.startswith("timestamp"):
        return datetime.fromisoformat(value)
    return value
