"""Transactions, settings, maintenance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from smartroute_runbook.standins.redshift.database import columns_of, quoted
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text
from smartroute_runbook.standins.redshift.statement import DEFAULTS, StatementRows
from smartroute_runbook.standins.redshift.wire.encode import WireField, field_of

__all__ = ["Action", "assign"]


@dataclass
class Action:
    """A command that returns no rows; ``act`` returns the tag (or None: the kind is the tag)."""

    kind: str
    act: Callable[[Session], str | None]
    atomic: bool = False

    def describe(self, session: Session, oids: Sequence[int]) -> None:
        """Nothing is returned."""

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """Acts."""
        del values, oids
        return StatementRows(self.act(session) or self.kind)


def begin(_session: Session, _text: Text) -> Action:
    """BEGIN | START TRANSACTION."""
    return Action("BEGIN", lambda session: session.transaction.begin())


def commit(_session: Session, _text: Text) -> Action:
    """COMMIT | END; of a failed transaction it is a ROLLBACK."""
    return Action("COMMIT", lambda session: session.transaction.finish("COMMIT"))


def rollback(_session: Session, _text: Text) -> Action:
    """ROLLBACK | ABORT."""
    return Action("ROLLBACK", lambda session: session.transaction.finish("ROLLBACK"))


def set_(_session: Session, text: Text) -> Action:
    """SET name TO value; SET search_path TO a, b; SET TIME ZONE value."""
    reader = Reader(text, 1)
    if not reader.accept("session"):
        reader.accept("local")
    if reader.accept("transaction") or reader.accept("characteristics"):
        return Action("SET", lambda _: None)
    name = "timezone" if reader.accept("time", "zone") else ".".join(reader.names())
    if name != "timezone" or reader.peek() in {"to", "="}:
        reader.skip("to", "=")
    values = []
    while not reader.done:
        if not reader.accept(","):
            values.append(reader.next().text)
    if not values:
        raise reader.error()
    return Action("SET", lambda session: assign(session, name, values))


def assign(session: Session, name: str, values: list[str]) -> None:
    """Changes a setting of the session."""
    value = ", ".join(values)
    if value.lower() == "default":
        value = DEFAULTS.get(name, "")
    if name == "search_path":
        session.names.search_path = tuple(part.strip().strip('"').lower() for part in value.split(",") if part.strip())
    elif name == "timezone":
        try:
            session.cursor.execute("SET TimeZone = " + pa_literal(value))
        except duckdb.Error as error:
            raise SqlError("22023", f'unrecognized time zone name: "{value}"') from error
    elif name == "client_encoding":
        value = "".join(filter(str.isalnum, value)).upper()
        if value not in {"UTF8", "UNICODE"}:
            raise SqlError("0A000", f"not rehearsable: client_encoding {value}")
    elif name == "enable_numeric_rounding" and value.lower() not in {"off", "false"}:
        raise SqlError("0A000", "not rehearsable: enable_numeric_rounding, by which casts of NUMERIC round")
    elif name not in DEFAULTS and "." not in name:
        raise SqlError("42704", f'unrecognized configuration parameter "{name}"')
    session.settings[name] = value


def pa_literal(value: str) -> str:
    """A text constant: SET takes no parameters."""
    return "'" + value.replace("'", "''") + "'"


def reset(_session: Session, text: Text) -> Action:
    """RESET name | ALL."""
    name = Reader(text, 1).name()

    def act(session: Session) -> None:
        for each in DEFAULTS if name == "all" else (name,):
            if each == "search_path" or name == "all":
                session.names.search_path = ("$user", "public")
            if each != "search_path":
                assign(session, each, [DEFAULTS.get(each, "")])

    return Action("RESET", act)


@dataclass
class ShownSetting:
    """SHOW: one row, or one per setting."""

    pairs: Callable[[Session], list[tuple[str, str]]]
    single: str
    kind: str = "SHOW"
    atomic: bool = False

    def describe(self, session: Session, oids: Sequence[int]) -> tuple[WireField, ...]:
        """One column for one setting, else name and value."""
        del session, oids
        return tuple(field_of(name, "VARCHAR") for name in ([self.single] if self.single else ["name", "setting"]))

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """The values."""
        pairs = self.pairs(session)
        columns = [[value for _, value in pairs]] if self.single else [list(part) for part in zip(*pairs, strict=True)]
        fields = self.describe(session, ())
        arrays = [pa.array(column, pa.string()) for column in columns]
        batch = pa.RecordBatch.from_arrays(arrays, names=[field.name for field in fields])
        del values, oids
        return StatementRows("SHOW", fields, iter((batch,)))


SPELLED_OUT = {("time", "zone"): "timezone", ("transaction", "isolation", "level"): "transaction_isolation"}


def show(session: Session, text: Text) -> ShownSetting:
    """SHOW name | ALL."""
    reader = Reader(text, 1)
    name = next((name for words, name in SPELLED_OUT.items() if reader.accept(*words)), "") or ".".join(reader.names())
    if name == "all":
        return ShownSetting(lambda session: sorted({**session.settings, "search_path": path_text(session)}.items()), "")
    if not reader.done:
        raise SqlError("0A000", f"not rehearsable: {text.words(2).upper()}")
    if name not in {*session.settings, "search_path"}:
        raise SqlError("42704", f'unrecognized configuration parameter "{name}"')
    return ShownSetting(
        lambda session: [(name, path_text(session) if name == "search_path" else session.settings[name])], name
    )


def path_text(session: Session) -> str:
    """The search path as SHOW writes it."""
    return ", ".join(f'"{part}"' if part.startswith("$") else part for part in session.names.search_path)


def nothing(_session: Session, text: Text) -> Action:
    """A command without an effect that a rehearsal could see."""
    return Action(text.words(1).upper(), lambda _: None)


def vacuum(_session: Session, text: Text) -> Action:
    """VACUUM [FULL | SORT ONLY | ...] [table]: sorts the table's rows by its sort key.

    Refused inside a transaction block (r_VACUUM_command). Without a table nothing is sorted.
    """
    reader = Reader(text, 1)
    deleting = reader.accept("delete", "only")
    for words in (("full",), ("sort", "only"), ("reindex",), ("recluster",)):
        reader.accept(*words)
    name = () if reader.done or reader.peek() in {"to", "boost"} else reader.names()

    def act(session: Session) -> None:
        if session.transaction.status != b"I":
            raise SqlError("25001", "VACUUM cannot run inside a transaction block")
        if name and not deleting:
            sort(session, *session.names.resolve(name))
        elif name:
            session.names.resolve(name)

    return Action("VACUUM", act)


def sort(session: Session, schema: str, table: str) -> None:
    """Rewrites a table in the order of its sort key."""
    columns = columns_of(session.cursor, schema, table)
    keys = sorted((column for column in columns if column.sortkey), key=lambda column: column.sortkey)
    if not keys:
        return
    target, order = session.names.duckdb_name(schema, table), ", ".join(quoted(column.name) for column in keys)
    session.engine.locks.acquire(session, (schema, table), 0)
    session.cursor.execute("BEGIN")
    try:
        session.cursor.execute(f"CREATE TEMP TABLE vacuumed AS SELECT * FROM {target}")
        session.cursor.execute(f"TRUNCATE {target}")
        session.cursor.execute(f"INSERT INTO {target} SELECT * FROM temp.main.vacuumed ORDER BY {order}")
        session.cursor.execute("DROP TABLE temp.main.vacuumed")
        session.cursor.execute("COMMIT")
    except Exception:
        session.cursor.execute("ROLLBACK")
        raise
    finally:
        session.engine.locks.release(session.pid)


def analyze(_session: Session, _text: Text) -> Action:
    """ANALYZE: accepted; DuckDB keeps its own statistics."""
    return Action("ANALYZE", lambda _: None)


def lock(session: Session, text: Text) -> Action:
    """LOCK [TABLE] name: waits for the table's lock, and holds it to the transaction's end.

    As the first statement of a transaction it comes before its snapshot, which then shows what was waited for
    (c_serial_isolation).
    """
    reader = Reader(text, 1)
    reader.accept("table")
    schema, name = session.names.resolve(reader.names())

    def wait(session: Session) -> None:
        timeout = int(session.settings["statement_timeout"] or 0) / 1000
        session.transaction.lock_wait = session.engine.locks.acquire(session, (schema, name), timeout)
        session.transaction.renew_snapshot()
        if session.transaction.status == b"I":
            session.engine.locks.release(session.pid)

    return Action("LOCK TABLE", wait)


def cancel(_session: Session, text: Text) -> Action:
    """CANCEL pid ['message']."""
    pid = int(Reader(text, 1).next().text)

    def act(session: Session) -> None:
        other = session.engine.sessions.get(pid)
        if other is None:
            raise SqlError("22023", f"PID {pid} is not a Redshift server process")
        other.cancel()

    return Action("CANCEL", act)
