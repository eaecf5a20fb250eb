"""A Redshift database: a DuckDB file, its users and privileges, and its query history.

The declared side of the tables, which DuckDB does not keep (VARCHAR lengths, keys, encodings, owners), lies in ordinary
tables of the schema ``_redshift``: so it commits and rolls back together with the tables themselves.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from smartroute_runbook.standins.account import ACCOUNT
from smartroute_runbook.standins.redshift.catalog.catalog import catalog_sql
from smartroute_runbook.standins.redshift.catalog.history import ClusterLogs
from smartroute_runbook.standins.redshift.sql.macros import MACROS
from smartroute_runbook.standins.s3 import Objects

from .locks import Locks

__all__ = ["CATALOG", "ColumnInfo", "Database", "MayAccess", "columns_of", "literal", "quoted"]

#: (role ARN, bucket, key, database user) -> None when allowed, else why not.
MayAccess = Callable[[str, str, str, str], str | None]

CATALOG = "_redshift"

TABLES = f"""
CREATE SCHEMA IF NOT EXISTS public;
CREATE SCHEMA IF NOT EXISTS {CATALOG};
CREATE TABLE IF NOT EXISTS {CATALOG}.relations (
    schema_name VARCHAR, table_name VARCHAR, kind VARCHAR, diststyle VARCHAR, sortstyle VARCHAR,
    owner VARCHAR, definition VARCHAR, created TIMESTAMP, changed BIGINT);
CREATE TABLE IF NOT EXISTS {CATALOG}.columns (
    schema_name VARCHAR, table_name VARCHAR, column_name VARCHAR, position INTEGER, type VARCHAR, length INTEGER,
    encoding VARCHAR, distkey BOOLEAN, sortkey INTEGER, required BOOLEAN, default_text VARCHAR, identity BOOLEAN,
    primary_key INTEGER);
CREATE TABLE IF NOT EXISTS {CATALOG}.users (
    name VARCHAR, password VARCHAR, superuser BOOLEAN, createdb BOOLEAN, id INTEGER);
CREATE TABLE IF NOT EXISTS {CATALOG}.comments (
    schema_name VARCHAR, table_name VARCHAR, column_name VARCHAR, description VARCHAR);
CREATE TABLE IF NOT EXISTS {CATALOG}.groups (name VARCHAR, member VARCHAR);
CREATE TABLE IF NOT EXISTS {CATALOG}.grants (
    privilege VARCHAR, kind VARCHAR, schema_name VARCHAR, object_name VARCHAR, grantee_kind VARCHAR, grantee VARCHAR);
"""


def quoted(*names: str) -> str:
    """A qualified name for SQL, each part quoted."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


@dataclass(frozen=True)
class ColumnInfo:
    """A column as it was declared; ``length`` in bytes for character types, else 0; places in keys from 1."""

    name: str
    type: str
    length: int = 0
    encoding: str = "none"
    distkey: bool = False
    sortkey: int = 0
    notnull: bool = False
    default: str | None = None
    identity: bool = False
    primary: int = 0


def columns_of(cursor: duckdb.DuckDBPyConnection, schema: str, table: str) -> tuple[ColumnInfo, ...]:
    """The declared columns of a table in order; empty when there is no such table (or it is a view)."""
    rows = cursor.execute(
        "SELECT column_name, type, length, encoding, distkey, sortkey, required, default_text, identity, "
        "primary_key "
        f"FROM {CATALOG}.columns WHERE schema_name = ? AND table_name = ? ORDER BY position",
        [schema, table],
    ).fetchall()
    return tuple(ColumnInfo(*row) for row in rows)


def _everything_allowed(_role: str, _bucket: str, _key: str, _user: str) -> str | None:
    return None


@dataclass
class Database:
    """The shared part of all sessions.

    Attributes:
        objects: S3, as local files.
        path: the DuckDB file; made when missing.
        name: the database's name, as clients give it when they connect.
        may_read: whether a role attached to the cluster may read an object; None, or the reason why not.
        may_write: the same for writing.
        is_master: whether a name that CREATE USER never made is a superuser's.
        wlm: the cluster's WLM configuration, as JSON.
        collation: how texts are compared, as DB_COLLATION() says; nothing compares them otherwise than with regard to
            case, so that another one can only be told.
        user_settings: what ALTER USER ... SET gave each user's sessions, by name of the user and of the parameter.
        before_statement: each is called with a statement's text before it runs, and may fail it.
    """

    objects: Objects
    path: Path
    name: str = "smartroute"
    may_read: MayAccess = _everything_allowed
    may_write: MayAccess = _everything_allowed
    is_master: Callable[[str], bool] = lambda _user: True
    wlm: Callable[[], str] = lambda: "[]"
    account: str = ACCOUNT
    slices: int = 4  # two ra3.xlplus nodes
    history: ClusterLogs = field(default_factory=ClusterLogs)
    schema_version: int = 0
    version: int = 0  # moves with every committed write
    sessions: dict[int, Any] = field(default_factory=dict)  # by process id
    before_statement: list[Callable[[str], None]] = field(default_factory=list)
    collation: str = "case_sensitive"
    user_settings: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ids = itertools.count(1)
        self.lock = threading.RLock()
        self.locks = Locks()
        # Moves with every committed write: what the result cache and materialized views are judged by.
        self.changes: dict[tuple[str, str], int] = {}
        self.states: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
        self.cache: dict[Any, Any] = {}  # results
        self.plans: dict[Any, Any] = {}  # translated SELECTs
        self.root = duckdb.connect(":memory:")
        self.root.execute("SET GLOBAL TimeZone = 'UTC'")
        self.root.execute(f"ATTACH {literal(str(self.path))} AS {quoted(self.name)}")
        self.root.execute(f"USE {quoted(self.name)}")
        self.root.execute("SET integer_division = true")
        self.root.execute(TABLES)
        for table in ("relations", "columns", "comments"):  # temporary tables of sessions that ended with the process
            self.root.execute(f"DELETE FROM {CATALOG}.{table} WHERE schema_name LIKE 'pg_temp_%'")
        for macro in (*MACROS, *catalog_sql()):
            self.root.execute(macro)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the database, with Redshift's settings."""
        cursor = self.root.cursor()
        cursor.execute(f"USE {quoted(self.name)}.public")
        cursor.execute("SET integer_division = true")
        return cursor

    def next_id(self) -> int:
        """A query id, rising."""
        return next(self._ids)

    def touched(self, schema: str, table: str) -> None:
        """Notes that a table's content changed."""
        with self.lock:
            self.version += 1
            self.changes[schema, table] = self.changes.get((schema, table), 0) + 1

    def refreshed(self, schema: str, table: str, reads: Iterable[tuple[str, str]]) -> None:
        """Notes at which state of its tables a materialized view was computed."""
        with self.lock:
            self.states[schema, table] = {name: self.changes.get(name, 0) for name in reads}

    def stale(self, schema: str, table: str) -> bool:
        """Whether a table under a materialized view changed since it was computed."""
        with self.lock:
            state = self.states.get((schema, table), {})
            return any(self.changes.get(name, 0) != version for name, version in state.items())

    def close(self) -> None:
        """Closes the database file."""
        self.root.close()


def literal(text: str) -> str:
    """A text constant for statements that take no parameters (ATTACH, COPY)."""
    return "'" + text.replace("'", "''") + "'"
