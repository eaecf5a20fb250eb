"""The start of a connection: TLS, protocol version, password, and the server's parameters."""

from __future__ import annotations

import secrets
import shlex
import ssl
import struct
from collections.abc import Iterator
from typing import Protocol

from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.statement import DEFAULTS, VERSION
from smartroute_runbook.standins.redshift.statements.settings import assign

from .channel import Channel
from .messages import message, text

__all__ = ["Host", "agreed_protocol", "log_in", "reported", "startup_options", "welcome"]

SSL_REQUEST, CANCEL_REQUEST, GSS_REQUEST, PROTOCOL_3 = 80877103, 80877102, 80877104, 196608
FIXED = frozenset({"server_version", "application_name"})  # not for a client to set, or set already


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


def startup_options(channel: Channel, host: Host, tls: ssl.SSLContext) -> dict[str, str] | None:
    """The client's startup parameters, inside TLS; None for a mere cancel request.

    Raises:
        SqlError: 0A000 another version of the protocol, 28000 without TLS (``require_ssl`` is true).
    """
    encrypted = False
    while True:
        (length,) = struct.unpack("!I", channel.read(4))
        body = channel.read(length - 4)
        (code,) = struct.unpack("!I", body[:4])
        if code == SSL_REQUEST:
            channel.send(b"S")
            channel.encrypt(tls)
            encrypted = True
        elif code == GSS_REQUEST:
            channel.send(b"N")
        elif code == CANCEL_REQUEST:
            host.cancel(*struct.unpack("!II", body[4:12]))
            return None
        else:
            break
    words = [part.decode() for part in body[4:].split(b"\0")]
    if code != PROTOCOL_3:
        raise SqlError("0A000", f"unsupported frontend protocol {code >> 16}.{code & 0xFFFF}")
    if not encrypted:
        raise SqlError("28000", "no pg_hba.conf entry for this host, SSL off")
    return dict(zip(words[::2], words[1::2], strict=False))


def log_in(channel: Channel, host: Host, options: dict[str, str]) -> Session:
    """A session after the password was checked; it is requested in clear, so inside TLS only.

    Raises:
        SqlError: 08P01 no password came, else as :meth:`Host.admit`.
    """
    user = options.get("user", "")
    channel.send(message(b"R", struct.pack("!I", 3)))
    code, body = channel.message()
    if code != b"p":
        raise SqlError("08P01", "expected a password")
    session = host.admit(user, body.rstrip(b"\0").decode(), options.get("database", user))
    session.settings["application_name"] = options.get("application_name", "")
    for name, value in _settings(options):
        try:
            assign(session, name, [value])
        except SqlError:
            session.close()
            raise
    return session


def _settings(options: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The settings among the parameters of a client: those with a name of their own, and ``-c name=value``."""
    for name, value in options.items():
        if name.lower() in DEFAULTS and name.lower() not in FIXED:
            yield name.lower(), value
    words = iter(shlex.split(options.get("options", "")))
    for word in words:
        given = next(words, "") if word == "-c" else word.removeprefix("-c").removeprefix("--")
        name, _, value = given.partition("=")
        yield name.replace("-", "_").lower(), value


def agreed_protocol(options: dict[str, str]) -> int:
    """Redshift's version of the protocol: the client's, 2 at most."""
    requested = options.get("client_protocol_version", "0")
    return min(int(requested), 2) if requested.isdigit() else 0


def reported(session: Session) -> dict[str, str]:
    """The settings of which a client is told, when it enters and whenever they change (PostgreSQL 8.0, 43.2.6)."""
    return {
        "client_encoding": session.settings["client_encoding"],
        "DateStyle": session.settings["datestyle"], "TimeZone": session.settings["timezone"],
        "is_superuser": "on" if session.identity.superuser else "off",
        "session_authorization": session.identity.name,
    }  # fmt: skip


def welcome(channel: Channel, host: Host, session: Session, protocol: int) -> None:
    """Tells the client that it is in, what the server is like, and the key to cancel with."""
    key = host.keys()[session.pid] = secrets.randbits(31)
    status = {
        **reported(session), "server_version": "8.0.2", "server_encoding": "UTF8", "integer_datetimes": "on",
        "server_protocol_version": str(protocol),
        "padb_version": VERSION.removeprefix("Redshift "), "padb_revision": "stand-in",  # asyncpg looks for these
    }  # fmt: skip
    channel.out += message(b"R", struct.pack("!I", 0))
    for name, value in status.items():
        channel.out += message(b"S", text(name) + text(value))
    channel.out += message(b"K", struct.pack("!II", session.pid, key)) + message(b"Z", b"I")
    channel.send()
