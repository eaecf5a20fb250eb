"""The control: Athena through PyAthena."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..errors import ServiceError
from .interface import Column, Rows, first_line

__all__ = ["Athena"]


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
            raise ServiceError(f"Athena refused a query: {first_line(error)}") from error
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
