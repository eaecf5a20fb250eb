"""Name resolution of a session: search path, temporary tables, owners and privileges."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from .database import CATALOG, Database, quoted
from .errors import SqlError

__all__ = ["Identity", "SessionNames"]


@dataclass
class Identity:
    """As whom a session acts: SET SESSION AUTHORIZATION changes it, and DEFAULT returns to ``entered_as``."""

    name: str
    entered_as: str
    superuser: bool = True
    id: int = 100


class SessionNames:
    """Where a name leads in a session.

    Args:
        engine: the database.
        cursor: the session's connection to it.
        identity: as whom the session acts.
        pid: the session's process id.
    """

    def __init__(self, engine: Database, cursor: duckdb.DuckDBPyConnection, identity: Identity, pid: int) -> None:
        self.engine, self.cursor, self.identity, self.pid = engine, cursor, identity, pid
        self.search_path = ("$user", "public")

    @property
    def search_path(self) -> tuple[str, ...]:
        """As it was set, ``$user`` unresolved."""
        return self._search_path

    @search_path.setter
    def search_path(self, path: tuple[str, ...]) -> None:
        self._search_path = path
        self.cursor.execute("SET VARIABLE search_path = $1", [",".join(self.schemas())])

    @property
    def temporary_schema(self) -> str:
        """Where this session's temporary tables are; searched first."""
        return f"pg_temp_{self.pid}"

    def schemas(self) -> tuple[str, ...]:
        """The schemas to look a name up in, in order."""
        path = tuple(self.identity.name if part == "$user" else part for part in self.search_path)
        return (self.temporary_schema, *path)

    def has_temporary(self) -> bool:
        """Whether this session has a temporary table."""
        query = f"SELECT 1 FROM {CATALOG}.relations WHERE schema_name = ? LIMIT 1"
        return self.cursor.execute(query, [self.temporary_schema]).fetchone() is not None

    def creation_schema(self) -> str:
        """Where an unqualified new table goes.

        Raises:
            SqlError: 3F000, no schema of the search path exists.
        """
        for schema in self.schemas()[1:]:
            if self.has_schema(schema):
                return schema
        raise SqlError("3F000", "no schema has been selected to create in")

    def has_schema(self, name: str) -> bool:
        """Whether a schema exists, the stand-in's own apart."""
        row = self.cursor.execute(
            "SELECT 1 FROM duckdb_schemas() WHERE database_name = ? AND schema_name = ? AND schema_name <> ?",
            [self.engine.name, name, CATALOG],
        ).fetchone()
        return row is not None

    def find(self, name: tuple[str, ...]) -> tuple[str, str] | None:
        """The (schema, table) that a name of one to three parts means; None when there is none.

        Raises:
            SqlError: 0A000, a table of another database.
        """
        if len(name) == 3 and name[0] != self.engine.name:
            raise SqlError("0A000", f'database "{name[0]}" does not exist')
        table = name[-1]
        if len(name) == 1:
            rows = self.cursor.execute(
                f"SELECT schema_name FROM {CATALOG}.relations WHERE table_name = ?",
                [table],
            ).fetchall()
            schemas_with_it = {row[0] for row in rows}
            schema = next((schema for schema in self.schemas() if schema in schemas_with_it), None)
            return None if schema is None else (schema, table)
        row = self.cursor.execute(
            f"SELECT 1 FROM {CATALOG}.relations WHERE schema_name = ? AND table_name = ?",
            [name[-2], table],
        ).fetchone()
        return (name[-2], table) if row else None

    def schema_of(self, table: str) -> str | None:
        """The schema that an unqualified table is found in."""
        relation = self.find((table,))
        return relation[0] if relation else None

    def resolve(self, name: tuple[str, ...]) -> tuple[str, str]:
        """The (schema, table) that a name means.

        Raises:
            SqlError: 42P01, no such table; 3F000, no such schema.
        """
        relation = self.find(name)
        if relation is None:
            if len(name) > 1 and not self.has_schema(name[-2]):
                raise SqlError("3F000", f'schema "{name[-2]}" does not exist')
            raise SqlError("42P01", f'relation "{".".join(name)}" does not exist')
        return relation

    def duckdb_name(self, schema: str, table: str) -> str:
        """The table for DuckDB: temporary tables have a database of their own there."""
        if schema.startswith("pg_temp_"):
            return quoted("temp", "main", table)
        return quoted(self.engine.name, schema, table)

    def kind_of(self, schema: str, table: str) -> str:
        """``table``, ``view`` or ``materialized view``."""
        row = self.cursor.execute(
            f"SELECT kind FROM {CATALOG}.relations WHERE schema_name = ? AND table_name = ?",
            [schema, table],
        ).fetchone()
        return str(row[0]) if row else ""

    def may(self, privilege: str, kind: str, schema: str, table: str = "") -> None:
        """Checks a privilege: superusers, owners, and who was granted it, also through a group or PUBLIC.

        Raises:
            SqlError: 42501 permission denied.
        """
        if self.identity.superuser or schema.startswith("pg_temp_"):
            return
        if kind == "table":
            self.may("usage", "schema", schema)
            owner = self.cursor.execute(
                f"SELECT owner FROM {CATALOG}.relations WHERE schema_name = ? AND table_name = ?",
                [schema, table],
            ).fetchone()
            if owner and owner[0] == self.identity.name:
                return
        elif schema == "public" and privilege in {"usage", "create"}:
            return
        row = self.cursor.execute(
            f"SELECT 1 FROM {CATALOG}.grants WHERE privilege IN (?, 'all') AND schema_name = ? "
            "AND kind = ? AND object_name = ? AND "
            "(grantee_kind = 'user' AND grantee IN (?, 'public') OR grantee_kind = 'group' AND grantee IN "
            f"(SELECT name FROM {CATALOG}.groups WHERE member = ?))",
            [privilege, schema, kind, table, self.identity.name, self.identity.name],
        ).fetchone()
        if row is None:
            what = f"relation {table}" if kind == "table" else f"schema {schema}"
            raise SqlError("42501", f"permission denied for {what}")
