"""The control: Athena through PyAthena."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence
from typing import Any

from smartroute_runbook.errors import ServiceError, explained
from smartroute_runbook.redshift_moments import date_of, moment_of

from .interface import USER_AGENT, Column, Rows, Spent, first_line
from .meter import Meter
from .quoting import literal

__all__ = ["OWN", "Athena"]

#: Before each query that the runbook itself sends to Athena. Its queries run in the dashboards' workgroup, under the
#: settings that hold for the dashboards; by this mark the query history distinguishes them, whatever the workgroup.
OWN = "/* smartroute-runbook */"


class Athena:
    """The control, through PyAthena, in one workgroup.

    Positional parameters become Athena execution parameters (``?``). Several threads may use it at once.

    Args:
        session: a boto3 session.
        region, workgroup, database: where its queries run.
        output: where results go; by default the workgroup's own place.
        connections: HTTPS connections that are kept: as many as threads use it at once.

    Attributes:
        reuse_minutes: how old a result may be that answers the same query again; 0 asks for none.
    """

    name = "athena"

    def __init__(
        self, session: Any, *, region: str, workgroup: str, database: str, output: str | None = None,
        connections: int = 10,
    ) -> None:  # fmt: skip
        from botocore.config import Config
        from pyathena import connect
        from pyathena.converter import DefaultTypeConverter

        converter = DefaultTypeConverter()
        for kind, read in (("date", date_of), ("timestamp", moment_of)):  # its own fail beyond the years of Python
            converter.set(kind, lambda text, read=read: None if text is None else read(text))
        self.workgroup, self.meter, self.reuse_minutes = workgroup, Meter(), 0
        self._under_way: dict[str, None] = {}
        self._connection = connect(
            session=session,
            region_name=region,
            work_group=workgroup,
            schema_name=database,
            s3_staging_dir=output,
            poll_interval=0.05,
            kill_on_interrupt=True,
            converter=converter,
            config=Config(user_agent_extra=USER_AGENT, max_pool_connections=connections),
        )

    def _run(self, sql: str, parameters: Sequence[Any]) -> tuple[Any, float]:
        from pyathena.error import Error

        cursor, sql = self._connection.cursor(), _marked(sql)
        started, ids = time.perf_counter(), list[str]()

        def submitted(query_id: str) -> None:
            ids.append(query_id)
            self._under_way[query_id] = None

        options: dict[str, Any] = {"on_start_query_execution": submitted}
        if self.reuse_minutes:
            options |= {"result_reuse_enable": True, "result_reuse_minutes": self.reuse_minutes}
        if parameters:
            options |= {"parameters": [_athena_literal(p) for p in parameters], "paramstyle": "qmark"}
        try:
            with explained("Asking Athena"):
                cursor.execute(sql, **options)
        except Error as error:
            raise ServiceError(f"Athena refused a query: {first_line(error)}") from error
        finally:
            for query_id in ids:
                self._under_way.pop(query_id, None)
        if _DML.match(sql):
            self.meter.add(int(cursor.data_scanned_in_bytes or 0))
        return cursor, (time.perf_counter() - started) * 1000

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Run a query; bytes scanned as Athena reports them (before its 10 MB billing minimum)."""
        cursor, milliseconds = self._run(sql, parameters)
        columns = tuple(Column(d[0], _athena_type(d)) for d in cursor.description or ())
        with explained("Reading Athena's answer"):
            rows = [tuple(row) for row in cursor.fetchall()] if columns else []
        scanned = int(cursor.data_scanned_in_bytes or 0)
        return Rows(columns, rows, milliseconds, scanned, str(cursor.query_id or ""), _spent(cursor))

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement such as MSCK; Athena reports no row count."""
        self._run(sql, parameters)
        return -1

    @property
    def client(self) -> Any:
        """The boto3 client that it asks."""
        return self._connection.client

    def stop(self) -> None:
        """Stop the running query (StopQueryExecution), for a caller that no longer waits for it."""
        for query_id in list(self._under_way):
            with contextlib.suppress(Exception):  # it may have ended meanwhile
                self.client.stop_query_execution(QueryExecutionId=query_id)

    def run(self, sql: str) -> str:
        """Run a statement such as UNLOAD; its query execution id."""
        return str(self._run(sql, ())[0].query_id)


_DML = re.compile(r"(\s|\(|--[^\n]*\n|/\*.*?\*/)*(select|with|values|unload|insert)\b", re.IGNORECASE | re.DOTALL)


def _marked(sql: str) -> str:
    """The query with the runbook's mark; DDL stays as it is (Athena's DDL parser knows no such comments)."""
    return f"{OWN} {sql}" if _DML.match(sql) else sql


def _spent(cursor: Any) -> Spent:
    """Statistics of GetQueryExecution; planning is part of Athena's engine time, and is taken out of it here."""
    planning, engine = cursor.query_planning_time_in_millis, cursor.engine_execution_time_in_millis
    execution = None if engine is None else float(engine) - float(planning or 0)
    queue = cursor.query_queue_time_in_millis
    return Spent(
        queue=None if queue is None else float(queue),
        planning=None if planning is None else float(planning),
        execution=execution,
        cached=bool(cursor.reused_previous_result),
    )


def _athena_type(description: Sequence[Any]) -> str:
    kind = str(description[1]).lower()
    return f"{kind}({description[4]},{description[5]})" if kind == "decimal" else kind


def _athena_literal(value: Any) -> str:
    """Execution parameters are SQL literals as text, see StartQueryExecution."""
    if isinstance(value, str):
        return literal(value, "athena")
    return str(value)
