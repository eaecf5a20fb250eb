"""The PostgreSQL wire protocol, version 3, as Redshift speaks it.

What redshift_connector 2.2 needs beyond PostgreSQL: start-up parameters of its own, ``server_version`` 8.0.2,
``server_protocol_version`` 2, RowDescription with names and flags after each column, binary NUMERIC and DATE.
"""

from __future__ import annotations

import secrets
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from smartroute_runbook.rehearsal.redshift_encode import data_rows
from smartroute_runbook.rehearsal.redshift_errors import SqlError, from_duckdb
from smartroute_runbook.rehearsal.redshift_messages import error_response, message, row_description, spread, text
from smartroute_runbook.rehearsal.redshift_session import Session
from smartroute_runbook.rehearsal.redshift_statement import Prepared, Rows
from smartroute_runbook.rehearsal.redshift_text import split
from smartroute_runbook.rehearsal.redshift_values import value_of

__all__ = ["Client", "Host"]

SSL_REQUEST, CANCEL_REQUEST, GSS_REQUEST, PROTOCOL_3 = 80877103, 80877102, 80877104, 196608
LONGEST_MESSAGE = 64 * 1024 * 1024
SENT_AT_ONCE = 256 * 1024


class Host(Protocol):
    """What a client asks of the server that accepted it."""

    def admit(self, user: str, password: str, database: str) -> Session:
        """A session.

        Raises:
            SqlError: 28000 or 28P01 wrong user or password, 3D000 no such database, 53300 too many connections.
        """

    def cancel(self, pid: int, key: int) -> None:
        """Cancels what a session runs, when the key is its key."""

    def keys(self) -> dict[int, int]:
        """The cancel keys by process id."""


@dataclass
class Portal:
    """A bound statement, perhaps half read."""

    prepared: Prepared
    values: list[Any]
    formats: list[int]
    rows: Rows | None = None
    left: Iterator[bytes] | None = None


