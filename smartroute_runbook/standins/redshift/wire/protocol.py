"""The PostgreSQL wire protocol, version 3, as Redshift speaks it.

What redshift_connector 2.2 needs beyond PostgreSQL: start-up parameters of its own, ``server_version`` 8.0.2,
``server_protocol_version`` 2, RowDescription with names and flags after each column, binary NUMERIC and DATE.
"""

from __future__ import annotations

import itertools
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from smartroute_runbook.standins.redshift.errors import SqlError, from_duckdb
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.parameters import parameter_types
from smartroute_runbook.standins.redshift.sql.tokens import split
from smartroute_runbook.standins.redshift.statement import Prepared, StatementRows

from .channel import Channel
from .encode import data_rows
from .messages import bind_request, error_response, message, parse_request, row_description, spread, text
from .startup import Host, agreed_protocol, log_in, reported, startup_options, welcome
from .values import value_of

__all__ = ["Client"]

SENT_AT_ONCE = 256 * 1024
PACKED = 2  # from this version of Redshift's protocol on NUMERIC has 16 bytes
TRANSACTIONAL = frozenset({"begin", "start", "commit", "end", "rollback", "abort"})
COPYING = frozenset({b"d", b"c", b"f"})  # data of a COPY that was refused: to be ignored (PostgreSQL, 55.2.6)


@dataclass
class Portal:
    """A bound statement, perhaps half read."""

    prepared: Prepared
    values: list[Any]
    formats: list[int]
    rows: StatementRows | None = None


