"""System views that are computed on reading: logs, load errors, table sizes, skew, staleness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from smartroute_runbook.standins.redshift.database import CATALOG, columns_of, quoted

from .dependencies import dependencies, rewrites
from .settings import settings

if TYPE_CHECKING:
    from smartroute_runbook.standins.redshift.session import Session

__all__ = ["LOGS"]

I64, I32, F64, STR, BOOL, TS = pa.int64(), pa.int32(), pa.float64(), pa.string(), pa.bool_(), pa.timestamp("us")

QUERY_HISTORY = {
    "user_id": I32, "query_id": I64, "query_label": STR, "transaction_id": I64, "session_id": I32,
    "database_name": STR, "query_type": STR, "status": STR, "result_cache_hit": BOOL, "start_time": TS,
    "end_time": TS, "elapsed_time": I64, "queue_time": I64, "execution_time": I64, "error_message": STR,
    "returned_rows": I64, "returned_bytes": I64, "query_text": STR, "redshift_version": STR, "compute_type": STR,
    "compile_time": I64, "planning_time": I64, "lock_wait_time": I64, "service_class_id": I32,
    "service_class_name": STR, "query_priority": STR, "short_query_accelerated": STR, "usage_limit": STR,
}  # fmt: skip
LOAD_HISTORY = {
    "user_id": I32, "query_id": I64, "transaction_id": I64, "session_id": I32, "database_name": STR, "status": STR,
    "table_name": STR, "start_time": TS, "end_time": TS, "duration": I64, "data_source": STR, "file_format": STR,
    "loaded_rows": I64, "loaded_bytes": I64, "source_file_count": I32, "source_file_bytes": I64,
    "file_count_scanned": I32, "file_bytes_scanned": I64, "error_count": I64, "copy_job_id": I64,
}  # fmt: skip
LOAD_ERRORS = {
    "user_id": I32, "query_id": I64, "transaction_id": I64, "session_id": I32, "database_name": STR, "table_id": I32,
    "start_time": TS, "file_name": STR, "line_number": I64, "column_name": STR, "column_type": STR,
    "column_length": STR, "position": I32, "error_code": I32, "error_message": STR,
}  # fmt: skip
STL_LOAD_ERRORS = {
    "userid": I32, "slice": I32, "tbl": I32, "starttime": TS, "session": I32, "query": I64, "filename": STR,
    "line_number": I64, "colname": STR, "type": STR, "col_length": STR, "position": I32, "raw_line": STR,
    "raw_field_value": STR, "err_code": I32, "err_reason": STR, "is_partial": I32, "start_offset": I64,
    "copy_job_id": I64,
}  # fmt: skip
STL_QUERY = {
    "userid": I32, "query": I64, "label": STR, "xid": I64, "pid": I32, "database": STR, "querytxt": STR,
    "starttime": TS, "endtime": TS, "aborted": I32, "concurrency_scaling_status": I32,
}  # fmt: skip
QLOG = {
    "userid": I32, "query": I64, "xid": I64, "pid": I32, "starttime": TS, "endtime": TS, "elapsed": I64,
    "aborted": I32, "label": STR, "substring": STR, "source_query": I64,
}  # fmt: skip
FILES = {
    "userid": I32, "query": I64, "slice": I32, "filename": STR, "lines_scanned": I64, "status": I32, "curtime": TS,
    "bytes": I64,
}  # fmt: skip
SESSIONS = {"starttime": TS, "process": I32, "user_name": STR, "db_name": STR, "timeout_sec": I32}
MV_INFO = {
    "db_name": STR, "schema": STR, "name": STR, "updated_upto_xid": I64, "is_stale": STR, "owner_user_name": STR,
    "state": I32, "autorefresh": STR, "autorewrite": STR,
}  # fmt: skip
REFRESHES = {
    "user_id": I32, "session_user_id": I32, "transaction_id": I64, "database_name": STR, "schema_name": STR,
    "mv_name": STR, "refresh_type": STR, "status": STR, "start_time": TS, "end_time": TS, "duration": I64,
}  # fmt: skip
TABLE_INFO = {
    "database": STR, "schema": STR, "table_id": I64, "table": STR, "encoded": STR, "diststyle": STR, "sortkey1": STR,
    "max_varchar": I32, "sortkey1_enc": STR, "sortkey_num": I32, "size": I64, "pct_used": F64, "empty": I64,
    "unsorted": F64, "stats_off": F64, "tbl_rows": F64, "skew_sortkey1": F64, "skew_rows": F64,
    "estimated_visible_rows": F64, "risk_event": STR, "vacuum_sort_benefit": F64, "create_time": TS,
}  # fmt: skip


def table(rows: list[dict[str, Any]], columns: Mapping[str, pa.DataType]) -> pa.Table:
    """Rows as an Arrow table; what a row lacks is NULL."""
    return pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in columns.items()})


def visible(session: Session, rows: list[dict[str, Any]], key: str = "user_id") -> list[dict[str, Any]]:
    """Superusers see every row, others their own (cm_chap_system-tables)."""
    return rows if session.identity.superuser else [row for row in rows if row[key] == session.identity.id]


def query_history(session: Session) -> pa.Table:
    """SYS_QUERY_HISTORY."""
    return table(visible(session, session.engine.history.rows("queries")), QUERY_HISTORY)


def load_history(session: Session) -> pa.Table:
    """SYS_LOAD_HISTORY."""
    return table(visible(session, session.engine.history.rows("loads")), LOAD_HISTORY)


def load_errors(session: Session) -> pa.Table:
    """SYS_LOAD_ERROR_DETAIL."""
    return table(visible(session, session.engine.history.rows("errors")), LOAD_ERRORS)


def stl_load_errors(session: Session) -> pa.Table:
    """STL_LOAD_ERRORS: the same in older words."""
    renamed = {
        "userid": "user_id", "tbl": "table_id", "starttime": "start_time", "session": "session_id",
        "query": "query_id", "filename": "file_name", "colname": "column_name", "type": "column_type",
        "col_length": "column_length", "err_code": "error_code", "err_reason": "error_message",
        "line_number": "line_number", "position": "position", "raw_line": "raw_line",
        "raw_field_value": "raw_field_value",
    }  # fmt: skip
    rows = visible(session, session.engine.history.rows("errors"))
    fixed = {"slice": 0, "is_partial": 0, "start_offset": 0, "copy_job_id": 0}
    return table([{**fixed, **{new: row[old] for new, old in renamed.items()}} for row in rows], STL_LOAD_ERRORS)


def stl_query(session: Session) -> pa.Table:
    """STL_QUERY and SVL_QLOG share their rows."""
    rows = [
        {
            "userid": row["user_id"], "query": row["query_id"], "label": row["query_label"],
            "xid": row["transaction_id"], "pid": row["session_id"], "database": row["database_name"],
            "querytxt": row["query_text"], "starttime": row["start_time"], "endtime": row["end_time"],
            "aborted": int(row["status"] != "success"), "concurrency_scaling_status": 0,
            "elapsed": row["elapsed_time"], "substring": row["query_text"][:60],
        }
        for row in visible(session, session.engine.history.rows("queries"))
    ]  # fmt: skip
    return table(rows, {**QLOG, **STL_QUERY})


def load_files(session: Session) -> pa.Table:
    """STL_LOAD_COMMITS: each file of each load that was committed."""
    return table(visible(session, session.engine.history.rows("files"), "userid"), FILES)


def sessions(session: Session) -> pa.Table:
    """STV_SESSIONS."""
    rows = [
        {"starttime": each.started, "process": each.pid, "user_name": each.identity.name,
         "db_name": session.engine.name, "timeout_sec": 0}
        for each in tuple(session.engine.sessions.values())
    ]  # fmt: skip
    return table(rows, SESSIONS)


def slices(session: Session) -> pa.Table:
    """STV_SLICES: two slices a node (ra3.xlplus)."""
    count = session.engine.slices
    rows = [{"node": index // 2, "slice": index, "localslice": index % 2, "type": "D"} for index in range(count)]
    return table(rows, {"node": I32, "slice": I32, "localslice": I32, "type": STR})


def views_info(session: Session) -> pa.Table:
    """STV_MV_INFO: ``is_stale`` is t when a table underneath changed since the last refresh."""
    views = session.cursor.execute(
        f"SELECT schema_name, table_name, owner, definition FROM {CATALOG}.relations WHERE kind = 'materialized view'"
    ).fetchall()
    rows = [
        {
            "db_name": session.engine.name, "schema": schema, "name": name, "updated_upto_xid": 0, "state": 1,
            "is_stale": "t" if session.engine.stale(schema, name) else "f", "owner_user_name": owner,
            "autorefresh": "t" if definition.startswith("auto ") else "f", "autorewrite": "f",
        }
        for schema, name, owner, definition in views
    ]  # fmt: skip
    return table(rows, MV_INFO)


def refreshes(session: Session) -> pa.Table:
    """SYS_MV_REFRESH_HISTORY."""
    return table(session.engine.history.rows("refreshes"), REFRESHES)


def table_info(session: Session) -> pa.Table:
    """SVV_TABLE_INFO, for tables with rows, as on Redshift (r_SVV_TABLE_INFO)."""
    tables = session.cursor.execute(
        "SELECT schema_name, table_name, diststyle, sortstyle, created FROM _redshift.relations "
        "WHERE kind <> 'view' AND NOT starts_with(schema_name, 'pg_temp_') ORDER BY ALL"
    ).fetchall()
    rows = [_table_info(session, *each) for each in tables]
    return table([row for row in rows if row["tbl_rows"]], TABLE_INFO)


def _table_info(
    session: Session, schema: str, name: str, diststyle: str, sortstyle: str, created: dt.datetime
) -> dict[str, Any]:
    target = session.names.duckdb_name(schema, name)
    columns = columns_of(session.cursor, schema, name)
    (count,) = session.cursor.execute(f"SELECT count(*) FROM {target}").fetchone() or (0,)
    keys = sorted((column for column in columns if column.sortkey), key=lambda column: column.sortkey)
    distkey = next((column.name for column in columns if column.distkey), "")
    if diststyle == "AUTO":  # small tables are ALL, others EVEN (c_choosing_dist_sort)
        diststyle = "AUTO(ALL)" if count < 100_000 else "AUTO(EVEN)"
    slices = session.engine.slices
    populated = slices if not diststyle.endswith("ALL") and "(ALL" not in diststyle else slices // 2 or 1
    return {
        "database": session.engine.name, "schema": schema, "table": name, "table_id": abs(hash((schema, name))) % 2**31,
        "encoded": "Y, AUTO(ENCODE)", "diststyle": diststyle,
        "sortkey1": keys[0].name if keys else "AUTO(SORTKEY)" if sortstyle == "AUTO" else None,
        "max_varchar": max((column.length for column in columns), default=0),
        "sortkey1_enc": keys[0].encoding if keys else "", "sortkey_num": len(keys),
        # one 1 MB block per column and slice at least, for the user's columns and three of the system's
        "size": max((len(columns) + 3) * populated, _megabytes(session, schema, name)), "pct_used": 0.0, "empty": 0,
        "unsorted": _unsorted(session, target, keys[0].name, count) if keys and count else None, "stats_off": 0.0,
        "tbl_rows": count, "estimated_visible_rows": count, "create_time": created,
        "skew_rows": _skew(session, target, distkey) if distkey and count else None,
    }  # fmt: skip


def _megabytes(session: Session, schema: str, name: str) -> int:
    """What DuckDB stores on disk for the table, in blocks of 256 KB."""
    row = session.cursor.execute(
        "SELECT count(DISTINCT block_id) FROM pragma_storage_info(?) WHERE persistent",
        [quoted(session.engine.name, schema, name)],
    ).fetchone()
    return int(row[0]) // 4 if row else 0


def _skew(session: Session, target: str, distkey: str) -> float:
    """Rows of the fullest slice over rows of the emptiest."""
    rows = session.cursor.execute(
        f"SELECT count(*) FROM {target} GROUP BY hash({quoted(distkey)}) % {session.engine.slices}"
    ).fetchall()
    counts = [row[0] for row in rows] + [1] * (session.engine.slices - len(rows))
    return round(max(counts) / min(counts), 2)


def _unsorted(session: Session, target: str, key: str, count: int) -> float:
    """Percent of rows, by blocks of 1,000, whose sort key lies below one that came before."""
    row = session.cursor.execute(
        f"WITH blocks AS (SELECT rowid // 1000 AS block, min({quoted(key)}) AS low, max({quoted(key)}) AS high, "
        f"count(*) AS n FROM {target} GROUP BY 1), seen AS (SELECT *, max(high) OVER (ORDER BY block ROWS BETWEEN "
        "UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM blocks) "
        "SELECT coalesce(sum(n) FILTER (low < before), 0) FROM seen"
    ).fetchone()
    return round(100.0 * int(row[0]) / count, 2) if row else 0.0


LOGS: dict[str, Callable[[Session], pa.Table]] = {
    "sys_query_history": query_history,
    "sys_load_history": load_history,
    "sys_load_error_detail": load_errors,
    "stl_load_errors": stl_load_errors,
    "stl_loaderror_detail": stl_load_errors,
    "stl_query": stl_query,
    "svl_qlog": stl_query,
    "stl_load_commits": load_files,
    "stv_sessions": sessions,
    "stv_slices": slices,
    "stv_mv_info": views_info,
    "sys_mv_refresh_history": refreshes,
    "svv_table_info": table_info,
    "pg_depend": dependencies,
    "pg_rewrite": rewrites,
    "pg_settings": settings,
    "stl_undone": lambda _session: table(
        [], {"userid": I32, "xact_id": I64, "xact_id_undone": I64, "undo_start_ts": TS}
    ),
}