@dataclass(eq=False)
class Client:
    """One connection, from its first byte to its last."""

    connection: socket.socket
    host: Host
    tls: ssl.SSLContext
    thread: threading.Thread = field(default_factory=threading.current_thread)
    session: Session | None = None
    protocol: int = 0
    statements: dict[bytes, Prepared] = field(default_factory=dict)
    portals: dict[bytes, Portal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.out = bytearray()
        self.input: BinaryIO = self.connection.makefile("rb")

    # ---- start ---------------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Speaks until the client leaves."""
        try:
            if self._start():
                self._loop()
        except (ConnectionError, OSError, struct.error):
            pass  # the client is gone: there is nobody to tell
        finally:
            self.close()

    def close(self) -> None:
        """Ends the session and the connection."""
        if self.session is not None:
            self.session.close()
            self.host.keys().pop(self.session.pid, None)
        self.input.close()
        self.connection.close()

    def _start(self) -> bool:
        encrypted = False
        while True:
            (length,) = struct.unpack("!I", self._read(4))
            body = self._read(length - 4)
            (code,) = struct.unpack("!I", body[:4])
            if code == SSL_REQUEST:
                self.connection.sendall(b"S")
                self.input.close()
                self.connection = self.tls.wrap_socket(self.connection, server_side=True)
                self.input = self.connection.makefile("rb")
                encrypted = True
            elif code == GSS_REQUEST:
                self.connection.sendall(b"N")
            elif code == CANCEL_REQUEST:
                self.host.cancel(*struct.unpack("!II", body[4:12]))
                return False
            else:
                break
        words = [part.decode() for part in body[4:].split(b"\0")]
        options = dict(zip(words[::2], words[1::2], strict=False))
        try:
            self._require(code, encrypted=encrypted)
            self._admit(options)
        except SqlError as error:
            self.connection.sendall(error_response(error, "FATAL"))
            return False
        return True

    @staticmethod
    def _require(code: int, *, encrypted: bool) -> None:
        """Only version 3 of the protocol, and only inside TLS (``require_ssl`` is true)."""
        if code != PROTOCOL_3:
            raise SqlError("0A000", f"unsupported frontend protocol {code >> 16}.{code & 0xFFFF}")
        if not encrypted:
            raise SqlError("28000", "no pg_hba.conf entry for this host, SSL off")

    def _admit(self, options: dict[str, str]) -> None:
        user = options.get("user", "")
        database = options.get("database", user)
        self.connection.sendall(message(b"R", struct.pack("!I", 3)))  # the password in clear: inside TLS only
        code, body = self._message()
        if code != b"p":
            raise SqlError("08P01", "expected a password")
        self.session = self.host.admit(user, body.rstrip(b"\0").decode(), database)
        self.session.settings["application_name"] = options.get("application_name", "")
        wanted = options.get("client_protocol_version", "0")
        self.protocol = min(int(wanted), 2) if wanted.isdigit() else 0
        key = self.host.keys()[self.session.pid] = secrets.randbits(31)
        status = {
            "server_version": "8.0.2", "server_encoding": "UTF8", "client_encoding": "UTF8", "is_superuser":
            "on" if self.session.superuser else "off", "session_authorization": user, "DateStyle": "ISO, MDY",
            "TimeZone": "UTC", "integer_datetimes": "on", "standard_conforming_strings": "on",
            "server_protocol_version": str(self.protocol),
        }  # fmt: skip
        parts = [message(b"R", struct.pack("!I", 0))]
        parts += [message(b"S", text(name) + text(value)) for name, value in status.items()]
        parts += [message(b"K", struct.pack("!II", self.session.pid, key)), message(b"Z", b"I")]
        self.connection.sendall(b"".join(parts))

    # ---- messages ------------------------------------------------------------------------------------------

    def _read(self, count: int) -> bytes:
        data = self.input.read(count)
        if len(data) < count:
            raise ConnectionError
        return data

    def _message(self) -> tuple[bytes, bytes]:
        code, length = struct.unpack("!cI", self._read(5))
        if not 4 <= length <= LONGEST_MESSAGE:
            raise ConnectionError
        return code, self._read(length - 4)

    def _send(self) -> None:
        if self.out:
            self.connection.sendall(self.out)
            self.out = bytearray()

    def _loop(self) -> None:
        handlers: dict[bytes, Callable[[bytes], None]] = {
            b"P": self._parse, b"D": self._describe, b"B": self._bind, b"E": self._execute, b"C": self._close,
        }  # fmt: skip
        skipping = False
        while True:
            code, body = self._message()
            if code == b"X":
                return
            if code == b"S":
                skipping = False
                self._ready()
            elif code == b"Q":
                self._simple(body.rstrip(b"\0").decode())
            elif code == b"H":
                self._send()
            elif not skipping:
                try:
                    handlers.get(code, self._unexpected)(body)
                except (ConnectionError, OSError, ssl.SSLError):
                    raise
                except Exception as error:
                    self.out += error_response(from_duckdb(error))
                    skipping = True

    def _unexpected(self, _body: bytes) -> None:
        raise SqlError("08P01", "unexpected message")

    @property
    def _session(self) -> Session:
        if self.session is None:
            raise ConnectionError
        return self.session

    def _ready(self) -> None:
        self.out += message(b"Z", self._session.status)
        self._send()

    # ---- the extended protocol -----------------------------------------------------------------------------

    def _parse(self, body: bytes) -> None:
        name, _, rest = body.partition(b"\0")
        source, _, rest = rest.partition(b"\0")
        (count,) = struct.unpack_from("!H", rest)
        oids = struct.unpack_from(f"!{count}I", rest, 2)
        self.statements[name] = self._session.prepare(source.decode(), oids)
        self.out += message(b"1")

    def _describe(self, body: bytes) -> None:
        name = body[1:-1]
        if body[:1] == b"S":
            prepared = self._statement(name)
            self.out += message(b"t", struct.pack(f"!H{len(prepared.oids)}I", len(prepared.oids), *prepared.oids))
            formats: Sequence[int] = ()
        else:
            portal = self._portal(name)
            prepared, formats = portal.prepared, portal.formats
        self.out += row_description(prepared.fields, formats, self.protocol) if prepared.fields else message(b"n")

    def _bind(self, body: bytes) -> None:
        portal, _, rest = body.partition(b"\0")
        name, _, rest = rest.partition(b"\0")
        prepared = self._statement(name)
        (count,) = struct.unpack_from("!H", rest)
        codes = list(struct.unpack_from(f"!{count}H", rest, 2))
        position = 2 + 2 * count
        (given,) = struct.unpack_from("!H", rest, position)
        position += 2
        values: list[Any] = []
        for index in range(given):
            (length,) = struct.unpack_from("!i", rest, position)
            position += 4
            if length < 0:
                values.append(None)
                continue
            raw = rest[position : position + length]
            position += length
            code = codes[index] if count == given else codes[0] if count else 0
            values.append(value_of(raw, prepared.oids[index] if index < len(prepared.oids) else 0, code))
        (count,) = struct.unpack_from("!H", rest, position)
        formats = list(struct.unpack_from(f"!{count}H", rest, position + 2))
        self.portals[portal] = Portal(prepared, values, formats)
        self.out += message(b"2")

    def _execute(self, body: bytes) -> None:
        name, _, rest = body.partition(b"\0")
        (limit,) = struct.unpack_from("!I", rest)
        portal = self._portal(name)
        if portal.rows is None:
            portal.rows = self._session.run(portal.prepared, portal.values)
        self._stream(portal.rows, portal.formats, limit)

    def _close(self, body: bytes) -> None:
        (self.statements if body[:1] == b"S" else self.portals).pop(body[1:-1], None)
        self.out += message(b"3")

    def _statement(self, name: bytes) -> Prepared:
        if name not in self.statements:
            raise SqlError("26000", f'prepared statement "{name.decode()}" does not exist')
        return self.statements[name]

    def _portal(self, name: bytes) -> Portal:
        if name not in self.portals:
            raise SqlError("34000", f'portal "{name.decode()}" does not exist')
        return self.portals[name]

    # ---- the simple protocol -------------------------------------------------------------------------------

    def _simple(self, source: str) -> None:
        session = self._session
        try:
            texts = split(source)
            if not texts:
                self.out += message(b"I")
            for one in texts:
                prepared = session.prepare(one.sql)
                rows = session.run(prepared)
                if rows.fields:
                    self.out += row_description(rows.fields, (), self.protocol)
                self._stream(rows, (), 0)
        except (ConnectionError, OSError, ssl.SSLError):
            raise
        except Exception as error:
            self.out += error_response(from_duckdb(error))
        self._ready()

    # ---- results -------------------------------------------------------------------------------------------

    def _stream(self, rows: Rows, formats: Sequence[int], limit: int) -> None:
        """All rows. A limit (which no Redshift driver of ours sets) is honoured by batches."""
        wide = spread(formats, len(rows.fields))
        sent = 0
        for batch in rows.batches:
            self.out += data_rows(batch, rows.fields, wide)
            sent += batch.num_rows
            if len(self.out) >= SENT_AT_ONCE:
                self._send()
            if limit and sent >= limit:
                self.out += message(b"s")
                return
        tag = f"{rows.tag} {rows.count}" if rows.tag in {"SELECT", "FETCH"} and self.protocol == 0 else rows.tag
        self.out += message(b"C", text(tag))