@dataclass(eq=False)
class Client:
    """One connection, from its first byte to its last."""

    channel: Channel
    host: Host
    tls: ssl.SSLContext
    thread: threading.Thread = field(default_factory=threading.current_thread)
    session: Session | None = None
    protocol: int = 0
    reported: dict[str, str] = field(default_factory=dict)
    statements: dict[bytes, Prepared] = field(default_factory=dict)
    portals: dict[bytes, Portal] = field(default_factory=dict)

    # ---- from start to end ---------------------------------------------------------------------------------

    def serve(self) -> None:
        """Speaks until the client leaves."""
        try:
            if self._start():
                self._loop()
        except (ConnectionError, OSError, struct.error):
            pass  # the client is gone: there is nobody to answer
        finally:
            self.close()

    def close(self) -> None:
        """Ends the session and the connection."""
        if self.session is not None:
            self.session.close()
            self.host.keys().pop(self.session.pid, None)
        self.channel.close()

    def _start(self) -> bool:
        try:
            options = startup_options(self.channel, self.host, self.tls)
            if options is None:
                return False
            self.session = log_in(self.channel, self.host, options)
        except SqlError as error:
            self.channel.send(error_response(error, "FATAL"))
            return False
        self.protocol = agreed_protocol(options)
        self.reported = reported(self.session)
        welcome(self.channel, self.host, self.session, self.protocol)
        return True

    def _loop(self) -> None:
        handlers: dict[bytes, Callable[[bytes], None]] = {
            b"P": self._parse, b"D": self._describe, b"B": self._bind, b"E": self._execute, b"C": self._close,
        }  # fmt: skip
        skipping = False
        while True:
            code, body = self.channel.message()
            if code == b"X":
                return
            if code == b"S":
                skipping = False
                self._ready()
            elif code == b"Q":
                self._simple(body.rstrip(b"\0").decode())
            elif code == b"H":
                self.channel.send()
            elif code in COPYING:
                continue
            elif not skipping:
                try:
                    handlers.get(code, self._unexpected)(body)
                except (ConnectionError, OSError, ssl.SSLError):
                    raise
                except Exception as error:
                    self.channel.out += error_response(from_duckdb(error))
                    skipping = True

    def _unexpected(self, _body: bytes) -> None:
        raise SqlError("08P01", "unexpected message")

    @property
    def _session(self) -> Session:
        if self.session is None:
            raise ConnectionError
        return self.session

    def _ready(self) -> None:
        if self._session.transaction.status == b"I":
            self.portals.clear()  # they end with their transaction
        settings = reported(self._session)
        for name, value in settings.items():
            if value != self.reported.get(name):
                self.channel.out += message(b"S", text(name) + text(value))
        self.reported = settings
        self.channel.out += message(b"Z", self._session.transaction.status)
        self.channel.send()

    # ---- the extended protocol -----------------------------------------------------------------------------

    def _parse(self, body: bytes) -> None:
        name, source, oids = parse_request(body)
        self.statements[name] = self._session.prepare(source, parameter_types(self._session, source, oids))
        self.channel.out += message(b"1")

    def _describe(self, body: bytes) -> None:
        name = body[1:-1]
        if body[:1] == b"S":
            prepared = self._statement(name)
            oids = prepared.oids
            formats: Sequence[int] = ()
            self.channel.out += message(b"t", struct.pack(f"!H{len(oids)}I", len(oids), *oids))
        else:
            portal = self._portal(name)
            prepared, formats = portal.prepared, portal.formats
        described = row_description(prepared.fields, formats, self.protocol) if prepared.fields else message(b"n")
        self.channel.out += described

    def _bind(self, body: bytes) -> None:
        portal, name, raw, formats = bind_request(body)
        prepared = self._statement(name)
        oids = itertools.chain(prepared.oids, itertools.repeat(0))
        values = [
            None if data is None else value_of(data, oid, code) for (data, code), oid in zip(raw, oids, strict=False)
        ]
        self.portals[portal] = Portal(prepared, values, formats)
        self.channel.out += message(b"2")

    def _execute(self, body: bytes) -> None:
        name, _, rest = body.partition(b"\0")
        (limit,) = struct.unpack_from("!I", rest)
        portal = self._portal(name)
        if portal.rows is None:
            portal.rows = self._session.run(portal.prepared, portal.values)
            if limit:  # what is not asked for yet waits here, as on the leader node: other statements may come between
                portal.rows.batches = iter(list(portal.rows.batches))
        self._stream(portal.rows, portal.formats, limit)

    def _close(self, body: bytes) -> None:
        (self.statements if body[:1] == b"S" else self.portals).pop(body[1:-1], None)
        self.channel.out += message(b"3")

    def _statement(self, name: bytes) -> Prepared:
        if name not in self.statements:
            raise SqlError("26000", f'prepared statement "{name.decode()}" does not exist')
        return self.statements[name]

    def _portal(self, name: bytes) -> Portal:
        """A portal: bound by a client, or declared as a cursor, of which psycopg asks the columns so."""
        cursor = name.decode()
        if name and name not in self.portals and cursor in self._session.cursors:
            return Portal(self._session.prepare(f'FETCH FORWARD 0 FROM "{cursor}"'), [], [])
        if name not in self.portals:
            raise SqlError("34000", f'portal "{name.decode()}" does not exist')
        return self.portals[name]

    # ---- the simple protocol -------------------------------------------------------------------------------

    def _simple(self, source: str) -> None:
        """The statements of a text; several are one transaction, unless they begin or end some themselves."""
        session = self._session
        together = False
        try:
            texts = split(source)
            if not texts:
                self.channel.out += message(b"I")
            together = len(texts) > 1 and not any(text.words(1) in TRANSACTIONAL for text in texts)
            together = together and session.transaction.status == b"I"
            if together:
                session.transaction.begin()
            for one in texts:
                prepared = session.prepare(one.sql)
                rows = session.run(prepared)
                if rows.fields:
                    self.channel.out += row_description(rows.fields, (), self.protocol)
                self._stream(rows, (), 0)
            if together:
                session.transaction.finish("COMMIT")
        except (ConnectionError, OSError, ssl.SSLError):
            raise
        except Exception as error:
            self.channel.out += error_response(from_duckdb(error))
            if together:
                session.transaction.finish("ROLLBACK")
        self._ready()

    # ---- results -------------------------------------------------------------------------------------------

    def _stream(self, rows: StatementRows, formats: Sequence[int], limit: int) -> None:
        """All rows, or as many as ``limit`` says; the rest then comes with the next Execute of the portal."""
        wide = spread(formats, len(rows.fields))
        left = limit
        for batch in rows.batches:
            part = batch.slice(0, left) if limit else batch
            self.channel.out += data_rows(part, rows.fields, wide, packed=self.protocol >= PACKED)
            if len(self.channel.out) >= SENT_AT_ONCE:
                self.channel.send()
            left -= part.num_rows
            if limit and left == 0:
                rows.batches = itertools.chain([batch.slice(part.num_rows)], rows.batches)
                self.channel.out += message(b"s")
                return
        if not rows.tag:  # the text held no statement
            self.channel.out += message(b"I")
            return
        tag = f"{rows.tag} {rows.count}" if rows.tag in {"SELECT", "FETCH"} and self.protocol == 0 else rows.tag
        self.channel.out += message(b"C", text(tag))
