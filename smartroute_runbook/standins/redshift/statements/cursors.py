"""DECLARE, FETCH and CLOSE: the rows of a cursor wait on the leader node (declare, fetch, close)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import BATCH, Session
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text
from smartroute_runbook.standins.redshift.statement import StatementRows
from smartroute_runbook.standins.redshift.wire.encode import WireField

from .query import Given, SelectStatement, select
from .settings import Action

__all__ = ["close", "declare", "fetch"]


BESIDES = frozenset({"binary", "insensitive", "scroll", "hold"})
"""What PostgreSQL's DECLARE takes besides; Redshift's page has none of it."""


@dataclass
class Declare:
    """A cursor that is opened: its rows are read at once, and wait."""

    name: str
    query: SelectStatement
    kind: str = "DECLARE CURSOR"
    atomic: bool = False

    def describe(self, session: Session, oids: Sequence[int]) -> None:
        """Nothing is returned."""
        self.query.describe(session, oids)

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """Opens it.

        Raises:
            SqlError: 25P01 outside a transaction block, 42P03 and 0A000 another is open.
        """
        if session.transaction.status == b"I":
            raise SqlError("25P01", "DECLARE CURSOR may only be used in transaction blocks")
        if self.name in session.cursors:
            raise SqlError("42P03", f'cursor "{self.name}" already exists')
        if session.cursors:
            raise SqlError(
                "0A000", "only one cursor at a time can be open per session",
                hint=f"CLOSE {next(iter(session.cursors))} first",
            )  # fmt: skip
        rows = self.query.run(session, values, oids)
        batches = list(rows.batches)
        table = pa.Table.from_batches(batches, batches[0].schema if batches else pa.schema([]))
        session.cursors[self.name] = [table, rows.fields, 0]
        return StatementRows(self.kind)


def declare(session: Session, text: Text) -> Declare:
    """DECLARE name CURSOR FOR query: only inside a transaction block, and one at a time (declare).

    Raises:
        SqlError: 0A000, what PostgreSQL has besides: BINARY, INSENSITIVE, SCROLL, WITH HOLD.
    """
    for words in (("no", "scroll"), ("without", "hold")):  # what it is without them: psycopg2 says so
        text = _without(text, words)
    reader = Reader(text, 1)
    name = reader.name()
    head = text.words(8).split()
    if "for" in head and (more := BESIDES.intersection(head[: head.index("for")])):
        raise SqlError("0A000", f"not rehearsable: DECLARE {' '.join(sorted(more)).upper()} CURSOR")
    reader.expect("cursor")
    reader.expect("for")
    query = Text(text.source, text.tokens[reader.position :])
    if query.words(1) not in {"select", "with", "("}:
        raise reader.error()
    return Declare(name, select(session, query))


def _without(text: Text, words: tuple[str, str]) -> Text:
    """The text without these two words before its FOR."""
    for at in range(2, min(len(text.tokens) - 1, 6)):
        if tuple(token.text.lower() for token in text.tokens[at : at + 2]) == words:
            return Text(text.source, [*text.tokens[:at], *text.tokens[at + 2 :]])
    return text


def fetch(session: Session, text: Text) -> Given:
    """FETCH [NEXT | ALL | FORWARD [n | ALL]] FROM name.

    Raises:
        SqlError: 34000 no such cursor, 42601 another direction.
    """
    reader = Reader(text, 1)
    forward = reader.accept("forward")
    if reader.accept("all"):
        count = -1
    elif reader.accept("next"):
        count = 1
    elif reader.peek().isdigit():
        count = int(reader.next().text)
    elif forward or reader.peek() == "from":
        count = 1
    else:
        raise reader.error()
    reader.expect("from")
    name = reader.name()
    if not reader.done:
        raise reader.error()
    if name not in session.cursors:
        raise SqlError("34000", f'cursor "{name}" does not exist')
    return Fetch(name, count, *session.cursors[name][:2])


class Fetch(Given):
    """The next rows of a cursor."""

    def __init__(self, name: str, count: int, table: pa.Table, fields: tuple[WireField, ...]) -> None:
        super().__init__(table, fields, "FETCH", "FETCH")
        self.name, self.count = name, count

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """Moves on."""
        del values, oids
        if self.name not in session.cursors:  # closed since it was prepared
            raise SqlError("34000", f'cursor "{self.name}" does not exist')
        table, fields, position = session.cursors[self.name]
        length = table.num_rows - position if self.count < 0 else self.count
        rows = table.slice(position, length)
        session.cursors[self.name][2] = position + rows.num_rows
        return StatementRows("FETCH", fields, iter(rows.to_batches(max_chunksize=BATCH)))


def close(_session: Session, text: Text) -> Action:
    """CLOSE name."""
    reader = Reader(text, 1)
    if reader.peek() == "all":  # came after PostgreSQL 8.0
        raise reader.error()
    name = reader.name()
    if not reader.done:
        raise reader.error()

    def act(session: Session) -> None:
        if session.cursors.pop(name, None) is None:
            raise SqlError("34000", f'cursor "{name}" does not exist')

    return Action("CLOSE CURSOR", act)
