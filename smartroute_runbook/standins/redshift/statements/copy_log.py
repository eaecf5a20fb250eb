"""The log of a COPY: SYS_LOAD_HISTORY, and STL_LOAD_ERRORS when it fails."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import NoReturn

from smartroute_runbook.standins.redshift.catalog.history import LoadErrorRecord, LoadRecord
from smartroute_runbook.standins.redshift.database import ColumnInfo
from smartroute_runbook.standins.redshift.errors import SqlError, from_duckdb
from smartroute_runbook.standins.redshift.session import Session

from .copy_files import CopySource, LoadRefused

__all__ = ["CopyRun"]

LENGTH_EXCEEDED = 1204  # "String length exceeds DDL length" (r_Load_Error_Reference)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


@dataclass
class CopyRun:
    """The log of one COPY."""

    session: Session
    table: str
    uri: str
    files: list[CopySource] = field(default_factory=list)
    began: dt.datetime = field(default_factory=_now)
    clock: float = field(default_factory=time.perf_counter)

    def note_files(self, sources: list[CopySource]) -> None:
        """Notes the files that will be read."""
        self.files = sources

    def succeeded(self, rows: int) -> None:
        """Writes the load as completed."""
        self._record("completed", rows, "")
        for source in self.files:
            self.session.engine.history.files.append(
                {
                    "userid": self.session.identity.id, "query": self.session.last_query_id, "slice": 0,
                    "filename": source.uri, "lines_scanned": source.metadata.num_rows, "status": 1,
                    "curtime": _now(), "bytes": source.info.size,
                }
            )  # fmt: skip

    def failed(self, error: Exception, columns: list[ColumnInfo]) -> NoReturn:
        """Writes the load as failed, with the value that was to blame if there was one.

        Raises:
            SqlError: what the client hears.
        """
        refusal = from_duckdb(error)
        self._record("failed", 0, refusal.detail or refusal.message)
        if not isinstance(refusal, LoadRefused):
            raise refusal from error
        column = next((each for each in columns if each.name == refusal.column), None)
        self.session.engine.history.add(
            LoadErrorRecord(
                user_id=self.session.identity.id, query_id=self.session.last_query_id,
                transaction_id=self.session.transaction.id, session_id=self.session.pid,
                database_name=self.session.engine.name, table_id=0, table_name=self.table, start_time=self.began,
                file_name=refusal.file, line_number=0, column_name=refusal.column,
                column_type=column.type.partition("(")[0] if column else "",
                column_length=str(column.length) if column and column.length else "", position=0,
                error_code=LENGTH_EXCEEDED if refusal.value else refusal.code, error_message=refusal.context,
                raw_field_value=refusal.value[:1024],
            )
        )  # fmt: skip
        raise SqlError(
            "XX000", refusal.message, detail=refusal.detail,
            hint=f"Check 'stl_load_errors' or 'sys_load_error_detail' system table for details of the load into "
            f"'{self.table}'",
        ) from error  # fmt: skip

    def _record(self, status: str, rows: int, message: str) -> None:
        session = self.session
        size = sum(source.info.size for source in self.files)
        session.engine.history.add(
            LoadRecord(
                user_id=session.identity.id, query_id=session.last_query_id, transaction_id=session.transaction.id,
                session_id=session.pid, database_name=session.engine.name, status=status, table_name=self.table,
                start_time=self.began, end_time=_now(), duration=int((time.perf_counter() - self.clock) * 1e6),
                data_source=self.uri, file_format="parquet", loaded_rows=rows, loaded_bytes=size if rows else 0,
                source_file_count=len(self.files), source_file_bytes=size, file_count_scanned=len(self.files),
                file_bytes_scanned=size, error_count=1 if message else 0, copy_job_id=0, error_message=message,
            )
        )  # fmt: skip
