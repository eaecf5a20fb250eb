"""The control: Athena through PyAthena."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from smartroute_runbook.errors import ServiceError, explained

from .interface import Column, Rows, first_line
from .meter import Meter
from .quoting import literal

__all__ = ["OWN", "USER_AGENT", "Athena"]

#: Before each query that the runbook itself sends to Athena. Its queries run in the dashboards' workgroup, under the
#: settings that hold for the dashboards; by this mark the query history tells them apart, whatever the workgroup.
OWN = "/* smartroute-runbook */"
#: In the user agent of every AWS call, so that CloudTrail tells the runbook's calls from others of the same identity.
USER_AGENT = "smartroute-runbook"


class Athena:
    """The control, through PyAthena, in one workgroup.

    Positional parameters become Athena execution parameters (``?``).
    """

    name = "athena"

    def __init__(
        self, session: Any, *, region: str, workgroup: str, database: str, output: str | None = None
    ) -> None:  # fmt: skip
        from botocore.config import Config
        from pyathena import connect

        self.workgroup, self.meter = workgroup, Meter()
        self._connection = connect(
            session=session,
            region_name=region,
            work_group=workgroup,
            schema_name=database,
            s3_staging_dir=output,
            poll_interval=0.05,
            kill_on_interrupt=True,
            config=Config(user_agent_extra=USER_AGENT),
        )

    def _run(self, sql: str, parameters: Sequence[Any]) -> tuple[Any, float]:
        from pyathena.error import Error

        cursor, sql = self._connection.cursor(), _marked(sql)
        started = time.perf_counter()
        try:
            with explained("Asking Athena"):
                if parameters:
                    cursor.execute(sql, [_athena_literal(p) for p in parameters], paramstyle="qmark")
                else:
                    cursor.execute(sql)
        except Error as error:
            raise ServiceError(f"Athena refused a query: {first_line(error)}") from error
        if _DML.match(sql):
            self.meter.add(int(cursor.data_scanned_in_bytes or 0))
        return cursor, (time.perf_counter() - started) * 1000

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Run a query; bytes scanned as Athena reports them (before its 10 MB billing minimum)."""
        cursor, milliseconds = self._run(sql, parameters)
        columns = tuple(Column(d[0], _athena_type(d)) for d in cursor.description or ())
        with explained("Reading Athena's answer"):
            rows = [tuple(row) for row in cursor.fetchall()] if columns else []
        return Rows(columns, rows, milliseconds, int(cursor.data_scanned_in_bytes or 0), str(cursor.query_id or ""))

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement such as MSCK; Athena tells no row count."""
        self._run(sql, parameters)
        return -1

    def run(self, sql: str) -> str:
        """Run a statement such as UNLOAD; its query execution id."""
        return str(self._run(sql, ())[0].query_id)


_DML = re.compile(r"(\s|\(|--[^\n]*\n|/\*.*?\*/)*(select|with|values|unload|insert)\b", re.IGNORECASE | re.DOTALL)


def _marked(sql: str) -> str:
    """The query with the runbook's mark; DDL stays as it is (Athena's DDL parser knows no such comments)."""
    return f"{OWN} {sql}" if _DML.match(sql) else sql


def _athena_type(description: Sequence[Any]) -> str:
    kind = str(description[1]).lower()
    return f"{kind}({description[4]},{description[5]})" if kind == "decimal" else kind


def _athena_literal(value: Any) -> str:
    """Execution parameters are SQL literals as text, see StartQueryExecution."""
    if isinstance(value, str):
        return literal(value, "athena")
    return str(value)
